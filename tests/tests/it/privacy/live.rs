//! Secrets on a real cluster, in all that checks read of it: none is in what a run shows, records or says.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bsq_tests::http::{Answer, FaultServer, Loki};
use bsq_tests::world::{Event, Namespace, World};
use jiff::Timestamp;
use serde_json::json;

use super::canaries::{raw, seen, split, wrapped};
use super::formats_in;
use crate::host::Host;
use crate::lab::Lab;

const POD: &str = "moonshot7-0";

/// Everything that anyone can write a secret into, and that a check, `--wide` or the host itself reads.
fn manifests(secret: &str) -> String {
    let encoded = STANDARD.encode(secret);
    let text = json!(format!("it said password={secret}"));
    let applied =
        json!(json!({"spec": {"env": [{"name": "DB_PASSWORD", "value": secret}]}}).to_string());
    let url = format!("postgresql://app:{secret}@db.moonshot7.test:5432/app");
    format!(
        "apiVersion: v1
kind: Secret
metadata: {{name: moonshot7}}
data: {{password: {encoded}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: moonshot7}}
data: {{password: {secret}, url: '{url}'}}
---
apiVersion: v1
kind: Pod
metadata:
  name: {POD}
  labels: {{app: moonshot7}}
  annotations:
    bsq.test/state: crash-loop
    note: {text}
    kubectl.kubernetes.io/last-applied-configuration: {applied}
spec:
  containers:
  - name: app
    image: registry.site.test/app:1
    args: ['--token', '{secret}', '--database={url}']
    command: ['sh', '-c', 'export PASSWORD={secret}']
    env:
    - {{name: DB_PASSWORD, value: '{secret}'}}
    - {{name: DATABASE_URL, value: '{url}'}}
    - {{name: FROM, valueFrom: {{secretKeyRef: {{name: moonshot7, key: password}}}}}}
    livenessProbe:
      httpGet: {{path: /, port: 80, httpHeaders: [{{name: Authorization, value: 'Bearer {secret}'}}]}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: moonshot7}}
spec:
  project: default
  source: {{repoURL: 'https://robot:{secret}@git.moonshot7.test/platform', path: apps, targetRevision: main}}
  destination: {{server: 'https://kubernetes.default.svc', namespace: default}}
status:
  sync: {{status: Unknown}}
  health: {{status: Degraded, message: {text}}}
  conditions:
  - {{type: ComparisonError, message: {text}, lastTransitionTime: '2026-11-23T06:12:04Z'}}
  operationState:
    phase: Failed
    message: {text}
    startedAt: '2026-11-23T06:12:04Z'
    operation: {{}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: moonshot7
  annotations: {{nginx.ingress.kubernetes.io/configuration-snippet: 'proxy_set_header Authorization \"Bearer {secret}\";'}}
spec:
  rules:
  - host: moonshot7.test
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: none, port: {{number: 80}}}}}}}}]}}
"
    )
}

/// Lines as containers and stores have them: each canary as it is and wrapped, and those that a driver cut in two.
fn lines() -> Vec<String> {
    let whole = wrapped().into_iter().flat_map(|canary| {
        let lines = canary.text.lines().map(|line| format!("error: {line}"));
        lines.collect::<Vec<_>>()
    });
    // The kubelet here takes no line that begins as the end of a private key does.
    let halves = split().into_iter().flat_map(|(_, halves)| halves);
    let halves = halves.filter(|half| !half.contains('\n'));
    whole.chain(halves).collect()
}

fn plant(namespace: &Namespace<'_>) {
    let core = raw()
        .into_iter()
        .find(|one| one.what == "a parameter")
        .unwrap();
    let core = core.text.strip_prefix("password=").unwrap().to_owned();
    namespace.apply(&manifests(&core)).unwrap();
    namespace
        .wait_for_pods("app=moonshot7", 1, |pod| {
            pod.pointer("/status/containerStatuses/0/state/waiting/reason")
                .is_some_and(|reason| reason == "CrashLoopBackOff")
        })
        .unwrap();
    namespace.set_pod_log(POD, "app", lines()).unwrap();
    namespace.set_previous_pod_log(POD, "app", lines()).unwrap();
    for canary in raw() {
        let message = format!("Back-off restarting failed container: {}", canary.text);
        let event = Event::warning("Pod", POD, "BackOff", &message).count(3);
        namespace.create_event(&event).unwrap();
    }
}

