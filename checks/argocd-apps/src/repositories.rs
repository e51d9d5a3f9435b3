//! Faults of repositories, gathered over all applications: a wrong address, branch or password fails every application that
//! comes from there, and is one finding.

use std::collections::BTreeMap;

use bsq_platform::source::Origin;
use bsq_sdk::prelude::*;

use crate::causes;
use crate::fault::{Fault, source};
use crate::objects::{Application, Source};
use crate::tell;

/// What fails, by fault, address and revision.
#[derive(Default)]
pub(crate) struct Repositories<'a> {
    failing: BTreeMap<(Fault, String, String), Vec<Failing<'a>>>,
}

struct Failing<'a> {
    application: &'a Item<Application>,
    source: &'a Source,
    message: &'a str,
    since: Option<Timestamp>,
}

impl<'a> Repositories<'a> {
    pub(crate) fn add(
        &mut self,
        fault: Fault,
        application: &'a Item<Application>,
        message: &'a str,
        since: Option<Timestamp>,
    ) {
        if let Some(source) = source(application, message) {
            let revision = if fault == Fault::Revision {
                source.revision().to_owned()
            } else {
                String::new()
            };
            let failing = Failing {
                application,
                source,
                message,
                since,
            };
            self.failing
                .entry((fault, source.address(), revision))
                .or_default()
                .push(failing);
        }
    }

    pub(crate) fn tell(&self, report: &mut Report) {
        for ((fault, address, _), all) in &self.failing {
            let Some(first) = all.first() else { continue };
            let names: Vec<_> = all
                .iter()
                .map(|failing| failing.application.name())
                .collect();
            let title = format!(
                "{} ({})",
                fault.repository_title(first.source),
                tell::some(&names, "applications")
            );
            let subject =
                Named::new("repository", address.clone()).with_read(first.application.read());
            let finding = report.finding(fault.code(), subject, title);
            finding.since(all.iter().filter_map(|failing| failing.since).min());
            finding.evidence("status.conditions.message", first.message);
            for failing in all.iter().take(tell::MOST) {
                let source = failing.source;
                let value = format!("{} at {}", source.what(), source.revision());
                finding.evidence(
                    format!("spec.source of {}", failing.application.name()),
                    value,
                );
            }
            causes::unreadable(finding, first.source);
            finding.attribute("applications", names.join(","));
            finding.advice("compare with the repository address, branch, path and credentials that the deployment is configured with");
            tell::look(finding, first.application);
            finding.link("/docs/deployment/configuration-model");
        }
    }
}
