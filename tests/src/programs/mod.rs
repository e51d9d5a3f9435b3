//! The servers of the test world, made ready once per machine from ordinary package registries.
//!
//! ```text
//! tests/world/NAME/go.mod            ─► go build ───────────┐
//! Debian's packages by name          ─► apt-get download ───┤
//! tests/world/litellm/requirements   ─► pip ────────────────┼─► ~/.cache/bsq-host/world/NAME-HASH
//! Maven's coordinates of Keycloak    ─► mvn, kc.sh build ───┘
//! ```
//!
//! The hash is of everything that the result depends on, so a fresh checkout on the same machine starts at once and a
//! changed version never meets an old program. Nothing is installed outside of the cache folder.

mod cache;
mod debian;
mod go;
mod keycloak;
mod litellm;

use std::path::{Path, PathBuf};

use anyhow::Result;

pub(crate) use self::debian::{PROMETHEUS, REDIS, libraries};
pub(crate) use self::go::{ARGO_CD, ETCD, KUBERNETES, KWOK, LOKI, OPENFGA, TROUBLESHOOT};

/// A server, or a group of servers that come together.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// Built from a Go module of `tests/world`.
    Go(go::Module),
    /// Unpacked from packages of Debian.
    Debian(debian::Packages),
    /// The OpenAI-compatible proxy, in a virtual environment.
    LiteLlm,
    /// The identity provider, built for quick starts.
    Keycloak,
}

/// What `make test` starts.
pub const CONTROL_PLANE: [Program; 3] = [
    Program::Go(ETCD),
    Program::Go(KUBERNETES),
    Program::Go(KWOK),
];

/// What `make test-world` starts beside it, and the collector that it lets loose on it; the quick ones first.
pub const REAL_SERVERS: [Program; 8] = [
    Program::Debian(PROMETHEUS),
    Program::Debian(REDIS),
    Program::LiteLlm,
    Program::Keycloak,
    Program::Go(LOKI),
    Program::Go(ARGO_CD),
    Program::Go(OPENFGA),
    Program::Go(TROUBLESHOOT),
];

impl Program {
    /// The name, which begins that of its folder in the cache.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Go(module) => module.name(),
            Self::Debian(packages) => packages.name(),
            Self::LiteLlm => litellm::NAME,
            Self::Keycloak => keycloak::NAME,
        }
    }

    /// The folder with what was made; makes it first where the cache has none.
    ///
    /// Minutes when cold, milliseconds when cached. Processes that ask at the same time wait for one build.
    pub fn folder(&self) -> Result<PathBuf> {
        match self {
            Self::Go(module) => module.build(),
            Self::Debian(packages) => packages.unpack(),
            Self::LiteLlm => litellm::install(),
            Self::Keycloak => keycloak::install(),
        }
    }
}

/// The kubectl of the test world.
pub fn kubectl() -> Result<PathBuf> {
    Ok(KUBERNETES.build()?.join("kubectl"))
}

/// `tests/world` of this checkout.
pub(crate) fn world_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("world")
}
