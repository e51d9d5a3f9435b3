//! From settings to a report: plan, one check, many checks, verdicts, groups.

pub mod verdict;
