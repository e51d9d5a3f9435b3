//! The rules that never bend, each on the program itself.
//!
//! The order of rule 1 is a table and a property beside its function; here it is what a person and a pipeline see.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use bsq_tests::hostile;
use bsq_tests::http::{Answer, ApiProxy, FaultServer};
use bsq_tests::world::World;
use serde_json::{Value, json};
use wit_parser::decoding::{DecodedWasm, decode};

use crate::host::{Ended, components, without_measured};
use crate::lab::{Lab, digest, grant_declared, with};

fn reader() -> &'static std::path::Path {
    World::shared().unwrap().kubeconfig("reader").unwrap()
}

#[test]
fn rule_01_unknown_is_never_green() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let read = |answer: Answer| {
        let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
        proxy.on("/api/v1/namespaces", [answer]);
        lab.run(proxy.kubeconfig(), std::slice::from_ref(&well))
            .end()
    };
    let run = |name: &str| lab.run(reader(), &[lab.hostile(name)]).end();
    let nobody = World::shared().unwrap().kubeconfig("nobody").unwrap();
    let small = with("small", json!({"limits": {"bytes-mib": 1}}));
    // What happens, whose row, verdict, coverage of the read, exit code.
    let cases: [(&str, Ended, &str, &str, &str, i32); 9] = [
        (
            "denied by grant",
            run("undeclared-call"),
            "undeclared-call",
            "skip",
            "denied",
            3,
        ),
        (
            "forbidden by the cluster",
            lab.run(nobody, std::slice::from_ref(&well)).end(),
            "well",
            "skip",
            "forbidden",
            3,
        ),
        (
            "the server fails",
            read(Answer::status(500)),
            "well",
            "error",
            "failed",
            4,
        ),
        (
            "the connection breaks",
            read(Answer::reset()),
            "well",
            "error",
            "failed",
            4,
        ),
        (
            "half an answer",
            read(Answer::forward_half()),
            "well",
            "error",
            "failed",
            4,
        ),
        (
            "no JSON",
            read(Answer::invalid_json()),
            "well",
            "error",
            "",
            4,
        ),
        (
            "a page beyond all bounds",
            read(Answer::large(100 << 20)),
            "well",
            "",
            "",
            0,
        ),
        (
            "nothing was looked at",
            run("silent"),
            "silent",
            "skip",
            "",
            3,
        ),
        (
            "it traps",
            lab.run(reader(), &[lab.component("trap", &small)]).end(),
            "small",
            "error",
            "",
            3,
        ),
    ];
    for (what, ended, id, verdict, coverage, code) in cases {
        let row = ended.row(id);
        assert_ne!(row["verdict"], "pass", "{what}: {row:#}");
        assert_eq!(row["complete"], false, "{what}: {row:#}");
        assert!(
            verdict.is_empty() || row["verdict"] == verdict,
            "{what}: {row:#}"
        );
        assert!(
            row["verdict"] != "skip" || row["skipReason"] == "unknown",
            "{what}: {row:#}"
        );
        assert!(
            coverage.is_empty() || row["coverage"]["reads"][0]["coverage"] == coverage,
            "{what}: {row:#}"
        );
        assert!(
            ended.code != 0 && (code == 0 || ended.code == code),
            "{what}: exit {} {}",
            ended.code,
            ended.stderr
        );
        assert_eq!(ended.report()["runs"][0]["complete"], false, "{what}");
    }
}

#[test]
fn rule_02_one_row_per_check() {
    let lab = Lab::new();
    let named = [
        lab.hostile("well"),
        lab.hostile("trap"),
        lab.hostile("wrong-world"),
        lab.file("text.wasm", "no component"),
        lab.file("truncated.wasm", &hostile::bare("well").unwrap()[..100]),
        lab.file("bare.wasm", hostile::bare("well").unwrap()),
        lab.file(
            "copy.wasm",
            hostile::component("well", &hostile::manifest("well")).unwrap(),
        ),
    ];
    let ungranted = lab.hostile("silent");
    let ended = lab.run(reader(), &named).arg(&ungranted).end();
    let report = ended.report();
    let rows = report["runs"][0]["checks"].as_array().unwrap();
    let mut sources: Vec<&str> = rows
        .iter()
        .map(|row| row["source"].as_str().unwrap())
        .collect();
    sources.sort_unstable();
    let mut expected: Vec<&str> = named
        .iter()
        .chain([&ungranted])
        .map(|path| path.to_str().unwrap())
        .collect();
    expected.sort_unstable();
    // The same bytes named twice are one check.
    expected.retain(|path| !path.ends_with("/copy.wasm") || sources.contains(path));
    assert_eq!(sources, expected, "{}", ended.stdout);
    let counts = &report["runs"][0]["counts"];
    let counted: u64 = ["pass", "warn", "fail", "skip", "error"]
        .iter()
        .map(|verdict| counts[verdict].as_u64().unwrap())
        .sum();
    assert_eq!(counted, rows.len() as u64);
    assert_eq!(ended.row("well")["verdict"], "pass");
}

