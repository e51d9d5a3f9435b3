//! Ingresses that nobody serves: without an address, without a class, or with one that does not exist.

use std::collections::BTreeSet;

use bsq_platform::command;
use bsq_platform::ingress::{Exposed, Host};
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
struct Ingress {
    metadata: Metadata,
    spec: Spec,
    status: Exposed,
}

#[derive(Object)]
struct Metadata {
    annotations: Annotations,
}

#[derive(Object)]
struct Annotations {
    /// How a class was named before `spec.ingressClassName`; controllers still take it.
    #[object(rename = "kubernetes.io/ingress.class")]
    class: Option<String>,
}

#[derive(Object)]
struct Spec {
    ingress_class_name: Option<String>,
    rules: Vec<Host>,
}

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/IngressClass")]
struct IngressClass {
    metadata: ClassMetadata,
}

#[derive(Object)]
struct ClassMetadata {
    annotations: ClassAnnotations,
}

#[derive(Object)]
struct ClassAnnotations {
    #[object(rename = "ingressclass.kubernetes.io/is-default-class")]
    is_default: Option<String>,
}

/// The classes that exist, where they could be read.
struct Classes {
    names: BTreeSet<String>,
    has_default: bool,
}

/// Report ingresses that nobody serves; says how many there are.
pub(crate) fn look(cx: &Context, report: &mut Report, tolerance: &Tolerance) -> usize {
    let ingresses = cx.list::<Ingress>().or_empty();
    if ingresses.is_empty() {
        return 0;
    }
    let classes = Classes::read(cx);
    for ingress in &ingresses {
        // The wrong class is why there is no address, so one of the two is said.
        let _ = wrong_class(report, ingress, classes.as_ref())
            || no_address(report, ingress, tolerance);
    }
    ingresses.len()
}

impl Classes {
    fn read(cx: &Context) -> Option<Self> {
        let classes = cx.list::<IngressClass>().ok()?;
        let has_default = classes
            .iter()
            .any(|class| class.metadata.annotations.is_default.as_deref() == Some("true"));
        Some(Self {
            names: classes
                .iter()
                .map(|class| class.name().to_owned())
                .collect(),
            has_default,
        })
    }
}

fn wrong_class(report: &mut Report, ingress: &Item<Ingress>, classes: Option<&Classes>) -> bool {
    let Some(classes) = classes else { return false };
    let has_address = !ingress.addresses().is_empty();
    let why = match &ingress.spec.ingress_class_name {
        Some(class) if !classes.names.contains(class) => {
            format!("names class {class}, which does not exist")
        }
        None if ingress.metadata.annotations.class.is_none()
            && !classes.has_default
            && !has_address =>
        {
            "has no class, and there is no default".to_owned()
        }
        _ => return false,
    };
    let known = classes
        .names
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let finding = report.finding(
        "BSQ-LOOK-004",
        ingress,
        format!("ingress {} {why}", full_name(ingress)),
    );
    finding.since(ingress.created());
    finding.evidence(
        "spec.ingressClassName",
        ingress.spec.ingress_class_name.as_deref().unwrap_or("none"),
    );
    finding
        .attribute("classes", known)
        .attribute("hosts", ingress.hosts());
    // `ingress-path` says the same of the same ingress, and more.
    finding
        .caused_by_finding("BSQ-ING-001", ingress)
        .caused_by_finding("BSQ-ING-002", ingress);
    finding.look(["kubectl", "get", "ingressclasses"]);
    true
}

fn no_address(report: &mut Report, ingress: &Item<Ingress>, tolerance: &Tolerance) -> bool {
    let is_young = !tolerance.is_over(ingress.created(), tolerance.settings.address_after);
    if !ingress.addresses().is_empty() || is_young {
        return false;
    }
    let title = format!(
        "ingress {} has no address, so {} leads nowhere",
        full_name(ingress),
        ingress.hosts()
    );
    let finding = report.finding("BSQ-LOOK-003", ingress, title);
    finding
        .since(ingress.created())
        .evidence("status.loadBalancer.ingress", "empty");
    finding.evidence(
        "spec.ingressClassName",
        ingress.spec.ingress_class_name.as_deref().unwrap_or("none"),
    );
    // Of this one where others have an address, of its class where none has.
    finding.caused_by_code("BSQ-ING-003");
    finding.look(command::describe(
        ingress.namespace(),
        "ingress",
        ingress.name(),
    ));
    true
}

impl Ingress {
    fn addresses(&self) -> Vec<&str> {
        self.status.addresses().collect()
    }

    fn hosts(&self) -> String {
        let hosts: Vec<&str> = self
            .spec
            .rules
            .iter()
            .map(|rule| rule.host.as_str())
            .filter(|host| !host.is_empty())
            .collect();
        if hosts.is_empty() {
            "any host".to_owned()
        } else {
            hosts.join(", ")
        }
    }
}
