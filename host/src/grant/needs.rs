//! What a check cannot do without, and has no grant for.

use super::kubernetes::entry_of;
use super::{
    Denial, Gate, HttpGrant, LogsGrant, Namespaces, NetworkGrant, PodLogsGrant, TemplateGrant,
};
use crate::manifest::{HttpNeed, NetworkNeed, host_pattern, path as http_path};

impl Gate {
    /// Required needs of which no part is granted. A check with any is a row that says so, before it is instantiated.
    pub fn missing_required(&self) -> Vec<Denial> {
        let mut missing = self.missing_kubernetes();
        missing.extend(self.missing_pod_logs());
        missing.extend(self.missing_endpoints());
        missing.extend(self.missing_queries());
        missing
    }

    fn missing_kubernetes(&self) -> Vec<Denial> {
        let needs = self
            .manifest
            .kubernetes
            .iter()
            .filter(|need| !need.optional);
        needs
            .filter(|need| self.reaches(need).len() < need.verbs.len())
            .map(|need| {
                let call = format!("read {} ({})", need.kind, need.why);
                Denial::ungranted(self, &call, "kubernetes", &entry_of(need))
            })
            .collect()
    }

    fn missing_pod_logs(&self) -> Vec<Denial> {
        let granted = self.pod_log_namespaces();
        let needs = self.manifest.pod_logs.iter().filter(|need| !need.optional);
        needs
            .filter(|need| {
                Namespaces::from_names(&need.namespaces)
                    .intersection(&granted)
                    .is_empty()
            })
            .map(|need| {
                let entry = PodLogsGrant {
                    namespaces: need.namespaces.clone(),
                };
                let call = format!("read pod logs ({})", need.why);
                Denial::ungranted(self, &call, "pod-logs", &entry)
            })
            .collect()
    }

    fn missing_endpoints(&self) -> Vec<Denial> {
        let http = self.manifest.http.iter().filter(|need| !need.optional);
        let http = http.filter(|need| !self.is_granted_http(need)).map(|need| {
            let entry = HttpGrant {
                endpoint: need.endpoint.clone(),
                methods: need.methods.clone(),
                paths: need.paths.clone(),
            };
            let call = format!("ask endpoint `{}` ({})", need.endpoint, need.why);
            Denial::ungranted(self, &call, "http", &entry)
        });
        let network = self.manifest.network.iter().filter(|need| !need.optional);
        let network = network
            .filter(|need| !self.is_granted_network(need))
            .map(|need| {
                let entry = NetworkGrant {
                    hosts: need.hosts.clone(),
                };
                let call = format!("probe hosts ({})", need.why);
                Denial::ungranted(self, &call, "network", &entry)
            });
        http.chain(network).collect()
    }

    fn missing_queries(&self) -> Vec<Denial> {
        let logs = self.manifest.logs.iter().filter(|need| !need.optional);
        let logs = logs
            .filter(|need| !self.grant.logs.iter().any(|row| row.name == need.name))
            .map(|need| {
                let entry = LogsGrant {
                    name: need.name.clone(),
                    namespaces: vec!["*".to_owned()],
                };
                let call = format!("query logs `{}` ({})", need.name, need.why);
                Denial::ungranted(self, &call, "logs", &entry)
            });
        let families = [
            ("metrics", &self.manifest.metrics, &self.grant.metrics),
            ("traces", &self.manifest.traces, &self.grant.traces),
        ];
        let templates = families.into_iter().flat_map(|(family, needs, rows)| {
            let needs = needs.iter().filter(|need| !need.optional);
            needs
                .filter(|need| !rows.iter().any(|row| row.name == need.name))
                .map(move |need| {
                    let entry = TemplateGrant {
                        name: need.name.clone(),
                    };
                    let call = format!("query {family} by template `{}` ({})", need.name, need.why);
                    Denial::ungranted(self, &call, family, &entry)
                })
        });
        logs.chain(templates).collect()
    }

    fn is_granted_network(&self, need: &NetworkNeed) -> bool {
        let rows = self.grant.network.iter().flat_map(|row| &row.hosts);
        let mut pairs = rows.flat_map(|one| need.hosts.iter().map(move |other| (one, other)));
        pairs.any(|(one, other)| {
            one == other || host_pattern::matches(one, other) || host_pattern::matches(other, one)
        })
    }

    /// Some method and some path of the need are granted.
    fn is_granted_http(&self, need: &HttpNeed) -> bool {
        let rows = self
            .grant
            .http
            .iter()
            .filter(|row| row.endpoint == need.endpoint);
        let mut rows = rows.filter(|row| {
            row.methods
                .iter()
                .any(|method| need.methods.contains(method))
        });
        rows.any(|row| {
            let mut pairs = row
                .paths
                .iter()
                .flat_map(|one| need.paths.iter().map(move |other| (one, other)));
            pairs.any(|(one, other)| {
                http_path::is_within(one, other) || http_path::is_within(other, one)
            })
        })
    }
}
