//! Pull secrets and the service accounts that name them: which are there, and which pods get along without.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;

use crate::objects::{Pod, Secret, ServiceAccount};
use crate::tell;

/// Secrets that are asked for one by one: more is one cause anyway.
const MOST: usize = 100;

/// What is known of them.
pub(crate) struct PullSecrets {
    /// `None` where they could not be read.
    secrets: Option<BTreeSet<(String, String)>>,
    pub(crate) accounts: Vec<Item<ServiceAccount>>,
}

impl PullSecrets {
    pub(crate) fn read(cx: &Context) -> Self {
        let place =
            |secret: &Item<Secret>| (secret.namespace().to_owned(), secret.name().to_owned());
        Self {
            secrets: cx
                .list::<Secret>()
                .ok()
                .map(|secrets| secrets.iter().map(place).collect()),
            accounts: cx.list::<ServiceAccount>().or_empty(),
        }
    }

    /// Pods that run although a pull secret is not there: their images were on the node, or are public.
    pub(crate) fn tell_absent(
        &self,
        cx: &Context,
        report: &mut Report,
        pods: &[Item<Pod>],
        is_told: impl Fn(&str, &str) -> bool,
    ) {
        let mut users: BTreeMap<(&str, &str), Vec<&Item<Pod>>> = BTreeMap::new();
        for pod in pods
            .iter()
            .filter(|pod| pod.status.phase == "Running" && pod.deleted().is_none())
        {
            for secret in &pod.spec.image_pull_secrets {
                if !secret.name.is_empty() && !is_told(pod.namespace(), &secret.name) {
                    users
                        .entry((pod.namespace(), &secret.name))
                        .or_default()
                        .push(pod);
                }
            }
        }
        let missing = users
            .into_iter()
            .filter(|((namespace, name), _)| self.is_unlisted(namespace, name));
        for ((namespace, name), pods) in missing.take(MOST) {
            // A pod with another pull secret that is there needs this one for nothing that is known.
            let has_other = |pod: &&Item<Pod>| {
                pod.spec
                    .image_pull_secrets
                    .iter()
                    .any(|it| !self.is_unlisted(namespace, &it.name))
            };
            if pods.iter().all(has_other) || self.state(cx, namespace, name) != State::Missing {
                continue;
            }
            not_there(report, namespace, name, &pods);
        }
    }

    fn is_unlisted(&self, namespace: &str, name: &str) -> bool {
        self.secrets
            .as_ref()
            .is_some_and(|known| !known.contains(&(namespace.to_owned(), name.to_owned())))
    }

    /// Whether a pull secret is there. A list may have been cut, so the server itself has to say that there is none.
    pub(crate) fn state(&self, cx: &Context, namespace: &str, name: &str) -> State {
        if self.secrets.is_some() && !self.is_unlisted(namespace, name) {
            return State::There;
        }
        match cx.get::<Secret>(namespace, name) {
            Ok(_) => State::There,
            Err(error) if error.is_absent() => State::Missing,
            Err(_) => State::Unknown,
        }
    }
}

/// What is known of a Secret by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    There,
    Missing,
    /// It could not be read.
    Unknown,
}

/// Name, type and read of a Secret whose facts are granted.
pub(crate) fn type_of<'a>(
    cx: &Context,
    namespace: &str,
    name: &'a str,
) -> Option<(&'a str, String, u32)> {
    let secret = cx.get::<Secret>(namespace, name).ok()?;
    let kind = secret.facts.as_ref().map(|facts| facts.kind.clone())?;
    Some((name, kind, secret.read()))
}

fn not_there(report: &mut Report, namespace: &str, name: &str, pods: &[&Item<Pod>]) {
    let Some(first) = pods.first() else { return };
    let subject = ObjectRef::new("v1/Secret", name)
        .in_namespace(namespace)
        .with_read(first.read());
    let count = pods.len();
    let whom = if count == 1 {
        "1 pod names it and runs".to_owned()
    } else {
        format!("{count} pods name it and run")
    };
    let finding = report.finding(
        "BSQ-REG-002",
        subject,
        format!("pull secret {namespace}/{name} does not exist; {whom} without"),
    );
    finding.severity(Severity::Low);
    let names: Vec<_> = pods.iter().map(|pod| pod.name()).collect();
    finding.evidence("spec.imagePullSecrets of pods", tell::some(&names));
    finding.look(["kubectl", "-n", namespace, "get", "secret", name]);
    finding.advice("on a node without the image they would not start");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
}
