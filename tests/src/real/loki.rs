//! Loki in one process, its data in a folder.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::{get, post};
use super::process::{Command, started};
use crate::programs::LOKI;
use crate::supervisor::Supervisor;
use crate::wait::wait_for;

/// How a site may have set it up.
#[derive(Clone, Copy, Debug, Default)]
pub struct LokiLimits {
    /// Whether each request has to name its tenant.
    pub tenants: bool,
    /// The most lines that a query may ask for.
    pub lines: Option<u32>,
}

/// A running Loki.
#[derive(Debug)]
pub struct Loki {
    _supervisor: Supervisor,
    url: String,
}

impl Loki {
    /// Starts one without any lines.
    pub fn start(limits: LokiLimits) -> Result<Self> {
        let program = LOKI.build()?.join("loki");
        let (supervisor, url) = started(|supervisor, [http, grpc]| {
            let folder = supervisor.folder();
            let config = folder.join("loki.yaml");
            let text = configuration(&folder.display().to_string(), http, grpc, limits)?;
            fs::write(&config, text).context("write Loki's configuration")?;
            let url = format!("http://127.0.0.1:{http}");
            let command = Command {
                name: "loki",
                program: &program,
                arguments: vec![format!("-config.file={}", config.display())],
                environment: Vec::new(),
            };
            command.serve(supervisor, &format!("{url}/ready"))?;
            Ok(url)
        })?;
        Ok(Self {
            _supervisor: supervisor,
            url,
        })
    }

    /// The base URL, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Pushes lines to the stream with these labels, and waits until a query shows them.
    pub fn push<'text>(
        &self,
        labels: &[(&str, &str)],
        lines: impl IntoIterator<Item = (Timestamp, &'text str)>,
    ) -> Result<()> {
        let mut lines: Vec<(i128, &str)> = lines
            .into_iter()
            .map(|(at, text)| (at.as_nanosecond(), text))
            .collect();
        lines.sort_by_key(|(at, _)| *at);
        let count = lines.len();
        let values: Vec<Value> = lines
            .iter()
            .map(|(at, text)| json!([at.to_string(), text]))
            .collect();
        let stream: serde_json::Map<String, Value> = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let body = json!({"streams": [{"stream": stream, "values": values}]});
        post(&format!("{}/loki/api/v1/push", self.url), None, &body)?;
        self.wait_until_shown(labels, count)
    }

    fn wait_until_shown(&self, labels: &[(&str, &str)], count: usize) -> Result<()> {
        let mut selector = String::new();
        for (name, value) in labels {
            let comma = if selector.is_empty() { "" } else { "," };
            write!(selector, "{comma}{name}={value:?}")?;
        }
        let query: String =
            url::form_urlencoded::byte_serialize(format!("{{{selector}}}").as_bytes()).collect();
        let url = format!(
            "{}/loki/api/v1/query_range?query={query}&limit={count}&since=2h",
            self.url
        );
        wait_for("Loki to show what it got", Duration::from_secs(60), || {
            let (status, body) = get(&url)?;
            ensure!(status == 200, "{status}: {body}");
            let answer: Value = serde_json::from_str(&body).context("decode Loki's answer")?;
            let values = answer.pointer("/data/result/0/values");
            let shown = values.and_then(Value::as_array).map_or(0, Vec::len);
            Ok((shown == count).then_some(()))
        })
    }
}

fn configuration(folder: &str, http: u16, grpc: u16, limits: LokiLimits) -> Result<String> {
    let mut text = format!(
        "auth_enabled: {tenants}
analytics: {{reporting_enabled: false}}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: {http}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: {grpc}
  log_level: warn
common:
  instance_addr: 127.0.0.1
  path_prefix: {folder}/data
  replication_factor: 1
  ring: {{kvstore: {{store: inmemory}}}}
  storage: {{filesystem: {{chunks_directory: {folder}/chunks, rules_directory: {folder}/rules}}}}
# It counts as ready only after it was in its ring for a while, which is for rings of more than one.
ingester: {{lifecycler: {{min_ready_duration: 0s}}}}
schema_config:
  configs:
    - {{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {{prefix: index_, period: 24h}}}}
limits_config:
  discover_service_name: []
",
        tenants = limits.tenants,
    );
    if let Some(lines) = limits.lines {
        writeln!(text, "  max_entries_limit_per_query: {lines}")?;
    }
    Ok(text)
}
