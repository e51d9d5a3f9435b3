//! Builds the servers of the test world from their Go modules, once per machine.
//!
//! Each folder `tests/world/NAME` is a Go module whose `tool` lines name the programs. They are built into the user's
//! cache folder under a key that holds everything the result depends on, so a fresh checkout on the same machine starts
//! at once and a changed version never meets an old binary.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// A module build carries no version stamp, and kubectl refuses to compare itself with a server that has none.
const KUBERNETES_STAMP: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
     -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// One Go module under `tests/world` and the programs it yields.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    name: &'static str,
    linker_flags: &'static str,
    programs: &'static [&'static str],
}

/// The modules `make test` needs.
pub const MODULES: [Module; 3] = [ETCD, KUBERNETES, KWOK];

pub(crate) const ETCD: Module = Module {
    name: "etcd",
    linker_flags: "-s -w",
    programs: &["server"],
};
pub(crate) const KWOK: Module = Module {
    name: "kwok",
    linker_flags: "-s -w",
    programs: &["kwok"],
};
pub(crate) const KUBERNETES: Module = Module {
    name: "kubernetes",
    linker_flags: KUBERNETES_STAMP,
    programs: &[
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubectl",
    ],
};

impl Module {
    /// The module's name, which is also its folder's.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The folder with the built programs; builds them first where the cache has none.
    ///
    /// Minutes when cold, milliseconds when cached. Processes that ask at the same time wait for one build.
    pub fn build(&self) -> Result<PathBuf> {
        let cache = cache_folder()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("create the cache folder `{}`", cache.display()))?;
        let folder = cache.join(self.key()?);
        if self.is_built(&folder) {
            return Ok(folder);
        }
        let lock = File::create(cache.join(format!("{}.lock", self.name)))
            .context("create the lock of the build")?;
        lock.lock()
            .context("wait for another build of the same module")?;
        if !self.is_built(&folder) {
            self.compile(&cache, &folder)
                .with_context(|| format!("build the `{}` module of the test world", self.name))?;
        }
        Ok(folder)
    }

    fn is_built(&self, folder: &Path) -> bool {
        self.programs
            .iter()
            .all(|program| folder.join(program).is_file())
    }

    fn compile(&self, cache: &Path, folder: &Path) -> Result<()> {
        let staging = tempfile::Builder::new()
            .prefix(".building-")
            .tempdir_in(cache)
            .context("create a folder for the build")?;
        let status = Command::new("go")
            .args(["build", "-trimpath", "-ldflags", self.linker_flags, "-o"])
            .arg(staging.path().join(""))
            .arg("tool")
            .env("CGO_ENABLED", "0")
            .current_dir(self.source())
            .status()
            .context("run `go build`; the test world needs Go 1.26 or newer on the PATH")?;
        ensure!(status.success(), "`go build` ended with {status}");
        ensure!(
            self.is_built(staging.path()),
            "`go build` did not write {:?}",
            self.programs
        );
        let built = staging.keep();
        if folder.exists() {
            fs::remove_dir_all(folder).context("remove an incomplete earlier build")?;
        }
        fs::rename(&built, folder)
            .with_context(|| format!("move the build to `{}`", folder.display()))
    }

    /// The name of the cache entry: all inputs of the build, hashed.
    fn key(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for file in ["go.mod", "go.sum"] {
            let path = self.source().join(file);
            hash.update(fs::read(&path).with_context(|| format!("read `{}`", path.display()))?);
        }
        hash.update(go_version()?);
        hash.update(self.linker_flags);
        let digest: String = hash
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(format!("{}-{digest}", self.name))
    }

    fn source(&self) -> PathBuf {
        world_folder().join(self.name)
    }
}

/// The kubectl of the test world.
pub fn kubectl() -> Result<PathBuf> {
    Ok(KUBERNETES.build()?.join("kubectl"))
}

/// Builds whatever is missing of [`MODULES`].
pub fn build_all() -> Result<Vec<(Module, PathBuf)>> {
    MODULES
        .into_iter()
        .map(|module| Ok((module, module.build()?)))
        .collect()
}

/// `tests/world` of this checkout.
pub(crate) fn world_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("world")
}

fn cache_folder() -> Result<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let Some(base) =
        from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")))
    else {
        bail!("neither `XDG_CACHE_HOME` nor `HOME` is set, so there is no cache folder");
    };
    Ok(base.join("bsq-host").join("world"))
}

fn go_version() -> Result<Vec<u8>> {
    let output = Command::new("go")
        .args(["env", "GOVERSION", "GOOS", "GOARCH"])
        .current_dir(world_folder().join("etcd"))
        .output()
        .context("run `go env`; the test world needs Go 1.26 or newer on the PATH")?;
    ensure!(
        output.status.success(),
        "`go env` ended with {}",
        output.status
    );
    Ok(output.stdout)
}
