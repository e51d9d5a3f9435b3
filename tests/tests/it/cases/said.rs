//! What a report says, as a person reads it when it changes: each row with its findings, then how far the failure
//! reaches and which finding is the cause of which.

use std::collections::{BTreeMap, BTreeSet};

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
    // What Argo CD itself tells of its applications comes a moment sooner or later.
    settings.add_filter(r"\n  BSQ-LOOK-005 info Application [^\n]*", "");
    // How often a controller or the scheduler has tried again by now.
    let again = r"((?:FailedCreate|FailedScheduling|ProvisioningFailed) on [^\n(]*) \(\d+ times\)";
    settings.add_filter(again, "$1");
    settings.add_filter(r"\d+ warnings in the window", "N warnings in the window");
    settings.add_filter(r"\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)", "(UID)");
    // What ends in the test's far future is nearer every day.
    settings.add_filter(r"expires in \d+d \d+h", "expires in TIME");
    settings.bind(|| insta::assert_snapshot!("expected", said(report)));
}

/// What a report says, a line for each row and each finding, and once more a line for each finding in its group.
fn said(report: &Value) -> String {
    let run = &report["runs"][0];
    let mut lines = Vec::new();
    for row in run["checks"].as_array().unwrap() {
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
        let findings = row["findings"].as_array().unwrap().iter();
        let (known, chance): (Vec<_>, Vec<_>) = findings
            .map(|finding| {
                format!(
                    "  {} {} {}: {}",
                    finding["code"].as_str().unwrap(),
                    finding["severity"].as_str().unwrap(),
                    subject(&finding["subject"]),
                    finding["title"].as_str().unwrap(),
                )
            })
            .partition(|line| !line.starts_with("  BSQ-LOOK-005 "));
        lines.extend(known);
        // Their order is that of generated names.
        let chance: BTreeSet<String> = chance.into_iter().collect();
        lines.extend(chance);
    }
    lines.push(String::new());
    lines.push(format!("failing: {}", extent(&run["extent"])));
    lines.extend(folded(run));
    lines.join("\n")
}

/// How far the failure reaches.
fn extent(extent: &Value) -> String {
    let Some(kind) = extent["kind"].as_str() else {
        return "nothing".to_owned();
    };
    let names = extent["names"].as_array().unwrap();
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    match names.as_slice() {
        [] => kind.to_owned(),
        names => format!("{kind} {}", names.join(", ")),
    }
}

/// Each cause with its consequences below it. In the order of their text: what began in one second has no order that
/// two runs share. Information that explains nothing stands in its row alone.
fn folded(run: &Value) -> Vec<String> {
    let rows = run["checks"].as_array().unwrap().iter();
    let findings: BTreeMap<&str, &Value> = rows
        .flat_map(|row| row["findings"].as_array().unwrap())
        .map(|finding| (finding["fingerprint"].as_str().unwrap(), finding))
        .collect();
    let finding = |fingerprint: &Value| findings[fingerprint.as_str().unwrap()];
    let mut groups = Vec::new();
    for group in run["groups"].as_array().unwrap() {
        let root = finding(&group["root"]);
        let consequences = group["consequences"].as_array().unwrap();
        if consequences.is_empty() && root["severity"] == "info" {
            continue;
        }
        let mut lines: Vec<String> = consequences
            .iter()
            .map(|one| format!("    so {}", called(finding(one))))
            .collect();
        lines.sort();
        lines.insert(0, format!("  {}", called(root)));
        groups.push(lines);
    }
    groups.sort();
    groups.concat()
}

fn called(finding: &Value) -> String {
    let code = finding["code"].as_str().unwrap();
    format!("{code} {}", subject(&finding["subject"]).trim_end())
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
