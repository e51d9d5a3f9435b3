//! The real Troubleshoot against a world.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::World;
use super::kubectl::succeeded;
use crate::programs::TROUBLESHOOT;

/// Everything that it takes of a cluster unasked, and nothing of a node.
const SPEC: &str = "\
apiVersion: troubleshoot.sh/v1beta2
kind: SupportBundle
metadata: {name: platform}
spec:
  collectors:
  - clusterInfo: {}
  - clusterResources: {}
";

impl World {
    /// The archive that `support-bundle` makes of all namespaces, in a folder that exists.
    pub fn support_bundle(&self, folder: &Path) -> Result<PathBuf> {
        let spec = folder.join("spec.yaml");
        fs::write(&spec, SPEC).with_context(|| format!("write `{}`", spec.display()))?;
        let archive = folder.join("support-bundle.tar.gz");
        let arguments = ["--interactive=false", "--auto-update=false"];
        let output = Command::new(TROUBLESHOOT.build()?.join("troubleshoot"))
            .args(arguments)
            .arg("--kubeconfig")
            .arg(self.kubeconfig("admin")?)
            .arg("--output")
            .arg(&archive)
            .arg(&spec)
            // It keeps files of its own in its user's home.
            .env_clear()
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .output()
            .context("run support-bundle")?;
        succeeded(&output, "support-bundle", &arguments)?;
        Ok(archive)
    }
}
