//! What the host reads for itself: what belongs together, since when it fails, and what changed before.
//!
//! Declared in `needs.toml`, granted by a row of the lock like a check's, and read through the run's view, so that it is
//! recorded, and shared with checks that read the same. Nothing of it decides a verdict.

mod before;
mod changes;
mod object;
mod place;

pub use before::{before, within};

use std::sync::Arc;

use futures::future::join_all;
use semver::Version;
use serde_json::value::RawValue;

use self::object::Object;
use super::groups::{Key, Surroundings};
use crate::abi::calls::{CallLog, Came};
use crate::capability::record::{Header, RecordedCheck};
use crate::capability::view::{Collection, ListWant, View, ViewPlan};
use crate::capability::{Coverage, ReadError};
use crate::component::source::digest;
use crate::grant::{Gate, Grant, Grants, PlannedRead};
use crate::manifest::{Manifest, Verb};
use crate::report::model::{Change, CheckRow, CoverageTable};
use crate::ui::Fault;

/// What is declared.
const NEEDS: &str = include_str!("needs.toml");

/// All of it, where none of it is read.
const ALL: &str = "list what belongs together and what changed";

/// The host's own reads, as far as they are granted.
pub struct Own {
    digest: String,
    gate: Option<Gate>,
    /// Why there are none.
    withheld: Option<Came>,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub surroundings: Surroundings,
    /// By time.
    pub changes: Vec<Change>,
    /// Of the reads; absent where none was made.
    pub coverage: Option<CoverageTable>,
}

/// The host's own manifest, which grants name by its digest.
pub fn manifest() -> Result<(Manifest, String), Fault> {
    let version = Version::parse(env!("CARGO_PKG_VERSION")).map_err(|error| broken(&error))?;
    let manifest = Manifest::from_check_toml(NEEDS, Some(&version)).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        broken(&problems.join("; "))
    })?;
    Ok((manifest, digest(NEEDS.as_bytes())))
}

fn broken(cause: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        "BSQ0402",
        format!("the host's own needs cannot be read: {cause}"),
    )
    .hint("this is an error of bsq-host: report it with its version")
}

impl Own {
    /// What is granted; on a recording, what it holds: another union of fields would be answered by nothing.
    pub fn new(grants: &Grants, recording: Option<&Header>) -> Result<Self, Fault> {
        let (manifest, digest) = manifest()?;
        let is_recorded = recording.is_none_or(|header| {
            let mut checks = header.checks.iter();
            checks.any(|check| check.id == manifest.id && check.digest.as_ref() == Some(&digest))
        });
        let grant = grants.of(&digest, &manifest)?.filter(|_| is_recorded);
        let withheld = match (&grant, is_recorded) {
            (Some(_), _) => None,
            (None, false) => Some(Came::partly(
                Coverage::NotCollected,
                "the recording does not hold what this host reads for itself",
            )),
            (None, true) => Some(Came {
                hint: Some(format!(
                    "use the lock that was built with this host, or grant `digest = \"{digest}\"`"
                )),
                ..Came::partly(Coverage::Denied, "no grant names the host's own reads")
            }),
        };
        Ok(Self {
            digest,
            gate: grant.map(|grant| Gate::new(manifest, grant)),
            withheld,
        })
    }

    /// What is granted.
    pub fn grant(&self) -> Option<&Grant> {
        self.gate.as_ref().map(Gate::grant)
    }

    /// As a recording notes it.
    pub fn recorded(&self) -> Option<RecordedCheck> {
        let manifest = self.gate.as_ref()?.manifest();
        Some(RecordedCheck {
            id: manifest.id.clone(),
            version: Some(manifest.version.to_string()),
            digest: Some(self.digest.clone()),
            settings: serde_json::json!({}),
        })
    }

    /// Join the union of what is read. As no list: what only the host wants is listed only where something fails.
    pub fn plan(&self, plan: &mut ViewPlan) {
        for read in self.reads() {
            plan.add(&read.resource, false, &read.namespaces, &read.mask, false);
        }
    }

    fn reads(&self) -> Vec<PlannedRead> {
        let reads = self.gate.iter().flat_map(Gate::reads);
        reads.filter(|read| read.verb == Verb::List).collect()
    }

    /// Read all of it.
    pub async fn look(&self, view: &View) -> Seen {
        let mut calls = CallLog::new(false);
        let mut seen = Seen::default();
        if let Some(withheld) = &self.withheld {
            calls.note(ALL, withheld.clone());
        }
        let reads = self.reads();
        let answers = join_all(reads.iter().map(|read| list(read, view))).await;
        for (read, answer) in reads.iter().zip(answers) {
            let call = format!("list {}", read.resource.kind);
            let came = match answer {
                Ok(collection) => seen.take(&collection, read).await,
                Err(error) => Came::partly(error.code.coverage(), error.message),
            };
            calls.note(&call, came);
        }
        seen.changes.sort_by(|one, other| key(one).cmp(&key(other)));
        seen.changes.dedup();
        seen.coverage = Some(calls.finish().0);
        seen
    }
}

