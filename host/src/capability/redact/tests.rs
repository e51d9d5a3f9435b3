//! What goes and what stays, text by text and answer by answer.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::borrow::Cow;

use super::super::{Body, ErrorCode, HttpAnswer, LogLine, LogPage, PodLog, ReadError};
use super::*;

fn redact(text: &str) -> Cow<'_, str> {
    static REDACTOR: std::sync::LazyLock<Redactor> = std::sync::LazyLock::new(Redactor::default);
    REDACTOR.text(text)
}

#[test]
fn secrets_are_replaced_by_the_name_of_their_rule() {
    for (text, redacted_text) in [
        (
            "dsn=postgresql://app:p%40ss-w0rd@db:5432/x ok",
            "dsn=postgresql://[redacted:url]@db:5432/x ok",
        ),
        ("redis://:hunter2@cache", "redis://[redacted:url]@cache"),
        (
            "postgres://app:p@ss:Hunter2www@db/x",
            "postgres://[redacted:url]@db/x",
        ),
        (
            "postgres://app@srv:p@s@s?w#0@db:5432/x?o=a@b and mail@x",
            "postgres://[redacted:url]@db:5432/x?o=a@b and mail@x",
        ),
        (
            "amqp://a:p@ss@h1,amqp://b:q@h2 redis://:pw@h?x=a@b",
            "amqp://[redacted:url]@h1,amqp://[redacted:url]@h2 redis://[redacted:url]@h?x=a@b",
        ),
        (
            r#""postgres:\/\/app:p@ss@db\/x" a@b"#,
            r#""postgres:\/\/[redacted:url]@db\/x" a@b"#,
        ),
        (
            "DB_PASS=Hunter2aae dbpass=Hunter2aae smtp.pass = Hunter2aae",
            "DB_PASS=[redacted:assignment] dbpass=[redacted:assignment] smtp.pass = [redacted:assignment]",
        ),
        (
            "pass=hunter2&user=a pass: Hunter2aae --db-pass hunter2 rootPass=hunter2",
            "pass=[redacted:assignment]&user=a pass: [redacted:assignment] --db-pass [redacted:assignment] rootPass=[redacted:assignment]",
        ),
        (
            r#"{\"db-pass\":\"hunter2\"} 'pass': 'hunter2'"#,
            r#"{\"db-pass\":\"[redacted:assignment]\"} 'pass': '[redacted:assignment]'"#,
        ),
        (
            "  DB_PASS: correct-horse",
            "  DB_PASS: [redacted:assignment]",
        ),
        (
            "password => hunter2, :token=>hunter2 'api_key' => hunter2}",
            "password => [redacted:assignment], :token=>[redacted:assignment] 'api_key' => [redacted:assignment]",
        ),
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
        "ssh://git@host:22/a@b",
        "tests: 3 pass, 0 fail",
        "pass: true",
        "pass: ok",
        "--- PASS: TestLogin2 (0.00s)",
        "PASS: TestLogin2",
        "pass: 3, fail: 0",
        "pass=12 fail=0",
        "all of them pass: see below",
        "bypass=Hunter2aae compass: Hunter2aae --bypass Hunter2aae proxy-bypass=a1",
        "first pass at 12:04, second pass = none",
        "tokens.map(token => { return 1; })",
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
    let redact = Redact::new(Same(answer), Arc::new(endpoints), Arc::default());
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
    let error = ReadError::new(ErrorCode::Other, SECRET).because(SECRET);
    let http = HttpAnswer {
        status: 200,
        headers: vec![("x".to_owned(), SECRET.to_owned())],
        body: [SECRET.as_bytes(), &[0xff]].concat(),
        truncated: false,
        redirects: 0,
    };
    let log = PodLog {
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
