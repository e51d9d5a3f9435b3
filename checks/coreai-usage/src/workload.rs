//! Everything that runs containers, as far as this check asks: who it is, and what its environment says.

use std::collections::BTreeMap;

use bsq_platform::image;
use bsq_platform::labels::Named;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::objects::{
    ADDRESS_KEYS, ConfigMap, Container, CronJob, DaemonSet, Deployment, StatefulSet, Variable,
    WorkloadSpec,
};

/// One workload.
pub(crate) struct Workload {
    pub(crate) subject: ObjectRef,
    read: u32,
    label: String,
    images: Vec<String>,
    pub(crate) pod_labels: BTreeMap<String, String>,
    /// Something of it runs, or will.
    pub(crate) is_on: bool,
    containers: Vec<Container>,
}

/// A variable whose value is known.
pub(crate) struct Value {
    pub(crate) container: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) read: u32,
    /// `env OPENAI_BASE_URL of container chat`, `… from ConfigMap settings`.
    pub(crate) source: String,
    /// It stands in the workload itself.
    pub(crate) is_own: bool,
}

/// What the environment of a workload says.
#[derive(Default)]
pub(crate) struct Environment {
    pub(crate) values: Vec<Value>,
    /// Variables for an address whose value is not known, and where it comes from.
    pub(crate) unknown: Vec<String>,
}

/// ConfigMaps by namespace and name; absent where they may not be read.
pub(crate) struct ConfigMaps(Option<BTreeMap<(String, String), Item<ConfigMap>>>);

/// # Errors
///
/// What the host answers to the list of Deployments.
pub(crate) fn all(cx: &Context) -> Result<Vec<Workload>> {
    let deployments = cx.list::<Deployment>()?;
    let sets = cx.list::<StatefulSet>().or_empty();
    let daemons = cx.list::<DaemonSet>().or_empty();
    let jobs = cx.list::<CronJob>().or_empty();
    let mut all: Vec<Workload> = Vec::new();
    all.extend(
        deployments
            .into_iter()
            .map(|item| taken(item, |it| (it.metadata, it.spec))),
    );
    all.extend(
        sets.into_iter()
            .map(|item| taken(item, |it| (it.metadata, it.spec))),
    );
    all.extend(
        daemons
            .into_iter()
            .map(|item| taken(item, |it| (it.metadata, it.spec))),
    );
    let running = jobs.into_iter().filter(|job| !job.spec.suspend);
    all.extend(running.map(|item| taken(item, |it| (it.metadata, it.spec.job_template.spec))));
    Ok(all)
}

fn taken<T: Kind>(item: Item<T>, parts: impl FnOnce(T) -> (Named, WorkloadSpec)) -> Workload {
    let (subject, read) = (item.reference(), item.read());
    let (metadata, spec) = parts(item.into_object());
    Workload::new(subject, read, metadata.labels.name, spec)
}

impl Workload {
    fn new(subject: ObjectRef, read: u32, label: String, spec: WorkloadSpec) -> Self {
        let template = spec.template;
        let mut containers = template.spec.containers;
        let images = containers
            .iter()
            .map(|container| image::name(&container.image).to_owned())
            .collect();
        containers.extend(template.spec.init_containers);
        Self {
            subject,
            read,
            label,
            images,
            pod_labels: template.metadata.labels,
            is_on: spec.replicas != Some(0),
            containers,
        }
    }

