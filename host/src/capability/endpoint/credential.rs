//! Credentials of endpoints: where they are found, what may be known of one, and how it is taken out of answers.
//!
//! The string itself lives in [`Credential`], which has no `Debug`, `Display` or `Serialize`, and leaves it only as a
//! header on its way to the endpoint that it belongs to.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::base::is_label;
use super::strip::Forms;
use crate::capability::{CredentialFacts, CredentialKind, ErrorCode, ReadError};

/// A token with many claims has a few kibibytes; more than this is another file.
const MAX_BYTES: u64 = 64 << 10;

/// Shorter than this a credential cannot be told from ordinary text, so it could not be taken out of answers.
const MIN_BYTES: usize = 4;

/// Where a token is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenSource {
    File(PathBuf),
    Env(String),
    Secret(SecretRef),
}

/// One key of a Secret in the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretRef {
    pub namespace: String,
    pub name: String,
    pub key: String,
}

impl fmt::Display for SecretRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.namespace, self.name, self.key)
    }
}

/// A secret string, ready to be sent and to be taken out.
pub struct Credential {
    token: String,
    forms: Forms,
}

impl Credential {
    /// Take a token as it was found; a line break at its end is not part of it.
    pub(super) fn new(found: &str, origin: &str) -> Result<Self, ReadError> {
        let token = found.trim();
        let is_header = token.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if token.len() < MIN_BYTES || !is_header {
            return Err(unusable(format!(
                "the token in {origin} is empty, too short or holds control characters"
            )));
        }
        Ok(Self {
            token: token.to_owned(),
            forms: Forms::of(token),
        })
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Every way in which an answer may repeat it.
    pub fn forms(&self) -> &Forms {
        &self.forms
    }

    pub(super) fn facts(&self) -> CredentialFacts {
        facts(&self.token)
    }
}

/// What an endpoint without a token has to say of it.
pub(super) fn no_facts() -> CredentialFacts {
    CredentialFacts {
        kind: CredentialKind::None,
        expires: None,
        not_before: None,
        issuer: None,
        audience: Vec::new(),
    }
}

/// Read a token from a file.
pub(super) fn from_file(path: &Path) -> Result<Credential, ReadError> {
    use std::io::Read;
    let origin = format!("file `{}`", path.display());
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
        .map_err(|error| unusable(format!("{origin} cannot be read: {error}")))?;
    Credential::new(&text, &origin)
}

/// Read a token from this process's environment.
pub(super) fn from_env(name: &str) -> Result<Credential, ReadError> {
    let origin = format!("environment variable `{name}`");
    let value = std::env::var(name).map_err(|_| unusable(format!("{origin} is not set")))?;
    Credential::new(&value, &origin)
}

fn unusable(message: String) -> ReadError {
    ReadError::new(ErrorCode::Other, message).because("credential")
}

fn facts(token: &str) -> CredentialFacts {
    if let Some(facts) = jwt_facts(token) {
        return facts;
    }
    let kind = match token {
        _ if token.starts_with("sk-bsq") => CredentialKind::SkBsq,
        _ if token.starts_with("sk-") => CredentialKind::Sk,
        _ => CredentialKind::Opaque,
    };
    CredentialFacts { kind, ..no_facts() }
}

/// The claims that anyone who holds the token can read. Nothing is verified: that is the server's part.
fn jwt_facts(token: &str) -> Option<CredentialFacts> {
    let mut parts = token.split('.');
    let (header, payload) = (parts.next()?, parts.next()?);
    parts.next().filter(|_| parts.next().is_none())?;
    let object = |part: &str| -> Option<serde_json::Value> {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes)
            .ok()
            .filter(serde_json::Value::is_object)
    };
    object(header)?.get("alg")?;
    let claims = object(payload)?;
    let time = |name: &str| {
        let claim = claims.get(name)?;
        // Keycloak writes integers; the standard allows fractions.
        claim.as_u64().or_else(|| {
            claim
                .as_f64()
                .filter(|time| *time >= 0.0)
                .map(|time| time as u64)
        })
    };
    let audience = match claims.get("aud") {
        Some(serde_json::Value::String(one)) => vec![one.clone()],
        Some(serde_json::Value::Array(many)) => many
            .iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    Some(CredentialFacts {
        kind: CredentialKind::Jwt,
        expires: time("exp"),
        not_before: time("nbf"),
        issuer: claims
            .get("iss")
            .and_then(|issuer| issuer.as_str().map(str::to_owned)),
        audience,
    })
}

impl<'de> Deserialize<'de> for TokenSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TokenVisitor)
    }
}

