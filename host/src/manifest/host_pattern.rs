//! Host names, as network needs and grants write them: `*`, a name, or a suffix that begins with a dot.

/// Whether a host name is one of those that a pattern stands for. `.site.test` stands for `a.site.test`, not for
/// `site.test`.
pub fn matches(pattern: &str, host: &str) -> bool {
    let host = normal(host);
    let pattern = normal(pattern);
    match pattern.as_str() {
        "*" => !host.is_empty(),
        suffix if suffix.starts_with('.') => host.len() > suffix.len() && host.ends_with(suffix),
        name => !name.is_empty() && host == name,
    }
}

/// Whether a text is a pattern at all.
pub fn is_sound(pattern: &str) -> bool {
    pattern == "*" || {
        let name = pattern.strip_prefix('.').unwrap_or(pattern);
        // 253 is the longest name that DNS carries.
        name.len() <= 253
            && name.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            })
    }
}

/// Lower case, without the dot that marks a name as complete.
fn normal(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    host.strip_suffix('.').map(str::to_owned).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_stands_for_what_ends_with_it_only() {
        assert!(matches(".site.test", "portal.site.test"));
        assert!(matches(".site.test", "Portal.Site.Test."));
        assert!(!matches(".site.test", "site.test"));
        assert!(!matches(".site.test", "evilsite.test"));
        assert!(matches("site.test", "site.test"));
        assert!(!matches("site.test", "portal.site.test"));
        assert!(matches("*", "anything"));
    }

    #[test]
    fn patterns_are_host_names() {
        assert!(is_sound("*") && is_sound(".site.test") && is_sound("a-b.test"));
        assert!(!is_sound("") && !is_sound("*.site.test") && !is_sound("a..b") && !is_sound("a/b"));
    }
}
