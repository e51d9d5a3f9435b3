//! Metrics, traces and network as a check calls them: what is asked, what is denied before, what is handed over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::json;

use super::bindings::bsq::{metrics, network, traces};
use crate::abi::command::CommandDecorator;
use crate::capability::view::{RunScope, View, ViewPlan};
use crate::capability::{
    Addresses, Answer, Body, Certificate, Coverage, ErrorCode, Handshake, MetricsAnswer, Point,
    ReadError, Reads, Request, Series, TlsProblem, TraceAnswer, TraceSummary, TracesFound, Vantage,
};
use crate::engine::log::CheckLog;
use crate::engine::{Limits, RunContext, Span, State};
use crate::grant::{Gate, Grant};
use crate::manifest::Manifest;
use crate::report::model::ReadRow;

/// Gives what was made up, and remembers what it was asked.
#[derive(Default)]
struct Made {
    asked: Mutex<Vec<Request>>,
}

#[async_trait]
impl Reads for Made {
    async fn read(&self, request: &Request) -> Answer {
        self.asked.lock().unwrap().push(request.clone());
        let missing = |query: &str| {
            query
                .contains("partial")
                .then(|| "a part is away".to_owned())
        };
        Ok(match request {
            Request::Metrics(request) => Body::Metrics(MetricsAnswer {
                series: vec![Series {
                    labels: BTreeMap::from([("pod".to_owned(), "a".to_owned())]),
                    points: vec![Point {
                        time: 1_795_414_324_000,
                        value: "NaN".to_owned(),
                    }],
                }],
                warnings: missing(&request.query).into_iter().collect(),
                missing: missing(&request.query),
            }),
            Request::Traces(request) => Body::Traces(TracesFound {
                traces: vec![TraceSummary {
                    id: "ab".to_owned(),
                    root_service: "portal".to_owned(),
                    root_name: "GET /".to_owned(),
                    start: 7,
                    duration_ms: 8,
                    attributes: BTreeMap::from([("matched".to_owned(), "1".to_owned())]),
                }],
                missing: missing(&request.query),
            }),
            Request::Trace { .. } => Body::Trace(TraceAnswer {
                json: json!({"resourceSpans": []}),
                missing: None,
            }),
            Request::Resolve { host } if host.starts_with("nothing.") => {
                let error = ReadError::new(ErrorCode::Absent, "there is no such host");
                return Err(error.because("dns-nxdomain"));
            }
            Request::Resolve { .. } => Body::Addresses(Addresses {
                addresses: vec!["10.0.0.1".to_owned()],
                vantage: Vantage::InCluster,
            }),
            Request::Handshake { .. } => Body::Handshake(Handshake {
                chain: vec![Certificate {
                    subject: "CN=portal".to_owned(),
                    issuer: "CN=authority".to_owned(),
                    names: vec!["portal.site.test".to_owned()],
                    not_before: -1,
                    not_after: 1,
                }],
                problem: Some(TlsProblem {
                    code: "tls-expired".to_owned(),
                    words: "its certificate has expired".to_owned(),
                }),
                address: "10.0.0.1".to_owned(),
                vantage: Vantage::Operator,
            }),
            _ => return Err(ReadError::new(ErrorCode::NotConfigured, "not made up")),
        })
    }
}

const MANIFEST: &str = r#"
id = "example"
version = "1.0.0"
title = "all is well"

[[metrics]]
name = "restarts"
why = "w"
query = 'increase(restarts{namespace=~"${namespace}", pod="${pod}"}[${window}])'

[[metrics]]
name = "partial"
why = "w"
query = "partial"

[[metrics]]
name = "ungranted"
why = "w"
query = "up"

[[traces]]
name = "slow"
why = "w"
query = '{ resource.service.name = "${service}" && duration > ${slow} }'

[[network]]
why = "w"
hosts = [".site.test"]
"#;

const GRANT: &str = r#"
digest = "sha256:00"
metrics = [{ name = "restarts" }, { name = "partial" }]
traces = [{ name = "slow" }]
network = [{ hosts = [".site.test"] }]
"#;

struct World {
    made: Arc<Made>,
    state: State,
}

impl World {
    fn new(scope: RunScope) -> Self {
        let manifest: Manifest = toml::from_str(MANIFEST).unwrap();
        let grant: Grant = toml::from_str(GRANT).unwrap();
        let made = Arc::new(Made::default());
        let reads: Arc<dyn Reads> = Arc::<Made>::clone(&made);
        let now = "2026-11-23T06:12:04Z".parse().unwrap();
        let start = "2026-11-23T05:12:04Z".parse().unwrap();
        let run = RunContext {
            view: Arc::new(View::new(reads, ViewPlan::default())),
            scope,
            now,
            window: Span { start, end: now },
            seed: 7,
            commands: CommandDecorator::default(),
            progress: None,
            trace: None,
        };
        let gate = Gate::new(manifest, grant);
        let state = State::new(
            Arc::new(run),
            Arc::new(gate),
            Arc::new(Limits::default()),
            "sha256:00".into(),
            CheckLog::default(),
        );
        Self { made, state }
    }

