//! Each rule of the gate as a table, and two properties: an empty grant allows nothing, and the line of a denial allows
//! the denied call.

use proptest::prelude::*;
use rstest::rstest;

use super::super::*;
use crate::capability::{LabelMatch, MatchKind};
use crate::manifest::{KindName, Manifest};

const MANIFEST: &str = r#"
id = "example"
version = "1.0.0"
title = "all is well"

[[kubernetes]]
why = "find pods"
kind = "v1/Pod"
verbs = ["get", "list"]
fields = ["spec.nodeName", "status.phase"]

[[kubernetes]]
why = "where claims wait"
kind = "v1/PersistentVolumeClaim"
verbs = ["list"]
namespaces = ["coreai", "data"]
fields = ["status.phase"]

[[kubernetes]]
why = "whether nodes are ready"
kind = "v1/Node"
verbs = ["list"]
fields = ["status.conditions"]
optional = true

[[kubernetes]]
why = "whether certificates are valid"
kind = "v1/Secret"
verbs = ["list"]
fields = ["metadata.labels"]
facts = true
optional = true

[[kubernetes]]
why = "whether applications are synced"
kind = "argoproj.io/v1alpha1/Application"
plural = "applications"
namespaced = true
verbs = ["list"]
fields = ["status.sync"]

[[pod-logs]]
why = "last lines"
tail-lines = 20

[[http]]
why = "models"
endpoint = "coreai"
methods = ["GET", "POST"]
paths = ["/models", "/chat/completions"]

[[logs]]
name = "errors"
why = "lines with errors"
labels = ["namespace", "container"]
lines = 300

[[metrics]]
name = "up"
why = "what is up"
query = "up"

[[traces]]
name = "slow"
why = "what is slow"
query = "{}"

[[network]]
why = "names resolve"
hosts = [".site.test"]
"#;

fn manifest() -> Manifest {
    toml::from_str(MANIFEST).unwrap()
}

fn gate(row: &str) -> Gate {
    Gate::new(manifest(), toml::from_str(row).unwrap())
}

fn kind(text: &str) -> KindName {
    text.parse().unwrap()
}

fn allowed(gate: &Gate, call: &Call<'_>) -> Allowed {
    match gate.decide(call) {
        Decision::Allowed(allowed) => allowed,
        Decision::Denied(denial) => panic!("{call:?}: {denial:?}"),
    }
}

fn denied(gate: &Gate, call: &Call<'_>) -> Denial {
    match gate.decide(call) {
        Decision::Allowed(allowed) => panic!("{call:?}: {allowed:?}"),
        Decision::Denied(denial) => denial,
    }
}

