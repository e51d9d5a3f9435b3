//! Sources that Argo CD cannot read: one finding for each place, with everyone who reads it and what the others read.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::application::Condition;
use bsq_platform::fault::Fault;
use bsq_platform::source::{self, Origin};
use bsq_sdk::{Severity, prelude::*};

use crate::address;
use crate::expected::Expected;
use crate::fault;
use crate::objects::{Application, Source};
use crate::tell;

/// What fails, by fault and place.
pub(crate) struct Failing<'a> {
    places: BTreeMap<(Fault, String), Vec<Reader<'a>>>,
    all: &'a [Item<Application>],
}

/// An application that cannot be computed for its source.
struct Reader<'a> {
    application: &'a Item<Application>,
    source: &'a Source,
    condition: &'a Condition,
}

impl<'a> Failing<'a> {
    pub(crate) fn of(asked: &[&'a Item<Application>], all: &'a [Item<Application>]) -> Self {
        let mut places: BTreeMap<_, Vec<Reader<'a>>> = BTreeMap::new();
        for application in asked {
            let Some(condition) = application.comparison_error() else {
                continue;
            };
            let fault = fault::of(&condition.message);
            let source = source::meant(application.sources(), &condition.message);
            if let Some((fault, source)) = fault.zip(source) {
                let reader = Reader {
                    application,
                    source,
                    condition,
                };
                places
                    .entry((fault, fault::place(fault, source)))
                    .or_default()
                    .push(reader);
            }
        }
        Self { places, all }
    }

    /// Whether an application has its finding here.
    pub(crate) fn holds(&self, application: &Item<Application>) -> bool {
        self.places
            .values()
            .flatten()
            .any(|reader| is_same(reader.application, application))
    }

    pub(crate) fn tell(&self, report: &mut Report, expected: &Expected) {
        for ((fault, place), readers) in &self.places {
            if let Some(first) = readers.first() {
                self.place(report, expected, *fault, place, first, readers);
            }
        }
    }

    fn place(
        &self,
        report: &mut Report,
        expected: &Expected,
        fault: Fault,
        place: &str,
        first: &Reader<'_>,
        readers: &[Reader<'_>],
    ) {
        let names: Vec<_> = readers.iter().map(|it| it.application.name()).collect();
        let others = self.others(fault, first);
        let contrast = others.contrast(fault);
        let who = match names.as_slice() {
            [only] => format!("application {only} reads it"),
            all if all.len() == self.all.len() => format!("all {} applications read it", all.len()),
            several => format!("{} read it", tell::some(several)),
        };
        let title = format!("{}; {who}{contrast}", fault::title(fault, first.source));
        let subject = Named::new("source", place).with_read(first.application.read());
        let finding = report.finding(fault::code(fault), subject, title);
        // What Argo CD comes up with and cannot get any application from is the deployment's own setting.
        if readers.len() > 1 && readers.len() == self.all.len() {
            finding.severity(Severity::Critical);
        }
        let since = readers
            .iter()
            .filter_map(|it| it.condition.last_transition_time);
        finding.since(since.min());
        finding.evidence_from(
            first.application.read(),
            format!("status.conditions of {}", first.application.name()),
            &first.condition.message,
        );
        for reader in readers.iter().take(tell::MOST) {
            tell::source(finding, reader.application, reader.source);
        }
        if let Some((application, source)) = others.example() {
            tell::source(finding, application, source);
        }
        expected.compare(finding, first.source);
        finding.attribute("applications", names.join(","));
        advise(finding, fault, first.application.namespace());
        tell::look(finding, first.application.namespace());
    }

    /// Applications that read the same repository, and well.
    fn others(&self, fault: Fault, first: &Reader<'_>) -> Others<'a> {
        let sources = self.all.iter().flat_map(|application| {
            application
                .sources()
                .map(move |source| (application, source))
        });
        let well: Vec<_> = sources
            .filter(|(application, _)| application.comparison_error().is_none())
            .filter(|(_, source)| address::is_same(&source.repo_url, &first.source.repo_url))
            .collect();
        let apart = well.iter().copied();
        let apart = apart.filter(|(_, source)| !fault::is_shared(fault, first.source, source));
        Others {
            apart: apart.collect(),
            well,
        }
    }
}

/// The other readers of a repository.
struct Others<'a> {
    well: Vec<(&'a Item<Application>, &'a Source)>,
    /// Those of them that read another branch or path.
    apart: Vec<(&'a Item<Application>, &'a Source)>,
}

impl<'a> Others<'a> {
    /// What the others do, where that says what to write instead.
    fn contrast(&self, fault: Fault) -> String {
        let revisions: BTreeSet<_> = self.apart.iter().map(|(_, it)| it.revision()).collect();
        match (fault, revisions.len(), revisions.first()) {
            (Fault::Revision, 1, Some(revision)) => {
                format!("; {} more read {revision}", self.apart.len())
            }
            (Fault::Credentials | Fault::Unreachable | Fault::Repository, ..)
                if !self.well.is_empty() =>
            {
                format!(
                    "; {} more read it, as far as Argo CD has it in its cache",
                    self.well.len()
                )
            }
            _ => String::new(),
        }
    }

    fn example(&self) -> Option<(&'a Item<Application>, &'a Source)> {
        self.apart.first().or(self.well.first()).copied()
    }
}

fn advise(finding: &mut Finding, fault: Fault, namespace: &str) {
    match fault {
        Fault::Credentials => {
            finding.step(
                "the credentials that Argo CD has for repositories",
                [
                    "kubectl",
                    "-n",
                    namespace,
                    "get",
                    "secrets",
                    "-l",
                    "argocd.argoproj.io/secret-type in (repository, repo-creds)",
                ],
            );
        }
        Fault::Unreachable => {
            finding.step(
                "what the repository server of Argo CD says",
                [
                    "kubectl",
                    "-n",
                    namespace,
                    "logs",
                    "-l",
                    "app.kubernetes.io/name=argocd-repo-server",
                    "--tail=50",
                ],
            );
            finding.link("/docs/deployment/prerequirements");
        }
        Fault::Revision | Fault::Path | Fault::Repository => {}
    }
}

fn is_same(one: &Item<Application>, other: &Item<Application>) -> bool {
    (one.namespace(), one.name()) == (other.namespace(), other.name())
}
