//! The host of a component: the imports of the contract, and the conversions between its types and those of this crate.

use std::panic;
use std::time::Duration;

use jiff::Timestamp;

use super::{Level, ListQuery, Page};
use crate::bindings::full::bsq::check::types as wit;
use crate::bindings::full::bsq::context::{clock, log, progress};
use crate::bindings::full::bsq::http::client;
use crate::bindings::full::bsq::kubernetes::{pods, reader};
use crate::bindings::full::bsq::logs::query as logs;
use crate::bindings::full::bsq::metrics::query as metrics;
use crate::bindings::full::bsq::network::probe;
use crate::bindings::full::bsq::traces::query as traces;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::finding::Severity;
use crate::object::Kind;
use crate::reads::{
    Addresses, Certificate, CredentialFacts, Handshake, HttpRequest, HttpResponse, LogLine,
    LogPage, LogRequest, Metrics, PodLog, PodLogQuery, Point, Series, ServedKind, Trace,
    TraceSummary, Traces,
};
use crate::report::Report;
use crate::run;

mod convert;

pub use convert::correlate;

/// The imports of the component.
pub(crate) struct Host;

/// Run a check's function for `bsq:check/check`.
///
/// # Errors
///
/// The function ended with an error; what it found goes along.
pub fn run(
    input: wit::Input,
    severities: &[(&str, Severity)],
    check: impl FnOnce(&Context) -> Result<Report>,
) -> std::result::Result<wit::Report, wit::CheckFailure> {
    report_panics();
    convert::ended(run::run(
        Host,
        input.into(),
        &|code| severity_of(severities, code),
        check,
    ))
}

/// The severity that `check.toml` gives a code.
fn severity_of(severities: &[(&str, Severity)], code: &str) -> Option<Severity> {
    let known = severities.iter().find(|(known, _)| *known == code);
    known.map(|(_, severity)| *severity)
}

/// A panic traps, and a trap says nothing: leave the words in the log first.
fn report_panics() {
    panic::set_hook(Box::new(|panic| Host.log(Level::Error, &panic.to_string())));
}

/// Each package of the contract owns its error record; they are alike.
macro_rules! errors {
    ($($package:path),*) => {$(
        impl From<$package> for Error {
            fn from(error: $package) -> Self {
                let retry_after = error.retry_after_ms.map(Duration::from_millis);
                Self::new(error.code, error.message).with_read(error.read).with_details(retry_after, error.attributes)
            }
        }
    )*};
}
errors!(
    reader::Error,
    client::Error,
    logs::Error,
    metrics::Error,
    traces::Error,
    probe::Error
);