    async fn instant(
        &mut self,
        template: &str,
        parameters: &[(&str, &str)],
    ) -> Result<metrics::query::Answer, metrics::query::Error> {
        let asked =
            metrics::query::Host::instant(&mut self.state, template.to_owned(), pairs(parameters));
        asked.await.unwrap()
    }

    /// What was asked of the reads, as a recording has it.
    fn asked(&self) -> Vec<serde_json::Value> {
        let asked = self.made.asked.lock().unwrap();
        let values = asked
            .iter()
            .map(|request| serde_json::to_value(request).unwrap());
        values.collect()
    }

    fn reads(self) -> Vec<ReadRow> {
        self.state.calls.finish().0.reads
    }
}

fn world() -> World {
    World::new(RunScope::default())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

const PARAMETERS: [(&str, &str); 3] = [("namespace", "data"), ("pod", "a"), ("window", "5m")];

#[tokio::test]
async fn a_metric_template_is_asked_once_with_its_parameters() {
    let mut world = world();
    for read in 1..=2 {
        let answer = world.instant("restarts", &PARAMETERS).await.unwrap();
        assert_eq!((answer.read, answer.truncated), (read, false));
        assert_eq!(answer.series[0].labels, pairs(&[("pod", "a")]));
        assert_eq!(answer.series[0].points[0].value, "NaN");
    }
    assert_eq!(
        world.asked(),
        [json!({
            "read": "metrics",
            "query": r#"increase(restarts{namespace=~"data", pod="a"}[5m])"#,
            "when": {"at": "2026-11-23T06:12:04Z"},
        })]
    );
    let reads = world.reads();
    assert_eq!(
        reads[0].call,
        "metrics `restarts` where namespace=data, pod=a, window=5m"
    );
    assert_eq!(reads[0].coverage, Coverage::Complete);
}

#[tokio::test]
async fn a_range_is_the_runs_window() {
    let mut world = world();
    metrics::query::Host::range(&mut world.state, "partial".to_owned(), Vec::new(), 15)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        world.asked()[0]["when"],
        json!({"over": {"start": "2026-11-23T05:12:04Z", "end": "2026-11-23T06:12:04Z", "step-seconds": 15}})
    );
}

#[tokio::test]
async fn a_partial_answer_is_truncated_with_what_is_missing() {
    let mut world = world();
    let answer = world.instant("partial", &[]).await.unwrap();
    assert!(answer.truncated);
    assert_eq!(answer.warnings, ["a part is away"]);
    assert_eq!(answer.attributes, pairs(&[("missing", "a part is away")]));
    let reads = world.reads();
    assert_eq!(reads[0].coverage, Coverage::Truncated);
    assert_eq!(reads[0].detail.as_deref(), Some("a part is away"));
}

