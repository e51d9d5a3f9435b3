//! Decisions on what is no Kubernetes object: HTTP endpoints, log stores, query templates, hosts.

use super::denial::in_namespaces;
use super::{
    Allowed, Decision, Denial, Gate, HttpGrant, LogsGrant, Namespaces, NetworkGrant, TemplateGrant,
};
use crate::capability::{LabelMatch, MatchKind};
use crate::manifest::{LogsNeed, TemplateNeed, host_pattern, path as http_path};

/// The label that the namespaces of a log grant speak of.
const NAMESPACE_LABEL: &str = "namespace";

impl Gate {
    pub(super) fn decide_http(&self, endpoint: &str, method: &str, path: &str) -> Decision {
        let call = format!("{method} {path} of endpoint `{endpoint}`");
        if !http_path::is_sound(path) {
            let hint = "write the path without dot segments, encoded separators, `\\`, `?` or `#`";
            let denial = Denial::unsound(self, &call, "the path has more than one reading", hint);
            return Decision::Denied(denial);
        }
        let declared = self.declared_prefixes(endpoint, method);
        if !declared
            .iter()
            .any(|prefix| http_path::is_within(path, prefix))
        {
            let keys = format!(
                "endpoint = \"{endpoint}\", methods = [\"{method}\"], paths = [\"{path}\"]"
            );
            return Decision::Denied(Denial::undeclared(self, &call, "http", &keys));
        }
        let granted = self.granted_prefixes(endpoint, method);
        if !granted
            .iter()
            .any(|prefix| http_path::is_within(path, prefix))
        {
            let entry = HttpGrant {
                endpoint: endpoint.to_owned(),
                methods: vec![method.to_owned()],
                paths: vec![path.to_owned()],
            };
            return Decision::Denied(Denial::ungranted(self, &call, "http", &entry));
        }
        Decision::Allowed(Allowed {
            prefixes: common(&declared, &granted),
            ..Allowed::default()
        })
    }

    pub(super) fn decide_credential(&self, endpoint: &str) -> Decision {
        let call = format!("know facts of the credential of endpoint `{endpoint}`");
        let mut needs = self.manifest.http.iter();
        let Some(need) = needs.find(|need| need.endpoint == endpoint) else {
            let keys = format!("endpoint = \"{endpoint}\"");
            return Decision::Denied(Denial::undeclared(self, &call, "http", &keys));
        };
        if self.grant.http.iter().any(|row| row.endpoint == endpoint) {
            return Decision::Allowed(Allowed::default());
        }
        let entry = HttpGrant {
            endpoint: endpoint.to_owned(),
            methods: vec!["GET".to_owned()],
            paths: need.paths.clone(),
        };
        Decision::Denied(Denial::ungranted(self, &call, "http", &entry))
    }

    pub(super) fn decide_logs(&self, source: &str, labels: &[LabelMatch]) -> Decision {
        let mut call = format!("query logs `{source}`");
        let mut needs = self.manifest.logs.iter();
        let Some(need) = needs.find(|need| need.name == source) else {
            let keys = format!("name = \"{source}\"");
            return Decision::Denied(Denial::undeclared(self, &call, "logs", &keys));
        };
        if let Some(label) = undeclared_label(need, labels) {
            call.push_str(&format!(" by label `{label}`"));
            let keys = format!("name = \"{source}\" and \"{label}\" among its `labels`");
            return Decision::Denied(Denial::undeclared(self, &call, "logs", &keys));
        }
        let wanted = named_namespaces(labels);
        if wanted.is_empty() {
            let why = "its namespaces exclude each other";
            let hint = "a selector whose `namespace` matches nothing reads nothing; name one";
            return Decision::Denied(Denial::unsound(self, &call, why, hint));
        }
        let namespaces = wanted.intersection(&self.granted_logs(source));
        if namespaces.is_empty() {
            return Decision::Denied(self.ungranted_logs(source, &wanted));
        }
        Decision::Allowed(Allowed {
            namespaces: Some(namespaces),
            lines: need.lines,
            ..Allowed::default()
        })
    }

    /// What of a log query within `scope` is withheld by a grant that is narrower.
    pub(super) fn withheld_logs(
        &self,
        source: &str,
        labels: &[LabelMatch],
        scope: &Namespaces,
    ) -> Option<Denial> {
        let wanted = named_namespaces(labels).intersection(scope);
        let outside = wanted.outside(&self.granted_logs(source))?;
        Some(self.ungranted_logs(source, &outside))
    }

