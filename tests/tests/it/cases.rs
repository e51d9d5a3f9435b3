//! Incidents: manifests that are applied to a real control plane, and what the report must say.
//!
//! `tests/cases/NAME/` holds `case.toml`, the manifests that make the platform of `base/` ill, and `expected.snap`, which
//! a person reads when it changes. Each incident has a world of its own, since its report is on the whole platform.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bsq_tests::http::{Answer, CoreAi, Loki};
use bsq_tests::wait::wait_for;
use bsq_tests::world::{Event, World};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::host::{Ended, Host, repository, without_measured};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    title: String,
    #[serde(default = "reader")]
    user: String,
    /// Namespaces that the user may read, for a user without rights of its own.
    #[serde(default)]
    allowed: Vec<String>,
    exit: i32,
    /// What `bsq.toml` says of single checks. Pods of a test are seconds old, so most incidents say that young ones count.
    #[serde(default)]
    checks: toml::Table,
    coreai: Option<CoreAiSite>,
    #[serde(default)]
    loki: Vec<Stream>,
    /// The status that the log store answers with, whatever is asked.
    loki_fails: Option<u16>,
    #[serde(default)]
    log: Vec<ContainerLog>,
    #[serde(default)]
    event: Vec<CaseEvent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CoreAiSite {
    models: Vec<String>,
    #[serde(default = "valid")]
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Stream {
    labels: BTreeMap<String, String>,
    lines: Vec<String>,
    #[serde(default = "once")]
    repeat: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ContainerLog {
    namespace: String,
    pod: String,
    container: String,
    lines: Vec<String>,
    #[serde(default)]
    previous: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaseEvent {
    namespace: String,
    kind: String,
    name: String,
    reason: String,
    message: String,
    count: u32,
}

fn reader() -> String {
    "reader".to_owned()
}

fn valid() -> String {
    "valid".to_owned()
}

fn once() -> usize {
    1
}

#[rstest::rstest]
#[case("healthy")]
#[case("database-full")]
#[case("registry-credentials")]
#[case("wrong-git-path")]
#[case("gpu-short")]
#[case("half-forbidden")]
#[case("key-expired")]
#[case("missing-secret")]
#[case("loki-down")]
fn incident(#[case] name: &str) {
    let site = Site::of(name);
    let live = site.run(&["-o", "json", "--record", site.recording().to_str().unwrap()]);
    let report = live.report();
    check_expected(name, &site.case, &live, &report);

    let replayed = Host::at(site.home.path())
        .args(["run", "-o", "json", "--replay"])
        .arg(site.recording())
        .checks()
        .end();
    assert_eq!(replayed.code, live.code, "{}", replayed.stderr);
    let (live, replayed) = (
        without_measured(report),
        without_measured(replayed.report()),
    );
    similar(&live, &replayed);
    if let Some(folder) = std::env::var_os("BSQ_KEEP_RECORDINGS") {
        fs::copy(
            site.recording(),
            Path::new(&folder).join(format!("{name}.bsqrec")),
        )
        .unwrap();
    }
}

/// The two reports are the same, byte for byte.
fn similar(live: &Value, replayed: &Value) {
    let (live, replayed) = (
        serde_json::to_string_pretty(live).unwrap(),
        serde_json::to_string_pretty(replayed).unwrap(),
    );
    if let Some((one, other)) = live
        .lines()
        .zip(replayed.lines())
        .find(|(one, other)| one != other)
    {
        panic!("the replay differs\n live: {one}\nreplay: {other}");
    }
    assert_eq!(live.len(), replayed.len());
}

fn check_expected(name: &str, case: &Case, ended: &Ended, report: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder(name));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(&case.title);
    settings.add_filter(r"-[a-z0-9]{6,10}-[a-z0-9]{5}\b", "-HASH-POD");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME");
    // The endpoints controller may meet a namespace before its own cache has it: an event that comes or not.
    settings.add_filter(r"\n  BSQ-LOOK-005 info Endpoints [^\n]*", "");
    settings.add_filter(r"\d+ warnings in the window", "N warnings in the window");
    settings.bind(|| insta::assert_snapshot!("expected", said(report)));
    assert_eq!(ended.code, case.exit, "{}", ended.stderr);
}

/// What a report says, a line for each row and each finding.
fn said(report: &Value) -> String {
    let mut lines = Vec::new();
    for row in report["runs"][0]["checks"].as_array().unwrap() {
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let complete = if row["complete"] == true {
            "complete"
        } else {
            "incomplete"
        };
        lines.push(format!(
            "{} {} {} {complete}: {}",
            text("id"),
            text("verdict"),
            text("skipReason"),
            text("summary")
        ));
        for finding in row["findings"].as_array().unwrap() {
            lines.push(format!(
                "  {} {} {}: {}",
                finding["code"].as_str().unwrap(),
                finding["severity"].as_str().unwrap(),
                subject(&finding["subject"]),
                finding["title"].as_str().unwrap(),
            ));
        }
    }
    lines.join("\n")
}

fn subject(subject: &Value) -> String {
    let part = |field: &str| subject[field].as_str().unwrap_or_default();
    format!(
        "{} {}/{} {}",
        part("kind"),
        part("namespace"),
        part("name"),
        part("container")
    )
}

/// A world in the state of one incident, and the configuration that leads to its servers.
struct Site {
    case: Case,
    world: World,
    home: TempDir,
    _coreai: Option<CoreAi>,
    _loki: Loki,
}

impl Site {
    fn of(name: &str) -> Self {
        let case: Case =
            toml::from_str(&fs::read_to_string(folder(name).join("case.toml")).unwrap()).unwrap();
        let world = World::start().unwrap();
        for part in ["base", name] {
            apply(&world, &folder(part));
        }
        wait_until_settled(&world);
        tell(&world, &case);
        for namespace in &case.allowed {
            allow(&world, namespace, &case.user);
        }
        let coreai = case.coreai.as_ref().map(core_ai);
        let loki = loki(&case);
        let home = TempDir::new().unwrap();
        configure(home.path(), &case, coreai.as_ref(), &loki);
        Self {
            case,
            world,
            home,
            _coreai: coreai,
            _loki: loki,
        }
    }

    fn recording(&self) -> PathBuf {
        self.home.path().join("run.bsqrec")
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Host::at(self.home.path())
            .env(
                "KUBECONFIG",
                self.world.kubeconfig(&self.case.user).unwrap(),
            )
            .arg("run")
            .args(arguments)
            .checks()
            .end()
    }
}

fn folder(name: &str) -> PathBuf {
    repository().join("tests/cases").join(name)
}

fn apply(world: &World, folder: &Path) {
    for file in ["platform.yaml", "manifests.yaml"] {
        if let Ok(text) = fs::read_to_string(folder.join(file)) {
            world.apply(&text).unwrap();
        }
    }
    if let Ok(text) = fs::read_to_string(folder.join("status.yaml")) {
        world.apply_status(&text).unwrap();
    }
}

/// Until controllers and kubelets have nothing more to do: no object of interest changes for a while.
fn wait_until_settled(world: &World) {
    let mut before = String::new();
    wait_for("the platform to settle", Duration::from_secs(90), || {
        let seen: Vec<String> = [
            "/api/v1/pods",
            "/apis/apps/v1/replicasets",
            "/apis/discovery.k8s.io/v1/endpointslices",
        ]
        .into_iter()
        .map(|path| {
            world
                .admin()
                .get(path)
                .map(|list| list["items"].to_string())
        })
        .collect::<anyhow::Result<_>>()?;
        let now = seen.concat();
        let is_settled = now == before;
        before = now;
        std::thread::sleep(Duration::from_secs(2));
        Ok(is_settled.then_some(()))
    })
    .unwrap();
}

/// What containers wrote and kubelets reported.
fn tell(world: &World, case: &Case) {
    for log in &case.log {
        world
            .set_pod_log(
                &log.namespace,
                &log.pod,
                &log.container,
                log.lines.iter().map(String::as_str),
            )
            .unwrap();
        if !log.previous.is_empty() {
            let lines = log.previous.iter().map(String::as_str);
            world
                .set_previous_pod_log(&log.namespace, &log.pod, &log.container, lines)
                .unwrap();
        }
    }
    for event in &case.event {
        let told = Event::warning(&event.kind, &event.name, &event.reason, &event.message)
            .count(event.count);
        world.create_event(&event.namespace, &told).unwrap();
    }
}

fn allow(world: &World, namespace: &str, user: &str) {
    let binding = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: view-{user}, namespace: {namespace}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user}}}]\n"
    );
    world.apply(&binding).unwrap();
    let api = world.api(user).unwrap();
    wait_for("the new rights to hold", Duration::from_secs(10), || {
        api.get(&format!("/api/v1/namespaces/{namespace}/pods?limit=1"))
            .map(Some)
    })
    .unwrap();
}

