//! The needs of a manifest as a person reads them: before granting, when looking at a component, in its page.

use super::{
    HttpNeed, KubernetesNeed, LogsNeed, Manifest, NetworkNeed, PodLogsNeed, TemplateNeed, Verb,
};

/// One need in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NeedInWords {
    /// `list v1/Pod in all namespaces`.
    pub call: String,
    /// What is read of each, where a need names parts: field paths.
    pub parts: Vec<String>,
    /// The reason, on one line: a line break in it could make it look like a need.
    pub why: String,
    pub optional: bool,
}

impl Manifest {
    /// Every need, in the order in which a manifest has them.
    pub fn needs_in_words(&self) -> Vec<NeedInWords> {
        let kubernetes = self.kubernetes.iter().map(kubernetes);
        let templates = self.metrics.iter().map(|need| template("metrics", need));
        let traces = self.traces.iter().map(|need| template("traces", need));
        kubernetes
            .chain(self.pod_logs.iter().map(pod_logs))
            .chain(self.http.iter().map(http))
            .chain(self.logs.iter().map(logs))
            .chain(templates)
            .chain(traces)
            .chain(self.network.iter().map(network))
            .collect()
    }
}

fn need(call: String, why: &str, optional: bool) -> NeedInWords {
    NeedInWords {
        call,
        parts: Vec::new(),
        why: why.split_whitespace().collect::<Vec<_>>().join(" "),
        optional,
    }
}

fn kubernetes(one: &KubernetesNeed) -> NeedInWords {
    let verbs: Vec<&str> = one
        .verbs
        .iter()
        .map(|verb| match verb {
            Verb::Get => "get",
            Verb::List => "list",
        })
        .collect();
    let facts = if one.facts {
        " with the facts of their keys"
    } else {
        ""
    };
    let places = places(&one.namespaces);
    let call = format!("{} {}{facts} in {places}", verbs.join(", "), one.kind);
    NeedInWords {
        parts: one.fields.clone(),
        ..need(call, &one.why, one.optional)
    }
}

fn pod_logs(one: &PodLogsNeed) -> NeedInWords {
    let (lines, places) = (one.tail_lines, places(&one.namespaces));
    let call = format!("last {lines} lines of pod logs in {places}");
    need(call, &one.why, one.optional)
}

fn http(one: &HttpNeed) -> NeedInWords {
    let (methods, paths) = (one.methods.join(", "), one.paths.join(", "));
    let call = format!("{methods} {paths} of endpoint {}", one.endpoint);
    need(call, &one.why, one.optional)
}

fn logs(one: &LogsNeed) -> NeedInWords {
    let call = format!(
        "{} stored log lines by {}",
        one.lines,
        one.labels.join(", ")
    );
    need(call, &one.why, one.optional)
}

fn template(family: &str, one: &TemplateNeed) -> NeedInWords {
    let call = format!("{family} {}: {}", one.name, one.query);
    need(call, &one.why, one.optional)
}

fn network(one: &NetworkNeed) -> NeedInWords {
    let call = format!("probe {}", one.hosts.join(", "));
    need(call, &one.why, one.optional)
}

fn places(namespaces: &[String]) -> String {
    if namespaces.iter().any(|name| name == "*") {
        "all namespaces".to_owned()
    } else {
        namespaces.join(", ")
    }
}
