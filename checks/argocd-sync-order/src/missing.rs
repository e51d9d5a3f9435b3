//! The kind that an error text of Argo CD or of the API server says is missing.

/// A kind as a message names it; without a version where the message has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) version: Option<String>,
}

impl Missing {
    /// `GROUP/Kind`: the subject's name. `argocd-apps` writes the same where it says what its finding follows from.
    pub(crate) fn name(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}/{}", self.group, self.kind)
        }
    }

    /// The kind in `no matches for kind "Kafka" in version "kafka.strimzi.io/v1beta2"`, or in
    /// `could not find monitoring.coreos.com/ServiceMonitor for requested resource`.
    pub(crate) fn named_in(message: &str) -> Option<Self> {
        if let Some((_, rest)) = message.split_once("no matches for kind \"") {
            let (kind, rest) = rest.split_once('"')?;
            let version = rest
                .strip_prefix(" in version \"")
                .and_then(|rest| rest.split_once('"'))
                .map(|(version, _)| version)?;
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            return Some(Self {
                group: group.to_owned(),
                kind: kind.to_owned(),
                version: Some(version.to_owned()),
            });
        }
        let (_, rest) = message.split_once("could not find ")?;
        let (kind, _) = rest.split_once(" for requested resource")?;
        let (group, kind) = kind.split_once('/')?;
        (!group.contains(' ') && !kind.contains([' ', '/'])).then(|| Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            version: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Missing;

    #[test]
    fn the_kind_is_read_from_the_words() {
        for (message, name) in [
            (
                "no matches for kind \"Kafka\" in version \"kafka.strimzi.io/v1beta2\"",
                Some("kafka.strimzi.io/Kafka"),
            ),
            (
                "The Kubernetes API could not find monitoring.coreos.com/ServiceMonitor for requested resource x/y.",
                Some("monitoring.coreos.com/ServiceMonitor"),
            ),
            ("the server could not find the requested resource", None),
        ] {
            let found = Missing::named_in(message).map(|kind| kind.name());
            assert_eq!(found.as_deref(), name, "{message}");
        }
    }
}
