//! The real kubectl against a world: applying manifests, and whatever a test wants to compare with.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

use super::World;

const APPLY: [&str; 4] = ["apply", "--server-side", "--force-conflicts", "-f"];

impl World {
    /// Applies manifests (YAML, several documents) as `admin`.
    pub fn apply(&self, manifests: &str) -> Result<()> {
        self.pipe(&[&APPLY[..], &["-"]].concat(), manifests)
    }

    /// Applies manifests that carry a status, of kinds whose controller is not in this world.
    ///
    /// The objects must exist; kinds without a status subresource, such as Applications, take it by
    /// [`apply`](Self::apply).
    pub fn apply_status(&self, manifests: &str) -> Result<()> {
        self.pipe(
            &[&APPLY[..], &["-", "--subresource=status"]].concat(),
            manifests,
        )
    }

    /// Applies a manifest file, or all of a folder and the folders in it.
    pub fn apply_path(&self, path: &Path) -> Result<()> {
        let path = path.display().to_string();
        self.kubectl("admin", &[&APPLY[..], &[&path, "--recursive"]].concat())
            .map(drop)
    }

    /// Runs kubectl as a user and returns its standard output; an error says what it wrote to standard error.
    pub fn kubectl(&self, user: &str, arguments: &[&str]) -> Result<String> {
        let output = self
            .kubectl_command(self.kubeconfig(user)?)
            .args(arguments)
            .output()
            .context("run kubectl")?;
        succeeded(&output, "kubectl", arguments)?;
        String::from_utf8(output.stdout).context("read what kubectl printed")
    }

    /// A kubectl command line to be completed, for any kubeconfig file that leads to this world.
    pub fn kubectl_command(&self, kubeconfig: &Path) -> Command {
        let mut command = Command::new(self.plane.kubectl());
        // Without a folder of its own for what it discovers, kubectl would write to the home of whoever runs the tests.
        command
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--cache-dir")
            .arg(kubeconfig.with_extension("cache"))
            .stdin(Stdio::null());
        command
    }

    /// Runs kubectl as `admin` with `input` on its standard input.
    pub(super) fn pipe(&self, arguments: &[&str], input: &str) -> Result<()> {
        let mut child = self
            .kubectl_command(self.kubeconfig("admin")?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("start kubectl")?;
        // kubectl reads all of its input before it prints anything, so writing first cannot block for ever.
        child
            .stdin
            .take()
            .context("kubectl has no standard input")?
            .write_all(input.as_bytes())
            .context("feed kubectl")?;
        let output = child.wait_with_output().context("wait for kubectl")?;
        succeeded(&output, "kubectl", arguments)
    }
}

/// An error of a program that failed says what it wrote to standard error.
pub(super) fn succeeded(output: &Output, program: &str, arguments: &[&str]) -> Result<()> {
    ensure!(
        output.status.success(),
        "`{program} {}` ended with {}: {}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
