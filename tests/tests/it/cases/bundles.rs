//! What other tools collect of a broken platform gives the findings that the platform itself gives, or the row says
//! which read the collection lacks.
//!
//! The dump is kubectl's own. The support bundle is laid out here as Troubleshoot publishes it, from what the API server
//! answers to the same questions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::site::Site;
use crate::host::{Ended, Host};
use crate::hostile::assert_valid;

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
    let path = dump.to_str().unwrap();
    site.kubectl(&[
        "cluster-info",
        "dump",
        "--all-namespaces",
        "--output-directory",
        path,
    ]);
    let live = run(site.run(&arguments()));
    assert!(
        codes(&live, "pod-triage").contains("BSQ-POD-007"),
        "{live:#}"
    );

    let dumped = collected(&site, &dump);
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
    let completed = collected(&site, &dump);
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

    let bundle = support_bundle(&site, folder.path());
    let bundled = collected(&site, &bundle);
    assert_no_less(&live, &bundled);
    for id in CHECKS {
        assert_eq!(of_row(row(&bundled, id)), of_row(row(&live, id)), "{id}");
        assert_whole_lists(row(&bundled, id));
    }
    let context = bundled["runs"][0]["context"].as_str().unwrap();
    assert_eq!(context, "support bundle support-bundle.tar.gz");
}

fn arguments() -> Vec<&'static str> {
    let only = CHECKS.iter().flat_map(|id| ["--check", id]);
    ["-o", "json"].into_iter().chain(only).collect()
}

fn run(ended: Ended) -> Value {
    let report = ended.report();
    assert_valid(&report);
    report
}

/// A run on what was collected, with the configuration of the site and no cluster in reach.
fn collected(site: &Site, bundle: &Path) -> Value {
    let host = Host::at(site.home.path()).args(["run", "--bundle"]);
    run(host.arg(bundle).args(arguments()).checks().end())
}

/// The lists that an operator lays beside a dump, so that it says which namespaces there are, and holds more kinds.
fn complete(site: &Site, dump: &Path) {
    let more = site.kubectl(&["get", BESIDE_A_DUMP, "--all-namespaces", "-o", "json"]);
    fs::write(dump.join("more.json"), more).unwrap();
    let namespaces = site.kubectl(&["get", "namespaces", "-o", "json"]);
    fs::write(dump.join("namespaces.json"), namespaces).unwrap();
}

/// Folder of a support bundle, and the path of the lists in it, by namespace.
const NAMESPACED: [(&str, &str, &str); 11] = [
    ("pods", "/api/v1", "pods"),
    ("events", "/api/v1", "events"),
    ("services", "/api/v1", "services"),
    ("configmaps", "/api/v1", "configmaps"),
    ("pvcs", "/api/v1", "persistentvolumeclaims"),
    ("deployments", "/apis/apps/v1", "deployments"),
    ("statefulsets", "/apis/apps/v1", "statefulsets"),
    ("daemonsets", "/apis/apps/v1", "daemonsets"),
    ("replicasets", "/apis/apps/v1", "replicasets"),
    ("ingress", "/apis/networking.k8s.io/v1", "ingresses"),
    (
        "endpointslices",
        "/apis/discovery.k8s.io/v1",
        "endpointslices",
    ),
];

const CLUSTER: [(&str, &str); 5] = [
    ("namespaces", "/api/v1/namespaces"),
    ("nodes", "/api/v1/nodes"),
    ("storage-classes", "/apis/storage.k8s.io/v1/storageclasses"),
    (
        "ingress-classes",
        "/apis/networking.k8s.io/v1/ingressclasses",
    ),
    (
        "custom-resource-definitions",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ),
];

/// An archive as `support-bundle` makes one.
fn support_bundle(site: &Site, folder: &Path) -> std::path::PathBuf {
    let root = folder.join("support-bundle-2026-11-23T06_12_04");
    let resources = root.join("cluster-resources");
    let raw = |path: &str| site.kubectl(&["get", "--raw", path]);
    let lay = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    lay(
        &root.join("version.yaml"),
        "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec: {versionNumber: v0.133.0}\n",
    );
    let version: Value = serde_json::from_str(&raw("/version")).unwrap();
    let version = json!({"info": version, "string": version["gitVersion"]});
    lay(
        &root.join("cluster-info/cluster_version.json"),
        &version.to_string(),
    );
    for (name, path) in CLUSTER {
        lay(&resources.join(format!("{name}.json")), &raw(path));
    }
    let namespaces: Value = serde_json::from_str(&raw("/api/v1/namespaces")).unwrap();
    let namespaces: Vec<&str> = items(&namespaces)
        .map(|one| one["metadata"]["name"].as_str().unwrap())
        .collect();
    for namespace in &namespaces {
        for (folder, api, plural) in NAMESPACED {
            let list = raw(&format!("{api}/namespaces/{namespace}/{plural}"));
            lay(&resources.join(format!("{folder}/{namespace}.json")), &list);
        }
    }
    custom_resources(&raw, &lay, &resources);
    logs(&raw, &lay, &resources);
    let archive = folder.join("support-bundle.tar.gz");
    let packed = Command::new("tar")
        .arg("-czf")
        .arg(&archive)
        .arg("-C")
        .arg(folder)
        .arg(root.file_name().unwrap())
        .status()
        .unwrap();
    assert!(packed.success());
    archive
}

