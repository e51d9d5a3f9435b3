//! What a run asks the API server for, counted by a proxy before it.

use std::path::{Path, PathBuf};

use bsq_tests::http::{Answer, ApiProxy};
use bsq_tests::world::{Namespace, World};
use serde_json::{Value, json};

use crate::host::{Ended, Host};
use crate::lab::Lab;

/// Reads of the server itself: which kinds and which version it has.
const DISCOVERY: usize = 2;

fn proxy(user: &str) -> ApiProxy {
    ApiProxy::start_as(World::shared().unwrap(), user).unwrap()
}

/// Requests by what they are for: those of discovery apart from those of objects.
fn split(proxy: &ApiProxy) -> (usize, Vec<String>) {
    let is_discovery = |path: &str| {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        matches!(parts.as_slice(), ["version" | "api" | "apis" | "openapi", ..] if parts.len() <= 2)
            || matches!(parts.as_slice(), ["apis", _, _])
    };
    let requests = proxy.requests();
    let (discovery, reads): (Vec<_>, Vec<_>) = requests
        .iter()
        .partition(|request| is_discovery(&request.path));
    let targets = reads
        .iter()
        .map(|request| format!("{} {}?{}", request.method, request.path, request.query))
        .collect();
    (discovery.len(), targets)
}

fn without_repeats(targets: &[String]) -> usize {
    let mut distinct = targets.to_vec();
    distinct.sort();
    distinct.dedup();
    distinct.len()
}

#[test]
fn the_six_checks_ask_for_each_thing_once() {
    let proxy = proxy("reader");
    let ended = Lab::new()
        .host()
        .args(["run", "-o", "json", "--kubeconfig"])
        .arg(proxy.kubeconfig())
        .checks()
        .end();
    let (discovery, reads) = split(&proxy);
    assert!(discovery <= DISCOVERY, "{:#?}", proxy.by_path());
    assert_eq!(without_repeats(&reads), reads.len(), "{reads:#?}");
    // What the report says of it is what the server saw.
    let told: u64 = ended.report()["runs"][0]["measured"]["requests"]
        .as_u64()
        .unwrap();
    assert_eq!(told as usize, proxy.requests().len(), "{}", ended.stdout);
}

#[test]
fn twenty_copies_ask_no_more_than_one() {
    let lab = Lab::new();
    let run = |copies: usize| {
        let proxy = proxy("reader");
        let components: Vec<PathBuf> = (0..copies)
            .flat_map(|copy| {
                [
                    lab.count(&format!("pods-{copy}"), "v1/Pod"),
                    lab.count(&format!("nodes-{copy}"), "v1/Node"),
                ]
            })
            .collect();
        let ended = lab.run(proxy.kubeconfig(), &components).end();
        assert_eq!(
            ended.report()["runs"][0]["counts"]["pass"],
            components.len(),
            "{}",
            ended.stdout
        );
        split(&proxy)
    };
    let (discovery, one) = run(1);
    assert!(discovery <= DISCOVERY && one.len() == 2, "{one:?}");
    assert_eq!(run(20).1.len(), one.len());
}

#[test]
fn a_refusal_is_asked_for_once() {
    let lab = Lab::new();
    let proxy = proxy("nobody");
    let components: Vec<PathBuf> = (0..5)
        .map(|copy| lab.count(&format!("pods-{copy}"), "v1/Pod"))
        .collect();
    let ended = lab.run(proxy.kubeconfig(), &components).end();
    assert_eq!(proxy.count("/api/v1/pods"), 1);
    for copy in 0..5 {
        let row = ended.row(&format!("pods-{copy}"));
        assert_eq!(
            (&row["verdict"], &row["skipReason"]),
            (&json!("skip"), &json!("unknown")),
            "{row:#}"
        );
        assert_eq!(row["coverage"]["reads"][0]["coverage"], "forbidden");
    }
    assert_eq!(ended.code, 3);
}

#[test]
fn after_a_cluster_wide_refusal_named_namespaces_are_asked_one_by_one() {
    let world = World::shared().unwrap();
    let mine = world.namespace("named").unwrap();
    mine.allow("team").unwrap();
    fill(&mine, 1);
    let lab = Lab::new();
    lab.config(&format!(
        "[context.\"team@world\"]\nnamespaces = [\"{mine}\"]\n"
    ));
    let proxy = proxy("team");
    let maps = lab.echo("maps", "v1/ConfigMap", &["metadata.labels.*"]);
    let ended = lab.run(proxy.kubeconfig(), &[maps]).end();
    assert_eq!(proxy.count("/api/v1/configmaps"), 1);
    assert_eq!(
        proxy.count(&format!("/api/v1/namespaces/{mine}/configmaps")),
        1
    );
    let row = ended.row("maps");
    assert!(row["log"].to_string().contains("map-000"), "{row:#}");
    assert_eq!(
        row["verdict"], "skip",
        "the rest of the cluster stays unknown: {row:#}"
    );
}