struct TokenVisitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenTable {
    file: Option<PathBuf>,
    env: Option<String>,
    secret: Option<String>,
}

impl<'de> Visitor<'de> for TokenVisitor {
    type Value = TokenSource;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "one of { file = \"PATH\" }, { env = \"NAME\" }, { secret = \"NAMESPACE/NAME/KEY\" }",
        )
    }

    fn visit_str<E: de::Error>(self, _secret: &str) -> Result<TokenSource, E> {
        Err(E::custom(
            "a secret is never written here; write where it is found: `token = { file = \"PATH\" }`, \
             `{ env = \"NAME\" }` or `{ secret = \"NAMESPACE/NAME/KEY\" }`",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TokenSource, A::Error> {
        let table = TokenTable::deserialize(MapAccessDeserializer::new(map))?;
        match (table.file, table.env, table.secret) {
            (Some(file), None, None) => Ok(TokenSource::File(file)),
            (None, Some(name), None) => Ok(TokenSource::Env(name)),
            (None, None, Some(text)) => {
                secret_ref(&text).map(TokenSource::Secret).ok_or_else(|| {
                    de::Error::custom(format!("`{text}` is no Secret; write `NAMESPACE/NAME/KEY`"))
                })
            }
            _ => Err(de::Error::custom(
                "a token has one place: `file`, `env` or `secret`",
            )),
        }
    }
}

fn secret_ref(text: &str) -> Option<SecretRef> {
    let parts: Vec<&str> = text.split('/').collect();
    let [namespace, name, key] = parts.as_slice() else {
        return None;
    };
    let is_key = |key: &str| {
        (1..=253).contains(&key.len())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    (is_label(namespace) && is_name && is_key(key)).then(|| SecretRef {
        namespace: (*namespace).to_owned(),
        name: (*name).to_owned(),
        key: (*key).to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(payload))
    }

    #[test]
    fn a_jwt_says_what_it_is_for_and_until_when() {
        let facts = facts(&jwt(
            r#"{"exp":1795000000,"nbf":1794999000.5,"iss":"https://iam/","aud":["a",3,"b"],"sub":"x"}"#,
        ));
        assert_eq!(
            facts,
            CredentialFacts {
                kind: CredentialKind::Jwt,
                expires: Some(1_795_000_000),
                not_before: Some(1_794_999_000),
                issuer: Some("https://iam/".to_owned()),
                audience: vec!["a".to_owned(), "b".to_owned()],
            }
        );
    }

    #[test]
    fn kinds_are_told_by_shape() {
        for (token, kind) in [
            (jwt("{}").as_str(), CredentialKind::Jwt),
            (
                jwt(r#"{"exp":"soon","aud":7}"#).as_str(),
                CredentialKind::Jwt,
            ),
            ("sk-bsq-0123456789", CredentialKind::SkBsq),
            ("sk-0123456789", CredentialKind::Sk),
            ("a.b.c", CredentialKind::Opaque),
            ("e30.e30.x", CredentialKind::Opaque),
            ("....", CredentialKind::Opaque),
        ] {
            assert_eq!(facts(token).kind, kind, "{token}");
        }
    }

    #[test]
    fn what_cannot_be_sent_or_taken_out_is_no_credential() {
        for found in ["", "  \n", "abc", "line one\nline two", "t\u{e4}ken-token"] {
            assert!(Credential::new(found, "file `x`").is_err(), "{found:?}");
        }
        let Ok(credential) = Credential::new("secret-token\r\n", "file `x`") else {
            panic!("a line break at the end is not part of the token")
        };
        assert_eq!(credential.header(), "Bearer secret-token");
    }

    #[test]
    fn a_secret_reference_has_three_plain_parts() {
        assert!(secret_ref("ns/name.x/tls.crt").is_some());
        for text in [
            "ns/name",
            "ns/name/key/x",
            "../name/key",
            "ns//key",
            "Ns/name/key",
            "ns/name/k y",
        ] {
            assert!(secret_ref(text).is_none(), "{text}");
        }
    }
}
