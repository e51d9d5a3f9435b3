//! Which checks run, with which grants and settings, and the union of what they read.
//!
//! Every component that was named comes out of here once: ready to run, or as a row that says why not. Nothing is
//! compiled or read from a cluster.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde_json::Value;

use super::row;
use crate::capability::view::{RunScope, ViewPlan};
use crate::component::{Candidate, Fit, Loaded, candidates, inspect};
use crate::grant::{Denial, Gate, Grants, Namespaces, Origin};
use crate::manifest::{Manifest, ScopeKind, Symptom, Verb};
use crate::report::model::{CheckRow, Outcome};
use crate::settings::Filter;
use crate::ui::Fault;

/// What a run will do.
#[derive(Default)]
pub struct Plan {
    /// Components that do not start.
    pub rows: Vec<CheckRow>,
    pub ready: Vec<Ready>,
}

/// A check that may start.
pub struct Ready {
    /// As the operator named it.
    pub source: String,
    pub loaded: Loaded,
    pub fit: Fit,
    pub gate: Arc<Gate>,
    /// `lock`, `grants` or `declared`.
    pub granted_by: &'static str,
    pub settings: Value,
}

/// What decides whether and how a check runs, besides itself.
pub struct Rules<'a> {
    pub filter: &'a Filter,
    pub symptom: Option<Symptom>,
    pub scope: ScopeKind,
    pub allow_empty: bool,
    pub grants: &'a Grants,
    /// Digests that `--grant-declared` names.
    pub declared: &'a [String],
    /// The settings of a check, from `bsq.toml` or from a recording.
    pub settings: &'a dyn Fn(&Manifest, &str) -> Result<Value, Fault>,
}

/// The components that were named, each with what it says of itself. Nothing of a cluster or of grants is needed for
/// that, so it is done while the run connects.
pub struct Named {
    rows: Vec<CheckRow>,
    seen: Vec<Seen>,
}

/// A component with what it says of itself.
struct Seen {
    candidate: Candidate,
    loaded: Loaded,
    manifest: Option<Manifest>,
    fit: Result<Fit, CheckRow>,
}

impl Named {
    /// Look at every component that the paths name.
    pub fn look(paths: &[PathBuf]) -> Result<Self, Fault> {
        let looks: Vec<Result<Seen, Box<CheckRow>>> = candidates(paths)?
            .into_par_iter()
            .map(|candidate| match candidate.load() {
                Ok(loaded) => Ok(Seen::new(candidate, loaded)),
                Err(misfit) => {
                    let (id, source) = (candidate.stem(), &candidate.source);
                    let row = row::incompatible(&id, source, None, None, vec![misfit]);
                    Err(Box::new(row))
                }
            })
            .collect();
        let mut named = Self {
            rows: Vec::new(),
            seen: Vec::new(),
        };
        for look in looks {
            match look {
                Ok(seen) => named.seen.push(seen),
                Err(row) => named.rows.push(*row),
            }
        }
        Ok(named)
    }
}

impl Plan {
    /// Decide for each component that was named whether and how it runs.
    pub fn make(named: Named, rules: &Rules<'_>) -> Result<Self, Fault> {
        let Named { rows, seen } = named;
        let mut plan = Self {
            rows,
            ready: Vec::new(),
        };
        if !rules.allow_empty {
            let ids: Vec<String> = seen.iter().map(Seen::id).collect();
            if let Some(fault) = rules.filter.unmatched(ids.iter().map(String::as_str)) {
                return Err(fault);
            }
        }
        plan.rows.retain(|row| rules.filter.admits(&row.id));
        for seen in seen {
            if rules.admits(&seen) {
                plan.add(seen, rules)?;
            }
        }
        Ok(plan)
    }

