//! A condition that holds, as a finding.

use bsq_sdk::prelude::*;

use crate::decision::Condition;
use crate::facts::Platform;

/// Facts that a finding shows: they are findings of their own, so the rest is in the report anyway.
const MOST: usize = 10;

pub(crate) fn tell(report: &mut Report, platform: &Platform<'_>, condition: &Condition) {
    let (kind, name) = &condition.subject;
    let subject = Named::new(*kind, name.as_str());
    let finding = report.finding(condition.code, subject, &condition.title);
    finding.since(condition.since);
    for (source, fact) in condition.facts.iter().take(MOST) {
        finding.evidence(source.as_str(), fact);
    }
    if condition.facts.len() > MOST {
        finding.attribute(
            "left-out",
            format!("{} facts", condition.facts.len() - MOST),
        );
    }
    let incomplete = platform.own.incomplete();
    if !incomplete.is_empty() {
        finding.attribute("incomplete", incomplete.join(", "));
    }
    finding.step(
        "hand over a recording, which replays without the cluster",
        ["bsq-host", "run", "--record", "incident.bsqrec"],
    );
    for one in &condition.hand_over {
        finding.step(one.text, one.command);
    }
    finding.link(condition.page);
    finding.link("/docs/troubleshooting");
}
