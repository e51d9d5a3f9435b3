//! Failed logins counted by kind, realm and client, from the log of Keycloak's namespaces.

use std::collections::BTreeMap;

use bsq_platform::lines;
use bsq_sdk::reads::{LogLine, LogPage};
use bsq_sdk::{Window, prelude::*};

use crate::Wishes;
use crate::event::{Event, Kind};
use crate::pod::{Pod, namespaces};
use crate::tell;

pub(crate) const SOURCE: &str = "logins";

/// Events that fail, and what brokers and directories say when they do. Case is ignored.
const WORDS: &[&str] = &[
    "LOGIN_ERROR",
    "CODE_TO_TOKEN_ERROR",
    "identity provider oauth callback",
    "javax.naming.CommunicationException",
];

/// Lines of one query, as in `check.toml`.
const LINES: usize = 500;

/// Whom failed logins of one kind have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) kind: Kind,
    pub(crate) realm: String,
    /// Empty where the client does not matter.
    pub(crate) client: String,
}

#[derive(Debug)]
pub(crate) struct Failures {
    pub(crate) read: u32,
    pub(crate) count: usize,
    first: u64,
    last: u64,
    /// The page held as many lines as it may, so there may be older ones.
    is_cut: bool,
    pub(crate) errors: BTreeMap<String, usize>,
    pub(crate) redirect: Option<String>,
    pub(crate) namespace: String,
    /// A pod that wrote it, where the store says so.
    pub(crate) pod: Option<String>,
}

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) groups: BTreeMap<Group, Failures>,
    /// Why a provider could not be asked, in the broker's or the directory client's own words, and the read of it.
    pub(crate) broker: Option<(u32, String)>,
}

pub(crate) fn tell(cx: &Context, report: &mut Report, wishes: &Wishes, pods: &[Item<Pod>]) {
    let mut tally = Tally::default();
    for namespace in namespaces(pods) {
        let query = cx
            .logs(SOURCE)
            .label("namespace", namespace)
            .containing(WORDS);
        // Without logs there are none to count; the host knows of a read that failed.
        if let Ok(page) = query.read() {
            tally.add(namespace, &page);
        }
    }
    tell::tell(cx, report, wishes, &tally);
}

impl Tally {
    /// Count the lines of a page, newest first.
    fn add(&mut self, namespace: &str, page: &LogPage) {
        for line in &page.lines {
            match Event::parse(&line.text) {
                Some(event) => self.count(namespace, page, line, &event),
                None if self.broker.is_none() && !line.text.contains("type=") => {
                    self.broker = Some((page.read, bsq_sdk::coreai::excerpt(&line.text)));
                }
                None => {}
            }
        }
    }

    fn count(&mut self, namespace: &str, page: &LogPage, line: &LogLine, event: &Event<'_>) {
        // Which client a user came from says nothing of a wrong password or of a provider that is down.
        let is_of_client = !matches!(event.kind, Kind::User | Kind::Provider);
        let group = Group {
            kind: event.kind,
            realm: event.realm.to_owned(),
            client: if is_of_client {
                event.client.to_owned()
            } else {
                String::new()
            },
        };
        let failures = self.groups.entry(group).or_insert_with(|| Failures {
            read: page.read,
            count: 0,
            first: line.time,
            last: line.time,
            is_cut: page.truncated || page.lines.len() >= LINES,
            errors: BTreeMap::new(),
            redirect: event.redirect.map(str::to_owned),
            namespace: namespace.to_owned(),
            pod: page.label(line, "pod").map(str::to_owned),
        });
        failures.count += 1;
        failures.first = failures.first.min(line.time);
        failures.last = failures.last.max(line.time);
        *failures.errors.entry(event.error.to_owned()).or_default() += 1;
    }
}

impl Failures {
    /// Whether they ended well before the window did.
    pub(crate) fn is_over(&self, window: Window) -> bool {
        lines::is_over(window, self.last)
    }

    /// When they began, if that lies within what was read.
    pub(crate) fn onset(&self, window: Window) -> Option<Timestamp> {
        lines::onset(window, self.first, self.is_cut)
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        lines::time(self.last)
    }
}
