//! A Git repository that Argo CD reads from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The one commit of each repository is of this moment, so that its hash depends on nothing but its files.
const MOMENT: &str = "2026-01-05T08:00:00Z";

/// A bare repository with one commit on `main`.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Makes one in `folder` of the files under `files`.
    pub fn of(files: &Path, folder: &Path) -> Result<Self> {
        let git = |arguments: &[&str]| {
            let output = Command::new("git")
                .arg("--git-dir")
                .arg(folder)
                .arg("--work-tree")
                .arg(files)
                .args(["-c", "core.bare=false", "-c", "commit.gpgsign=false"])
                .args(arguments)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_AUTHOR_DATE", MOMENT)
                .env("GIT_COMMITTER_DATE", MOMENT)
                .envs([("GIT_AUTHOR_NAME", "site"), ("GIT_COMMITTER_NAME", "site")])
                .envs([
                    ("GIT_AUTHOR_EMAIL", "s@site.test"),
                    ("GIT_COMMITTER_EMAIL", "s@site.test"),
                ])
                .output()
                .context("run git")?;
            ensure!(
                output.status.success(),
                "`git {}` ended with {}: {}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
            Ok(())
        };
        git(&["init", "--quiet", "--initial-branch=main"])?;
        git(&["add", "--all", "."])?;
        git(&["commit", "--quiet", "--message=the platform's manifests"])?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// What an Application names as its `repoURL`.
    pub fn url(&self) -> String {
        format!("file://{}", self.folder.display())
    }
}