#[test]
fn rule_03_the_import_list_is_the_permission_list() {
    for path in components() {
        let DecodedWasm::Component(resolve, world) = decode(&fs::read(&path).unwrap()).unwrap()
        else {
            panic!("{} is no component", path.display());
        };
        for key in resolve.worlds[world].imports.keys() {
            let name = resolve.name_world_key(key);
            assert!(
                name.starts_with("bsq:"),
                "{} imports {name}",
                path.display()
            );
        }
    }
    // What imports WASI gets an empty one: the component traps if there is a variable, an argument or a folder.
    let lab = Lab::new();
    let ended = lab
        .run(reader(), &[lab.hostile("environment")])
        .env("BSQ_SECRET", "x")
        .end();
    assert_eq!(
        ended.row("environment")["verdict"],
        "pass",
        "{}",
        ended.stdout
    );
}

#[test]
fn rule_04_effective_is_declared_and_granted() {
    let world = World::shared().unwrap();
    let (mine, other) = (
        world.namespace("granted").unwrap(),
        world.namespace("not-granted").unwrap(),
    );
    for namespace in [&mine, &other] {
        namespace
            .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: facts}, data: {key: value}}")
            .unwrap();
    }
    let lab = Lab::new();
    let echo = lab.echo("echo", "v1/ConfigMap", &["metadata.labels.*"]);
    let run = || {
        lab.host()
            .args(["run", "-o", "json", "--kubeconfig"])
            .arg(reader())
            .arg(&echo)
            .end()
    };

    let ended = run();
    let row = ended.row("echo");
    assert_eq!(
        (&row["outcome"]["kind"], ended.code),
        (&json!("refused"), 5),
        "{row:#}"
    );
    assert!(
        row["hints"].to_string().contains("bsq-host grants allow"),
        "{row:#}"
    );

    let head = format!("[[check]]\ndigest = \"{}\"\n", digest(&echo));
    lab.grants(&head);
    let row = run().row("echo");
    assert_eq!(
        (&row["verdict"], &row["outcome"]["kind"]),
        (&json!("skip"), &json!("not-started")),
        "{row:#}"
    );

    lab.grants(&format!(
        "{head}kubernetes = [{{ kind = \"v1/ConfigMap\", namespaces = [\"{mine}\"] }}]\n"
    ));
    let ended = run();
    let row = ended.row("echo");
    let summary = row["log"].to_string();
    assert!(
        summary.contains(mine.name()) && !summary.contains(other.name()),
        "{summary}"
    );
    assert_eq!(
        (&row["verdict"], &row["complete"], ended.code),
        (&json!("skip"), &json!(false), 3),
        "{row:#}"
    );
    assert!(
        row["coverage"]["counts"]["denied"].as_u64() >= Some(1),
        "{row:#}"
    );

    // A pass needs a scope that lies within the grant.
    let host = lab
        .host()
        .args(["run", "-o", "json", "-n", mine.name(), "--kubeconfig"])
        .arg(reader());
    assert_eq!(host.arg(&echo).end().row("echo")["verdict"], "pass");

    // An optional need without a grant: the interface is there and answers `denied`.
    let parts = json!({"http": [{"why": "w", "endpoint": "coreai", "paths": ["/models"], "optional": true}]});
    let optional = lab.component("http-echo", &with("http-echo", parts));
    lab.grants(&format!(
        "[[check]]\ndigest = \"{}\"\nkubernetes = [{{ kind = \"v1/Namespace\" }}]\n",
        digest(&optional)
    ));
    let row = lab
        .host()
        .args(["run", "-o", "json", "--kubeconfig"])
        .arg(reader())
        .arg(&optional)
        .end()
        .row("http-echo");
    assert_eq!(
        (&row["outcome"]["kind"], &row["guestVerdict"]),
        (&json!("completed"), &json!("pass")),
        "{row:#}"
    );
    assert_eq!(
        (&row["verdict"], &row["coverage"]["counts"]["denied"]),
        (&json!("skip"), &json!(1)),
        "{row:#}"
    );
}