fn key(change: &Change) -> (&str, &str) {
    (&change.time, &change.text)
}

async fn list(read: &PlannedRead, view: &View) -> Result<Arc<Collection>, ReadError> {
    let want = ListWant {
        resource: &read.resource,
        namespaces: &read.namespaces,
        namespace: None,
        selector: None,
        mask: &read.mask,
        facts: false,
    };
    view.list(&want).await.map(|asked| asked.value)
}

impl Seen {
    /// Take the objects of a list over; what is known of it.
    async fn take(&mut self, collection: &Collection, read: &PlannedRead) -> Came {
        let mut came = Came::complete();
        let mut invalid = 0;
        let mut cursor = None;
        loop {
            let page = collection.page(cursor.as_deref(), 0, &read.mask, false);
            let page = match page.await {
                Ok(page) => page,
                Err(error) => return Came::partly(error.code.coverage(), error.message),
            };
            if page.coverage > came.coverage {
                (came.coverage, came.detail) = (page.coverage, page.detail);
            }
            match serde_json::from_str::<Vec<&RawValue>>(&page.items) {
                Ok(rows) => invalid += self.take_rows(&rows, read),
                Err(_) => invalid += page.count,
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        match invalid {
            0 => came,
            count => Came::partly(Coverage::Invalid, format!("{count} objects did not decode")),
        }
    }

    /// How many of the rows did not decode.
    fn take_rows(&mut self, rows: &[&RawValue], read: &PlannedRead) -> u32 {
        let mut invalid = 0;
        for row in rows {
            match serde_json::from_str::<Object>(row.get()) {
                Ok(mut object) => {
                    object.kind.clone_from(&read.resource.kind.kind);
                    self.surroundings.add(object.key(), place::place(&object));
                    self.changes.extend(changes::changes(&object));
                }
                Err(_) => invalid += 1,
            }
        }
        invalid
    }

    /// Nothing was seen, since the run ended before.
    pub fn cut(why: &str) -> Self {
        let mut calls = CallLog::new(false);
        calls.note(ALL, Came::partly(Coverage::Failed, why));
        Self {
            coverage: Some(calls.finish().0),
            ..Self::default()
        }
    }

    /// Give findings the onset that their object tells, where the check knows none.
    pub fn date(&self, rows: &mut [CheckRow]) {
        for finding in rows.iter_mut().flat_map(|row| &mut row.findings) {
            if finding.since.is_some() {
                continue;
            }
            let place = Key::of(&finding.subject).and_then(|key| self.surroundings.of(&key));
            if let Some((since, source)) = place.and_then(|place| place.onset.as_ref()) {
                finding.since = Some(since.to_string());
                // Whoever reads the report sees whose word it is.
                finding
                    .attributes
                    .insert("since-from".to_owned(), source.clone());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::report::testing::{finding, row};
    use crate::run::groups::Place;

    #[test]
    fn the_hosts_own_needs_are_sound_and_read_no_value() {
        let (manifest, _) = manifest().unwrap();
        assert!(manifest.problems().is_empty(), "{:?}", manifest.problems());
        for need in &manifest.kubernetes {
            assert!(need.optional && !need.facts, "{}", need.kind);
            let mut fields = need.fields.iter();
            assert!(
                !fields.any(|field| field == "data" || field == "spec"),
                "{}",
                need.kind
            );
        }
    }

    #[test]
    fn without_a_grant_nothing_is_read_and_it_says_so() {
        let own = Own::new(&Grants::default(), None).unwrap();
        assert!(own.reads().is_empty() && own.recorded().is_none());
        assert_eq!(own.withheld.unwrap().coverage, Coverage::Denied);
    }

    #[test]
    fn an_onset_is_filled_in_where_the_check_knows_none() {
        let mut seen = Seen::default();
        let since: Timestamp = "2026-11-23T06:03:00Z".parse().unwrap();
        let place = Place {
            onset: Some((since, "status.conditions[Ready]".to_owned())),
            ..Place::default()
        };
        for name in ["a", "b"] {
            seen.surroundings
                .add(Key::new("Pod", Some("data"), name), place.clone());
        }
        let known = finding("b", "A").since("2026-11-23T05:00:00Z");
        let mut rows = [row("x")
            .findings([finding("a", "A"), known, finding("c", "A")])
            .build()];
        seen.date(&mut rows);
        let since = rows
            .iter()
            .flat_map(|row| &row.findings)
            .map(|one| one.since.as_deref());
        let since: Vec<_> = since.collect();
        assert_eq!(
            since,
            [
                Some("2026-11-23T06:03:00Z"),
                Some("2026-11-23T05:00:00Z"),
                None
            ]
        );
    }
}
