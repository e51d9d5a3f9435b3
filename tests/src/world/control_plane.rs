//! Starts etcd, the API server, the controllers, the scheduler and kwok, all on 127.0.0.1.
//!
//! Which server gets which flag, and in what order they come up. What a test does with the result is in
//! [`World`](super::World).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::api::Api;
use super::user::{self, User};
use crate::ports;
use crate::programs::{ETCD, KUBERNETES, KWOK, world_folder};
use crate::supervisor::Supervisor;
use crate::wait::wait_for;

/// Six seconds when idle; a busy two-core machine needs several times that.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// A start fails for a port that was taken between choosing and binding, or for a reason that stays.
const ATTEMPTS: usize = 3;
/// Controllers and scheduler of a test must not wait for their own politeness.
const EAGER: [&str; 2] = ["--kube-api-qps=500", "--kube-api-burst=1000"];

/// A running control plane. Dropping it ends its servers.
#[derive(Debug)]
pub(super) struct ControlPlane {
    supervisor: Supervisor,
    programs: Programs,
    users: Vec<User>,
    server: String,
    authorities: Vec<u8>,
    kubelet_port: u16,
    admin: Api,
}

#[derive(Clone, Debug)]
struct Programs {
    etcd: PathBuf,
    kubernetes: PathBuf,
    kwok: PathBuf,
}

impl ControlPlane {
    /// Builds the servers where needed and starts them up to a ready API server with controllers and scheduler.
    pub(super) fn start() -> Result<Self> {
        let programs = Programs {
            etcd: ETCD.build()?,
            kubernetes: KUBERNETES.build()?,
            kwok: KWOK.build()?,
        };
        let mut last = anyhow!("no attempt was made");
        for _ in 0..ATTEMPTS {
            match Self::attempt(&programs) {
                Err(error) if format!("{error:#}").contains("address already in use") => {
                    last = error
                }
                outcome => return outcome,
            }
        }
        Err(last.context(format!("lost a race for free ports {ATTEMPTS} times")))
    }

    fn attempt(programs: &Programs) -> Result<Self> {
        let supervisor = Supervisor::start()?;
        let folder = supervisor.folder().to_owned();
        let [etcd_client, etcd_peer, secure, kubelet_port] = ports::free()?;
        let users = user::invent(&folder)?;
        write_keys(&folder, &users)?;

        let etcd = supervisor.spawn(
            "etcd",
            &programs.etcd.join("server"),
            &etcd_flags(&folder, etcd_client, etcd_peer),
            &[],
        )?;
        let program = programs.kubernetes.join("kube-apiserver");
        let apiserver = supervisor.spawn(
            "kube-apiserver",
            &program,
            &apiserver_flags(&folder, etcd_client, secure),
            &[],
        )?;

        let server = format!("https://127.0.0.1:{secure}");
        let token = users
            .iter()
            .find(|user| user.name() == "admin")
            .context("there is no user `admin`")?
            .token();
        let (authorities, admin) = wait_for("the API server to be ready", READY_WITHIN, || {
            for (name, pid) in [("etcd", etcd), ("kube-apiserver", apiserver)] {
                if supervisor.exit_status(pid)?.is_some() {
                    return Ok(Some(Err(anyhow!("{}", failure(&supervisor, name)))));
                }
            }
            let authorities = fs::read(folder.join("pki/apiserver.crt"))
                .context("read the API server's certificate")?;
            let admin = Api::new(&server, &authorities, token)?;
            Ok(admin
                .fetch("/readyz")?
                .0
                .is_success()
                .then_some(Ok((authorities, admin))))
        })
        .with_context(|| failure(&supervisor, "kube-apiserver"))??;

        for user in &users {
            user::write_kubeconfig(user.kubeconfig(), &server, &authorities, user)?;
        }
        let plane = Self {
            supervisor,
            programs: programs.clone(),
            users,
            server,
            authorities,
            kubelet_port,
            admin,
        };
        plane.start_controllers()?;
        Ok(plane)
    }

    fn start_controllers(&self) -> Result<()> {
        let kubeconfig = format!(
            "--kubeconfig={}",
            self.user("admin")?.kubeconfig().display()
        );
        let common = [
            &kubeconfig,
            "--secure-port=0",
            "--leader-elect=false",
            EAGER[0],
            EAGER[1],
        ];
        let key = format!(
            "--service-account-private-key-file={}",
            self.folder().join("service-account.key").display()
        );
        let controller_flags = [
            &common[..],
            &[&key, "--use-service-account-credentials=false"],
        ]
        .concat();
        let kubernetes = &self.programs.kubernetes;
        self.supervisor.spawn(
            "kube-controller-manager",
            &kubernetes.join("kube-controller-manager"),
            &owned(&controller_flags),
            &[],
        )?;
        self.supervisor.spawn(
            "kube-scheduler",
            &kubernetes.join("kube-scheduler"),
            &owned(&common),
            &[],
        )?;
        Ok(())
    }