/// The servers beside the cluster say what it holds too.
struct Beside {
    loki: Loki,
    coreai: FaultServer,
}

impl Beside {
    fn start(namespace: &str) -> Self {
        let loki = Loki::start().unwrap();
        let now = Timestamp::now();
        let lines = lines();
        let lines = lines.iter().map(|line| (now, line.as_str()));
        loki.stream(
            &[("namespace", namespace), ("pod", POD), ("container", "app")],
            lines,
        );
        let coreai = FaultServer::start().unwrap();
        let said: Vec<String> = raw().into_iter().map(|canary| canary.text).collect();
        let body =
            json!({"error": {"message": said.join(" "), "type": "auth_error", "code": "401"}});
        coreai.on("*", [Answer::json(401, &body)]);
        Self { loki, coreai }
    }

    fn config(&self, key: &Path) -> String {
        format!(
            "[endpoint.loki]\nurl = \"{}\"\n[endpoint.coreai]\nurl = \"{}/v1\"\ntoken = {{ file = \"{}\" }}\n\
             [checks.pod-triage]\nstarting-after = \"0s\"\n",
            self.loki.url(),
            self.coreai.url(),
            key.display()
        )
    }
}

#[test]
fn nothing_that_leaves_a_live_run_shows_a_secret_or_with_tokens_a_name() {
    let world = World::shared().unwrap();
    let namespace = world.namespace("canaries").unwrap();
    plant(&namespace);
    let beside = Beside::start(namespace.name());
    let lab = Lab::new();
    let key = raw()
        .into_iter()
        .find(|one| one.what == "a virtual key")
        .unwrap()
        .text;
    let key = lab.file("coreai.key", &key);
    lab.config(&beside.config(&key));
    let kubeconfig = world.kubeconfig("reader").unwrap();
    let host = |arguments: &[&str]| -> Host {
        let host = lab
            .host()
            .args(arguments)
            .arg("--kubeconfig")
            .arg(kubeconfig);
        host.args(["-n", namespace.name()])
    };
    let file = |name: &str| lab.path().join(name);

    let named = file("named.bsqrec");
    let run = host(&["run", "-vv", "--trace", "pod-triage", "-o", "json"])
        .args(formats_in(lab.path()))
        .arg("--record")
        .arg(&named)
        .checks()
        .end();
    let found = run.row("pod-triage")["findings"].to_string();
    assert!(
        found.contains(POD) && found.contains("[redacted:"),
        "{}",
        run.stdout
    );
    let path = |name: &str| file(name).to_str().unwrap().to_owned();
    let wide = path("wide.bsqrec");
    let taken = host(&["record", "--wide", "--to", &wide]).checks().end();
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    let (veiled, key) = (path("veiled.bsqrec"), path("key"));
    let tokens = ["--pseudonymise", "--key", &key];
    let veiled_taken = host(&["record", "--to", &veiled])
        .args(tokens)
        .checks()
        .end();
    assert_eq!(veiled_taken.code, 0, "{}", veiled_taken.stderr);

    let read = |name: &str| fs::read_to_string(file(name)).unwrap();
    let outputs = [
        ("stdout", run.stdout.clone()),
        ("stderr", run.stderr.clone()),
        ("table", read("table")),
        ("wide", read("wide")),
        ("short", read("short")),
        ("recording", read("named.bsqrec")),
        ("wide recording", read("wide.bsqrec")),
        ("what `record` said", taken.stdout + &taken.stderr),
        ("recording with tokens", read("veiled.bsqrec")),
        (
            "what `record` said with tokens",
            veiled_taken.stdout + &veiled_taken.stderr,
        ),
    ];
    for (name, text) in &outputs {
        if let Some(seen) = seen(text) {
            panic!("{name}: {seen}");
        }
    }
    let text = read("veiled.bsqrec");
    let left = text
        .find("moonshot7")
        .map(|at| &text[at.saturating_sub(120)..at + 40]);
    assert_eq!(left, None);
    let replayed = lab
        .host()
        .args(["run", "-o", "json", "--replay"])
        .arg(&veiled)
        .checks()
        .end();
    let codes = |row: &serde_json::Value| -> Vec<String> {
        let findings = row["findings"].as_array().unwrap().iter();
        findings.map(|one| one["code"].to_string()).collect()
    };
    let (plain, veiled) = (run.row("pod-triage"), replayed.row("pod-triage"));
    assert_eq!(codes(&plain), codes(&veiled), "{}", replayed.stderr);
}