impl Host {
    #[expect(
        clippy::extra_unused_type_parameters,
        reason = "the fake host, which has the same functions, prunes to the type's mask"
    )]
    pub(crate) fn list<T: Kind>(&self, query: &ListQuery) -> Result<Page> {
        let page = reader::list(&reader::Query {
            kind: query.kind.to_owned(),
            namespace: query.namespace.clone(),
            label_selector: query.labels.clone(),
            cursor: query.cursor.clone(),
            limit: 0,
            attributes: Vec::new(),
        })?;
        Ok(Page {
            read: page.read,
            items: page.items,
            next: page.next,
        })
    }

    pub(crate) fn get<T: Kind>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(u32, String)> {
        let object = reader::get(&reader::ObjectRef {
            kind: T::KIND.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        })?;
        Ok((object.read, object.json))
    }

    pub(crate) fn kinds(&self) -> Result<Vec<ServedKind>> {
        let kinds = reader::kinds()?.kinds.into_iter();
        Ok(kinds
            .map(|kind| ServedKind {
                group: kind.group,
                version: kind.version,
                kind: kind.kind,
                plural: kind.plural,
                namespaced: kind.namespaced,
            })
            .collect())
    }

    pub(crate) fn pod_log(&self, query: &PodLogQuery) -> Result<PodLog> {
        let log = pods::log(&pods::LogQuery {
            namespace: query.namespace.clone(),
            pod: query.pod.clone(),
            container: query.container.clone(),
            previous: query.previous,
            since: None,
            tail: query.tail,
            limit: 0,
            attributes: Vec::new(),
        })?;
        Ok(PodLog {
            read: log.read,
            text: log.text,
            truncated: log.truncated,
        })
    }

    pub(crate) fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let response = client::send(&client::Request {
            endpoint: request.endpoint.clone(),
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            attributes: request.attributes.clone(),
        })?;
        Ok(HttpResponse {
            read: response.read,
            status: response.status,
            headers: response.headers,
            body: response.body,
            truncated: response.truncated,
            attributes: response.attributes,
        })
    }

    pub(crate) fn credential(&self, endpoint: &str) -> Result<CredentialFacts> {
        let facts = client::credential(endpoint)?;
        Ok(CredentialFacts {
            read: facts.read,
            kind: facts.kind,
            expires: facts.expires,
            not_before: facts.not_before,
            issuer: facts.issuer,
            audience: facts.audience,
        })
    }

    pub(crate) fn resolve(&self, host: &str) -> Result<Addresses> {
        let answer = probe::resolve(host)?;
        Ok(Addresses {
            read: answer.read,
            addresses: answer.addresses,
            vantage: answer.vantage,
        })
    }

    pub(crate) fn tls(&self, host: &str, port: u16) -> Result<Handshake> {
        let answer = probe::tls(host, port)?;
        let chain = answer.chain.into_iter().map(|certificate| Certificate {
            subject: certificate.subject,
            issuer: certificate.issuer,
            names: certificate.names,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        });
        Ok(Handshake {
            read: answer.read,
            chain: chain.collect(),
            problem: answer.problem,
            vantage: answer.vantage,
        })
    }

    pub(crate) fn logs(&self, request: &LogRequest) -> Result<LogPage> {
        let page = logs::query(&logs::Request {
            source: request.source.clone(),
            selector: convert::selector(request),
            start: request.start.clone(),
            end: request.end.clone(),
            direction: if request.forward {
                logs::Direction::Forward
            } else {
                logs::Direction::Backward
            },
            limit: request.limit,
            attributes: Vec::new(),
        })?;
        let line = |line: logs::Line| LogLine {
            time: line.time,
            stream: usize::try_from(line.stream).unwrap_or(usize::MAX),
            text: line.text,
        };
        Ok(LogPage {
            read: page.read,
            streams: page.streams,
            lines: page.lines.into_iter().map(line).collect(),
            truncated: page.truncated,
            backend: page.backend,
        })
    }

    pub(crate) fn instant(&self, template: &str, parameters: &[(&str, &str)]) -> Result<Metrics> {
        Ok(metrics::instant(template, &owned(parameters))?.into())
    }

    pub(crate) fn range(
        &self,
        template: &str,
        parameters: &[(&str, &str)],
        step_seconds: u32,
    ) -> Result<Metrics> {
        Ok(metrics::range(template, &owned(parameters), step_seconds)?.into())
    }

    pub(crate) fn search(&self, template: &str, parameters: &[(&str, &str)]) -> Result<Traces> {
        let found = traces::search(template, &owned(parameters))?;
        let traces = found.traces.into_iter().map(|trace| TraceSummary {
            trace_id: trace.trace_id,
            root_service: trace.root_service,
            root_name: trace.root_name,
            start: trace.start,
            duration_ms: trace.duration_ms,
            attributes: trace.attributes,
        });
        Ok(Traces {
            read: found.read,
            traces: traces.collect(),
            truncated: found.truncated,
        })
    }

    pub(crate) fn trace(&self, template: &str, id: &str) -> Result<Trace> {
        let trace = traces::get(template, id)?;
        let json = serde_json::from_str(&trace.json)
            .map_err(|error| Error::from(error).with_read(trace.read))?;
        Ok(Trace {
            read: trace.read,
            json,
            truncated: trace.truncated,
        })
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        };
        log::write(level, message);
    }

    pub(crate) fn now_ms(&self) -> u64 {
        clock::now_ms()
    }

    pub(crate) fn progress(&self, message: &str) {
        progress::report(message);
    }
}

fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

impl From<metrics::Answer> for Metrics {
    fn from(answer: metrics::Answer) -> Self {
        let point = |point: metrics::Point| Point {
            time: point.time,
            value: point.value.parse().unwrap_or(f64::NAN),
        };
        let series = answer.series.into_iter().map(|series| Series {
            labels: series.labels,
            points: series.points.into_iter().map(point).collect(),
        });
        Self {
            read: answer.read,
            series: series.collect(),
            truncated: answer.truncated,
            warnings: answer.warnings,
        }
    }
}
