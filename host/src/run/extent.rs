//! The guide's first question, answered from the findings: what is failing, one application, one service, one namespace,
//! one environment, or the whole platform.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{Layer, ScopeKind};
use crate::report::model::{CheckRow, Extent, ExtentKind, Finding, Scope, Subject, Verdict};
use crate::report::words;
use crate::settings::file::EnvSection;

/// Namespaces that are told by name; a failure in more of them, without an environment in common, is the platform's.
const NAMESPACES: usize = 3;

/// How far the failing findings reach; `None` where nothing fails.
pub fn extent(
    rows: &[CheckRow],
    scope: &Scope,
    environments: &BTreeMap<String, EnvSection>,
) -> Option<Extent> {
    let findings: Vec<&Finding> = rows
        .iter()
        .flat_map(|row| &row.findings)
        .filter(|finding| Verdict::of(finding.severity) == Verdict::Fail)
        .collect();
    if findings.is_empty() {
        return None;
    }
    let reach = Reach::of(&findings);
    let within = |(name, one): (&String, &EnvSection)| reach.is_within(one).then(|| name.clone());
    let environment = match scope.kind {
        ScopeKind::Env => Some(scope.name.clone()),
        _ => environments.iter().find_map(within),
    };
    Some(reach.named(scope.kind, environment))
}

/// What fails, by name.
struct Reach<'a> {
    applications: BTreeSet<&'a str>,
    /// Everything else. An application is seen to fail because what it deploys does, and an endpoint because what is
    /// behind it does: where both are known, the latter says where.
    services: BTreeSet<String>,
    first: Option<&'a Subject>,
    namespaces: BTreeSet<&'a str>,
    /// Something that fails lies in no namespace.
    is_beyond: bool,
    layers: BTreeSet<Layer>,
}

