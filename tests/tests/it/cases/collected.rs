//! A run on what another tool collected, beside the live run: no less is known, or the row has a word for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::case::Case;
use super::site::Site;
use crate::host::Host;
use crate::hostile::assert_valid;

/// What the real kubectl dumps of the platform gives the findings of the live run, or the row says what a dump lacks.
pub(super) fn assert_dump_tells_no_less(site: &Site, live: &Value) {
    let folder = TempDir::new().unwrap();
    let dump = folder.path().join("dump");
    site.dump(&dump);
    assert_no_less(live, &run(site.home.path(), &site.case, &dump, &[]));
}

/// The same of what the real Troubleshoot collects, which is kept where a file is named.
pub(super) fn assert_support_bundle_tells_no_less(site: &Site, live: &Value, keep: Option<&Path>) {
    let folder = TempDir::new().unwrap();
    let bundle = site.support_bundle(folder.path());
    assert_no_less(live, &run(site.home.path(), &site.case, &bundle, &[]));
    if let Some(keep) = keep {
        fs::copy(bundle, keep).unwrap();
    }
}

/// A run on what was collected, with the configuration of the site and no cluster in reach.
pub(super) fn run(home: &Path, case: &Case, bundle: &Path, arguments: &[&str]) -> Value {
    let host = Host::at(home)
        .args(["run", "-o", "json", "--bundle"])
        .arg(bundle)
        .args(arguments)
        .args(case.arguments());
    let report = host.checks().end().report();
    assert_valid(&report);
    report
}

/// Nothing is found about what is well, what is not found is told to be unknown, and nothing of it is green.
pub(super) fn assert_no_less(whole: &Value, collected: &Value) {
    for collected in rows(collected) {
        let is_green = collected["verdict"] == "pass" && collected["complete"] == false;
        assert!(!is_green, "{collected:#}");
        let live = row(whole, collected["id"].as_str().unwrap());
        // Whoever looked live may have been refused what whoever collected was not, and then another answer is right.
        if was_refused(live) || is_of_rows(live) && rows(whole).iter().any(was_refused) {
            continue;
        }
        let both = format!("live: {live:#}\ncollected: {collected:#}");
        let (there, about) = (subjects(live), subjects(collected));
        let made_up: Vec<_> = about.difference(&there).collect();
        // What is made of results that are not all is a judgement, and says so.
        let is_judgement = is_of_rows(collected) && lacks(collected);
        assert!(
            made_up.is_empty() || is_judgement,
            "made up: {made_up:?}\n{both}"
        );
        let is_told = of_row(collected) == of_row(live) || lacks(collected);
        assert!(is_told, "no word for what is lacking\n{both}");
    }
}

pub(super) fn rows(report: &Value) -> &Vec<Value> {
    report["runs"][0]["checks"].as_array().unwrap()
}

pub(super) fn row<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut rows = rows(report).iter();
    rows.find(|row| row["id"] == id)
        .unwrap_or_else(|| panic!("no row {id}"))
}

pub(super) fn codes(report: &Value, id: &str) -> BTreeSet<String> {
    let findings = row(report, id)["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// What a row found, and about what. How often an event came by now is another question.
pub(super) fn of_row(row: &Value) -> BTreeSet<String> {
    let findings = row["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let subject = &finding["subject"];
            // The environment is called after where it was looked at.
            let part = |field: &str| match subject["kind"].as_str() {
                Some("environment") if field == "name" => "",
                _ => subject[field].as_str().unwrap_or_default(),
            };
            let code = finding["code"].as_str().unwrap();
            [
                code,
                part("kind"),
                part("namespace"),
                part("name"),
                part("container"),
            ]
            .join(" ")
        })
        .collect()
}

/// What a row found something about.
pub(super) fn subjects(row: &Value) -> BTreeSet<String> {
    let found = of_row(row).into_iter();
    found
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect()
}

/// A read of the row says what the collection does not hold; a check that has only the other rows names those.
fn lacks(row: &Value) -> bool {
    let is_told = |read: &Value| {
        read["coverage"] == "not-collected"
            && read["detail"].as_str().is_some_and(|it| !it.is_empty())
    };
    let said = ["unknown", "summary"].map(|field| row[field].as_str().unwrap_or_default());
    let names_rows = said.iter().any(|said| said.contains("not all is known"));
    row["complete"] == false && (reads(row).iter().any(is_told) || is_of_rows(row) && names_rows)
}

fn was_refused(row: &Value) -> bool {
    reads(row)
        .iter()
        .any(|read| read["coverage"] == "forbidden")
}

/// It has read the results of other checks alone.
fn is_of_rows(row: &Value) -> bool {
    let is_result = |read: &Value| read["call"].as_str().unwrap().starts_with("results of ");
    reads(row).iter().all(is_result)
}

fn reads(row: &Value) -> &Vec<Value> {
    row["coverage"]["reads"].as_array().unwrap()
}
