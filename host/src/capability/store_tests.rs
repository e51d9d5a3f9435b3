//! Metric and trace stores as servers on loopback: good ones, broken ones, and ones that give a credential back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bsq_tests::http::{Answer as Scripted, FaultServer};
use serde_json::json;

use crate::capability::endpoint::{Endpoints, TokenSource};
use crate::capability::ledger::Ledger;
use crate::capability::redact::Redact;
use crate::capability::{
    Answer, Body, ErrorCode, MetricsRequest, ReadError, Reads, Request, TracesRequest, When,
    metrics, traces,
};
use crate::settings::duration::Span;
use crate::settings::file::EndpointSection;

const TOKEN: &str = "hunter2-hunter2/hunter2";
const PARAMETER: &str = "parameter-of-the-check";

/// Both stores at one server, as `bsq.toml` would name them.
struct Stores {
    server: FaultServer,
    endpoints: Arc<Endpoints>,
    ledger: Arc<Ledger>,
    _folder: tempfile::TempDir,
}

impl Stores {
    fn new() -> Self {
        let server = FaultServer::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, TOKEN).unwrap();
        let section = EndpointSection {
            url: format!("{}/base", server.url()).parse().unwrap(),
            token: Some(TokenSource::File(token)),
            ca: None,
            tenant: Some("platform".to_owned()),
            timeout: Some(Span(Duration::from_secs(1))),
        };
        let sections = ["prometheus", "tempo"].map(|name| (name.to_owned(), section.clone()));
        let ledger = Arc::<Ledger>::default();
        let endpoints = Endpoints::new(BTreeMap::from(sections), None, Arc::clone(&ledger));
        Self {
            server,
            endpoints: Arc::new(endpoints),
            ledger,
            _folder: folder,
        }
    }

    /// As the view's reads come to it.
    async fn read(&self, request: &Request) -> Answer {
        let reads = Redact::new(
            Asked(Arc::clone(&self.endpoints)),
            Arc::clone(&self.endpoints),
            Arc::default(),
        );
        reads.read(request).await
    }
}

struct Asked(Arc<Endpoints>);

#[async_trait]
impl Reads for Asked {
    async fn read(&self, request: &Request) -> Answer {
        match request {
            Request::Metrics(request) => metrics::query(&self.0, request).await,
            Request::Traces(request) => traces::search(&self.0, request).await,
            Request::Trace { id } => traces::get(&self.0, id).await,
            _ => Err(ReadError::new(ErrorCode::Unsupported, "another read")),
        }
    }
}

fn instant() -> Request {
    Request::Metrics(MetricsRequest {
        query: format!("up{{pod=\"{PARAMETER}\"}}"),
        when: When::At("2026-11-23T06:00:00Z".to_owned()),
    })
}

fn search() -> Request {
    Request::Traces(TracesRequest {
        query: format!("{{ name = \"{PARAMETER}\" }}"),
        start: "2026-11-23T05:00:00Z".to_owned(),
        end: "2026-11-23T06:00:00Z".to_owned(),
    })
}

fn trace() -> Request {
    Request::Trace {
        id: "2f3e0cee77ae5dc9".to_owned(),
    }
}

/// Each read with the path of the store that it goes to.
fn all() -> [(&'static str, Request); 3] {
    [
        ("/base/api/v1/query", instant()),
        ("/base/api/search", search()),
        ("/base/api/traces/2f3e0cee77ae5dc9", trace()),
    ]
}

#[tokio::test]
async fn a_query_has_the_hosts_credential_and_tenant_and_the_ledger_no_parameter() {
    let stores = Stores::new();
    let vector = json!({"status": "success", "data": {"resultType": "vector", "result": []}});
    let found = json!({"traces": [], "metrics": {}});
    let one = json!({"batches": []});
    for ((path, request), body) in all().into_iter().zip([vector, found, one]) {
        stores.server.on(path, [Scripted::json(200, &body)]);
        stores.read(&request).await.unwrap();
    }
    let requests = stores.server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.method, "GET");
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(request.header("x-scope-orgid"), "platform");
    }
    let query = requests[0].parameter("query").unwrap();
    assert_eq!(query, format!("up{{pod=\"{PARAMETER}\"}}"));
    assert_eq!(
        requests[0].parameter("time").unwrap(),
        "2026-11-23T06:00:00Z"
    );
    assert_eq!(requests[1].parameter("start").unwrap(), "1795410000");
    let rows = format!("{:?}", stores.ledger.rows());
    assert!(!rows.contains(PARAMETER) && !rows.contains(TOKEN), "{rows}");
}

