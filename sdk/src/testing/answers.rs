//! Answers to HTTP, network, log, metric and trace reads.

use super::builder::Answer;
use super::calls::{Host, World};
use crate::error::{Error, Result};
use crate::reads::{
    Addresses, CredentialFacts, Handshake, HttpRequest, HttpResponse, LogLine, LogPage, LogRequest,
    Match, Metrics, Trace, Traces,
};

impl World {
    fn declares_host(&self, host: &str) -> bool {
        let mut hosts = self.manifest.network.iter().flat_map(|need| &need.hosts);
        hosts.any(|known| match known.as_str() {
            "*" => true,
            suffix if suffix.starts_with('.') => {
                host.len() > suffix.len() && host.ends_with(suffix)
            }
            name => name == host,
        })
    }

    fn declares_endpoint(&self, endpoint: &str) -> bool {
        self.manifest
            .http
            .iter()
            .any(|need| need.endpoint == endpoint)
    }

    fn has_endpoint(&self, endpoint: &str) -> bool {
        self.answers.keys().any(|(_, known, _)| known == endpoint)
            || self.credentials.contains_key(endpoint)
    }

    fn lines(&self, request: &LogRequest) -> LogPage {
        let mut page = LogPage {
            backend: "loki".to_owned(),
            ..LogPage::default()
        };
        let mut lines: Vec<_> = self
            .log_lines
            .iter()
            .filter(|(time, ..)| {
                let time = time.to_string();
                *request.start <= *time && *time < *request.end
            })
            .filter(|(_, labels, _)| {
                request
                    .labels
                    .iter()
                    .all(|matcher| matches(matcher, labels))
            })
            .filter(|(.., text)| {
                let text = text.to_lowercase();
                let holds =
                    |words: &[String]| words.iter().any(|word| text.contains(&word.to_lowercase()));
                request
                    .text
                    .iter()
                    .all(|(words, negate)| holds(words) != *negate)
            })
            .collect();
        lines.sort_by_key(|(time, ..)| *time);
        if !request.forward {
            lines.reverse();
        }
        let most = self
            .manifest
            .logs
            .iter()
            .find(|need| need.name == request.source)
            .map_or(0, |need| need.lines);
        let limit = [usize::try_from(request.limit).unwrap_or(0), most]
            .into_iter()
            .filter(|limit| *limit > 0)
            .min();
        for (time, labels, text) in lines.into_iter().take(limit.unwrap_or(usize::MAX)) {
            let known = page.streams.iter().position(|stream| stream == labels);
            let stream = known.unwrap_or_else(|| {
                page.streams.push(labels.clone());
                page.streams.len() - 1
            });
            let time = u64::try_from(time.as_nanosecond()).unwrap_or_default();
            page.lines.push(LogLine {
                time,
                stream,
                text: text.clone(),
            });
        }
        page
    }
}

fn matches(
    (name, how, values): &(String, Match, Vec<String>),
    labels: &[(String, String)],
) -> bool {
    let value = labels
        .iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value.as_str());
    let among = values.iter().any(|known| known == value);
    match how {
        Match::Equal | Match::OneOf => among,
        Match::NotEqual | Match::NoneOf => !among,
    }
}

