//! What was taken before: a recording, or what another tool collected.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use super::Basis;
use super::facts::{Facts, seed};
use crate::capability::Reads;
use crate::capability::bundle::Bundle;
use crate::capability::endpoint::Endpoints;
use crate::capability::record::Replay;
use crate::capability::redact::Redact;
use crate::run::scope;
use crate::settings::Settings;
use crate::settings::file::ConfigFile;
use crate::ui::Fault;

/// Take the facts of the run that was recorded, but for what is asked for now.
pub(super) async fn replay(
    settings: &Settings,
    config: &ConfigFile,
    replay: Replay,
) -> Result<Basis, Fault> {
    let header = replay.header().clone();
    let now = header.time.parse().map_err(|error| {
        Fault::new("BSQ0503", "the recording's time cannot be read")
            .because(anyhow::Error::new(error))
            .hint("record it anew")
    })?;
    let scope = match &settings.asked_scope {
        Some(asked) => scope::resolve(asked.clone(), config, &replay).await?,
        None => header.scope,
    };
    let facts = Facts {
        login: header.recorded_by,
        context: header.context,
        server_version: header.server_version,
        now,
        window: header.window,
        scope,
        symptom: settings.symptom.or(header.symptom),
        seed: header.seed,
        kubectl: header.kubectl,
        endpoints: header.endpoints,
        graph: header.graph,
        environments: header.environments,
        redacted: header.redacted,
    };
    Ok(Basis::Replay {
        replay: Arc::new(replay),
        facts,
    })
}

/// Open a bundle. Its texts are redacted as a live server's are; no endpoint of the site is asked.
pub(super) async fn bundle(
    settings: &Settings,
    config: &ConfigFile,
    path: &Path,
) -> Result<Basis, Fault> {
    let (path, until) = (path.to_owned(), settings.now);
    let opened = tokio::task::spawn_blocking(move || Bundle::open(&path, until)).await;
    let bundle = opened.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
    let (context, now) = (bundle.title().to_owned(), bundle.clock());
    let server_version = bundle.server_version().map(str::to_owned);
    let endpoints = Arc::new(Endpoints::new(BTreeMap::new(), None, Arc::default()));
    let redactor = Arc::new(config.redactor(settings.is_redacted)?);
    let reads: Arc<dyn Reads> = Arc::new(Redact::new(bundle, endpoints, Arc::clone(&redactor)));
    let scope = scope::resolve(settings.scope(), config, reads.as_ref()).await?;
    let facts = Facts {
        context,
        server_version,
        now,
        window: settings.window_until(now),
        scope,
        symptom: settings.symptom,
        seed: seed(now),
        // No command that is printed reaches the cluster that a bundle is from.
        kubectl: Vec::new(),
        endpoints: Vec::new(),
        graph: config.graph.clone(),
        environments: config.env.clone(),
        redacted: settings.is_redacted,
        login: None,
    };
    Ok(Basis::Bundle {
        reads,
        redactor,
        facts,
    })
}
