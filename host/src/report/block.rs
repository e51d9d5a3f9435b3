//! One cause with its evidence, what to do next, and its consequences.

use indexmap::IndexMap;

use super::folded::Folded;
use super::model::{Change, Evidence, Finding, Run, Subject};
use super::page::{Label, Page, Tone, shorten};
use super::words;

/// How much of a finding is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Depth {
    /// Enough to act on.
    Folded,
    Wide,
}

/// Columns before the text of a finding.
const INDENT: usize = 8;

/// The column of `log`, `look`, `read` and `so`.
const COLUMN: usize = 8;

/// The last lines of a log say why it stopped; what came before is in `wide`.
const LOG_LINES: usize = 3;

/// A value longer than this is no fact for one line.
const FACT: usize = 48;

/// Commands and pages beyond these make a finding longer than what it says.
const STEPS: usize = 3;

/// Changes that one line can tell.
const CHANGES: usize = 3;

/// Consequences that one line can name.
const NAMES: usize = 4;

pub(super) fn draw(page: &mut Page, folded: &Folded<'_>, run: &Run, depth: Depth) {
    finding(page, 2, folded.root, folded.changes, run, depth);
    match depth {
        Depth::Wide => {
            for consequence in &folded.consequences {
                entry(
                    page,
                    INDENT,
                    "so",
                    &words::full_subject(&consequence.subject),
                );
                finding(page, INDENT + 2, consequence, &[], run, depth);
            }
        }
        Depth::Folded if folded.consequences.is_empty() => {}
        Depth::Folded => entry(page, INDENT, "so", &consequences(&folded.consequences)),
    }
}

fn finding(
    page: &mut Page,
    indent: usize,
    finding: &Finding,
    changes: &[Change],
    run: &Run,
    depth: Depth,
) {
    let (word, tone) = words::severity(finding.severity);
    let label = Label::new(word, tone, INDENT - 2);
    let right = match words::is_new(finding, run) {
        true => format!("new  {}", finding.code),
        false => finding.code.clone(),
    };
    page.headline(indent, label, &finding.title, &right);
    let indent = indent + INDENT - 2;
    if depth == Depth::Wide {
        let subject = words::full_subject(&finding.subject);
        let layer = words::layer(finding.layer);
        let text = format!("{subject} · {layer} · {}", finding.meaning);
        page.entry(indent, Label::new("", Tone::Plain, 0), &text);
    }
    let facts = facts(finding, run, depth);
    if !facts.is_empty() {
        page.entry(indent, Label::new("", Tone::Plain, 0), &facts.join(" · "));
    }
    lines(page, indent, finding, depth);
    before(page, indent, changes, run, depth);
    steps(page, indent, finding, depth);
}

/// What fits on one line: the container, the short values, since when.
fn facts(finding: &Finding, run: &Run, depth: Depth) -> Vec<String> {
    let mut facts = Vec::new();
    if depth == Depth::Folded {
        if let Subject::Object {
            container: Some(container),
            ..
        } = &finding.subject
        {
            facts.push(format!("container {container}"));
        }
        let short = finding.evidence.iter().filter(|one| is_fact(one));
        facts.extend(short.map(fact));
    }
    if let Some(since) = &finding.since {
        facts.push(format!("since {}", words::moment(since, &run.time)));
    }
    facts
}

fn is_fact(evidence: &Evidence) -> bool {
    row_label(evidence).is_none() && evidence.value.chars().count() <= FACT
}

/// `restartCount 14`; a reason or a phase says itself.
fn fact(evidence: &Evidence) -> String {
    let name = evidence.source.rsplit('.').next().unwrap_or_default();
    let value = evidence.value.replace('\n', " ");
    let mark = if evidence.unfounded {
        " (unfounded)"
    } else {
        ""
    };
    match name {
        "reason" | "phase" | "message" | "" => format!("{value}{mark}"),
        name => format!("{name} {value}{mark}"),
    }
}

/// Evidence that has a row of its own.
fn row_label(evidence: &Evidence) -> Option<&'static str> {
    match evidence.source.as_str() {
        "log" => Some("log"),
        "event" => Some("event"),
        "change" => Some("before"),
        _ => None,
    }
}

