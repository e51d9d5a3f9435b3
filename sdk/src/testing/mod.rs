//! Run a check in a test: the real function, with the needs of its `check.toml` and its field mask enforced, against
//! objects in YAML. No wasm, no cluster.
//!
//! ```
//! use bsq_sdk::prelude::*;
//! use bsq_sdk::testing::FakeHost;
//!
//! #[derive(Object)]
//! #[object(kind = "v1/Node")]
//! struct Node { spec: Spec }
//! #[derive(Object)]
//! struct Spec { unschedulable: bool }
//!
//! fn nodes_take_pods(cx: &Context) -> Result<Report> {
//!     let mut report = Report::new("every node takes pods");
//!     for node in cx.list::<Node>()?.iter().filter(|node| node.spec.unschedulable) {
//!         report.finding("BSQ-NODE-001", node, format!("node {} is cordoned", node.name()));
//!     }
//!     report.or_not_applicable("no node is in scope")
//! }
//!
//! const MANIFEST: &str = r#"
//!     id = "nodes"
//!     title = "Nodes take pods"
//!     [[kubernetes]]
//!     why = "find cordoned nodes"
//!     kind = "v1/Node"
//!     verbs = ["list"]
//!     [[finding]]
//!     code = "BSQ-NODE-001"
//!     title = "a node is cordoned"
//!     severity = "medium"
//!     layer = "infrastructure"
//! "#;
//! let host = || FakeHost::new(MANIFEST).objects("
//!     apiVersion: v1
//!     kind: Node
//!     metadata: {name: worker-1}
//!     spec: {unschedulable: true}
//! ");
//! assert_eq!(host().run(nodes_take_pods).verdict, Some(Verdict::Warn));
//!
//! // A denied read is never green.
//! let outcome = host().denied("v1/Node").run(nodes_take_pods);
//! assert_eq!(outcome.word(), "skip: unknown");
//! assert!(!outcome.complete);
//! ```

mod answers;
mod builder;
mod calls;
mod kubernetes;
mod manifest;
mod mask;
mod outcome;

pub use builder::{Answer, FakeHost};
pub use outcome::{Coverage, Outcome, Read, causes};

pub(crate) use calls::Host;
