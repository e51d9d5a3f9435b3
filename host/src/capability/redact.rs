//! Take secrets out of texts before anyone above sees them: checks, recordings and reports alike.
//!
//! It stands between the live reads and the recorder, so that what a check sees live is what a replay shows it. Objects
//! are pruned and masked where they are decoded; here it is logs, HTTP answers and error messages. What it finds it
//! replaces by a mark that names the rule.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use regex::{Regex, RegexSet};

use super::endpoint::Endpoints;
use super::{Answer, Body, HttpAnswer, LogPage, ReadError, Reads, Request};

/// Name, pattern and replacement of each rule. All patterns run in time linear to the text. The mark stands in place of
/// the secret alone, so that the words around it stay readable.
const RULES: [(&str, &str); 6] = [
    // Up to the end of the text where the last line is missing.
    (
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\z)",
        "[redacted:private-key]",
    ),
    (
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        "[redacted:jwt]",
    ),
    (
        r#"(?P<keep>\b[A-Za-z][A-Za-z0-9+.-]{1,20}://)[^\s/:@"'<>]*:[^\s/@"'<>]+@"#,
        "${keep}[redacted:url]@",
    ),
    (r"\bsk-[A-Za-z0-9_-]{16,}", "[redacted:key]"),
    (
        r#"(?i)(?P<keep>\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:basic|bearer|token)\s+)[^\s"'\\,]+"#,
        "${keep}[redacted:authorization]",
    ),
    // Sixteen characters, so that `Bearer authentication failed` stays a sentence.
    (
        r"(?i)(?P<keep>\bbearer\s+)[A-Za-z0-9._~+/-]{16,}=*",
        "${keep}[redacted:bearer]",
    ),
];

struct Rules {
    any: RegexSet,
    each: Vec<(Regex, &'static str)>,
}

static COMPILED: LazyLock<Option<Rules>> = LazyLock::new(|| {
    let each: Result<Vec<_>, _> = RULES
        .iter()
        .map(|(pattern, mark)| Regex::new(pattern).map(|regex| (regex, *mark)))
        .collect();
    Some(Rules {
        any: RegexSet::new(RULES.map(|(pattern, _)| pattern)).ok()?,
        each: each.ok()?,
    })
});

/// Reads whose texts hold no secret that a rule or an endpoint's own credential knows.
pub struct Redact<R> {
    inner: R,
    endpoints: Arc<Endpoints>,
}

impl<R: Reads> Redact<R> {
    /// Redact what `inner` answers; the credentials of the endpoints are taken out too.
    pub fn new(inner: R, endpoints: Arc<Endpoints>) -> Self {
        Self { inner, endpoints }
    }

    fn text(&self, text: &mut String) {
        for credential in self.endpoints.known_credentials() {
            if let Some(stripped) = credential.forms().strip_text(text) {
                *text = stripped;
            }
        }
        if let Cow::Owned(redacted) = redact(text) {
            *text = redacted;
        }
    }

    fn body(&self, body: &mut Body) {
        match body {
            Body::PodLog(log) => self.text(&mut log.text),
            Body::Http(answer) => self.http(answer),
            Body::Logs(page) => self.logs(page),
            // Objects are pruned where they are decoded; the rest holds no free text.
            Body::List(_)
            | Body::Object(_)
            | Body::Kinds { .. }
            | Body::Version { .. }
            | Body::Credential(_) => {}
        }
    }

    fn http(&self, answer: &mut HttpAnswer) {
        for (_, value) in &mut answer.headers {
            self.text(value);
        }
        // What is not text is made text, so that it can be searched; an image is nothing that a check reads.
        let mut text = match String::from_utf8(std::mem::take(&mut answer.body)) {
            Ok(text) => text,
            Err(error) => {
                answer.truncated = true;
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        self.text(&mut text);
        answer.body = text.into_bytes();
    }

    fn logs(&self, page: &mut LogPage) {
        let values = page.streams.iter_mut().flat_map(BTreeMap::values_mut);
        let lines = page.lines.iter_mut().map(|line| &mut line.text);
        values.chain(lines).for_each(|text| self.text(text));
    }

    fn error(&self, error: &mut ReadError) {
        self.text(&mut error.message);
        error
            .attributes
            .values_mut()
            .for_each(|value| self.text(value));
    }
}

#[async_trait]
impl<R: Reads> Reads for Redact<R> {
    async fn read(&self, request: &Request) -> Answer {
        let mut answer = self.inner.read(request).await;
        match &mut answer {
            Ok(body) => self.body(body),
            Err(error) => self.error(error),
        }
        answer
    }
}

/// A text without what the rules know; borrowed where none applies, which is nearly always.
pub fn redact(text: &str) -> Cow<'_, str> {
    let Some(rules) = &*COMPILED else {
        // The patterns are constants that a test compiles. If they were broken, no text may pass.
        return Cow::Owned("[redacted]".to_owned());
    };
    let mut redacted = Cow::Borrowed(text);
    for index in rules.any.matches(text) {
        if let Some((regex, mark)) = rules.each.get(index)
            && let Cow::Owned(replaced) = regex.replace_all(&redacted, *mark)
        {
            redacted = Cow::Owned(replaced);
        }
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_by_the_name_of_their_rule() {
        for (text, redacted_text) in [
            (
                "dsn=postgresql://app:p%40ss-w0rd@db:5432/x ok",
                "dsn=postgresql://[redacted:url]@db:5432/x ok",
            ),
            ("redis://:hunter2@cache", "redis://[redacted:url]@cache"),
            (
                "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl rejected",
                "token [redacted:jwt] rejected",
            ),
            (
                r#"{"error":"key sk-bsq-0123456789abcdef is bad"}"#,
                r#"{"error":"key [redacted:key] is bad"}"#,
            ),
            (
                "authorization: Basic dXNlcjpwYXNz",
                "authorization: Basic [redacted:authorization]",
            ),
            (
                r#""Authorization":"Bearer abc""#,
                r#""Authorization":"Bearer [redacted:authorization]""#,
            ),
            (
                "sent Bearer 0123456789abcdef==",
                "sent Bearer [redacted:bearer]",
            ),
            (
                "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb",
                "a\n[redacted:private-key]\nb",
            ),
            (
                r"-----BEGIN PRIVATE KEY-----\nMIIE",
                "[redacted:private-key]",
            ),
        ] {
            assert_eq!(redact(text), redacted_text);
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "",
            "Bearer authentication failed",
            "GET https://host:8443/path?a=b@c 200",
            "task-0123456789abcdef-controller",
            "sk-...abcd",
            "eyJ is how they begin",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "image registry.test:5000/a@sha256:0123",
        ] {
            assert!(
                matches!(redact(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }
}
