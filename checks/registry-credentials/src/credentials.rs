//! Pulls that the registry refuses, by namespace, since pull secrets are: none is named, it is not there, of a wrong type, or
//! the registry does not take it. Where it takes those of several namespaces no more, the account is the one cause.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::objects::{Pod, ServiceAccount};
use crate::pulls::Failure;
use crate::reason::Reason;
use crate::secrets::{PullSecrets, State, type_of};
use crate::tell;

/// The types that the kubelet looks into.
const TYPES: &[&str] = &["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"];

/// The credentials of one namespace for one registry.
struct Refused<'a> {
    namespace: &'a str,
    registry: &'a str,
    failures: Vec<&'a Failure<'a>>,
    named: BTreeSet<&'a str>,
}

impl PullSecrets {
    pub(crate) fn tell(
        &self,
        cx: &Context,
        report: &mut Report,
        pods: &[Item<Pod>],
        failures: &[Failure<'_>],
    ) {
        let refused = refused(failures);
        let mut rejected: BTreeMap<&str, Vec<&Refused<'_>>> = BTreeMap::new();
        for one in refused.values() {
            if self.explain(cx, report, one) {
                rejected.entry(one.registry).or_default().push(one);
            }
        }
        for (registry, all) in rejected {
            let is_account = all.len() > 1;
            if is_account {
                account(report, registry, &all);
            }
            all.iter()
                .for_each(|one| not_taken(report, one, is_account));
        }
        let is_told = |namespace: &str, name: &str| {
            let mut all = refused.values();
            all.any(|it| it.namespace == namespace && it.named.contains(name))
        };
        self.tell_absent(cx, report, pods, is_told);
    }

    /// Say what is wrong with the pull secret itself; otherwise it is the registry that does not take it.
    fn explain(&self, cx: &Context, report: &mut Report, refused: &Refused<'_>) -> bool {
        let Refused {
            namespace,
            registry,
            named,
            ..
        } = refused;
        if named.is_empty() {
            self.none_named(report, refused);
            return false;
        }
        let states = named
            .iter()
            .map(|name| (*name, self.state(cx, namespace, name)));
        let states: BTreeMap<_, _> = states.collect();
        let all_are = |state| states.values().all(|it| *it == state);
        let names: Vec<_> = named.iter().copied().collect();
        let names = names.join(", ");
        if all_are(State::Missing) {
            let title = format!(
                "{registry} refuses pulls in {namespace}: pull secret {names} does not exist"
            );
            let finding = finding(report, "BSQ-REG-002", refused, title);
            finding.advice("the pull secret must be in every namespace that pulls: see `image pull secret` of `common_config`");
            finding.link("/docs/deployment/configuration-model");
            return false;
        }
        let there = states
            .iter()
            .filter(|(_, state)| **state == State::There)
            .map(|(name, _)| *name);
        let there: Vec<_> = there.collect();
        if there.is_empty() {
            let title = format!(
                "{registry} refuses pulls in {namespace} that name pull secret {names}, which could not be looked at"
            );
            renew(finding(report, "BSQ-REG-004", refused, title));
            return false;
        }
        let types: Vec<_> = there
            .iter()
            .filter_map(|name| type_of(cx, namespace, name))
            .collect();
        let is_unused = |(_, kind, _): &(&str, String, u32)| !TYPES.contains(&kind.as_str());
        if types.is_empty() || !types.iter().all(is_unused) {
            return true;
        }
        let names: Vec<_> = types.iter().map(|(name, ..)| *name).collect();
        let title = format!(
            "{registry} refuses pulls in {namespace}: pull secret {} is of a type that is not used",
            names.join(", ")
        );
        let finding = finding(report, "BSQ-REG-003", refused, title);
        for (name, kind, read) in types {
            finding.evidence_from(read, format!("type of Secret {namespace}/{name}"), kind);
        }
        finding.advice("make it anew with type kubernetes.io/dockerconfigjson: the kubelet passes over any other");
        finding.link("/docs/deployment/playbooks/harbor-delivery");
        false
    }

    fn none_named(&self, report: &mut Report, refused: &Refused<'_>) {
        let Refused {
            namespace,
            registry,
            failures,
            ..
        } = refused;
        let accounts: BTreeSet<_> = failures.iter().map(|it| account_of(it.pod)).collect();
        let title =
            format!("{registry} refuses pulls in {namespace}: the pods name no pull secret");
        let finding = finding(report, "BSQ-REG-001", refused, title);
        let is_used = |account: &&Item<ServiceAccount>| {
            account.namespace() == *namespace && accounts.contains(account.name())
        };
        for account in self.accounts.iter().filter(is_used) {
            let names: Vec<_> = account
                .image_pull_secrets
                .iter()
                .map(|secret| secret.name.as_str())
                .collect();
            let told = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            finding.evidence_from(
                account.read(),
                format!("imagePullSecrets of service account {}", full_name(account)),
                told,
            );
            if !names.is_empty() {
                finding.advice("the service account names one by now: pods that were made before lack it, so make them anew");
            }
        }
        finding.advice("name the pull secret in the pods or in their service account: see `image pull secret` of `common_config`");
        finding.link("/docs/deployment/configuration-model");
    }
}

/// What the kubelet falls back to.
fn account_of(pod: &Item<Pod>) -> &str {
    match pod.spec.service_account_name.as_str() {
        "" => "default",
        name => name,
    }
}

fn refused<'a>(failures: &'a [Failure<'a>]) -> BTreeMap<(&'a str, &'a str), Refused<'a>> {
    let mut all: BTreeMap<_, Refused<'a>> = BTreeMap::new();
    for failure in failures
        .iter()
        .filter(|failure| failure.reason == Reason::Refused)
    {
        let (namespace, registry) = (failure.pod.namespace(), failure.registry);
        let one = all.entry((namespace, registry)).or_insert_with(|| Refused {
            namespace,
            registry,
            failures: Vec::new(),
            named: BTreeSet::new(),
        });
        one.failures.push(failure);
        let names = failure
            .pod
            .spec
            .image_pull_secrets
            .iter()
            .map(|secret| secret.name.as_str());
        one.named.extend(names.filter(|name| !name.is_empty()));
    }
    all
}

fn finding<'r>(
    report: &'r mut Report,
    code: &str,
    refused: &Refused<'_>,
    title: String,
) -> &'r mut Finding {
    let Refused {
        namespace,
        registry,
        failures,
        named,
    } = refused;
    let finding = report.finding(code, tell::pull_credentials(namespace, registry), title);
    tell::failures(finding, failures);
    let names: Vec<_> = named.iter().copied().collect();
    let named = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    if let Some(first) = failures.first() {
        finding.evidence_from(
            first.pod.read(),
            format!("spec.imagePullSecrets of pods in {namespace}"),
            named,
        );
    }
    for name in names {
        finding.look(["kubectl", "-n", namespace, "get", "secret", name]);
    }
    finding.look([
        "kubectl",
        "-n",
        namespace,
        "get",
        "serviceaccounts",
        "-o",
        "yaml",
    ]);
    finding
}

