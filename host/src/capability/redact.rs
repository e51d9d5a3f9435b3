//! Take secrets out of texts before anyone above sees them: checks, recordings and reports alike.
//!
//! It stands between the live reads and the recorder, so that what a check sees live is what a replay shows it. Objects
//! are pruned and masked where they are decoded; here it is logs, HTTP answers, metrics, traces and error messages. What
//! it finds it replaces by a mark that names the rule.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use regex::{Regex, RegexSet};
use serde_json::Value;

use super::endpoint::{Credential, Endpoints};
use super::prune::sounds_secret;
use super::{
    Answer, Body, HttpAnswer, LogLine, LogPage, MetricsAnswer, ReadError, Reads, Request,
    TracesFound,
};

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
}

#[async_trait]
impl<R: Reads> Reads for Redact<R> {
    async fn read(&self, request: &Request) -> Answer {
        let mut answer = self.inner.read(request).await;
        let cleaner = Cleaner(self.endpoints.known_credentials());
        match &mut answer {
            Ok(body) => cleaner.body(body),
            Err(error) => cleaner.error(error),
        }
        answer
    }
}

/// The rules, and the credentials that are known by now.
struct Cleaner(Vec<Arc<Credential>>);

impl Cleaner {
    fn text(&self, text: &mut String) {
        for credential in &self.0 {
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
            Body::Metrics(answer) => self.metrics(answer),
            Body::Traces(found) => self.traces(found),
            Body::Trace(trace) => {
                self.json(&mut trace.json);
                self.some(&mut trace.missing);
            }
            Body::Handshake(shaken) => {
                for certificate in &mut shaken.chain {
                    self.text(&mut certificate.subject);
                    self.text(&mut certificate.issuer);
                }
            }
            // Objects are pruned where they are decoded; the rest holds no free text.
            Body::List(_)
            | Body::Object(_)
            | Body::Kinds { .. }
            | Body::Version { .. }
            | Body::Credential(_)
            | Body::Addresses(_) => {}
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
        values.for_each(|text| self.text(text));
        let mut keys = PrivateKeys::default();
        for line in &mut page.lines {
            if keys.hold(line) {
                line.text = "[redacted:private-key]".to_owned();
            } else {
                self.text(&mut line.text);
            }
        }
    }

    fn some(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn metrics(&self, answer: &mut MetricsAnswer) {
        let labels = answer
            .series
            .iter_mut()
            .flat_map(|one| one.labels.values_mut());
        labels.for_each(|text| self.text(text));
        answer.warnings.iter_mut().for_each(|text| self.text(text));
        self.some(&mut answer.missing);
    }

    fn traces(&self, found: &mut TracesFound) {
        for trace in &mut found.traces {
            self.text(&mut trace.root_service);
            self.text(&mut trace.root_name);
            // Their names hold those of services.
            let attributes = std::mem::take(&mut trace.attributes).into_iter();
            trace.attributes = attributes
                .map(|(mut name, value)| {
                    self.text(&mut name);
                    (name, value)
                })
                .collect();
        }
        self.some(&mut found.missing);
    }

    /// The texts of a trace, each by itself, so that the JSON around them stays one. Attributes hold headers and
    /// parameters of requests: what is named like a secret is one, whatever it looks like.
    fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                let key = fields.get("key").and_then(Value::as_str);
                if key.is_some_and(names_a_secret)
                    && let Some(text) = fields
                        .get_mut("value")
                        .and_then(|value| value.get_mut("stringValue"))
                {
                    *text = Value::from("[redacted]");
                }
                fields.values_mut().for_each(|value| self.json(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn error(&self, error: &mut ReadError) {
        self.text(&mut error.message);
        error
            .attributes
            .values_mut()
            .for_each(|value| self.text(value));
    }
}

/// An attribute of a span whose value nobody should see.
fn names_a_secret(key: &str) -> bool {
    let is_header = |name: &str| key.to_ascii_lowercase().ends_with(name);
    sounds_secret(key) || is_header("authorization") || is_header("cookie")
}

/// Private keys that a stream logs line by line: no line but the first and the last would be known for one.
#[derive(Default)]
struct PrivateKeys {
    /// The streams that are within a key now. Lines may come newest first, so either end may be the beginning.
    open: BTreeMap<u32, &'static str>,
}

impl PrivateKeys {
    /// Whether the line is of a key, between its first and its last line.
    fn hold(&mut self, line: &LogLine) -> bool {
        const ENDS: [(&str, &str); 2] =
            [("-----BEGIN ", "-----END "), ("-----END ", "-----BEGIN ")];
        let text = line.text.as_str();
        let is_mark = |mark: &str| text.contains(mark) && text.contains("PRIVATE KEY-----");
        if let Some(other) = self.open.get(&line.stream).copied() {
            // Key text is one word of base64; anything else means that the rest of the key was never logged.
            let is_key = text
                .trim()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
            if is_mark(other) || !is_key {
                self.open.remove(&line.stream);
            }
            return is_mark(other) || is_key;
        }
        let opened = ENDS
            .iter()
            .find(|(mark, other)| is_mark(mark) && !is_mark(other));
        if let Some((_, other)) = opened {
            self.open.insert(line.stream, other);
        }
        opened.is_some()
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
#[allow(clippy::panic)]
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

    /// Answers everything with the same.
    struct Same(Answer);

    #[async_trait]
    impl Reads for Same {
        async fn read(&self, _: &Request) -> Answer {
            self.0.clone()
        }
    }

    async fn redacted(answer: Answer) -> Answer {
        let endpoints = Endpoints::new(BTreeMap::new(), None, Arc::default());
        let redact = Redact::new(Same(answer), Arc::new(endpoints));
        redact.read(&Request::Version).await
    }

    fn page(lines: &[(u32, &str)]) -> Body {
        Body::Logs(LogPage {
            streams: Vec::new(),
            lines: lines
                .iter()
                .map(|(stream, text)| LogLine {
                    time: 0,
                    stream: *stream,
                    text: (*text).to_owned(),
                })
                .collect(),
            truncated: false,
            backend: "loki".to_owned(),
        })
    }

    #[tokio::test]
    async fn a_private_key_that_is_logged_line_by_line_is_taken_out_in_either_order() {
        let mut lines = [
            (0, "before"),
            (0, "-----BEGIN PRIVATE KEY-----"),
            (1, "another stream"),
            (0, "MIIEvQIBADANBgkqhkiG9w0"),
            (0, "-----END PRIVATE KEY-----"),
            (0, "after"),
        ];
        for _ in 0..2 {
            let Ok(Body::Logs(page)) = redacted(Ok(page(&lines))).await else {
                panic!("a page")
            };
            let kept: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
            let marks = kept
                .iter()
                .filter(|text| **text == "[redacted:private-key]");
            assert_eq!(marks.count(), 3, "{kept:?}");
            for text in ["before", "after", "another stream"] {
                assert!(kept.contains(&text), "{kept:?}");
            }
            lines.reverse();
        }
    }

    #[tokio::test]
    async fn texts_of_every_answer_are_redacted() {
        const SECRET: &str = "redis://:hunter2@cache";
        let error = ReadError::new(super::super::ErrorCode::Other, SECRET).because(SECRET);
        let http = HttpAnswer {
            status: 200,
            headers: vec![("x".to_owned(), SECRET.to_owned())],
            body: [SECRET.as_bytes(), &[0xff]].concat(),
            truncated: false,
            redirects: 0,
        };
        let log = super::super::PodLog {
            text: SECRET.to_owned(),
            truncated: false,
        };
        for answer in [
            Err(error),
            Ok(Body::Http(http)),
            Ok(Body::PodLog(log)),
            Ok(page(&[(0, SECRET)])),
        ] {
            let text = format!("{:?}", redacted(answer).await);
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
