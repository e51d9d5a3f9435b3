//! The LiteLLM proxy, before models that answer without thinking.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::process::{Command, started};
use crate::programs::{Program, world_folder};
use crate::supervisor::Supervisor;

/// Long enough for the proxy, which refuses to start with one that could be guessed. Nobody is given it here.
const MASTER_KEY: &str = "sk-5d0f3c6a9e7b41d28c4f60a1b2e39d7751c8";
/// Its own program is a script that names the folder it was installed in, and the environment has been moved since.
const ENTRY: &str = "from litellm import run_server; run_server()";

/// A running proxy.
#[derive(Debug)]
pub struct LiteLlm {
    _supervisor: Supervisor,
    url: String,
}

impl LiteLlm {
    /// Starts one that serves these models to these keys.
    ///
    /// What is stored of a key has LiteLLM's names: `models` (none is all), `expires`, `max_budget`, `spend`. Without any
    /// keys the proxy is one whose database is missing, and knows its master key only.
    pub fn start(models: &[&str], keys: &Map<String, Value>) -> Result<Self> {
        let python = Program::LiteLlm.folder()?.join("bin/python");
        let (supervisor, url) = started(|supervisor, [port]| {
            let folder = supervisor.folder();
            let config = folder.join("litellm.json");
            let stored = folder.join("keys.json");
            fs::write(&stored, Value::from(keys.clone()).to_string()).context("write the keys")?;
            fs::write(&config, configuration(models, !keys.is_empty()).to_string())
                .context("write the configuration of LiteLLM")?;
            let module = world_folder().join("litellm/keys.py");
            fs::copy(module, folder.join("keys.py")).context("copy what reads the keys")?;
            let url = format!("http://127.0.0.1:{port}");
            let command = Command {
                name: "litellm",
                program: &python,
                arguments: vec![
                    "-c".to_owned(),
                    ENTRY.to_owned(),
                    format!("--config={}", config.display()),
                    "--host=127.0.0.1".to_owned(),
                    format!("--port={port}"),
                    "--telemetry=False".to_owned(),
                ],
                environment: vec![
                    ("SITE_KEYS", stored.display().to_string()),
                    // Prices of models come with the package, instead of from the network.
                    ("LITELLM_LOCAL_MODEL_COST_MAP", "True".to_owned()),
                ],
            };
            command.serve(supervisor, &format!("{url}/health/liveliness"))?;
            Ok(url)
        })?;
        Ok(Self {
            _supervisor: supervisor,
            url,
        })
    }

    /// The base URL, with the `/v1` that clients are configured with.
    pub fn url(&self) -> String {
        format!("{}/v1", self.url)
    }
}

/// JSON is YAML.
fn configuration(models: &[&str], has_keys: bool) -> Value {
    let models: Vec<Value> = models
        .iter()
        .map(|name| {
            json!({"model_name": name, "litellm_params": {
                "model": "openai/gpt-4o", "api_key": "none", "mock_response": "pong",
            }})
        })
        .collect();
    let general = match has_keys {
        false => json!({"master_key": MASTER_KEY}),
        true => json!({
            "master_key": MASTER_KEY,
            "custom_auth": "keys.authenticate",
            "custom_auth_run_common_checks": true,
        }),
    };
    json!({
        "model_list": models,
        "general_settings": general,
        "litellm_settings": {"enable_post_custom_auth_checks": true},
        "router_settings": {"num_retries": 0},
    })
}
