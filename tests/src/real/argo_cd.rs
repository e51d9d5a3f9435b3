//! Argo CD on a world: its controller and its repository server, with the Redis that they share.
//!
//! Nobody logs in and nothing is shown here, so there is no API server of Argo CD; what its users make by hand, such as
//! Applications, a test applies.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::process::{Command, started};
use crate::programs::{ARGO_CD, REDIS, libraries};
use crate::supervisor::Supervisor;
use crate::world::World;

/// The namespace that it looks for Applications in.
const NAMESPACE: &str = "argocd";

/// A running Argo CD. Drop it before the world that it works on.
#[derive(Debug)]
pub struct ArgoCd {
    _supervisor: Supervisor,
}

impl ArgoCd {
    /// Sets up the namespace, and starts the servers with all rights on the world.
    pub fn start(world: &World) -> Result<Self> {
        world.apply(&settings()).context("set Argo CD up")?;
        let argo_cd = ARGO_CD.build()?.join("cmd");
        let redis = REDIS.unpack()?;
        let kubeconfig = world.kubeconfig("admin")?;
        let (supervisor, ()) = started(
            |supervisor, [redis_port, repositories, repository_metrics, metrics]| {
                let folder = supervisor.folder();
                start_redis(supervisor, &redis, redis_port)?;
                let environment = environment(folder, kubeconfig)?;
                let redis = format!("--redis=127.0.0.1:{redis_port}");
                let repository_server = Command {
                    name: "argocd-repo-server",
                    program: &argo_cd,
                    arguments: vec![
                        redis.clone(),
                        "--address=127.0.0.1".to_owned(),
                        format!("--port={repositories}"),
                        "--metrics-address=127.0.0.1".to_owned(),
                        format!("--metrics-port={repository_metrics}"),
                        "--disable-tls".to_owned(),
                    ],
                    environment: with(&environment, "argocd-repo-server"),
                };
                let url = format!("http://127.0.0.1:{repository_metrics}/healthz");
                repository_server.serve(supervisor, &url)?;
                let controller = Command {
                    name: "argocd-application-controller",
                    program: &argo_cd,
                    arguments: vec![
                        redis,
                        format!("--kubeconfig={}", kubeconfig.display()),
                        format!("--namespace={NAMESPACE}"),
                        format!("--repo-server=127.0.0.1:{repositories}"),
                        "--repo-server-plaintext".to_owned(),
                        format!("--metrics-port={metrics}"),
                    ],
                    environment: with(&environment, "argocd-application-controller"),
                };
                let url = format!("http://127.0.0.1:{metrics}/healthz");
                controller.serve(supervisor, &url)
            },
        )?;
        Ok(Self {
            _supervisor: supervisor,
        })
    }
}

fn start_redis(supervisor: &Supervisor, unpacked: &Path, port: u16) -> Result<()> {
    let redis = Command {
        name: "redis",
        program: &unpacked.join("usr/bin/redis-server"),
        arguments: [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
        ]
        .into_iter()
        .map(str::to_owned)
        .chain([port.to_string()])
        .collect(),
        environment: vec![("LD_LIBRARY_PATH", libraries(unpacked)?)],
    };
    redis.spawn(supervisor).map(drop)
}

/// Folders of its own for what Argo CD keeps, and the word that it runs in the cluster that it works on.
fn environment(folder: &Path, kubeconfig: &Path) -> Result<Vec<(&'static str, String)>> {
    let own = |name: &str| -> Result<String> {
        let path = folder.join(name);
        fs::create_dir_all(&path).context("create a folder of Argo CD")?;
        Ok(path.display().to_string())
    };
    let hosts = own("ssh")?;
    fs::write(Path::new(&hosts).join("ssh_known_hosts"), "").context("write the known hosts")?;
    Ok(vec![
        ("ARGOCD_FAKE_IN_CLUSTER", "true".to_owned()),
        // Its own cluster, which the flag of the same name does not say: that is for Applications.
        ("KUBECONFIG", kubeconfig.display().to_string()),
        ("ARGOCD_GPG_ENABLED", "false".to_owned()),
        ("ARGOCD_TLS_DATA_PATH", own("tls")?),
        ("ARGOCD_SSH_DATA_PATH", hosts),
        ("ARGOCD_GNUPGHOME", own("gnupg")?),
        ("ARGOCD_GPG_DATA_PATH", own("gpg")?),
        ("TMPDIR", own("tmp")?),
        // A repository that is not there does not come back within a test.
        ("ARGOCD_GIT_ATTEMPTS_COUNT", "1".to_owned()),
    ])
}

fn with<'a>(environment: &[(&'a str, String)], binary: &str) -> Vec<(&'a str, String)> {
    let mut all = environment.to_vec();
    all.push(("ARGOCD_BINARY_NAME", binary.to_owned()));
    all
}

/// What an installation of Argo CD has before its servers start.
fn settings() -> String {
    let named = |name: &str| json!({"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": "argocd"}});
    let map = |name: &str, data| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": named(name), "data": data});
    let objects = [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
        map(
            "argocd-cm",
            json!({"timeout.reconciliation": "10s", "timeout.reconciliation.jitter": "0s"}),
        ),
        map("argocd-rbac-cm", json!({})),
        map("argocd-cmd-params-cm", json!({})),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": named("argocd-secret"), "stringData": {"server.secretkey": "of-one-test-run"}}),
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": named("default"), "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        }}),
    ];
    objects.map(|object| object.to_string()).join("\n---\n")
}
