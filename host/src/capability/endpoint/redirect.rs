//! Which redirects are followed: those that stay within the endpoint's origin and the granted prefixes.
//!
//! Everything else goes back to the check as the 3xx that it is: it can tell where the server points, and the credential
//! never follows.

use url::Url;

use crate::manifest::path;

/// As many as curl and browsers need in practice; a loop ends here.
pub(super) const MAX_REDIRECTS: u32 = 5;

/// Where to go next, if the answer is a redirect that may be followed.
pub(super) fn target(
    base: &Url,
    current: &Url,
    status: u16,
    location: Option<&str>,
    prefixes: &[String],
) -> Option<Url> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let next = current.join(location?).ok()?;
    let has_credential = !next.username().is_empty() || next.password().is_some();
    let is_same_place = next.origin() == base.origin() && next.origin() == current.origin();
    let relative = next
        .path()
        .strip_prefix(base.path().trim_end_matches('/'))
        .filter(|relative| path::is_sound(relative))?;
    let is_granted = prefixes
        .iter()
        .any(|prefix| path::is_within(relative, prefix));
    (is_same_place && !has_credential && is_granted).then_some(next)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn followed(location: &str) -> Option<String> {
        let base = Url::parse("https://h.test/api").unwrap();
        let current = Url::parse("https://h.test/api/v1/models?a=b").unwrap();
        let prefixes = ["/v1".to_owned(), "/health/".to_owned()];
        target(&base, &current, 302, Some(location), &prefixes).map(String::from)
    }

    #[test]
    fn redirects_within_origin_and_prefix_are_followed() {
        for (location, to) in [
            ("/api/v1/", "https://h.test/api/v1/"),
            ("/api/health", "https://h.test/api/health"),
            ("list?x=y", "https://h.test/api/v1/list?x=y"),
            ("https://h.test:443/api/v1", "https://h.test/api/v1"),
        ] {
            assert_eq!(followed(location).as_deref(), Some(to), "{location}");
        }
    }

    #[test]
    fn all_other_redirects_are_handed_back() {
        for location in [
            "http://h.test/api/v1",
            "https://h.test:8443/api/v1",
            "https://other.test/api/v1",
            "//other.test/api/v1",
            "https://h.test@other.test/api/v1",
            "https://me@h.test/api/v1",
            "/api/v10",
            "/api/admin",
            "/v1/models",
            "/api/v1/../admin",
            "/api/v1/%2e%2e/admin",
            "/api/v1/a%2f..%2fadmin",
            "/apix/v1",
            "ftp://h.test/api/v1",
            "",
            "https://[",
        ] {
            let expected = location
                .is_empty()
                .then_some("https://h.test/api/v1/models?a=b");
            assert_eq!(followed(location).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn only_redirects_are_redirects() {
        let url = Url::parse("https://h.test/v1").unwrap();
        let all = ["/".to_owned()];
        for status in [200, 201, 300, 304, 305, 404] {
            assert!(target(&url, &url, status, Some("/v1/x"), &all).is_none());
        }
        assert!(target(&url, &url, 301, None, &all).is_none());
        assert!(target(&url, &url, 301, Some("/v1/x"), &all).is_some());
    }
}
