//! The report that a person reads: what fails and why, what to do next, and what is not known.
//!
//! `wide` is the same page with everything unfolded. Nothing is left out of `table` without a line that says how much.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr as _;

use super::block::{self, Depth};
use super::folded::{Folded, fold};
use super::model::{Changes, CheckRow, Finding, Report, Run, Verdict};
use super::opening::opening;
use super::page::{Label, Page, Screen, Tone};
use super::words;
use crate::capability::Coverage;

/// The left column of the rows below the findings.
const COLUMN: usize = 9;

/// Ids stand in a column of at most this; a longer one pushes its own reason to the right.
const ID: usize = 24;

/// The check that decides whether this is for more than first-line troubleshooting.
const ESCALATION: &str = "escalation";

/// Draw the report.
pub(super) fn table(report: &Report, screen: Screen, depth: Depth) -> String {
    let mut page = Page::new(screen);
    for (index, run) in report.runs.iter().enumerate() {
        if index > 0 {
            page.blank();
        }
        draw(&mut page, run, depth);
    }
    page.finish()
}

fn draw(page: &mut Page, run: &Run, depth: Depth) {
    let folded = fold(run);
    header(page, run);
    page.blank();
    if let Some(changes) = &run.changes {
        all_changes(page, run, changes);
        host_reads(page, run);
        reads(page, run);
        return;
    }
    let (tone, text) = opening(run, &folded);
    page.paragraph(tone, &text);
    page.blank();
    let shown = |one: &&Folded<'_>| depth == Depth::Wide || !one.is_information();
    for one in folded.iter().filter(shown) {
        block::draw(page, one, run, depth);
        page.blank();
    }
    counts(page, run, &folded, depth);
    held_against(page, run, depth);
    ignored(page, run, depth);
    odd_rows(page, run);
    host_reads(page, run);
    reads(page, run);
    escalation(page, run);
    if depth == Depth::Wide {
        details(page, run);
    }
}

fn header(page: &mut Page, run: &Run) {
    let mut parts = vec![
        format!("context {}", run.context),
        words::scope(&run.scope),
        words::window(&run.window),
        words::count(run.checks.len(), "check"),
        words::time(&run.time),
    ];
    if run.changes.is_some() {
        // No check ran, and the window is that of checks.
        parts.drain(2..4);
    }
    if run.measured.replayed {
        parts.push("replayed".to_owned());
    }
    if !run.redacted {
        parts.push("not redacted".to_owned());
    }
    page.paragraph(Tone::Strong, &parts.join(" · "));
    if !run.grants.is_empty() {
        let grants = run.grants.join(", ");
        page.paragraph(
            Tone::Faint,
            &format!("shipped grants: {grants} (`bsq-host grants show` shows them)"),
        );
    }
    if run.interrupted {
        page.paragraph(
            Tone::Warning,
            "Interrupted: what follows is what had finished.",
        );
    }
}