#[tokio::test]
async fn a_parameter_stays_in_its_place() {
    let mut world = world();
    let parameters = [
        ("namespace", "data"),
        ("pod", r#"x"} or up{a=""#),
        ("window", "5m"),
    ];
    world.instant("restarts", &parameters).await.unwrap();
    assert_eq!(
        world.asked()[0]["query"],
        r#"increase(restarts{namespace=~"data", pod="x\"} or up{a=\""}[5m])"#
    );
    for (parameters, words) in [
        (
            &[
                ("namespace", "data"),
                ("pod", "a"),
                ("window", "5m] or up[1m"),
            ][..],
            "not a duration",
        ),
        (
            &[("namespace", "data"), ("window", "5m")],
            "`pod` has no value",
        ),
        (
            &[("pod", ""), ("namespace", "data"), ("window", "5m")],
            "`pod` has no value",
        ),
        (
            &[
                ("pod", "a"),
                ("pod", "b"),
                ("namespace", "data"),
                ("window", "5m"),
            ],
            "several values",
        ),
        (&[("other", "a")], "no parameter `other`"),
        (&[("a", "b"); 101], "at most 100"),
    ] {
        let error = world.instant("restarts", parameters).await.unwrap_err();
        assert_eq!(error.code, "invalid", "{parameters:?}");
        assert!(
            error.message.contains(words),
            "{parameters:?}: {}",
            error.message
        );
    }
    assert_eq!(world.asked().len(), 1, "nothing else was asked");
}

#[tokio::test]
async fn what_is_not_granted_is_denied_with_the_line_that_would_allow_it() {
    let mut world = world();
    let error = world.instant("ungranted", &[]).await.unwrap_err();
    assert_eq!(error.code, "denied");
    let error = world.instant("undeclared", &[]).await.unwrap_err();
    assert_eq!(error.code, "denied");
    let get = traces::query::Host::get(&mut world.state, "fast".to_owned(), "ab".to_owned());
    assert_eq!(get.await.unwrap().unwrap_err().code, "denied");
    for host in ["site.test", "portal.evil.test", "169.254.169.254"] {
        let tls = network::probe::Host::tls(&mut world.state, host.to_owned(), 443);
        assert_eq!(tls.await.unwrap().unwrap_err().code, "denied", "{host}");
    }
    assert!(world.asked().is_empty());
    let reads = world.reads();
    assert_eq!(
        reads[0].hint.as_deref(),
        Some(
            "add `metrics = [{ name = \"ungranted\" }]` to a `[[check]]` row with `digest = \"sha256:00\"` in \
             `grants.toml`"
        )
    );
    assert_eq!(
        reads[1].hint.as_deref(),
        Some(
            "declare it in `check.toml`: `[[metrics]]` with name = \"undeclared\" and its `query` and a `why`"
        )
    );
}

#[tokio::test]
async fn a_namespace_that_is_asked_for_lies_within_the_scope() {
    let scope = RunScope {
        namespaces: Some(["data".to_owned()].into()),
        ..RunScope::default()
    };
    let mut world = World::new(scope);
    world.instant("restarts", &PARAMETERS).await.unwrap();
    let parameters = [
        ("namespace", "data"),
        ("namespace", "iam"),
        ("pod", "a"),
        ("window", "5m"),
    ];
    let error = world.instant("restarts", &parameters).await.unwrap_err();
    assert_eq!(error.code, "denied");
    assert_eq!(error.attributes, pairs(&[("cause", "scope")]));
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn traces_are_searched_in_the_window_and_read_by_id() {
    let mut world = world();
    let parameters = pairs(&[("service", "api"), ("slow", "500ms")]);
    let found = traces::query::Host::search(&mut world.state, "slow".to_owned(), parameters)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.traces[0].root_service, "portal");
    assert_eq!(found.traces[0].attributes, pairs(&[("matched", "1")]));
    let trace = traces::query::Host::get(&mut world.state, "slow".to_owned(), "AB".to_owned())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(trace.json, r#"{"resourceSpans":[]}"#);
    let unsound = traces::query::Host::get(&mut world.state, "slow".to_owned(), "../x".to_owned());
    assert_eq!(unsound.await.unwrap().unwrap_err().code, "invalid");
    assert_eq!(
        world.asked(),
        [
            json!({
                "read": "traces",
                "query": r#"{ resource.service.name = "api" && duration > 500ms }"#,
                "start": "2026-11-23T05:12:04Z", "end": "2026-11-23T06:12:04Z",
            }),
            json!({"read": "trace", "id": "ab"}),
        ]
    );
}

#[tokio::test]
async fn names_and_certificates_are_looked_at_within_the_granted_suffix() {
    let mut world = world();
    for host in ["portal.site.test", "Portal.SITE.test"] {
        let found = network::probe::Host::resolve(&mut world.state, host.to_owned())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.addresses, ["10.0.0.1"]);
        assert_eq!(found.vantage, "in-cluster");
    }
    let none = network::probe::Host::resolve(&mut world.state, "nothing.site.test".to_owned());
    let error = none.await.unwrap().unwrap_err();
    assert_eq!(error.code, "absent");
    assert_eq!(error.attributes, pairs(&[("cause", "dns-nxdomain")]));
    let tls = network::probe::Host::tls(&mut world.state, "portal.site.test".to_owned(), 443);
    let shaken = tls.await.unwrap().unwrap();
    assert_eq!(shaken.problem, "tls-expired");
    assert_eq!(shaken.chain[0].not_before, -1);
    assert_eq!(
        shaken.attributes,
        pairs(&[
            ("address", "10.0.0.1"),
            ("detail", "its certificate has expired")
        ])
    );
    for (host, port) in [
        ("portal.site.test/x", 443),
        ("", 443),
        ("portal.site.test", 0),
    ] {
        let tls = network::probe::Host::tls(&mut world.state, host.to_owned(), port);
        assert_eq!(
            tls.await.unwrap().unwrap_err().code,
            "invalid",
            "{host}:{port}"
        );
    }
    assert_eq!(world.asked().len(), 3, "equal names are one read");
    let reads = world.reads();
    let absent = reads
        .iter()
        .find(|row| row.call == "resolve nothing.site.test");
    assert_eq!(absent.unwrap().coverage, Coverage::Absent);
}
