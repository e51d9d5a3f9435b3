//! What a kubeconfig says of the connection that it would make, for people to read. It opens nothing but the
//! kubeconfig, runs no plugin, and shows no credential.

use std::path::PathBuf;

use kube::config::{AuthInfo, ExecConfig, Kubeconfig};
use serde::Serialize;

use super::config::{ConnectOptions, Source, context, origin, source};
use crate::ui::Fault;

/// Which server, as whom, by which credential.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// The files that make up the kubeconfig; none in a pod.
    pub kubeconfig: Vec<PathBuf>,
    pub context: String,
    /// `https://10.0.0.1:6443`.
    pub server: Option<String>,
    /// The kubeconfig's name of the user.
    pub user: Option<String>,
    /// What kind of credential: `token`, `client certificate`, `exec plugin` and such.
    pub credential: &'static str,
    /// The command that gets the credential, without what its arguments keep secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
}

impl Described {
    /// Read the kubeconfig that the options name.
    pub fn of(options: &ConnectOptions) -> Result<Self, Fault> {
        match source(options)? {
            Source::InCluster => Ok(Self {
                context: "in-cluster".to_owned(),
                credential: "token of the pod's service account",
                ..Self::default()
            }),
            Source::Kubeconfig {
                files,
                place,
                kubeconfig,
            } => {
                let context = context(&place, &kubeconfig, options)?;
                Ok(Self {
                    kubeconfig: files,
                    ..Self::of_context(&kubeconfig, context)
                })
            }
        }
    }

    fn of_context(kubeconfig: &Kubeconfig, name: String) -> Self {
        let mut contexts = kubeconfig.contexts.iter();
        let context = contexts
            .find(|one| one.name == name)
            .and_then(|one| one.context.as_ref());
        let cluster = context.and_then(|context| {
            let mut clusters = kubeconfig.clusters.iter();
            clusters.find(|one| one.name == context.cluster)
        });
        let server = cluster
            .and_then(|named| named.cluster.as_ref()?.server.as_ref())
            .and_then(|server| server.parse().ok());
        let user = context.and_then(|context| context.user.clone());
        let auth = kubeconfig
            .auth_infos
            .iter()
            .find(|one| Some(&one.name) == user.as_ref())
            .and_then(|one| one.auth_info.as_ref());
        Self {
            kubeconfig: Vec::new(),
            context: name,
            server: server.as_ref().map(origin),
            user,
            credential: auth.map_or("none", credential),
            plugin: auth.and_then(|auth| auth.exec.as_ref()).map(command),
        }
    }
}

fn credential(auth: &AuthInfo) -> &'static str {
    if auth.exec.is_some() {
        "exec plugin"
    } else if auth.token.is_some() || auth.token_file.is_some() {
        "token"
    } else if auth.client_certificate.is_some() || auth.client_certificate_data.is_some() {
        "client certificate"
    } else if auth.username.is_some() {
        "user name and password"
    } else if auth.auth_provider.is_some() {
        "auth provider"
    } else {
        "none"
    }
}

/// The command line, with `…` in place of what a flag named for a secret carries.
fn command(exec: &ExecConfig) -> String {
    let mut words = vec![exec.command.clone().unwrap_or_default()];
    let mut is_value = false;
    for argument in exec.args.iter().flatten() {
        let name = argument.split('=').next().unwrap_or_default();
        let is_secret = name.starts_with('-') && names_a_secret(name);
        words.push(match argument.split_once('=') {
            _ if is_value && !argument.starts_with('-') => "…".to_owned(),
            Some((name, _)) if is_secret => format!("{name}=…"),
            _ => argument.clone(),
        });
        is_value = is_secret && !argument.contains('=');
    }
    words.join(" ")
}

fn names_a_secret(flag: &str) -> bool {
    let flag = flag.to_ascii_lowercase();
    ["secret", "password", "token", "key"]
        .iter()
        .any(|word| flag.contains(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r"
        apiVersion: v1
        kind: Config
        current-context: prod
        clusters: [{name: c, cluster: {server: 'https://name:pw@10.0.0.1:6443/path'}}]
        users:
        - name: jane
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: kubelogin
              args: [get-token, --oidc-client-secret=hunter2, --client-key, hunter3, --tenant, acme]
              interactiveMode: Never
        contexts: [{name: prod, context: {cluster: c, user: jane}}]
    ";

    #[test]
    fn the_plugin_is_shown_without_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, KUBECONFIG).unwrap();
        let options = ConnectOptions {
            kubeconfig: Some(path.clone()),
            ..ConnectOptions::default()
        };
        let expected = Described {
            kubeconfig: vec![path],
            context: "prod".to_owned(),
            server: Some("https://10.0.0.1:6443".to_owned()),
            user: Some("jane".to_owned()),
            credential: "exec plugin",
            plugin: Some(
                "kubelogin get-token --oidc-client-secret=… --client-key … --tenant acme"
                    .to_owned(),
            ),
        };
        assert_eq!(Described::of(&options).unwrap(), expected);
        let options = ConnectOptions {
            context: Some("staging".to_owned()),
            ..options
        };
        assert_eq!(Described::of(&options).unwrap_err().code, "BSQ0113");
    }
}