/// A bare array for each namespace that has any.
fn custom_resources(raw: &impl Fn(&str) -> String, lay: &impl Fn(&Path, &str), resources: &Path) {
    for plural in ["applications", "appprojects"] {
        let list = raw(&format!("/apis/argoproj.io/v1alpha1/{plural}"));
        let list: Value = serde_json::from_str(&list).unwrap();
        let namespaces: BTreeSet<&str> = items(&list).map(namespace_of).collect();
        for namespace in namespaces {
            let mine: Vec<&Value> = items(&list)
                .filter(|one| namespace_of(one) == namespace)
                .collect();
            let path = format!("custom-resources/{plural}.argoproj.io/{namespace}.json");
            lay(
                &resources.join(path),
                &serde_json::to_string_pretty(&mine).unwrap(),
            );
        }
    }
}

/// Those of the pods that are not ready, the last five hundred lines of each container.
fn logs(raw: &impl Fn(&str) -> String, lay: &impl Fn(&Path, &str), resources: &Path) {
    let pods: Value = serde_json::from_str(&raw("/api/v1/pods")).unwrap();
    for pod in items(&pods) {
        let statuses = pod["status"]["containerStatuses"].as_array();
        for status in statuses
            .into_iter()
            .flatten()
            .filter(|status| status["ready"] == false)
        {
            let container = status["name"].as_str().unwrap();
            let (namespace, name) = (namespace_of(pod), pod["metadata"]["name"].as_str().unwrap());
            let path = format!(
                "/api/v1/namespaces/{namespace}/pods/{name}/log?container={container}&tailLines=500"
            );
            let folder = resources.join(format!("pods/logs/{namespace}/{name}"));
            lay(&folder.join(format!("{container}.log")), &raw(&path));
            if status["restartCount"].as_u64() > Some(0) {
                let previous = raw(&format!("{path}&previous=true"));
                lay(&folder.join(format!("{container}-previous.log")), &previous);
            }
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

fn namespace_of(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap()
}

fn rows(report: &Value) -> &Vec<Value> {
    report["runs"][0]["checks"].as_array().unwrap()
}

fn row<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut rows = rows(report).iter();
    rows.find(|row| row["id"] == id)
        .unwrap_or_else(|| panic!("no row {id}"))
}

fn codes(report: &Value, id: &str) -> BTreeSet<String> {
    let findings = row(report, id)["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// What a row found, and about what. How often an event came by now is another question.
fn of_row(row: &Value) -> BTreeSet<String> {
    let findings = row["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let part = |field: &str| finding["subject"][field].as_str().unwrap_or_default();
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
fn subjects(row: &Value) -> BTreeSet<String> {
    let found = of_row(row).into_iter();
    found
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect()
}

/// What is known of the reads whose words begin so.
fn coverage<'a>(row: &'a Value, call: &str) -> Vec<&'a str> {
    let reads = row["coverage"]["reads"].as_array().unwrap().iter();
    let these = reads.filter(|read| read["call"].as_str().unwrap().starts_with(call));
    these
        .map(|read| read["coverage"].as_str().unwrap())
        .collect()
}

/// Nothing is found about what is well, what is not found is told to be unknown, and nothing of it is green.
fn assert_no_less(live: &Value, collected: &Value) {
    for id in CHECKS {
        let (live, collected) = (row(live, id), row(collected, id));
        let (there, about) = (subjects(live), subjects(collected));
        let made_up: Vec<_> = about.difference(&there).collect();
        assert!(made_up.is_empty(), "{id}: {made_up:?}\n{collected:#}");
        if of_row(collected) != of_row(live) {
            assert!(
                lacks(collected),
                "{id} has no word for what it lacks: {collected:#}"
            );
        }
        let is_green = collected["verdict"] == "pass" && collected["complete"] == false;
        assert!(!is_green, "{collected:#}");
    }
}

/// A read of the row says what the collection does not hold.
fn lacks(row: &Value) -> bool {
    let mut reads = row["coverage"]["reads"].as_array().unwrap().iter();
    let is_told = |read: &Value| {
        read["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    };
    row["complete"] == false
        && reads.any(|read| read["coverage"] == "not-collected" && is_told(read))
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
