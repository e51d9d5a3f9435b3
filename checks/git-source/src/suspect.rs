//! A source that stands apart from all its siblings, where nobody says what is expected and an application is not well.
//!
//! Siblings have the same parent: the ApplicationSet that made them, the application that lists them, else the project.

use std::collections::BTreeSet;

use bsq_platform::application::tracked_by;
use bsq_platform::source::Origin;
use bsq_sdk::prelude::*;

use crate::address;
use crate::objects::{Application, Source};
use crate::tell;

/// Fewer than this have nothing in common but chance.
const SIBLINGS: usize = 2;
/// A path has more ways to differ by nature than a branch has.
const SIBLINGS_FOR_PATH: usize = 3;

pub(crate) fn tell(
    report: &mut Report,
    application: &Item<Application>,
    all: &[Item<Application>],
) {
    if !application.is_unwell() {
        return;
    }
    let siblings: Vec<_> = all
        .iter()
        .filter(|other| is_sibling(application, other))
        .collect();
    for source in application.git_sources() {
        let same: Vec<_> = siblings
            .iter()
            .filter_map(|sibling| {
                let same = |it: &&Source| address::is_same(&it.repo_url, &source.repo_url);
                Some((*sibling, sibling.git_sources().find(same)?))
            })
            .collect();
        let said =
            revision(application, source, &same).or_else(|| path(application, source, &same));
        if let Some((code, title)) = said {
            let place = if code == PATH {
                source.at_path()
            } else {
                source.at_revision()
            };
            let subject = Named::new("source", place).with_read(application.read());
            let finding = report.finding(code, subject, title);
            tell::source(finding, application, source);
            for (sibling, source) in same.iter().take(tell::MOST) {
                tell::source(finding, sibling, source);
            }
            finding.evidence("status.sync.status", &application.status.sync.status);
            finding.evidence("status.health.status", &application.status.health.status);
            tell::look(finding, application.namespace());
            return;
        }
    }
}

const REVISION: &str = "BSQ-GIT-002";
const PATH: &str = "BSQ-GIT-003";

type Sibling<'a> = (&'a Item<Application>, &'a Source);

fn revision(
    application: &Item<Application>,
    source: &Source,
    siblings: &[Sibling<'_>],
) -> Option<(&'static str, String)> {
    let revisions: BTreeSet<_> = siblings.iter().map(|(_, it)| it.revision()).collect();
    let common = revisions.first().filter(|_| revisions.len() == 1)?;
    let own = source.revision();
    // HEAD is some branch, and mostly the one that the others name.
    if siblings.len() < SIBLINGS || own == *common || own == "HEAD" || *common == "HEAD" {
        return None;
    }
    let title = format!(
        "application {} is not well and reads {own}, while its {} siblings read {common}",
        application.name(),
        siblings.len()
    );
    Some((REVISION, title))
}

/// All siblings' paths name the application and end alike (`apps/NAME/overlays/prod`): one that does not stands apart.
fn path(
    application: &Item<Application>,
    source: &Source,
    siblings: &[Sibling<'_>],
) -> Option<(&'static str, String)> {
    let tails: BTreeSet<_> = siblings
        .iter()
        .map(|(sibling, it)| after_name(sibling.name(), it.folder()))
        .collect();
    let common = tails
        .first()
        .copied()
        .flatten()
        .filter(|_| tails.len() == 1)?;
    let own = after_name(application.name(), source.folder());
    if siblings.len() < SIBLINGS_FOR_PATH || own == Some(common) || source.is_reference() {
        return None;
    }
    let form = if common.is_empty() {
        "NAME".to_owned()
    } else {
        format!("NAME/{common}")
    };
    let title = format!(
        "application {} is not well and reads path {}, while the paths of its {} siblings end in {form}",
        application.name(),
        source.folder(),
        siblings.len()
    );
    Some((PATH, title))
}

/// What follows the segment of a path that is the application's name.
fn after_name<'a>(name: &str, folder: &'a str) -> Option<&'a str> {
    let mut rest = folder;
    loop {
        let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
        if segment == name {
            return Some(after);
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

fn is_sibling(application: &Item<Application>, other: &Item<Application>) -> bool {
    (application.namespace(), application.name()) != (other.namespace(), other.name())
        && parent(application) == parent(other)
}

/// What made an application.
#[derive(PartialEq, Eq)]
enum Parent<'a> {
    Owner(&'a str),
    Application(&'a str),
    Project(&'a str),
}

fn parent(application: &Item<Application>) -> Parent<'_> {
    let metadata = &application.metadata;
    let made_by = tracked_by(&metadata.annotations.tracking_id, &metadata.labels.instance);
    match (application.owner(), made_by) {
        (Some(owner), _) => Parent::Owner(&owner.uid),
        (None, Some(name)) => Parent::Application(name),
        (None, None) => Parent::Project(&application.spec.project),
    }
}

#[cfg(test)]
mod tests {
    use super::after_name;

    #[test]
    fn what_follows_the_name_is_the_overlay() {
        for (folder, tail) in [
            ("apps/minio/overlays/prod", Some("overlays/prod")),
            ("iam/minio", Some("")),
            ("minio", Some("")),
            ("apps/minio-next", None),
            ("", None),
        ] {
            assert_eq!(after_name("minio", folder), tail, "{folder}");
        }
    }
}
