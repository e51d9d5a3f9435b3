//! Decisions on objects and pod logs.

use super::denial::in_namespaces;
use super::{Allowed, Decision, Denial, Gate, KubernetesGrant, Namespaces, PodLogsGrant, fields};
use crate::capability::{Mask, Resource};
use crate::manifest::{KindName, KubernetesNeed, Verb};

/// Declared ∩ granted of one need and one verb: where, which fields, and whether facts.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) namespaces: Namespaces,
    pub(super) mask: Mask,
    pub(super) facts: bool,
}

/// A get or a list, as far as the decision needs it.
#[derive(Clone, Copy)]
pub(super) struct Access<'a> {
    pub(super) verb: Verb,
    pub(super) kind: &'a KindName,
    pub(super) namespace: Option<&'a str>,
}

impl Gate {
    pub(super) fn decide_access(&self, access: Access<'_>) -> Decision {
        let Some(need) = self.need(access.verb, access.kind) else {
            return self.undeclared_kind(access);
        };
        let (Some(resource), Some(declared)) = (resource(need), declared_mask(need)) else {
            return self.undeclared_kind(access);
        };
        if resource.namespaced && access.verb == Verb::Get && access.namespace.is_none() {
            let call = format!("get a {} without its namespace", access.kind);
            let why = "objects of this kind live in namespaces";
            return Decision::Denied(Denial::unsound(self, &call, why, "name the namespace"));
        }
        let wanted = wanted(&resource, need, access.namespace);
        if wanted.is_empty() {
            return self.undeclared_kind(access);
        }
        match self.reach(need, &resource, &declared, access.verb, &wanted) {
            Some(reach) => Decision::Allowed(Allowed {
                namespaces: resource.namespaced.then_some(reach.namespaces),
                resource: Some(resource),
                mask: reach.mask,
                facts: reach.facts,
                ..Allowed::default()
            }),
            None => Decision::Denied(self.ungranted_kind(need, &resource, access.verb, &wanted)),
        }
    }

    pub(super) fn decide_pod_log(&self, namespace: &str) -> Decision {
        let call = format!("read pod logs in namespace `{namespace}`");
        let needs = self.manifest.pod_logs.iter();
        let declared = needs
            .filter(|need| Namespaces::from_names(&need.namespaces).contains(namespace))
            .max_by_key(|need| need.tail_lines);
        let Some(need) = declared else {
            let keys = format!("namespaces = [\"{namespace}\"]");
            return Decision::Denied(Denial::undeclared(self, &call, "pod-logs", &keys));
        };
        if !self.pod_log_namespaces().contains(namespace) {
            let entry = PodLogsGrant {
                namespaces: vec![namespace.to_owned()],
            };
            return Decision::Denied(Denial::ungranted(self, &call, "pod-logs", &entry));
        }
        Decision::Allowed(Allowed {
            namespaces: Some(Namespaces::only([namespace.to_owned()])),
            lines: need.tail_lines,
            ..Allowed::default()
        })
    }

    /// Namespaces whose pod logs are declared and granted.
    pub fn pod_logs(&self) -> Namespaces {
        let nowhere = Namespaces::Only(Vec::new());
        let needs = self.manifest.pod_logs.iter();
        let declared = needs.fold(nowhere, |all, need| {
            all.union(&Namespaces::from_names(&need.namespaces))
        });
        declared.intersection(&self.pod_log_namespaces())
    }

    /// Namespaces whose pod logs are granted, whatever is declared.
    pub(super) fn pod_log_namespaces(&self) -> Namespaces {
        let nowhere = Namespaces::Only(Vec::new());
        self.grant.pod_logs.iter().fold(nowhere, |all, row| {
            all.union(&Namespaces::from_names(&row.namespaces))
        })
    }

    pub(super) fn decide_kinds(&self) -> Decision {
        let Some(first) = self.manifest.kubernetes.first() else {
            let keys = "a `kind` and its `verbs`";
            return Decision::Denied(Denial::undeclared(self, "list kinds", "kubernetes", keys));
        };
        let needs = self.manifest.kubernetes.iter();
        if needs.clone().any(|need| !self.reaches(need).is_empty()) {
            return Decision::Allowed(Allowed::default());
        }
        let entry = entry_of(first);
        Decision::Denied(Denial::ungranted(self, "list kinds", "kubernetes", &entry))
    }

