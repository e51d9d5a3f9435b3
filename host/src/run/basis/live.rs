//! A live cluster: the connection, the endpoints of the site, and who asks.

use std::path::Path;
use std::sync::Arc;

use super::facts::{Facts, seed};
use super::{Basis, user};
use crate::capability::endpoint::Endpoints;
use crate::capability::kubernetes::{ConnectOptions, Connection};
use crate::capability::ledger::Ledger;
use crate::capability::live::Live;
use crate::capability::network::Network;
use crate::capability::redact::Redact;
use crate::capability::{Body, ErrorCode, ReadError, Reads, Request, Vantage};
use crate::run::scope;
use crate::settings::Settings;
use crate::settings::file::ConfigFile;
use crate::ui::Fault;

/// Connect, and ask the server for its version.
pub(super) async fn live(
    settings: &Settings,
    config: &ConfigFile,
    options: &ConnectOptions,
    user_token: Option<&Path>,
) -> Result<Basis, Fault> {
    let ledger = Arc::new(Ledger::default());
    let (connection, context) = Connection::open(options, Arc::clone(&ledger)).await?;
    let origin = connection.origin().to_owned();
    let mut sections = config.endpoints(&context);
    if let Some(file) = user_token {
        let user = user::endpoint(sections.get(user::COREAI), file)?;
        sections.insert(user::NAME.to_owned(), user);
    }
    let names = sections.keys().cloned().collect();
    let endpoints = Arc::new(Endpoints::new(
        sections,
        Some(Arc::new(connection.clone())),
        Arc::clone(&ledger),
    ));
    let vantage = if options.is_in_cluster() {
        Vantage::InCluster
    } else {
        Vantage::Operator
    };
    let network = Network::new(vantage, endpoints.authorities(), Arc::clone(&ledger));
    let redactor = Arc::new(config.redactor(settings.is_redacted)?);
    let reads: Arc<dyn Reads> = Arc::new(Redact::new(
        Live::new(connection, Arc::clone(&endpoints), network),
        endpoints,
        Arc::clone(&redactor),
    ));
    let server_version = server_version(reads.as_ref(), &origin).await?;
    let scope = scope::resolve(settings.scope(), config, reads.as_ref()).await?;
    let facts = Facts {
        kubectl: kubectl(options, &context),
        login: settings.login.clone(),
        context,
        server_version,
        now: settings.now,
        window: settings.window(),
        scope,
        symptom: settings.symptom,
        seed: seed(settings.now),
        endpoints: names,
        graph: config.graph.clone(),
        environments: config.env.clone(),
        redacted: settings.is_redacted,
    };
    Ok(Basis::Live {
        reads,
        ledger,
        redactor,
        facts,
    })
}

/// Which server it is; none where it does not say. It is the first request of a run: a server that does not answer it would
/// answer no other, and is a fault.
pub(crate) async fn server_version(
    reads: &dyn Reads,
    origin: &str,
) -> Result<Option<String>, Fault> {
    match reads.read(&Request::Version).await {
        Ok(Body::Version { version }) => Ok(Some(version)),
        Ok(_) => Ok(None),
        Err(ReadError {
            code: ErrorCode::Forbidden | ErrorCode::Absent | ErrorCode::Throttled,
            ..
        }) => Ok(None),
        Err(error) => Err(Fault::new(
            "BSQ0401",
            format!("the API server {origin} does not answer"),
        )
        .because(error)
        .hint("see the same with `kubectl version`")
        .hint("look at a recording instead: `bsq-host run --replay FILE`")),
    }
}

/// What a printed `kubectl` command carries to reach the same cluster as the same user.
fn kubectl(options: &ConnectOptions, context: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    if let Some(path) = &options.kubeconfig {
        add("--kubeconfig", &path.display().to_string());
    }
    add("--context", context);
    if let Some(user) = &options.as_user {
        add("--as", user);
    }
    for group in &options.as_groups {
        add("--as-group", group);
    }
    words
}
