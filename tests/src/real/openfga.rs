//! OpenFGA with its stores in memory.

use anyhow::Result;
use serde_json::json;

use super::client::post;
use super::process::{Command, started};
use crate::programs::OPENFGA;
use crate::supervisor::Supervisor;

/// A running OpenFGA.
#[derive(Debug)]
pub struct OpenFga {
    _supervisor: Supervisor,
    url: String,
}

impl OpenFga {
    /// Starts one with one store.
    pub fn start() -> Result<Self> {
        let program = OPENFGA.build()?.join("openfga");
        let (supervisor, url) = started(|supervisor, [http, grpc]| {
            let command = Command {
                name: "openfga",
                program: &program,
                arguments: vec![
                    "run".to_owned(),
                    "--datastore-engine=memory".to_owned(),
                    format!("--http-addr=127.0.0.1:{http}"),
                    format!("--grpc-addr=127.0.0.1:{grpc}"),
                    "--playground-enabled=false".to_owned(),
                    "--metrics-enabled=false".to_owned(),
                ],
                environment: Vec::new(),
            };
            let url = format!("http://127.0.0.1:{http}");
            command.serve(supervisor, &format!("{url}/healthz"))?;
            Ok(url)
        })?;
        post(&format!("{url}/stores"), None, &json!({"name": "platform"}))?;
        Ok(Self {
            _supervisor: supervisor,
            url,
        })
    }

    /// The base URL, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }
}
