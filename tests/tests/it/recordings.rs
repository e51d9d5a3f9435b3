//! Recordings in the hands of people: looked at, checked, compared, made smaller.

use std::fs;
use std::path::{Path, PathBuf};

use bsq_tests::world::World;
use serde_json::Value;

use crate::host::{Ended, Host, repository};
use crate::hostile::assert_valid;
use crate::lab::Lab;

fn example() -> PathBuf {
    repository().join("examples/database-full.bsqrec")
}

fn case(name: &str) -> PathBuf {
    repository()
        .join("tests/cases")
        .join(name)
        .join("recording.bsqrec")
}

/// A call with the folder of all checks, which share one cache of compiled code.
fn with_checks(host: Host) -> Host {
    host.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .arg("--checks")
        .arg(repository().join("checks"))
}

fn replayed(lab: &Lab, recording: &Path, arguments: &[&str]) -> Ended {
    let host = lab.host().args(["run", "--replay"]).arg(recording);
    host.args(arguments).checks().end()
}

fn diff(lab: &Lab, before: &Path, after: &Path, arguments: &[&str]) -> Ended {
    let host = lab
        .host()
        .arg("diff")
        .arg(before)
        .arg(after)
        .args(arguments);
    with_checks(host).end()
}

/// The smallest of a recording that still gives a finding of this code.
fn reduced(lab: &Lab, code: &str, from: &Path, to: &Path, arguments: &[&str]) -> Ended {
    let host = lab.host().args(["reduce", "--keep", code, "--to"]);
    with_checks(host.arg(to).arg(from).args(arguments)).end()
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr))
}

fn changes(difference: &Value, change: &str) -> Vec<String> {
    let all = difference["findings"].as_array().unwrap().iter();
    all.filter(|one| one["change"] == change)
        .map(|one| one["finding"]["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn show_lists_the_reads_and_prints_one() {
    let lab = Lab::new();
    let listed = lab.host().arg("show").arg(example()).end();
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let line = listed
        .stdout
        .lines()
        .find(|line| line.ends_with("the list of v1/Pod"))
        .unwrap();
    let number = line.split_whitespace().next().unwrap();
    let one = lab.host().arg("show").arg(example()).arg(number).end();
    let read = json(&one);
    assert_eq!(read["request"]["resource"]["kind"], "v1/Pod");
    let rows = &read["answer"]["Ok"]["list"]["rows"];
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .any(|row| row["name"] == "postgresql-0")
    );
    let none = lab.host().arg("show").arg(example()).arg("9999").end();
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("BSQ0506"), "{}", none.stderr);
}

#[test]
fn verify_says_who_recorded_what_and_names_the_line_that_was_changed() {
    let lab = Lab::new();
    let whole = lab.host().arg("verify").arg(example()).end();
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    for told in [
        "every line is what was written",
        "reader@world",
        "pod-triage",
        "sha256:",
        "bsq-host 0.1.0",
    ] {
        assert!(
            whole.stdout.contains(told),
            "no `{told}` in {}",
            whole.stdout
        );
    }
    let bytes = fs::read(example()).unwrap();
    let ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at)
        .collect();
    for (line, end) in ends.iter().enumerate() {
        let start = line.checked_sub(1).map_or(0, |before| ends[before] + 1);
        for at in [start + 12, (start + end) / 2, end - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 0x01;
            let path = lab.file("changed.bsqrec", &changed);
            let ended = lab.host().arg("verify").arg(&path).end();
            assert_eq!(ended.code, 2, "line {}: {}", line + 1, ended.stdout);
            let named = format!("line {} ", line + 1);
            assert!(
                ended.stderr.contains(&named) || ended.stderr.contains("is no recording"),
                "line {}: {}",
                line + 1,
                ended.stderr
            );
        }
    }
}

#[test]
fn verify_of_one_that_is_cut_is_incomplete() {
    let lab = Lab::new();
    let bytes = fs::read(example()).unwrap();
    let path = lab.file("cut.bsqrec", &bytes[..bytes.len() * 2 / 3]);
    let ended = lab.host().arg("verify").arg(&path).end();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .contains("cut off: what is there is what was written"),
        "{}",
        ended.stdout
    );
}

#[test]
fn verify_of_a_component_says_whether_it_fits_and_who_grants_it() {
    let lab = Lab::new();
    let well = lab
        .host()
        .arg("verify")
        .arg(repository().join("checks/pod-triage.wasm"))
        .end();
    assert_eq!(well.code, 0, "{}", well.stderr);
    assert!(well.stdout.contains("granted by lock"), "{}", well.stdout);
    let broken = lab.file("broken.wasm", b"\0asm\x0d\0\x01\0rest");
    assert_eq!(lab.host().arg("verify").arg(&broken).end().code, 5);
}

