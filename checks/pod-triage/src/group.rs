//! Troubles of one cause, as one finding.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::clue::{self, Clue};
use crate::objects::Pod;
use crate::owner;
use crate::trouble::{LogWish, Trouble};

/// As many pod names as a finding carries; the count says the rest.
const MOST_NAMES: usize = 20;

/// Seconds.
const TOGETHER: i64 = 60;

/// Troubles of one cause; the one that began first speaks for all.
pub(crate) struct Group<'a> {
    first: Trouble<'a>,
    pods: Vec<&'a Item<Pod>>,
    clue: Option<(u32, Clue)>,
}

/// Put troubles of one cause together, in the order of namespaces and names.
pub(crate) fn of(troubles: Vec<Trouble<'_>>) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, String), Vec<Trouble<'_>>> = BTreeMap::new();
    for trouble in troubles {
        groups
            .entry((trouble.code, trouble.key.clone()))
            .or_default()
            .push(trouble);
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().filter_map(Group::new).collect();
    groups.sort_by(|one, other| one.place().cmp(&other.place()));
    groups
}

/// Who speaks first: by time, and among those that began together by name, so that it is the same one in every run.
///
/// What began within a minute of the first began with it: kubelets write whole seconds, and which of two pods was noticed
/// first is chance. Those without a time come last.
fn rank<'a>(
    trouble: &Trouble<'a>,
    began: Option<Timestamp>,
) -> (bool, Option<Timestamp>, &'a str, &'a str) {
    let is_with_first = |since: Timestamp| {
        began.is_some_and(|began| since.as_second() < began.as_second().saturating_add(TOGETHER))
    };
    let later = trouble.since.filter(|since| !is_with_first(*since));
    let (namespace, name) = (trouble.pod.namespace(), trouble.pod.name());
    (trouble.since.is_none(), later, namespace, name)
}

impl<'a> Group<'a> {
    fn new(mut troubles: Vec<Trouble<'a>>) -> Option<Self> {
        let began = troubles.iter().filter_map(|trouble| trouble.since).min();
        troubles.sort_by(|one, other| rank(one, began).cmp(&rank(other, began)));
        let pods: BTreeMap<_, _> = troubles
            .iter()
            .map(|trouble| ((trouble.pod.namespace(), trouble.pod.name()), trouble.pod))
            .collect();
        let first = troubles.into_iter().next()?;
        Some(Self {
            first: Trouble {
                since: began,
                ..first
            },
            pods: pods.into_values().collect(),
            clue: None,
        })
    }

    fn place(&self) -> (&str, &str) {
        (self.first.pod.namespace(), self.first.pod.name())
    }

    /// Read the log that may say why. What cannot be read leaves the finding as it is.
    pub(crate) fn read_log(&mut self, cx: &Context) {
        let (pod, container) = (self.first.pod, self.first.container);
        let Some(container) = container else { return };
        let log = || cx.pod_log(pod.namespace(), pod.name()).container(container);
        let answer = match self.first.log {
            LogWish::None => return,
            LogWish::Current => log().read(),
            LogWish::Previous => match log().previous().read() {
                Ok(previous) if previous.lines().next().is_some() => Ok(previous),
                Err(error) if !error.is_absent() => Err(error),
                _ => log().read(),
            },
        };
        if let Ok(answer) = answer {
            self.clue = clue::find(answer.lines()).map(|clue| (answer.read, clue));
        }
    }

    pub(crate) fn wants_log(&self) -> bool {
        self.first.log != LogWish::None && self.first.container.is_some()
    }

    /// Whose log it would be.
    pub(crate) fn namespace(&self) -> &str {
        self.first.pod.namespace()
    }

    /// Write the finding.
    pub(crate) fn report(self, report: &mut Report) {
        let title = self.title();
        let Self { first, pods, clue } = self;
        let code = clue
            .as_ref()
            .and_then(|(_, clue)| clue.code)
            .unwrap_or(first.code);
        let owner = owner::of(first.pod);
        let finding = report.finding(code, first.pod, title);
        finding.since(first.since);
        if let Some(severity) = first.severity.filter(|_| code == first.code) {
            finding.severity(severity);
        }
        if owner.kind != "Pod" {
            finding.owned_by(owner.kind, owner.name);
        }
        if let Some(container) = first.container {
            finding.container(container);
        }
        for fact in &first.evidence {
            finding.evidence_from(fact.read, &fact.source, &fact.value);
        }
        if let Some((read, clue)) = &clue {
            finding.evidence_from(*read, "log", &clue.line);
        }
        if code == "BSQ-POD-007" {
            for claim in first.pod.claims() {
                finding.evidence("spec.volumes.persistentVolumeClaim.claimName", claim);
                finding.look(command::describe(first.pod.namespace(), "pvc", claim));
            }
        }
        for (text, command) in &first.steps {
            finding.step(text, command);
        }
        for (name, value) in &first.attributes {
            finding.attribute(*name, value);
        }
        for (code, cause) in first.causes {
            match code {
                Some(code) => finding.caused_by_finding(code, cause),
                None => finding.caused_by(cause),
            };
        }
        if pods.len() > 1 {
            finding.attribute("count", pods.len());
            finding.attribute("pods", names(&pods));
        }
    }

    /// `data/postgresql-0 cannot start: no space left on device`.
    fn title(&self) -> String {
        let said = match &self.clue {
            Some((
                _,
                Clue {
                    what: Some(what), ..
                },
            )) => told(&self.first.title, what),
            _ => self.first.title.clone(),
        };
        let (namespace, name) = self.place();
        let workloads: BTreeSet<_> = self
            .pods
            .iter()
            .map(|pod| {
                let owner = owner::of(pod);
                (pod.namespace(), owner.kind, owner.name)
            })
            .collect();
        match (self.pods.len(), workloads.len(), workloads.first()) {
            (0 | 1, ..) => format!("{namespace}/{name} {said}"),
            (count, 1, Some((namespace, kind, owner))) => {
                format!("each of {count} pods of {kind} {namespace}/{owner} {said}")
            }
            (count, workloads, _) => format!(
                "each of {count} pods of {workloads} workloads ({namespace}/{name}, …) {said}"
            ),
        }
    }
}

/// The title with what the log says in place of the bare exit code.
fn told(title: &str, what: &str) -> String {
    let Some((before, exit)) = title.split_once("ends again and again: ") else {
        return format!("{title}: {what}");
    };
    if what == clue::VOLUME_FULL {
        return format!("{before}cannot start: {what}");
    }
    let exit = exit.split(' ').take(2).collect::<Vec<_>>().join(" ");
    format!("{before}ends again and again: {what} ({exit})")
}

fn names(pods: &[&Item<Pod>]) -> String {
    let mut names: Vec<String> = pods
        .iter()
        .take(MOST_NAMES)
        .map(|pod| format!("{}/{}", pod.namespace(), pod.name()))
        .collect();
    if pods.len() > MOST_NAMES {
        names.push(format!("and {} more", pods.len() - MOST_NAMES));
    }
    names.join(", ")
}
