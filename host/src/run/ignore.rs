//! Findings that someone has decided to live with: rules of a file, and an annotation on the object itself.
//!
//! An ignored finding is taken out of what decides a verdict and kept in the report, with the reason. A rule that is over
//! its date, or that nothing matches any more, is told of: what nobody looks at again hides the next failure.

use std::collections::BTreeSet;
use std::path::Path;

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::row;
use crate::capability::view::{Held, Selector, View};
use crate::report::model::{CheckRow, Finding, Ignored, Subject};
use crate::ui::Fault;

/// On an object: the codes of its findings that are ignored, by commas; `*` is all.
const ANNOTATION: &str = "bsq-host/ignore";

/// The rules of a file.
#[derive(Debug, Default)]
pub struct Ignores {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    written: Written,
    code: GlobMatcher,
    subject: Option<GlobMatcher>,
    label: Option<Selector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    ignore: Vec<Written>,
}

/// One rule, as it is written. All that it names has to hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// A glob over finding codes.
    code: String,
    /// A glob over `KIND NAMESPACE/NAME`, or `KIND NAME`.
    subject: Option<String>,
    /// A selector over the labels of the object.
    label: Option<String>,
    reason: String,
    /// The last day on which it holds, in UTC.
    #[serde(default, deserialize_with = "day")]
    expires: Option<Date>,
}

/// A date as a text, or as TOML has dates.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(date) => date.to_string(),
        other => {
            let message = format!(
                "`expires` is a date such as 2026-12-31, not a {}",
                other.type_str()
            );
            return Err(D::Error::custom(message));
        }
    };
    text.parse().map(Some).map_err(D::Error::custom)
}

/// What rules came to in one run.
#[derive(Debug, Default)]
pub struct Tally {
    matched: BTreeSet<usize>,
}

/// What one check can find, and whether it has looked everywhere.
#[derive(Debug)]
pub struct Look<'a> {
    pub codes: Vec<&'a str>,
    pub saw_all: bool,
}

