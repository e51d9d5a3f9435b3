//! The command line as a person meets it.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::host::{Host, components, repository, without_measured};
use crate::hostile::assert_valid;
use crate::lab::{Lab, with};

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(
        &regex::escape(&repository().display().to_string()),
        "REPOSITORY",
    );
    settings.add_filter(r"sha256:[0-9a-f]{64}", "sha256:DIGEST");
    settings.add_filter(r"  [0-9a-f]{12}  ", "  DIGEST        ");
    settings.add_filter(r"size( +)[0-9.]+ kB", "size${1}SIZE");
    settings
}

#[test]
fn every_command_explains_itself() {
    let lab = Lab::new();
    let whole = lab.host().arg("--help").end();
    let commands: Vec<&str> = whole
        .stdout
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for wanted in [
        "run",
        "record",
        "show",
        "verify",
        "diff",
        "compare",
        "reduce",
        "list",
        "inspect",
        "pack",
        "completions",
        "doctor",
        "explain",
        "schema",
        "grants",
    ] {
        assert!(commands.contains(&wanted), "no `{wanted}` in {commands:?}");
    }
    let mut page = format!("$ bsq-host --help\n{}", whole.stdout);
    for command in commands {
        let ended = lab
            .host()
            .args([command, "--help"])
            .env("COLUMNS", "100")
            .end();
        assert_eq!(ended.code, 0, "{command}: {}", ended.stderr);
        page += &format!("\n$ bsq-host {command} --help\n{}", ended.stdout);
    }
    settings().bind(|| insta::assert_snapshot!("help", page));
}

#[test]
fn completions_are_there_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = Lab::new().host().args(["completions", shell]).end();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(
            ended.stdout.contains("bsq-host"),
            "{shell}: {}",
            ended.stdout
        );
    }
}

/// The recording that `make run` shows.
fn example() -> PathBuf {
    repository().join("examples/database-full.bsqrec")
}

fn replay(lab: &Lab, arguments: &[&str]) -> Host {
    lab.host()
        .args(["run", "--replay"])
        .arg(example())
        .args(arguments)
        .checks()
        .env("COLUMNS", "80")
}

#[test]
fn the_bundled_recording_reads_well_in_each_format() {
    let lab = Lab::new();
    for format in ["table", "wide", "short"] {
        let ended = replay(&lab, &["-o", format]).end();
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        settings().bind(|| insta::assert_snapshot!(format!("example_{format}"), ended.stdout));
        // A line of `short` is one thing, for `grep`.
        let is_wrapped = format != "short";
        let long: Vec<&str> = ended
            .stdout
            .lines()
            .filter(|line| is_wrapped && line.chars().count() > 80 && !is_unbreakable(line))
            .collect();
        assert!(long.is_empty(), "{format}: {long:#?}");
    }
}

/// Commands and addresses are copied as one piece, and so is one long word.
fn is_unbreakable(line: &str) -> bool {
    let is_command = ["kubectl ", "https://", "bsq-host "]
        .iter()
        .any(|start| line.contains(start));
    is_command || line.split_whitespace().count() == 1
}

