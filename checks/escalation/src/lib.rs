//! Whether to escalate: the four conditions of the guide, decided from what the other checks found.
//!
//! ```text
//! results ─► facts by environment ─► layers · areas · infrastructure · environments ─► met, not met or undecided
//! ```
//!
//! A condition that holds is a finding that names the facts and what to hand over; it raises no alarm beyond theirs. One
//! that does not hold says so only if everything that could have said otherwise is known.

mod areas;
mod decision;
mod environments;
mod facts;
mod infrastructure;
mod layers;
mod tell;

use bsq_sdk::prelude::*;

use decision::Decision;
use facts::Platform;

/// The site's word on what is much.
#[derive(Settings)]
struct Wishes {
    failing_from: String,
    layers: usize,
    argocd_checks: Vec<String>,
    ingress_checks: Vec<String>,
    observability_checks: Vec<String>,
    observability_layers: Vec<String>,
    infrastructure_kinds: Vec<String>,
    infrastructure_codes: Vec<String>,
    infrastructure_share: usize,
    same_findings: usize,
}

/// Nothing here is for more than first-line troubleshooting.
///
/// # Errors
///
/// A setting of another type, or a severity that does not exist.
#[correlate]
pub fn is_for_first_line(cx: &Context, results: &[CheckResult]) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let report = Report::new("none of the guide's four conditions for escalation holds");
    let Some(platform) = Platform::of(cx, results, &wishes.failing_from)? else {
        return report.not_applicable("no other check ran");
    };
    let decisions = [
        ("several layers at once", layers::decide(&platform, &wishes)),
        (
            "Argo CD, ingress and observability",
            areas::decide(&platform, &wishes),
        ),
        ("infrastructure", infrastructure::decide(&platform, &wishes)),
        (
            "several environments",
            environments::decide(&platform, &wishes),
        ),
    ];
    conclude(report, &platform, decisions)
}

fn conclude(
    mut report: Report,
    platform: &Platform<'_>,
    decisions: [(&str, Decision); 4],
) -> Result<Report> {
    let (mut unknown, mut undecided, mut met) = (Vec::new(), Vec::new(), Vec::new());
    for (name, decision) in decisions {
        report.attribute(name, decision.word());
        match decision {
            Decision::Met(condition) => {
                tell::tell(&mut report, platform, &condition);
                met.push(name);
            }
            Decision::NotMet(_) => {}
            Decision::Unknown(why) => unknown.push(format!("{name}: {why}")),
            Decision::Undecided(why) => undecided.push(format!("{name}: {why}")),
        }
    }
    if !met.is_empty() {
        let incomplete = platform.own.incomplete();
        if !incomplete.is_empty() {
            // What holds by what is known may rest on causes that are not known to be one.
            return report.unknown(format!("not all is known from {}", incomplete.join(", ")));
        }
        if !unknown.is_empty() {
            return report.unknown(unknown.join("; "));
        }
        let but = match undecided.as_slice() {
            [] => String::new(),
            open => format!("; not decided: {}", open.join("; ")),
        };
        report.summary(format!("escalate: {}{but}", met.join(", ")));
        return report.pass();
    }
    if !unknown.is_empty() {
        return report.unknown(format!("not decided: {}", unknown.join("; ")));
    }
    if !undecided.is_empty() {
        return report.inconclusive(format!("not decided: {}", undecided.join("; ")));
    }
    report.pass()
}
