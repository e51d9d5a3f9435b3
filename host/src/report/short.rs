//! One line for each thing that is not well, and the counts. Made for a glance and for `grep`.

use super::folded::fold;
use super::model::{Finding, Report, Run, Verdict};
use super::page::{Label, Page, Screen, Tone};
use super::table::{needs_a_word, word};
use super::words;
use crate::manifest::Severity;

pub(super) fn short(report: &Report, screen: Screen) -> String {
    let mut page = Page::new(screen);
    for run in &report.runs {
        draw(&mut page, run);
    }
    page.finish()
}

fn draw(page: &mut Page, run: &Run) {
    for folded in fold(run) {
        for (index, finding) in folded.all().enumerate() {
            if finding.severity != Severity::Info {
                // A consequence stands under its cause, one step to the right.
                line(page, if index == 0 { 0 } else { 3 }, finding, run);
            }
        }
    }
    for row in run.checks.iter().filter(|row| needs_a_word(row)) {
        let (symbol, tone) = symbol(row.verdict);
        let text = format!("{}: {}", row.id, word(row).replace('\n', " "));
        page.verbatim(0, Label::new(symbol, tone, 3), &text);
    }
    if let Some(changes) = &run.changes {
        for change in &changes.list {
            let text = format!("{} {}", change.time, change.text);
            page.verbatim(0, Label::new("·", Tone::Plain, 3), &text);
        }
        return;
    }
    let counts = &run.counts;
    let interrupted = if run.interrupted { ", interrupted" } else { "" };
    page.paragraph(
        Tone::Strong,
        &format!(
            "{}: {} pass, {} warn, {} fail, {} skip, {} error{interrupted}",
            run.context, counts.pass, counts.warn, counts.fail, counts.skip, counts.error
        ),
    );
}

fn line(page: &mut Page, indent: usize, finding: &Finding, run: &Run) {
    let (symbol, tone) = symbol(Verdict::of(finding.severity));
    let title = finding.title.replace('\n', " ");
    let new = if words::is_new(finding, run) {
        " (new)"
    } else {
        ""
    };
    let text = format!("{}{new} {title}", finding.code);
    page.verbatim(indent, Label::new(symbol, tone, 3), &text);
}

fn symbol(verdict: Verdict) -> (&'static str, Tone) {
    let symbol = match verdict {
        Verdict::Pass => "√",
        Verdict::Warn => "‼",
        Verdict::Fail => "×",
        Verdict::Skip => "-",
        Verdict::Error => "?",
    };
    (symbol, words::verdict_tone(verdict))
}
