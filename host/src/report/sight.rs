//! What a run could have said of a finding that it does not have: without that it is neither gone nor anybody's own.

use super::model::{CheckRow, Run, Scope, Subject};
use super::words;

/// Why a run cannot say that a finding of another run is not there; none where it can.
pub(super) fn blind(run: &Run, other: &Run, check: &str, subject: &Subject) -> Option<String> {
    let mut rows = run.checks.iter().filter(|row| row.id == check);
    let Some(row) = rows.next() else {
        return Some(format!("{check} did not run"));
    };
    if !row.complete {
        return Some(format!("{check} could not see all: {}", missing(row)));
    }
    if run.scope == other.scope {
        return None;
    }
    out_of_sight(&run.scope, subject)
}

fn missing(row: &CheckRow) -> String {
    let said = row.unknown.clone().or_else(|| words::unknown_reads(row));
    said.unwrap_or_else(|| row.summary.clone())
}

/// Where a run that looked at less may not have looked. What is in no namespace may be told by what is in one.
fn out_of_sight(scope: &Scope, subject: &Subject) -> Option<String> {
    if let Some(selector) = &scope.selector {
        return Some(format!("only what `-l {selector}` selects was looked at"));
    }
    let namespace = match subject {
        Subject::Object { namespace, .. } => namespace.as_deref(),
        Subject::Named { .. } => None,
    };
    match namespace {
        Some(namespace) => {
            let is_in =
                scope.namespaces.is_empty() || scope.namespaces.iter().any(|one| one == namespace);
            let is_out = scope.excluded_namespaces.iter().any(|one| one == namespace);
            (!is_in || is_out).then(|| format!("namespace {namespace} was not looked at"))
        }
        None if scope.namespaces.is_empty() && scope.excluded_namespaces.is_empty() => None,
        None => Some("not all namespaces were looked at".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::manifest::ScopeKind;

    fn scope(namespaces: &[&str], excluded: &[&str], selector: Option<&str>) -> Scope {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Scope {
            kind: ScopeKind::Platform,
            name: String::new(),
            namespaces: owned(namespaces),
            excluded_namespaces: owned(excluded),
            selector: selector.map(str::to_owned),
        }
    }

    fn pod(namespace: Option<&str>) -> Subject {
        Subject::Object {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: namespace.map(str::to_owned),
            name: "db".to_owned(),
            uid: None,
            container: None,
            attributes: std::collections::BTreeMap::new(),
        }
    }

    #[rstest]
    #[case::everywhere(scope(&[], &[], None), Some("data"), false)]
    #[case::within(scope(&["data"], &[], None), Some("data"), false)]
    #[case::elsewhere(scope(&["iam"], &[], None), Some("data"), true)]
    #[case::left_out(scope(&[], &["data"], None), Some("data"), true)]
    #[case::others_left_out(scope(&[], &["iam"], None), Some("data"), false)]
    #[case::selected(scope(&[], &[], Some("app=x")), Some("data"), true)]
    #[case::in_no_namespace(scope(&["data"], &[], None), None, true)]
    #[case::in_no_namespace_of_all(scope(&[], &[], None), None, false)]
    fn what_lies_outside_of_a_scope_is_not_known(
        #[case] scope: Scope,
        #[case] namespace: Option<&str>,
        #[case] expected: bool,
    ) {
        assert_eq!(out_of_sight(&scope, &pod(namespace)).is_some(), expected);
    }
}
