//! What a row grants beyond what the component declares. It would allow nothing; but whoever wrote it believes something
//! else of the check.

use super::{Grant, KubernetesGrant, Namespaces};
use crate::manifest::{Manifest, Verb, host_pattern, path as http_path};

/// Each entry that goes beyond the manifest, as an end of the sentence that begins with the check.
pub fn excess(manifest: &Manifest, grant: &Grant) -> Vec<String> {
    let mut excess = Vec::new();
    excess.extend(
        grant
            .kubernetes
            .iter()
            .filter_map(|row| kubernetes(manifest, row)),
    );
    if !grant.pod_logs.is_empty() && manifest.pod_logs.is_empty() {
        excess.push("is granted pod logs and declares none".to_owned());
    }
    for row in &grant.http {
        for method in &row.methods {
            let needs = manifest.http.iter();
            let mut needs = needs
                .filter(|need| need.endpoint == row.endpoint && need.methods.contains(method))
                .flat_map(|need| &need.paths);
            let is_near = |path: &String| {
                row.paths.iter().any(|granted| {
                    http_path::is_within(granted, path) || http_path::is_within(path, granted)
                })
            };
            if !needs.any(is_near) {
                let (endpoint, paths) = (&row.endpoint, row.paths.join(", "));
                excess.push(format!("is granted {method} {paths} of endpoint `{endpoint}`, which it does not declare"));
            }
        }
    }
    excess.extend(queries(manifest, grant));
    let declared: Vec<&String> = manifest
        .network
        .iter()
        .flat_map(|need| &need.hosts)
        .collect();
    for host in grant.network.iter().flat_map(|row| &row.hosts) {
        let is_near = |other: &&String| {
            *other == host
                || host_pattern::matches(other, host)
                || host_pattern::matches(host, other)
        };
        if !declared.iter().any(is_near) {
            excess.push(format!(
                "is granted host `{host}`, which it does not declare"
            ));
        }
    }
    excess
}

fn kubernetes(manifest: &Manifest, row: &KubernetesGrant) -> Option<String> {
    let kind = &row.kind;
    let needs: Vec<_> = manifest
        .kubernetes
        .iter()
        .filter(|need| need.kind == *kind)
        .collect();
    if needs.is_empty() {
        return Some(format!("is granted {kind}, which it does not declare"));
    }
    let has_verb = |verb: &Verb| needs.iter().any(|need| need.verbs.contains(verb));
    if row.verbs.iter().flatten().any(|verb| !has_verb(verb)) {
        return Some(format!(
            "is granted a verb of {kind} that it does not declare"
        ));
    }
    if row.facts && !needs.iter().any(|need| need.facts) {
        return Some(format!(
            "is granted the facts of {kind}, which it does not declare"
        ));
    }
    let is_namespaced = needs
        .iter()
        .any(|need| super::kubernetes::resource(need).is_none_or(|resource| resource.namespaced));
    if is_namespaced && row.namespaces.is_empty() {
        return Some(format!(
            "is granted {kind} in no namespace; name some, or `[\"*\"]`"
        ));
    }
    let granted = Namespaces::from_names(&row.namespaces);
    let is_reached = |need: &&crate::manifest::KubernetesNeed| {
        !granted
            .intersection(&Namespaces::from_names(&need.namespaces))
            .is_empty()
    };
    if is_namespaced && !needs.iter().any(is_reached) {
        return Some(format!(
            "is granted {kind} in namespaces that it does not declare"
        ));
    }
    None
}

fn queries(manifest: &Manifest, grant: &Grant) -> Vec<String> {
    let names = |needs: &[crate::manifest::TemplateNeed]| -> Vec<String> {
        needs.iter().map(|need| need.name.clone()).collect()
    };
    let families = [
        (
            "logs",
            manifest.logs.iter().map(|need| need.name.clone()).collect(),
            grant.logs.iter().map(|row| &row.name).collect::<Vec<_>>(),
        ),
        (
            "metrics",
            names(&manifest.metrics),
            grant.metrics.iter().map(|row| &row.name).collect(),
        ),
        (
            "traces",
            names(&manifest.traces),
            grant.traces.iter().map(|row| &row.name).collect(),
        ),
    ];
    let mut excess = Vec::new();
    for (family, declared, granted) in families {
        let unknown = granted.into_iter().filter(|name| !declared.contains(*name));
        excess.extend(
            unknown.map(|name| format!("is granted {family} `{name}`, which it does not declare")),
        );
    }
    excess
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MANIFEST: &str = r#"
id = "a"
version = "1.0.0"
title = "t"
metrics = [{ name = "full", why = "w", query = "x" }]
traces = [{ name = "slow", why = "w", query = "{}" }]
network = [{ why = "w", hosts = [".site.test"] }]
"#;

    #[rstest]
    #[case("metrics = [{ name = 'full' }]\ntraces = [{ name = 'slow' }]\nnetwork = [{ hosts = ['.site.test'] }]", &[])]
    #[case("network = [{ hosts = ['portal.site.test', '*'] }]", &[])]
    #[case("metrics = [{ name = 'slow' }]", &["is granted metrics `slow`, which it does not declare"])]
    #[case("traces = [{ name = 'full' }]", &["is granted traces `full`, which it does not declare"])]
    #[case("network = [{ hosts = ['.evil.test'] }]", &["is granted host `.evil.test`, which it does not declare"])]
    fn queries_and_hosts_beyond_the_manifest_are_named(
        #[case] row: &str,
        #[case] expected: &[&str],
    ) {
        let manifest: Manifest = toml::from_str(MANIFEST).unwrap();
        assert_eq!(excess(&manifest, &toml::from_str(row).unwrap()), expected);
    }
}