    /// Starts kwok, which plays the kubelet of every node. Needs the CRD of its `Logs` in place.
    pub(super) fn start_kwok(&self) -> Result<()> {
        let folder = self.folder();
        let config = folder.join("kwok.yaml");
        let silent = folder.join("silent.log");
        fs::write(&silent, "").context("write the empty pod log")?;
        fs::write(&config, kwok_config(&silent)).context("write kwok's configuration")?;
        let flags = owned(&[
            &format!(
                "--kubeconfig={}",
                self.user("admin")?.kubeconfig().display()
            ),
            &format!("--config={}", world_folder().join("stages.yaml").display()),
            &format!("--config={}", config.display()),
            "--manage-all-nodes",
            "--enable-crds=Logs",
            "--node-ip=127.0.0.1",
            &format!("--server-address=127.0.0.1:{}", self.kubelet_port),
            &format!("--node-port={}", self.kubelet_port),
            &format!("--tls-cert-file={}", folder.join("kubelet.crt").display()),
            &format!(
                "--tls-private-key-file={}",
                folder.join("kubelet.key").display()
            ),
            "--node-lease-duration-seconds=40",
        ]);
        self.supervisor
            .spawn("kwok", &self.programs.kwok.join("kwok"), &flags, &[])?;
        Ok(())
    }

    /// The error text for a server that did what it should not, with the end of its log.
    pub(super) fn failure(&self, name: &str) -> String {
        failure(&self.supervisor, name)
    }

    pub(super) fn folder(&self) -> &Path {
        self.supervisor.folder()
    }

    pub(super) fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    pub(super) fn admin(&self) -> &Api {
        &self.admin
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn authorities(&self) -> &[u8] {
        &self.authorities
    }

    pub(super) fn kubelet_port(&self) -> u16 {
        self.kubelet_port
    }

    pub(super) fn kubectl(&self) -> PathBuf {
        self.programs.kubernetes.join("kubectl")
    }

    pub(super) fn user(&self, name: &str) -> Result<&User> {
        match self.users.iter().find(|user| user.name() == name) {
            Some(user) => Ok(user),
            None => bail!(
                "no user `{name}`; there are {:?}",
                self.users.iter().map(User::name).collect::<Vec<_>>()
            ),
        }
    }
}

fn etcd_flags(folder: &Path, client: u16, peer: u16) -> Vec<String> {
    vec![
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls=http://127.0.0.1:{client}"),
        format!("--advertise-client-urls=http://127.0.0.1:{client}"),
        format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-cluster=default=http://127.0.0.1:{peer}"),
        // A test world is thrown away after a crash, so there is nothing that a sync to disk would save.
        "--unsafe-no-fsync".to_owned(),
    ]
}

fn apiserver_flags(folder: &Path, etcd: u16, secure: u16) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={secure}"),
        format!("--cert-dir={}", path("pki")),
        format!("--service-account-key-file={}", path("service-account.pub")),
        format!(
            "--service-account-signing-key-file={}",
            path("service-account.key")
        ),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        format!("--token-auth-file={}", path("tokens.csv")),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        // Fake pods mount no tokens, and without the plugin they need not wait for their namespace's account.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
    ]
}

fn write_keys(folder: &Path, users: &[User]) -> Result<()> {
    let account = rcgen::KeyPair::generate().context("make the key of service accounts")?;
    let kubelet = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])
        .context("make the kubelets' certificate")?;
    let files = [
        ("service-account.key", account.serialize_pem()),
        ("service-account.pub", account.public_key_pem()),
        ("kubelet.crt", kubelet.cert.pem()),
        ("kubelet.key", kubelet.signing_key.serialize_pem()),
        ("tokens.csv", user::token_file(users)),
    ];
    files.into_iter().try_for_each(|(name, text)| {
        fs::write(folder.join(name), text)
            .with_context(|| format!("write `{name}` in the world's folder"))
    })
}

/// kwok's own settings (it takes no defaults for those left out), and the log of containers that were given none.
///
/// A kubelet answers with an empty log for a container that wrote nothing; kwok would answer 400.
fn kwok_config(silent: &Path) -> String {
    format!(
        "apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  cidr: 10.0.0.0/16
  enableDebuggingHandlers: true
  podPlayStageParallelism: 16
  nodePlayStageParallelism: 16
  nodeLeaseParallelism: 4
  podsOnNodeSyncParallelism: 16
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata:
  name: silent
spec:
  logs:
    - logsFile: {}
",
        silent.display()
    )
}

fn failure(supervisor: &Supervisor, name: &str) -> String {
    format!("`{name}` did not get ready; {}", supervisor.log_tail(name))
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|flag| (*flag).to_owned()).collect()
}
