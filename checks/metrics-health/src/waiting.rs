//! Containers that have waited for ten minutes, by namespace.
//!
//! What they wait for is the question of the checks that read pods; here it stands alone only where they could not.

use std::collections::BTreeMap;

use bsq_platform::words::some;
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::store::{Store, own};
use crate::words;

/// Pods that a finding names as its causes.
const PODS: usize = 20;

#[derive(Default)]
struct Waiting {
    reasons: BTreeMap<String, Vec<String>>,
    pods: Vec<String>,
}

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, _: &Wishes) {
    let answer = store.instant("waiting", &[]);
    let mut namespaces: BTreeMap<String, Waiting> = BTreeMap::new();
    for series in &answer.series {
        let namespace = own(series, "namespace");
        if namespace.is_empty() || !store.is_in_scope(namespace) {
            continue;
        }
        let (pod, container) = (own(series, "pod"), own(series, "container"));
        let waiting = namespaces.entry(namespace.to_owned()).or_default();
        let reason = waiting.reasons.entry(series.label("reason").to_owned());
        reason.or_default().push(format!("{pod}/{container}"));
        if !waiting.pods.iter().any(|known| known == pod) {
            waiting.pods.push(pod.to_owned());
        }
    }
    for (namespace, waiting) in &namespaces {
        waiting.tell(report, namespace, answer.read);
    }
}

impl Waiting {
    fn tell(&self, report: &mut Report, namespace: &str, read: u32) {
        let all: usize = self.reasons.values().map(Vec::len).sum();
        let reasons: Vec<&str> = self.reasons.keys().map(String::as_str).collect();
        let verb = if all == 1 { "waits" } else { "wait" };
        let title = format!(
            "{} of {namespace} {verb} for 10 minutes or more: {}",
            words::count(all, "container"),
            reasons.join(", ")
        );
        let subject = ObjectRef::new("v1/Namespace", namespace).with_read(read);
        let finding = report.finding("BSQ-METRIC-007", subject, title);
        for (reason, containers) in &self.reasons {
            finding.evidence(reason, some(containers, 5));
        }
        for pod in self.pods.iter().take(PODS) {
            finding.caused_by(ObjectRef::new("v1/Pod", pod).in_namespace(namespace));
        }
        finding.look(["kubectl", "-n", namespace, "get", "pods"]);
        finding.link("/docs/troubleshooting");
    }
}
