//! How two reports differ, finding by finding, and how environments stand beside each other.
//!
//! Findings are the same where their fingerprints are. What one side could not see is unknown there, never gone: a
//! finding disappears only from a check that ran to its end with every read known.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::likeness::is_alike;
use super::model::{CheckRow, Finding, Run};
use super::sight::blind;
use crate::manifest::Severity;

/// Which report one side is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The file, as it was named.
    pub file: String,
    pub context: String,
    /// RFC 3339.
    pub time: String,
}

/// How two reports differ.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    pub before: Side,
    pub after: Side,
    /// By kind of change, then by severity and code.
    pub findings: Vec<Changed>,
}

/// One finding of either side.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    pub change: Change,
    /// As it is after, or as it was where it is no more.
    pub finding: Finding,
    /// As it was, where it changed.
    pub before: Option<Box<Finding>>,
    /// What the other side could not see.
    pub note: Option<String>,
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    New,
    /// Its severity is another, or its title in more than numbers and generated names.
    Changed,
    /// It was there, and the later report could not see whether it still is.
    Unknown,
    Gone,
    /// It is there, and somebody decided to live with it since.
    Ignored,
    Unchanged,
}

/// The findings of one side by fingerprint. What is ignored is there all the same.
type Findings<'a> = BTreeMap<&'a str, Known<'a>>;

/// A finding, the row that gave it, and why it is ignored, if it is.
#[derive(Clone, Copy)]
struct Known<'a> {
    row: &'a CheckRow,
    finding: &'a Finding,
    ignored: Option<&'a str>,
}

fn findings(run: &Run) -> Findings<'_> {
    run.checks
        .iter()
        .flat_map(known_of)
        .map(|known| (known.finding.fingerprint.as_str(), known))
        .collect()
}

fn known_of(row: &CheckRow) -> impl Iterator<Item = Known<'_>> {
    let counting = row.findings.iter().map(move |finding| Known {
        row,
        finding,
        ignored: None,
    });
    let ignored = row.ignored.iter().map(move |one| Known {
        row,
        finding: &one.finding,
        ignored: Some(&one.reason),
    });
    counting.chain(ignored)
}

/// What changed from one run to another.
pub fn difference(before: &Run, after: &Run) -> Vec<Changed> {
    let (was, is) = (findings(before), findings(after));
    let of_after = is.iter().map(|(fingerprint, known)| {
        let blind = || blind(before, after, &known.row.id, &known.finding.subject);
        changed(*known, was.get(fingerprint).copied(), blind)
    });
    let lost = was
        .iter()
        .filter(|(fingerprint, _)| !is.contains_key(*fingerprint));
    let of_before = lost.map(|(_, known)| {
        let blind = blind(after, before, &known.row.id, &known.finding.subject);
        gone(known.finding, blind)
    });
    let mut all: Vec<Changed> = of_after.chain(of_before).collect();
    all.sort_by(|one, other| key(one).cmp(&key(other)));
    all
}

fn key(changed: &Changed) -> (Change, std::cmp::Reverse<Severity>, &str, &str) {
    let finding = &changed.finding;
    let severity = std::cmp::Reverse(finding.severity);
    (
        changed.change,
        severity,
        &finding.code,
        &finding.fingerprint,
    )
}

fn changed(is: Known<'_>, was: Option<Known<'_>>, blind: impl Fn() -> Option<String>) -> Changed {
    let because = |reason: &str| Some(format!("{reason} (ignored)"));
    let (change, before, note) = match (was, is.ignored) {
        (Some(was), Some(_)) if was.ignored.is_some() => (Change::Unchanged, None, None),
        (_, Some(reason)) => (Change::Ignored, None, because(reason)),
        (None, None) => (
            Change::New,
            None,
            blind().map(|why| format!("before, {why}")),
        ),
        (Some(was), None) if says_the_same(was.finding, is.finding) => {
            (Change::Unchanged, None, None)
        }
        (Some(was), None) => (Change::Changed, Some(Box::new(was.finding.clone())), None),
    };
    Changed {
        change,
        finding: is.finding.clone(),
        before,
        note,
    }
}

fn gone(finding: &Finding, blind: Option<String>) -> Changed {
    Changed {
        change: match blind {
            Some(_) => Change::Unknown,
            None => Change::Gone,
        },
        finding: finding.clone(),
        before: None,
        note: blind.map(|why| format!("since, {why}")),
    }
}

/// Evidence holds times and counts that are never twice the same.
fn says_the_same(one: &Finding, other: &Finding) -> bool {
    one.severity == other.severity && is_alike(&one.title, &other.title)
}

/// Environments beside each other.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    pub environments: Vec<Side>,
    pub findings: Vec<Compared>,
}

/// One finding, and how it stands in each environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// As the first environment that has it says it.
    pub finding: Finding,
    /// In the order of the environments.
    pub seen: Vec<Seen>,
    pub means: Means,
}

/// How a finding stands in one environment.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    Found,
    Clear,
    Unknown,
}

/// Where to look.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// Every environment has it: what they share, the manifests and charts.
    Shared,
    /// Some have it and the others are known to be well: those environments.
    Own,
    /// Some could not see.
    Unknown,
}

