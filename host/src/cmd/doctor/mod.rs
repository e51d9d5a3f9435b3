//! `bsq-host doctor`: what a run would find on its way, before it runs: files, cluster, rights, endpoints, cache.
//!
//! ```text
//! kubeconfig ─► Described ─► Connection ─┬► version
//! checks, grants ─► rights::wanted ──────┼► reviews of one's own rights ─► rows: yes, no, and the rule that is missing
//! bsq.toml ──────────────────────────────┴► one GET of each endpoint
//! ```
//!
//! It runs no check, reads no object and shows no body and no credential. Every request that it made is in its answer.

mod endpoints;
mod examination;
mod rights;
mod screen;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::known::{Known, known};
use crate::capability::endpoint::{ApiServer, Endpoints};
use crate::capability::kubernetes::{ConnectOptions, Connection, Described};
use crate::capability::ledger::Ledger;
use crate::cli::{DoctorArgs, ListFormat};
use crate::component::CodeCache;
use crate::report::{Screen, write_stdout};
use crate::run::basis::server_version;
use crate::settings::{ConfigFile, Places, connect_options, namespaces};
use crate::ui::{ExitStatus, Fault};
use examination::{Cache, Check, Cluster, Examination, Files, Place, Problem};

/// What `--request-timeout 0` means here: nobody waits longer for a diagnosis.
const PATIENCE: Duration = Duration::from_secs(60);

/// Look, and print what was seen.
pub async fn doctor(
    args: &DoctorArgs,
    places: &Places,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<ExitStatus, Fault> {
    let asked = namespaces(&args.namespaces)?;
    let options = connect_options(&args.connection, PATIENCE)?;
    let config = ConfigFile::load(&places.config)?;
    let checks = checks(args, places)?;
    let examination = examine(&Asked {
        options: &options,
        namespaces: &asked,
        config: &config,
        places,
        checks: &checks,
    })
    .await;
    let text = match args.output {
        ListFormat::Json => super::json(&examination)?,
        ListFormat::Table => screen::draw(&examination, screen),
    };
    write_stdout(&text, stdout)?;
    Ok(examination.status())
}

/// What is examined.
struct Asked<'a> {
    options: &'a ConnectOptions,
    /// `-n`.
    namespaces: &'a [String],
    config: &'a ConfigFile,
    places: &'a Places,
    checks: &'a [Known],
}

/// The named checks or the installed ones. A cluster may be looked at without any.
fn checks(args: &DoctorArgs, places: &Places) -> Result<Vec<Known>, Fault> {
    if args.selection.checks.is_empty() && super::installed(places).is_err() {
        return Ok(Vec::new());
    }
    known(&args.selection, &args.grant, places)
}

async fn examine(asked: &Asked<'_>) -> Examination {
    let ledger = Arc::new(Ledger::default());
    let mut cluster = Cluster::of(asked.options);
    let connection = match &cluster.problem {
        None => connect(asked.options, &ledger, &mut cluster).await,
        Some(_) => None,
    };
    let context = cluster.described.context.as_str();
    let fallback = if asked.namespaces.is_empty() {
        asked.config.namespaces(context)
    } else {
        &[]
    };
    let wanted = rights::wanted(asked.checks, asked.namespaces);
    let (rights, endpoints) = tokio::join!(
        rights::rows(connection.as_ref(), &wanted, fallback),
        endpoints::probe(
            asked,
            context,
            connection.clone(),
            &ledger,
            Timestamp::now()
        ),
    );
    let checks = asked.checks.iter().zip(rights);
    Examination {
        files: files(asked),
        checks: checks
            .map(|(known, rights)| Check::of(known, rights))
            .collect(),
        endpoints,
        cache: cache(asked.places),
        requests: ledger.rows(),
        cluster,
    }
}

/// Connect, and ask which server it is. A server that does not answer is asked nothing else.
async fn connect(
    options: &ConnectOptions,
    ledger: &Arc<Ledger>,
    cluster: &mut Cluster,
) -> Option<Connection> {
    let connection = match Connection::open(options, Arc::clone(ledger)).await {
        Ok((connection, _)) => connection,
        Err(fault) => {
            cluster.problem = Some(Problem::of(&fault));
            return None;
        }
    };
    match server_version(&connection, connection.origin()).await {
        Ok(version) => {
            cluster.version = version;
            Some(connection)
        }
        Err(fault) => {
            cluster.problem = Some(Problem::of(&fault));
            None
        }
    }
}

impl Cluster {
    fn of(options: &ConnectOptions) -> Self {
        let (described, problem) = match Described::of(options) {
            Ok(described) => (described, None),
            Err(fault) => (Described::default(), Some(Problem::of(&fault))),
        };
        Self {
            described,
            impersonates: options.as_user.clone(),
            impersonates_groups: options.as_groups.clone(),
            version: None,
            problem,
        }
    }
}

fn files(asked: &Asked<'_>) -> Files {
    let places = asked.places;
    let own = places.named_grants.as_ref().or(places.user_grants.as_ref());
    let lock = places.locks.iter().find(|path| path.exists());
    let config = asked.config.path.clone();
    let own_config = places.config.folder().map(|folder| folder.join("bsq.toml"));
    Files {
        config: config.or(own_config).map(Place::at),
        grants: own.cloned().map(Place::at),
        lock: lock.or(places.locks.first()).cloned().map(Place::at),
        checks: places.installed.clone().map(Place::at),
    }
}

fn cache(places: &Places) -> Cache {
    let Some(folder) = &places.cache else {
        return Cache::default();
    };
    let cache = CodeCache::open(folder);
    let (entries, bytes) = cache.held().unwrap_or_default();
    Cache {
        folder: Some(folder.clone()),
        usable: cache.is_usable(),
        entries,
        bytes,
    }
}

impl Endpoints {
    /// The endpoints of a context, those behind its API server included where there is one.
    fn of_context(
        config: &ConfigFile,
        context: &str,
        connection: Option<Connection>,
        ledger: &Arc<Ledger>,
    ) -> Self {
        let api_server =
            connection.map(|connection| -> Arc<dyn ApiServer> { Arc::new(connection) });
        Self::new(config.endpoints(context), api_server, Arc::clone(ledger))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
