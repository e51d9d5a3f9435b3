//! Servers that are built from Go modules.
//!
//! Each folder `tests/world/NAME` is a Go module whose `tool` lines name the programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cache::{Entry, step};
use super::world_folder;

const NEEDS: &str = "Go 1.26 or newer on the PATH";

/// A module build carries no version stamp, and kubectl refuses to compare itself with a server that has none.
const KUBERNETES_STAMP: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
     -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// One Go module under `tests/world` and the programs it yields.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    name: &'static str,
    linker_flags: &'static str,
    tags: &'static str,
    programs: &'static [&'static str],
}

pub(crate) const ETCD: Module = Module::of("etcd", &["server"]);
pub(crate) const KWOK: Module = Module::of("kwok", &["kwok"]);
pub(crate) const KUBERNETES: Module = Module {
    name: "kubernetes",
    linker_flags: KUBERNETES_STAMP,
    tags: "",
    programs: &[
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubectl",
    ],
};
pub(crate) const LOKI: Module = Module::of("loki", &["loki"]);
pub(crate) const OPENFGA: Module = Module::of("openfga", &["openfga"]);
/// All of Argo CD is one program, whose parts the environment chooses.
pub(crate) const ARGO_CD: Module = Module::of("argocd", &["cmd"]);
/// The collector of support bundles. The tags are its own build's: without them it needs C libraries of disks and keys.
pub(crate) const TROUBLESHOOT: Module = Module {
    tags: "netgo,containers_image_ostree_stub,exclude_graphdriver_devicemapper,exclude_graphdriver_btrfs,\
           containers_image_openpgp",
    ..Module::of("troubleshoot", &["troubleshoot"])
};

impl Module {
    const fn of(name: &'static str, programs: &'static [&'static str]) -> Self {
        Self {
            name,
            linker_flags: "-s -w",
            tags: "",
            programs,
        }
    }

    /// The module's name, which is also its folder's.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The folder with the built programs.
    pub fn build(&self) -> Result<PathBuf> {
        let entry = Entry {
            name: self.name,
            inputs: self.inputs()?,
            files: self.programs,
        };
        entry.or_make(|folder| self.compile(folder))
    }

    fn compile(&self, folder: &Path) -> Result<()> {
        let mut build = Command::new("go");
        build
            .args(["build", "-trimpath", "-ldflags", self.linker_flags])
            .args(["-tags", self.tags, "-o"])
            .arg(folder.join(""))
            .arg("tool")
            .env("CGO_ENABLED", "0")
            .current_dir(self.source());
        step(&mut build, NEEDS)
    }

    fn inputs(&self) -> Result<Vec<Vec<u8>>> {
        let read = |file: &str| {
            let path = self.source().join(file);
            fs::read(&path).with_context(|| format!("read `{}`", path.display()))
        };
        let mut inputs = vec![
            read("go.mod")?,
            read("go.sum")?,
            go_version()?,
            self.linker_flags.into(),
        ];
        if !self.tags.is_empty() {
            inputs.push(self.tags.into());
        }
        Ok(inputs)
    }

    fn source(&self) -> PathBuf {
        world_folder().join(self.name)
    }
}

fn go_version() -> Result<Vec<u8>> {
    let output = Command::new("go")
        .args(["env", "GOVERSION", "GOOS", "GOARCH"])
        .current_dir(world_folder().join("etcd"))
        .output()
        .with_context(|| format!("run `go env`; the test world needs {NEEDS}"))?;
    ensure!(
        output.status.success(),
        "`go env` ended with {}",
        output.status
    );
    Ok(output.stdout)
}
