//! `bsq:kubernetes`: objects, lists, kinds and the logs of containers.

use std::fmt::Write as _;

use super::bindings::bsq::kubernetes::{pods, reader, types};
use super::calls::Came;
use super::pipeline::{Got, Paging, other_body};
use super::validate;
use crate::capability::view::{GetWant, ListWant, Selector, out_of_scope};
use crate::capability::{
    Body, Coverage, ErrorCode, PodLog, PodLogRequest, ReadError, Request, Resource,
};
use crate::engine::{RunContext, State};
use crate::grant::{Allowed, Call, Namespaces};
use crate::manifest::KindName;

/// Bytes of one container's log. At fifty lines of a tail it is never reached; it is for lines of a megabyte.
const MAX_LOG_BYTES: u64 = 1 << 20;

/// Kinds in one answer. A cluster with every operator that we know has 600.
const MAX_KINDS: usize = 5_000;

impl types::Host for State {}

impl reader::Host for State {
    async fn get(
        &mut self,
        reference: types::ObjectRef,
    ) -> wasmtime::Result<Result<reader::Object, types::Error>> {
        let namespace = reference.namespace.as_deref();
        let text = place(
            format!("get {} {}", reference.kind, reference.name),
            namespace,
        );
        let kind = parse_kind(&reference.kind);
        let decoded = kind.as_ref().map_err(Clone::clone).and_then(|kind| {
            validate::object_name(&reference.name)?;
            namespace.map_or(Ok(()), validate::namespace)?;
            Ok(Call::Get { kind, namespace })
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = self.run.fetch(&admitted.allowed, &reference).await;
        Ok(match self.settle(admitted, answer) {
            Ok((read, json)) => Ok(reader::Object {
                read,
                json,
                attributes: Vec::new(),
            }),
            Err(failure) => Err(failure.into()),
        })
    }

    async fn list(
        &mut self,
        query: reader::Query,
    ) -> wasmtime::Result<Result<reader::Page, types::Error>> {
        let namespace = query.namespace.as_deref();
        let mut text = place(format!("list {}", query.kind), namespace);
        if let Some(selector) = &query.label_selector {
            // Writing to a string cannot fail.
            let _ = write!(text, " where {selector}");
        }
        let (kind, selector) = (parse_kind(&query.kind), parse_selector(&query));
        let decoded = kind.as_ref().map_err(Clone::clone).and_then(|kind| {
            namespace.map_or(Ok(()), validate::namespace)?;
            selector.as_ref().map_err(Clone::clone)?;
            Ok(Call::List { kind, namespace })
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let selector = selector.ok().flatten();
        let answer = self
            .run
            .page(&admitted.allowed, &query, selector.as_ref())
            .await;
        let has_withheld = admitted.has_withheld();
        Ok(match self.settle_page(admitted, answer) {
            Ok((read, mut page)) => {
                page.read = read;
                page.truncated |= has_withheld;
                Ok(page)
            }
            Err(failure) => Err(failure.into()),
        })
    }

    async fn kinds(&mut self) -> wasmtime::Result<Result<reader::KindsAnswer, types::Error>> {
        let admitted = match self.admit("list kinds", Ok(Call::Kinds))? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let asked = self.run.ask(Request::Kinds).await;
        let answer = asked.value.and_then(|body| match body {
            Body::Kinds { kinds } => Ok(kinds_answer(kinds, asked.is_shared)),
            other => Err(other_body(other)),
        });
        Ok(match self.settle(admitted, answer) {
            Ok((read, answer)) => Ok(reader::KindsAnswer { read, ..answer }),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl pods::Host for State {
    async fn log(
        &mut self,
        query: pods::LogQuery,
    ) -> wasmtime::Result<Result<pods::LogText, types::Error>> {
        let which = if query.previous {
            "previous log"
        } else {
            "log"
        };
        let container = query.container.as_deref().unwrap_or_default();
        let name = format!("{which} of pod {} {container}", query.pod);
        let text = place(name.trim_end().to_owned(), Some(&query.namespace));
        let decoded = check_log(&query).map(|()| Call::PodLog {
            namespace: &query.namespace,
        });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = self.run.pod_log(&admitted.allowed, &query).await;
        Ok(match self.settle(admitted, answer) {
            Ok((read, log)) => Ok(pods::LogText {
                read,
                text: log.text,
                truncated: log.truncated,
                attributes: Vec::new(),
            }),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    async fn fetch(
        &self,
        allowed: &Allowed,
        reference: &types::ObjectRef,
    ) -> Result<Got<String>, ReadError> {
        let want = GetWant {
            resource: resource(allowed)?,
            namespace: reference.namespace.as_deref(),
            name: &reference.name,
            mask: &allowed.mask,
            facts: allowed.facts,
        };
        let asked = self.view.get(&want).await?;
        Ok(Got {
            bytes: asked.value.len() as u64,
            value: asked.value,
            came: Came::complete(),
            is_shared: asked.is_shared,
        })
    }

    async fn page(
        &self,
        allowed: &Allowed,
        query: &reader::Query,
        selector: Option<&Selector>,
    ) -> Result<(Got<reader::Page>, Option<Paging>), ReadError> {
        let want = ListWant {
            resource: resource(allowed)?,
            namespaces: allowed.namespaces.as_ref().unwrap_or(&Namespaces::All),
            namespace: query.namespace.as_deref(),
            selector,
            mask: &allowed.mask,
            facts: allowed.facts,
        };
        let asked = self.view.list(&want).await?;
        let list = asked.value;
        let cursor = query.cursor.as_deref();
        let page = list
            .page(cursor, query.limit, &allowed.mask, allowed.facts)
            .await?;
        let paging = Paging {
            is_first: cursor.is_none(),
            has_more: page.next.is_some(),
        };
        let got = Got {
            bytes: page.items.len() as u64,
            value: reader::Page {
                read: 0,
                items: page.items,
                count: page.count,
                next: page.next,
                truncated: page.is_truncated,
                resource_version: list.resource_version.clone(),
                attributes: Vec::new(),
            },
            came: Came {
                coverage: page.coverage,
                detail: page.detail,
                hint: None,
            },
            is_shared: asked.is_shared,
        };
        Ok((got, Some(paging)))
    }

    async fn pod_log(
        &self,
        allowed: &Allowed,
        query: &pods::LogQuery,
    ) -> Result<Got<PodLog>, ReadError> {
        if !self.scope.contains(&query.namespace) {
            return Err(out_of_scope(&format!("namespace {}", query.namespace)));
        }
        let tail = match query.tail {
            0 => allowed.lines,
            tail => tail.min(allowed.lines),
        };
        let limit = match query.limit {
            0 => MAX_LOG_BYTES,
            limit => limit.min(MAX_LOG_BYTES),
        };
        let asked = self
            .ask(Request::PodLog(PodLogRequest {
                namespace: query.namespace.clone(),
                pod: query.pod.clone(),
                container: query.container.clone(),
                previous: query.previous,
                since: query.since.clone(),
                tail,
                limit,
                timestamps: false,
            }))
            .await;
        let mut log = match asked.value? {
            Body::PodLog(log) => log,
            other => return Err(other_body(other)),
        };
        // What the check's own limit cut is complete.
        log.truncated &= limit == MAX_LOG_BYTES;
        let came = if log.truncated {
            Came::partly(Coverage::Truncated, format!("cut at {limit} bytes"))
        } else {
            Came::complete()
        };
        Ok(Got {
            bytes: log.text.len() as u64,
            value: log,
            came,
            is_shared: asked.is_shared,
        })
    }
}

fn kinds_answer(
    mut kinds: Vec<crate::capability::Kind>,
    is_shared: bool,
) -> Got<reader::KindsAnswer> {
    let truncated = kinds.len() > MAX_KINDS;
    kinds.truncate(MAX_KINDS);
    let kinds: Vec<reader::Kind> = kinds
        .into_iter()
        .map(|kind| reader::Kind {
            group: kind.group,
            version: kind.version,
            kind: kind.kind,
            plural: kind.plural,
            namespaced: kind.namespaced,
        })
        .collect();
    let bytes = kinds
        .iter()
        .map(|kind| kind.group.len() + kind.version.len() + kind.kind.len() + kind.plural.len())
        .sum::<usize>() as u64;
    let came = if truncated {
        Came::partly(Coverage::Truncated, format!("cut after {MAX_KINDS} kinds"))
    } else {
        Came::complete()
    };
    Got {
        value: reader::KindsAnswer {
            read: 0,
            kinds,
            truncated,
        },
        bytes,
        came,
        is_shared,
    }
}

fn check_log(query: &pods::LogQuery) -> Result<(), ReadError> {
    validate::namespace(&query.namespace)?;
    validate::object_name(&query.pod)?;
    if let Some(container) = &query.container {
        validate::label("the name of a container", container)?;
    }
    if let Some(since) = &query.since {
        super::logs::time("since", since)?;
    }
    Ok(())
}

fn resource(allowed: &Allowed) -> Result<&Resource, ReadError> {
    let unknown = || ReadError::new(ErrorCode::Other, "the gate named no resource");
    allowed.resource.as_ref().ok_or_else(unknown)
}

fn parse_kind(text: &str) -> Result<KindName, ReadError> {
    text.parse()
        .map_err(|error| ReadError::new(ErrorCode::Invalid, format!("{error}")))
}

fn parse_selector(query: &reader::Query) -> Result<Option<Selector>, ReadError> {
    let parsed = query.label_selector.as_deref().map(str::parse::<Selector>);
    parsed
        .transpose()
        .map_err(|error| ReadError::new(ErrorCode::Invalid, error.to_string()))
}

fn place(what: String, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{what} in {namespace}"),
        None => what,
    }
}
