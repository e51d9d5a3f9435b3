//! Whether Kafka brokers can validate the tokens of their clients, as Strimzi's OAuth library says it.
//!
//! A client with an expired token is refused every day, so single lines count for nothing; and only lines of the run's
//! window do, unless the cluster is not ready anyway.

use bsq_platform::cluster;
use bsq_platform::condition::Explained;
use bsq_sdk::prelude::*;

use crate::objects::Pod;

/// Brokers whose log is read: they all ask the same server.
const MOST_BROKERS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The keys of the realm cannot be had.
    Keys,
    /// Tokens are refused.
    Refused,
}

impl Fault {
    /// What a message of the library or of Strimzi comes down to.
    fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["failed to fetch public keys", "jwks"])
            && has(&["fail", "error", "refused", "exception", "timed out"])
        {
            Some(Self::Keys)
        } else if has(&[
            "tokenvalidationexception",
            "token validation failed",
            "token validation error",
        ]) || has(&["oauth", "oauthbearer"])
            && has(&["validat", "signature", "issuer", "introspect"])
            && has(&["fail", "error", "invalid", "exception"])
        {
            Some(Self::Refused)
        } else {
            None
        }
    }

    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Keys => "cannot fetch the keys that tokens are validated with",
            Self::Refused => "refuses the tokens of its clients",
        }
    }
}

/// What was found, with the line that says it.
pub(crate) struct Tokens {
    pub(crate) fault: Fault,
    /// The read of the log; none where the cluster's own condition says it.
    pub(crate) read: Option<u32>,
    pub(crate) pod: String,
    pub(crate) line: String,
    pub(crate) since: Option<Timestamp>,
}

/// Look at the condition of a cluster that is not ready, else into the logs of its brokers.
pub(crate) fn find(
    cx: &Context,
    not_ready: Option<&Explained>,
    members: &[&Item<Pod>],
    threshold: usize,
) -> Option<Tokens> {
    if let Some((condition, fault)) = not_ready.and_then(|it| Some((it, Fault::of(&it.message)?))) {
        return Some(Tokens {
            fault,
            read: None,
            pod: String::new(),
            line: condition.message.clone(),
            since: condition.last_transition_time,
        });
    }
    let brokers = members
        .iter()
        .filter(|pod| pod.metadata.labels.broker == "true");
    // Older releases have no roles: then the names that Strimzi gives.
    let named = members
        .iter()
        .filter(|pod| pod.metadata.labels.broker.is_empty() && pod.name().contains("-kafka-"));
    brokers
        .chain(named)
        .take(MOST_BROKERS)
        .find_map(|pod| in_log(cx, pod, not_ready.is_some(), threshold))
}

fn in_log(cx: &Context, pod: &Item<Pod>, is_down: bool, threshold: usize) -> Option<Tokens> {
    let log = cx
        .pod_log(pod.namespace(), pod.name())
        .container("kafka")
        .read()
        .ok()?;
    let counts = |time: Option<Timestamp>| is_down || time.is_some_and(|it| cx.window().holds(it));
    let lines: Vec<(Option<Timestamp>, Fault, &str)> = log
        .lines()
        .filter_map(|line| Some((time(line), Fault::of(line)?, line)))
        .filter(|(time, ..)| counts(*time))
        .collect();
    // The keys first: without them every token is refused.
    let (_, fault, line) = lines.iter().min_by_key(|(_, fault, _)| *fault)?;
    (lines.len() >= threshold).then(|| Tokens {
        fault: *fault,
        read: Some(log.read),
        pod: pod.name().to_owned(),
        line: (*line).to_owned(),
        since: lines.iter().filter_map(|(time, ..)| *time).min(),
    })
}

/// `2026-11-23 06:10:01,123 ERROR …` or `2026-11-23T06:10:01.123Z …`, as brokers begin their lines; their clock is UTC.
fn time(line: &str) -> Option<Timestamp> {
    let (date, rest) = line.trim_start_matches('[').split_at_checked(10)?;
    let clock = rest.get(1..9)?;
    format!("{date}T{clock}Z").parse().ok()
}

/// The Service that an address inside the cluster names: `http://keycloak.iam.svc:8080/realms/…`.
pub(crate) fn service(address: &str) -> Option<ObjectRef> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', ':']).next()?;
    cluster::service_object(host, None)
}

#[cfg(test)]
mod tests {
    use super::{Fault, service, time};

    #[test]
    fn only_messages_about_tokens_are_about_tokens() {
        for (line, fault) in [
            (
                "Failed to fetch public keys needed to validate JWT signatures: http://keycloak.iam:8080/certs: Connection refused",
                Some(Fault::Keys),
            ),
            (
                "io.strimzi.kafka.oauth.validator.TokenValidationException: Token validation failed: Unknown signing key",
                Some(Fault::Refused),
            ),
            (
                "OAuth validation failed: issuer not as expected",
                Some(Fault::Refused),
            ),
            ("JWKS keys change detected. Keys updated.", None),
            (
                "Exceeded timeout of 300000ms while waiting for Pods resource kafka-kafka-0",
                None,
            ),
        ] {
            assert_eq!(Fault::of(line), fault, "{line}");
        }
    }

    #[test]
    fn the_time_of_a_line_and_the_service_of_an_address_are_read() {
        let expected = "2026-11-23T06:10:01Z".parse().ok();
        assert_eq!(time("2026-11-23 06:10:01,123 ERROR x"), expected);
        assert_eq!(time("[2026-11-23T06:10:01.123Z] ERROR x"), expected);
        assert_eq!(time("at io.strimzi.kafka.oauth.X"), None);
        let found = service("http://keycloak.iam.svc.cluster.local:8080/realms/bsq")
            .map(|it| it.to_string());
        assert_eq!(found.as_deref(), Some("Service iam/keycloak"));
        assert_eq!(service("https://auth.site.test/realms/bsq"), None);
    }
}
