//! What other tools collect of a broken platform gives the findings that the platform itself gives, or the row says
//! which read the collection lacks.
//!
//! The dump is kubectl's own, the support bundle that of the real Troubleshoot. `make test-world` takes both of each
//! incident; here are what an operator lays beside a dump, and a bundle that was kept.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::collected::{assert_no_less, codes, of_row, row, rows, run, subjects};
use super::configuration::{configuration, configure};
use super::site::Site;
use super::{SUPPORT_BUNDLE, case, folder, grants, replay};

/// Checks that read objects, events and logs of pods, and nothing else.
const CHECKS: [&str; 6] = [
    "argocd-apps",
    "dependency-health",
    "first-look",
    "ingress-path",
    "pod-triage",
    "service-health",
];

/// What those read and a dump does not hold.
const BESIDE_A_DUMP: &str = "statefulsets.apps,ingresses.networking.k8s.io,ingressclasses.networking.k8s.io,\
    endpointslices.discovery.k8s.io,applications.argoproj.io,appprojects.argoproj.io";

#[test]
fn a_collected_platform_has_the_findings_of_the_live_one() {
    let site = Site::of("database-full");
    let folder = TempDir::new().unwrap();
    let dump = folder.path().join("dump");
    site.dump(&dump);
    let live = site.run(&[&["-o", "json"], &arguments()[..]].concat());
    let live = live.report();
    assert!(
        codes(&live, "pod-triage").contains("BSQ-POD-007"),
        "{live:#}"
    );

    let dumped = run(site.home.path(), &site.case, &dump, &arguments());
    assert_no_less(&live, &dumped);
    for row in rows(&dumped) {
        assert_eq!(
            row["complete"], false,
            "which namespaces there are is not in a dump: {row:#}"
        );
    }
    assert!(
        dumped["runs"][0]["context"]
            .as_str()
            .unwrap()
            .starts_with("dump ")
    );

    complete(&site, &dump);
    let completed = run(site.home.path(), &site.case, &dump, &arguments());
    assert_no_less(&live, &completed);
    for id in CHECKS.into_iter().filter(|id| *id != "pod-triage") {
        assert_eq!(of_row(row(&completed, id)), of_row(row(&live, id)), "{id}");
    }
    // That the volume is full was said before the last restart, which a dump does not hold.
    let triage = row(&completed, "pod-triage");
    assert_eq!(subjects(triage), subjects(row(&live, "pod-triage")));
    assert_eq!(
        coverage(triage, "previous log of pod postgresql-0"),
        ["not-collected"]
    );
    assert_eq!(coverage(triage, "log of pod keycloak"), ["complete"]);
    assert_whole_lists(triage);
}

/// The archive was made in the live run whose recording lies beside it.
#[test]
fn a_support_bundle_has_the_findings_of_its_time() {
    let (case, home) = (case("database-full"), TempDir::new().unwrap());
    grants::write(home.path(), &case);
    configure(home.path(), &configuration(home.path(), &case, None));
    let recorded = replay(
        home.path(),
        &case,
        &folder("database-full").join("recording.bsqrec"),
    );
    let recorded = recorded.report();
    let archive = folder("database-full").join(SUPPORT_BUNDLE);
    let bundled = run(home.path(), &case, &archive, &arguments());
    for id in CHECKS {
        assert_eq!(
            of_row(row(&bundled, id)),
            of_row(row(&recorded, id)),
            "{id}"
        );
        assert_whole_lists(row(&bundled, id));
    }
    let context = bundled["runs"][0]["context"].as_str().unwrap();
    assert_eq!(context, format!("support bundle {SUPPORT_BUNDLE}"));
}

fn arguments() -> Vec<&'static str> {
    let only = CHECKS.iter().flat_map(|id| ["--check", id]);
    only.collect()
}

/// The lists that an operator lays beside a dump, so that it says which namespaces there are, and holds more kinds.
fn complete(site: &Site, dump: &Path) {
    let more = site.kubectl(&["get", BESIDE_A_DUMP, "--all-namespaces", "-o", "json"]);
    fs::write(dump.join("more.json"), more).unwrap();
    let namespaces = site.kubectl(&["get", "namespaces", "-o", "json"]);
    fs::write(dump.join("namespaces.json"), namespaces).unwrap();
}

/// What is known of the reads whose words begin so.
fn coverage<'a>(row: &'a Value, call: &str) -> Vec<&'a str> {
    let reads = row["coverage"]["reads"].as_array().unwrap().iter();
    let these = reads.filter(|read| read["call"].as_str().unwrap().starts_with(call));
    these
        .map(|read| read["coverage"].as_str().unwrap())
        .collect()
}

/// Every list of a kind that such collections hold is whole.
fn assert_whole_lists(row: &Value) {
    for read in row["coverage"]["reads"].as_array().unwrap() {
        let call = read["call"].as_str().unwrap();
        if call.starts_with("list ") {
            let coverage = read["coverage"].as_str().unwrap();
            assert!(["complete", "absent"].contains(&coverage), "{read:#}");
        }
    }
}
