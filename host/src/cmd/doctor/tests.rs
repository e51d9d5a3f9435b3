use std::collections::BTreeMap;

use super::examination::*;
use super::{rights, screen};
use crate::capability::kubernetes::{Access, Described};
use crate::cmd::known::{Known, Missing};
use crate::grant::Grant;
use crate::manifest::Manifest;
use crate::report::Screen;
use crate::report::model::EgressRow;
use crate::ui::{ExitStatus, Fault, Paint};

const SCREEN: Screen = Screen {
    width: 80,
    paint: Paint::PLAIN,
};

/// A check that declares more than is granted.
fn pods() -> Known {
    let manifest: Manifest = toml::from_str(
        r#"
        id = "pods"
        version = "1.0.0"
        title = "t"
        [[kubernetes]]
        why = "w"
        kind = "v1/Pod"
        verbs = ["list", "get"]
        fields = ["status.phase"]
        [[kubernetes]]
        why = "w"
        kind = "v1/Node"
        verbs = ["list"]
        fields = ["status.conditions"]
        [[kubernetes]]
        why = "w"
        kind = "argoproj.io/v1alpha1/Application"
        plural = "applications"
        namespaced = true
        verbs = ["list"]
        fields = ["status.health"]
        [[pod-logs]]
        why = "w"
        "#,
    )
    .unwrap();
    let grant: Grant = toml::from_str(
        r#"
        kubernetes = [
            { kind = "v1/Pod", namespaces = ["*"] },
            { kind = "v1/Node" },
            { kind = "argoproj.io/v1alpha1/Application", namespaces = ["argocd"] },
        ]
        pod-logs = [{ namespaces = ["data", "iam"] }]
        "#,
    )
    .unwrap();
    Known {
        id: manifest.id.clone(),
        source: "checks/pods.wasm".to_owned(),
        digest: None,
        bytes: None,
        manifest: Some(manifest),
        families: Vec::new(),
        wasi: Vec::new(),
        misfits: Vec::new(),
        granted_by: Some("lock"),
        grant: Some(grant),
        grant_problem: None,
        missing: Vec::new(),
    }
}

/// `list v1/Pod cluster`, for each right.
async fn rows(checks: &[Known], asked: &[&str]) -> Vec<String> {
    let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let wanted = rights::wanted(checks, &asked);
    let rows = rights::rows(None, &wanted, &[]).await;
    let line = |right: &Right| {
        let place = right.namespace.as_deref().unwrap_or("cluster");
        format!("{} {} {place}", right.verb, right.kind)
    };
    rows.iter().flatten().map(line).collect()
}

#[tokio::test]
async fn a_read_is_asked_for_where_it_is_granted_and_a_listed_kind_needs_no_get() {
    assert_eq!(
        rows(&[pods()], &[]).await,
        [
            "list v1/Pod cluster",
            "list v1/Node cluster",
            "list argoproj.io/v1alpha1/Application argocd",
            "logs v1/Pod data",
            "logs v1/Pod iam",
        ]
    );
}

#[tokio::test]
async fn named_namespaces_narrow_what_lives_in_namespaces() {
    assert_eq!(
        rows(&[pods()], &["data"]).await,
        [
            "list v1/Pod data",
            "list v1/Node cluster",
            "logs v1/Pod data"
        ]
    );
}

#[tokio::test]
async fn what_is_declared_and_not_granted_is_not_asked_for() {
    let mut known = pods();
    known.grant = Some(toml::from_str("kubernetes = [{ kind = 'v1/Node' }]").unwrap());
    assert_eq!(rows(&[known], &[]).await, ["list v1/Node cluster"]);
}

#[test]
fn stores_that_grants_speak_of_are_asked_by_a_path_that_needs_no_query() {
    let mut known = pods();
    known.grant = Some(
        toml::from_str(
            "logs = [{ name = 'a', namespaces = ['*'] }]\nmetrics = [{ name = 'b' }]\ntraces = [{ name = 'c' }]",
        )
        .unwrap(),
    );
    let uses = super::endpoints::uses(&[known]);
    let said = format!("{uses:?}");
    assert_eq!(
        uses.keys().collect::<Vec<_>>(),
        ["loki", "prometheus", "tempo"]
    );
    for path in [
        "/loki/api/v1/labels",
        "/api/v1/status/buildinfo",
        "/api/echo",
    ] {
        assert!(said.contains(path), "{said}");
    }
}

fn right(verb: &'static str, kind: &str, namespace: Option<&str>, allowed: Allowed) -> Right {
    let access = Access {
        verb,
        group: String::new(),
        resource: "secrets".to_owned(),
    };
    Right {
        verb,
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        allowed,
        said: None,
        rule: (allowed == Allowed::No).then(|| Rule::from(&access)),
    }
}

fn check(id: &str, rights: Vec<Right>) -> Check {
    Check {
        id: id.to_owned(),
        version: Some("0.1.0".to_owned()),
        granted_by: Some("lock"),
        problems: Vec::new(),
        rights,
    }
}

