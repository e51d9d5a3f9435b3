//! Whether the endpoints answer: one GET each, of which only the status is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;

use super::Asked;
use super::examination::{CredentialSeen, Endpoint};
use crate::capability::endpoint::Endpoints;
use crate::capability::kubernetes::Connection;
use crate::capability::ledger::Ledger;
use crate::capability::{
    Body, CredentialFacts, CredentialKind, ErrorCode, HttpRequest, ReadError, logs, metrics, traces,
};
use crate::cmd::known::Known;
use crate::grant::{Call, Decision, Gate};

/// A path of each store that needs no query and is behind every gateway that lets queries through.
const STORES: [(&str, &str); 3] = [
    (logs::ENDPOINT, "/loki/api/v1/labels"),
    (metrics::ENDPOINT, "/api/v1/status/buildinfo"),
    (traces::ENDPOINT, "/api/echo"),
];

/// Who uses an endpoint, and which path of it.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Use {
    checks: BTreeSet<String>,
    path: Option<String>,
}

/// Ask every endpoint of the context, and name those that a check may ask and no file configures.
pub(super) async fn probe(
    asked: &Asked<'_>,
    context: &str,
    connection: Option<Connection>,
    ledger: &Arc<Ledger>,
    now: Timestamp,
) -> Vec<Endpoint> {
    if context.is_empty() {
        return Vec::new();
    }
    let endpoints = Endpoints::of_context(asked.config, context, connection, ledger);
    let sections = asked.config.endpoints(context);
    let mut uses = uses(asked.checks);
    for name in sections.keys() {
        uses.entry(name.clone()).or_default();
    }
    let probes = uses.into_iter().map(|(name, used)| {
        let url = sections.get(&name).map(|section| section.url.to_string());
        one(&endpoints, name, url, used, now)
    });
    join_all(probes).await
}

/// The endpoints that grants speak of.
pub(super) fn uses(checks: &[Known]) -> BTreeMap<String, Use> {
    let mut uses: BTreeMap<String, Use> = BTreeMap::new();
    for gate in checks.iter().filter_map(Known::gate) {
        let id = &gate.manifest().id;
        for (name, path) in granted(&gate) {
            let used = uses.entry(name).or_default();
            used.checks.insert(id.clone());
            used.path = used.path.take().or(path);
        }
    }
    uses
}

/// Endpoints and a path of each that may be asked by GET.
fn granted(gate: &Gate) -> Vec<(String, Option<String>)> {
    let may = |endpoint: &str, path: &str| {
        let call = Call::Http {
            endpoint,
            method: "GET",
            path,
        };
        matches!(gate.decide(&call), Decision::Allowed(_))
    };
    let rows = gate.grant().http.iter();
    let mut granted: Vec<_> = rows
        .map(|row| {
            let needs = gate.manifest().http.iter();
            let declared = needs.filter(|need| need.endpoint == row.endpoint);
            let declared = declared.flat_map(|need| &need.paths);
            let mut paths = declared.chain(&row.paths);
            let path = paths.find(|path| may(&row.endpoint, path));
            (row.endpoint.clone(), path.cloned())
        })
        .collect();
    let grant = gate.grant();
    let stores = [
        (logs::ENDPOINT, !grant.logs.is_empty()),
        (metrics::ENDPOINT, !grant.metrics.is_empty()),
        (traces::ENDPOINT, !grant.traces.is_empty()),
    ];
    let asked = stores.into_iter().filter(|(_, is_granted)| *is_granted);
    granted.extend(asked.map(|(name, _)| (name.to_owned(), store_path(name))));
    granted
}

fn store_path(endpoint: &str) -> Option<String> {
    let mut stores = STORES.iter();
    let (_, path) = stores.find(|(name, _)| *name == endpoint)?;
    Some((*path).to_owned())
}

async fn one(
    endpoints: &Endpoints,
    name: String,
    url: Option<String>,
    used: Use,
    now: Timestamp,
) -> Endpoint {
    let mut seen = Endpoint {
        name,
        url,
        used_by: used.checks.into_iter().collect(),
        path: None,
        status: None,
        problem: None,
        cause: None,
        credential: None,
    };
    if seen.url.is_none() {
        return seen;
    }
    let path = used.path.or_else(|| store_path(&seen.name));
    let path = path.unwrap_or_else(|| "/".to_owned());
    let request = get(&seen.name, &path);
    seen.path = Some(path);
    match endpoints.credential(&seen.name).await {
        Ok(Body::Credential(facts)) => seen.credential = credential(&facts, now),
        Ok(_) => {}
        Err(error) => seen.failed(error),
    }
    match endpoints.http(&request).await {
        Ok(Body::Http(answer)) => {
            seen.status = Some(answer.status);
            seen.judge(answer.status);
        }
        Ok(_) => {}
        Err(error) => seen.failed(error),
    }
    seen
}

fn get(endpoint: &str, path: &str) -> HttpRequest {
    HttpRequest {
        endpoint: endpoint.to_owned(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: None,
        with_credential: true,
        prefixes: vec![path.to_owned()],
    }
}

impl Endpoint {
    fn failed(&mut self, mut error: ReadError) {
        if error.code == ErrorCode::Denied {
            error.message.push_str(" (address policy of this host)");
        }
        self.cause = error.attributes.remove("cause");
        self.problem = Some(error.message);
    }

    /// A prefix that is granted need not be a page, so most of what a server says of it only shows that it is there.
    fn judge(&mut self, status: u16) {
        let is_expired = self.credential.as_ref().is_some_and(|seen| seen.expired);
        let problem = match (status, &self.credential) {
            (401 | 403 | 407, None) => "it wants a credential, and none is configured",
            (401 | 403 | 407, Some(_)) if is_expired => "the credential has expired",
            (401 | 403 | 407, Some(_)) => "it does not accept the credential",
            (429, _) => "it asks for patience",
            (300..=399, _) => "it leads elsewhere",
            (500.., _) => "it fails",
            _ if is_expired => "the credential has expired",
            _ => return,
        };
        self.problem = Some(problem.to_owned());
    }
}

fn credential(facts: &CredentialFacts, now: Timestamp) -> Option<CredentialSeen> {
    if facts.kind == CredentialKind::None {
        return None;
    }
    let expires = facts.expires.and_then(|seconds| {
        let seconds = i64::try_from(seconds).ok()?;
        Timestamp::from_second(seconds).ok()
    });
    Some(CredentialSeen {
        kind: facts.kind.name(),
        expires: expires.map(|time| time.to_string()),
        expired: expires.is_some_and(|time| time <= now),
    })
}
