//! What all checks of a run share, and what each is told.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::abi::command::CommandDecorator;
use crate::capability::view::{RunScope, View};
use crate::manifest::Symptom;
use crate::report::model::{CheckRow, Scope, Window};

/// Shows a line of progress: the check's id, and what it says it does.
pub type ShowProgress = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// One run, as the executions of its checks see it.
pub struct RunContext {
    pub view: Arc<View>,
    /// What the operator narrowed the run to; reads that do not pass the view's lists are held against it too.
    pub scope: RunScope,
    /// The frozen clock.
    pub now: Timestamp,
    pub window: Span,
    /// Of the randomness that components get.
    pub seed: u64,
    pub commands: CommandDecorator,
    pub progress: Option<ShowProgress>,
    /// The id of the check whose calls are traced.
    pub trace: Option<String>,
}

/// The run's window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    pub start: Timestamp,
    /// Exclusive.
    pub end: Timestamp,
}

/// What a check is told.
#[derive(Clone, Debug)]
pub struct CheckInput {
    pub scope: Scope,
    pub symptom: Option<Symptom>,
    pub window: Window,
    /// A JSON object, defaults filled in.
    pub settings: String,
    /// What a correlator is told besides.
    pub attributes: Vec<(String, String)>,
    /// What a correlator reads.
    pub results: Arc<Vec<EnvironmentResults>>,
}

/// The finished rows of one environment.
#[derive(Clone, Debug)]
pub struct EnvironmentResults {
    /// The context's name.
    pub environment: String,
    pub rows: Vec<CheckRow>,
    /// Fingerprints of the findings that are no consequence of another.
    pub roots: BTreeSet<String>,
}

impl fmt::Debug for RunContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunContext")
            .field("now", &self.now)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
