//! Results of another environment, as a report or a recording holds them.

use crate::engine::EnvironmentResults;
use crate::report::model::Run;

/// What correlators read of a run that has ended before.
pub fn of_run(run: &Run, others: &[EnvironmentResults]) -> EnvironmentResults {
    EnvironmentResults {
        environment: distinct(&run.context, others),
        rows: run.checks.clone(),
        roots: run.groups.iter().map(|group| group.root.clone()).collect(),
    }
}

/// Two recordings of one context are two environments.
pub(super) fn distinct(context: &str, others: &[EnvironmentResults]) -> String {
    let is_taken = |name: &str| others.iter().any(|other| other.environment == name);
    let numbered = (2..).map(|number| format!("{context} ({number})"));
    std::iter::once(context.to_owned())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| context.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::testing::{finding, report, row};

    #[test]
    fn two_environments_of_one_name_are_told_apart_and_roots_are_kept() {
        let so = finding("so", "B").caused_by_code("A");
        let report = report([row("x").findings([finding("root", "A"), so])]);
        let run = report.runs.first().unwrap();
        let one = of_run(run, &[]);
        let other = of_run(run, std::slice::from_ref(&one));
        assert_eq!(
            (one.environment.as_str(), other.environment.as_str()),
            ("prod-eu", "prod-eu (2)")
        );
        assert!(one.roots.contains("root") && !one.roots.contains("so"));
    }
}
