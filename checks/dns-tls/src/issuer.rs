//! Issuers that certificates name: one that is not ready, or is not there, is the cause for all certificates of it.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::condition::{self, Explained, State};
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::Site;
use crate::objects::{Certificate, ClusterIssuer, Issuer};
use crate::words::excerpt;

/// Certificates that one finding names; the rest is a number.
const MOST: usize = 10;

const GROUP: &str = "cert-manager.io";

/// Kind, namespace (empty for one of the cluster) and name.
type Key = (String, String, String);

struct Known {
    subject: ObjectRef,
    read: u32,
    created: Option<Timestamp>,
    ready: Option<Explained>,
}

/// The issuers of a kind are absent where they may not be read.
struct Issuers {
    namespaced: Option<Vec<Known>>,
    cluster: Option<Vec<Known>>,
}

/// Tell issuers that fail; the answer holds them as causes.
pub(crate) fn tell(
    cx: &Context,
    report: &mut Report,
    site: &Site,
    certificates: &[Item<Certificate>],
) -> BTreeSet<ObjectRef> {
    let mut users: BTreeMap<Key, Vec<&Item<Certificate>>> = BTreeMap::new();
    for certificate in certificates {
        if let Some(key) = key(certificate) {
            users.entry(key).or_default().push(certificate);
        }
    }
    let mut failing = BTreeSet::new();
    if users.is_empty() {
        return failing;
    }
    let issuers = Issuers::read(cx);
    for (key, users) in users {
        match issuers.find(&key) {
            Some(Ok(known)) if known.fails(cx, site) => {
                not_ready(report, known, &users);
                failing.insert(reference(&key));
            }
            Some(Err(()))
                if users
                    .iter()
                    .any(|user| site.is_settled(cx.now(), user.created())) =>
            {
                not_there(report, &key, &users);
                failing.insert(reference(&key));
            }
            _ => {}
        }
    }
    failing
}

/// The issuer that a certificate names, as a cause; absent for issuers of other makers.
pub(crate) fn of(certificate: &Item<Certificate>) -> Option<ObjectRef> {
    key(certificate).map(|key| reference(&key))
}

fn key(certificate: &Item<Certificate>) -> Option<Key> {
    let issuer = &certificate.spec.issuer_ref;
    let is_own = issuer.group.is_empty() || issuer.group == GROUP;
    let (kind, namespace) = match issuer.kind.as_str() {
        "" | "Issuer" => ("Issuer", certificate.namespace()),
        "ClusterIssuer" => ("ClusterIssuer", ""),
        _ => return None,
    };
    is_own.then(|| (kind.to_owned(), namespace.to_owned(), issuer.name.clone()))
}

fn reference((kind, namespace, name): &Key) -> ObjectRef {
    ObjectRef::new(&format!("{GROUP}/v1/{kind}"), name).in_namespace(namespace)
}

impl Issuers {
    fn read(cx: &Context) -> Self {
        let namespaced = cx.list::<Issuer>().ok().map(|issuers| {
            let known = issuers
                .iter()
                .map(|issuer| Known::new(issuer, &issuer.status.conditions));
            known.collect()
        });
        let cluster = cx.list::<ClusterIssuer>().ok().map(|issuers| {
            let known = issuers
                .iter()
                .map(|issuer| Known::new(issuer, &issuer.status.conditions));
            known.collect()
        });
        Self {
            namespaced,
            cluster,
        }
    }

    /// Nothing where the kind may not be read; an error where the issuer is not among those that were read.
    fn find(&self, (kind, namespace, name): &Key) -> Option<Result<&Known, ()>> {
        let known = match kind.as_str() {
            "Issuer" => self.namespaced.as_ref()?,
            _ => self.cluster.as_ref()?,
        };
        let found = known
            .iter()
            .find(|known| known.subject.namespace() == namespace && known.subject.name() == name);
        Some(found.ok_or(()))
    }
}

impl Known {
    fn new<T: bsq_sdk::object::Kind>(issuer: &Item<T>, conditions: &[Explained]) -> Self {
        Self {
            subject: issuer.reference(),
            read: issuer.read(),
            created: issuer.created(),
            ready: condition::find(conditions, "Ready").cloned(),
        }
    }

    fn fails(&self, cx: &Context, site: &Site) -> bool {
        match &self.ready {
            Some(ready) => {
                !ready.is_true() && site.is_settled(cx.now(), ready.last_transition_time)
            }
            None => site.is_settled(cx.now(), self.created),
        }
    }
}

fn not_ready(report: &mut Report, issuer: &Known, users: &[&Item<Certificate>]) {
    let (why, since) = match &issuer.ready {
        Some(ready) if ready.message.is_empty() => {
            (ready.reason.clone(), ready.last_transition_time)
        }
        Some(ready) => (excerpt(&ready.message), ready.last_transition_time),
        None => (
            "cert-manager has not looked at it".to_owned(),
            issuer.created,
        ),
    };
    let title = format!("{} is not ready: {why}", issuer.subject);
    let finding = report.finding("BSQ-TLS-008", issuer.subject.clone(), title);
    finding.since(since);
    let told = issuer
        .ready
        .as_ref()
        .map_or_else(|| "no condition".to_owned(), Explained::told);
    finding.evidence_from(issuer.read, "status.conditions[Ready]", told);
    named_by(finding, users);
    look(finding, &issuer.subject, "describe");
}

fn not_there(report: &mut Report, key: &Key, users: &[&Item<Certificate>]) {
    let Some(first) = users.first() else { return };
    let subject = reference(key).with_read(first.read());
    let title = format!(
        "{subject} does not exist, {} it",
        match users.len() {
            1 => format!("certificate {} names", full_name(first)),
            count => format!("{count} certificates name"),
        }
    );
    let finding = report.finding("BSQ-TLS-008", subject.clone(), title);
    finding.since(users.iter().filter_map(|user| user.created()).min());
    named_by(finding, users);
    look(finding, &subject, "get");
}

fn named_by(finding: &mut Finding, users: &[&Item<Certificate>]) {
    for user in users.iter().take(MOST) {
        finding.evidence_from(
            user.read(),
            "spec.issuerRef of certificate",
            full_name(user),
        );
    }
    finding.evidence("certificates", users.len());
}

fn look(finding: &mut Finding, subject: &ObjectRef, verb: &str) {
    let resource = format!("{}s.{GROUP}", subject.kind().to_ascii_lowercase());
    let mut command = vec!["kubectl"];
    if !subject.namespace().is_empty() {
        command.extend(["-n", subject.namespace()]);
    }
    command.extend([verb, &resource]);
    if verb == "describe" {
        command.push(subject.name());
    }
    finding.look(command);
    finding.link("/docs/runtime/runtime-security-model");
}