/// Prefixes are whole segments: `/modelsx` is not below `/models`.
fn is_within(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn not_configured<T>(what: &str) -> Result<T> {
    Err(Error::new(
        "not-configured",
        format!("the site configures no {what}"),
    ))
}

impl Host {
    pub(crate) fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let mut world = self.0.borrow_mut();
        let HttpRequest {
            endpoint,
            method,
            path,
            ..
        } = request;
        let declared = world.manifest.http.iter().any(|need| {
            need.endpoint == *endpoint
                && need.methods.iter().any(|known| known == method)
                && need.paths.iter().any(|prefix| is_within(path, prefix))
        });
        world.read(
            endpoint,
            format!("{method} {endpoint} {path}"),
            declared,
            |world, read| {
                if !world.has_endpoint(endpoint) {
                    return not_configured(&format!("endpoint `{endpoint}`"));
                }
                let key = (method.clone(), endpoint.clone(), path.clone());
                let absent = || Answer::text(404, "not found");
                let Answer {
                    status,
                    headers,
                    body,
                } = world.answers.get(&key).cloned().unwrap_or_else(absent);
                Ok(HttpResponse {
                    read,
                    status,
                    headers,
                    body,
                    truncated: false,
                    attributes: Vec::new(),
                })
            },
        )
    }

    pub(crate) fn credential(&self, endpoint: &str) -> Result<CredentialFacts> {
        let mut world = self.0.borrow_mut();
        let declared = world.declares_endpoint(endpoint);
        world.read(
            endpoint,
            format!("credential of {endpoint}"),
            declared,
            |world, read| {
                if !world.has_endpoint(endpoint) {
                    return not_configured(&format!("endpoint `{endpoint}`"));
                }
                let none = || CredentialFacts {
                    kind: "none".to_owned(),
                    ..CredentialFacts::default()
                };
                let facts = world
                    .credentials
                    .get(endpoint)
                    .cloned()
                    .unwrap_or_else(none);
                Ok(CredentialFacts { read, ..facts })
            },
        )
    }

    pub(crate) fn resolve(&self, host: &str) -> Result<Addresses> {
        let mut world = self.0.borrow_mut();
        let declared = world.declares_host(host);
        world.read(host, format!("resolve {host}"), declared, |world, read| {
            let found = world.addresses.get(host).cloned();
            let found =
                found.ok_or_else(|| Error::new("absent", format!("no such host `{host}`")))?;
            Ok(Addresses { read, ..found })
        })
    }

    pub(crate) fn tls(&self, host: &str, port: u16) -> Result<Handshake> {
        let mut world = self.0.borrow_mut();
        let declared = world.declares_host(host);
        world.read(
            host,
            format!("tls {host}:{port}"),
            declared,
            |world, read| {
                let found = world.handshakes.get(host).cloned();
                let found = found.ok_or_else(|| {
                    Error::new("unavailable", format!("`{host}` does not answer"))
                })?;
                Ok(Handshake { read, ..found })
            },
        )
    }

    pub(crate) fn logs(&self, request: &LogRequest) -> Result<LogPage> {
        let mut world = self.0.borrow_mut();
        let need = world
            .manifest
            .logs
            .iter()
            .find(|need| need.name == request.source);
        let declared = need.is_some_and(|need| {
            let known = |name: &String| need.labels.is_empty() || need.labels.contains(name);
            request.labels.iter().all(|(name, ..)| known(name))
        });
        world.read(
            &request.source,
            format!("logs {}", request.source),
            declared,
            |world, read| {
                if world.log_lines.is_empty() && !world.has_log_store {
                    return not_configured("log store");
                }
                Ok(LogPage {
                    read,
                    ..world.lines(request)
                })
            },
        )
    }

    pub(crate) fn instant(&self, template: &str, _parameters: &[(&str, &str)]) -> Result<Metrics> {
        let mut world = self.0.borrow_mut();
        let declared = world
            .manifest
            .metrics
            .iter()
            .any(|need| need.name == template);
        world.read(
            template,
            format!("metric {template}"),
            declared,
            |world, read| {
                let Some(series) = world.metrics.get(template).cloned() else {
                    return not_configured("metric store");
                };
                Ok(Metrics {
                    read,
                    series,
                    ..Metrics::default()
                })
            },
        )
    }

    pub(crate) fn range(
        &self,
        template: &str,
        parameters: &[(&str, &str)],
        _step_seconds: u32,
    ) -> Result<Metrics> {
        self.instant(template, parameters)
    }

    pub(crate) fn search(&self, template: &str, _parameters: &[(&str, &str)]) -> Result<Traces> {
        let mut world = self.0.borrow_mut();
        let declared = world
            .manifest
            .traces
            .iter()
            .any(|need| need.name == template);
        world.read(
            template,
            format!("traces {template}"),
            declared,
            |world, read| {
                let Some(traces) = world.traces.get(template).cloned() else {
                    return not_configured("trace store");
                };
                Ok(Traces {
                    read,
                    traces,
                    truncated: false,
                })
            },
        )
    }

    pub(crate) fn trace(&self, template: &str, id: &str) -> Result<Trace> {
        let mut world = self.0.borrow_mut();
        let declared = world
            .manifest
            .traces
            .iter()
            .any(|need| need.name == template);
        world.read(template, format!("trace {id}"), declared, |world, read| {
            let json = world.trace_bodies.get(id).cloned();
            let json = json.ok_or_else(|| Error::new("absent", format!("no trace `{id}`")))?;
            Ok(Trace {
                read,
                json,
                truncated: false,
            })
        })
    }
}
