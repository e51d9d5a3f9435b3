//! The real servers of an incident: what `[real]` in its `case.toml` says of them, and them running.
//!
//! They are started for live runs only, by `make test-world`; `make test` replays what they said.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bsq_tests::real::{
    ArgoCd, Client, History, Keycloak, LiteLlm, Loki, LokiLimits, OpenFga, Prometheus, Repository,
};
use bsq_tests::wait::wait_for;
use bsq_tests::world::World;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Argo CD looks again every ten seconds, and its syncs take a few of those.
const REACHED_WITHIN: Duration = Duration::from_secs(240);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Real {
    pub(super) argocd: Option<ArgoCdSite>,
    keycloak: Option<KeycloakSite>,
    litellm: Option<LiteLlmSite>,
    loki: Option<LokiSite>,
    #[serde(default)]
    openfga: bool,
    prometheus: Option<PrometheusSite>,
}

/// Argo CD on the folder `repository` of the incident, instead of the Applications that the base platform has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ArgoCdSite {
    /// What it has come to before anything is deleted.
    until: Vec<Reached>,
    /// What it has come to after that.
    #[serde(default)]
    then: Vec<Reached>,
}

/// A part of an object that says something.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Reached {
    /// An Application, or with slashes in it the path of any object.
    of: String,
    /// A JSON pointer.
    at: String,
    /// A piece of what is there.
    says: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeycloakSite {
    realm: String,
    clients: Vec<KeycloakClient>,
    /// The client whose token the failing user has.
    user_of: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeycloakClient {
    name: String,
    audience: Option<String>,
    lifespan: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LiteLlmSite {
    models: Vec<String>,
    /// What is stored of each key, in LiteLLM's words; without any, the database is missing.
    #[serde(default)]
    keys: Map<String, Value>,
    /// The configured one.
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LokiSite {
    #[serde(default)]
    tenants: bool,
    lines: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PrometheusSite {
    series: Vec<Series>,
    #[serde(default)]
    alerts: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Series {
    series: String,
    /// Seconds.
    since: i64,
    first: Sample,
    last: Sample,
}

/// A number, or a moment, which metrics count in seconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Sample {
    Number(f64),
    Moment(Timestamp),
}

/// The servers of a site, running.
#[derive(Debug, Default)]
pub(super) struct Servers {
    argo_cd: Option<ArgoCd>,
    keycloak: Option<Keycloak>,
    litellm: Option<LiteLlm>,
    loki: Option<Loki>,
    openfga: Option<OpenFga>,
    prometheus: Option<Prometheus>,
    /// The failing user's token.
    pub(super) token: Option<String>,
}

impl Servers {
    /// Those that checks talk to.
    pub(super) fn start(real: &Real) -> Self {
        let (keycloak, token) = real.keycloak.as_ref().map(KeycloakSite::start).unzip();
        Self {
            argo_cd: None,
            keycloak,
            litellm: real.litellm.as_ref().map(LiteLlmSite::start),
            loki: real.loki.as_ref().map(LokiSite::start),
            openfga: real.openfga.then(|| OpenFga::start().unwrap()),
            prometheus: real.prometheus.as_ref().map(PrometheusSite::start),
            token: token.flatten(),
        }
    }

    pub(super) fn loki(&self) -> Option<&Loki> {
        self.loki.as_ref()
    }

    pub(super) fn deliver(&mut self, world: &World) {
        self.argo_cd = Some(ArgoCd::start(world).unwrap());
    }

    /// Name, address and credential of each endpoint, for `bsq.toml`.
    pub(super) fn endpoints<'a>(&self, real: &'a Real) -> Vec<(&str, String, Option<&'a str>)> {
        let key = real.litellm.as_ref().map(|site| site.key.as_str());
        let found = [
            self.keycloak
                .as_ref()
                .map(|it| ("keycloak", it.url().to_owned(), None)),
            self.litellm.as_ref().map(|it| ("coreai", it.url(), key)),
            self.openfga
                .as_ref()
                .map(|it| ("openfga", it.url().to_owned(), None)),
            self.prometheus
                .as_ref()
                .map(|it| ("prometheus", it.url().to_owned(), None)),
        ];
        found.into_iter().flatten().collect()
    }
}

impl ArgoCdSite {
    /// The repository of an incident, where Argo CD reads it.
    pub(super) fn repository(folder: &Path, home: &Path) -> String {
        let made = Repository::of(&folder.join("repository"), &home.join("repository.git"));
        made.unwrap().url()
    }

    pub(super) fn wait(&self, world: &World) {
        wait_until(world, &self.until);
    }

    pub(super) fn wait_after_deletion(&self, world: &World) {
        wait_until(world, &self.then);
    }
}

fn wait_until(world: &World, reached: &[Reached]) {
    for wanted in reached {
        let path = match wanted.of.contains('/') {
            true => wanted.of.clone(),
            false => format!(
                "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{}",
                wanted.of
            ),
        };
        let what = format!("`{}` of {} to say {:?}", wanted.at, wanted.of, wanted.says);
        wait_for(&what, REACHED_WITHIN, || {
            let object = world.admin().get(&path)?;
            let said = object.pointer(&wanted.at).map(Value::to_string);
            let said = said.unwrap_or_default();
            if said.contains(&wanted.says) {
                return Ok(Some(()));
            }
            anyhow::bail!("it says {said} of {}", object["status"])
        })
        .unwrap();
    }
}

impl KeycloakSite {
    fn start(&self) -> (Keycloak, Option<String>) {
        let keycloak = Keycloak::start().unwrap();
        let clients: Vec<Client> = self.clients.iter().map(KeycloakClient::wanted).collect();
        keycloak.add_realm(&self.realm, &clients).unwrap();
        let token = self
            .user_of
            .as_ref()
            .map(|client| keycloak.token_of_jane(&self.realm, client).unwrap());
        (keycloak, token)
    }
}

impl KeycloakClient {
    fn wanted(&self) -> Client {
        Client {
            name: self.name.clone(),
            audience: self.audience.clone(),
            lifespan: self.lifespan,
        }
    }
}

impl LiteLlmSite {
    fn start(&self) -> LiteLlm {
        let models: Vec<&str> = self.models.iter().map(String::as_str).collect();
        LiteLlm::start(&models, &self.keys).unwrap()
    }
}

impl LokiSite {
    fn start(&self) -> Loki {
        let limits = LokiLimits {
            tenants: self.tenants,
            lines: self.lines,
        };
        Loki::start(limits).unwrap()
    }
}

impl PrometheusSite {
    fn start(&self) -> Prometheus {
        let history: Vec<History> = self.series.iter().map(Series::drawn).collect();
        Prometheus::start(&history, &self.alerts).unwrap()
    }
}

impl Series {
    fn drawn(&self) -> History {
        History {
            series: self.series.clone(),
            since: self.since,
            first: self.first.number(),
            last: self.last.number(),
        }
    }
}

impl Sample {
    fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Moment(moment) => moment.as_second() as f64,
        }
    }
}

/// A text with what is only known once servers run: `REPOSITORY`, and `URL(NAME)` of an endpoint.
pub(super) fn placed(text: &str, repository: Option<&str>, endpoints: &[(&str, String)]) -> String {
    let text = text.replace("REPOSITORY", repository.unwrap_or("REPOSITORY"));
    endpoints.iter().fold(text, |text, (name, url)| {
        text.replace(&format!("URL({name})"), url)
    })
}

/// Manifests without Applications: those of the base platform come with a status that nobody there would write.
pub(super) fn without_applications(manifests: &str) -> String {
    let kept: Vec<&str> = manifests
        .split("\n---\n")
        .filter(|document| !document.contains("kind: Application\n"))
        .collect();
    kept.join("\n---\n")
}