fn counts(page: &mut Page, run: &Run, folded: &[Folded<'_>], depth: Depth) {
    let counts = &run.counts;
    let mut text = format!(
        "pass {}   warn {}   fail {}   skip {}   error {}",
        counts.pass, counts.warn, counts.fail, counts.skip, counts.error
    );
    let hidden = folded.iter().filter(|one| one.is_information());
    let hidden: usize = hidden.map(|one| one.all().count()).sum();
    if hidden > 0 && depth == Depth::Folded {
        let information = words::count(hidden, "finding");
        text.push_str(&format!(
            "   ({information} for information, -o wide shows them)"
        ));
    }
    page.paragraph(Tone::Strong, &text);
}

/// What the baseline has, and what it has not.
fn held_against(page: &mut Page, run: &Run, depth: Depth) {
    let Some(baseline) = &run.baseline else {
        return;
    };
    let (new, gone, unknown) = (
        baseline.new.len(),
        baseline.gone.len(),
        baseline.unknown.len(),
    );
    let text = format!(
        "since the baseline of {}: {new} new, {gone} gone, {unknown} not known",
        words::time(&baseline.time)
    );
    page.paragraph(Tone::Plain, &text);
    if depth == Depth::Wide {
        for (label, findings) in [("gone", &baseline.gone), ("unknown", &baseline.unknown)] {
            for finding in findings {
                let text = format!("{} {}", finding.code, finding.title);
                page.entry(2, Label::new(label, Tone::Faint, COLUMN), &text);
            }
        }
    }
}

/// What someone decided to live with, and rules that nobody looked at for long.
fn ignored(page: &mut Page, run: &Run, depth: Depth) {
    let all = run.checks.iter().flat_map(|row| &row.ignored);
    let count = run.counts.ignored as usize;
    if count > 0 {
        let more = if depth == Depth::Wide {
            ""
        } else {
            ", -o wide shows them"
        };
        let findings = words::count(count, "finding");
        page.paragraph(Tone::Plain, &format!("ignored: {findings}{more}"));
    }
    if depth == Depth::Wide {
        for one in all {
            let finding = &one.finding;
            let text = format!(
                "{} {}: {} ({})",
                finding.code, finding.title, one.reason, one.by
            );
            page.entry(2, Label::new("ignored", Tone::Faint, COLUMN), &text);
        }
    }
    for stale in &run.stale_ignores {
        page.entry(2, Label::new("warning", Tone::Warning, COLUMN), stale);
    }
}

/// A row that is no plain answer: skipped, failed to answer, or answered without knowing everything.
pub(super) fn needs_a_word(row: &CheckRow) -> bool {
    matches!(row.verdict, Verdict::Skip | Verdict::Error)
        || !row.complete
        || (row.verdict != Verdict::Pass && row.findings.is_empty())
}

/// What that word is.
pub(super) fn word(row: &CheckRow) -> String {
    if matches!(row.verdict, Verdict::Skip | Verdict::Error) || row.complete {
        return words::reason(row);
    }
    let said = row.unknown.clone().or_else(|| words::unknown_reads(row));
    let unknown = said.unwrap_or_else(|| words::reason(row));
    format!("not all is known: {unknown}")
}

fn odd_rows(page: &mut Page, run: &Run) {
    let rows = || run.checks.iter().filter(|row| needs_a_word(row));
    let longest = rows().map(|row| row.id.width()).max().unwrap_or(0);
    for row in rows() {
        odd_row(page, row, longest.min(ID));
    }
}

fn odd_row(page: &mut Page, row: &CheckRow, id: usize) {
    let label = Label::new(
        words::verdict(row.verdict),
        words::verdict_tone(row.verdict),
        COLUMN - 2,
    );
    let gap = " ".repeat(id.saturating_sub(row.id.width()) + 3);
    page.entry(2, label, &format!("{}{gap}{}", row.id, word(row)));
    let hints = row.coverage.reads.iter();
    let of_reads = hints.filter_map(|read| read.hint.as_ref());
    let mut seen = Vec::new();
    for hint in row.hints.iter().chain(of_reads) {
        if !seen.contains(&hint) {
            seen.push(hint);
            page.verbatim(COLUMN, Label::new("hint", Tone::Faint, 6), hint);
        }
    }
}

/// What changed, alone, the last at the bottom where an eye rests.
fn all_changes(page: &mut Page, run: &Run, changes: &Changes) {
    let since = words::moment(&changes.since, &run.time);
    let text = match changes.list.len() {
        0 => format!("Nothing changed since {since}, as far as metadata tells."),
        count => format!("{} since {since}.", words::count(count, "change")),
    };
    page.paragraph(Tone::Strong, &text);
    page.blank();
    for change in &changes.list {
        let moment = words::moment(&change.time, &run.time);
        page.entry(
            2,
            Label::new(&moment, Tone::Faint, moment.width() + 2),
            &change.text,
        );
    }
    if !changes.list.is_empty() {
        page.blank();
    }
}

/// What the host could not read for itself: onsets and changes may be missing, and findings stand apart.
fn host_reads(page: &mut Page, run: &Run) {
    let reads = run.host_reads.iter().flat_map(|table| &table.reads);
    let mut unknown = reads.filter(|read| !read.coverage.is_complete());
    let Some(first) = unknown.next() else {
        return;
    };
    let detail = first
        .detail
        .as_deref()
        .unwrap_or(words::coverage(first.coverage));
    let mut text = format!("not all is known of what changed: {}: {detail}", first.call);
    let more = unknown.count();
    if more > 0 {
        text.push_str(&format!(", and {more} more"));
    }
    page.entry(0, Label::new("changes", Tone::Warning, COLUMN), &text);
    if let Some(hint) = &first.hint {
        page.verbatim(COLUMN, Label::new("hint", Tone::Faint, 6), hint);
    }
}

fn reads(page: &mut Page, run: &Run) {
    let measured = &run.measured;
    let requests = usize::try_from(measured.requests).unwrap_or(usize::MAX);
    let mut parts = vec![
        words::count(requests, "request"),
        words::bytes(measured.bytes),
    ];
    for (coverage, count) in coverage(run) {
        if !coverage.is_complete() {
            parts.push(format!("{count} {}", words::coverage(coverage)));
        }
    }
    page.entry(
        0,
        Label::new("reads", Tone::Plain, COLUMN),
        &parts.join(" · "),
    );
}

fn coverage(run: &Run) -> BTreeMap<Coverage, u32> {
    let mut all = BTreeMap::new();
    for row in &run.checks {
        for (coverage, count) in &row.coverage.counts {
            *all.entry(*coverage).or_insert(0) += count;
        }
    }
    all
}

/// What the check of that name decides, where it ran: its conditions that hold. What it could not decide stands in its row
/// above.
fn escalation(page: &mut Page, run: &Run) {
    let Some(row) = run.checks.iter().find(|row| row.id == ESCALATION) else {
        return;
    };
    let mut holds: Vec<&str> = row.findings.iter().map(condition).collect();
    holds.dedup();
    let (tone, text) = match (holds.as_slice(), row.verdict) {
        ([], Verdict::Pass) if run.extent.is_some() => {
            (Tone::Plain, format!("no: {}", row.summary))
        }
        ([], _) => return,
        (holds, _) => {
            let take = if run.measured.replayed {
                "take this recording along"
            } else {
                "take it along with `bsq-host run --record FILE` (looks again)"
            };
            (Tone::Warning, format!("yes: {}; {take}", holds.join(", ")))
        }
    };
    page.entry(0, Label::new("escalate", tone, COLUMN), &text);
}

/// In the manifest's words, which are shorter than the finding's.
fn condition(finding: &Finding) -> &str {
    match finding.meaning.as_str() {
        "" => &finding.title,
        meaning => meaning,
    }
}

fn details(page: &mut Page, run: &Run) {
    for row in &run.checks {
        page.blank();
        check(page, row);
        for read in &row.coverage.reads {
            let mut text = format!("{}: {}", read.call, words::coverage(read.coverage));
            if read.times > 1 {
                text.push_str(&format!(", {} times", read.times));
            }
            if let Some(detail) = &read.detail {
                text.push_str(&format!(" ({detail})"));
            }
            let number = format!("read {}", read.read);
            page.entry(COLUMN, Label::new(&number, Tone::Faint, COLUMN), &text);
        }
        if row.coverage.omitted > 0 {
            let text = format!("and {} reads more, counted above", row.coverage.omitted);
            page.entry(COLUMN, Label::new("", Tone::Faint, COLUMN), &text);
        }
        for line in &row.log {
            page.entry(COLUMN, Label::new("log", Tone::Faint, COLUMN), line);
        }
        if row.log_dropped > 0 {
            let text = format!("and {} lines more", row.log_dropped);
            page.entry(COLUMN, Label::new("", Tone::Faint, COLUMN), &text);
        }
    }
    if !run.measured.egress.is_empty() {
        page.blank();
    }
    for row in &run.measured.egress {
        let answers: Vec<String> = row
            .answers
            .iter()
            .map(|(answer, count)| format!("{count} × {answer}"))
            .collect();
        let text = format!(
            "{} {}{} · {} · {}",
            row.method,
            row.origin,
            row.path,
            words::bytes(row.bytes_in),
            answers.join(", ")
        );
        page.entry(0, Label::new("egress", Tone::Faint, COLUMN), &text);
    }
    for row in &run.measured.redaction {
        let hits = usize::try_from(row.hits).unwrap_or(usize::MAX);
        let text = format!(
            "{} · {} · {}",
            row.place,
            row.rule,
            words::count(hits, "hit")
        );
        page.entry(0, Label::new("redacted", Tone::Faint, COLUMN), &text);
    }
}

fn check(page: &mut Page, row: &CheckRow) {
    let tone = words::verdict_tone(row.verdict);
    let version = row.version.as_deref().unwrap_or("no version");
    let title = format!("{} {version}", row.id);
    page.entry(
        2,
        Label::new(words::verdict(row.verdict), tone, COLUMN - 2),
        &title,
    );
    let digest = row.digest.as_deref().unwrap_or("no digest");
    let granted = row.granted_by.as_deref().unwrap_or("nothing");
    for text in [
        row.summary.clone(),
        format!("{} from {}", digest, row.source),
        format!("granted by {granted}"),
    ] {
        page.entry(COLUMN, Label::new("", Tone::Plain, 0), &text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Severity;
    use crate::report::model::SkipReason;
    use crate::report::testing::{RowBuilder, finding, named, report, row};
    use crate::ui::Paint;

    fn escalate(escalation: RowBuilder) -> Option<String> {
        let report = report([escalation, row("pod-triage").findings([finding("a", "A")])]);
        let screen = Screen {
            width: 200,
            paint: Paint::PLAIN,
        };
        let text = table(&report, screen, Depth::Folded);
        let line = text.lines().find(|line| line.starts_with("escalate"));
        line.map(str::to_owned)
    }

    #[test]
    fn whether_to_escalate_is_the_word_of_the_check_that_decides_it() {
        let met = finding("met", "BSQ-ESC-003")
            .subject(named("environment", "prod"))
            .severity(Severity::Low)
            .meaning("the cause is infrastructure");
        let yes = escalate(row(ESCALATION).findings([met]));
        let yes = yes.unwrap_or_default();
        assert!(
            yes.contains("yes: the cause is infrastructure; take it along"),
            "{yes}"
        );
        let no = escalate(row(ESCALATION).verdict(Verdict::Pass, "none holds"));
        assert_eq!(no.as_deref(), Some("escalate no: none holds"));
        let open = row(ESCALATION).skip(SkipReason::Inconclusive, "not decided");
        assert_eq!(escalate(open), None);
        assert_eq!(escalate(row("first-look")), None);
    }
}
