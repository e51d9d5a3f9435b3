//! One environment: where its answers come from, what runs on it, and what came of it.
//!
//! A run looks at one, and at others that `--also` names, each with its own scope, view and grants of the same checks.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::assemble::{self, Finished};
use super::basis::Basis;
use super::graph::Graph;
use super::groups::{Ground, group};
use super::ignore::{Ignores, Look, Tally};
use super::many::{Bench, Ended, Told, Workshop, not_run, run_all};
use super::own::{Own, Seen};
use super::plan::{Named, Plan, Ready, Rules};
use super::results::distinct;
use super::{scope, wide};
use crate::capability::record::{RecordedCheck, RecordingWriter};
use crate::capability::view::View;
use crate::component::Role;
use crate::engine::EnvironmentResults;
use crate::grant::{Grant, Grants, in_words};
use crate::manifest::{Manifest, ScopeKind};
use crate::report::model::{CheckRow, Run, SkipReason, Verdict};
use crate::settings::file::ConfigFile;
use crate::settings::{Input, Settings};
use crate::ui::{Fault, Progress};

/// What was asked for.
pub struct Order<'a> {
    pub settings: &'a Settings,
    pub config: &'a ConfigFile,
    pub grants: &'a Grants,
    /// Digests that `--grant-declared` names.
    pub declared: &'a [String],
    pub ignores: &'a Ignores,
    /// Take the kinds of a first look along.
    pub is_wide: bool,
    /// The components.
    pub paths: &'a [PathBuf],
}

/// Where to look.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    pub input: Input,
    /// The token of a failing user, which is for the first environment alone.
    pub user_token: Option<&'a Path>,
}

/// An environment that can be looked at.
pub struct Environment<'a> {
    order: &'a Order<'a>,
    basis: Basis,
    rows: Vec<CheckRow>,
    checks: Vec<Ready>,
    correlators: Vec<Ready>,
    grants: Vec<String>,
    writer: Option<Arc<RecordingWriter>>,
    view: Arc<View>,
    own: Own,
    graph: Graph,
}

/// What was seen of it, before anything is said of it together.
pub struct Looked {
    ended: Ended,
    seen: Seen,
    ignored: Tally,
}

impl Looked {
    pub fn is_interrupted(&self) -> bool {
        self.ended.interrupted
    }
}

