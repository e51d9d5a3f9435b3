//! The parameters of a query template, on their way into the query.

use super::text;
use crate::capability::view::out_of_scope;
use crate::capability::{ErrorCode, ReadError};
use crate::engine::RunContext;
use crate::manifest::template::Template;

/// Names and values, as the contract has them. A name that is given several times has several values.
pub(super) type Parameters = Vec<(String, String)>;

/// Values of one query. One of more than these is generated, not written.
const MAX_PARAMETERS: usize = 100;

/// Bytes of a query: gateways take addresses of 8 KiB, escapes included.
const MAX_QUERY_BYTES: usize = 4 << 10;

/// The parameter whose values are held against the run's scope, as the label of that name is with log stores.
const NAMESPACE: &str = "namespace";

/// What a call must hold before anyone is asked.
pub(super) fn check(parameters: &[(String, String)]) -> Result<(), ReadError> {
    let bytes: usize = parameters
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if parameters.len() > MAX_PARAMETERS || bytes > MAX_QUERY_BYTES {
        return Err(invalid(format!(
            "a query has at most {MAX_PARAMETERS} parameters, and {MAX_QUERY_BYTES} bytes"
        )));
    }
    Ok(())
}

/// `metrics \`restarts\` where namespace=data`.
pub(super) fn describe(family: &str, template: &str, parameters: &[(String, String)]) -> String {
    let mut text = format!("{family} `{template}`");
    for (index, (name, value)) in parameters.iter().enumerate() {
        text.push_str(if index == 0 { " where " } else { ", " });
        text.push_str(&format!("{name}={value}"));
    }
    text
}

impl RunContext {
    /// The query of a template. A template as a whole is not narrowed to the run's scope, which its author knows; a
    /// namespace that is asked for by name has to lie within it.
    pub(super) fn fill(
        &self,
        query: &str,
        parameters: &[(String, String)],
    ) -> Result<String, ReadError> {
        let namespaces = parameters.iter().filter(|(name, _)| name == NAMESPACE);
        for (_, namespace) in namespaces {
            if !self.scope.contains(namespace) {
                let namespace = text::line(namespace, 80);
                return Err(out_of_scope(&format!("namespace {namespace}")));
            }
        }
        // The manifest was looked at before it ran, so this is no error of a check that runs.
        let template = Template::parse(query).map_err(invalid)?;
        let query = template
            .fill(parameters)
            .map_err(|error| invalid(error.to_string()))?;
        if query.len() > MAX_QUERY_BYTES {
            return Err(invalid(format!(
                "the query has more than {MAX_QUERY_BYTES} bytes"
            )));
        }
        Ok(query)
    }
}

fn invalid(message: String) -> ReadError {
    ReadError::new(ErrorCode::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Parameters {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_call_is_named_with_its_parameters() {
        assert_eq!(describe("metrics", "up", &pairs(&[])), "metrics `up`");
        assert_eq!(
            describe("traces", "slow", &pairs(&[("a", "b"), ("c", "d")])),
            "traces `slow` where a=b, c=d"
        );
    }

    #[test]
    fn parameters_without_end_are_refused() {
        assert!(check(&pairs(&[("a", "b"); 100])).is_ok());
        assert!(check(&pairs(&[("a", "b"); 101])).is_err());
        assert!(check(&pairs(&[("a", &"b".repeat(5_000))])).is_err());
    }
}