fn not_taken(report: &mut Report, refused: &Refused<'_>, is_account: bool) {
    let names: Vec<_> = refused.named.iter().copied().collect();
    let title = format!(
        "{} refuses pull secret {} of {}",
        refused.registry,
        names.join(", "),
        refused.namespace
    );
    let finding = finding(report, "BSQ-REG-004", refused, title);
    if is_account {
        finding.caused_by(tell::registry(refused.registry));
    }
    renew(finding);
}

fn renew(finding: &mut Finding) {
    finding.advice("the account may have expired or may not pull from the project: compare with Harbor's robot accounts, and renew the pull secret");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
}

fn account(report: &mut Report, registry: &str, all: &[&Refused<'_>]) {
    let namespaces: Vec<_> = all.iter().map(|it| it.namespace).collect();
    let title = format!(
        "{registry} refuses the pull secrets of {} namespaces: {}",
        namespaces.len(),
        tell::some(&namespaces)
    );
    let finding = report.finding("BSQ-REG-005", tell::registry(registry), title);
    let failures: Vec<_> = all.iter().flat_map(|it| &it.failures).copied().collect();
    tell::failures(finding, &failures);
    finding.advice("they are likely made from one account: see whether it has expired in Harbor, then renew the pull secrets");
    finding.link("/docs/deployment/playbooks/harbor-delivery");
    finding.link("/docs/runtime/components/harbor");
}
