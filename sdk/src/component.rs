//! Which component wrote a log line, as far as the labels of its stream say it.

use crate::reads::{LogLine, LogPage};

/// Labels that name a component, the surest first.
const LABELS: [&str; 4] = [
    "app",
    "app_kubernetes_io_name",
    "app.kubernetes.io/name",
    "component",
];

impl LogPage {
    /// The component that wrote a line: as its labels say, else the pod without its generated ending, else `unknown`.
    ///
    /// Checks that speak of one component in its logs call it by this name, so that their findings meet.
    ///
    /// ```
    /// use bsq_sdk::reads::{LogLine, LogPage};
    ///
    /// let line = LogLine { time: 0, stream: 0, text: "x".to_owned() };
    /// let stream = vec![("pod".to_owned(), "keycloak-7d9f8b6c5d-x2k4z".to_owned())];
    /// let page = LogPage { streams: vec![stream], ..LogPage::default() };
    /// assert_eq!(page.component(&line), "keycloak");
    /// ```
    #[must_use]
    pub fn component(&self, line: &LogLine) -> String {
        let labelled = LABELS
            .iter()
            .find_map(|name| self.label(line, name).filter(|value| !value.is_empty()));
        let pod = || self.label(line, "pod").map(workload);
        let rest = || {
            ["service_name", "container", "job"]
                .iter()
                .find_map(|name| self.label(line, name))
        };
        labelled
            .or_else(pod)
            .or_else(rest)
            .unwrap_or("unknown")
            .to_owned()
    }
}

/// `keycloak-7d9f8b6c5d-x2k4z`, `node-agent-x2k4z` and `postgresql-0` without what is generated.
fn workload(pod: &str) -> &str {
    let Some((rest, last)) = pod.rsplit_once('-') else {
        return pod;
    };
    let is_generated = |part: &str| {
        part.chars()
            .all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c))
    };
    let is_ordinal = last.chars().all(|c| c.is_ascii_digit());
    let is_random = last.len() == 5 && is_generated(last);
    if is_ordinal {
        return rest;
    }
    if !is_random {
        return pod;
    }
    let is_hash = |part: &str| (6..=10).contains(&part.len()) && is_generated(part);
    rest.rsplit_once('-')
        .filter(|(_, hash)| is_hash(hash))
        .map_or(rest, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::workload;

    #[test]
    fn generated_endings_are_taken_off() {
        for (pod, name) in [
            ("keycloak-7d9f8b6c5d-x2k4z", "keycloak"),
            ("node-agent-x2k4z", "node-agent"),
            ("postgresql-0", "postgresql"),
            ("standalone", "standalone"),
            ("llm-backend", "llm-backend"),
        ] {
            assert_eq!(workload(pod), name);
        }
    }
}