#[tokio::test]
async fn a_store_that_gives_the_credential_back_gives_it_to_nobody() {
    let stores = Stores::new();
    let secret = format!("saw Bearer {TOKEN}");
    let vector = json!({
        "status": "success", "warnings": [secret],
        "data": {"resultType": "vector", "result": [
            {"metric": {"pod": secret, "dsn": "redis://:swordfish@cache"}, "value": [1, "1"]},
        ]},
    });
    let found = json!({"traces": [{
        "traceID": "ab", "rootServiceName": secret, "rootTraceName": "redis://:swordfish@cache",
        "serviceStats": {TOKEN: {"spanCount": 1}},
    }]});
    let one = json!({"batches": [{"scopeSpans": [{"spans": [{
        "name": secret, "attributes": [
            {"key": "http.request.header.authorization", "value": {"stringValue": "swordfish"}},
            {"key": "db.password", "value": {"stringValue": "swordfish"}},
            {"key": "url", "value": {"stringValue": "redis://:swordfish@cache"}},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        ],
    }]}]}]});
    for ((path, request), body) in all().into_iter().zip([vector, found, one]) {
        let refusal = Scripted::text(500, format!("{secret} redis://:swordfish@cache"));
        stores
            .server
            .on(path, [Scripted::json(200, &body), refusal]);
        let good = stores.read(&request).await.unwrap();
        let bad = stores.read(&request).await.unwrap_err();
        let text = format!("{good:?} {bad:?}");
        for secret in ["hunter2", "swordfish"] {
            assert!(!text.contains(secret), "{path}: {text}");
        }
        assert!(text.contains("[redacted"), "{path}: {text}");
        if let Body::Trace(trace) = good {
            assert!(trace.json.to_string().contains(r#"{"intValue":"12"}"#));
        }
    }
}

#[tokio::test]
async fn broken_stores_have_typed_errors() {
    let json = "application/json";
    let cases: [(&str, Scripted, ErrorCode); 12] = [
        (
            "a login page",
            Scripted::html(200, "<!doctype html><title>Sign in</title>"),
            ErrorCode::Invalid,
        ),
        (
            "a gateway's page",
            Scripted::html(502, "<html>Bad Gateway"),
            ErrorCode::Unavailable,
        ),
        (
            "half an answer",
            Scripted::half(
                json,
                r#"{"status":"success","data":{"resultType":"vector"}}"#,
            ),
            ErrorCode::Unavailable,
        ),
        ("half of JSON", Scripted::invalid_json(), ErrorCode::Invalid),
        (
            "another API",
            Scripted::json(200, &json!({"kind": "PodList"})),
            ErrorCode::Invalid,
        ),
        ("no JSON", Scripted::text(200, "ok"), ErrorCode::Invalid),
        ("a reset", Scripted::reset(), ErrorCode::Unavailable),
        ("silence", Scripted::hang(), ErrorCode::Timeout),
        (
            "a byte now and then",
            Scripted::drip(json, vec![b' '; 1_000], Duration::from_millis(100)),
            ErrorCode::Timeout,
        ),
        (
            "more than fits",
            Scripted::large(9 << 20),
            ErrorCode::TooLarge,
        ),
        (
            "no rights",
            Scripted::text(401, "no org id"),
            ErrorCode::Forbidden,
        ),
        ("too many", Scripted::throttled(3), ErrorCode::Throttled),
    ];
    let stores = Stores::new();
    for (what, scripted, code) in cases {
        for (path, request) in all() {
            stores.server.on(path, [scripted.clone()]);
            let error = stores.read(&request).await.expect_err(what);
            assert_eq!(error.code, code, "{path}, {what}: {error}");
            assert_eq!(
                error.retry_after_ms,
                (code == ErrorCode::Throttled).then_some(3_000),
                "{path}, {what}"
            );
        }
    }
}

#[tokio::test]
async fn a_site_without_stores_says_so() {
    let endpoints = Arc::new(Endpoints::new(BTreeMap::new(), None, Arc::default()));
    for ((_, request), name) in all().into_iter().zip(["prometheus", "tempo", "tempo"]) {
        let error = Asked(Arc::clone(&endpoints))
            .read(&request)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::NotConfigured);
        assert_eq!(error.message, format!("no [endpoint.{name}] in bsq.toml"));
    }
}

#[tokio::test]
async fn a_trace_that_is_not_there_is_absent_and_an_unknown_path_is_not() {
    let stores = Stores::new();
    let path = "/base/api/traces/2f3e0cee77ae5dc9";
    for (scripted, code) in [
        (Scripted::text(404, "trace not found"), ErrorCode::Absent),
        (Scripted::text(404, ""), ErrorCode::Absent),
        (Scripted::status(404), ErrorCode::Invalid),
        (Scripted::html(404, "<html>404</html>"), ErrorCode::Invalid),
    ] {
        stores.server.on(path, [scripted]);
        assert_eq!(stores.read(&trace()).await.unwrap_err().code, code);
    }
    stores
        .server
        .on(path, [Scripted::json(206, &json!({"batches": []}))]);
    let Body::Trace(part) = stores.read(&trace()).await.unwrap() else {
        panic!("a trace")
    };
    assert!(part.missing.is_some());
}
