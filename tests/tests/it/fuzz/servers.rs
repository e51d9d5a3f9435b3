//! What servers answer: lists of the API server, and what stores say over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bsq_host::capability::endpoint::Endpoints;
use bsq_host::capability::prune::{ListReader, Pruner};
use bsq_host::capability::redact::Redactor;
use bsq_host::capability::{
    Answer, Body, LogsRequest, Mask, MetricsRequest, Resource, TracesRequest, When, logs, metrics,
    traces,
};
use bsq_host::settings::duration::Span;
use bsq_host::settings::file::EndpointSection;
use bsq_tests::http::{Answer as Scripted, FaultServer};

use super::feed::fuzz;

/// What a server says is a page, or an error; what it says is never invented.
#[test]
fn lists_of_servers() {
    let page = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"next"},"items":[
        {"metadata":{"name":"a","namespace":"data","labels":{"app":"x"}},"spec":{"nodeName":"n"},"status":{"phase":"Running"}},
        {"metadata":{"name":"b"},"status":{"conditions":[{"type":"Ready","status":"False"}]}}]}"#;
    let resource = Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap();
    let mask = Mask::from_paths(["metadata.labels", "status"]).unwrap();
    let pruner = Pruner::new(&resource, &mask, false);
    fuzz(&[page.to_vec()], |bytes| {
        let mut reader = ListReader::new(&pruner);
        // In two frames, as they come from a wire.
        let (first, second) = bytes.split_at(bytes.len() / 2);
        if reader
            .feed(first)
            .and_then(|()| reader.feed(second))
            .is_err()
        {
            return;
        }
        if let Ok(page) = reader.finish() {
            for row in page.rows {
                assert!(serde_json::from_str::<serde_json::Value>(row.json.get()).is_ok());
            }
        }
    });
}

/// What a log store says is a page of lines within what was asked for, or an error.
#[test]
fn log_stores() {
    let answer = br#"{"status":"success","data":{"resultType":"streams","result":[
        {"stream":{"namespace":"data","pod":"db-0"},"values":[["1795413600000000000","first"],["1795413601000000000","second"]]},
        {"stream":{},"values":[["1795413602000000000","third",{"structuredMetadata":{"trace":"7"}}]]}],"stats":{}}}"#;
    let request = LogsRequest {
        labels: Vec::new(),
        text: Vec::new(),
        start: START.to_owned(),
        end: END.to_owned(),
        backward: true,
        limit: 100,
    };
    Store::of(logs::ENDPOINT).fuzz(answer, async |endpoints| {
        let answer = logs::query(endpoints, &request).await;
        if let Ok(Body::Logs(page)) = &answer {
            assert!(page.streams.iter().all(|labels| labels.len() < 1_000));
        }
        answer
    });
}

#[test]
fn metric_stores() {
    let answer = br#"{"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"__name__":"up","job":"kubelet"},"value":[1795413600.123,"1"]},
        {"metric":{},"value":[1795413600,"NaN"]}]},"warnings":["partial"]}"#;
    let request = MetricsRequest {
        query: "up".to_owned(),
        when: When::At(START.to_owned()),
    };
    Store::of(metrics::ENDPOINT).fuzz(answer, async |endpoints| {
        metrics::query(endpoints, &request).await
    });
}

#[test]
fn trace_stores_that_search() {
    let answer = br#"{"traces":[{"traceID":"2f3e0cee77ae5dc9","rootServiceName":"gateway","rootTraceName":"POST",
        "startTimeUnixNano":"1795413600000000000","durationMs":340}],"metrics":{"completedJobs":2,"totalJobs":2}}"#;
    let request = TracesRequest {
        query: "{}".to_owned(),
        start: START.to_owned(),
        end: END.to_owned(),
    };
    Store::of(traces::ENDPOINT).fuzz(answer, async |endpoints| {
        traces::search(endpoints, &request).await
    });
}

#[test]
fn traces_of_stores() {
    let answer = br#"{"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},
        "scopeSpans":[{"spans":[{"traceId":"LyMM7nerXck=","spanId":"AAECAwQFBgc=","name":"POST","kind":"SPAN_KIND_SERVER",
        "startTimeUnixNano":"1795413600000000000","endTimeUnixNano":"1795413601000000000","status":{"code":"STATUS_CODE_ERROR"}}]}]}]}"#;
    Store::of(traces::ENDPOINT).fuzz(answer, async |endpoints| {
        traces::get(endpoints, "2f3e0cee77ae5dc9").await
    });
}

const START: &str = "2026-11-23T05:00:00Z";
const END: &str = "2026-11-23T06:00:00Z";

/// A server that says what nobody meant, and the endpoints that lead to it.
struct Store {
    server: FaultServer,
    endpoints: Endpoints,
}

impl Store {
    fn of(endpoint: &str) -> Self {
        let server = FaultServer::start().unwrap();
        let section = EndpointSection {
            url: server.url().parse().unwrap(),
            token: None,
            ca: None,
            tenant: None,
            timeout: Some(Span(Duration::from_secs(2))),
        };
        let sections = BTreeMap::from([(endpoint.to_owned(), section)]);
        Self {
            server,
            endpoints: Endpoints::new(sections, None, Arc::default()),
        }
    }

    /// Ask again and again. What was answered goes the way to a check: through redaction, and written as JSON.
    fn fuzz(&self, seed: &[u8], ask: impl AsyncFn(&Endpoints) -> Answer) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let redactor = Redactor::default();
        fuzz(&[seed.to_vec()], |bytes| {
            let answer = Scripted::whole(200, "application/json", bytes.to_vec());
            self.server.on("*", [answer]);
            if let Ok(body) = runtime.block_on(ask(&self.endpoints)) {
                let json = serde_json::to_string(&body).unwrap();
                let redacted = redactor.json(&json);
                assert!(
                    serde_json::from_str::<Body>(&redacted).is_ok(),
                    "{redacted}"
                );
            }
        });
    }
}
