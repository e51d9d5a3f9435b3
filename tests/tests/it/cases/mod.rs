//! Incidents: manifests that are applied to a real control plane, and what the report must say.
//!
//! `tests/cases/NAME/` holds `case.toml`, the manifests that make the platform of `base/` ill, `recording.bsqrec`, which a
//! live run made, and `expected.snap`, which a person reads when it changes. Each incident has a world of its own, since
//! its report is on the whole platform; so a few are run live here, and `make test-world` runs all of them. Servers beside
//! the control plane are players, except where `[real]` asks for the originals.

mod bundles;
mod case;
mod collected;
mod configuration;
mod grants;
mod illness;
mod moments;
mod names;
mod real;
mod said;
mod series;
mod site;

use std::fs;
use std::path::{Path, PathBuf};

use bsq_host::report::difference::{Change, difference};
use bsq_host::report::model::Report;
use serde_json::Value;
use tempfile::TempDir;

use self::case::Case;
use self::collected::{assert_dump_tells_no_less, assert_support_bundle_tells_no_less};
use self::said::check_expected;
use self::site::Site;
use crate::host::{Ended, Host, repository, without_measured};

/// Those that are run live each time: nothing wrong, one thing wrong, and little to be seen.
const ALWAYS_LIVE: [&str; 3] = ["database-full", "half-forbidden", "healthy"];

/// Lies beside the recording of an incident that is also shown as another tool collected it.
const SUPPORT_BUNDLE: &str = "support-bundle.tar.gz";

#[rstest::rstest]
fn incident(#[files("../tests/cases/*/case.toml")] file: PathBuf) {
    let folder = file.parent().unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let recording = folder.join("recording.bsqrec");
    let is_recorded_anew = std::env::var_os("BSQ_RECORD").is_some();
    let is_live = is_recorded_anew || ALWAYS_LIVE.contains(&name) || all_are_live();
    if is_live && (case(name).names.is_none() || names::can_be_named()) {
        live(name, is_recorded_anew.then_some(&recording));
    }
    recorded(name, &recording);
}

/// As `make test-world` asks for.
fn all_are_live() -> bool {
    std::env::var_os("BSQ_LIVE").is_some()
}

/// The report of a live run is the expected one, and that of its replay the same, byte for byte.
fn live(name: &str, keep: Option<&PathBuf>) {
    let site = Site::of(name);
    let live = site.run(&["-o", "json", "--record", site.recording().to_str().unwrap()]);
    let report = live.report();
    if let Some(keep) = keep {
        fs::copy(site.recording(), keep).unwrap();
    }
    check_expected(name, &site.case, &report);
    assert_eq!(live.code, site.case.exit, "{}", live.stderr);
    let replayed = replay(site.home.path(), &site.case, &site.recording());
    assert_eq!(replayed.code, live.code, "{}", replayed.stderr);
    similar(
        &without_measured(report.clone()),
        &without_measured(replayed.report()),
    );
    assert_dump_tells_no_less(&site, &report);
    if keep.is_some() || all_are_live() {
        let kept = folder(name).join(SUPPORT_BUNDLE);
        let keep = keep.and(kept.exists().then_some(&*kept));
        assert_support_bundle_tells_no_less(&site, &report, keep);
    }
}

/// The recording that lies beside the case still gives the expected report.
fn recorded(name: &str, recording: &Path) {
    let case = case(name);
    let home = TempDir::new().unwrap();
    grants::write(home.path(), &case);
    let replayed = replay(home.path(), &case, recording);
    check_expected(name, &case, &replayed.report());
    assert_eq!(replayed.code, case.exit, "{}", replayed.stderr);
    differs_in_nothing(&replayed.report());
}

/// A report that is compared with itself has nothing new, changed, gone or unknown.
fn differs_in_nothing(report: &Value) {
    let report: Report = serde_json::from_value(report.clone()).unwrap();
    for run in &report.runs {
        let changes = difference(run, run);
        assert!(changes.iter().all(|one| one.change == Change::Unchanged));
    }
}

fn replay(home: &Path, case: &Case, recording: &Path) -> Ended {
    Host::at(home)
        .args(["run", "-o", "json", "--replay"])
        .arg(recording)
        .args(case.arguments())
        .checks_by_name()
        .end()
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

fn folder(name: &str) -> PathBuf {
    repository().join("tests/cases").join(name)
}

fn case(name: &str) -> Case {
    let text = fs::read_to_string(folder(name).join("case.toml")).unwrap();
    toml::from_str(&moments::filled(&text)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
