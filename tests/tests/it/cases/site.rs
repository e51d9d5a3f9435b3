//! A real control plane in the state of one incident, with the servers beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bsq_tests::http::{Answer, CoreAi, FaultServer, Loki};
use bsq_tests::world::World;
use jiff::Timestamp;
use tempfile::TempDir;

use super::case::{Case, CoreAiSite, Endpoint};
use super::configuration::{KEY, configuration, configure, log_store, section};
use super::illness::{allow, make_ill, tell};
use super::names::{Issuers, Running};
use super::real::Servers;
use super::{case, grants};
use crate::host::{Ended, Host};

/// A world in the state of one incident, and the configuration that leads to its servers.
pub(super) struct Site {
    pub(super) case: Case,
    pub(super) home: TempDir,
    _servers: Servers,
    world: World,
    _coreai: Option<CoreAi>,
    _loki: Option<Loki>,
    _endpoints: Vec<FaultServer>,
    names: Option<Running>,
}

impl Site {
    pub(super) fn of(name: &str) -> Self {
        let case = case(name);
        let home = TempDir::new().unwrap();
        let endpoints: Vec<FaultServer> = case.endpoint.iter().map(Endpoint::start).collect();
        let mut servers = Servers::start(&case.real);
        let world = World::start().unwrap();
        make_ill(&world, &case, name, home.path(), &endpoints, &mut servers);
        tell(&world, &case);
        let mut issuers = Issuers::new(home.path());
        issuers.fill_secrets(&world, &case);
        let names = case.names.as_ref();
        let names = names.map(|names| issuers.show(home.path(), names));
        for namespace in &case.allowed {
            allow(&world, namespace, &case.user);
        }
        let token = user_token(&case, &servers);
        let coreai = case.coreai.as_ref();
        let coreai = coreai.map(|site| core_ai(site, &case, token.as_deref()));
        let loki = loki(&case, &servers);
        let mut config = configuration(home.path(), &case, coreai.as_ref());
        config += &log_store(home.path(), &servers, loki.as_ref());
        for (endpoint, server) in case.endpoint.iter().zip(&endpoints) {
            config += &section(
                home.path(),
                &endpoint.name,
                endpoint.url.as_ref().unwrap_or(&server.url()),
                endpoint.token.as_deref(),
            );
        }
        for (name, url, token) in servers.endpoints(&case.real) {
            config += &section(home.path(), name, &url, token);
        }
        configure(home.path(), &config);
        if let Some(token) = token {
            fs::write(home.path().join(USER_TOKEN), token).unwrap();
        }
        grants::write(home.path(), &case);
        Self {
            case,
            home,
            _servers: servers,
            world,
            _coreai: coreai,
            _loki: loki,
            _endpoints: endpoints,
            names,
        }
    }

    pub(super) fn recording(&self) -> PathBuf {
        self.home.path().join("run.bsqrec")
    }

    /// What kubectl prints for whoever looks.
    pub(super) fn kubectl(&self, arguments: &[&str]) -> String {
        self.world.kubectl(&self.case.user, arguments).unwrap()
    }

    /// A folder with what `kubectl cluster-info dump` takes of all namespaces.
    pub(super) fn dump(&self, folder: &Path) {
        let folder = folder.to_str().unwrap();
        let dump = ["cluster-info", "dump", "--all-namespaces"];
        let whole = [&dump[..], &["--output-directory", folder]].concat();
        self.world.kubectl("admin", &whole).unwrap();
    }

    /// What the real Troubleshoot takes of all namespaces, in a folder that exists.
    pub(super) fn support_bundle(&self, folder: &Path) -> PathBuf {
        self.world.support_bundle(folder).unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        let home = self.home.path();
        let host = match &self.names {
            // Names are those of the incident, not this machine's.
            Some(names) => {
                let (hosts, order) = (
                    names.folder.join("hosts"),
                    names.folder.join("nsswitch.conf"),
                );
                Host::with_mounts(
                    home,
                    &[(&hosts, "/etc/hosts"), (&order, "/etc/nsswitch.conf")],
                )
            }
            None => Host::at(home),
        };
        let host = host
            .env(
                "KUBECONFIG",
                self.world.kubeconfig(&self.case.user).unwrap(),
            )
            .arg("run")
            .args(arguments)
            .args(self.case.arguments());
        let host = match &self.case.failing_user {
            Some(_) => host.arg("--user-token-file").arg(home.join(USER_TOKEN)),
            None => host,
        };
        host.checks_by_name().end()
    }
}

const USER_TOKEN: &str = "user.token";

/// The failing user's own token: as the incident has it, or as Keycloak gave it.
fn user_token(case: &Case, servers: &Servers) -> Option<String> {
    let user = case.failing_user.as_ref()?;
    user.token.clone().or_else(|| servers.token.clone())
}

fn core_ai(site: &CoreAiSite, case: &Case, token: Option<&str>) -> CoreAi {
    let models: Vec<&str> = site.models.iter().map(String::as_str).collect();
    let server = CoreAi::start(&models).unwrap();
    match site.key.as_str() {
        "valid" => server.key(KEY, &models),
        "expired" => server.expired_key(KEY),
        "spent" => server.spent_key(KEY),
        "unknown" => &server,
        "uncheckable" => server.without_database(),
        key => panic!("a key that is `{key}`"),
    };
    if let Some(user) = &case.failing_user
        && let Some(models) = &user.models
        && let Some(token) = token
    {
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        server.key(token, &models);
    }
    server
}

/// The log store that is played, unless the real one runs; either gets the incident's lines.
fn loki(case: &Case, servers: &Servers) -> Option<Loki> {
    let played = servers.loki().is_none().then(|| Loki::start().unwrap());
    if let Some(status) = case.loki_fails
        && let Some(loki) = &played
    {
        loki.on("*", [Answer::status(status)]);
    }
    let now = Timestamp::now();
    for stream in &case.loki {
        let labels: Vec<(&str, &str)> = stream
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let lines = stream
            .lines
            .iter()
            .cycle()
            .take(stream.lines.len() * stream.repeat);
        let ago = |index: usize| {
            Duration::from_secs(600).saturating_sub(Duration::from_secs(index as u64))
        };
        let lines = lines
            .enumerate()
            .map(|(index, line)| (now - ago(index), line.as_str()));
        match (servers.loki(), &played) {
            (Some(real), _) => real.push(&labels, lines).unwrap(),
            (None, Some(played)) => drop(played.stream(&labels, lines)),
            (None, None) => unreachable!("one of them runs"),
        }
    }
    played
}
