//! Addresses in the values of variables. What is between `//` and `@`, and behind `?`, may be secret and is left out.

use std::fmt;

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Empty where the value is a bare host.
    scheme: String,
    /// Lower case.
    pub(crate) host: String,
    port: String,
    /// Without the slashes at its end.
    pub(crate) path: String,
}

impl Address {
    /// Whether a client can be given it as it stands.
    pub(crate) fn is_whole(&self) -> bool {
        !self.scheme.is_empty()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}://", self.scheme)?;
        }
        write!(f, "{}", self.host)?;
        if !self.port.is_empty() {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "{}", self.path)
    }
}

/// Every `http` address in a value: a list, a JSON text, or the address alone. A value that is a bare host counts where
/// the variable's name says that it is one.
pub(crate) fn all(name: &str, value: &str) -> Vec<Address> {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '<' | '>' | '|' | '`');
    let words = value.split(ends).filter(|word| !word.is_empty());
    let found: Vec<Address> = words.filter_map(with_scheme).collect();
    if found.is_empty() && names_a_host(name) && !value.contains("://") {
        return parsed("", value.trim()).into_iter().collect();
    }
    found
}

fn with_scheme(word: &str) -> Option<Address> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let (_, rest) = word.split_once(&format!("{scheme}://"))?;
        parsed(scheme, rest)
    })
}

fn parsed(scheme: &str, rest: &str) -> Option<Address> {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_sound =
        !host.is_empty() && host.chars().all(is_host) && port.chars().all(|c| c.is_ascii_digit());
    is_sound.then(|| Address {
        scheme: scheme.to_owned(),
        host: host.trim_end_matches('.').to_ascii_lowercase(),
        port: port.to_owned(),
        path: path.trim_end_matches('/').to_owned(),
    })
}

fn names_a_host(name: &str) -> bool {
    [
        "HOST", "HOSTNAME", "ADDR", "ADDRESS", "ENDPOINT", "URL", "BASE",
    ]
    .iter()
    .any(|part| name.to_ascii_uppercase().rsplit(['_', '-', '.']).next() == Some(part))
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn addresses_are_found_in_what_values_hold() {
        for (name, value, told) in [
            (
                "A",
                "https://llm-backend.site.test/v1/",
                vec!["https://llm-backend.site.test/v1"],
            ),
            (
                "A",
                "http://user:pass@litellm:4000/v1?key=x",
                vec!["http://litellm:4000/v1"],
            ),
            (
                "A",
                "http://litellm:4000;https://x.test/v1",
                vec!["http://litellm:4000", "https://x.test/v1"],
            ),
            (
                "A",
                r#"{"base_url": "http://litellm.coreai:4000"}"#,
                vec!["http://litellm.coreai:4000"],
            ),
            (
                "LITELLM_HOST",
                "litellm.coreai:4000",
                vec!["litellm.coreai:4000"],
            ),
            ("OTEL_SERVICE_NAME", "litellm", vec![]),
            ("NO_PROXY", "litellm,.svc", vec![]),
            ("A_URL", "http://$(LITELLM)/v1", vec![]),
        ] {
            let found: Vec<String> = all(name, value).iter().map(ToString::to_string).collect();
            assert_eq!(found, told, "{name}={value}");
        }
    }
}
