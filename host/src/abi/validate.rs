//! Names that become segments of an address. Nothing passes that a server could read in a second way.

use crate::capability::{ErrorCode, ReadError};

/// The longest name of an object; a subdomain of DNS has no more.
const MAX_NAME: usize = 253;
/// The longest name of a namespace or a container, a label of DNS.
const MAX_LABEL: usize = 63;

/// The name of an object: one segment of a path.
pub(super) fn object_name(name: &str) -> Result<(), ReadError> {
    let is_separator = |c: char| matches!(c, '/' | '\\' | '%' | '?' | '#');
    let is_bad = |c: char| is_separator(c) || c.is_control() || c.is_whitespace();
    if name.is_empty() || name.len() > MAX_NAME || matches!(name, "." | "..") {
        return Err(invalid("the name of an object", name));
    }
    if name.contains(is_bad) {
        return Err(invalid("the name of an object", name));
    }
    Ok(())
}

/// The name of a namespace or a container: a label of DNS.
pub(super) fn label(what: &str, name: &str) -> Result<(), ReadError> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_sound = !name.is_empty()
        && name.len() <= MAX_LABEL
        && name.chars().all(is_part)
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_sound {
        Ok(())
    } else {
        Err(invalid(what, name))
    }
}

pub(super) fn namespace(name: &str) -> Result<(), ReadError> {
    label("the name of a namespace", name)
}

/// A host name, or an IPv4 address: labels between dots, and a dot at the end where the name is complete.
pub(super) fn host(name: &str) -> Result<(), ReadError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let labels = name.strip_suffix('.').unwrap_or(name);
    let is_sound = labels.len() <= MAX_NAME
        && labels
            .split('.')
            .all(|label| (1..=MAX_LABEL).contains(&label.len()) && label.chars().all(is_part));
    if is_sound {
        Ok(())
    } else {
        Err(invalid("a host name", name))
    }
}

fn invalid(what: &str, name: &str) -> ReadError {
    let name = super::text::line(name, 80);
    ReadError::new(ErrorCode::Invalid, format!("`{name}` cannot be {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_name_is_one_segment() {
        for name in ["web-0", "system:node", "kube-root-ca.crt", "A_b"] {
            assert!(object_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(254);
        for name in [
            "", ".", "..", "a/b", "a\\b", "a%2fb", "a?b", "a#b", "a b", "a\nb", &long,
        ] {
            assert!(object_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_host_is_labels_between_dots() {
        for name in [
            "portal.site.test",
            "Portal.Site.Test.",
            "data",
            "10.0.0.1",
            "_dmarc.a",
        ] {
            assert!(host(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "", ".", "a..b", ".a", "a b", "a/b", "a:443", "[::1]", "ä.test", "a\n", &long,
        ] {
            assert!(host(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_namespace_is_a_label() {
        for name in ["data", "a", "coreai-2"] {
            assert!(namespace(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", "-a", "a-", "A", "a.b", "a/b", "..", "*", &long] {
            assert!(namespace(name).is_err(), "{name}");
        }
    }
}
