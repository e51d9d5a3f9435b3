//! Write a troubleshooting check for `bsq-host`: a struct of the fields to read, a function, and a `check.toml`.
//!
//! ```
//! use bsq_sdk::prelude::*;
//!
//! #[derive(Object)]
//! #[object(kind = "v1/PersistentVolumeClaim")]
//! struct Claim { status: Option<ClaimStatus> }
//! #[derive(Object)]
//! struct ClaimStatus { phase: Option<String> }
//!
//! #[check]
//! fn claims_are_bound(cx: &Context) -> Result<Report> {
//!     let mut report = Report::new("every volume claim is bound");
//!     for claim in cx.list::<Claim>()? {
//!         let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
//!         if phase == Some("Pending") {
//!             report.finding("BSQ-STO-001", &claim, format!("claim {} is not bound", claim.name()))
//!                 .since(claim.created()).evidence("status.phase", "Pending")
//!                 .look(["kubectl", "-n", claim.namespace(), "describe", "pvc", claim.name()]);
//!         }
//!     }
//!     report.or_not_applicable("there are no volume claims")
//! }
//!
//! # const MANIFEST: &str = r#"
//! # id = "claims"
//! # title = "Claims are bound"
//! # symptoms = ["runtime"]
//! # scopes = ["platform"]
//! # docs = []
//! # [[kubernetes]]
//! # why = "find claims"
//! # kind = "v1/PersistentVolumeClaim"
//! # verbs = ["list"]
//! # [[finding]]
//! # code = "BSQ-STO-001"
//! # title = "a claim is not bound"
//! # severity = "high"
//! # layer = "data"
//! # "#;
//! use bsq_sdk::testing::FakeHost;
//!
//! // Its test runs the same function against objects in YAML, with the needs of `check.toml` enforced.
//! let outcome = FakeHost::new(MANIFEST).objects("
//!     apiVersion: v1
//!     kind: PersistentVolumeClaim
//!     metadata: {namespace: data, name: data-0, creationTimestamp: '2026-11-23T06:00:00Z'}
//!     status: {phase: Pending}
//! ").run(claims_are_bound);
//! assert_eq!(outcome.codes(), ["BSQ-STO-001"]);
//! ```
//!
//! The three lines to a finding are all there is: what a check reads follows from its types, the verdict from its worst
//! finding, and `?` ends it with what it has.
//!
//! How the parts lie:
//!
//! ```text
//! #[check] fn ─► run ─► Context ─► host ─┬─ component: the imports of wit/ (wasm32)
//!    ▲             │                     └─ testing: FakeHost (everywhere else)
//!    │             └─ Report, Finding ─► answer
//! #[derive(Object)] ─► Decode, and the mask in the section `bsq:fields`
//! ```
//!
//! # What the host is told beside findings
//!
//! An object that does not decode is left out. For each read with such objects the report gets an attribute `invalid`
//! with the value `READ:COUNT:WHAT`: the read's number, how many, and what was wrong with the first. The host gives that
//! read the coverage `invalid`.
#![deny(missing_docs)]

// What the derives write names `::bsq_sdk`, also in this crate.
extern crate self as bsq_sdk;

pub mod coreai;
pub mod credential;
pub mod fields;
pub mod object;
pub mod reads;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
mod component;
mod context;
mod correlate;
mod error;
mod finding;
mod host;
mod input;
mod item;
mod query;
mod report;
mod run;
mod subject;

pub use bsq_sdk_macros::{Object, Settings, check, correlate};
pub use jiff::{self, SignedDuration, Timestamp};
pub use serde;
pub use serde_json;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use wit_bindgen;

pub use context::{Context, Select};
pub use correlate::CheckResult;
pub use error::{Attempt, Error, Result};
pub use finding::{Cause, Evidence, Finding, Severity, Step};
pub use input::{Input, Scope, Window};
pub use item::{Item, Owner};
pub use query::{Http, Logs, PodLogs};
pub use report::{Report, SkipReason, Verdict};
pub use subject::{Named, ObjectRef, Subject};

/// What the export glue of `#[check]` calls.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod glue {
    pub use crate::host::component::{correlate, run};
}

/// Everything that a check needs.
pub mod prelude {
    pub use crate::{
        Attempt, CheckResult, Context, Error, Finding, Item, Named, Object, ObjectRef, Report,
        Result, Settings, Severity, SignedDuration, Subject, Timestamp, Verdict, check, correlate,
    };
    pub use serde_json::{Value, json};
}