    /// What of a get or list within `scope` is declared, and withheld by a grant that is narrower.
    pub(super) fn withheld_access(&self, access: Access<'_>, scope: &Namespaces) -> Option<Denial> {
        let need = self.need(access.verb, access.kind)?;
        let (resource, declared) = (resource(need)?, declared_mask(need)?);
        let mut wanted = wanted(&resource, need, access.namespace);
        if resource.namespaced {
            wanted = wanted.intersection(scope);
        }
        let reach = self.reach(need, &resource, &declared, access.verb, &wanted)?;
        if let Some(outside) = wanted.outside(&reach.namespaces) {
            return Some(self.ungranted_kind(need, &resource, access.verb, &outside));
        }
        let mut entry = entry(need, &resource, access.verb, &wanted);
        let what = if reach.mask != declared {
            let seen = reach.mask.paths();
            let hidden = declared
                .paths()
                .into_iter()
                .filter(|path| !seen.contains(path));
            let hidden: Vec<String> = hidden.collect();
            format!(
                "see all declared fields of {} (`{}`)",
                access.kind,
                hidden.join("`, `")
            )
        } else if need.facts && !reach.facts {
            entry.facts = true;
            format!("see the facts of {}", access.kind)
        } else {
            return None;
        };
        let call = format!("{what}{}", in_namespaces(&entry.namespaces));
        Some(Denial::ungranted(self, &call, "kubernetes", &entry))
    }

    /// Declared ∩ granted of a need, for each verb that has any.
    pub(super) fn reaches(&self, need: &KubernetesNeed) -> Vec<(Verb, Resource, Reach)> {
        let (Some(resource), Some(declared)) = (resource(need), declared_mask(need)) else {
            return Vec::new();
        };
        let wanted = wanted(&resource, need, None);
        let verbs = need.verbs.iter();
        verbs
            .filter_map(|verb| {
                let reach = self.reach(need, &resource, &declared, *verb, &wanted)?;
                Some((*verb, resource.clone(), reach))
            })
            .collect()
    }

    fn need(&self, verb: Verb, kind: &KindName) -> Option<&KubernetesNeed> {
        let mut needs = self.manifest.kubernetes.iter();
        needs.find(|need| need.kind == *kind && need.verbs.contains(&verb))
    }

    /// A list sees in each namespace what the rows together grant there; over several it sees what is granted in all of
    /// them, so that no row lends its fields to the namespaces of another.
    fn reach(
        &self,
        need: &KubernetesNeed,
        resource: &Resource,
        declared: &Mask,
        verb: Verb,
        wanted: &Namespaces,
    ) -> Option<Reach> {
        let rows: Vec<Reach> = self
            .grant
            .kubernetes
            .iter()
            .filter(|row| row.kind == need.kind && grants_verb(row, verb))
            .filter_map(|row| narrowed(row, need, resource, declared))
            .collect();
        let nowhere = Namespaces::Only(Vec::new());
        let granted = rows
            .iter()
            .fold(nowhere, |all, row| all.union(&row.namespaces));
        let namespaces = wanted.intersection(&granted);
        let (mask, facts) = match &namespaces {
            Namespaces::All => united(rows.iter().filter(|row| row.namespaces == Namespaces::All))?,
            Namespaces::Only(names) => names
                .iter()
                .map(|name| united(rows.iter().filter(|row| row.namespaces.contains(name))))
                .reduce(|all, one| {
                    let ((mask, facts), (other, also)) = (all?, one?);
                    Some((fields::intersection(&mask, &other)?, facts && also))
                })??,
        };
        Some(Reach {
            namespaces,
            mask,
            facts,
        })
    }

