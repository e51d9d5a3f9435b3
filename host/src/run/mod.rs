//! From settings to a report: plan, one check, many checks, outcomes, groups.
