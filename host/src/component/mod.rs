//! From bytes to something that can be started: source, manifest section, preflight, compiled code.
//!
//! ```text
//! file │ folder ─► Candidate ─► Loaded{bytes, digest} ─► section ─► Manifest ─► preflight ─► Fit | every Misfit
//!                                                                               Fit ─► code cache ─► Component
//! ```
//!
//! Nothing here runs a component, and nothing decides what it may read.

pub mod cache;
pub mod compile;
pub mod contract;
pub mod misfit;
pub mod preflight;
pub mod section;
pub mod source;

pub use cache::CodeCache;
pub use contract::Family;
pub use preflight::{Fit, Inspection, Role, inspect};
pub use source::{Candidate, Loaded, candidates};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
