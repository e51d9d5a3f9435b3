//! Kafka clusters as Strimzi describes them: ready or not, and whether their brokers can validate tokens.

use bsq_platform::command;
use bsq_platform::condition::Explained;
use bsq_sdk::object::Kind;
use bsq_sdk::prelude::*;

use crate::Tolerance;
use crate::objects::Pod;
use crate::pods::{self, Pods};
use crate::tokens::{self, Tokens};

const MOST_SHOWN: usize = 5;

#[derive(Object)]
#[object(kind = "kafka.strimzi.io/v1beta2/Kafka")]
struct Kafka {
    spec: Spec,
    status: Status,
}

#[derive(Object)]
#[object(kind = "kafka.strimzi.io/v1/Kafka")]
struct NewerKafka {
    spec: Spec,
    status: Status,
}

#[derive(Object)]
struct Spec {
    kafka: Brokers,
}

#[derive(Object)]
struct Brokers {
    listeners: Vec<Listener>,
}

#[derive(Object)]
struct Listener {
    authentication: Option<Authentication>,
}

#[derive(Object)]
struct Authentication {
    r#type: String,
    jwks_endpoint_uri: String,
    introspection_endpoint_uri: String,
    valid_issuer_uri: String,
}

#[derive(Object)]
struct Status {
    conditions: Vec<Explained>,
}

/// A Kafka cluster, whichever version served it.
struct Cluster {
    subject: ObjectRef,
    created: Option<Timestamp>,
    spec: Spec,
    status: Status,
}

pub(crate) fn tell(cx: &Context, report: &mut Report, tolerance: &Tolerance, pods: &Pods) {
    let clusters = clusters(cx);
    report.looked_at(clusters.len());
    for cluster in &clusters {
        let members = pods.of_kafka(&cluster.subject);
        let unready = cluster.not_ready();
        let lasts = unready.filter(|condition| {
            tolerance.is_over(condition.last_transition_time.or(cluster.created))
        });
        let validates = cluster.authority().is_some();
        let tokens = (validates || lasts.is_some())
            .then(|| tokens::find(cx, lasts, &members, tolerance.wishes.token_errors))
            .flatten();
        match (tokens, lasts) {
            (Some(tokens), _) => cannot_validate(report, cluster, lasts, &tokens),
            (None, Some(condition)) => not_ready(report, cluster, condition, &members),
            (None, None) => {}
        }
    }
}

/// The clusters in the version that the server has; the newer where it has both.
fn clusters(cx: &Context) -> Vec<Cluster> {
    match cx.list::<NewerKafka>() {
        Ok(items) if !items.is_empty() => items
            .into_iter()
            .map(|item| cluster(item, |it| (it.spec, it.status)))
            .collect(),
        _ => cx
            .list::<Kafka>()
            .or_empty()
            .into_iter()
            .map(|item| cluster(item, |it| (it.spec, it.status)))
            .collect(),
    }
}

fn cluster<T: Kind>(item: Item<T>, parts: impl FnOnce(T) -> (Spec, Status)) -> Cluster {
    let (subject, created) = (item.reference(), item.created());
    let (spec, status) = parts(item.into_object());
    Cluster {
        subject,
        created,
        spec,
        status,
    }
}

impl Cluster {
    /// Strimzi says it in either of two ways; a cluster whose reconciliation is paused says neither.
    fn not_ready(&self) -> Option<&Explained> {
        self.status.conditions.iter().find(|it| {
            matches!(
                (it.r#type.as_str(), it.status.as_str()),
                ("Ready", "False") | ("NotReady", "True")
            )
        })
    }

    /// Where the brokers validate tokens, if a listener wants any.
    fn authority(&self) -> Option<&str> {
        let mut wanted = self.spec.kafka.listeners.iter();
        let authentication =
            wanted.find_map(|it| it.authentication.as_ref().filter(|it| it.r#type == "oauth"))?;
        let addresses = [
            &authentication.jwks_endpoint_uri,
            &authentication.introspection_endpoint_uri,
            &authentication.valid_issuer_uri,
        ];
        let known = addresses.into_iter().find(|address| !address.is_empty());
        Some(known.map_or("", String::as_str))
    }

    fn told(&self) -> String {
        format!("Kafka {}/{}", self.subject.namespace(), self.subject.name())
    }

    fn look(&self, finding: &mut Finding) {
        let (namespace, name) = (self.subject.namespace(), self.subject.name());
        let resource = "kafkas.kafka.strimzi.io";
        finding.look(command::yaml(namespace, resource, name));
        let selector = format!("strimzi.io/cluster={name}");
        finding.look(command::pods_with(namespace, &selector));
        finding.link("/docs/proai/components/kafka");
    }
}

fn not_ready(
    report: &mut Report,
    cluster: &Cluster,
    condition: &Explained,
    members: &[&Item<Pod>],
) {
    let title = format!("{} is not ready: {}", cluster.told(), said(condition));
    let finding = report.finding("BSQ-SVC-006", cluster.subject.clone(), title);
    finding.since(condition.last_transition_time);
    ready(finding, condition);
    let unready = members.iter().filter(|pod| !pods::is_ready(pod));
    for (index, pod) in unready.enumerate() {
        finding.caused_by(*pod);
        if index < MOST_SHOWN {
            finding.evidence_from(pod.read(), format!("pod {}", pod.name()), pods::told(pod));
        }
    }
    cluster.look(finding);
}

fn cannot_validate(
    report: &mut Report,
    cluster: &Cluster,
    condition: Option<&Explained>,
    tokens: &Tokens,
) {
    let state = if condition.is_some() {
        " is not ready and"
    } else {
        ""
    };
    let title = format!("{}{state} {}", cluster.told(), tokens.fault.told());
    let finding = report.finding("BSQ-SVC-007", cluster.subject.clone(), title);
    finding.since(
        tokens
            .since
            .or(condition.and_then(|it| it.last_transition_time)),
    );
    if let Some(condition) = condition {
        ready(finding, condition);
    }
    match tokens.read {
        Some(read) => {
            finding.evidence_from(read, format!("log of pod {}", tokens.pod), &tokens.line)
        }
        None => finding.evidence("status.conditions.message", &tokens.line),
    };
    if let Some(authority) = cluster.authority().filter(|it| !it.is_empty()) {
        finding.evidence("spec.kafka.listeners.authentication", authority);
        if let Some(service) = tokens::service(authority) {
            finding.caused_by(service);
        }
    }
    // Keycloak that is down, with those that depend on it.
    finding.caused_by_code("BSQ-DEP-003");
    cluster.look(finding);
    finding.advice("see whether the brokers reach the realm's keys, and whether issuer and clients are those of the realm");
    finding.link("/docs/runtime/components/keycloak");
}

fn ready(finding: &mut Finding, condition: &Explained) {
    finding.evidence(
        format!("status.conditions[{}]", condition.r#type),
        format!(
            "{} {}: {}",
            condition.status, condition.reason, condition.message
        ),
    );
}

fn said(condition: &Explained) -> &str {
    match (condition.message.as_str(), condition.reason.as_str()) {
        ("", "") => "Strimzi does not say why",
        ("", reason) => reason,
        (message, _) => message,
    }
}