fn lines(page: &mut Page, indent: usize, finding: &Finding, depth: Depth) {
    for evidence in &finding.evidence {
        let is_shown_above = depth == Depth::Folded && is_fact(evidence);
        if !is_shown_above {
            evidence_row(page, indent, evidence, depth);
        }
    }
}

fn evidence_row(page: &mut Page, indent: usize, evidence: &Evidence, depth: Depth) {
    let label = row_label(evidence);
    let mut text = match label {
        Some(_) => evidence.value.clone(),
        None => format!("{}: {}", evidence.source, evidence.value),
    };
    if depth == Depth::Folded {
        text = last_lines(&text);
    }
    match (evidence.unfounded, evidence.read) {
        (true, _) => text.push_str(" (unfounded: it cites a read that does not exist)"),
        (false, Some(read)) if depth == Depth::Wide => text.push_str(&format!(" (read {read})")),
        _ => {}
    }
    entry(page, indent, label.unwrap_or("fact"), &text);
}

/// What changed just before: `06:02 application postgresql synced 4f1c2d3 · 06:02 …`.
fn before(page: &mut Page, indent: usize, changes: &[Change], run: &Run, depth: Depth) {
    let told =
        |change: &Change| format!("{} {}", words::moment(&change.time, &run.time), change.text);
    if depth == Depth::Wide {
        for change in changes {
            entry(page, indent, "before", &told(change));
        }
        return;
    }
    // The last ones are nearest to the onset.
    let hidden = changes.len().saturating_sub(CHANGES);
    let mut parts: Vec<String> = changes.iter().skip(hidden).map(told).collect();
    if hidden > 0 {
        parts.push(format!("{hidden} more with -o wide"));
    }
    if !parts.is_empty() {
        entry(page, indent, "before", &parts.join(" · "));
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines.len().saturating_sub(LOG_LINES);
    let last: Vec<&str> = lines.into_iter().skip(cut).collect();
    let mut text = last.join("\n");
    if cut > 0 {
        let before = words::count(cut, "line");
        text.push_str(&format!(" ({before} before it, -o wide shows all)"));
    }
    text
}

fn steps(page: &mut Page, indent: usize, finding: &Finding, depth: Depth) {
    let most = match depth {
        Depth::Folded => STEPS,
        Depth::Wide => usize::MAX,
    };
    for step in finding.steps.iter().take(most) {
        match &step.command {
            Some(command) => {
                if depth == Depth::Wide && !step.text.is_empty() {
                    entry(page, indent, "do", &step.text);
                }
                page.verbatim(indent, Label::new("look", Tone::Good, COLUMN), command);
            }
            None => entry(page, indent, "do", &step.text),
        }
    }
    for link in finding.links.iter().take(most) {
        page.verbatim(indent, Label::new("read", Tone::Faint, COLUMN), link);
    }
    let all = [finding.steps.len(), finding.links.len()];
    let hidden: usize = all.iter().map(|count| count.saturating_sub(most)).sum();
    if hidden > 0 {
        let text = format!("{hidden} more with -o wide");
        entry(page, indent, "", &text);
    }
}

/// Names by what is wrong with them: `a pod is not ready: keycloak-0, openfga and 2 more`.
fn consequences(findings: &[&Finding]) -> String {
    // In the order in which they come: the worst first.
    let mut by_code: IndexMap<&str, Vec<&Finding>> = IndexMap::new();
    for finding in findings {
        by_code.entry(&finding.code).or_default().push(finding);
    }
    let mut parts = Vec::new();
    for same in by_code.values() {
        let Some(first) = same.first() else { continue };
        let mut names: Vec<&str> = Vec::new();
        for finding in same {
            let name = words::short_subject(&finding.subject);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(NAMES);
        names.truncate(NAMES);
        let mut part = format!("{}: {}", shorten(&first.meaning, FACT), names.join(", "));
        if more > 0 {
            part.push_str(&format!(" and {more} more"));
        }
        parts.push(part);
    }
    let count = words::count(findings.len(), "finding");
    format!("{} ({count}, -o wide shows them)", parts.join("; "))
}

fn entry(page: &mut Page, indent: usize, label: &str, text: &str) {
    page.entry(indent, Label::new(label, Tone::Faint, COLUMN), text);
}
