//! A real control plane in the state of one incident, with the servers beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bsq_tests::http::{Answer, CoreAi, FaultServer, Loki};
use bsq_tests::wait::wait_for;
use bsq_tests::world::{Event, World};
use jiff::Timestamp;
use tempfile::TempDir;
use toml::Table;

use super::case::{Case, CoreAiSite, Endpoint};
use super::names::{Issuers, Running, authority_file};
use super::real::{ArgoCdSite, Servers, placed, without_applications};
use super::{case, folder, grants, moments};
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

/// Apply the platform and what is wrong with it, up to what is deleted at the end.
fn make_ill(
    world: &World,
    case: &Case,
    name: &str,
    home: &Path,
    endpoints: &[FaultServer],
    servers: &mut Servers,
) {
    let own = folder(name);
    let urls = case.endpoint.iter().zip(endpoints);
    let urls: Vec<(&str, String)> = urls
        .map(|(endpoint, server)| (endpoint.name.as_str(), server.url()))
        .collect();
    let delivery = case.real.argocd.as_ref();
    apply(world, &folder("base"), &|text| match delivery {
        Some(_) => without_applications(&moments::filled(text)),
        None => moments::filled(text),
    });
    if delivery.is_some() {
        servers.deliver(world);
    }
    let repository = delivery.map(|_| ArgoCdSite::repository(&own, home));
    apply(world, &own, &|text| {
        placed(&moments::filled(text), repository.as_deref(), &urls)
    });
    if let Some(delivery) = delivery {
        delivery.wait(world);
    }
    wait_until_settled(world);
    for what in &case.delete {
        let words: Vec<&str> = ["delete"].into_iter().chain(what.split(' ')).collect();
        world.kubectl("admin", &words).unwrap();
    }
    if let Some(delivery) = delivery {
        delivery.wait_after_deletion(world);
    }
}

fn apply(world: &World, folder: &Path, filled: &dyn Fn(&str) -> String) {
    for file in ["platform.yaml", "manifests.yaml"] {
        if let Ok(text) = fs::read_to_string(folder.join(file)) {
            world.apply(&filled(&text)).unwrap();
        }
    }
    if let Ok(text) = fs::read_to_string(folder.join("owned.yaml")) {
        filled(&text)
            .split("\n---\n")
            .for_each(|document| world.apply(&owned(world, document)).unwrap());
    }
    if let Ok(text) = fs::read_to_string(folder.join("status.yaml")) {
        world.apply_status(&filled(&text)).unwrap();
    }
}

/// `UID(/api/…)` is that of the object there: what has another owner than a living one is collected.
fn owned(world: &World, document: &str) -> String {
    let Some((before, rest)) = document.split_once("UID(") else {
        return document.to_owned();
    };
    let (path, after) = rest.split_once(')').unwrap();
    let owner = world.admin().get(path).unwrap();
    let uid = owner["metadata"]["uid"].as_str().unwrap();
    format!("{before}{uid}{after}")
}

/// Until controllers and kubelets have nothing more to do: no object of interest changes for a while.
fn wait_until_settled(world: &World) {
    let mut before = String::new();
    wait_for("the platform to settle", Duration::from_secs(90), || {
        let seen: Vec<String> = [
            "/api/v1/pods",
            "/apis/apps/v1/replicasets",
            "/apis/discovery.k8s.io/v1/endpointslices",
        ]
        .into_iter()
        .map(|path| {
            world
                .admin()
                .get(path)
                .map(|list| list["items"].to_string())
        })
        .collect::<anyhow::Result<_>>()?;
        let now = seen.concat();
        let is_settled = now == before;
        before = now;
        std::thread::sleep(Duration::from_secs(2));
        Ok(is_settled.then_some(()))
    })
    .unwrap();
}

/// What containers wrote and kubelets reported.
fn tell(world: &World, case: &Case) {
    for log in &case.log {
        let pod = generated(world, &log.namespace, &log.pod);
        let lines = log.lines.iter().map(String::as_str);
        world
            .set_pod_log(&log.namespace, &pod, &log.container, lines)
            .unwrap();
        if !log.previous.is_empty() {
            let lines = log.previous.iter().map(String::as_str);
            world
                .set_previous_pod_log(&log.namespace, &pod, &log.container, lines)
                .unwrap();
        }
    }
    for event in &case.event {
        let name = generated(world, &event.namespace, &event.name);
        let told =
            Event::warning(&event.kind, &name, &event.reason, &event.message).count(event.count);
        world.create_event(&event.namespace, &told).unwrap();
    }
}

/// The name of the pod that `NAME-*` stands for, where a controller made the rest of it up.
fn generated(world: &World, namespace: &str, name: &str) -> String {
    let Some(beginning) = name.strip_suffix('*') else {
        return name.to_owned();
    };
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let pods = world.admin().get(&path).unwrap();
    let names = pods["items"].as_array().unwrap().iter();
    let found = names
        .filter_map(|pod| pod["metadata"]["name"].as_str())
        .find(|it| it.starts_with(beginning));
    found
        .unwrap_or_else(|| panic!("no pod {namespace}/{name}"))
        .to_owned()
}

fn allow(world: &World, namespace: &str, user: &str) {
    let binding = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: view-{user}, namespace: {namespace}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user}}}]\n"
    );
    world.apply(&binding).unwrap();
    let api = world.api(user).unwrap();
    wait_for("the new rights to hold", Duration::from_secs(10), || {
        api.get(&format!("/api/v1/namespaces/{namespace}/pods?limit=1"))
            .map(Some)
    })
    .unwrap();
}

const USER_TOKEN: &str = "user.token";
const KEY: &str = "sk-bsq-0123456789abcdef0123456789abcdef";

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

/// The part of `bsq.toml` about the log store.
fn log_store(home: &Path, servers: &Servers, played: Option<&Loki>) -> String {
    let url = servers
        .loki()
        .map(|real| real.url().to_owned())
        .or_else(|| played.map(Loki::url));
    let ca = format!("ca = \"{}\"\n", authority_file(home).display());
    section(home, "loki", &url.unwrap(), None) + &ca
}

/// Write `bsq.toml`.
pub(super) fn configure(home: &Path, text: &str) {
    let folder = home.join(".config/bsq-host");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("bsq.toml"), text).unwrap();
}

/// What `bsq.toml` of a site says.
pub(super) fn configuration(home: &Path, case: &Case, coreai: Option<&CoreAi>) -> String {
    let mut text = String::new();
    if let Some(coreai) = coreai {
        text += &section(home, "coreai", &coreai.url(), Some(KEY));
    }
    let mut checks = case.checks.clone();
    if case.names.is_none() {
        // The names of these sites are in no DNS, and what this machine's resolver says of them is no one's word.
        let dns_tls = checks
            .entry("dns-tls")
            .or_insert_with(|| Table::new().into());
        let dns_tls = dns_tls.as_table_mut().unwrap();
        dns_tls.entry("probe").or_insert(false.into());
    }
    for (id, settings) in &checks {
        text += &format!("\n[checks.{id}]\n{}", toml::to_string(settings).unwrap());
    }
    text
}

/// The part of `bsq.toml` about one endpoint, its token in a file.
fn section(home: &Path, name: &str, url: &str, token: Option<&str>) -> String {
    let mut text = format!("\n[endpoint.{name}]\nurl = \"{url}\"\n");
    if let Some(token) = token {
        let file = home.join(format!("{name}.token"));
        fs::write(&file, token).unwrap();
        text += &format!("token = {{ file = \"{}\" }}\n", file.display());
    }
    text
}