fn endpoint(name: &str, status: Option<u16>, problem: Option<&str>) -> Endpoint {
    Endpoint {
        name: name.to_owned(),
        url: Some(format!("https://{name}.site.test/")),
        used_by: vec!["coreai-models".to_owned()],
        path: Some("/v1/models".to_owned()),
        status,
        problem: problem.map(str::to_owned),
        cause: None,
        credential: None,
    }
}

fn healthy() -> Examination {
    let place = |path: &str, found| {
        Some(Place {
            path: path.into(),
            found,
        })
    };
    Examination {
        files: Files {
            config: place("/home/jane/.config/bsq-host/bsq.toml", true),
            grants: place("/home/jane/.config/bsq-host/grants.toml", false),
            lock: place("/opt/bsq/share/bsq-host/checks.lock", true),
            checks: None,
        },
        cluster: Cluster {
            described: Described {
                kubeconfig: vec!["/home/jane/.kube/config".into()],
                context: "prod-eu".to_owned(),
                server: Some("https://10.0.0.1:6443".to_owned()),
                user: Some("jane".to_owned()),
                credential: "exec plugin",
                plugin: Some("kubelogin get-token --tenant acme".to_owned()),
            },
            impersonates: None,
            impersonates_groups: Vec::new(),
            version: Some("v1.35.0".to_owned()),
            problem: None,
        },
        checks: vec![check(
            "pod-triage",
            vec![
                right("list", "v1/Pod", None, Allowed::Yes),
                right("logs", "v1/Pod", Some("data"), Allowed::Yes),
            ],
        )],
        endpoints: vec![endpoint("coreai", Some(200), None)],
        cache: Cache {
            folder: Some("/home/jane/.cache/bsq-host".into()),
            usable: true,
            entries: 6,
            bytes: 12_300_000,
        },
        requests: vec![EgressRow {
            origin: "https://10.0.0.1:6443".to_owned(),
            method: "POST".to_owned(),
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
            requests: 2,
            bytes_in: 900,
            bytes_out: 400,
            answers: BTreeMap::from([("201".to_owned(), 2)]),
        }],
    }
}

#[test]
fn a_healthy_site_on_a_screen() {
    let examination = healthy();
    assert_eq!(examination.status(), ExitStatus::Success);
    insta::assert_snapshot!(screen::draw(&examination, SCREEN));
}

#[test]
fn a_site_with_gaps_on_a_screen() {
    let mut examination = healthy();
    let mut unknown = right("list", "v1/Event", None, Allowed::Unknown);
    unknown.said = Some("own right to list events: the server did not answer in time".to_owned());
    let secrets = |namespace| right("list", "v1/Secret", namespace, Allowed::No);
    examination.checks.push(check(
        "first-look",
        vec![secrets(None), secrets(Some("data")), unknown],
    ));
    let mut missing = pods();
    missing.missing = vec![Missing {
        need: "check `pods` may not read v1/Pod".to_owned(),
        hint: "add to grants.toml: kubernetes = [{ kind = \"v1/Pod\" }]".to_owned(),
    }];
    examination.checks.push(Check::of(&missing, Vec::new()));
    let mut refused = pods();
    (refused.grant, refused.granted_by) = (None, None);
    examination.checks.push(Check::of(&refused, Vec::new()));
    let expired = Endpoint {
        credential: Some(CredentialSeen {
            kind: "jwt",
            expires: Some("2026-11-01T00:00:00Z".to_owned()),
            expired: true,
        }),
        ..endpoint("coreai", Some(401), Some("the credential has expired"))
    };
    let absent = Endpoint {
        url: None,
        path: None,
        ..endpoint("loki", None, None)
    };
    examination.endpoints = vec![expired, absent];
    examination.cache.usable = false;
    assert_eq!(examination.status(), ExitStatus::Incomplete);
    insta::assert_snapshot!(screen::draw(&examination, SCREEN));
}

#[test]
fn a_server_that_does_not_answer_on_a_screen() {
    let mut examination = healthy();
    examination.cluster.version = None;
    let cause = "version of the server: the connection was refused";
    let hint = "see whether kubectl reaches it: kubectl --context prod-eu version";
    let fault = Fault::new("BSQ0401", cause).hint(hint);
    examination.cluster.problem = Some(Problem::of(&fault));
    examination.checks[0].rights[0].allowed = Allowed::Unknown;
    examination.endpoints.clear();
    examination.requests.clear();
    assert_eq!(examination.status(), ExitStatus::Failure);
    insta::assert_snapshot!(screen::draw(&examination, SCREEN));
}

#[test]
fn an_endpoint_that_no_check_asks_makes_nothing_unknown() {
    let mut examination = healthy();
    let mut idle = endpoint("old", None, Some("the connection was refused"));
    idle.used_by.clear();
    examination.endpoints.push(idle);
    assert_eq!(examination.status(), ExitStatus::Success);
    let asked = endpoint("coreai", Some(502), Some("it fails"));
    examination.endpoints.push(asked);
    assert_eq!(examination.status(), ExitStatus::Incomplete);
}
