//! Requests that were denied after authentication, as the components' logs tell it.

use std::collections::BTreeMap;

use bsq_sdk::coreai::excerpt;
use bsq_sdk::reads::LogPage;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::pod::{Pod, serves};

const SOURCE: &str = "denials";

/// Components that deny: LiteLLM by rights to models, OpenFGA by relations.
const PRODUCTS: [&str; 3] = ["litellm", "litellm-database", "openfga"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Denial {
    /// LiteLLM: a key, team, user or organisation without the model.
    Model,
    /// OpenFGA: asked for a store or authorization model that it does not have.
    Store,
}

/// In lower case. The last of OpenFGA's are its error codes.
const PHRASES: &[(Denial, &[&str])] = &[
    (
        Denial::Model,
        &[
            "key_model_access_denied",
            "team_model_access_denied",
            "user_model_access_denied",
            "org_model_access_denied",
        ],
    ),
    (
        Denial::Store,
        &[
            "store_id_not_found",
            "authorization_model_not_found",
            "latest_authorization_model_not_found",
        ],
    ),
];

struct Denied {
    read: u32,
    count: usize,
    last: u64,
    example: String,
    /// A pod that wrote it, where the store says so.
    pod: Option<String>,
}

/// One query for each namespace that holds such a component, and a finding for each kind of denial from a number on.
pub(crate) fn tell(cx: &Context, report: &mut Report, pods: &[Item<Pod>], wishes: &Wishes) {
    let words = || PHRASES.iter().flat_map(|(_, phrases)| phrases.iter());
    for namespace in namespaces(pods) {
        let query = cx
            .logs(SOURCE)
            .label("namespace", namespace)
            .containing(words());
        // Without logs there is nothing to count; the host knows of a read that failed.
        let Ok(page) = query.read() else {
            continue;
        };
        for (denial, denied) in count(&page) {
            if denied.count >= wishes.min_denials {
                finding(cx, report, wishes, namespace, denial, &denied);
            }
        }
    }
}

fn namespaces(pods: &[Item<Pod>]) -> Vec<&str> {
    let denies = |pod: &&Item<Pod>| PRODUCTS.iter().any(|product| serves(pod, product));
    let mut namespaces: Vec<&str> = pods.iter().filter(denies).map(Item::namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces
}

/// Lines come newest first.
fn count(page: &LogPage) -> BTreeMap<Denial, Denied> {
    let mut counted = BTreeMap::new();
    for line in &page.lines {
        if let Some(denial) = classify(&line.text) {
            let denied = counted.entry(denial).or_insert_with(|| Denied {
                read: page.read,
                count: 0,
                last: line.time,
                example: excerpt(&line.text),
                pod: page.label(line, "pod").map(str::to_owned),
            });
            denied.count += 1;
        }
    }
    counted
}

fn classify(line: &str) -> Option<Denial> {
    let line = line.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| line.contains(phrase));
    PHRASES
        .iter()
        .find(|(_, phrases)| says(phrases))
        .map(|(denial, _)| *denial)
}

fn finding(
    cx: &Context,
    report: &mut Report,
    wishes: &Wishes,
    namespace: &str,
    denial: Denial,
    denied: &Denied,
) {
    let (code, subject, title, advice, page) = match denial {
        Denial::Model => (
            "BSQ-AUTHZ-006",
            "litellm",
            format!(
                "{namespace}: {} requests were denied a model that their key, team or user may not use",
                denied.count
            ),
            "who asks either names the wrong model or lacks the right: compare with what `GET /v1/models` lists for them",
            "/docs/development/use-local-models-via-api",
        ),
        Denial::Store => (
            "BSQ-AUTHZ-007",
            "openfga",
            format!(
                "{namespace}: OpenFGA was asked {} times for a store or authorization model that it does not have",
                denied.count
            ),
            "whoever asks was set up against another store, or the sync that writes the model did not run",
            "/docs/runtime/components/openfga",
        ),
    };
    let subject = Named::new("component", format!("{namespace}/{subject}")).with_read(denied.read);
    let finding = report.finding(code, subject, title);
    if denial == Denial::Model && denied.count >= wishes.many_denials {
        finding.severity(Severity::Medium);
    }
    finding.evidence("log", &denied.example);
    if let Ok(last) = Timestamp::from_nanosecond(i128::from(denied.last)) {
        finding.evidence("last line", last);
    }
    finding.advice(advice);
    match &denied.pod {
        Some(pod) => {
            let since = format!("--since-time={}", cx.window().start);
            finding.look(["kubectl", "-n", namespace, "logs", pod, &since])
        }
        None => finding.look(["kubectl", "-n", namespace, "get", "pods"]),
    };
    finding.link(page);
}