impl<'a> Environment<'a> {
    /// Connect or open the recording, and plan.
    pub async fn open(order: &'a Order<'a>, site: &Site<'_>) -> Result<Self, Fault> {
        let Order {
            settings, config, ..
        } = order;
        // Changes are told alone.
        let paths = match settings.changes {
            Some(_) => Vec::new(),
            None => order.paths.to_vec(),
        };
        let named = tokio::task::spawn_blocking(move || Named::look(&paths));
        let (named, basis) = tokio::join!(named, Basis::open(settings, config, site));
        let named = named.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
        let basis = basis?;
        let mut plan = plan(order, &basis, named)?;
        let own = Own::new(order.grants, basis.header())?;
        let graph = Graph::with(&basis.facts().graph)?;
        let is_own_shown = !plan.ready.is_empty() || settings.changes.is_some();
        let grants = in_words(&granted(&plan, own.grant().filter(|_| is_own_shown)));
        let writer = writer(&site.input, &basis, &plan, &own, &grants)?;
        let facts = basis.facts();
        let fallback = config.namespaces(&facts.context).to_vec();
        let mut union = plan.view(scope::of_run(&facts.scope)?, fallback);
        own.plan(&mut union);
        if order.is_wide {
            wide::plan(&mut union);
        }
        let view = Arc::new(View::new(basis.reads(writer.as_ref()), union));
        if !settings.allow_empty {
            scope::check_exists(&facts.scope, &view).await?;
        }
        view.begin();
        let (correlators, checks) = std::mem::take(&mut plan.ready)
            .into_iter()
            .partition(|ready| ready.fit.role == Role::Correlator);
        Ok(Self {
            order,
            basis,
            rows: plan.rows,
            checks,
            correlators,
            grants,
            writer,
            view,
            own,
            graph,
        })
    }

    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Ids of all components that were named.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let ready = self.checks.iter().chain(&self.correlators);
        let ready = ready.map(|ready| ready.gate.manifest().id.as_str());
        self.rows.iter().map(|row| row.id.as_str()).chain(ready)
    }

    /// Lists were narrowed by `-l`, and nothing matched.
    pub fn selected_nothing(&self) -> bool {
        self.view.selected_nothing()
    }

    /// Run the checks, and read what the host needs besides: where something fails, or where it was asked for.
    pub async fn look(
        &mut self,
        workshop: &Arc<Workshop>,
        progress: &Arc<dyn Progress>,
    ) -> Result<Looked, Fault> {
        let checks = std::mem::take(&mut self.checks);
        let mut ended = run_all(checks, &self.bench(workshop, progress), Told::default()).await?;
        ended.rows.append(&mut self.rows);
        let is_asked = self.order.settings.changes.is_some();
        let is_wanted = is_asked || !ended.interrupted && ended.rows.iter().any(fails);
        let seen = match is_wanted {
            true => self.own_look(workshop, &mut ended.interrupted).await,
            false => Seen::default(),
        };
        if self.order.is_wide && !ended.interrupted {
            wide::read(&self.view).await;
        }
        seen.date(&mut ended.rows);
        let mut ignored = Tally::default();
        self.ignore(&mut ended.rows, &mut ignored);
        assemble::sort(&mut ended.rows);
        Ok(Looked {
            ended,
            seen,
            ignored,
        })
    }

    fn ignore(&self, rows: &mut [CheckRow], tally: &mut Tally) {
        let now = self.basis.facts().now;
        self.order.ignores.apply(rows, &self.view, now, tally);
    }

    /// The host's own reads, within the run's time.
    async fn own_look(&self, workshop: &Workshop, interrupted: &mut bool) -> Seen {
        let left = self.order.settings.timeout.saturating_sub(workshop.took());
        tokio::select! {
            seen = self.own.look(&self.view) => seen,
            () = tokio::time::sleep(left) => Seen::cut("the run's time was over before it was read"),
            Ok(()) = tokio::signal::ctrl_c() => {
                *interrupted = true;
                Seen::cut("interrupted before it was read")
            }
        }
    }

    /// What correlators read of it, under a name that no other environment has.
    pub fn results(&self, looked: &Looked, others: &[EnvironmentResults]) -> EnvironmentResults {
        let groups = group(&looked.ended.rows, self.ground(&looked.seen));
        EnvironmentResults {
            environment: distinct(&self.basis.facts().context, others),
            rows: looked.ended.rows.clone(),
            roots: groups.into_iter().map(|group| group.root).collect(),
        }
    }

    /// Run the correlators on the results of all environments, of which this one is the first.
    pub async fn correlate(
        &mut self,
        looked: &mut Looked,
        results: Vec<EnvironmentResults>,
        workshop: &Arc<Workshop>,
        progress: &Arc<dyn Progress>,
    ) -> Result<(), Fault> {
        let correlators = std::mem::take(&mut self.correlators);
        if correlators.is_empty() {
            return Ok(());
        }
        let bench = self.bench(workshop, progress);
        let mut later = if looked.ended.interrupted {
            not_run(correlators, &bench)
        } else {
            let own = results.first().map(|first| first.environment.clone());
            let told = Told {
                attributes: vec![
                    ("graph".to_owned(), self.graph.json()),
                    ("environment".to_owned(), own.unwrap_or_default()),
                ],
                results: Arc::new(results),
            };
            run_all(correlators, &bench, told).await?
        };
        self.ignore(&mut later.rows, &mut looked.ignored);
        looked.ended.join(later);
        assemble::sort(&mut looked.ended.rows);
        Ok(())
    }

    /// Keep what was seen of another environment: a replay of this one has it too.
    pub fn keep(&self, other: &Run) {
        if let Some(writer) = &self.writer {
            writer.environment(other);
        }
    }

    /// The run of the report, and the lines of the trace.
    pub fn finish(&self, looked: Looked, workshop: &Workshop) -> (Run, Vec<String>) {
        let Looked {
            mut ended,
            seen,
            ignored,
        } = looked;
        let facts = self.basis.facts();
        let looks = self.looks(&ended);
        let stale_ignores = self.order.ignores.stale(&ignored, facts.now, &looks);
        let trace = std::mem::take(&mut ended.trace);
        let changes = self.order.settings.changes;
        let run = assemble::run(Finished {
            ended,
            basis: &self.basis,
            grants: self.grants.clone(),
            ground: self.ground(&seen),
            seen: &seen,
            changes: changes
                .map(|span| SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)),
            took: workshop.took(),
            stale_ignores,
        });
        (run, trace)
    }

    /// What each check could find, and whether it has looked everywhere. A narrower run has not.
    fn looks(&self, ended: &Ended) -> Vec<Look<'_>> {
        let facts = self.basis.facts();
        let scope = &facts.scope;
        let all = || self.checks.iter().chain(&self.correlators);
        let is_of = |row: &&CheckRow, ready: &Ready| {
            row.digest.as_deref() == Some(ready.loaded.digest.as_str())
        };
        // What could not be started might have found anything.
        let mut others = ended
            .rows
            .iter()
            .filter(|row| !all().any(|ready| is_of(row, ready)));
        let is_whole = scope.kind == ScopeKind::Platform
            && scope.selector.is_none()
            && scope.namespaces.is_empty()
            && scope.excluded_namespaces.is_empty()
            && facts.symptom.is_none()
            && self.order.settings.filter.is_everything()
            && !ended.interrupted
            && others.all(|row| row.complete);
        let look = |ready: &'_ Ready| {
            let mut rows = ended.rows.iter();
            let row = rows.find(|row| is_of(row, ready));
            let has_seen =
                |row: &CheckRow| row.complete && row.skip_reason != Some(SkipReason::NotConfigured);
            is_whole && row.is_some_and(has_seen)
        };
        let looks = all().map(|ready| Look {
            codes: codes_of(ready.gate.manifest()),
            saw_all: look(ready),
        });
        looks.collect()
    }

    /// End the recording, where one is written.
    pub fn close(&self) -> Result<(), Fault> {
        self.writer
            .as_ref()
            .map_or(Ok(()), |writer| writer.finish(&self.basis.redaction()))
    }

    fn ground<'g>(&'g self, seen: &'g Seen) -> Ground<'g> {
        Ground {
            graph: &self.graph,
            surroundings: &seen.surroundings,
        }
    }

    fn bench<'b>(&'b self, workshop: &'b Arc<Workshop>, progress: &Arc<dyn Progress>) -> Bench<'b> {
        Bench {
            workshop,
            settings: self.order.settings,
            limits: &self.order.config.limits,
            basis: &self.basis,
            view: &self.view,
            writer: self.writer.as_ref(),
            progress: Arc::clone(progress),
        }
    }
}

