//! Secrets that are planted, each with a core that would be seen in any output.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The core: of letters and digits, so that it looks the same in an address and in JSON.
const CORE: &str = "C4nary7Qx9Zr2Lm8Vt5K";
/// Of keys that have capitals only.
const CORE_IN_CAPITALS: &str = "QZ7XW3KV9TB5MN2R";

/// One secret, as someone wrote it.
#[derive(Clone, Debug)]
pub(super) struct Canary {
    pub(super) what: &'static str,
    pub(super) text: String,
}

/// A secret of each rule.
pub(super) fn raw() -> Vec<Canary> {
    let basic = STANDARD.encode(format!("user:{CORE}"));
    [
        (
            "a token with claims",
            format!("eyJhbGciOiJIUzI1NiJ9.{CORE}.{CORE}"),
        ),
        ("a virtual key", format!("sk-bsq-{CORE}")),
        (
            "an address with a login",
            format!("postgresql://app:{CORE}@db:5432/app"),
        ),
        (
            "an address without a user",
            format!("redis://:{CORE}@cache:6379"),
        ),
        (
            "a header with a token",
            format!("Authorization: Bearer {CORE}"),
        ),
        (
            "a header with a login",
            format!("authorization: Basic {basic}"),
        ),
        (
            "a cookie",
            format!("Cookie: _oauth2_proxy={CORE}; theme=dark"),
        ),
        (
            "a key of an object store",
            format!("AKIA{CORE_IN_CAPITALS}"),
        ),
        ("a token of GitHub", format!("ghp_{CORE}")),
        ("a token of GitLab", format!("glpat-{CORE}")),
        ("a parameter", format!("password={CORE}")),
        ("a field", format!("{{\"password\":\"{CORE}\"}}")),
        ("a line of YAML", format!("DB_PASSWORD: {CORE}")),
        ("an argument", format!("--token {CORE}")),
        (
            "a private key",
            format!("-----BEGIN PRIVATE KEY-----\n{CORE}\n{CORE}\n-----END PRIVATE KEY-----"),
        ),
    ]
    .map(|(what, text)| Canary { what, text })
    .into()
}

/// Each in all the ways in which a text may hold it.
pub(super) fn wrapped() -> Vec<Canary> {
    let mut wrapped = Vec::new();
    for Canary { what, text } in raw() {
        let json = serde_json::to_string(&text).unwrap();
        let twice = serde_json::to_string(&format!("{{\"a\":{json}}}")).unwrap();
        let forms = [
            text.clone(),
            format!("it said: {text}"),
            STANDARD.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
            format!("value={}", STANDARD.encode(format!("x {text}"))),
            format!("/login?next={}", percent(&text)),
            json,
            twice,
        ];
        wrapped.extend(forms.map(|text| Canary { what, text }));
    }
    wrapped
}

/// Each on two lines, as a driver cuts a long line: in the middle of its core.
pub(super) fn split() -> Vec<(Canary, [String; 2])> {
    let mut split = Vec::new();
    for canary in raw() {
        for core in [CORE, CORE_IN_CAPITALS] {
            let Some(at) = canary.text.find(core) else {
                continue;
            };
            // The private key has lines of its own, and a header's login is base64.
            let (first, second) = canary.text.split_at(at + core.len() / 2);
            let halves = [format!("it said {first}"), second.to_owned()];
            split.push((canary.clone(), halves));
        }
    }
    split
}

/// What of a core stands in a text: half of it, as it is or in base64 once or twice.
pub(super) fn seen(text: &str) -> Option<String> {
    static FORMS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(forms);
    let at = FORMS.iter().find_map(|form| text.find(form.as_str()))?;
    Some(around(text, at))
}

fn forms() -> Vec<String> {
    let halves = [CORE, CORE_IN_CAPITALS].into_iter().flat_map(|core| {
        let (first, second) = core.split_at(core.len() / 2);
        [first.to_owned(), second.to_owned()]
    });
    let halves: Vec<String> = halves.collect();
    let once: Vec<String> = halves.iter().flat_map(|half| in_base64(half)).collect();
    let twice = once.iter().flat_map(|form| in_base64(form));
    halves
        .iter()
        .cloned()
        .chain(twice)
        .chain(once.clone())
        .collect()
}

/// The characters that depend on the text alone, by how many bytes stand before it.
fn in_base64(text: &str) -> [String; 3] {
    [0, 1, 2].map(|offset: usize| {
        let encoded = STANDARD_NO_PAD.encode(["_".repeat(offset).as_str(), text].concat());
        let first = (offset * 8).div_ceil(6);
        let last = (offset + text.len()) * 8 / 6;
        encoded[first..last].to_owned()
    })
}

fn around(text: &str, at: usize) -> String {
    let start = text.floor_char_boundary(at.saturating_sub(80));
    let end = text.ceil_char_boundary((at + 60).min(text.len()));
    text[start..end].to_owned()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn a_canary_is_seen_where_it_is() {
    for canary in wrapped() {
        assert!(seen(&canary.text).is_some(), "{canary:?}");
    }
    assert_eq!(seen("nothing of the kind"), None);
}