fn label(name: &str, kind: MatchKind, values: &[&str]) -> LabelMatch {
    LabelMatch {
        name: name.to_owned(),
        kind,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

#[rstest]
#[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'] }]", Some("data"), &["data"])]
#[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'] }]", None, &["*"])]
#[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['b', 'a'] }]", None, &["a", "b"])]
#[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['a'] }, { kind = 'v1/Pod', namespaces = ['b'] }]", None, &["a", "b"])]
fn declared_and_granted_namespaces_intersect(
    #[case] row: &str,
    #[case] namespace: Option<&str>,
    #[case] seen: &[&str],
) {
    let pod = kind("v1/Pod");
    let reach = allowed(
        &gate(row),
        &Call::List {
            kind: &pod,
            namespace,
        },
    );
    assert_eq!(reach.namespaces, Some(Namespaces::from_names(seen)));
}

#[test]
fn declared_namespaces_bound_a_wider_grant() {
    let claim = kind("v1/PersistentVolumeClaim");
    let gate = gate("kubernetes = [{ kind = 'v1/PersistentVolumeClaim', namespaces = ['*'] }]");
    let reach = allowed(
        &gate,
        &Call::List {
            kind: &claim,
            namespace: None,
        },
    );
    assert_eq!(
        reach.namespaces,
        Some(Namespaces::from_names(&["coreai", "data"]))
    );
    let denial = denied(
        &gate,
        &Call::List {
            kind: &claim,
            namespace: Some("kube-system"),
        },
    );
    assert!(
        denial.reason.contains("declares no such need"),
        "{denial:?}"
    );
    assert_eq!(denial.line, None);
}

#[test]
fn a_kind_without_namespaces_is_granted_by_any_row_of_it() {
    let node = kind("v1/Node");
    for row in [
        "{ kind = 'v1/Node' }",
        "{ kind = 'v1/Node', namespaces = ['a'] }",
    ] {
        let gate = gate(&format!("kubernetes = [{row}]"));
        assert_eq!(
            allowed(
                &gate,
                &Call::List {
                    kind: &node,
                    namespace: None
                }
            )
            .namespaces,
            None
        );
    }
}

#[test]
fn a_kind_that_is_not_built_in_is_found_by_its_plural() {
    let application = kind("argoproj.io/v1alpha1/Application");
    let gate =
        gate("kubernetes = [{ kind = 'argoproj.io/v1alpha1/Application', namespaces = ['*'] }]");
    let reach = allowed(
        &gate,
        &Call::List {
            kind: &application,
            namespace: Some("argocd"),
        },
    );
    assert_eq!(reach.resource.unwrap().plural, "applications");
}

#[test]
fn granted_verbs_bound_declared_ones() {
    let pod = kind("v1/Pod");
    let gate = gate("kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'], verbs = ['list'] }]");
    allowed(
        &gate,
        &Call::List {
            kind: &pod,
            namespace: None,
        },
    );
    let denial = denied(
        &gate,
        &Call::Get {
            kind: &pod,
            namespace: Some("data"),
        },
    );
    assert_eq!(
        denial.line.as_deref(),
        Some(r#"kubernetes = [{ kind = "v1/Pod", namespaces = ["data"], verbs = ["get"] }]"#)
    );
}

#[test]
fn an_undeclared_verb_or_kind_names_what_the_manifest_lacks() {
    let everything =
        "kubernetes = [{ kind = 'v1/Node' }, { kind = 'v1/ConfigMap', namespaces = ['*'] }]";
    let (node, map) = (kind("v1/Node"), kind("v1/ConfigMap"));
    let denial = denied(
        &gate(everything),
        &Call::Get {
            kind: &node,
            namespace: None,
        },
    );
    assert!(
        denial
            .hint
            .contains(r#"`[[kubernetes]]` with kind = "v1/Node", verbs = ["get"]"#)
    );
    let denial = denied(
        &gate(everything),
        &Call::List {
            kind: &map,
            namespace: Some("a"),
        },
    );
    assert!(denial.hint.contains(r#"namespaces = ["a"]"#), "{denial:?}");
}

#[test]
fn granted_fields_narrow_declared_ones() {
    let pod = kind("v1/Pod");
    let call = Call::List {
        kind: &pod,
        namespace: None,
    };
    let narrow = gate(
        "kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'], fields = ['status', 'metadata'] }]",
    );
    assert_eq!(allowed(&narrow, &call).mask.paths(), ["status.phase"]);
    let withheld = narrow.withheld(&call, &Namespaces::All).unwrap();
    assert!(withheld.reason.contains("`spec.nodeName`"), "{withheld:?}");
    let nothing =
        gate("kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'], fields = ['metadata'] }]");
    denied(&nothing, &call);
}

#[test]
fn no_row_lends_its_fields_to_the_namespaces_of_another() {
    let pod = kind("v1/Pod");
    let gate = gate(
        "kubernetes = [{ kind = 'v1/Pod', namespaces = ['a', 'b'], fields = ['status'] },
                       { kind = 'v1/Pod', namespaces = ['b'], fields = ['spec'] }]",
    );
    let list = |namespace| {
        allowed(
            &gate,
            &Call::List {
                kind: &pod,
                namespace,
            },
        )
        .mask
        .paths()
    };
    assert_eq!(list(None), ["status.phase"]);
    assert_eq!(list(Some("b")), ["spec.nodeName", "status.phase"]);
}

#[test]
fn facts_need_the_need_and_the_grant() {
    let secret = kind("v1/Secret");
    let call = Call::List {
        kind: &secret,
        namespace: None,
    };
    let plain = gate("kubernetes = [{ kind = 'v1/Secret', namespaces = ['*'] }]");
    assert!(!allowed(&plain, &call).facts);
    let line = plain
        .withheld(&call, &Namespaces::All)
        .unwrap()
        .line
        .unwrap();
    assert!(line.contains("facts = true"), "{line}");
    let facts = gate("kubernetes = [{ kind = 'v1/Secret', namespaces = ['*'], facts = true }]");
    assert!(allowed(&facts, &call).facts);
    assert_eq!(facts.withheld(&call, &Namespaces::All), None);
    let pod = gate("kubernetes = [{ kind = 'v1/Pod', namespaces = ['*'], facts = true }]");
    assert!(
        !allowed(
            &pod,
            &Call::List {
                kind: &kind("v1/Pod"),
                namespace: None
            }
        )
        .facts
    );
}

#[test]
fn what_lies_outside_a_narrower_grant_is_withheld() {
    let pod = kind("v1/Pod");
    let gate = gate("kubernetes = [{ kind = 'v1/Pod', namespaces = ['a'] }]");
    let call = Call::List {
        kind: &pod,
        namespace: None,
    };
    let withheld = |scope: &[&str]| gate.withheld(&call, &Namespaces::from_names(scope));
    assert_eq!(withheld(&["a"]), None);
    assert!(
        withheld(&["a", "b"])
            .unwrap()
            .line
            .unwrap()
            .contains(r#"namespaces = ["b"]"#)
    );
    assert!(
        withheld(&["*"])
            .unwrap()
            .line
            .unwrap()
            .contains(r#"namespaces = ["*"]"#)
    );
}

#[rstest]
#[case("GET", "/models", true)]
#[case("GET", "/models/a", true)]
#[case("GET", "/modelsx", false)]
#[case("GET", "/models/../chat", false)]
#[case("GET", "/chat/completions", false)]
#[case("POST", "/models", false)]
#[case("DELETE", "/models", false)]
fn http_is_matched_by_method_and_whole_segments(
    #[case] method: &str,
    #[case] path: &str,
    #[case] is_allowed: bool,
) {
    let gate = gate("http = [{ endpoint = 'coreai', paths = ['/models'] }]");
    let decision = gate.decide(&Call::Http {
        endpoint: "coreai",
        method,
        path,
    });
    assert_eq!(matches!(decision, Decision::Allowed(_)), is_allowed);
}

#[test]
fn post_takes_a_grant_that_names_it_and_redirects_stay_within_both() {
    let gate = gate("http = [{ endpoint = 'coreai', methods = ['POST'], paths = ['/'] }]");
    let call = Call::Http {
        endpoint: "coreai",
        method: "POST",
        path: "/chat/completions",
    };
    assert_eq!(
        allowed(&gate, &call).prefixes,
        ["/chat/completions", "/models"]
    );
    denied(
        &gate,
        &Call::Http {
            endpoint: "coreai",
            method: "GET",
            path: "/models",
        },
    );
    denied(
        &gate,
        &Call::Http {
            endpoint: "other",
            method: "POST",
            path: "/models",
        },
    );
    allowed(&gate, &Call::Credential { endpoint: "coreai" });
    denied(&gate, &Call::Credential { endpoint: "other" });
}

#[test]
fn log_selectors_stay_within_labels_and_granted_namespaces() {
    let gate = gate("logs = [{ name = 'errors', namespaces = ['a', 'b'] }]");
    let seen = |labels: &[LabelMatch]| {
        let call = Call::Logs {
            source: "errors",
            labels,
            text: &[],
        };
        match gate.decide(&call) {
            Decision::Allowed(allowed) => allowed.namespaces.map(|namespaces| namespaces.names()),
            Decision::Denied(_) => None,
        }
    };
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(seen(&[]), names(&["a", "b"]));
    assert_eq!(
        seen(&[label("namespace", MatchKind::OneOf, &["b", "c"])]),
        names(&["b"])
    );
    assert_eq!(seen(&[label("namespace", MatchKind::Equal, &["c"])]), None);
    assert_eq!(
        seen(&[label("namespace", MatchKind::NotEqual, &["a"])]),
        names(&["a", "b"])
    );
    assert_eq!(seen(&[label("pod", MatchKind::Equal, &["x"])]), None);
    let one = |name| label("namespace", MatchKind::Equal, &[name]);
    assert_eq!(seen(&[one("a"), one("b")]), None);
}

#[rstest]
#[case("metrics = [{ name = 'up' }]", "up", true)]
#[case("metrics = [{ name = 'up' }]", "down", false)]
#[case("metrics = [{ name = 'down' }]", "up", false)]
#[case("metrics = [{ name = 'down' }]", "down", false)]
#[case("traces = [{ name = 'up' }]", "up", false)]
fn metrics_are_matched_by_the_name_of_a_template(
    #[case] row: &str,
    #[case] template: &str,
    #[case] is_allowed: bool,
) {
    match gate(row).decide(&Call::Metric { template }) {
        Decision::Allowed(allowed) => assert!(is_allowed && allowed.query == "up"),
        Decision::Denied(_) => assert!(!is_allowed),
    }
}

#[rstest]
#[case("traces = [{ name = 'slow' }]", "slow", true)]
#[case("traces = [{ name = 'slow' }]", "fast", false)]
#[case("metrics = [{ name = 'slow' }]", "slow", false)]
fn traces_are_matched_by_the_name_of_a_template(
    #[case] row: &str,
    #[case] template: &str,
    #[case] is_allowed: bool,
) {
    match gate(row).decide(&Call::Trace { template }) {
        Decision::Allowed(allowed) => assert!(is_allowed && allowed.query == "{}"),
        Decision::Denied(_) => assert!(!is_allowed),
    }
}

#[rstest]
#[case("network = [{ hosts = ['.site.test'] }]", "portal.site.test", true)]
#[case("network = [{ hosts = ['*'] }]", "Portal.Site.Test.", true)]
#[case(
    "network = [{ hosts = ['portal.site.test'] }]",
    "portal.site.test",
    true
)]
#[case("network = [{ hosts = ['portal.site.test'] }]", "api.site.test", false)]
#[case("network = [{ hosts = ['.api.site.test'] }]", "api.site.test", false)]
#[case("network = [{ hosts = ['*'] }]", "evil.test", false)]
#[case("network = [{ hosts = ['*'] }]", "169.254.169.254", false)]
fn hosts_are_matched_by_declared_and_granted_suffix(
    #[case] row: &str,
    #[case] host: &str,
    #[case] is_allowed: bool,
) {
    let decision = gate(row).decide(&Call::Network { host });
    assert_eq!(matches!(decision, Decision::Allowed(_)), is_allowed);
}

#[test]
fn denials_of_queries_and_probes_name_the_line() {
    for (call, line) in [
        (
            Call::Metric { template: "up" },
            "metrics = [{ name = \"up\" }]",
        ),
        (
            Call::Trace { template: "slow" },
            "traces = [{ name = \"slow\" }]",
        ),
        (
            Call::Network {
                host: "portal.site.test",
            },
            "network = [{ hosts = [\"portal.site.test\"] }]",
        ),
    ] {
        assert_eq!(denied(&gate(""), &call).line.as_deref(), Some(line));
    }
}

#[test]
fn lines_are_those_of_the_need() {
    let gate = gate(
        "pod-logs = [{ namespaces = ['*'] }]\nlogs = [{ name = 'errors', namespaces = ['*'] }]",
    );
    assert_eq!(allowed(&gate, &Call::PodLog { namespace: "a" }).lines, 20);
    assert_eq!(
        allowed(
            &gate,
            &Call::Logs {
                source: "errors",
                labels: &[],
                text: &[]
            }
        )
        .lines,
        300
    );
}

#[test]
fn required_needs_without_any_grant_are_all_listed() {
    let missing = |row: &str| -> Vec<String> {
        gate(row)
            .missing_required()
            .into_iter()
            .filter_map(|denial| denial.line)
            .collect()
    };
    let all = missing("");
    assert_eq!(all.len(), 9, "{all:#?}");
    assert!(missing(&merged(&all)).is_empty());
    assert!(
        !missing(r#"pod-logs = [{ namespaces = ["a"] }]"#)
            .iter()
            .any(|l| l.starts_with("pod-logs"))
    );
}

#[test]
fn planned_reads_are_declared_and_granted() {
    let reads = gate("kubernetes = [{ kind = 'v1/Pod', namespaces = ['a'] }, { kind = 'v1/Event', namespaces = ['*'] }]").reads();
    assert_eq!(reads.len(), 2);
    for read in reads {
        assert_eq!(read.resource.plural, "pods");
        assert_eq!(read.namespaces, Namespaces::from_names(&["a"]));
        assert_eq!(read.mask.paths(), ["spec.nodeName", "status.phase"]);
    }
}

/// Lines of one family as one key, as a person would merge them.
fn merged(lines: &[String]) -> String {
    let mut families: std::collections::BTreeMap<&str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for line in lines {
        let (family, list) = line.split_once(" = ").unwrap();
        families
            .entry(family)
            .or_default()
            .push(&list[1..list.len() - 1]);
    }
    let keys = families
        .into_iter()
        .map(|(family, rows)| format!("{family} = [{}]\n", rows.join(", ")));
    keys.collect()
}

/// A call with owned parts.
#[derive(Clone, Debug)]
enum Owned {
    Access(bool, KindName, Option<String>),
    Kinds,
    PodLog(String),
    Http(String, String, String),
    Credential(String),
    Logs(String, Vec<LabelMatch>),
    Metric(String),
    Trace(String),
    Network(String),
}

impl Owned {
    fn call(&self) -> Call<'_> {
        match self {
            Self::Access(true, kind, namespace) => Call::Get {
                kind,
                namespace: namespace.as_deref(),
            },
            Self::Access(false, kind, namespace) => Call::List {
                kind,
                namespace: namespace.as_deref(),
            },
            Self::Kinds => Call::Kinds,
            Self::PodLog(namespace) => Call::PodLog { namespace },
            Self::Http(endpoint, method, path) => Call::Http {
                endpoint,
                method,
                path,
            },
            Self::Credential(endpoint) => Call::Credential { endpoint },
            Self::Logs(source, labels) => Call::Logs {
                source,
                labels,
                text: &[],
            },
            Self::Metric(template) => Call::Metric { template },
            Self::Trace(template) => Call::Trace { template },
            Self::Network(host) => Call::Network { host },
        }
    }
}

fn any_call() -> impl Strategy<Value = Owned> {
    let kinds = prop::sample::select(vec![
        "v1/Pod",
        "v1/PersistentVolumeClaim",
        "v1/Node",
        "v1/Secret",
        "v1/ConfigMap",
        "argoproj.io/v1alpha1/Application",
    ]);
    let namespace =
        prop::sample::select(vec!["data", "coreai", "other", "a\"b"]).prop_map(str::to_owned);
    let name =
        |names: &[&'static str]| prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    let labels = prop::collection::vec(
        (
            name(&["namespace", "container", "pod"]),
            prop::sample::select(vec![MatchKind::Equal, MatchKind::OneOf, MatchKind::NoneOf]),
            prop::collection::vec(namespace.clone(), 0..3),
        )
            .prop_map(|(name, kind, values)| LabelMatch { name, kind, values }),
        0..3,
    );
    prop_oneof![
        (any::<bool>(), kinds, prop::option::of(namespace.clone())).prop_map(
            |(is_get, kind, namespace)| Owned::Access(is_get, kind.parse().unwrap(), namespace)
        ),
        Just(Owned::Kinds),
        namespace.prop_map(Owned::PodLog),
        (
            name(&["coreai", "loki"]),
            name(&["GET", "POST", "PUT"]),
            name(&[
                "/models",
                "/models/a%20b",
                "/chat",
                "/chat/completions/..",
                "/"
            ])
        )
            .prop_map(|(endpoint, method, path)| Owned::Http(endpoint, method, path)),
        name(&["coreai", "loki"]).prop_map(Owned::Credential),
        (name(&["errors", "other"]), labels)
            .prop_map(|(source, labels)| Owned::Logs(source, labels)),
        name(&["up", "down"]).prop_map(Owned::Metric),
        name(&["slow", "fast"]).prop_map(Owned::Trace),
        name(&["portal.site.test", "Portal.Site.Test.", "evil.test"]).prop_map(Owned::Network),
    ]
}

proptest! {
    #[test]
    fn an_empty_grant_allows_nothing(call in any_call()) {
        denied(&gate(""), &call.call());
    }

    #[test]
    fn the_line_of_a_denial_allows_the_call(call in any_call(), other in any_call()) {
        let denial = denied(&gate(""), &call.call());
        if let Some(line) = denial.line {
            let gate = gate(&line);
            allowed(&gate, &call.call());
            prop_assert_eq!(gate.withheld(&call.call(), &Namespaces::All).filter(|denial| !denial.reason.contains("facts")), None);
            // It allows no other kind of call: whatever else it allows shares the kind, the endpoint or the name.
            if let (Owned::Access(_, kind, _), Owned::Access(_, another, _)) = (&call, &other) && kind != another {
                denied(&gate, &other.call());
            }
        }
    }
}