#[test]
fn a_throttled_read_waits_as_long_as_it_is_told_to() {
    let lab = Lab::new();
    let proxy = proxy("reader");
    proxy.on("/api/v1/nodes", [Answer::throttled(1), Answer::forward()]);
    let ended = lab
        .run(proxy.kubeconfig(), &[lab.count("nodes", "v1/Node")])
        .end();
    assert_eq!(ended.row("nodes")["verdict"], "pass", "{}", ended.stdout);
    assert_eq!(proxy.count("/api/v1/nodes"), 2);
    assert!(ended.took.as_millis() >= 1_000, "{:?}", ended.took);
}

#[test]
fn a_server_that_throttles_for_ever_is_a_failed_read() {
    let lab = Lab::new();
    let proxy = proxy("reader");
    proxy.on("/api/v1/nodes", [Answer::throttled(1)]);
    let ended = lab
        .run(proxy.kubeconfig(), &[lab.count("nodes", "v1/Node")])
        .args(["--request-timeout", "3s"])
        .end();
    let row = ended.row("nodes");
    assert_eq!(row["verdict"], "error", "{row:#}");
    assert!(proxy.count("/api/v1/nodes") <= 6, "{:#?}", proxy.by_path());
    assert_eq!(ended.code, 4);
}

/// More than a page of ConfigMaps.
const MANY: usize = 600;

fn fill(namespace: &Namespace<'_>, objects: usize) {
    let path = namespace.path("v1", "configmaps");
    let admin = World::shared().unwrap().admin();
    for index in 0..objects {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("map-{index:03}")}});
        admin.create(&path, &object).unwrap();
    }
}

fn number_of_maps(namespace: &Namespace<'_>) -> usize {
    let list: Value = namespace.get("v1", "configmaps").unwrap();
    list["items"].as_array().unwrap().len()
}

fn count_maps(lab: &Lab, kubeconfig: &Path, namespace: &Namespace<'_>) -> Ended {
    let host: Host = lab.run(kubeconfig, &[lab.count("maps", "v1/ConfigMap")]);
    host.args(["-n", namespace.name()]).end()
}

#[test]
fn a_list_of_several_pages_is_whole_also_if_its_cursor_expires() {
    let world = World::shared().unwrap();
    let namespace = world.namespace("paged").unwrap();
    fill(&namespace, MANY);
    let expected = number_of_maps(&namespace).to_string();
    let proxy = proxy("reader");
    let path = namespace.path("v1", "configmaps");
    let next_page = format!("{path}?continue=");

    let lab = Lab::new();
    let row = count_maps(&lab, proxy.kubeconfig(), &namespace).row("maps");
    let passed = (&json!("pass"), &json!(expected));
    assert_eq!((&row["verdict"], &row["summary"]), passed, "{row:#}");
    assert_eq!(proxy.count(&path), 2, "two pages: {:#?}", proxy.by_path());

    // The server gives a new cursor along, which goes on at the same place.
    proxy.reset();
    proxy.on(&next_page, [expired(&namespace), Answer::forward()]);
    let row = count_maps(&lab, proxy.kubeconfig(), &namespace).row("maps");
    assert_eq!((&row["verdict"], &row["summary"]), passed, "{row:#}");
    assert_eq!(proxy.count(&path), 3, "{:#?}", proxy.by_path());

    // A cursor that expires whenever it is used: what follows is unknown.
    for answer in [Answer::expired(), expired(&namespace)] {
        proxy.reset();
        proxy.on(&next_page, [answer]);
        let row = count_maps(&lab, proxy.kubeconfig(), &namespace).row("maps");
        assert_ne!(row["verdict"], "pass", "{row:#}");
        assert_eq!(row["complete"], false, "{row:#}");
        assert!(proxy.count(&path) <= 4, "{:#?}", proxy.by_path());
    }
}

/// 410 as the API server gives it to the second page: with a cursor that no longer asks for the same moment.
fn expired(namespace: &Namespace<'_>) -> Answer {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let page: Value = namespace.get("v1", "configmaps?limit=500").unwrap();
    let cursor = page["metadata"]["continue"].as_str().unwrap();
    let mut cursor: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    cursor["rv"] = json!(-1);
    let cursor = URL_SAFE_NO_PAD.encode(cursor.to_string());
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {"continue": cursor}, "status": "Failure",
        "message": "The provided continue parameter is too old", "reason": "Expired", "code": 410,
    });
    Answer::json(410, &status)
}

#[test]
fn an_unknown_user_is_the_clusters_failure() {
    let lab = Lab::new();
    let proxy = proxy("reader");
    proxy.on(
        "*",
        [Answer::api_status(401, "Unauthorized", "Unauthorized")],
    );
    let ended = lab
        .run(proxy.kubeconfig(), &[lab.count("nodes", "v1/Node")])
        .end();
    assert_eq!(ended.code, 4, "{}{}", ended.stdout, ended.stderr);
    assert!(
        (ended.stdout.clone() + &ended.stderr).contains("401"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}