const KEY: &str = "sk-bsq-0f1e2d3c4b5a69788796a5b4c3d2e1f0";

#[test]
fn rule_05_no_credential_reaches_a_guest() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let server = FaultServer::start().unwrap();
    let echoed = json!({"raw": KEY, "encoded": STANDARD.encode(KEY), "header": format!("Bearer {KEY}"), "models": ["m-1"]});
    server.on(
        "/v1/models",
        [Answer::json(200, &echoed).with_header("x-echo", KEY)],
    );
    let lab = Lab::new();
    let key = lab.file("key", KEY);
    lab.config(&format!(
        "[endpoint.coreai]\nurl = \"{}/v1\"\ntoken = {{ file = \"{}\" }}\n",
        server.url(),
        key.display()
    ));
    let parts = json!({"http": [{"why": "w", "endpoint": "coreai", "paths": ["/models"]}]});
    let component = lab.component("http-echo", &with("http-echo", parts));
    let recording = lab.path().join("run.bsqrec");
    let ended = lab
        .run(reader(), &[component])
        .arg("-vv")
        .arg("--record")
        .arg(&recording)
        .end();

    assert_eq!(
        server.requests()[0].header("authorization"),
        format!("Bearer {KEY}")
    );
    let row = ended.row("http-echo");
    assert!(
        row["summary"].as_str().unwrap().contains("m-1"),
        "the answer came: {row:#}"
    );
    let recorded = fs::read_to_string(&recording).unwrap();
    for (place, text) in [
        ("report", &ended.stdout),
        ("talk", &ended.stderr),
        ("recording", &recorded),
    ] {
        for secret in [KEY, &STANDARD.encode(KEY), &KEY[7..]] {
            assert!(!text.contains(secret), "{secret} in the {place}:\n{text}");
        }
    }
}