#[test]
fn a_recording_differs_from_itself_in_nothing_and_from_a_healthy_one_in_what_is_gone() {
    let lab = Lab::new();
    let same = diff(&lab, &example(), &example(), &["-o", "json"]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    let all = json(&same)["findings"].as_array().unwrap().len();
    assert!(all > 0);
    assert_eq!(changes(&json(&same), "unchanged").len(), all);

    let mended = diff(&lab, &example(), &case("healthy"), &["-o", "json"]);
    assert_eq!(mended.code, 1, "{}", mended.stderr);
    assert!(changes(&json(&mended), "gone").contains(&"BSQ-POD-007".to_owned()));
    let broken = diff(&lab, &case("healthy"), &example(), &[]);
    assert_eq!(broken.code, 1);
    assert!(broken.stdout.contains("new ("), "{}", broken.stdout);
}

/// Who may read little afterwards does not know whether anything was mended.
#[test]
fn what_the_later_one_could_not_see_is_unknown() {
    let lab = Lab::new();
    let ended = diff(&lab, &example(), &case("half-forbidden"), &["-o", "json"]);
    let unknown = changes(&json(&ended), "unknown");
    assert!(unknown.contains(&"BSQ-POD-007".to_owned()), "{unknown:?}");
    assert!(!changes(&json(&ended), "gone").contains(&"BSQ-POD-007".to_owned()));
}

#[test]
fn environments_are_told_apart_by_what_they_share() {
    let lab = Lab::new();
    let host = lab.host().args(["compare", "-o", "json"]);
    let host = host.arg(example()).arg(example()).arg(case("healthy"));
    let compared = json(&with_checks(host).end());
    let all = compared["findings"].as_array().unwrap();
    let of = |code: &str| {
        all.iter()
            .find(|one| one["finding"]["code"] == code)
            .unwrap()
    };
    let seen = &of("BSQ-POD-007")["seen"];
    assert_eq!(seen, &serde_json::json!(["found", "found", "clear"]));
    assert_eq!(of("BSQ-POD-007")["means"], "own");
    assert_eq!(compared["environments"].as_array().unwrap().len(), 3);
    let host = lab.host().arg("compare").arg(example()).arg(example());
    let page = with_checks(host).end();
    assert!(
        page.stdout.contains("in every environment"),
        "{}",
        page.stdout
    );
}

#[test]
fn a_baseline_marks_what_is_new_and_changes_no_verdict() {
    let lab = Lab::new();
    let plain = replayed(&lab, &example(), &["-o", "json"]);
    let report = lab.file("before.json", &plain.stdout);
    let known = replayed(
        &lab,
        &example(),
        &[
            "-o",
            "json",
            "--baseline",
            report.to_str().unwrap(),
            "--fail-on",
            "new",
            "--allow-incomplete",
        ],
    );
    assert_eq!(known.code, 0, "{}", known.stderr);
    let held = known.report();
    assert_valid(&held);
    assert_eq!(held["runs"][0]["baseline"]["new"], serde_json::json!([]));
    assert_eq!(
        held["runs"][0]["counts"],
        plain.report()["runs"][0]["counts"]
    );

    let healthy = case("healthy");
    let healthy = healthy.to_str().unwrap();
    let new = replayed(
        &lab,
        &example(),
        &["--baseline", healthy, "--fail-on", "new"],
    );
    assert_eq!(new.code, 1, "{}", new.stderr);
    assert!(new.stdout.contains("new  BSQ-POD-007"), "{}", new.stdout);
    assert!(
        new.stdout.contains("since the baseline of "),
        "{}",
        new.stdout
    );
    let alone = replayed(&lab, &example(), &["--fail-on", "new"]);
    assert_eq!(alone.code, 2, "{}", alone.stdout);
    let missing = replayed(&lab, &example(), &["--baseline", "/no/such/file"]);
    assert_eq!(missing.code, 2, "{}", missing.stdout);
}

const RULES: &str = "
[[ignore]]
code = \"BSQ-LOG-*\"
subject = \"component *mlflow\"
reason = \"ticket 4711\"

[[ignore]]
code = \"BSQ-POD-006\"
label = \"app=keycloak\"
reason = \"it is being moved\"
expires = \"2999-12-31\"

[[ignore]]
code = \"BSQ-GIT-*\"
reason = \"nobody remembers\"
";

#[test]
fn ignored_findings_are_counted_shown_and_decide_nothing() {
    let lab = Lab::new();
    let rules = lab.file("ignore.toml", RULES);
    let rules = rules.to_str().unwrap();
    let ended = replayed(&lab, &example(), &["-o", "json", "--ignore", rules]);
    let report = ended.report();
    assert_valid(&report);
    let run = &report["runs"][0];
    assert_eq!(run["counts"]["ignored"], 2, "{}", run["counts"]);
    let triage = ended.row("pod-triage");
    let codes = |list: &Value, at: &str| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|one| one.pointer(at).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!codes(&triage["findings"], "/code").contains(&"BSQ-POD-006".to_owned()));
    assert_eq!(codes(&triage["ignored"], "/finding/code"), ["BSQ-POD-006"]);
    assert_eq!(codes(&triage["ignored"], "/reason"), ["it is being moved"]);
    let page = replayed(&lab, &example(), &["--ignore", rules, "-o", "wide"]);
    assert!(
        page.stdout.contains("ignored: 2 findings"),
        "{}",
        page.stdout
    );
    assert!(page.stdout.contains("ticket 4711"), "{}", page.stdout);
    let bad = lab.file("bad.toml", "[[ignore]]\ncode = 'A'\n");
    let refused = replayed(&lab, &example(), &["--ignore", bad.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("BSQ0149"), "{}", refused.stderr);
}

#[test]
fn the_smallest_recording_still_gives_its_finding() {
    let lab = Lab::new();
    let small = lab.path().join("small.bsqrec");
    let ended = reduced(
        &lab,
        "BSQ-POD-007",
        &example(),
        &small,
        &["--patience", "5s"],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let (whole, left) = (
        fs::metadata(example()).unwrap().len(),
        fs::metadata(&small).unwrap().len(),
    );
    assert!(left * 10 < whole, "{left} of {whole}");
    assert_eq!(lab.host().arg("verify").arg(&small).end().code, 0);
    let replayed = replayed(&lab, &small, &["-o", "json"]);
    let findings = replayed.row("pod-triage")["findings"].clone();
    assert_eq!(findings[0]["code"], "BSQ-POD-007", "{}", replayed.stderr);
    let none = reduced(&lab, "BSQ-POD-999", &example(), &small, &[]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("BSQ0509"), "{}", none.stderr);
}

/// What says nothing without the results of others is kept with as much of them as it takes.
#[test]
fn a_finding_made_of_others_keeps_what_they_read() {
    let lab = Lab::new();
    let small = lab.path().join("small.bsqrec");
    let arguments = ["--names", "--patience", "0s"];
    let ended = reduced(&lab, "BSQ-ESC-001", &example(), &small, &arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let replayed = replayed(&lab, &small, &["-o", "json"]);
    let findings = replayed.row("escalation")["findings"].clone();
    assert_eq!(findings[0]["code"], "BSQ-ESC-001", "{}", replayed.stderr);
    assert!(fs::metadata(&small).unwrap().len() * 4 < fs::metadata(example()).unwrap().len());
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let lab = Lab::new();
    let bytes = fs::read(example()).unwrap();
    let file = lab.file("incident.bsqrec", &bytes);
    let unfinished = lab.file("other.bsqrec.part", &bytes);
    let reduce = |from: &Path, to: &Path| reduced(&lab, "BSQ-POD-007", from, to, &[]);
    let over = reduce(&file, &file);
    let over_part = reduce(&unfinished, &lab.path().join("other.bsqrec"));
    let report = format!("json={}", file.display());
    let reported = replayed(&lab, &file, &["-o", &report]);
    let key = file.to_str().unwrap();
    let keyed = replayed(
        &lab,
        &example(),
        &["-o", &report, "--pseudonymise", "--key", key],
    );
    for refused in [over, over_part, reported, keyed] {
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        assert!(refused.stderr.contains("BSQ0151"), "{}", refused.stderr);
    }
    assert!(fs::read(&file).unwrap() == bytes && fs::read(&unfinished).unwrap() == bytes);
}

/// Who looked at less, or decided to live with something, has mended nothing.
#[test]
fn what_was_not_looked_at_and_what_is_ignored_is_not_gone() {
    let lab = Lab::new();
    let report = |name: &str, arguments: &[&str]| -> PathBuf {
        let ended = replayed(&lab, &example(), &[&["-o", "json"], arguments].concat());
        lab.file(name, ended.stdout)
    };
    let whole = report("whole.json", &[]);
    let narrow = report("narrow.json", &["-n", "data"]);
    let rules = lab.file(
        "rules.toml",
        "[[ignore]]\ncode = 'BSQ-POD-007'\nreason = 'known'\n",
    );
    let ignoring = report("ignoring.json", &["--ignore", rules.to_str().unwrap()]);

    let ended = diff(&lab, &whole, &narrow, &["-o", "json"]);
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    assert!(changes(&json(&ended), "gone").is_empty());
    assert!(!changes(&json(&ended), "unknown").is_empty());
    let ended = diff(&lab, &whole, &ignoring, &["-o", "json"]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(changes(&json(&ended), "ignored"), ["BSQ-POD-007"]);
    let baseline_file = example();
    let held = [
        "-n",
        "data",
        "-o",
        "json",
        "--baseline",
        baseline_file.to_str().unwrap(),
    ];
    let baseline = replayed(&lab, &example(), &held).report()["runs"][0]["baseline"].clone();
    for change in ["new", "gone", "unknown"] {
        assert_eq!(
            baseline[change].as_array().unwrap().len(),
            0,
            "{change}: {baseline:#}"
        );
    }
}

#[test]
fn each_run_of_a_report_is_an_environment_and_each_failure_of_another_one_is_new() {
    let lab = Lab::new();
    let (well, ill) = (case("healthy"), example());
    let ill = ill.to_str().unwrap();
    let report = replayed(&lab, &well, &["-o", "json"]);
    let baseline = lab.file("well.json", report.stdout);
    let new = ["--baseline", baseline.to_str().unwrap(), "--fail-on", "new"];
    assert_ne!(replayed(&lab, &well, &new).code, 1);
    let both = replayed(
        &lab,
        &well,
        &[&new[..], &["--also", ill, "-o", "json"]].concat(),
    );
    assert_eq!(both.code, 1, "{}", both.stderr);
    let both = lab.file("both.json", both.stdout);
    let host = lab
        .host()
        .args(["compare", "-o", "json"])
        .arg(&both)
        .arg(&baseline);
    let compared = json(&with_checks(host).end());
    assert_eq!(compared["environments"].as_array().unwrap().len(), 3);
    assert!(!compared["findings"].as_array().unwrap().is_empty());
}

/// A rule that a site wrote today holds for what was written before.
#[test]
fn a_sites_rules_hold_for_reports_and_for_what_is_reduced() {
    let lab = Lab::new();
    let report = replayed(&lab, &example(), &["-o", "json"]);
    let report = lab.file("before.json", report.stdout);
    lab.config("[[redact.rule]]\nname = 'badge'\npattern = 'xlogtemp'\n");
    let shown = diff(&lab, &report, &case("healthy"), &["-o", "json"]);
    assert!(shown.stdout.contains("[redacted:badge]") && !shown.stdout.contains("xlogtemp"));
    let held = ["-o", "json", "--baseline", report.to_str().unwrap()];
    let held = replayed(&lab, &case("healthy"), &held);
    assert!(held.stdout.contains("[redacted:badge]") && !held.stdout.contains("xlogtemp"));
    let small = lab.path().join("small.bsqrec");
    let ended = reduced(
        &lab,
        "BSQ-POD-007",
        &example(),
        &small,
        &["--patience", "0s"],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!fs::read_to_string(&small).unwrap().contains("xlogtemp"));
}

#[test]
fn a_plan_takes_nothing_and_a_wide_recording_takes_whole_objects() {
    let lab = Lab::new();
    let kubeconfig = World::shared().unwrap().kubeconfig("reader").unwrap();
    let planned = lab
        .host()
        .args(["record", "--plan", "--wide", "--kubeconfig"])
        .arg(kubeconfig)
        .checks()
        .end();
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    assert!(
        planned.stdout.contains("list v1/Node: 3 objects, about "),
        "{}",
        planned.stdout
    );
    assert!(
        planned
            .stdout
            .contains("pod-triage: find pods that do not run"),
        "{}",
        planned.stdout
    );

    let file = lab.path().join("wide.bsqrec");
    let host = lab
        .host()
        .args(["record", "--wide", "--kubeconfig"])
        .arg(kubeconfig);
    let taken = host.arg("--to").arg(&file).checks().end();
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    assert!(
        taken.stdout.contains("the list of v1/Node"),
        "{}",
        taken.stdout
    );
    // A check that nobody had when it was recorded: all of a node is there.
    let later = lab.echo("later", "v1/Node", &["status.allocatable"]);
    let host = lab
        .host()
        .args(["run", "-o", "json", "--replay"])
        .arg(&file);
    let ended = host.arg("--grant-declared").arg(&later).arg(&later).end();
    assert_eq!(
        ended.row("later")["coverage"]["complete"],
        true,
        "{}",
        ended.stderr
    );
    assert!(
        ended.row("later")["summary"]
            .as_str()
            .unwrap()
            .contains("allocatable")
    );
}