const KEY: &str = "sk-bsq-0123456789abcdef0123456789abcdef";

fn core_ai(site: &CoreAiSite) -> CoreAi {
    let models: Vec<&str> = site.models.iter().map(String::as_str).collect();
    let server = CoreAi::start(&models).unwrap();
    match site.key.as_str() {
        "expired" => server.expired_key(KEY),
        _ => server.key(KEY, &models),
    };
    server
}

fn loki(case: &Case) -> Loki {
    let loki = Loki::start().unwrap();
    if let Some(status) = case.loki_fails {
        loki.on("*", [Answer::status(status)]);
    }
    let now = Timestamp::now();
    for stream in &case.loki {
        let labels: Vec<(&str, &str)> = stream
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let lines = stream
            .lines
            .iter()
            .cycle()
            .take(stream.lines.len() * stream.repeat);
        let ago = |index: usize| {
            Duration::from_secs(600).saturating_sub(Duration::from_secs(index as u64))
        };
        loki.stream(
            &labels,
            lines
                .enumerate()
                .map(|(index, line)| (now - ago(index), line.as_str())),
        );
    }
    loki
}

fn configure(home: &Path, case: &Case, coreai: Option<&CoreAi>, loki: &Loki) {
    let folder = home.join(".config/bsq-host");
    fs::create_dir_all(&folder).unwrap();
    let key = home.join("key");
    fs::write(&key, KEY).unwrap();
    let mut text = format!("[endpoint.loki]\nurl = \"{}\"\n", loki.url());
    if let Some(coreai) = coreai {
        text += &format!(
            "\n[endpoint.coreai]\nurl = \"{}\"\ntoken = {{ file = \"{}\" }}\n",
            coreai.url(),
            key.display()
        );
    }
    for (id, settings) in &case.checks {
        text += &format!("\n[checks.{id}]\n{}", toml::to_string(settings).unwrap());
    }
    fs::write(folder.join("bsq.toml"), text).unwrap();
}
