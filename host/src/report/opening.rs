//! The first sentences of a report: what fails, how far it reaches, and what the cause seems to be.

use std::collections::BTreeSet;

use super::folded::{Folded, is_failing};
use super::model::{Extent, ExtentKind, Finding, Run, Verdict};
use super::page::Tone;
use super::words;
use crate::manifest::Layer;

/// Names of namespaces or applications that a sentence can carry; beyond it, their number says more.
const NAMES: usize = 3;

/// One paragraph and its tone.
pub(super) fn opening(run: &Run, folded: &[Folded<'_>]) -> (Tone, String) {
    let failing: Vec<&Folded<'_>> = folded.iter().filter(|one| one.is_failing()).collect();
    let Some(reach) = &run.extent else {
        return without_failure(run);
    };
    let findings: Vec<&Finding> = failing
        .iter()
        .flat_map(|one| one.all())
        .filter(|finding| is_failing(finding))
        .collect();
    let mut text = format!("Failing: {}.", extent(reach));
    let layers = layers(&findings);
    match layers.first() {
        Some(only) if layers.len() == 1 => {
            text.push_str(&format!(" The layer is {}", words::layer(*only)));
        }
        _ => text.push_str(&format!(" {} layers are affected", layers.len())),
    }
    text.push_str(&format!("; {}.", cause(run, &failing)));
    (Tone::Bad, text)
}

/// The layers of findings that fail, lowest first.
pub(super) fn layers(findings: &[&Finding]) -> BTreeSet<Layer> {
    findings.iter().map(|finding| finding.layer).collect()
}

fn without_failure(run: &Run) -> (Tone, String) {
    let of = |verdict| run.checks.iter().filter(move |row| row.verdict == verdict);
    let failed = of(Verdict::Fail).count();
    if failed > 0 {
        let checks = words::count(failed, "check");
        return (
            Tone::Bad,
            format!("Failing: {checks}, without a finding that says where."),
        );
    }
    let warned = of(Verdict::Warn).count();
    let mut text = match warned {
        0 => "No failure found".to_owned(),
        _ => {
            let checks = words::count(warned, "check");
            format!("No failure found; {checks} saw something to look at")
        }
    };
    let unknown = run.checks.iter().filter(|row| !row.complete).count();
    if unknown > 0 || !run.complete {
        let rows = words::count(unknown, "check");
        text.push_str(&format!(
            ", but not all is known: {rows} gave no whole answer."
        ));
        return (Tone::Warning, text);
    }
    let passed = of(Verdict::Pass).count();
    match (warned, passed) {
        (0, 0) => (
            Tone::Plain,
            format!("{text}: no check had anything to look at."),
        ),
        (0, passed) => (
            Tone::Good,
            format!("{text}: {} passed.", words::count(passed, "check")),
        ),
        _ => (Tone::Warning, format!("{text}.")),
    }
}

fn cause(run: &Run, failing: &[&Folded<'_>]) -> String {
    let Some(first) = failing.first() else {
        return String::new();
    };
    let name = words::subject(&first.root.subject);
    let since = first
        .since
        .map(|since| format!(", since {}", words::moment(since, &run.time)))
        .unwrap_or_default();
    match failing.len() {
        1 if first.consequences.is_empty() => format!("it is {name}{since}"),
        1 => format!("the cause seems to be one: {name}{since}"),
        more => format!("there seem to be {more} separate causes, the first {name}{since}"),
    }
}

/// One application, one service, one namespace, one environment, or the platform.
fn extent(extent: &Extent) -> String {
    let kind = match extent.kind {
        ExtentKind::Application => "application",
        ExtentKind::Service => "service",
        ExtentKind::Namespace => "namespace",
        ExtentKind::Environment => "environment",
        ExtentKind::Platform => return "the platform".to_owned(),
        ExtentKind::Thing => {
            return match extent.names.as_slice() {
                [only] => format!("one {only}"),
                few if few.len() <= NAMES => few.join(", "),
                names => words::count(names.len(), "thing"),
            };
        }
    };
    several(kind, &extent.names)
}

fn several(kind: &str, names: &[String]) -> String {
    let listed: Vec<&str> = names.iter().map(String::as_str).take(NAMES).collect();
    let listed = listed.join(", ");
    match names.len() {
        1 => format!("one {kind}, {listed}"),
        more if more <= NAMES => format!("{more} {kind}s, {listed}"),
        more => format!("{more} {kind}s, {listed} and {} more", more - NAMES),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::folded::fold;
    use crate::report::testing::{FindingBuilder, finding, named, pod, report, row};

    fn said(findings: impl IntoIterator<Item = FindingBuilder>) -> String {
        let report = report([row("x").findings(findings)]);
        let run = report.runs.first().unwrap();
        opening(run, &fold(run)).1
    }

    #[test]
    fn the_first_word_says_how_far_it_reaches() {
        let at = |name: &str, subject| finding(name, "A").subject(subject);
        for (findings, begin) in [
            (
                vec![at("a", pod("data", "pg-0", Some(("StatefulSet", "pg"))))],
                "Failing: one service, data/pg.",
            ),
            (
                vec![
                    at("a", pod("data", "x", None)),
                    at("b", pod("iam", "y", None)),
                ],
                "Failing: 2 namespaces, data, iam.",
            ),
            (
                vec![at("a", named("model", "llama"))],
                "Failing: one model llama.",
            ),
        ] {
            let text = said(findings);
            assert!(text.starts_with(begin), "{text}");
        }
    }

    #[test]
    fn a_failure_in_several_layers_is_the_platforms() {
        let text = said([
            finding("a", "A").since("2026-11-23T06:03:00Z"),
            finding("b", "B")
                .subject(pod("iam", "keycloak", None))
                .layer(Layer::Identity)
                .caused_by_code("A"),
        ]);
        assert_eq!(
            text,
            "Failing: the platform. 2 layers are affected; the cause seems to be one: data/a, since 06:03."
        );
    }
}
