//! Servers of Debian: packages are fetched by name and unpacked, so that nothing is installed into the system.
//!
//! Debian replaces a version when it mends it, so the version is not part of the name: an entry is of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::{Entry, step};

const NEEDS: &str = "`apt-get` and `dpkg` of a Debian";

/// Packages that make a server, and the programs in them.
#[derive(Clone, Copy, Debug)]
pub struct Packages {
    name: &'static str,
    packages: &'static [&'static str],
    programs: &'static [&'static str],
}

pub(crate) const PROMETHEUS: Packages = Packages {
    name: "prometheus",
    packages: &["prometheus"],
    programs: &["usr/bin/prometheus", "usr/bin/promtool"],
};
/// With the two libraries that a system without Redis does not have.
pub(crate) const REDIS: Packages = Packages {
    name: "redis",
    packages: &["redis-server", "redis-tools", "libjemalloc2", "liblzf1"],
    programs: &["usr/bin/redis-server", "usr/lib"],
};

impl Packages {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The folder that the packages are unpacked in, as if it were `/`.
    pub(crate) fn unpack(&self) -> Result<PathBuf> {
        let release = fs::read("/etc/os-release").context("read which Debian this is")?;
        let entry = Entry {
            name: self.name,
            inputs: vec![self.packages.concat().into(), release],
            files: self.programs,
        };
        entry.or_make(|folder| self.fetch(folder))
    }

    fn fetch(&self, folder: &Path) -> Result<()> {
        if self.download(folder).is_err() {
            // A system whose lists are old, or were never read, knows no such package.
            step(Command::new("apt-get").args(["update", "-qq"]), NEEDS)?;
            self.download(folder)?;
        }
        for entry in fs::read_dir(folder).context("list the packages")? {
            let package = entry.context("list the packages")?.path();
            if package.extension().is_some_and(|kind| kind == "deb") {
                let mut unpack = Command::new("dpkg");
                step(unpack.arg("-x").arg(&package).arg(folder), NEEDS)?;
                fs::remove_file(&package).context("remove an unpacked package")?;
            }
        }
        Ok(())
    }

    fn download(&self, folder: &Path) -> Result<()> {
        let mut download = Command::new("apt-get");
        download
            .args(["download", "-qq"])
            .args(self.packages)
            .current_dir(folder);
        step(&mut download, NEEDS)
    }
}

/// Where the libraries of unpacked packages lie.
pub(crate) fn libraries(unpacked: &Path) -> Result<String> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(unpacked.join("usr/lib")).context("list the libraries")? {
        folders.push(
            entry
                .context("list the libraries")?
                .path()
                .display()
                .to_string(),
        );
    }
    Ok(folders.join(":"))
}
