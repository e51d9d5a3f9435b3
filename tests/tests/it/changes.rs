//! What changed, told alone, from a real control plane's metadata.

use bsq_tests::world::World;
use serde_json::Value;

use crate::host::{Ended, Host, without_measured};
use crate::hostile::assert_valid;
use crate::lab::Lab;

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: \"registry.site.test/app:1\"}]}
";

fn live(lab: &Lab, user: &str) -> Host {
    let world = World::shared().unwrap();
    let host = lab
        .host()
        .args(["run", "--changes", "1h", "-o", "json", "--kubeconfig"]);
    host.arg(world.kubeconfig(user).unwrap())
}

fn told(ended: &Ended) -> Vec<String> {
    let report = ended.report();
    let list = report
        .pointer("/runs/0/changes/list")
        .and_then(Value::as_array);
    let texts = list
        .unwrap()
        .iter()
        .map(|change| change["text"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

#[test]
fn a_rollout_is_told_with_who_wrote_it_and_replays_the_same() {
    let (lab, world) = (Lab::new(), World::shared().unwrap());
    let namespace = world.namespace("changes").unwrap();
    namespace.apply(DEPLOYMENT).unwrap();
    namespace.wait_for_ready_pods("app=web", 1).unwrap();
    namespace
        .apply(&DEPLOYMENT.replace("app:1", "app:2"))
        .unwrap();
    let recording = lab.path().join("changes.bsqrec");
    let rolled_out = format!("Deployment {}/web rolled out revision 2", namespace.name());
    // The controller makes the second revision when it gets to it.
    let live = (0..20)
        .map(|_| live(&lab, "reader").arg("--record").arg(&recording).end())
        .find(|ended| told(ended).contains(&rolled_out))
        .expect("the second revision is told");
    assert_eq!(live.code, 0, "{}", live.stderr);
    assert_valid(&live.report());
    let name = namespace.name();
    let all = told(&live);
    assert!(
        all.contains(&format!("Deployment {name}/web was created")),
        "{all:#?}"
    );
    let written = format!("Deployment {name}/web was written by ");
    assert!(
        all.iter().any(|text| text.starts_with(&written)),
        "{all:#?}"
    );
    assert!(
        !all.iter()
            .any(|text| text.contains("kube-controller-manager")),
        "{all:#?}"
    );

    let replayed = lab
        .host()
        .args(["run", "--changes", "1h", "-o", "json", "--replay"]);
    let replayed = replayed.arg(&recording).end();
    assert_eq!(
        without_measured(live.report()).to_string(),
        without_measured(replayed.report()).to_string()
    );
}

#[test]
fn what_may_not_be_read_is_not_told_as_no_change() {
    let ended = live(&Lab::new(), "nobody").end();
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report();
    assert_eq!(
        report.pointer("/runs/0/hostReads/complete"),
        Some(&false.into())
    );
}
