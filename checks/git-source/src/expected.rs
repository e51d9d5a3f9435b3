//! What the site says its applications read, and which of them do not.
//!
//! The site's word is about the repository with the platform's manifests. Charts, and applications that come from a
//! repository of their own, are not what it speaks of.

use std::collections::BTreeMap;
use std::fmt;

use bsq_platform::source::{Origin, without_user};
use bsq_sdk::prelude::*;

use crate::objects::{Application, Source};
use crate::{Settings, address, tell};

/// The settings that are set.
pub(crate) struct Expected {
    repository: Option<String>,
    branch: Option<String>,
    path: Option<String>,
    /// The repository that branch and path are about.
    platform: Option<String>,
}

/// What differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    Repository,
    Branch,
    Path,
}

impl Expected {
    pub(crate) fn new(settings: &Settings, applications: &[Item<Application>]) -> Self {
        let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let repository = set(&settings.repository);
        Self {
            platform: repository.clone().or_else(|| most_read(applications)),
            repository,
            branch: set(&settings.branch),
            path: set(settings.path.trim_matches('/')),
        }
    }

    pub(crate) fn is_configured(&self) -> bool {
        self.repository.is_some() || self.branch.is_some() || self.path.is_some()
    }

    /// Tell who differs, and hand back who does not.
    pub(crate) fn tell<'a>(
        &self,
        report: &mut Report,
        applications: &[&'a Item<Application>],
    ) -> Vec<&'a Item<Application>> {
        let mut differing: BTreeMap<_, Vec<(&Item<Application>, &Source)>> = BTreeMap::new();
        let mut others = Vec::new();
        for application in applications {
            match self.difference(application, applications) {
                Some((difference, source)) => differing
                    .entry((difference, difference.place(source)))
                    .or_default()
                    .push((application, source)),
                None => others.push(*application),
            }
        }
        for ((difference, place), readers) in &differing {
            self.finding(report, *difference, place, readers);
        }
        others
    }

    fn difference<'a>(
        &self,
        application: &'a Application,
        all: &[&Item<Application>],
    ) -> Option<(Difference, &'a Source)> {
        let of_platform = |source: &&Source| {
            self.platform
                .as_ref()
                .is_some_and(|platform| address::is_same(platform, &source.repo_url))
        };
        let Some(source) = application.git_sources().find(of_platform) else {
            return self.elsewhere(application, all);
        };
        let branch = self
            .branch
            .as_deref()
            .filter(|branch| *branch != source.revision());
        let path = self
            .path
            .as_deref()
            .filter(|path| !source.is_reference() && !is_within(source.folder(), path));
        match (branch, path) {
            (Some(_), _) => Some((Difference::Branch, source)),
            (None, Some(_)) => Some((Difference::Path, source)),
            (None, None) => None,
        }
    }

    /// Reads none of the expected repository. That is a difference only where it reads a folder that others of its kind
    /// have there: the platform's own applications moved to a copy, not a team's in its own repository.
    fn elsewhere<'a>(
        &self,
        application: &'a Application,
        all: &[&Item<Application>],
    ) -> Option<(Difference, &'a Source)> {
        self.repository.as_ref()?;
        let source = application.git_sources().next()?;
        let expected = self.platform.as_deref()?;
        let copies = repository_name(&source.repo_url) == repository_name(expected);
        let nobody = !all
            .iter()
            .flat_map(|it| it.git_sources())
            .any(|it| address::is_same(expected, &it.repo_url));
        (copies || nobody).then_some((Difference::Repository, source))
    }

    fn finding(
        &self,
        report: &mut Report,
        difference: Difference,
        place: &str,
        readers: &[(&Item<Application>, &Source)],
    ) {
        let Some((first, source)) = readers.first() else {
            return;
        };
        let names: Vec<_> = readers.iter().map(|(it, _)| it.name()).collect();
        let who = tell::some(&names);
        let reads = if names.len() == 1 { "reads" } else { "read" };
        let address = source.address();
        let (code, title) = match difference {
            Difference::Repository => (
                "BSQ-GIT-001",
                format!(
                    "{who} {reads} {address}, not {}",
                    told(self.repository.as_ref())
                ),
            ),
            Difference::Branch => (
                "BSQ-GIT-002",
                format!(
                    "{who} {reads} {} of {address}, not {}",
                    source.revision(),
                    told(self.branch.as_ref())
                ),
            ),
            Difference::Path => (
                "BSQ-GIT-003",
                format!(
                    "{who} {reads} {} of {address}, not one in {}",
                    source.what(),
                    told(self.path.as_ref())
                ),
            ),
        };
        let subject = Named::new("source", place).with_read(first.read());
        let finding = report.finding(code, subject, title);
        for (application, source) in readers.iter().take(tell::MOST) {
            tell::source(finding, application, source);
        }
        self.compare(finding, source);
        finding.attribute("applications", names.join(","));
        tell::look(finding, first.namespace());
    }

    /// The site's word as evidence, where it differs.
    pub(crate) fn compare(&self, finding: &mut Finding, source: &Source) {
        if let Some(repository) = &self.repository
            && !address::is_same(repository, &source.repo_url)
        {
            finding.evidence("settings.repository", without_user(repository));
        }
        if let Some(branch) = &self.branch
            && source.is_git()
            && branch != source.revision()
        {
            finding.evidence("settings.branch", branch);
        }
        if let Some(path) = &self.path
            && source.is_git()
            && !is_within(source.folder(), path)
        {
            finding.evidence("settings.path", path);
        }
    }
}

impl Difference {
    /// As narrow as what differs.
    fn place(self, source: &Source) -> String {
        match self {
            Self::Repository => source.address(),
            Self::Branch => source.at_revision(),
            Self::Path => source.at_path(),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repository = self.repository.as_deref().map(without_user);
        let parts = [
            repository.map(|it| format!("of {it}")),
            self.branch.as_ref().map(|it| format!("at {it}")),
            self.path.as_ref().map(|it| format!("in {it}")),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        write!(f, "{} as configured", parts.join(" "))
    }
}

/// Where the site names no repository, its word is about the one that most applications read.
fn most_read(applications: &[Item<Application>]) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for source in applications.iter().flat_map(|it| it.git_sources()) {
        match counts
            .iter_mut()
            .find(|(known, _)| address::is_same(known, &source.repo_url))
        {
            Some((_, count)) => *count += 1,
            None => counts.push((&source.repo_url, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    let mut leading = counts.iter().filter(|(_, count)| *count == most);
    // Two that are read as often are both, or neither.
    match (leading.next(), leading.next()) {
        (Some((address, _)), None) => Some((*address).to_owned()),
        _ => None,
    }
}

fn is_within(folder: &str, expected: &str) -> bool {
    folder == expected
        || folder
            .strip_prefix(expected)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn repository_name(url: &str) -> String {
    let url = url.trim_end_matches('/').to_lowercase();
    let url = url.strip_suffix(".git").unwrap_or(&url);
    url.rsplit(['/', ':']).next().unwrap_or(url).to_owned()
}

fn told(text: Option<&String>) -> String {
    text.map(|text| without_user(text)).unwrap_or_default()
}
