//! What a report says, as a person reads it when it changes.

use serde_json::Value;

use super::case::Case;
use super::folder;

/// The report says what `expected.snap` has.
pub(super) fn check_expected(name: &str, case: &Case, report: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder(name));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(&case.title);
    settings.add_filter(r"-[a-z0-9]{6,10}-[a-z0-9]{5}\b", "-HASH-POD");
    // The pods of a DaemonSet have no hash of a revision in their names.
    settings.add_filter(r"\balloy-[a-z0-9]{5}\b", "alloy-POD");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(
        r"Retrying attempt #\d+ at [0-9:]+[AP]M",
        "Retrying attempt #N at TIME",
    );
    settings.add_filter(r"file://[^ ]*/repository\.git", "file:///repository.git");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME");
    // Controllers of a server that has just begun may be ahead of their own caches: events that come or not.
    let startup = r"\n  BSQ-LOOK-005 info (Endpoints |Service default/kubernetes |Service [^\n]*ClusterIPNotAllocated)[^\n]*";
    settings.add_filter(startup, "");
    // How often a controller or the scheduler has tried again by now.
    let again = r"((?:FailedCreate|FailedScheduling) on [^\n(]*) \(\d+ times\)";
    settings.add_filter(again, "$1");
    settings.add_filter(r"\d+ warnings in the window", "N warnings in the window");
    settings.bind(|| insta::assert_snapshot!("expected", said(report)));
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
