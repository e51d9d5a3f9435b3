//! Certificates that have expired, or whose renewal is overdue.
//!
//! How many days a certificate has left says little: one that lives a day has always less than a week. cert-manager says
//! when it means to renew, and a renewal that is overdue is what fails.

use std::collections::BTreeMap;
use std::time::Duration;

use bsq_platform::command;
use bsq_sdk::reads::Metrics;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::store::{Store, own};
use crate::words;

/// Findings of one run: beyond this the issuer fails, which the first ones say too.
const MOST: usize = 30;

type Times = BTreeMap<(String, String), Timestamp>;

enum Fault {
    Expired,
    Overdue(Timestamp),
    Ends,
}

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let ends = store.instant("certificate-ends", &[]);
    let renewals = store.instant("certificate-renewals", &[]);
    let (times, renewals) = (times(&ends, store), times(&renewals, store));
    let mut faulty: Vec<_> = times
        .into_iter()
        .filter_map(|(name, end)| {
            let fault = fault(store.now(), end, renewals.get(&name).copied(), wishes)?;
            Some((end, name, fault))
        })
        .collect();
    faulty.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    for (end, (namespace, name), fault) in faulty.iter().take(MOST) {
        finding(
            store.now(),
            report,
            ends.read,
            (namespace, name),
            *end,
            fault,
        );
    }
    if faulty.len() > MOST {
        let more = words::count(faulty.len() - MOST, "certificate");
        report.attribute("left-out", format!("{more} as bad"));
    }
}

fn times(answer: &Metrics, store: &Store<'_>) -> Times {
    let of = |series: &bsq_sdk::reads::Series| {
        let name = (
            own(series, "namespace").to_owned(),
            series.label("name").to_owned(),
        );
        Some((name, words::moment(series.value()?)?))
    };
    let times = answer.series.iter().filter_map(of);
    times
        .filter(|((namespace, _), _)| store.is_in_scope(namespace))
        .collect()
}

fn fault(
    now: Timestamp,
    end: Timestamp,
    renewal: Option<Timestamp>,
    wishes: &Wishes,
) -> Option<Fault> {
    if end <= now {
        return Some(Fault::Expired);
    }
    match renewal {
        Some(renewal) => (past(now, renewal)? >= wishes.certificate_renewal_after)
            .then_some(Fault::Overdue(renewal)),
        None => (past(end, now)? <= wishes.certificate_ends_within).then_some(Fault::Ends),
    }
}

/// How long a moment has passed at another; absent where it is still to come.
fn past(at: Timestamp, moment: Timestamp) -> Option<Duration> {
    at.duration_since(moment).try_into().ok()
}

fn finding(
    now: Timestamp,
    report: &mut Report,
    read: u32,
    (namespace, name): (&str, &str),
    end: Timestamp,
    fault: &Fault,
) {
    let left = words::duration(
        past(end, now)
            .or_else(|| past(now, end))
            .unwrap_or_default(),
    );
    let title = match fault {
        Fault::Expired => format!("certificate {namespace}/{name} expired {left} ago"),
        Fault::Overdue(_) => format!(
            "certificate {namespace}/{name} is not renewed though it is due, and expires in {left}"
        ),
        Fault::Ends => format!("certificate {namespace}/{name} expires in {left}"),
    };
    let subject = ObjectRef::new("cert-manager.io/v1/Certificate", name)
        .in_namespace(namespace)
        .with_read(read);
    // What the objects say of the certificate is the same fact, with its reason.
    let same = subject.clone();
    let finding = report.finding("BSQ-METRIC-008", subject, title);
    finding.evidence("expires", end);
    match fault {
        Fault::Expired => {
            finding.severity(Severity::High).since(end);
        }
        Fault::Overdue(renewal) => {
            finding.evidence("renewal was due", renewal).since(*renewal);
        }
        Fault::Ends => {
            finding.severity(Severity::Low);
        }
    }
    finding.caused_by(same);
    finding.look(command::describe(namespace, "certificate", name));
    finding.look([
        "kubectl",
        "-n",
        namespace,
        "get",
        "certificaterequests,orders,challenges",
    ]);
    finding.link("/docs/runtime/ingress-and-routing-model");
}
