//! From settings to a report: plan, one check, many checks, verdicts, groups.
//!
//! ```text
//! environment: basis (cluster │ recording) ─► plan (rows that do not start │ ready checks, union of reads)
//!                                               └─► many ─► one ─► row ◄─ verdict
//! rows ─► own (onsets, surroundings, changes) ─► correlators ─► groups (graph) ─► extent ─► assemble ─► Run of the report
//! ```

pub mod assemble;
pub mod basis;
pub mod environment;
pub mod extent;
pub mod graph;
pub mod groups;
pub mod ignore;
pub mod many;
mod one;
pub mod own;
pub mod plan;
pub mod results;
mod row;
pub mod scope;
pub mod verdict;
pub mod wide;