#[test]
fn rule_06_secrets_do_not_cross() {
    let namespace = World::shared().unwrap().namespace("secrets").unwrap();
    namespace
        .apply(
            "apiVersion: v1
kind: Secret
metadata:
  name: database
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"stringData\":{\"password\":\"hunter2hunter2\"}}'}
stringData: {password: hunter2hunter2}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations: {kubectl.kubernetes.io/last-applied-configuration: 'hunter2hunter2', note: kept}
data: {key: value}
",
        )
        .unwrap();
    let encoded = "aHVudGVyMmh1bnRlcjI=";
    let lab = Lab::new();
    let maps = lab.echo(
        "maps",
        "v1/ConfigMap",
        &["metadata.annotations.*", "data.*"],
    );
    // A manifest that asks for the data is not sound; one that asks for metadata gets that and no more.
    let secrets = lab.echo(
        "secrets",
        "v1/Secret",
        &["metadata.annotations.*", "metadata.labels.*"],
    );
    let greedy = lab.echo(
        "greedy",
        "v1/Secret",
        &["metadata.labels.*", "data.*", "stringData.*"],
    );
    let recording = lab.path().join("run.bsqrec");
    let ended = lab
        .run(reader(), &[maps, secrets, greedy])
        .args(["-n", namespace.name(), "-vv", "--record"])
        .arg(&recording)
        .end();
    assert!(
        ended.row("maps")["log"].to_string().contains("kept"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.row("secrets")["log"].to_string().contains("database"),
        "{}",
        ended.stdout
    );
    let recorded = fs::read_to_string(&recording).unwrap();
    for (place, text) in [
        ("report", &ended.stdout),
        ("talk", &ended.stderr),
        ("recording", &recorded),
    ] {
        assert!(
            !text.contains("hunter2") && !text.contains(encoded),
            "in the {place}:\n{text}"
        );
    }
}

#[test]
fn rule_07_reads_only() {
    let proxy = ApiProxy::start_as(World::shared().unwrap(), "admin").unwrap();
    let lab = Lab::new();
    lab.host()
        .args(["run", "-o", "json", "--kubeconfig"])
        .arg(proxy.kubeconfig())
        .checks()
        .end();
    lab.host()
        .args(["doctor", "--kubeconfig"])
        .arg(proxy.kubeconfig())
        .checks()
        .end();
    let requests = proxy.requests();
    assert!(!requests.is_empty());
    for request in requests {
        let asks_for_own_rights = [
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        ]
        .contains(&request.path.as_str());
        assert!(
            request.method == "GET" || asks_for_own_rights,
            "{} {}",
            request.method,
            request.path
        );
        assert!(!request.query.contains("watch=true"), "{}", request.query);
    }
}

#[test]
fn rule_08_one_view_per_run() {
    let namespace = World::shared().unwrap().namespace("view").unwrap();
    namespace.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: seen, labels: {a: b}}, data: {key: value}}").unwrap();
    let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
    let path = namespace.path("v1", "configmaps");
    // The second answer would be another one.
    proxy.on(
        &path,
        [
            Answer::forward(),
            Answer::json(
                200,
                &json!({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": []}),
            ),
        ],
    );
    let lab = Lab::new();
    let components = [
        lab.echo("one", "v1/ConfigMap", &["metadata.labels.*"]),
        lab.echo("same", "v1/ConfigMap", &["metadata.labels.*"]),
        lab.echo("other", "v1/ConfigMap", &["data.*"]),
    ];
    let ended = lab
        .run(proxy.kubeconfig(), &components)
        .args(["-n", namespace.name()])
        .end();
    let summary = |id: &str| ended.row(id)["log"].to_string().replace('\\', "");
    assert_eq!(proxy.count(&path), 1, "{:#?}", proxy.by_path());
    assert_eq!(summary("one"), summary("same"));
    assert!(
        summary("one").contains("\"a\":\"b\"") && !summary("one").contains("value"),
        "{}",
        summary("one")
    );
    assert!(
        summary("other").contains("value") && !summary("other").contains("\"a\":\"b\""),
        "{}",
        summary("other")
    );
}

#[test]
fn rule_09_live_and_replay_are_the_same() {
    let lab = Lab::new();
    let limits = json!({"limits": {"cpu-ms": 300, "wall-ms": 1_000}});
    let components = [
        lab.hostile("well"),
        lab.hostile("trap"),
        lab.hostile("escapes"),
        lab.hostile("undeclared-call"),
        lab.hostile("wrong-world"),
        lab.component("endless-loop", &with("endless-loop", limits.clone())),
        lab.component("memory-bomb", &with("memory-bomb", limits)),
        lab.count("nodes", "v1/Node"),
        lab.count("secrets", "v1/Secret"),
    ];
    let recording = lab.path().join("run.bsqrec");
    let live = lab
        .run(reader(), &components)
        .arg("--record")
        .arg(&recording)
        .end();
    let replayed = lab.replay(&recording, &components).end();
    assert_eq!(live.code, replayed.code);
    let text = |ended: &Ended| format!("{:#}", without_measured(ended.report()));
    pretty_equal(&text(&live), &text(&replayed));
    let measured = &replayed.report()["runs"][0]["measured"];
    assert_eq!(
        (
            &measured["replayed"],
            &measured["requests"],
            &measured["egress"]
        ),
        (&json!(true), &json!(0), &json!([]))
    );

    // What the recording does not hold is not known.
    let wider = [
        lab.echo("wider", "v1/Node", &["status.capacity.*"]),
        lab.count("services", "v1/Service"),
    ];
    let ended = lab.replay(&recording, &wider).end();
    for id in ["wider", "services"] {
        let row = ended.row(id);
        assert_eq!(
            (&row["coverage"]["counts"]["not-collected"], &row["verdict"]),
            (&json!(1), &json!("skip")),
            "{row:#}"
        );
    }
}

fn pretty_equal(one: &str, other: &str) {
    let differs = one
        .lines()
        .zip(other.lines())
        .find(|(one, other)| one != other);
    assert_eq!(differs, None);
    assert_eq!(one.len(), other.len());
}

#[test]
fn rule_10_formats_change_nothing_but_the_form() {
    let lab = Lab::new();
    let components = [
        lab.hostile("well"),
        lab.hostile("trap"),
        lab.hostile("escapes"),
    ];
    let recording = lab.path().join("run.bsqrec");
    let live = lab
        .run(reader(), &components)
        .arg("--record")
        .arg(&recording)
        .end();
    let alone = without_measured(lab.replay(&recording, &components).end().report());
    for format in ["table", "wide", "short", "json"] {
        let file = lab.path().join("report.json");
        let host = lab.host().args(["run", "--replay"]).arg(&recording);
        let host = grant_declared(host, &components);
        let host = match format {
            "json" => host.args(["-o", "json"]),
            _ => host
                .args(["-o", format, "-o"])
                .arg(format!("json={}", file.display())),
        };
        let ended = host.end();
        assert_eq!(ended.code, live.code, "{format}: {}", ended.stderr);
        if format != "json" {
            let report: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            assert_eq!(without_measured(report), alone, "{format}");
            assert!(!ended.stdout.is_empty(), "{format}");
        }
    }
}

#[test]
fn rule_11_everything_from_outside_is_bounded() {
    let lab = Lab::new();
    let (well, nodes) = (lab.hostile("well"), lab.count("nodes", "v1/Node"));
    let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
    // A page without end, and a list without end.
    proxy.on("/api/v1/namespaces", [Answer::large(2 << 30)]);
    let page = json!({
        "kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "1", "continue": "more"},
        "items": [{"metadata": {"name": "node"}}],
    });
    proxy.on("/api/v1/nodes", [Answer::json(200, &page)]);
    let ended = lab
        .run(proxy.kubeconfig(), &[well, nodes])
        .args(["--request-timeout", "10s"])
        .end();
    for id in ["well", "nodes"] {
        let row = ended.row(id);
        assert!(
            row["verdict"] != "pass" && row["complete"] == false,
            "{row:#}"
        );
    }
    let measured = &ended.report()["runs"][0]["measured"];
    assert!(
        measured["peakMemoryBytes"].as_u64().unwrap() < 300 << 20,
        "{measured:#}"
    );
    assert!(
        proxy.bytes("/api/v1/namespaces") < 300 << 20,
        "{}",
        proxy.bytes("/api/v1/namespaces")
    );
    assert!(ended.took.as_secs() < 60, "{:?}", ended.took);
}

#[test]
fn rule_12_nothing_leaves_unlogged() {
    let server = FaultServer::start().unwrap();
    server.on("/models", [Answer::json(200, &json!({"data": []}))]);
    let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
    let lab = Lab::new();
    lab.config(&format!("[endpoint.coreai]\nurl = \"{}\"\n", server.url()));
    let host = lab
        .host()
        .args(["run", "-o", "json", "--kubeconfig"])
        .arg(proxy.kubeconfig())
        .checks();
    let ended = host.end();
    let told: BTreeMap<(String, String, String), u64> =
        ended.report()["runs"][0]["measured"]["egress"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                (
                    (text("origin"), text("method"), text("path")),
                    row["requests"].as_u64().unwrap(),
                )
            })
            .collect();
    let mut seen = BTreeMap::new();
    for (url, requests) in [
        (proxy.url(), proxy.requests()),
        (server.url(), server.requests()),
    ] {
        for request in requests {
            *seen
                .entry((url.clone(), request.method.to_string(), request.path))
                .or_insert(0) += 1;
        }
    }
    assert!(
        seen.keys().any(|(url, ..)| *url == server.url()),
        "{seen:#?}"
    );
    assert_eq!(told, seen);
}

/// The six checks with what they are granted when they are built: the lock covers them all.
#[test]
fn the_lock_grants_every_check_that_was_built() {
    let ended = Lab::new()
        .host()
        .args(["list", "-o", "json"])
        .checks()
        .end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let paths: Vec<PathBuf> = components();
    assert!(!ended.stdout.contains("\"refused\""), "{}", ended.stdout);
    for path in paths {
        assert!(
            ended
                .stdout
                .contains(path.file_stem().unwrap().to_str().unwrap()),
            "{}",
            ended.stdout
        );
    }
}
