//! From a kubeconfig to a [`Connection`].
//!
//! The kubeconfig is the one that the operator names, or kubectl would take. kube's own inference is not used: it
//! lets environment variables send the credential to another address.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kube::Config;
use kube::client::AuthError;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Connection;
use crate::capability::ledger::Ledger;
use crate::ui::Fault;

/// A connection that takes longer than this will not come; the read's deadline is longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A plugin may ask a person to log in by a browser; one that takes longer than this waits for something else.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest part of a plugin's stderr that is shown, in characters.
const MAX_PLUGIN_WORDS: usize = 300;

/// Which cluster, and as whom, in kubectl's words.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// `--kubeconfig`; else `$KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`; else the current one.
    pub context: Option<String>,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-group`.
    pub as_groups: Vec<String>,
    /// `--request-timeout`: the deadline of one read.
    pub request_timeout: Option<Duration>,
}

/// Where the configuration comes from.
pub(super) enum Source {
    Kubeconfig {
        files: Vec<PathBuf>,
        /// The files as errors name them.
        place: String,
        kubeconfig: Box<Kubeconfig>,
    },
    InCluster,
}

impl Connection {
    /// Connect as the options say, and the name of the context. Asks the server nothing yet, but may run the
    /// kubeconfig's own credential plugin.
    pub async fn open(
        options: &ConnectOptions,
        ledger: Arc<Ledger>,
    ) -> Result<(Self, String), Fault> {
        let (mut config, context) = match source(options)? {
            Source::Kubeconfig {
                place, kubeconfig, ..
            } => from_kubeconfig(&place, *kubeconfig, options).await?,
            Source::InCluster => (in_cluster()?, "in-cluster".to_owned()),
        };
        config.default_retry = false;
        config.disable_compression = true;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        if options.as_user.is_some() {
            config.auth_info.impersonate.clone_from(&options.as_user);
        }
        if !options.as_groups.is_empty() {
            config.auth_info.impersonate_groups = Some(options.as_groups.clone());
        }
        check_certificate(&config, &context)?;
        let origin = origin(&config.cluster_url);
        let client = client(config, &context).await?;
        Ok((
            Self::new(client, &origin, ledger, options.request_timeout),
            context,
        ))
    }
}

impl ConnectOptions {
    /// The cluster is the one that this very process runs in.
    pub fn is_in_cluster(&self) -> bool {
        matches!(source(self), Ok(Source::InCluster))
    }
}

/// A credential plugin runs in here, so it gets a thread and a limit.
async fn client(config: Config, context: &str) -> Result<kube::Client, Fault> {
    let opening = tokio::task::spawn_blocking(move || kube::Client::try_from(config));
    match tokio::time::timeout(PLUGIN_TIMEOUT, opening).await {
        Ok(Ok(client)) => client.map_err(|error| no_client(error, context)),
        Ok(Err(error)) => Err(unusable(context).because(error)),
        Err(_) => Err(plugin(context, "did not end in time")),
    }
}

pub(super) fn source(options: &ConnectOptions) -> Result<Source, Fault> {
    if let Some(path) = &options.kubeconfig {
        return read(std::slice::from_ref(path));
    }
    let named = env::var_os("KUBECONFIG").unwrap_or_default();
    let paths: Vec<PathBuf> = env::split_paths(&named)
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    // kubectl passes over files of the variable that do not exist, as long as one does.
    let existing: Vec<PathBuf> = paths.iter().filter(|path| path.exists()).cloned().collect();
    match (paths.is_empty(), existing.is_empty()) {
        (false, false) => return read(&existing),
        (false, true) => return read(&paths),
        _ => {}
    }
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".kube/config"));
    match home.filter(|path| path.exists()) {
        Some(path) => read(&[path]),
        None if env::var_os("KUBERNETES_SERVICE_HOST").is_some() => Ok(Source::InCluster),
        None => Err(Fault::new(
            "BSQ0110",
            "there is no kubeconfig: neither `$KUBECONFIG` nor `~/.kube/config`",
        )
        .hint("pass `--kubeconfig FILE`, or look at a recording with `--replay FILE`")),
    }
}

fn read(paths: &[PathBuf]) -> Result<Source, Fault> {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let place = names.join(":");
    let mut kubeconfig = Kubeconfig::default();
    for path in paths {
        let one = Kubeconfig::read_from(path).map_err(|error| unreadable(path, error))?;
        kubeconfig = kubeconfig
            .merge(one)
            .map_err(|error| unreadable(path, error))?;
    }
    Ok(Source::Kubeconfig {
        files: paths.to_vec(),
        place,
        kubeconfig: Box::new(kubeconfig),
    })
}

fn unreadable(path: &Path, error: KubeconfigError) -> Fault {
    let path = path.display();
    let is_missing = matches!(&error, KubeconfigError::ReadConfig(io, _) if io.kind() == std::io::ErrorKind::NotFound);
    if is_missing {
        return Fault::new("BSQ0111", format!("there is no kubeconfig `{path}`"))
            .hint("check the path given by `--kubeconfig` or `$KUBECONFIG`");
    }
    Fault::new("BSQ0112", format!("the kubeconfig `{path}` cannot be read"))
        .hint(format!(
            "see what kubectl makes of it: kubectl --kubeconfig {path} config view"
        ))
        .because(error)
}

async fn from_kubeconfig(
    place: &str,
    kubeconfig: Kubeconfig,
    options: &ConnectOptions,
) -> Result<(Config, String), Fault> {
    let context = context(place, &kubeconfig, options)?;
    let options = KubeConfigOptions {
        context: Some(context.clone()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| {
            Fault::new("BSQ0112", format!("the context `{context}` of the kubeconfig `{place}` cannot be used"))
                .hint(format!("see what it says: kubectl --kubeconfig {place} config view --minify --context {context}"))
                .because(error)
        })?;
    Ok((config, context))
}

/// The name of the context that is wanted, if the kubeconfig has it.
pub(super) fn context(
    place: &str,
    kubeconfig: &Kubeconfig,
    options: &ConnectOptions,
) -> Result<String, Fault> {
    let contexts = kubeconfig.contexts.iter();
    let mut names: Vec<&str> = contexts.map(|named| named.name.as_str()).collect();
    names.sort_unstable();
    let current = kubeconfig.current_context.as_ref();
    let wanted = options.context.as_ref().or(current);
    let Some(context) = wanted.filter(|context| !context.is_empty()) else {
        return Err(Fault::new(
            "BSQ0113",
            format!("the kubeconfig `{place}` has no current context"),
        )
        .hint(format!(
            "pass `--context` with one of: {}",
            names.join(", ")
        )));
    };
    if names.contains(&context.as_str()) {
        return Ok(context.clone());
    }
    let known = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    Err(Fault::new(
        "BSQ0113",
        format!("the kubeconfig `{place}` has no context `{context}`"),
    )
    .hint(format!("its contexts are: {known}")))
}

fn in_cluster() -> Result<Config, Fault> {
    Config::incluster_env().map_err(|error| {
        Fault::new(
            "BSQ0110",
            "the pod's service account cannot be used to reach the API server",
        )
        .hint("mount a service account token, or pass `--kubeconfig FILE`")
        .because(error)
    })
}

/// A server only says that the handshake failed; the date says why.
fn check_certificate(config: &Config, context: &str) -> Result<(), Fault> {
    let Some(pem) = client_certificate(config) else {
        return Ok(());
    };
    let Some(Ok(block)) = Pem::iter_from_buffer(&pem).next() else {
        return Ok(());
    };
    let Ok((_, certificate)) = X509Certificate::from_der(&block.contents) else {
        return Ok(());
    };
    let end = certificate.validity().not_after.timestamp();
    if end > jiff::Timestamp::now().as_second() {
        return Ok(());
    }
    let when =
        jiff::Timestamp::from_second(end).map_or_else(|_| end.to_string(), |end| end.to_string());
    Err(Fault::new("BSQ0114", format!("the client certificate of context `{context}` expired at {when}"))
        .hint("get a new kubeconfig from who runs the cluster (with kubeadm: kubeadm certs renew admin.conf)"))
}

fn client_certificate(config: &Config) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let auth = &config.auth_info;
    if let Some(data) = &auth.client_certificate_data {
        return base64::engine::general_purpose::STANDARD.decode(data).ok();
    }
    std::fs::read(auth.client_certificate.as_ref()?).ok()
}

fn no_client(error: kube::Error, context: &str) -> Fault {
    match error {
        kube::Error::Auth(AuthError::AuthExecStart(error)) => {
            plugin(context, "does not start").because(error)
        }
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
            let words = String::from_utf8_lossy(&out.stderr);
            let words: String = words.trim().chars().take(MAX_PLUGIN_WORDS).collect();
            plugin(context, &format!("failed with {}: {words}", out.status))
        }
        kube::Error::Auth(AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed) => {
            plugin(context, "gave no credential")
        }
        error => unusable(context).because(error),
    }
}

fn plugin(context: &str, what: &str) -> Fault {
    Fault::new(
        "BSQ0115",
        format!("the credential plugin of context `{context}` {what}"),
    )
    .hint(format!(
        "run it by hand: kubectl --context {context} auth whoami"
    ))
}

fn unusable(context: &str) -> Fault {
    Fault::new(
        "BSQ0116",
        format!("context `{context}` cannot be used to connect"),
    )
    .hint(format!(
        "see what it says: kubectl config view --minify --context {context}"
    ))
}

/// Scheme, host and port, without what else an address may hold.
pub(super) fn origin(url: &http::Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}
