//! Keycloak, from Maven's distribution, with the build done that makes its starts quick.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cache::{Entry, step};

pub(super) const NAME: &str = "keycloak";

const VERSION: &str = "26.4.7";
const NEEDS: &str = "Maven and Java 17 or newer";
/// Chosen once, at build: realms are gone with the process.
const BUILD: [&str; 2] = ["build", "--db=dev-mem"];

pub(super) fn install() -> Result<PathBuf> {
    let entry = Entry {
        name: NAME,
        inputs: vec![VERSION.into(), BUILD.concat().into(), java_version()?],
        files: &["lib/quarkus-run.jar"],
    };
    entry.or_make(fill)
}

fn fill(folder: &Path) -> Result<()> {
    let artifact = format!("org.keycloak:keycloak-quarkus-dist:{VERSION}:zip");
    let mut fetch = Command::new("mvn");
    fetch
        .args(["--quiet", "--batch-mode", "dependency:copy"])
        .arg(format!("-Dartifact={artifact}"))
        .arg(format!("-DoutputDirectory={}", folder.display()))
        // Without a project of its own, Maven would look for one around the folder it is run in.
        .current_dir(folder);
    step(&mut fetch, NEEDS)?;
    let archive = folder.join(format!("keycloak-quarkus-dist-{VERSION}.zip"));
    let mut unpack = Command::new("python3");
    unpack
        .args(["-m", "zipfile", "-e"])
        .args([&archive, &folder.to_owned()]);
    step(&mut unpack, "Python 3")?;
    std::fs::remove_file(&archive).context("remove the unpacked archive")?;
    let unpacked = folder.join(format!("keycloak-{VERSION}"));
    for entry in std::fs::read_dir(&unpacked).context("list the distribution")? {
        let path = entry.context("list the distribution")?.path();
        let name = path.file_name().unwrap_or_default();
        std::fs::rename(&path, folder.join(name)).context("move the distribution")?;
    }
    std::fs::remove_dir(&unpacked).context("remove an empty folder")?;
    let mut build = Command::new("sh");
    step(build.arg(folder.join("bin/kc.sh")).args(BUILD), NEEDS)
}

fn java_version() -> Result<Vec<u8>> {
    let output = Command::new("java")
        .arg("--version")
        .output()
        .with_context(|| format!("run `java --version`; the test world needs {NEEDS}"))?;
    ensure!(output.status.success(), "`java --version` failed");
    Ok(output.stdout)
}