fn plan(order: &Order<'_>, basis: &Basis, named: Named) -> Result<Plan, Fault> {
    let settings_of = |manifest: &Manifest, digest: &str| -> Result<Value, Fault> {
        match basis.recorded_settings(manifest, digest) {
            Some(recorded) => Ok(recorded),
            None => order.config.settings_of(manifest),
        }
    };
    let facts = basis.facts();
    Plan::make(
        named,
        &Rules {
            filter: &order.settings.filter,
            symptom: facts.symptom,
            scope: facts.scope.kind,
            allow_empty: order.settings.allow_empty || order.settings.changes.is_some(),
            grants: order.grants,
            declared: order.declared,
            settings: &settings_of,
        },
    )
}

/// The grants of all that may read, for the header.
fn granted(plan: &Plan, own: Option<&Grant>) -> Vec<Grant> {
    let ready = plan.ready.iter().map(|check| check.gate.grant());
    ready.chain(own).cloned().collect()
}

fn writer(
    input: &Input,
    basis: &Basis,
    plan: &Plan,
    own: &Own,
    grants: &[String],
) -> Result<Option<Arc<RecordingWriter>>, Fault> {
    let Input::Live {
        record: Some(path), ..
    } = input
    else {
        return Ok(None);
    };
    let checks = plan.ready.iter().map(|check| RecordedCheck {
        id: check.gate.manifest().id.clone(),
        version: Some(check.gate.manifest().version.to_string()),
        digest: Some(check.loaded.digest.clone()),
        settings: check.settings.clone(),
    });
    let checks = checks.chain(own.recorded());
    let header = basis.facts().header(checks.collect(), grants.to_vec());
    RecordingWriter::create(path, &header).map(Some)
}

fn codes_of(manifest: &Manifest) -> Vec<&str> {
    let findings = manifest.findings.iter();
    findings.map(|finding| finding.code.as_str()).collect()
}

fn fails(row: &CheckRow) -> bool {
    let mut findings = row.findings.iter();
    findings.any(|finding| Verdict::of(finding.severity) != Verdict::Pass)
}