    fn add(&mut self, seen: Seen, rules: &Rules<'_>) -> Result<(), Fault> {
        let Some(manifest) = seen.manifest else {
            self.rows.extend(seen.fit.err());
            return Ok(());
        };
        let (source, digest) = (seen.candidate.source, seen.loaded.digest.clone());
        let grant = match rules.grants.of(&digest, &manifest) {
            Ok(Some(grant)) => grant,
            Ok(None) => {
                self.rows.push(row::ungranted(&manifest, &source, &digest));
                return Ok(());
            }
            Err(fault) => {
                self.rows
                    .push(row::misgranted(&manifest, &source, &digest, &fault));
                return Ok(());
            }
        };
        let fit = match seen.fit {
            Ok(fit) => fit,
            Err(row) => {
                self.rows.push(row);
                return Ok(());
            }
        };
        let settings = (rules.settings)(&manifest, &digest)?;
        let granted_by = rules.origin(&digest);
        let gate = Gate::new(manifest, grant);
        let missing = gate.missing_required();
        if missing.is_empty() {
            self.ready.push(Ready {
                source,
                loaded: seen.loaded,
                fit,
                gate: Arc::new(gate),
                granted_by,
                settings,
            });
        } else {
            self.rows
                .push(not_started(&gate, &source, &digest, granted_by, &missing));
        }
        Ok(())
    }

    /// The union of what the ready checks read, within the run's scope.
    pub fn view(&self, scope: RunScope, fallback: impl IntoIterator<Item = String>) -> ViewPlan {
        let mut plan = ViewPlan::default();
        plan.scope = scope;
        plan.fallback_namespaces.extend(fallback);
        for read in self.ready.iter().flat_map(|check| check.gate.reads()) {
            let is_listed = read.verb == Verb::List;
            plan.add(
                &read.resource,
                is_listed,
                &read.namespaces,
                &read.mask,
                read.facts,
            );
            if is_listed && read.is_required {
                plan.surely_lists(&read.resource);
            }
            if let Namespaces::Only(names) = read.namespaces {
                plan.fallback_namespaces.extend(names);
            }
        }
        plan
    }
}

impl Seen {
    fn new(candidate: Candidate, loaded: Loaded) -> Self {
        let inspection = inspect(&loaded.bytes);
        let fit = inspection.fit.map_err(|misfits| {
            let manifest = inspection.manifest.as_ref();
            let id = manifest.map_or_else(|| candidate.stem(), |manifest| manifest.id.clone());
            row::incompatible(
                &id,
                &candidate.source,
                Some(&loaded.digest),
                manifest,
                misfits,
            )
        });
        Self {
            candidate,
            loaded,
            manifest: inspection.manifest,
            fit,
        }
    }

    fn id(&self) -> String {
        self.manifest
            .as_ref()
            .map_or_else(|| self.candidate.stem(), |manifest| manifest.id.clone())
    }
}

impl Rules<'_> {
    /// A check that has nothing to say on the symptom or the scope is left out; one that cannot be read is not.
    fn admits(&self, seen: &Seen) -> bool {
        let answers = |manifest: &Manifest| {
            self.symptom
                .is_none_or(|symptom| manifest.symptoms.contains(&symptom))
                && (manifest.scopes.is_empty() || manifest.scopes.contains(&self.scope))
        };
        self.filter.admits(&seen.id()) && seen.manifest.as_ref().is_none_or(answers)
    }

    fn origin(&self, digest: &str) -> &'static str {
        if self.declared.iter().any(|declared| declared == digest) {
            return "declared";
        }
        let is_own = self
            .grants
            .rows_of(digest)
            .any(|(origin, _)| *origin == Origin::Own);
        if is_own { "grants" } else { "lock" }
    }
}

fn not_started(
    gate: &Gate,
    source: &str,
    digest: &str,
    granted_by: &str,
    missing: &[Denial],
) -> CheckRow {
    let mut row = row::of(gate.manifest(), source, digest);
    let reasons: Vec<&str> = missing
        .iter()
        .map(|denial| denial.reason.as_str())
        .collect();
    row.summary = reasons.join("; ");
    row.outcome = Outcome::NotStarted {
        reason: row.summary.clone(),
    };
    row.hints = missing.iter().map(|denial| denial.hint.clone()).collect();
    row.granted_by = Some(granted_by.to_owned());
    row::decide(&mut row, None, None);
    row
}
