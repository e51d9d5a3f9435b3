//! Secrets and ConfigMaps that pods name and that are not there.
//!
//! A pod that waits for one cannot start; one that runs had it, and will not start again. Optional ones may be missing.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_platform::template::Reference;
use bsq_platform::words::full_name;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{ConfigMap, Container, Pod, Secret, Volume};
use crate::server::Patience;

/// Objects that are asked for one by one: beyond this a whole release is not there, which the first ones say too.
const MOST: usize = 50;

/// Pods that one finding names; the rest is a number.
const PODS: usize = 5;

type Users<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Item<Pod>>>;

/// How many objects are named, and a finding for each that is not there.
pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    pods: &[Item<Pod>],
    patience: &Patience,
) -> usize {
    let mut secrets: Users<'_> = BTreeMap::new();
    let mut config_maps: Users<'_> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| Pod::is_wanted(pod) && patience.is_over(pod.created()))
    {
        let names = Names::of(pod);
        for (users, names) in [
            (&mut secrets, names.secrets),
            (&mut config_maps, names.config_maps),
        ] {
            for name in names {
                users.entry((pod.namespace(), name)).or_default().push(pod);
            }
        }
    }
    missing::<Secret>(cx, report, "BSQ-BACK-016", &secrets);
    missing::<ConfigMap>(cx, report, "BSQ-BACK-017", &config_maps);
    secrets.len() + config_maps.len()
}

fn missing<T: Kind>(cx: &Context, report: &mut Report, code: &str, users: &Users<'_>) {
    if users.is_empty() {
        return;
    }
    // What may not be listed is not known to be missing.
    let Ok(there) = cx.list::<T>() else { return };
    let there: BTreeSet<_> = there
        .iter()
        .map(|item| (item.namespace(), item.name()))
        .collect();
    let unlisted = users.iter().filter(|(place, _)| !there.contains(*place));
    for ((namespace, name), pods) in unlisted.take(MOST) {
        // The list may have been cut, so the server itself has to say that there is none.
        if cx
            .get::<T>(namespace, name)
            .is_err_and(|error| error.is_absent())
        {
            tell_one::<T>(report, code, namespace, name, pods);
        }
    }
}

fn tell_one<T: Kind>(
    report: &mut Report,
    code: &str,
    namespace: &str,
    name: &str,
    pods: &[&Item<Pod>],
) {
    let kind = T::KIND.rsplit('/').next().unwrap_or(T::KIND);
    let waiting: Vec<_> = pods
        .iter()
        .filter(|pod| pod.status.phase == "Pending")
        .collect();
    let Some(first) = waiting.first().copied().or(pods.first()) else {
        return;
    };
    let count = if waiting.is_empty() {
        pods.len()
    } else {
        waiting.len()
    };
    let whom = match (waiting.is_empty(), count) {
        (false, 1) => format!("pod {} waits for it", first.name()),
        (false, count) => format!("{count} pods wait for it"),
        (true, 1) => format!("pod {} runs and will not start again", first.name()),
        (true, count) => format!("{count} pods run and will not start again"),
    };
    let subject = ObjectRef::new(T::KIND, name)
        .in_namespace(namespace)
        .with_read(first.read());
    let finding = report.finding(
        code,
        subject,
        format!("{kind} {namespace}/{name} does not exist: {whom}"),
    );
    if waiting.is_empty() {
        finding.severity(Severity::Medium);
    } else {
        finding.since(waiting.iter().filter_map(|pod| pod.created()).min());
    }
    for pod in pods.iter().take(PODS) {
        finding.evidence_from(
            pod.read(),
            format!("spec of pod {}", full_name(pod)),
            format!("names {kind} {name}, phase {}", pod.status.phase),
        );
    }
    finding.attribute("pods", pods.len());
    if code == "BSQ-BACK-016" {
        // Whoever makes Secrets from a sealed store makes none.
        finding.caused_by_code("BSQ-BACK-013");
    }
    let resource = kind.to_lowercase();
    finding.look(["kubectl", "-n", namespace, "get", resource.as_str()]);
    finding.look(command::describe(namespace, "pod", first.name()));
    finding.link("/docs/deployment/configuration-model");
}

#[derive(Default)]
struct Names<'a> {
    secrets: BTreeSet<&'a str>,
    config_maps: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(pod: &'a Item<Pod>) -> Self {
        let mut names = Self::default();
        let containers = pod.spec.init_containers.iter().chain(&pod.spec.containers);
        containers.for_each(|container| names.container(container));
        pod.spec
            .volumes
            .iter()
            .for_each(|volume| names.volume(volume));
        names
    }

    fn container(&mut self, container: &'a Container) {
        for source in container
            .env
            .iter()
            .filter_map(|variable| variable.value_from.as_ref())
        {
            self.secrets.extend(required(&source.secret_key_ref));
            self.config_maps
                .extend(required(&source.config_map_key_ref));
        }
        for source in &container.env_from {
            self.secrets.extend(required(&source.secret_ref));
            self.config_maps.extend(required(&source.config_map_ref));
        }
    }

    fn volume(&mut self, volume: &'a Volume) {
        let secret = volume
            .secret
            .as_ref()
            .filter(|secret| !secret.optional && !secret.secret_name.is_empty());
        self.secrets
            .extend(secret.map(|secret| secret.secret_name.as_str()));
        self.config_maps.extend(required(&volume.config_map));
        for source in &volume.projected.sources {
            self.secrets.extend(required(&source.secret));
            self.config_maps.extend(required(&source.config_map));
        }
    }
}

fn required(reference: &Option<Reference>) -> Option<&str> {
    let reference = reference
        .as_ref()
        .filter(|it| !it.optional && !it.name.is_empty())?;
    Some(&reference.name)
}
