//! From settings to a report: plan, one check, many checks, verdicts, groups.

pub mod groups;
pub mod verdict;
