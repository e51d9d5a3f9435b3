//! Looking names up and looking at what they show, from where the host runs. A place that answers nothing is asked no
//! further: each silent name costs a deadline.

use std::collections::{BTreeMap, BTreeSet};

use bsq_sdk::prelude::*;
use bsq_sdk::reads::Handshake;

use crate::Site;
use crate::hosts::{Host, Hosts, SecretName};
use crate::words::is_beside;

/// Names that are looked up: a look-up and perhaps a handshake each, within the check's time.
const MOST: usize = 200;

/// Answers that fail one after another before the rest is left.
const PATIENCE: usize = 3;

/// What a look-up said.
pub(crate) enum Lookup {
    Leads {
        addresses: BTreeSet<String>,
        read: u32,
        vantage: String,
    },
    Missing {
        read: Option<u32>,
    },
    /// Not asked, denied, or no answer: the host has it in the report.
    Unknown,
}

/// What a handshake said.
pub(crate) enum Shown {
    Chain(Handshake),
    /// An answer that is no TLS, or a refusal: a fact about the other side.
    Refused(Error),
    Unknown,
}

/// All that was asked, by host name.
#[derive(Default)]
pub(crate) struct Probed {
    pub(crate) lookups: BTreeMap<String, Lookup>,
    pub(crate) shown: BTreeMap<String, Shown>,
    /// Names beyond the most that are asked.
    pub(crate) left_out: usize,
}

impl Probed {
    pub(crate) fn look(cx: &Context, site: &Site, hosts: &Hosts) -> Self {
        let mut probed = Self::default();
        if !site.probe {
            return probed;
        }
        let mut patience = Patience::default();
        for (name, _) in hosts.iter().take(MOST) {
            let lookup = if patience.is_out() {
                Lookup::Unknown
            } else {
                patience.weigh(lookup(cx, name), |lookup| matches!(lookup, Lookup::Unknown))
            };
            probed.lookups.insert(name.to_owned(), lookup);
        }
        probed.left_out = hosts.len().saturating_sub(MOST);
        let mut patience = Patience::default();
        for name in probed.worth_a_handshake(hosts) {
            let shown = if patience.is_out() {
                Shown::Unknown
            } else {
                patience.weigh(handshake(cx, &name), |shown| {
                    matches!(shown, Shown::Unknown)
                })
            };
            probed.shown.insert(name, shown);
        }
        probed
    }

    /// The addresses of a name, where it leads somewhere.
    pub(crate) fn addresses(&self, name: &str) -> Option<&BTreeSet<String>> {
        match self.lookups.get(name)? {
            Lookup::Leads { addresses, .. } => Some(addresses),
            _ => None,
        }
    }

    /// Whether a name leads to the addresses of its own ingress.
    pub(crate) fn is_direct(&self, name: &str, host: &Host) -> bool {
        self.addresses(name)
            .is_some_and(|addresses| !addresses.is_disjoint(&host.addresses))
    }

    /// Whether a name leads past its ingress where another beside it does not: what is shown there is not out of the
    /// ingress's Secret. Where all of them do, something stands before the ingress and shows what that has.
    pub(crate) fn is_elsewhere(&self, name: &str, host: &Host, hosts: &Hosts) -> bool {
        let is_comparable = !host.addresses.is_empty() && !host.has_named_address;
        is_comparable
            && !self.is_direct(name, host)
            && hosts
                .iter()
                .any(|(other, host)| is_beside(name, other) && self.is_direct(other, host))
    }

    /// One name for each Secret, since all names of it show the same; those that do not lead to their ingress, and
    /// those without a Secret, each for itself.
    fn worth_a_handshake(&self, hosts: &Hosts) -> Vec<String> {
        let mut asked: BTreeSet<&SecretName> = BTreeSet::new();
        let mut names = Vec::new();
        for (name, host) in hosts.iter() {
            if !host.has_tls || !host.is_settled || self.addresses(name).is_none() {
                continue;
            }
            let is_new = host.secrets.iter().any(|secret| !asked.contains(secret));
            if is_new || host.secrets.is_empty() || !self.is_direct(name, host) {
                asked.extend(&host.secrets);
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// Counts failures in a row.
#[derive(Default)]
struct Patience(usize);

impl Patience {
    fn is_out(&self) -> bool {
        self.0 >= PATIENCE
    }

    fn weigh<T>(&mut self, answer: T, is_failure: impl FnOnce(&T) -> bool) -> T {
        self.0 = if is_failure(&answer) { self.0 + 1 } else { 0 };
        answer
    }
}

fn lookup(cx: &Context, name: &str) -> Lookup {
    match cx.resolve(name) {
        Ok(found) if found.addresses.is_empty() => Lookup::Missing {
            read: Some(found.read),
        },
        Ok(found) => Lookup::Leads {
            addresses: found.addresses.into_iter().collect(),
            read: found.read,
            vantage: found.vantage,
        },
        Err(error) if error.is_absent() => Lookup::Missing { read: error.read() },
        Err(_) => Lookup::Unknown,
    }
}

fn handshake(cx: &Context, name: &str) -> Shown {
    match cx.tls(name, 443) {
        Ok(handshake) => Shown::Chain(handshake),
        // Silence may be a wall between here and there; these answers come from the other side.
        Err(error) if matches!(error.cause(), Some("refused" | "reset" | "tls")) => {
            Shown::Refused(error)
        }
        Err(_) => Shown::Unknown,
    }
}
