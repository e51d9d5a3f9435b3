//! The check against applications as Argo CD writes them.

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};
use git_source::sources_are_read_and_expected as check;

const MANIFEST: &str = include_str!("../check.toml");
const KIND: &str = "argoproj.io/v1alpha1/Application";
const GIT: &str = "https://git.site.test/platform.git";
const WELL: &str = "{sync: {status: Synced}, health: {status: Healthy}}";
const DEGRADED: &str = "{sync: {status: Synced}, health: {status: Degraded}}";

fn source(revision: &str, path: &str) -> String {
    format!(
        "repoURL: 'https://bot:secret@git.site.test/platform.git', targetRevision: '{revision}', path: '{path}'"
    )
}

fn application(name: &str, source: &str, status: &str) -> String {
    format!(
        "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec:
  project: default
  source: {{{source}}}
  syncPolicy: {{automated: {{}}}}
status: {status}
"
    )
}

fn on_main(name: &str, status: &str) -> String {
    application(name, &source("main", &format!("apps/{name}")), status)
}

fn siblings() -> String {
    ["keycloak", "minio", "openfga"]
        .map(|name| on_main(name, WELL))
        .concat()
}

fn cannot_compare(message: &str) -> String {
    format!(
        "{{sync: {{status: Unknown}}, health: {{status: Healthy}}, conditions: [{{type: ComparisonError, message: \"{message}\", lastTransitionTime: '2026-11-23T06:02:00Z'}}]}}"
    )
}

fn host(yaml: &str) -> FakeHost {
    FakeHost::new(MANIFEST).objects(yaml)
}

fn run(yaml: &str) -> Outcome {
    host(yaml).run(check)
}

#[test]
fn a_healthy_platform_has_no_findings_whatever_its_shape() {
    let pinned = application("temporal", &source("v1.2.3", "apps/temporal"), WELL);
    let chart = application(
        "grafana",
        "repoURL: 'https://harbor.site.test/charts', chart: grafana, targetRevision: 1.2.3",
        WELL,
    );
    let team = application(
        "chat",
        "repoURL: 'https://git.site.test/team/chat.git', targetRevision: dev, path: deploy",
        WELL,
    );
    let by_hand = application(
        "report",
        &source("release-1", "elsewhere"),
        "{sync: {status: OutOfSync}, health: {status: Healthy}}",
    )
    .replace("  syncPolicy: {automated: {}}\n", "");
    let several = "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: loki, namespace: argocd}
spec:
  project: default
  sources:
    - {repoURL: 'oci://harbor.site.test/charts/loki', path: ., targetRevision: 6.1.0}
    - {repoURL: 'git@git.site.test:platform', targetRevision: main, ref: values}
status: {sync: {status: Synced}, health: {status: Healthy}}
";
    let all = format!("{}{pinned}{chart}{team}{by_hand}{several}", siblings());
    assert_eq!(run(&all).titles(), [""; 0]);
    assert_eq!(run(&all).word(), "pass");
    // Nor where the site says what it expects, for what its word is not about.
    let without = format!("{}{chart}{team}{several}", siblings());
    let outcome = host(&without)
        .setting("repository", GIT)
        .setting("branch", "main")
        .setting("path", "apps")
        .run(check);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!(
        outcome.summary,
        "every source is read, and is of https://git.site.test/platform.git at main in apps as configured"
    );
}

#[test]
fn what_cannot_be_read_is_told_apart_and_by_place() {
    for (message, code, title, place) in [
        (
            "failed to list refs: repository not found",
            "BSQ-GIT-004",
            "there is no repository https://git.site.test/platform.git; application broken reads it; 3 more read it, as far",
            "source https://git.site.test/platform.git",
        ),
        (
            "authentication required: Repository not found.",
            "BSQ-GIT-005",
            "repository https://git.site.test/platform.git refuses the credentials that Argo CD has for it",
            "source https://git.site.test/platform.git",
        ),
        (
            "dial tcp: lookup git.site.test on 10.96.0.10:53: no such host",
            "BSQ-GIT-006",
            "Argo CD does not reach repository https://git.site.test/platform.git",
            "source https://git.site.test/platform.git",
        ),
        (
            "unable to resolve 'mian' to a commit SHA",
            "BSQ-GIT-007",
            "https://git.site.test/platform.git has no mian; application broken reads it; 3 more read main",
            "source https://git.site.test/platform.git at mian",
        ),
        (
            "apps/brokn: app path does not exist",
            "BSQ-GIT-008",
            "https://git.site.test/platform.git has no path apps/brokn at mian",
            "source https://git.site.test/platform.git at mian, path apps/brokn",
        ),
    ] {
        let broken = application(
            "broken",
            &source("mian", "apps/brokn"),
            &cannot_compare(message),
        );
        let outcome = run(&format!("{}{broken}", siblings()));
        assert_eq!(outcome.codes(), [code], "{message}");
        let finding = outcome.finding(code);
        assert!(finding.title().starts_with(title), "{}", finding.title());
        assert_eq!(finding.subject().to_string(), place);
        assert_eq!(finding.began(), "2026-11-23T06:02:00Z".parse().ok());
        assert_eq!(outcome.word(), "fail");
        assert!(finding.fact("status.conditions of broken") == Some(message));
        assert!(
            finding
                .facts()
                .iter()
                .all(|fact| !fact.value.contains("secret"))
        );
    }
}

