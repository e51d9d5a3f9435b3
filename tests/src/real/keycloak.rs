//! Keycloak with its realms in memory.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::client::{post, post_form};
use super::process::{Command, started};
use crate::programs::Program;
use crate::supervisor::Supervisor;

const ADMIN: &str = "admin";
/// Known to this process and the server that it starts, and good for as long as both live.
const PASSWORD: &str = "of-one-test-run";

/// A running Keycloak.
#[derive(Debug)]
pub struct Keycloak {
    _supervisor: Supervisor,
    url: String,
}

/// A client of a realm, as users' programs are.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier, which tokens carry as `azp`.
    pub name: String,
    /// What its tokens carry as `aud` beside Keycloak's own.
    pub audience: Option<String>,
    /// How long its tokens are good for, in seconds.
    pub lifespan: Option<u32>,
}

impl Keycloak {
    /// Starts one with no realm but its own.
    pub fn start() -> Result<Self> {
        let home = Program::Keycloak.folder()?.display().to_string();
        let java = which("java")?;
        let (supervisor, url) = started(|supervisor, [port]| {
            let folder = supervisor.folder().display();
            let command = Command {
                name: "keycloak",
                program: &java,
                // What `kc.sh` runs, without the shell that would stay between us and the process to end.
                arguments: vec![
                    "-Xmx512m".to_owned(),
                    format!("-Dkc.home.dir={home}"),
                    format!("-Djboss.server.config.dir={home}/conf"),
                    format!("-Djava.io.tmpdir={folder}"),
                    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager".to_owned(),
                    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory".to_owned(),
                    "--add-opens=java.base/java.util=ALL-UNNAMED".to_owned(),
                    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED".to_owned(),
                    "--add-opens=java.base/java.security=ALL-UNNAMED".to_owned(),
                    "-cp".to_owned(),
                    format!("{home}/lib/quarkus-run.jar"),
                    "io.quarkus.bootstrap.runner.QuarkusEntryPoint".to_owned(),
                    "start".to_owned(),
                    "--optimized".to_owned(),
                    "--cache=local".to_owned(),
                    "--http-enabled=true".to_owned(),
                    "--hostname-strict=false".to_owned(),
                    "--http-host=127.0.0.1".to_owned(),
                    format!("--http-port={port}"),
                ],
                environment: vec![
                    ("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN.to_owned()),
                    ("KC_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD.to_owned()),
                ],
            };
            let url = format!("http://127.0.0.1:{port}");
            command.serve(supervisor, &format!("{url}/realms/master"))?;
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

    /// Makes a realm with these clients and a user `jane`.
    pub fn add_realm(&self, name: &str, clients: &[Client]) -> Result<()> {
        let admin = self.token("master", "admin-cli", ADMIN, PASSWORD)?;
        let realm = json!({
            "realm": name,
            "enabled": true,
            "clients": clients.iter().map(Client::written).collect::<Vec<_>>(),
            "users": [{
                "username": "jane", "enabled": true, "emailVerified": true,
                "email": "jane@site.test", "firstName": "Jane", "lastName": "Doe",
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": false}],
            }],
        });
        post(&format!("{}/admin/realms", self.url), Some(&admin), &realm)?;
        Ok(())
    }

    /// Logs `jane` in, and returns the token that a client gets for her.
    pub fn token_of_jane(&self, realm: &str, client: &str) -> Result<String> {
        self.token(realm, client, "jane", PASSWORD)
    }

    fn token(&self, realm: &str, client: &str, user: &str, password: &str) -> Result<String> {
        let url = format!("{}/realms/{realm}/protocol/openid-connect/token", self.url);
        let answer = post_form(
            &url,
            &[
                ("grant_type", "password"),
                ("client_id", client),
                ("username", user),
                ("password", password),
            ],
        )?;
        let answer: Value = serde_json::from_str(&answer).context("decode Keycloak's answer")?;
        let token = answer.get("access_token").and_then(Value::as_str);
        Ok(token
            .context("find a token in Keycloak's answer")?
            .to_owned())
    }
}

impl Client {
    fn written(&self) -> Value {
        let mappers: Vec<Value> = self
            .audience
            .iter()
            .map(|audience| {
                json!({
                    "name": "audience", "protocol": "openid-connect",
                    "protocolMapper": "oidc-audience-mapper",
                    "config": {"included.custom.audience": audience, "access.token.claim": "true"},
                })
            })
            .collect();
        let lifespan = self.lifespan.map(|seconds| seconds.to_string());
        json!({
            "clientId": self.name,
            "publicClient": true,
            "directAccessGrantsEnabled": true,
            "attributes": {"access.token.lifespan": lifespan},
            "protocolMappers": mappers,
        })
    }
}

/// Where the PATH leads: the supervisor starts programs by their paths.
fn which(program: &str) -> Result<std::path::PathBuf> {
    let path = std::env::var_os("PATH").context("read the PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
        .with_context(|| format!("no `{program}` on the PATH"))
}
