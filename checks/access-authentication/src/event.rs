//! One line of Keycloak's event log, and what kind of failure it is. Names and addresses of users stay in the line.

/// What a failed login says of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    RedirectUri,
    ClientSecret,
    UnknownClient,
    /// Another identity provider that Keycloak relies on.
    Provider,
    /// The user's own: wrong name, wrong password, locked out.
    User,
}

/// What is kept of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    pub(crate) kind: Kind,
    pub(crate) error: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) client: &'a str,
    /// Without what follows the question mark, which may be secret.
    pub(crate) redirect: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Read `type="LOGIN_ERROR", realmName="bsq", clientId="portal", error="…"`, with or without quotes, in plain text or
    /// inside JSON. Absent for any other line, and for errors that are nobody's fault.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let kind = value(line, "type")?;
        let error = value(line, "error")?;
        Some(Self {
            kind: classify(kind, error)?,
            error,
            realm: value(line, "realmName")
                .or_else(|| value(line, "realmId"))
                .unwrap_or("?"),
            client: value(line, "clientId").unwrap_or("?"),
            redirect: value(line, "redirect_uri").and_then(|uri| uri.split(['?', '#']).next()),
        })
    }
}

fn classify(kind: &str, error: &str) -> Option<Kind> {
    if !kind.ends_with("_ERROR") {
        return None;
    }
    Some(match error {
        "invalid_redirect_uri" => Kind::RedirectUri,
        "invalid_client_credentials" | "invalid_client" => Kind::ClientSecret,
        "client_not_found" | "client_disabled" => Kind::UnknownClient,
        "identity_provider_login_failure" | "identity_provider_error" => Kind::Provider,
        "invalid_user_credentials"
        | "user_not_found"
        | "user_disabled"
        | "user_temporarily_disabled" => Kind::User,
        // Pages left open, logins given up, codes used twice: `expired_code`, `rejected_by_user`, `invalid_code`.
        _ => return None,
    })
}

/// The value of `name=`, where the name stands alone; `null` is none.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    const QUOTES: [char; 3] = ['\\', '"', '\''];
    let start = line.match_indices(name).find_map(|(at, _)| {
        let before = line.get(..at)?.chars().next_back();
        let is_alone = before.is_none_or(|c| c.is_whitespace() || c == ',' || QUOTES.contains(&c));
        line.get(at + name.len()..)?
            .strip_prefix('=')
            .filter(|_| is_alone)
    })?;
    let rest = start.trim_start_matches(QUOTES);
    let is_end = |c: char| c.is_whitespace() || c == ',' || QUOTES.contains(&c);
    let value = rest.split(is_end).next().unwrap_or_default();
    (!matches!(value, "" | "null")).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_line_is_read() {
        let quoted = r#"2026-11-25 18:37:37,660 WARN  [org.keycloak.events] (executor-thread-1) type="LOGIN_ERROR", realmId="d066bce6", realmName="bsq", clientId="portal", userId="null", ipAddress="127.0.0.1", error="invalid_redirect_uri", redirect_uri="https://old.site.test/cb?code=secret""#;
        let plain = "13:54:23,516 WARN  [org.keycloak.events] (default task-25) type=LOGIN_ERROR, realmId=bsq, clientId=portal, userId=null, ipAddress=10.57.31.102, error=invalid_redirect_uri, response_type=code, redirect_uri=https://old.site.test/cb?code=secret, response_mode=query";
        let json = r#"{"loggerName":"org.keycloak.events","level":"WARN","message":"type=\"LOGIN_ERROR\", realmId=\"d066bce6\", realmName=\"bsq\", clientId=\"portal\", userId=\"null\", error=\"invalid_redirect_uri\", redirect_uri=\"https://old.site.test/cb?code=secret\""}"#;
        for line in [quoted, plain, json] {
            let event = Event {
                kind: Kind::RedirectUri,
                error: "invalid_redirect_uri",
                realm: "bsq",
                client: "portal",
                redirect: Some("https://old.site.test/cb"),
            };
            assert_eq!(Event::parse(line), Some(event), "{line}");
        }
    }

    #[test]
    fn kinds_follow_from_type_and_error() {
        for (kind, error, found) in [
            ("LOGIN_ERROR", "client_not_found", Some(Kind::UnknownClient)),
            (
                "CODE_TO_TOKEN_ERROR",
                "invalid_client_credentials",
                Some(Kind::ClientSecret),
            ),
            (
                "CLIENT_LOGIN_ERROR",
                "invalid_client_credentials",
                Some(Kind::ClientSecret),
            ),
            (
                "IDENTITY_PROVIDER_LOGIN_ERROR",
                "identity_provider_login_failure",
                Some(Kind::Provider),
            ),
            ("LOGIN_ERROR", "invalid_user_credentials", Some(Kind::User)),
            ("LOGIN_ERROR", "rejected_by_user", None),
            ("CODE_TO_TOKEN_ERROR", "invalid_code", None),
            ("LOGIN", "invalid_redirect_uri", None),
        ] {
            assert_eq!(classify(kind, error), found, "{kind} {error}");
        }
    }

    #[test]
    fn a_name_inside_another_is_not_it() {
        assert_eq!(
            value("grant_type=\"password\", type=\"LOGIN_ERROR\"", "type"),
            Some("LOGIN_ERROR")
        );
        assert_eq!(value("userId=\"null\"", "userId"), None);
        assert_eq!(value("no event", "type"), None);
    }
}