    fn undeclared_kind(&self, access: Access<'_>) -> Decision {
        let call = format!(
            "{} {}{}",
            verb_name(access.verb),
            access.kind,
            place(access.namespace)
        );
        let mut keys = format!(
            "kind = \"{}\", verbs = [\"{}\"]",
            access.kind,
            verb_name(access.verb)
        );
        if let Some(namespace) = access.namespace {
            keys.push_str(&format!(", namespaces = [\"{namespace}\"]"));
        }
        Decision::Denied(Denial::undeclared(self, &call, "kubernetes", &keys))
    }

    fn ungranted_kind(
        &self,
        need: &KubernetesNeed,
        resource: &Resource,
        verb: Verb,
        wanted: &Namespaces,
    ) -> Denial {
        let entry = entry(need, resource, verb, wanted);
        let place = in_namespaces(&entry.namespaces);
        let call = format!("{} {}{place}", verb_name(verb), need.kind);
        Denial::ungranted(self, &call, "kubernetes", &entry)
    }
}

/// The row that grants a whole need, without facts.
pub(super) fn entry_of(need: &KubernetesNeed) -> KubernetesGrant {
    let is_cluster_scoped = resource(need).is_some_and(|resource| !resource.namespaced);
    KubernetesGrant {
        kind: need.kind.clone(),
        namespaces: if is_cluster_scoped {
            Vec::new()
        } else {
            need.namespaces.clone()
        },
        verbs: None,
        fields: None,
        facts: false,
    }
}

/// Where the kind of a need lives: known here, or told by the need.
pub(super) fn resource(need: &KubernetesNeed) -> Option<Resource> {
    Resource::built_in(&need.kind).or_else(|| {
        Some(Resource {
            kind: need.kind.clone(),
            plural: need.plural.clone()?,
            namespaced: need.namespaced?,
        })
    })
}

/// `None` for a need without fields: an empty mask is never handed on.
fn declared_mask(need: &KubernetesNeed) -> Option<Mask> {
    if need.fields.is_empty() {
        return None;
    }
    Mask::from_paths(&need.fields).ok()
}

fn wanted(resource: &Resource, need: &KubernetesNeed, namespace: Option<&str>) -> Namespaces {
    if !resource.namespaced {
        return Namespaces::All;
    }
    let declared = Namespaces::from_names(&need.namespaces);
    match namespace {
        Some(namespace) => Namespaces::only([namespace.to_owned()]).intersection(&declared),
        None => declared,
    }
}

fn grants_verb(row: &KubernetesGrant, verb: Verb) -> bool {
    row.verbs.as_ref().is_none_or(|verbs| verbs.contains(&verb))
}

/// One row within one need; `None` when nothing is left. A kind without namespaces is granted by any row of it.
fn narrowed(
    row: &KubernetesGrant,
    need: &KubernetesNeed,
    resource: &Resource,
    declared: &Mask,
) -> Option<Reach> {
    let namespaces = if resource.namespaced {
        Namespaces::from_names(&row.namespaces)
    } else {
        Namespaces::All
    };
    let mask = match &row.fields {
        None => declared.clone(),
        Some(paths) if paths.is_empty() => return None,
        Some(paths) => fields::intersection(declared, &Mask::from_paths(paths).ok()?)?,
    };
    Some(Reach {
        namespaces,
        mask,
        facts: need.facts && row.facts,
    })
}

fn united<'a>(rows: impl Iterator<Item = &'a Reach>) -> Option<(Mask, bool)> {
    rows.map(|row| (row.mask.clone(), row.facts))
        .reduce(|(mask, facts), (other, also)| (fields::union(&mask, &other), facts || also))
}

fn entry(
    need: &KubernetesNeed,
    resource: &Resource,
    verb: Verb,
    wanted: &Namespaces,
) -> KubernetesGrant {
    KubernetesGrant {
        kind: need.kind.clone(),
        namespaces: if resource.namespaced {
            wanted.names()
        } else {
            Vec::new()
        },
        verbs: (need.verbs.len() > 1).then(|| vec![verb]),
        fields: None,
        facts: false,
    }
}

fn place(namespace: Option<&str>) -> String {
    in_namespaces(&namespace.map(str::to_owned).into_iter().collect::<Vec<_>>())
}

pub(super) fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::List => "list",
    }
}
