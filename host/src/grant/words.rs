//! What grants allow, in the fewest words that hide nothing of their reach.

use std::collections::BTreeSet;

use super::{Grant, Namespaces};

/// Grants together, as the head of a run says them: `cluster reads`, `pod logs of all namespaces`, `GET coreai`.
pub fn in_words(grants: &[Grant]) -> Vec<String> {
    let mut words = Vec::new();
    let kubernetes = grants.iter().flat_map(|grant| &grant.kubernetes);
    let rows: Vec<_> = kubernetes.collect();
    if !rows.is_empty() {
        // A kind without namespaces is a read of the cluster.
        let is_wide = rows.iter().any(|row| row.namespaces.is_empty());
        let reach = reach(rows.iter().map(|row| row.namespaces.as_slice()));
        words.push(match reach {
            Namespaces::Only(names) if !is_wide => format!("reads in {}", names.join(", ")),
            _ => "cluster reads".to_owned(),
        });
    }
    if rows.iter().any(|row| row.facts) {
        words.push("facts of Secrets".to_owned());
    }
    let pod_logs: Vec<&[String]> = grants
        .iter()
        .flat_map(|grant| grant.pod_logs.iter().map(|row| row.namespaces.as_slice()))
        .collect();
    words.extend(of_namespaces("pod logs", &pod_logs));
    let logs: Vec<&[String]> = grants
        .iter()
        .flat_map(|grant| grant.logs.iter().map(|row| row.namespaces.as_slice()))
        .collect();
    words.extend(of_namespaces("stored logs", &logs));
    words.extend(calls(grants));
    if grants.iter().any(|grant| !grant.metrics.is_empty()) {
        words.push("metrics".to_owned());
    }
    if grants.iter().any(|grant| !grant.traces.is_empty()) {
        words.push("traces".to_owned());
    }
    let hosts: BTreeSet<&str> = grants
        .iter()
        .flat_map(|grant| {
            grant
                .network
                .iter()
                .flat_map(|row| row.hosts.iter().map(String::as_str))
        })
        .collect();
    words.extend(hosts.into_iter().map(|host| match host {
        "*" => "probes of any host".to_owned(),
        host => format!("probes of {host}"),
    }));
    words
}

/// `GET coreai`, each once, GET before POST.
fn calls(grants: &[Grant]) -> BTreeSet<String> {
    let rows = grants.iter().flat_map(|grant| &grant.http);
    rows.flat_map(|row| {
        row.methods
            .iter()
            .map(move |method| format!("{method} {}", row.endpoint))
    })
    .collect()
}

fn of_namespaces(what: &str, rows: &[&[String]]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    Some(match reach(rows.iter().copied()) {
        Namespaces::All => format!("{what} of all namespaces"),
        Namespaces::Only(names) => format!("{what} of {}", names.join(", ")),
    })
}

fn reach<'a>(rows: impl Iterator<Item = &'a [String]>) -> Namespaces {
    rows.fold(Namespaces::Only(Vec::new()), |all, names| {
        all.union(&Namespaces::from_names(names))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", &[])]
    #[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['b'] }, { kind = 'v1/Event', namespaces = ['a'] }]", &["reads in a, b"])]
    #[case("kubernetes = [{ kind = 'v1/Pod', namespaces = ['b'] }, { kind = 'v1/Node' }]", &["cluster reads"])]
    #[case("kubernetes = [{ kind = 'v1/Secret', namespaces = ['*'], facts = true }]", &["cluster reads", "facts of Secrets"])]
    #[case("pod-logs = [{ namespaces = ['*'] }]\nlogs = [{ name = 'x', namespaces = ['a'] }]", &["pod logs of all namespaces", "stored logs of a"])]
    #[case("http = [{ endpoint = 'coreai', methods = ['POST', 'GET'], paths = ['/'] }]", &["GET coreai", "POST coreai"])]
    #[case("metrics = [{ name = 'a' }]\ntraces = [{ name = 'a' }]\nnetwork = [{ hosts = ['*'] }]", &["metrics", "traces", "probes of any host"])]
    fn grants_in_words(#[case] row: &str, #[case] words: &[&str]) {
        assert_eq!(in_words(&[toml::from_str(row).unwrap()]), words);
    }
}
