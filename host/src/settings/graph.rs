//! The dependency graph as it is written: in the host's own data, and under `[graph]` of `bsq.toml`, which adds to it.
//!
//! What the words mean is decided in `run::graph`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Components and what they need.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GraphSection {
    /// Words of what stands beside a component and is not it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub satellites: Vec<String>,
    /// What every component needs.
    #[serde(skip_serializing_if = "ComponentSection::is_empty")]
    pub everything: ComponentSection,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub component: BTreeMap<String, ComponentSection>,
}

/// One component, or what every component needs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComponentSection {
    /// Names that it is recognised by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// `NAMESPACE/NAME` of workloads that are it, whatever they are called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
    /// Its endpoint in `bsq.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Called at run time, or waited for at start-up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<String>,
    /// Where images come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub image: Vec<String>,
    /// What deploys it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivery: Vec<String>,
    /// What requests come through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposure: Vec<String>,
    /// As `service`, where it closes no circle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub soft: Vec<String>,
}

impl GraphSection {
    /// Nothing is written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What a site says besides.
    pub fn add(&mut self, site: &Self) {
        self.satellites.extend(site.satellites.iter().cloned());
        self.everything.add(&site.everything);
        for (name, more) in &site.component {
            let component = self.component.entry(name.clone()).or_insert_with(|| {
                // A new component answers to its own name.
                ComponentSection {
                    names: vec![name.clone()],
                    ..ComponentSection::default()
                }
            });
            component.add(more);
        }
    }
}

impl ComponentSection {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, more: &Self) {
        if more.endpoint.is_some() {
            self.endpoint.clone_from(&more.endpoint);
        }
        for (list, more) in [
            (&mut self.names, &more.names),
            (&mut self.at, &more.at),
            (&mut self.service, &more.service),
            (&mut self.image, &more.image),
            (&mut self.delivery, &more.delivery),
            (&mut self.exposure, &more.exposure),
            (&mut self.soft, &more.soft),
        ] {
            list.extend(more.iter().cloned());
        }
    }

    /// Every component that is named as needed.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        [
            &self.service,
            &self.image,
            &self.delivery,
            &self.exposure,
            &self.soft,
        ]
        .into_iter()
        .flatten()
    }
}