    /// `coreai/portal`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.subject.namespace(), self.subject.name())
    }

    /// Whether its name, its label or the name of an image holds this, as words of their own.
    pub(crate) fn is_called(&self, product: &str) -> bool {
        let images = self.images.iter().map(String::as_str);
        [self.subject.name(), self.label.as_str()]
            .into_iter()
            .chain(images)
            .any(|name| has_words(name, product))
    }

    pub(crate) fn environment(&self, maps: &ConfigMaps) -> Environment {
        let mut environment = Environment::default();
        for container in &self.containers {
            self.add(&mut environment, container, maps);
        }
        environment
    }

    fn add(&self, environment: &mut Environment, container: &Container, maps: &ConfigMaps) {
        for from in &container.env_from {
            let Some(reference) = &from.config_map_ref else {
                continue;
            };
            let Some(map) = maps.find(self.subject.namespace(), &reference.name) else {
                continue;
            };
            for (key, text) in map.addresses() {
                let name = format!("{}{key}", from.prefix);
                // A variable of the container's own comes before one of the same name from elsewhere.
                if !container.env.iter().any(|variable| variable.name == name) {
                    environment
                        .values
                        .push(from_map(container, &name, text, map));
                }
            }
        }
        for variable in &container.env {
            self.add_variable(environment, container, variable, maps);
        }
    }

    fn add_variable(
        &self,
        environment: &mut Environment,
        container: &Container,
        variable: &Variable,
        maps: &ConfigMaps,
    ) {
        let name = variable.name.as_str();
        let is_address = ADDRESS_KEYS.contains(&name);
        let Some(from) = &variable.value_from else {
            let text = expanded(&variable.value, &container.env);
            if is_address && text.contains("$(") {
                environment
                    .unknown
                    .push(format!("{name} is put together from others"));
            }
            environment.values.push(Value {
                container: container.name.clone(),
                name: name.to_owned(),
                text,
                read: self.read,
                source: format!("env {name} of container {}", container.name),
                is_own: true,
            });
            return;
        };
        if let Some(secret) = &from.secret_key_ref
            && is_address
        {
            environment
                .unknown
                .push(format!("{name} comes from Secret {}", secret.name));
        }
        let Some(reference) = &from.config_map_key_ref else {
            return;
        };
        let map = maps.find(self.subject.namespace(), &reference.name);
        let value = map.and_then(|map| {
            let (_, text) = map.addresses().find(|(key, _)| *key == reference.key)?;
            Some(from_map(container, name, text, map))
        });
        match value {
            Some(value) => environment.values.push(value),
            None if is_address => environment.unknown.push(format!(
                "{name} comes from key {} of ConfigMap {}",
                reference.key, reference.name
            )),
            None => {}
        }
    }
}

impl ConfigMaps {
    pub(crate) fn read(cx: &Context) -> Self {
        let maps = cx.list::<ConfigMap>().ok();
        Self(maps.map(|maps| {
            let named = maps.into_iter().map(|map| {
                let key = (map.namespace().to_owned(), map.name().to_owned());
                (key, map)
            });
            named.collect()
        }))
    }

    fn find(&self, namespace: &str, name: &str) -> Option<&Item<ConfigMap>> {
        let key = (namespace.to_owned(), name.to_owned());
        self.0.as_ref()?.get(&key)
    }
}

fn from_map<T: Kind>(container: &Container, name: &str, text: &str, map: &Item<T>) -> Value {
    Value {
        container: container.name.clone(),
        name: name.to_owned(),
        text: text.to_owned(),
        read: map.read(),
        source: format!(
            "env {name} of container {} from ConfigMap {}",
            container.name,
            map.name()
        ),
        is_own: false,
    }
}

/// A value with `$(NAME)` put in from the container's own plain variables, as the kubelet does, one level deep.
fn expanded(value: &str, env: &[Variable]) -> String {
    if !value.contains("$(") {
        return value.to_owned();
    }
    let plain = env.iter().filter(|variable| variable.value_from.is_none());
    plain.fold(value.to_owned(), |text, variable| {
        text.replace(&format!("$({})", variable.name), &variable.value)
    })
}

/// Whether a name holds these words with nothing grown onto them: `coreai-portal` holds `portal`, `portalis` does not.
pub(crate) fn has_words(name: &str, words: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    name.match_indices(words).any(|(start, _)| {
        let before = name.get(..start).and_then(|text| text.chars().next_back());
        let after = name
            .get(start + words.len()..)
            .and_then(|text| text.chars().next());
        is_edge(before) && is_edge(after)
    })
}
