//! `doctor` against the real authorizer, and against servers that are not well.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bsq_tests::http::{Answer, CoreAi, FaultServer};
use bsq_tests::world::World;
use serde_json::{Value, json};

use crate::host::Ended;
use crate::lab::{Lab, with};

/// Lists pods and nodes, reads pod logs, asks the CoreAI API.
fn check(lab: &Lab) -> PathBuf {
    let manifest = with(
        "asks",
        json!({
            "kubernetes": [
                {"why": "w", "kind": "v1/Pod", "verbs": ["list", "get"], "fields": ["status.phase"]},
                {"why": "w", "kind": "v1/Node", "verbs": ["list"], "fields": ["status.conditions"]},
            ],
            "pod-logs": [{"why": "w", "optional": true}],
            "http": [{"why": "w", "endpoint": "coreai", "paths": ["/models"], "optional": true}],
        }),
    );
    lab.component("well", &manifest)
}

fn doctor(lab: &Lab, kubeconfig: &Path, arguments: &[&str]) -> (i32, Value) {
    let check = check(lab);
    let ended = lab
        .host()
        .args(["doctor", "-o", "json", "--kubeconfig"])
        .arg(kubeconfig)
        .arg("--grant-declared")
        .arg(&check)
        .arg(&check)
        .args(arguments)
        .end();
    (ended.code, seen(&ended))
}

fn seen(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ended.stdout, ended.stderr))
}

fn kubeconfig(user: &str) -> PathBuf {
    let world = World::shared().unwrap();
    world.kubeconfig(user).unwrap().to_owned()
}

