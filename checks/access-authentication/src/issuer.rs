//! Issuers: which realm one names, and whether two are the same Keycloak.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;

/// A realm, and where its name comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Realm {
    pub(crate) name: String,
    pub(crate) named_by: &'static str,
}

/// The realm of the platform: as the site says, else as a token's issuer does.
pub(crate) fn realm(cx: &Context, setting: &str, user: Option<&CredentialFacts>) -> Option<Realm> {
    if !setting.is_empty() {
        return Some(Realm {
            name: setting.to_owned(),
            named_by: "the setting `realm`",
        });
    }
    let named = |facts: &CredentialFacts| facts.issuer.as_deref().and_then(realm_of);
    if let Some(name) = user.and_then(named) {
        return Some(Realm {
            name,
            named_by: "the issuer of the user's token",
        });
    }
    let name = cx.credential("coreai").ok().as_ref().and_then(named)?;
    Some(Realm {
        name,
        named_by: "the issuer of the credential for the CoreAI API",
    })
}

/// `bsq` of `https://auth.site.test/realms/bsq`, where it is a plain name.
fn realm_of(issuer: &str) -> Option<String> {
    let (_, rest) = issuer.split_once("/realms/")?;
    let name = rest.split('/').next()?;
    is_plain(name).then(|| name.to_owned())
}

/// Whether a name can stand in a path as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !matches!(name, "." | "..") && name.bytes().all(is_plain)
}

/// What tells the issuer of a token from the one that Keycloak names; absent where they are the same, or nothing can be
/// said: a Keycloak without a fixed host name calls itself by the address that it is asked at.
pub(crate) fn difference(token: &str, keycloak: &str, accepted: &[String]) -> Option<&'static str> {
    let (token, keycloak) = (token.trim_end_matches('/'), keycloak.trim_end_matches('/'));
    let is_accepted = accepted
        .iter()
        .any(|issuer| issuer.trim_end_matches('/') == token);
    if token == keycloak || is_accepted {
        return None;
    }
    let (token, keycloak) = (Parts::of(token), Parts::of(keycloak));
    if token.realm != keycloak.realm {
        return Some("its realm is another");
    }
    if is_internal(keycloak.host) {
        return None;
    }
    Some(match () {
        () if token.host != keycloak.host => "its host is another",
        () if token.scheme != keycloak.scheme => "its scheme is another",
        () => "its port or path is another",
    })
}

#[derive(PartialEq, Eq)]
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    realm: &'a str,
}

impl<'a> Parts<'a> {
    fn of(issuer: &'a str) -> Self {
        let (scheme, rest) = issuer.split_once("://").unwrap_or(("", issuer));
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        let realm = rest.split_once("/realms/").map_or("", |(_, realm)| realm);
        Self {
            scheme,
            host,
            realm,
        }
    }
}

/// A name that only the cluster or this host knows.
fn is_internal(host: &str) -> bool {
    let is_address = host
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        || host.starts_with('[');
    let is_service = host.ends_with(".svc") || host.contains(".svc.") || host.ends_with(".local");
    !host.contains('.') || is_address || is_service
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_the_part_after_realms() {
        for (issuer, realm) in [
            ("https://auth.site.test/realms/bsq", Some("bsq")),
            ("https://auth.site.test/auth/realms/bsq/", Some("bsq")),
            ("https://login.microsoftonline.com/tenant/v2.0", None),
            ("https://auth.site.test/realms/", None),
            ("https://auth.site.test/realms/..", None),
            ("https://auth.site.test/realms/a%2fb", None),
        ] {
            assert_eq!(realm_of(issuer).as_deref(), realm, "{issuer}");
        }
    }

    #[test]
    fn issuers_differ_only_where_it_is_known() {
        const TOKEN: &str = "https://auth.site.test/realms/bsq";
        for (keycloak, said) in [
            (TOKEN, None),
            ("https://auth.site.test/realms/bsq/", None),
            (
                "https://auth.other.test/realms/bsq",
                Some("its host is another"),
            ),
            (
                "http://auth.site.test/realms/bsq",
                Some("its scheme is another"),
            ),
            (
                "https://auth.site.test:8443/realms/bsq",
                Some("its port or path is another"),
            ),
            (
                "https://auth.site.test/realms/old",
                Some("its realm is another"),
            ),
            ("http://keycloak:8080/realms/bsq", None),
            ("http://keycloak.iam.svc.cluster.local/realms/bsq", None),
            ("http://10.96.0.7:8080/realms/bsq", None),
            (
                "http://10.96.0.7:8080/realms/master",
                Some("its realm is another"),
            ),
        ] {
            assert_eq!(difference(TOKEN, keycloak, &[]), said, "{keycloak}");
        }
        let accepted = [format!("{TOKEN}/")];
        assert_eq!(
            difference(TOKEN, "https://auth.other.test/realms/bsq", &accepted),
            None
        );
    }
}