impl<'a> Reach<'a> {
    fn of(findings: &[&'a Finding]) -> Self {
        let subjects = findings.iter().map(|finding| &finding.subject);
        let (applications, others): (Vec<&Subject>, Vec<&Subject>) =
            subjects.partition(|subject| application(subject).is_some());
        let is_seen = others.iter().any(|subject| serves(subject));
        let others: Vec<&Subject> = others
            .into_iter()
            .filter(|subject| !is_seen || !is_endpoint(subject))
            .collect();
        Self {
            applications: applications
                .iter()
                .filter_map(|one| application(one))
                .collect(),
            services: others.iter().map(|subject| service(subject)).collect(),
            first: others.first().copied(),
            namespaces: others
                .iter()
                .filter_map(|subject| namespace(subject))
                .collect(),
            is_beyond: others.iter().any(|subject| namespace(subject).is_none()),
            layers: findings.iter().map(|finding| finding.layer).collect(),
        }
    }

    fn is_within(&self, environment: &EnvSection) -> bool {
        let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
        if self.services.is_empty() {
            let mut all = self.applications.iter();
            return all.all(|name| has(&environment.applications, name));
        }
        let mut all = self.namespaces.iter();
        !self.is_beyond && all.all(|name| has(&environment.namespaces, name))
    }

    fn named(&self, scope: ScopeKind, environment: Option<String>) -> Extent {
        let of = |kind, names: &BTreeSet<&str>| Extent {
            kind,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        if self.services.is_empty() && (self.applications.len() == 1 || environment.is_none()) {
            return of(ExtentKind::Application, &self.applications);
        }
        if let (1, Some(subject)) = (self.services.len(), self.first) {
            let is_service = namespace(subject).is_some();
            return Extent {
                kind: if is_service {
                    ExtentKind::Service
                } else {
                    ExtentKind::Thing
                },
                names: self.services.iter().cloned().collect(),
            };
        }
        if self.namespaces.len() == 1 && !self.is_beyond {
            return of(ExtentKind::Namespace, &self.namespaces);
        }
        if let Some(name) = environment {
            return Extent {
                kind: ExtentKind::Environment,
                names: vec![name],
            };
        }
        // Two credentials that are refused are two things, whatever layers say so.
        let is_wide = !self.namespaces.is_empty() && (self.is_beyond || self.layers.len() > 1)
            || self.namespaces.len() > NAMESPACES;
        match scope {
            ScopeKind::Platform if is_wide => Extent {
                kind: ExtentKind::Platform,
                names: Vec::new(),
            },
            _ if self.namespaces.is_empty() => Extent {
                kind: ExtentKind::Thing,
                names: self.services.iter().cloned().collect(),
            },
            _ => of(ExtentKind::Namespace, &self.namespaces),
        }
    }
}

/// `iam/keycloak` for its pods, its Service and its log alike.
fn service(subject: &Subject) -> String {
    match subject {
        Subject::Named { kind, name, .. } if kind == "component" => name.clone(),
        _ => words::subject(subject),
    }
}

fn application(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Object { kind, name, .. } if kind == "Application" => Some(name),
        _ => None,
    }
}

/// Something that an endpoint can lead to. An expired certificate is behind every name that shows it.
fn serves(subject: &Subject) -> bool {
    match subject {
        Subject::Object { kind, .. } => matches!(
            kind.as_str(),
            "Pod" | "Deployment" | "StatefulSet" | "DaemonSet" | "Service" | "Ingress"
        ),
        Subject::Named { kind, .. } => kind == "component",
    }
}

fn is_endpoint(subject: &Subject) -> bool {
    matches!(subject, Subject::Named { kind, .. } if kind == "endpoint")
}

fn namespace(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Object { namespace, .. } => namespace.as_deref(),
        Subject::Named { kind, name, .. } if kind == "component" => {
            name.split_once('/').map(|(namespace, _)| namespace)
        }
        Subject::Named { .. } => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::testing::{FindingBuilder, finding, named, object, pod, row};

    fn told(findings: impl IntoIterator<Item = FindingBuilder>, environments: &str) -> String {
        let rows = [row("x").findings(findings).build()];
        let environments = toml::from_str(environments).unwrap();
        let extent = extent(&rows, &crate::settings::platform(), &environments).unwrap();
        let kind = serde_json::to_value(extent.kind).unwrap();
        format!("{} {}", kind.as_str().unwrap(), extent.names.join(", "))
    }

    fn at(name: &str, subject: Subject) -> FindingBuilder {
        finding(name, "A").subject(subject)
    }

    fn app(name: &str) -> Subject {
        object("argoproj.io/v1alpha1", "Application", Some("argocd"), name)
    }

    #[test]
    fn the_extent_is_as_small_as_the_findings() {
        let keycloak = || pod("iam", "keycloak-0", Some(("StatefulSet", "keycloak")));
        for (findings, said) in [
            (vec![at("a", app("iam"))], "application iam"),
            (
                vec![at("a", app("iam")), at("b", app("data"))],
                "application data, iam",
            ),
            (
                vec![
                    at("a", keycloak()),
                    at("b", object("v1", "Service", Some("iam"), "keycloak")),
                    at("c", named("component", "iam/keycloak")),
                    at("d", app("keycloak")),
                ],
                "service iam/keycloak",
            ),
            (
                vec![
                    at("a", pod("data", "x", None)),
                    at("b", pod("data", "y", None)),
                ],
                "namespace data",
            ),
            (
                vec![
                    at("a", pod("data", "x", None)),
                    at("b", pod("iam", "y", None)),
                ],
                "namespace data, iam",
            ),
            (
                vec![
                    at("a", pod("data", "x", None)),
                    at("b", named("node", "n1")),
                ],
                "platform ",
            ),
            (vec![at("a", named("model", "llama"))], "thing model llama"),
        ] {
            assert_eq!(told(findings, ""), said);
        }
    }

    #[test]
    fn namespaces_of_one_environment_are_that_environment() {
        let environments = "[staging]\nnamespaces = ['data-staging', 'iam-staging']\napplications = ['a', 'b']\n\
                            [live]\nnamespaces = ['data', 'iam']";
        let two =
            |one: &str, other: &str| [at("a", pod(one, "x", None)), at("b", pod(other, "y", None))];
        assert_eq!(
            told(two("data-staging", "iam-staging"), environments),
            "environment staging"
        );
        assert_eq!(
            told(two("data", "iam-staging"), environments),
            "namespace data, iam-staging"
        );
        assert_eq!(
            told([at("a", app("a")), at("b", app("b"))], environments),
            "environment staging"
        );
        assert_eq!(told([at("a", app("a"))], environments), "application a");
    }

    #[test]
    fn a_failure_in_several_layers_and_namespaces_is_the_platforms() {
        let identity = at("b", pod("iam", "y", None)).layer(Layer::Identity);
        assert_eq!(
            told([at("a", pod("data", "x", None)), identity], ""),
            "platform "
        );
    }

    #[test]
    fn an_endpoint_says_where_only_what_is_behind_it_does_not() {
        let endpoint = |name: &str| at(name, named("endpoint", name)).layer(Layer::Identity);
        let backend = at(
            "p",
            pod(
                "coreai",
                "llm-backend-x",
                Some(("Deployment", "llm-backend")),
            ),
        );
        assert_eq!(
            told([endpoint("coreai"), backend], ""),
            "service coreai/llm-backend"
        );
        let certificate = at("c", object("v1", "Secret", Some("coreai"), "wildcard-tls"));
        assert_eq!(told([endpoint("coreai"), certificate], ""), "platform ");
        let other = at("user", named("endpoint", "user"));
        assert_eq!(
            told([endpoint("coreai"), other], ""),
            "thing endpoint coreai, endpoint user"
        );
    }

    #[test]
    fn what_only_warns_does_not_fail() {
        let low = finding("a", "A").severity(crate::manifest::Severity::Medium);
        let rows = [row("x").findings([low]).build()];
        assert_eq!(
            extent(&rows, &crate::settings::platform(), &BTreeMap::new()),
            None
        );
    }
}
