//! The check against log lines as components write them.

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};
use log_errors::components_log_no_errors as check;

const MANIFEST: &str = include_str!("../check.toml");

const NAMESPACES: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: coreai}
---
apiVersion: v1
kind: Namespace
metadata: {name: iam}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-public}
";

const REFUSED: &str = "level=error msg=\"dial tcp 10.96.5.4:9000: connect: connection refused\"";

fn host() -> FakeHost {
    FakeHost::new(MANIFEST).objects(NAMESPACES)
}

/// The same line so many times, a second apart, the last at 06:11:59.
fn lines(mut host: FakeHost, namespace: &str, app: &str, count: usize, text: &str) -> FakeHost {
    for index in 0..count {
        let at = format!(
            "2026-11-23T06:{:02}:{:02}Z",
            11 - index / 60,
            59 - index % 60
        );
        host = host.log_line(&at, &[("namespace", namespace), ("app", app)], text);
    }
    host
}

fn told(count: usize, text: &str) -> Outcome {
    lines(host(), "coreai", "mlflow", count, text).run(check)
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let mut host = host();
    for (app, count, text) in [
        (
            "llm-backend",
            60,
            "level=info msg=\"request done\" status=200 errors=0",
        ),
        (
            "keycloak",
            60,
            "2026-11-23 06:03:04,123 INFO  [org.keycloak] error page loaded",
        ),
        (
            "keycloak",
            60,
            "2026-11-23 06:03:04,123 WARN  [org.keycloak.events] (executor-thread-1) type=\"LOGIN_ERROR\", error=\"client_not_found\"",
        ),
        (
            "portal",
            60,
            "{\"level\":\"info\",\"msg\":\"retry after connection refused\"}",
        ),
        ("milvus", 60, "scan finished: 0 errors"),
        ("openfga", 3, "level=error msg=\"client went away\""),
    ] {
        host = lines(host, "coreai", app, count, text);
    }
    let outcome = host.run(check);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn a_certificate_that_expired_may_be_one_of_the_sites_own() {
    let causes = |text: &str| {
        let outcome = lines(host(), "coreai", "portal", 60, text).run(check);
        let causes = outcome.finding("BSQ-LOG-005").causes().iter();
        causes
            .filter_map(|cause| cause.code.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        causes("x509: certificate has expired or is not yet valid"),
        ["BSQ-TLS-001"]
    );
    assert_eq!(
        causes("x509: certificate signed by unknown authority"),
        [""; 0]
    );
}

#[test]
fn known_failures_have_codes_of_their_own() {
    for (text, code, fact) in [
        (
            "ERROR [org.keycloak.services] Failed to obtain JDBC connection: Connection to postgresql.data:5432 refused",
            "BSQ-LOG-003",
            "cannot use its database at postgresql.data:5432",
        ),
        (REFUSED, "BSQ-LOG-002", "cannot connect to 10.96.5.4:9000"),
        (
            "FATAL: could not write: No space left on device",
            "BSQ-LOG-004",
            "has no space left on a volume",
        ),
        (
            "x509: certificate signed by unknown authority",
            "BSQ-LOG-005",
            "does not trust a certificate",
        ),
        (
            "level=error error=invalid_grant",
            "BSQ-LOG-006",
            "is refused by the identity provider",
        ),
        (
            "FATAL:  sorry, too many clients already",
            "BSQ-LOG-007",
            "there are too many",
        ),
        (
            "ClientError: SignatureDoesNotMatch",
            "BSQ-LOG-008",
            "is refused by the object store",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory.",
            "BSQ-LOG-009",
            "GPU",
        ),
        (
            "java.lang.OutOfMemoryError: Java heap space",
            "BSQ-LOG-010",
            "runs out of memory",
        ),
        (
            "rpc error: context deadline exceeded",
            "BSQ-LOG-011",
            "waits in vain",
        ),
        (
            "dial tcp: lookup minio.data.svc on 10.96.0.10:53: no such host",
            "BSQ-LOG-012",
            "cannot resolve minio.data.svc",
        ),
    ] {
        let outcome = told(25, text);
        assert_eq!(outcome.codes(), [code], "{text}");
        let title = outcome.finding(code).title();
        assert!(
            title.starts_with("coreai/mlflow ")
                && title.contains(fact)
                && title.contains("(25 lines)"),
            "{title}"
        );
        assert_eq!(outcome.finding(code).fact("log"), Some(text));
    }
}

#[test]
fn what_another_check_may_find_is_named_as_the_cause() {
    for (text, expected) in [
        (
            "level=error An error occurred (InvalidAccessKeyId) when calling",
            "s3-credentials coreai/mlflow",
        ),
        (
            "level=error could not write: No space left on device",
            "Service coreai/mlflow",
        ),
        ("FATAL:  sorry, too many clients already", "BSQ-BACK-003"),
    ] {
        let outcome = told(9, text);
        let causes: Vec<_> = outcome
            .findings
            .iter()
            .flat_map(Finding::causes)
            .map(|cause| {
                let subject = cause.subject.as_ref().map(ToString::to_string);
                cause.code.clone().or(subject).unwrap_or_default()
            })
            .collect();
        assert_eq!(causes, [expected], "{text}");
    }
}

#[test]
fn a_stray_line_is_no_finding_and_the_threshold_can_be_set() {
    assert_eq!(told(4, REFUSED).word(), "pass");
    assert_eq!(told(5, REFUSED).word(), "warn");
    assert_eq!(
        lines(host(), "coreai", "mlflow", 2, REFUSED)
            .setting("min-lines", 2)
            .run(check)
            .word(),
        "warn"
    );
    assert_eq!(told(19, "ERROR something odd").word(), "pass");
    assert_eq!(told(20, "ERROR something odd").codes(), ["BSQ-LOG-001"]);
}

#[test]
fn lines_that_differ_in_numbers_are_one_pattern() {
    let mut host = host();
    for index in 0..30 {
        let text = format!(
            "ERROR request 3f2b9c1e-0000-4c3b-9a8f-0123456789{index:02} failed after {index} ms"
        );
        host = lines(host, "coreai", "llm-backend", 1, &text);
    }
    let outcome = host.run(check);
    let pattern = outcome.finding("BSQ-LOG-001").fact("pattern");
    assert_eq!(pattern, Some("30 × ERROR request # failed after # ms"));
}

#[test]
fn the_other_side_is_named_and_the_onset_known() {
    let outcome = told(
        9,
        "ERROR could not connect to server: Connection refused, host postgresql.data port 5432",
    );
    let finding = outcome.finding("BSQ-LOG-003");
    assert_eq!(
        finding.attribute_value("target"),
        Some("postgresql.data:5432")
    );
    assert_eq!(finding.began(), "2026-11-23T06:11:51Z".parse().ok());
}

#[test]
fn errors_that_have_stopped_count_less() {
    let mut host = host();
    for second in 10..30 {
        let at = format!("2026-11-23T05:20:{second}Z");
        let labels = [("namespace", "coreai"), ("app", "mlflow")];
        host = host.log_line(
            &at,
            &labels,
            "FATAL: could not write: No space left on device",
        );
    }
    let outcome = host.run(check);
    let finding = outcome.finding("BSQ-LOG-004");
    assert_eq!(
        (finding.own_severity(), outcome.word()),
        (Some(Severity::Low), "warn")
    );
    assert!(
        finding.title().contains("the last at 2026-11-23T05:20:29Z"),
        "{}",
        finding.title()
    );
}

#[test]
fn a_quiet_platform_is_one_query() {
    let host = lines(host(), "iam", "keycloak", 20, "ERROR invalid_client");
    let outcome = lines(host, "coreai", "milvus", 300, "ERROR flush failed").run(check);
    assert_eq!(outcome.codes(), ["BSQ-LOG-006", "BSQ-LOG-001"]);
    let queries = outcome
        .reads
        .iter()
        .filter(|read| read.what.starts_with("logs"));
    assert_eq!(queries.count(), 1, "{:?}", outcome.reads);
}

#[test]
fn a_flood_hides_only_its_own_namespace() {
    let flood = lines(host(), "coreai", "milvus", 700, "ERROR flush failed");
    let outcome = lines(flood, "iam", "keycloak", 9, "ERROR invalid_client").run(check);
    assert_eq!(outcome.codes(), ["BSQ-LOG-006", "BSQ-LOG-001"]);
    let flood = outcome.finding("BSQ-LOG-001");
    assert!(
        flood.title().contains("(at least 500 lines)"),
        "{}",
        flood.title()
    );
    assert_eq!(flood.began(), None);
}

#[test]
fn a_component_is_named_by_its_pod_where_no_label_does() {
    let mut host = host();
    for second in 10..20 {
        let labels = [
            ("namespace", "iam"),
            ("pod", "keycloak-7d9f8b6c5d-x2k4z"),
            ("container", "server"),
        ];
        host = host.log_line(
            &format!("2026-11-23T06:10:{second}Z"),
            &labels,
            "ERROR invalid_client",
        );
    }
    let outcome = host.run(check);
    let finding = outcome.finding("BSQ-LOG-006");
    assert!(
        finding.title().starts_with("iam/keycloak is refused"),
        "{}",
        finding.title()
    );
    assert!(finding.steps().iter().any(|step| {
        step.command
            .contains(&"keycloak-7d9f8b6c5d-x2k4z".to_owned())
    }));
}

#[test]
fn no_line_at_all_is_not_the_same_as_no_errors() {
    let outcome = host().log_store().run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
    let quiet = lines(host(), "iam", "keycloak", 1, "LOG: ready").run(check);
    assert_eq!((quiet.word(), quiet.complete), ("pass", true));
}

#[test]
fn without_a_log_store_or_namespaces_the_check_says_so() {
    assert_eq!(host().run(check).word(), "skip: not-configured");
    assert_eq!(
        FakeHost::new(MANIFEST).log_store().run(check).word(),
        "skip: not-applicable"
    );
}

#[test]
fn a_narrower_scope_asks_only_for_its_namespaces() {
    let broken = lines(host(), "coreai", "mlflow", 9, "ERROR invalid_client");
    let narrowed = lines(broken, "iam", "keycloak", 1, "LOG: ready").scope(Scope::namespace("iam"));
    assert_eq!(narrowed.run(check).word(), "pass");
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let quiet = || lines(host(), "iam", "keycloak", 1, "LOG: ready");
    for what in ["errors", "v1/Namespace"] {
        for host in [quiet().denied(what), quiet().forbidden(what)] {
            let outcome = host.run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{what}"
            );
        }
    }
    let down = quiet()
        .failed(
            "errors",
            Error::new("unavailable", "the log store answered 502"),
        )
        .run(check);
    assert_eq!((down.word(), down.complete), ("error", false));
}
