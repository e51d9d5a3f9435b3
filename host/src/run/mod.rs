//! From settings to a report: plan, one check, many checks, verdicts, groups.
//!
//! ```text
//! basis (cluster │ recording) ─► plan (rows that do not start │ ready checks, union of reads)
//!                                  └─► many ─► one ─► row ◄─ verdict
//! rows ─► groups ─► assemble ─► Run of the report
//! ```

pub mod assemble;
pub mod basis;
pub mod groups;
pub mod many;
mod one;
pub mod plan;
mod row;
pub mod scope;
pub mod verdict;