impl Ignores {
    /// Read the rules. A file that the user did not name need not exist.
    pub fn load(named: Option<&Path>, usual: Option<&Path>) -> Result<Self, Fault> {
        let (path, is_named) = match (named, usual) {
            (Some(path), _) => (path, true),
            (None, Some(path)) => (path, false),
            (None, None) => return Ok(Self::default()),
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|problem| {
                Fault::new("BSQ0149", format!("`{}`: {problem}", path.display()))
                    .hint("write `[[ignore]]` with `code`, `reason`, and perhaps `subject`, `label`, `expires = \"2026-12-31\"`")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(Self::default()),
            Err(error) => Err(Fault::new("BSQ0150", format!("cannot read `{}`", path.display()))
                .because(error)
                .hint("name a file of ignore rules: `--ignore FILE`")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let rules = file.ignore.into_iter().enumerate().map(|(index, written)| {
            Rule::new(written).map_err(|problem| format!("rule {}: {problem}", index + 1))
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Take ignored findings out of the rows that decide. Rows that were seen before are not asked twice.
    pub fn apply(&self, rows: &mut [CheckRow], view: &View, now: Timestamp, tally: &mut Tally) {
        for row in rows {
            let (kept, ignored) = std::mem::take(&mut row.findings)
                .into_iter()
                .map(|finding| (self.of(&finding, view, now, tally), finding))
                .partition::<Vec<_>, _>(|(ignored, _)| ignored.is_none());
            row.findings = kept.into_iter().map(|(_, finding)| finding).collect();
            if ignored.is_empty() {
                continue;
            }
            let ignored = ignored.into_iter().filter_map(|(why, finding)| {
                let (by, reason) = why?;
                Some(Ignored {
                    by,
                    reason,
                    finding,
                })
            });
            row.ignored.extend(ignored);
            row::without_ignored(row);
        }
    }

    /// Who has a finding ignored, and why.
    fn of(
        &self,
        finding: &Finding,
        view: &View,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Option<(String, String)> {
        let held = held(finding, view);
        let rules = self.rules.iter().enumerate();
        let mut matching = rules.filter(|(_, rule)| rule.matches(finding, held.as_ref()));
        let by_rule = matching.find(|(index, rule)| {
            tally.matched.insert(*index);
            !rule.is_over(now)
        });
        if let Some((index, rule)) = by_rule {
            return Some((format!("rule {}", index + 1), rule.written.reason.clone()));
        }
        let annotation = held?.annotations.get(ANNOTATION)?.clone();
        let is_named = |code: &str| code == "*" || code == finding.code;
        let mut codes = annotation.split(',').map(str::trim);
        codes.any(is_named).then(|| {
            (
                "annotation".to_owned(),
                format!("its annotation `{ANNOTATION}` says so"),
            )
        })
    }

    /// Rules that are over their date, and those that nothing matched although every check that could give such a finding
    /// has looked.
    pub fn stale(&self, tally: &Tally, now: Timestamp, looked: &[Look<'_>]) -> Vec<String> {
        let rules = self.rules.iter().enumerate();
        let stale = rules.filter_map(|(index, rule)| {
            let what = if rule.is_over(now) {
                format!("ended with {}", rule.written.expires?)
            } else if !tally.matched.contains(&index) && rule.was_looked_for(looked) {
                "matches no finding any more".to_owned()
            } else {
                return None;
            };
            let code = &rule.written.code;
            Some(format!("ignore rule {} ({code}) {what}", index + 1))
        });
        stale.collect()
    }
}

impl Rule {
    fn new(written: Written) -> Result<Self, String> {
        let glob = |text: &str| {
            let glob = Glob::new(text).map_err(|error| error.to_string())?;
            Ok::<_, String>(glob.compile_matcher())
        };
        if written.reason.trim().is_empty() {
            return Err("`reason` says nothing".to_owned());
        }
        Ok(Self {
            code: glob(&written.code)?,
            subject: written.subject.as_deref().map(glob).transpose()?,
            label: match &written.label {
                Some(text) => Some(text.parse().map_err(|error| format!("`label`: {error}"))?),
                None => None,
            },
            written,
        })
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let today = now.to_zoned(TimeZone::UTC).date();
        self.written.expires.is_some_and(|last| last < today)
    }

    /// Some check gives such codes, and all that do have seen everything.
    fn was_looked_for(&self, looked: &[Look<'_>]) -> bool {
        let gives = |look: &&Look<'_>| look.codes.iter().any(|code| self.code.is_match(code));
        let mut givers = looked.iter().filter(gives).peekable();
        givers.peek().is_some() && givers.all(|look| look.saw_all)
    }

    fn matches(&self, finding: &Finding, held: Option<&Held>) -> bool {
        let is_subject = |glob: &GlobMatcher| glob.is_match(named(&finding.subject));
        let has_label =
            |selector: &Selector| held.is_some_and(|held| selector.matches(&held.labels));
        self.code.is_match(&finding.code)
            && self.subject.as_ref().is_none_or(is_subject)
            && self.label.as_ref().is_none_or(has_label)
    }
}

/// `Pod data/minio-0`, `Node node-1`.
fn named(subject: &Subject) -> String {
    match subject {
        Subject::Object {
            kind,
            namespace: Some(namespace),
            name,
            ..
        } => format!("{kind} {namespace}/{name}"),
        Subject::Object { kind, name, .. } | Subject::Named { kind, name, .. } => {
            format!("{kind} {name}")
        }
    }
}

/// Labels and annotation of the subject, where the run has read its object.
fn held(finding: &Finding, view: &View) -> Option<Held> {
    let Subject::Object {
        kind,
        namespace,
        name,
        ..
    } = &finding.subject
    else {
        return None;
    };
    view.held(kind, namespace.as_deref(), name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use rstest::rstest;

    use super::*;
    use crate::capability::view::ViewPlan;
    use crate::capability::{Answer, ErrorCode, ReadError, Reads, Request};
    use crate::report::model::Verdict;
    use crate::report::testing::{finding, row};

    struct Nothing;

    #[async_trait]
    impl Reads for Nothing {
        async fn read(&self, _: &Request) -> Answer {
            Err(ReadError::new(
                ErrorCode::Unavailable,
                "nothing is read here",
            ))
        }
    }

    fn view() -> View {
        View::new(Arc::new(Nothing), ViewPlan::default())
    }

    fn now() -> Timestamp {
        "2026-11-23T06:12:04Z".parse().unwrap()
    }

    fn applied(rules: &str) -> (CheckRow, Vec<String>) {
        let ignores = Ignores::parse(rules).unwrap();
        let mut rows = [row("x")
            .findings([finding("a", "BSQ-A-001"), finding("b", "BSQ-A-002")])
            .build()];
        let mut tally = Tally::default();
        ignores.apply(&mut rows, &view(), now(), &mut tally);
        let looks = [Look {
            codes: vec!["BSQ-A-001", "BSQ-A-002", "BSQ-B-001"],
            saw_all: true,
        }];
        let stale = ignores.stale(&tally, now(), &looks);
        let [row] = rows;
        (row, stale)
    }

    #[test]
    fn an_ignored_finding_is_kept_with_its_reason_and_decides_nothing() {
        let (row, stale) = applied("[[ignore]]\ncode = 'BSQ-A-*'\nreason = 'ticket 4711'");
        assert!(row.findings.is_empty() && stale.is_empty());
        assert_eq!(row.verdict, Verdict::Pass);
        assert_eq!(row.ignored.len(), 2);
        assert_eq!(row.ignored[0].reason, "ticket 4711");
        assert_eq!(row.ignored[0].by, "rule 1");
    }

    #[rstest]
    #[case::seen(&["BSQ-A-001"], true, true)]
    #[case::not_all_was_seen(&["BSQ-A-001"], false, false)]
    #[case::no_check_gives_it(&["BSQ-B-001"], true, false)]
    fn a_rule_is_stale_only_where_its_checks_have_looked(
        #[case] codes: &[&str],
        #[case] saw_all: bool,
        #[case] is_stale: bool,
    ) {
        let rules = "[[ignore]]\ncode = 'BSQ-A-*'\nreason = 'x'\nexpires = 2026-11-23";
        let ignores = Ignores::parse(rules).unwrap();
        let codes = codes.to_vec();
        let stale = ignores.stale(&Tally::default(), now(), &[Look { codes, saw_all }]);
        assert_eq!(!stale.is_empty(), is_stale, "{stale:?}");
    }

    #[test]
    fn one_of_two_leaves_the_other() {
        let (row, _) = applied("[[ignore]]\ncode = 'BSQ-A-001'\nreason = 'known'");
        assert_eq!(row.findings.len(), 1);
        assert_eq!(row.verdict, Verdict::Fail);
    }

    #[rstest]
    #[case::over(
        "[[ignore]]\ncode = 'BSQ-A-001'\nreason = 'x'\nexpires = '2026-11-22'",
        "ended with 2026-11-22"
    )]
    #[case::unused(
        "[[ignore]]\ncode = 'BSQ-B-*'\nreason = 'x'",
        "matches no finding any more"
    )]
    #[case::other_subject(
        "[[ignore]]\ncode = '*'\nsubject = 'Node *'\nreason = 'x'",
        "matches no finding any more"
    )]
    #[case::unread_labels(
        "[[ignore]]\ncode = '*'\nlabel = 'app=web'\nreason = 'x'",
        "matches no finding any more"
    )]
    fn a_stale_rule_ignores_nothing_and_is_told(#[case] rules: &str, #[case] told: &str) {
        let (row, stale) = applied(rules);
        assert_eq!(row.findings.len(), 2);
        assert!(stale[0].ends_with(told), "{stale:?}");
    }

    #[rstest]
    #[case("[[ignore]]\ncode = 'A'")]
    #[case("[[ignore]]\ncode = 'A'\nreason = ' '")]
    #[case("[[ignore]]\ncode = '['\nreason = 'x'")]
    #[case("[[ignore]]\ncode = 'A'\nreason = 'x'\nlabel = 'a in'")]
    #[case("[[ignore]]\ncode = 'A'\nreason = 'x'\nexpires = 'soon'")]
    #[case("[[ignore]]\ncode = 'A'\nreason = 'x'\nuntil = '2026-12-31'")]
    fn rules_that_cannot_be_meant_are_refused(#[case] rules: &str) {
        assert!(Ignores::parse(rules).is_err());
    }
}