/// Set runs of several environments side by side.
pub fn comparison(runs: &[&Run]) -> Vec<Compared> {
    let all: Vec<Findings<'_>> = runs.iter().map(|run| findings(run)).collect();
    let fingerprints: BTreeSet<&str> = all.iter().flat_map(BTreeMap::keys).copied().collect();
    let mut compared: Vec<Compared> = fingerprints
        .into_iter()
        .filter_map(|fingerprint| {
            let mut with = runs.iter().zip(&all);
            let (first, known) = with.find_map(|(run, one)| Some((run, one.get(fingerprint)?)))?;
            let (check, subject) = (&known.row.id, &known.finding.subject);
            let seen = runs.iter().zip(&all).map(|(run, findings)| {
                match (
                    findings.contains_key(fingerprint),
                    blind(run, first, check, subject),
                ) {
                    (true, _) => Seen::Found,
                    (false, None) => Seen::Clear,
                    (false, Some(_)) => Seen::Unknown,
                }
            });
            let seen: Vec<Seen> = seen.collect();
            Some(Compared {
                finding: known.finding.clone(),
                means: means(&seen),
                seen,
            })
        })
        .collect();
    compared.sort_by(|one, other| {
        let key = |it: &Compared| (it.means, std::cmp::Reverse(it.finding.severity));
        key(one)
            .cmp(&key(other))
            .then_with(|| one.finding.code.cmp(&other.finding.code))
    });
    compared
}

fn means(seen: &[Seen]) -> Means {
    if seen.contains(&Seen::Unknown) {
        Means::Unknown
    } else if seen.contains(&Seen::Clear) {
        Means::Own
    } else {
        Means::Shared
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::capability::Coverage;
    use crate::report::model::Ignored;
    use crate::report::testing::{RowBuilder, finding, report, row};

    fn run(rows: impl IntoIterator<Item = RowBuilder>) -> Run {
        report(rows).runs.remove(0)
    }

    fn changes(before: &Run, after: &Run) -> Vec<(Change, String)> {
        let all = difference(before, after).into_iter();
        all.map(|one| (one.change, one.finding.fingerprint))
            .collect()
    }

    fn blind_row() -> RowBuilder {
        row("x").read("list v1/Pod", Coverage::Forbidden, Some("403"))
    }

    #[test]
    fn findings_are_told_apart_by_fingerprint() {
        let before =
            run([row("x").findings([finding("a", "A"), finding("b", "A"), finding("c", "A")])]);
        let worse = finding("b", "A").severity(Severity::Critical);
        let after = run([row("x").findings([finding("a", "A"), worse, finding("d", "A")])]);
        let told = changes(&before, &after);
        let told: Vec<(Change, &str)> = told
            .iter()
            .map(|(change, name)| (*change, name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (Change::New, "d"),
                (Change::Changed, "b"),
                (Change::Gone, "c"),
                (Change::Unchanged, "a")
            ]
        );
    }

    #[test]
    fn a_report_differs_from_itself_in_nothing() {
        let one = run([row("x").findings([finding("a", "A")]), blind_row()]);
        let told = difference(&one, &one);
        assert!(told.iter().all(|one| one.change == Change::Unchanged));
    }

    #[test]
    fn what_a_later_run_could_not_see_is_unknown_and_not_gone() {
        let before = run([row("x").findings([finding("a", "A")])]);
        for after in [run([blind_row()]), run([])] {
            let told = difference(&before, &after);
            assert_eq!(told[0].change, Change::Unknown);
            assert!(told[0].note.is_some());
        }
    }

    #[test]
    fn what_a_narrower_run_did_not_look_at_is_unknown_and_nobodys_own() {
        let before = run([row("x").findings([finding("a", "A")])]);
        let mut after = run([row("x")]);
        after.scope.namespaces = vec!["iam".to_owned()];
        assert_eq!(difference(&before, &after)[0].change, Change::Unknown);
        assert_eq!(comparison(&[&before, &after])[0].means, Means::Unknown);
        let mut same = run([row("x")]);
        same.scope = before.scope.clone();
        assert_eq!(difference(&before, &same)[0].change, Change::Gone);
    }

    #[test]
    fn what_is_ignored_is_there_all_the_same() {
        let before = run([row("x").findings([finding("a", "A")])]);
        let mut after = run([row("x")]);
        after.checks[0].ignored = vec![Ignored {
            by: "rule 1".to_owned(),
            reason: "known".to_owned(),
            finding: before.checks[0].findings[0].clone(),
        }];
        let told = difference(&before, &after);
        assert_eq!(told[0].change, Change::Ignored);
        assert_eq!(told[0].note.as_deref(), Some("known (ignored)"));
        assert_eq!(changes(&after, &after)[0].0, Change::Unchanged);
        assert_eq!(changes(&after, &before)[0].0, Change::Unchanged);
        assert_eq!(comparison(&[&before, &after])[0].means, Means::Shared);
    }

    #[test]
    fn what_no_one_could_see_before_is_new_and_says_so() {
        let after = run([row("x").findings([finding("a", "A")])]);
        let told = difference(&run([blind_row()]), &after);
        assert_eq!(told[0].change, Change::New);
        assert!(
            told[0]
                .note
                .as_deref()
                .unwrap()
                .starts_with("before, x could not see all")
        );
    }

    #[test]
    fn what_all_have_is_shared_and_what_one_has_is_its_own() {
        let both = run([row("x").findings([finding("a", "A"), finding("b", "A")])]);
        let one = run([row("x").findings([finding("a", "A")])]);
        let blind = run([blind_row()]);
        let means = |runs: &[&Run]| -> Vec<(String, Means)> {
            let all = comparison(runs).into_iter();
            all.map(|one| (one.finding.fingerprint, one.means))
                .collect()
        };
        assert_eq!(
            means(&[&both, &one]),
            [
                ("a".to_owned(), Means::Shared),
                ("b".to_owned(), Means::Own)
            ]
        );
        assert!(
            means(&[&both, &one, &blind])
                .iter()
                .all(|(_, means)| *means == Means::Unknown)
        );
    }
}