#[test]
fn make_run_ends_well() {
    let ended = replay(&Lab::new(), &["--fail-on", "never", "--allow-incomplete"]).end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn colour_is_for_who_asks_for_it() {
    let lab = Lab::new();
    let plain = replay(&lab, &[]).end().stdout;
    assert!(!plain.contains('\u{1b}'), "a pipe gets no colour");
    let forced = replay(&lab, &["--color", "always"]).end().stdout;
    assert!(forced.contains('\u{1b}'));
    assert_eq!(
        without_colour(&forced),
        plain,
        "colour adds nothing but colour"
    );
    assert_eq!(replay(&lab, &[]).env("NO_COLOR", "1").end().stdout, plain);
    assert_eq!(
        replay(&lab, &["--color", "never"])
            .env("TERM", "xterm")
            .end()
            .stdout,
        plain
    );
}

fn without_colour(text: &str) -> String {
    regex::Regex::new("\u{1b}\\[[0-9;]*m")
        .unwrap()
        .replace_all(text, "")
        .into_owned()
}

#[test]
fn a_report_goes_to_several_places_at_once() {
    let lab = Lab::new();
    let path = |name: &str| lab.path().join(name);
    let (json, wide, short) = (path("r.json"), path("r.wide"), path("r.short"));
    let outputs = [
        format!("json={}", json.display()),
        format!("wide={}", wide.display()),
        format!("short={}", short.display()),
    ];
    let arguments: Vec<&str> = ["-o", "table"]
        .into_iter()
        .chain(outputs.iter().flat_map(|output| ["-o", output]))
        .collect();
    let ended = replay(&lab, &arguments).end();
    assert_eq!(ended.stdout, replay(&lab, &[]).end().stdout);
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_valid(&report);
    assert_eq!(
        without_measured(report),
        without_measured(replay(&lab, &["-o", "json"]).end().report())
    );
    for (file, format) in [(wide, "wide"), (short, "short")] {
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            replay(&lab, &["-o", format]).end().stdout,
            "{format}"
        );
    }
    let files = fs::read_dir(lab.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(
        files
            .filter(|name| !name.starts_with("r.") && name != ".cache")
            .count(),
        0,
        "nothing is left beside"
    );
}

#[test]
fn json_has_one_row_per_check_and_all_that_a_row_needs() {
    let report = replay(&Lab::new(), &["-o", "json"]).end().report();
    assert_valid(&report);
    assert_eq!(report["schemaVersion"], 1);
    let rows = report["runs"][0]["checks"].as_array().unwrap();
    assert_eq!(rows.len(), components().len());
    for row in rows {
        for field in [
            "id", "version", "digest", "verdict", "summary", "findings", "coverage",
        ] {
            assert!(!row[field].is_null(), "no `{field}` in {row:#}");
        }
    }
}

#[test]
fn the_schema_that_is_printed_is_the_one_that_is_published() {
    let printed = Lab::new().host().arg("schema").end().stdout;
    assert_eq!(
        printed,
        fs::read_to_string(repository().join("docs/report.schema.json")).unwrap()
    );
}

#[test]
fn a_replay_says_the_same_each_time() {
    let lab = Lab::new();
    let one = replay(&lab, &["-o", "json", "--jobs", "1"]).end().report();
    let many = replay(&lab, &["-o", "json", "--jobs", "16"]).end().report();
    assert_eq!(without_measured(one), without_measured(many));
}

#[test]
fn codes_are_explained() {
    let lab = Lab::new();
    for code in ["BSQ-POD-007", "BSQ0114", "bsq0114"] {
        let ended = lab.host().args(["explain", code]).checks().end();
        assert_eq!(ended.code, 0, "{code}: {}", ended.stderr);
        assert!(
            ended.stdout.to_lowercase().contains(&code.to_lowercase()),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn list_and_inspect_say_what_a_check_is_and_may() {
    let lab = Lab::new();
    let list = lab.host().arg("list").checks().end();
    assert_eq!(list.code, 0, "{}", list.stderr);
    settings().bind(|| insta::assert_snapshot!("list", list.stdout));
    let triage = repository().join("checks/pod-triage.wasm");
    let inspect = lab.host().arg("inspect").arg(triage).end();
    assert_eq!(inspect.code, 0, "{}", inspect.stderr);
    settings().bind(|| insta::assert_snapshot!("inspect", inspect.stdout));
}

#[test]
fn trace_shows_each_call_and_what_the_gate_said() {
    let ended = replay(&Lab::new(), &["--trace", "pod-triage"]).end();
    assert!(ended.stderr.contains("list v1/Pod"), "{}", ended.stderr);
    assert!(ended.stderr.contains("allowed"), "{}", ended.stderr);
    assert!(!ended.stdout.is_empty());
}

#[test]
fn quiet_says_nothing_on_stderr() {
    let ended = replay(&Lab::new(), &["-q"]).end();
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_correlator_reads_the_results_of_every_environment_after_the_checks() {
    let lab = Lab::new();
    let manifest = with("correlate", json!({"kubernetes": []}));
    let correlator = lab.component("correlate", &manifest);
    let grant = format!("--grant-declared={}", correlator.display());
    let example = example().display().to_string();
    let ended = replay(&lab, &["-o", "json", "--also", &example, &grant])
        .arg(&correlator)
        .end();
    let report = ended.report();
    assert_valid(&report);
    let runs = report["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2, "each environment is a run of its own");
    let row = ended.row("correlate");
    // Escalation is a correlator too: it reads results and is none.
    let call = format!("results of {} checks", (components().len() - 1) * 2);
    assert_eq!(row["coverage"]["reads"][0]["call"], call);
    let said = (&row["verdict"], &row["complete"]);
    assert_eq!(said, (&json!("pass"), &json!(true)));
    // It adds a row, and changes none.
    let others = |run: &Value| -> Vec<Value> {
        let rows = run["checks"].as_array().unwrap().iter();
        rows.filter(|row| row["id"] != "correlate" && row["id"] != "escalation")
            .cloned()
            .collect()
    };
    assert_eq!(others(&runs[0]), others(&runs[1]));
}