    pub(super) fn decide_metric(&self, template: &str) -> Decision {
        let (needs, rows) = (&self.manifest.metrics, &self.grant.metrics);
        self.decide_template("metrics", needs, rows, template)
    }

    pub(super) fn decide_trace(&self, template: &str) -> Decision {
        let (needs, rows) = (&self.manifest.traces, &self.grant.traces);
        self.decide_template("traces", needs, rows, template)
    }

    pub(super) fn decide_host(&self, host: &str) -> Decision {
        let call = format!("probe host `{host}`");
        let mut declared = self.manifest.network.iter().flat_map(|need| &need.hosts);
        if !declared.any(|pattern| host_pattern::matches(pattern, host)) {
            let keys = format!("hosts = [\"{host}\"]");
            return Decision::Denied(Denial::undeclared(self, &call, "network", &keys));
        }
        let mut granted = self.grant.network.iter().flat_map(|row| &row.hosts);
        if !granted.any(|pattern| host_pattern::matches(pattern, host)) {
            let entry = NetworkGrant {
                hosts: vec![host.to_owned()],
            };
            return Decision::Denied(Denial::ungranted(self, &call, "network", &entry));
        }
        Decision::Allowed(Allowed::default())
    }

    fn decide_template(
        &self,
        family: &'static str,
        needs: &[TemplateNeed],
        rows: &[TemplateGrant],
        template: &str,
    ) -> Decision {
        let call = format!("query {family} by template `{template}`");
        let Some(need) = needs.iter().find(|need| need.name == template) else {
            let keys = format!("name = \"{template}\" and its `query`");
            return Decision::Denied(Denial::undeclared(self, &call, family, &keys));
        };
        if !rows.iter().any(|row| row.name == template) {
            let entry = TemplateGrant {
                name: template.to_owned(),
            };
            return Decision::Denied(Denial::ungranted(self, &call, family, &entry));
        }
        Decision::Allowed(Allowed {
            query: need.query.clone(),
            ..Allowed::default()
        })
    }

    fn declared_prefixes(&self, endpoint: &str, method: &str) -> Vec<&str> {
        let needs = self.manifest.http.iter();
        needs
            .filter(|need| need.endpoint == endpoint && need.methods.iter().any(|m| m == method))
            .flat_map(|need| need.paths.iter().map(String::as_str))
            .collect()
    }

    fn granted_prefixes(&self, endpoint: &str, method: &str) -> Vec<&str> {
        let rows = self.grant.http.iter();
        rows.filter(|row| row.endpoint == endpoint && row.methods.iter().any(|m| m == method))
            .flat_map(|row| row.paths.iter().map(String::as_str))
            .collect()
    }

    fn granted_logs(&self, source: &str) -> Namespaces {
        let rows = self.grant.logs.iter().filter(|row| row.name == source);
        rows.fold(Namespaces::Only(Vec::new()), |all, row| {
            all.union(&Namespaces::from_names(&row.namespaces))
        })
    }

    fn ungranted_logs(&self, source: &str, wanted: &Namespaces) -> Denial {
        let entry = LogsGrant {
            name: source.to_owned(),
            namespaces: wanted.names(),
        };
        let call = format!("query logs `{source}`{}", in_namespaces(&entry.namespaces));
        Denial::ungranted(self, &call, "logs", &entry)
    }
}

/// Prefixes within both lists, without those that lie below another.
fn common(declared: &[&str], granted: &[&str]) -> Vec<String> {
    let pairs = declared
        .iter()
        .flat_map(|one| granted.iter().map(move |other| (*one, *other)));
    let mut prefixes: Vec<&str> = pairs
        .filter_map(|(one, other)| {
            let is_inner = http_path::is_within(one, other);
            let is_outer = http_path::is_within(other, one);
            is_inner.then_some(one).or(is_outer.then_some(other))
        })
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes.into_iter().map(str::to_owned).collect()
}

fn undeclared_label<'a>(need: &LogsNeed, labels: &'a [LabelMatch]) -> Option<&'a str> {
    let mut names = labels.iter().map(|label| label.name.as_str());
    names.find(|name| !need.labels.iter().any(|declared| declared == name))
}

/// The namespaces that a selector asks for. What it excludes does not matter: the host adds the granted ones itself.
fn named_namespaces(labels: &[LabelMatch]) -> Namespaces {
    labels
        .iter()
        .filter(|label| {
            label.name == NAMESPACE_LABEL
                && matches!(label.kind, MatchKind::Equal | MatchKind::OneOf)
        })
        .fold(Namespaces::All, |all, label| {
            all.intersection(&Namespaces::only(label.values.iter().cloned()))
        })
}