/// `list v1/Pod * yes`, for each row.
fn rights(seen: &Value) -> Vec<String> {
    let rows = seen["checks"][0]["rights"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap_or("*").to_owned();
    rows.iter()
        .map(|row| {
            let words = ["verb", "kind", "namespace", "allowed"].map(|key| word(&row[key]));
            words.join(" ")
        })
        .collect()
}

#[test]
fn who_may_read_all_gets_yes_in_a_request_for_each_right() {
    let (code, seen) = doctor(&Lab::new(), &kubeconfig("reader"), &[]);
    assert_eq!(code, 0, "{seen:#}");
    assert_eq!(
        rights(&seen),
        [
            "list v1/Pod * yes",
            "list v1/Node * yes",
            "logs v1/Pod * yes"
        ]
    );
    assert_eq!(seen["cluster"]["context"], "reader@world");
    assert!(
        seen["cluster"]["version"]
            .as_str()
            .unwrap()
            .starts_with("v1.")
    );
    let requests: Vec<(String, u64)> = seen["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let line = format!("{} {}", row["method"], row["path"]).replace('"', "");
            (line, row["requests"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        requests,
        [
            ("GET /version".to_owned(), 1),
            (
                "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
                3
            ),
        ]
    );
}

#[test]
fn who_may_see_one_namespace_is_told_so_for_that_one() {
    let namespace = World::shared().unwrap().namespace("doctor").unwrap();
    namespace.allow("team").unwrap();
    let name = namespace.name();
    let lab = Lab::new();
    let (code, seen) = doctor(&lab, &kubeconfig("team"), &["-n", name]);
    assert_eq!(code, 3, "nodes are of the cluster: {seen:#}");
    assert_eq!(
        rights(&seen),
        [
            format!("list v1/Pod {name} yes"),
            "list v1/Node * no".to_owned(),
            format!("logs v1/Pod {name} yes"),
        ]
    );
    // Without `-n`, the namespaces of bsq.toml are what a run falls back to.
    lab.config(&format!(
        "[context.\"team@world\"]\nnamespaces = [\"{name}\"]\n"
    ));
    let (code, seen) = doctor(&lab, &kubeconfig("team"), &[]);
    assert_eq!(code, 3);
    assert_eq!(
        rights(&seen)[..2],
        [
            "list v1/Pod * no".to_owned(),
            format!("list v1/Pod {name} yes")
        ]
    );
}

#[test]
fn who_may_read_nothing_is_told_the_rules_that_are_missing() {
    let lab = Lab::new();
    let (code, seen) = doctor(&lab, &kubeconfig("nobody"), &[]);
    assert_eq!(code, 3);
    let rules: Vec<&Value> = seen["checks"][0]["rights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["rule"])
        .collect();
    assert_eq!(
        rules[2],
        &json!({"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]})
    );
    assert!(rules.iter().all(|rule| !rule.is_null()));
    // The rules, as the table shows them, are what helps.
    let namespace = World::shared().unwrap().namespace("doctor-table").unwrap();
    let check = check(&lab);
    let ended = lab
        .host()
        .args(["doctor", "-n", namespace.name(), "--kubeconfig"])
        .arg(kubeconfig("nobody"))
        .arg("--grant-declared")
        .arg(&check)
        .arg(&check)
        .end();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let line = "- { apiGroups: [\"\"], resources: [\"pods\"], verbs: [\"list\"] }";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
}

#[test]
fn a_server_that_does_not_answer_is_4_and_the_rest_is_told() {
    let dead = FaultServer::start().unwrap();
    dead.on("/*", [Answer::reset()]);
    let hanging = FaultServer::start().unwrap();
    hanging.on("/*", [Answer::hang()]);
    let html = FaultServer::start().unwrap();
    html.on("/*", [Answer::html(502, "<html>")]);
    for server in [
        dead.url(),
        hanging.url(),
        html.url(),
        "http://127.0.0.1:1".to_owned(),
    ] {
        let lab = Lab::new();
        let kubeconfig = lab.file("kubeconfig", kubeconfig_of(&server));
        let start = std::time::Instant::now();
        let (code, seen) = doctor(&lab, &kubeconfig, &["--request-timeout", "2s"]);
        assert_eq!(code, 4, "{server}: {seen:#}");
        assert_eq!(seen["cluster"]["problem"]["code"], "BSQ0401", "{seen:#}");
        assert_eq!(seen["cluster"]["plugin"], Value::Null);
        assert!(seen["cache"]["usable"].as_bool().unwrap());
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

fn kubeconfig_of(server: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    })
    .to_string()
}

#[test]
fn a_kubeconfig_that_is_not_there_is_2_and_the_rest_is_told() {
    let lab = Lab::new();
    let (code, seen) = doctor(&lab, Path::new("/no/kubeconfig"), &[]);
    assert_eq!(code, 2);
    assert_eq!(seen["cluster"]["problem"]["code"], "BSQ0111");
    assert!(
        seen["files"]["config"]["path"]
            .as_str()
            .unwrap()
            .ends_with("bsq.toml")
    );
}

#[test]
fn endpoints_say_how_they_answer_and_no_credential_is_shown() {
    let coreai = CoreAi::start(&["llama"]).unwrap();
    coreai.key("sk-bsq-hunter2", &["llama"]);
    let lab = Lab::new();
    let url = coreai.url();
    let config = |key: &str| {
        lab.file("key", key);
        lab.config(&format!(
            "[endpoint.coreai]\nurl = \"{url}\"\ntoken = {{ file = \"{}\" }}\n\
             [endpoint.idle]\nurl = \"http://127.0.0.1:1\"\n",
            lab.path().join("key").display()
        ));
    };
    config("sk-bsq-hunter2");
    let (code, seen) = doctor(&lab, &kubeconfig("reader"), &[]);
    let coreai = &seen["endpoints"][0];
    assert_eq!(
        (
            &coreai["status"],
            &coreai["problem"],
            &coreai["credential"]["kind"]
        ),
        (&json!(200), &Value::Null, &json!("sk-bsq")),
        "{seen:#}"
    );
    assert_eq!(coreai["path"], "/models");
    assert_eq!(seen["endpoints"][1]["cause"], "refused");
    assert_eq!(code, 0, "no check asks the endpoint that is down");
    assert!(!seen.to_string().contains("hunter2"));
    config("sk-bsq-wrong");
    let (code, seen) = doctor(&lab, &kubeconfig("reader"), &[]);
    assert_eq!(
        (code, &seen["endpoints"][0]["problem"]),
        (3, &json!("it does not accept the credential"))
    );
}
