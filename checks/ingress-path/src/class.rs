//! Does some controller feel responsible: the class that an ingress names must exist, or one must be the default.

use std::collections::BTreeMap;

use bsq_platform::command;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Ingress, IngressClass};

/// The classes of the cluster; absent where they may not be read.
pub(crate) struct Classes {
    known: Option<Known>,
}

struct Known {
    names: Vec<String>,
    has_default: bool,
}

impl Classes {
    pub(crate) fn read(cx: &Context) -> Self {
        let known = cx.list::<IngressClass>().ok().map(|classes| Known {
            has_default: classes
                .iter()
                .any(|class| class.metadata.annotations.is_default == "true"),
            names: classes
                .iter()
                .map(|class| class.name().to_owned())
                .collect(),
        });
        Self { known }
    }

    /// Whether an ingress has a class that a controller can serve, as far as is known.
    pub(crate) fn serves(&self, ingress: &Ingress) -> bool {
        let Some(known) = &self.known else {
            return true;
        };
        match ingress.spec.ingress_class_name.as_str() {
            // A controller may serve the older annotation without an object of that name.
            "" => {
                !ingress.metadata.annotations.class.is_empty()
                    || known.has_default
                    || ingress.status.has_address()
            }
            class => known.names.iter().any(|name| name == class),
        }
    }

    pub(crate) fn tell(&self, report: &mut Report, ingresses: &[Item<Ingress>]) {
        let Some(known) = &self.known else { return };
        let mut by_class: BTreeMap<&str, Vec<&Item<Ingress>>> = BTreeMap::new();
        for ingress in ingresses.iter().filter(|ingress| !self.serves(ingress)) {
            by_class
                .entry(&ingress.spec.ingress_class_name)
                .or_default()
                .push(ingress);
        }
        for (class, ingresses) in by_class {
            for ingress in ingresses {
                tell(report, known, class, ingress);
            }
        }
    }
}

fn tell(report: &mut Report, known: &Known, class: &str, ingress: &Item<Ingress>) {
    let name = full_name(ingress);
    let (code, title) = match class {
        "" => (
            "BSQ-ING-002",
            format!("ingress {name} names no class, and no class is the default"),
        ),
        _ => (
            "BSQ-ING-001",
            format!("ingress {name} names class {class}, which does not exist"),
        ),
    };
    let finding = report.finding(code, ingress, title);
    finding.since(ingress.created());
    finding.evidence(
        "spec.ingressClassName",
        if class.is_empty() { "not set" } else { class },
    );
    finding.evidence(
        "ingress classes",
        if known.names.is_empty() {
            "none".to_owned()
        } else {
            known.names.join(", ")
        },
    );
    finding.evidence("spec.rules.host", ingress.hosts().join(", "));
    finding.look(["kubectl", "get", "ingressclasses"]);
    finding.look(command::describe(
        ingress.namespace(),
        "ingress",
        ingress.name(),
    ));
    finding.link("/docs/deployment/configuration-model");
    finding.link("/docs/runtime/ingress-and-routing-model");
}
