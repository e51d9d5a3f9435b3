//! A run of the first six checks, and of all, on a large platform, against the bare LIST of the kinds that it reads.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bsq_tests::http::Loki;
use bsq_tests::world::World;
use serde_json::Value;

use super::process::{Ended, run, run_checks};
use super::recording;
use super::table::{Table, median};

/// Pairs of runs. The first warms both the cache of compiled code and that of the API server, and does not count.
const ROUNDS: usize = 5;

/// Checks that are run together, and what they may cost at most.
struct Set {
    name: &'static str,
    /// `None` is all of them.
    checks: Option<&'static [&'static str]>,
    /// How many times the bare LIST of the same kinds.
    time: f64,
    /// Megabytes resident.
    memory: f64,
}

const SETS: [Set; 2] = [
    Set {
        name: "six checks",
        checks: Some(&[
            "argocd-apps",
            "coreai-models",
            "first-look",
            "ingress-path",
            "log-errors",
            "pod-triage",
        ]),
        time: 1.2,
        memory: 150.0,
    },
    Set {
        name: "all checks",
        checks: None,
        time: 1.5,
        memory: 200.0,
    },
];

/// Requests beyond one for each page: which kinds and which version the server has.
const DISCOVERY: u64 = 2;

pub(crate) fn measure(table: &mut Table, worlds: &[usize]) -> Result<()> {
    for pods in worlds {
        writeln!(
            io::stderr(),
            "start a platform of {pods} pods; ten thousand take four minutes"
        )?;
        let world = World::start()?;
        world.populate(*pods)?;
        for set in &SETS {
            one(table, &world, *pods, set)?;
        }
        let home = tempfile::tempdir().context("create a home folder")?;
        let loki = Loki::start()?;
        configure(home.path(), &loki)?;
        recording::measure(table, home.path(), world.kubeconfig("reader")?, *pods)?;
    }
    Ok(())
}

fn one(table: &mut Table, world: &World, pods: usize, set: &Set) -> Result<()> {
    let home = tempfile::tempdir().context("create a home folder")?;
    let loki = Loki::start()?;
    configure(home.path(), &loki)?;
    let kubeconfig = world.kubeconfig("reader")?;
    let report = report_of(&check(home.path(), kubeconfig, set)?)?;
    let collections = collections(&report);
    bare(kubeconfig, &collections)?;

    let (mut here, mut least) = (Vec::new(), Vec::new());
    let (mut memory, mut least_memory) = (0, 0);
    for _ in 0..ROUNDS {
        let ended = check(home.path(), kubeconfig, set)?;
        memory = memory.max(ended.peak_bytes);
        here.push(ended.took);
        let ended = bare(kubeconfig, &collections)?;
        least_memory = least_memory.max(ended.peak_bytes);
        least.push(ended.took);
    }
    let told = number(&bare(kubeconfig, &collections)?.stdout)?;
    let (here, least) = (median(here), median(least));
    let name = set.name;
    let kinds = collections.len();
    table.times(
        &format!("{name} on {pods} pods"),
        here,
        &format!("LIST of the same {kinds} kinds"),
        least,
        set.time,
    )?;
    table.quantity(
        &format!("memory of {name} on {pods} pods"),
        memory as f64 / 1e6,
        set.memory,
        "MB",
        &format!("{} MB", least_memory / 1_000_000),
    )?;
    let requests = report
        .pointer("/runs/0/measured/requests")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let others = requests_beside(&report, &collections);
    table.quantity(
        &format!("requests of {name} on {pods} pods"),
        requests as f64,
        (told + others + DISCOVERY) as f64,
        "",
        &format!("{told} pages, {others} other reads"),
    )?;
    table.note(
        &format!("time for each pod of {pods}"),
        &per_pod(here, pods),
        &per_pod(least, pods),
    )
}

/// A large platform has a log store; without one its logs would be read pod by pod.
fn configure(home: &Path, loki: &Loki) -> Result<()> {
    let folder = home.join(".config/bsq-host");
    fs::create_dir_all(&folder).context("create the configuration folder")?;
    let text = format!("[endpoint.loki]\nurl = \"{}\"\n", loki.url());
    fs::write(folder.join("bsq.toml"), text).context("write the configuration")
}

fn per_pod(time: Duration, pods: usize) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6 / pods as f64)
}

fn check(home: &Path, kubeconfig: &Path, set: &Set) -> Result<Ended> {
    let arguments = ["-o", "json", "--kubeconfig"].map(OsStr::new);
    let arguments = [&arguments[..], &[kubeconfig.as_os_str()]].concat();
    run_checks(home, &arguments, &components(set)?)
}

fn components(set: &Set) -> Result<Vec<PathBuf>> {
    let mut components = super::components()?;
    components.retain(|path| {
        let name = path.file_stem().and_then(|name| name.to_str());
        set.checks
            .is_none_or(|checks| name.is_some_and(|name| checks.contains(&name)))
    });
    Ok(components)
}

fn report_of(ended: &Ended) -> Result<Value> {
    serde_json::from_slice(&ended.stdout).context("decode the report")
}

/// The paths of the collections that the run listed.
fn collections(report: &Value) -> Vec<String> {
    let is_collection = |path: &&str| {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        matches!(parts.as_slice(), ["api", _, _] | ["apis", _, _, _])
    };
    let rows = egress(report);
    let listed = rows
        .iter()
        .filter(|row| row.pointer("/answers/200").is_some());
    listed
        .filter_map(path)
        .filter(is_collection)
        .map(str::to_owned)
        .collect()
}

/// Requests for what is no collection and no discovery: logs, endpoints, single objects.
fn requests_beside(report: &Value, collections: &[String]) -> u64 {
    let is_discovery = |path: &str| matches!(path, "/version" | "/api" | "/apis" | "/api/v1");
    let beside = |row: &&Value| {
        let path = path(row).unwrap_or_default();
        !is_discovery(path) && !collections.iter().any(|collection| collection == path)
    };
    egress(report)
        .iter()
        .filter(beside)
        .filter_map(|row| row.get("requests").and_then(Value::as_u64))
        .sum()
}

fn path(row: &Value) -> Option<&str> {
    row.get("path").and_then(Value::as_str)
}

fn egress(report: &Value) -> Vec<Value> {
    let rows = report
        .pointer("/runs/0/measured/egress")
        .and_then(Value::as_array);
    rows.cloned().unwrap_or_default()
}

fn bare(kubeconfig: &Path, collections: &[String]) -> Result<Ended> {
    let mut command = Command::new(std::env::current_exe().context("find this program")?);
    let ended = run(command.arg("list").arg(kubeconfig).args(collections))?;
    ensure!(
        ended.code == 0,
        "the bare LIST ended with {}: {}",
        ended.code,
        String::from_utf8_lossy(&ended.stderr)
    );
    Ok(ended)
}

/// How many requests the bare LIST says that it made.
fn number(stdout: &[u8]) -> Result<u64> {
    let told: Value = serde_json::from_slice(stdout).context("decode what the bare LIST says")?;
    told.get("requests")
        .and_then(Value::as_u64)
        .context("the bare LIST says how many requests it made")
}