#[test]
fn a_source_that_no_application_can_be_read_from_is_the_deployments_own_setting() {
    let message = "unable to resolve 'mian' to a commit SHA";
    let all = ["keycloak", "minio"].map(|name| {
        application(
            name,
            &source("mian", &format!("apps/{name}")),
            &cannot_compare(message),
        )
    });
    let outcome = host(&all.concat()).setting("branch", "main").run(check);
    assert_eq!(outcome.codes(), ["BSQ-GIT-007"]);
    let finding = outcome.finding("BSQ-GIT-007");
    assert_eq!(finding.own_severity(), Some(Severity::Critical));
    assert!(
        finding
            .title()
            .ends_with("has no mian; all 2 applications read it")
    );
    assert_eq!(finding.fact("settings.branch"), Some("main"));
}

#[test]
fn the_source_of_several_that_the_text_names_is_the_one() {
    let several = format!(
        "---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: grafana, namespace: argocd}}
spec:
  project: default
  sources:
    - {{repoURL: 'https://git.site.test/platform.git', targetRevision: main, ref: values}}
    - {{repoURL: 'https://harbor.site.test/charts', chart: grafana, targetRevision: 9.9.9}}
status: {}
",
        cannot_compare(
            "failed to generate manifest for source 2 of 2: no version for constraint 9.9.9"
        )
    );
    let outcome = run(&several);
    assert_eq!(
        outcome.finding("BSQ-GIT-007").subject().to_string(),
        "source https://harbor.site.test/charts at 9.9.9"
    );
}

#[test]
fn what_the_site_expects_is_compared_also_where_all_is_healthy() {
    let dev = ["keycloak", "minio"]
        .map(|name| application(name, &source("dev", &format!("apps/{name}")), WELL))
        .concat();
    let outcome = host(&format!("{dev}{}", on_main("openfga", WELL)))
        .setting("branch", "main")
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "2 applications (keycloak, minio) read dev of https://git.site.test/platform.git, not main"
        ]
    );
    assert_eq!(outcome.word(), "warn");
    let elsewhere = application("keycloak", &source("main", "staging/keycloak"), WELL);
    let outcome = host(&format!("{elsewhere}{}", on_main("openfga", WELL)))
        .setting("path", "/apps/")
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "application keycloak reads path staging/keycloak of https://git.site.test/platform.git, not one in apps"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-GIT-003"]);
    let outcome = host(&siblings())
        .setting("repository", "https://gitlab.site.test/mirror/platform")
        .run(check);
    assert_eq!(outcome.codes(), ["BSQ-GIT-001"]);
}

#[test]
fn a_branch_that_differs_from_all_siblings_is_the_suspect_of_an_unwell_application() {
    let odd = application("temporal", &source("upgrade", "apps/temporal"), DEGRADED);
    let outcome = run(&format!("{}{odd}", siblings()));
    assert_eq!(
        outcome.titles(),
        ["application temporal is not well and reads upgrade, while its 3 siblings read main"]
    );
    assert_eq!(
        outcome.finding("BSQ-GIT-002").subject().to_string(),
        "source https://git.site.test/platform.git at upgrade"
    );
    let young = odd.replace("2026-11-01T00:00:00Z", "2026-11-23T06:05:00Z");
    assert_eq!(run(&format!("{}{young}", siblings())).word(), "pass");
    // HEAD is some branch, and mostly the one that the others name.
    let head = odd.replace("'upgrade'", "HEAD");
    assert_eq!(run(&format!("{}{head}", siblings())).word(), "pass");
    // An application of another parent is no sibling.
    let other = odd.replace("project: default", "project: lab");
    assert_eq!(run(&format!("{}{other}", siblings())).word(), "pass");
}

#[test]
fn a_path_that_differs_from_all_siblings_is_the_suspect_of_an_unwell_application() {
    let overlay = |name: &str, overlay: &str, status: &str| {
        application(
            name,
            &source("main", &format!("apps/{name}/overlays/{overlay}")),
            status,
        )
    };
    let others = ["keycloak", "minio", "openfga"]
        .map(|name| overlay(name, "prod", WELL))
        .concat();
    let outcome = run(&format!(
        "{others}{}",
        overlay("temporal", "staging", DEGRADED)
    ));
    assert_eq!(
        outcome.titles(),
        [
            "application temporal is not well and reads path apps/temporal/overlays/staging, while the paths of its 3 siblings end in NAME/overlays/prod"
        ]
    );
    // A folder by domain is a shape, not a fault.
    let by_domain = application("temporal", &source("main", "workflows/temporal"), DEGRADED);
    assert_eq!(run(&format!("{}{by_domain}", siblings())).word(), "pass");
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for host in [
        host(&siblings()).denied(KIND),
        host(&siblings()).forbidden(KIND),
        host(&siblings()).truncated(KIND),
    ] {
        let outcome = host.run(check);
        assert_eq!((outcome.word(), outcome.complete), ("skip: unknown", false));
    }
}

#[test]
fn without_argo_cd_or_applications_the_question_does_not_arise() {
    let outcome = FakeHost::new(MANIFEST)
        .failed(KIND, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
    assert!(outcome.summary.contains("Argo CD is not installed"));
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-applicable"
    );
}

#[test]
fn a_scope_of_one_application_compares_it_with_the_others_and_tells_only_it() {
    let odd = application("temporal", &source("upgrade", "apps/temporal"), DEGRADED);
    let all = format!("{}{odd}", siblings());
    let scoped = |name: &str| host(&all).scope(Scope::application(name)).run(check);
    assert_eq!(scoped("minio").word(), "pass");
    assert_eq!(scoped("temporal").codes(), ["BSQ-GIT-002"]);
}
