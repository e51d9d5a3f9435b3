//! Take a credential out of what comes back, in every form in which a server may repeat it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands in place of a credential.
pub(crate) const MARK: &str = "[redacted:credential]";

/// Fewer bytes of a credential at the end of a body that was cut say nothing about it.
const MIN_PREFIX: usize = 4;

/// The forms of one credential: as it is, escaped for addresses and for JSON, and as base64, alone or in the middle of
/// something longer such as `user:password`.
pub struct Forms(Vec<Vec<u8>>);

impl Forms {
    pub(crate) fn of(token: &str) -> Self {
        let mut forms = BTreeSet::from([token.as_bytes().to_vec()]);
        forms.insert(percent_encoded(token, true));
        forms.insert(percent_encoded(token, false));
        let json = serde_json::Value::from(token).to_string();
        forms.insert(json.trim_matches('"').as_bytes().to_vec());
        // Go escapes these three for HTML.
        let html = json
            .trim_matches('"')
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026");
        forms.insert(html.into_bytes());
        for offset in 0..3 {
            forms.extend(inside_base64(token.as_bytes(), offset));
        }
        let mut forms: Vec<_> = forms.into_iter().collect();
        // The longest first, so that no form leaves the rest of a longer one behind.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// Replace every form; a `cut` text also loses the beginning of a form at its end.
    pub(crate) fn strip(&self, text: &mut Vec<u8>, cut: bool) {
        for form in &self.0 {
            replace(text, form);
        }
        if cut {
            let partial = self.0.iter().map(|form| prefix_at_end(text, form)).max();
            text.truncate(text.len() - partial.unwrap_or(0));
        }
    }

    /// The forms, the longest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The same for text.
    pub(crate) fn strip_text(&self, text: &str) -> Option<String> {
        let is_hit = |form: &Vec<u8>| find(text.as_bytes(), form, 0).is_some();
        self.0.iter().any(is_hit).then(|| {
            let mut bytes = text.as_bytes().to_vec();
            self.strip(&mut bytes, false);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
}

fn percent_encoded(token: &str, upper: bool) -> Vec<u8> {
    let mut encoded = String::new();
    for byte in token.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else if upper {
            encoded.push_str(&format!("%{byte:02X}"));
        } else {
            encoded.push_str(&format!("%{byte:02x}"));
        }
    }
    encoded.into_bytes()
}

/// The characters of a base64 text that depend on the token alone when `offset` bytes stand before it.
pub(in crate::capability) fn inside_base64(token: &[u8], offset: usize) -> Vec<Vec<u8>> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(token);
    // Six bits to a character: those that share bits with what stands before or after are left out.
    let first = (offset * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    let part = |text: String| text.as_bytes().get(first..last).map(<[u8]>::to_vec);
    [
        STANDARD_NO_PAD.encode(&bytes),
        URL_SAFE_NO_PAD.encode(&bytes),
    ]
    .into_iter()
    .filter_map(part)
    .filter(|form| form.len() >= MIN_PREFIX)
    .collect()
}

fn find(text: &[u8], form: &[u8], from: usize) -> Option<usize> {
    let first = *form.first()?;
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        at += rest.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(form) {
            return Some(at);
        }
        at += 1;
    }
}

fn replace(text: &mut Vec<u8>, form: &[u8]) {
    let Some(mut at) = find(text, form, 0) else {
        return;
    };
    let mut stripped = Vec::with_capacity(text.len());
    let mut done = 0;
    loop {
        stripped.extend_from_slice(text.get(done..at).unwrap_or_default());
        stripped.extend_from_slice(MARK.as_bytes());
        done = at + form.len();
        match find(text, form, done) {
            Some(next) => at = next,
            None => break,
        }
    }
    stripped.extend_from_slice(text.get(done..).unwrap_or_default());
    *text = stripped;
}

/// How many bytes of the form's beginning stand at the text's end.
fn prefix_at_end(text: &[u8], form: &[u8]) -> usize {
    let longest = form.len().saturating_sub(1).min(text.len());
    (MIN_PREFIX..=longest)
        .rev()
        .find(|length| {
            form.get(..*length)
                .is_some_and(|prefix| text.ends_with(prefix))
        })
        .unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "sk-bsq-a/b+c=\"d&<e>%";

    fn stripped(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        Forms::of(TOKEN).strip(&mut bytes, false);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_credential_is_taken_out_in_every_form() {
        let json = serde_json::to_string(TOKEN).unwrap();
        for text in [
            format!("key {TOKEN} is bad, {TOKEN}!"),
            format!("{{\"key\":{json}}}"),
            "?k=sk-bsq-a%2Fb%2Bc%3D%22d%26%3Ce%3E%25".to_owned(),
            "?k=sk-bsq-a%2fb%2bc%3d%22d%26%3ce%3e%25".to_owned(),
            r#""sk-bsq-a/b+c=\"d\u0026\u003ce\u003e%""#.to_owned(),
            STANDARD.encode(TOKEN),
            STANDARD.encode(format!("u:{TOKEN}")),
            STANDARD.encode(format!("me:{TOKEN}\n")),
            URL_SAFE_NO_PAD.encode(format!("ad:{TOKEN}xy")),
        ] {
            let left = stripped(&text);
            assert!(left.contains(MARK), "{text} left {left}");
            assert!(!left.contains("bsq-a"), "{text} left {left}");
        }
    }

    #[test]
    fn a_body_that_was_cut_does_not_end_in_the_beginning_of_a_credential() {
        let mut body = b"hello sk-bsq-a/b".to_vec();
        Forms::of(TOKEN).strip(&mut body, true);
        assert_eq!(body, b"hello ");
    }

    proptest! {
        #[test]
        fn no_text_keeps_the_credential(
            token in "[!-~]{8,40}", before in "[ -~]{0,9}", after in "[ -~]{0,9}",
        ) {
            let forms = Forms::of(&token);
            for text in [
                format!("{before}{token}{after}"),
                STANDARD.encode(format!("{before}{token}{after}")),
            ] {
                let mut bytes = text.into_bytes();
                forms.strip(&mut bytes, false);
                prop_assert!(find(&bytes, MARK.as_bytes(), 0).is_some());
                prop_assert!(MARK.contains(&token) || find(&bytes, token.as_bytes(), 0).is_none());
            }
        }
    }
}
