//! Parameters of query templates, written `${name}`.

use std::collections::BTreeSet;

/// The names of a template's parameters, or what is wrong with the template.
pub fn parameters(query: &str) -> Result<BTreeSet<&str>, String> {
    if query.trim().is_empty() {
        return Err("`query` is empty".to_owned());
    }
    let mut names = BTreeSet::new();
    for part in query.split("${").skip(1) {
        let (name, _) = part
            .split_once('}')
            .ok_or_else(|| format!("`${{{part}` in `query` has no `}}`"))?;
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            return Err(format!(
                "`${{{name}}}` in `query` is no parameter; write lower case with dashes"
            ));
        }
        names.insert(name);
    }
    Ok(names)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_named_once() {
        let names =
            parameters("rate(x{a=\"${service}\", b=\"${name-space}\"}[${service}])").unwrap();
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["name-space", "service"]
        );
        assert!(parameters("up").unwrap().is_empty());
        assert!(parameters(" ").is_err());
        assert!(parameters("${A}").is_err());
        assert!(parameters("${}").is_err());
    }
}
