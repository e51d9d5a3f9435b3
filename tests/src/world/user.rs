//! Who may talk to the control plane, and the kubeconfig files they do it with.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// Name and group of each user. What `reader` may do stands in `tests/world/rbac.yaml`; `team` gets rights in single
/// namespaces by [`Namespace::allow`](super::Namespace::allow); `nobody` has none but discovery.
const USERS: [(&str, &str); 4] = [
    ("admin", "system:masters"),
    ("reader", "bsq:readers"),
    ("team", "bsq:teams"),
    ("nobody", "bsq:nobodies"),
];

/// One user of a world.
#[derive(Clone, Debug)]
pub struct User {
    name: &'static str,
    group: &'static str,
    token: String,
    kubeconfig: PathBuf,
}

impl User {
    /// The user's name, as RBAC knows it.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A kubeconfig file with the one context `NAME@world`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }
}

/// Invents all users of a world whose files live in `folder`.
pub(super) fn invent(folder: &Path) -> Result<Vec<User>> {
    let user = |(name, group)| {
        Ok(User {
            name,
            group,
            token: random_token()?,
            kubeconfig: folder.join(format!("{name}.kubeconfig")),
        })
    };
    USERS.into_iter().map(user).collect()
}

/// The content of the API server's `--token-auth-file`.
pub(super) fn token_file(users: &[User]) -> String {
    let line = |user: &User| {
        format!(
            "{},{},{},\"{}\"\n",
            user.token, user.name, user.name, user.group
        )
    };
    users.iter().map(line).collect()
}

/// Writes a kubeconfig that leads `user` to `server`. JSON is YAML, and needs no quoting rules of our own.
pub(crate) fn write_kubeconfig(
    path: &Path,
    server: &str,
    authorities: &[u8],
    user: &User,
) -> Result<()> {
    let context = format!("{}@world", user.name);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "world", "cluster": {
            "server": server,
            "certificate-authority-data": STANDARD.encode(authorities),
        }}],
        "users": [{"name": user.name, "user": {"token": user.token}}],
        "contexts": [{"name": context, "context": {"cluster": "world", "user": user.name}}],
        "current-context": context,
    });
    fs::write(path, format!("{config:#}\n")).with_context(|| format!("write `{}`", path.display()))
}

/// The API server listens on loopback, where other users of the machine are too: a token must not be guessable.
fn random_token() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("read random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
