//! A folder of one test's own: components, configuration and cache, and calls of the host that know no other.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bsq_tests::hostile;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::host::Host;

/// The folder. Gone when dropped.
pub(crate) struct Lab {
    folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The site's facts, where the host looks for them.
    pub(crate) fn config(&self, toml: &str) -> PathBuf {
        self.file(".config/bsq-host/bsq.toml", toml)
    }

    /// What the operator grants, where the host looks for it.
    pub(crate) fn grants(&self, toml: &str) -> PathBuf {
        self.file(".config/bsq-host/grants.toml", toml)
    }

    /// The component of `tests/hostile/NAME.wat`, with the manifest of an honest one.
    pub(crate) fn hostile(&self, name: &str) -> PathBuf {
        self.component(name, &hostile::manifest(name))
    }

    /// The component of `tests/hostile/NAME.wat` with this manifest.
    pub(crate) fn component(&self, name: &str, manifest: &Value) -> PathBuf {
        let id = manifest["id"].as_str().unwrap();
        self.file(
            &format!("{id}.wasm"),
            hostile::component(name, manifest).unwrap(),
        )
    }

    /// A component that lists `kind` with these fields and repeats what it got as its summary.
    pub(crate) fn echo(&self, id: &str, kind: &str, fields: &[&str]) -> PathBuf {
        self.reader("echo", id, kind, fields)
    }

    /// A component that lists all of `kind`, page by page, and says how many there are.
    pub(crate) fn count(&self, id: &str, kind: &str) -> PathBuf {
        self.reader("count", id, kind, &["metadata.labels.*"])
    }

    fn reader(&self, name: &str, id: &str, kind: &str, fields: &[&str]) -> PathBuf {
        let needs = json!([{"why": "say what is there", "kind": kind, "verbs": ["list"], "fields": fields}]);
        let manifest = with(id, json!({"kubernetes": needs}));
        self.file(
            &format!("{id}.wasm"),
            hostile::of_kind(name, kind, &manifest).unwrap(),
        )
    }

    pub(crate) fn host(&self) -> Host {
        Host::at(self.path())
    }

    /// `run -o json` of these components against a cluster, each granted what it declares.
    pub(crate) fn run(&self, kubeconfig: &Path, components: &[PathBuf]) -> Host {
        let host = self
            .host()
            .args(["run", "-o", "json", "--kubeconfig"])
            .arg(kubeconfig);
        grant_declared(host, components)
    }

    /// The same on a recording.
    pub(crate) fn replay(&self, recording: &Path, components: &[PathBuf]) -> Host {
        let host = self
            .host()
            .args(["run", "-o", "json", "--replay"])
            .arg(recording);
        grant_declared(host, components)
    }
}

/// Components with the grant of all that they declare.
pub(crate) fn grant_declared(host: Host, components: &[PathBuf]) -> Host {
    components
        .iter()
        .fold(host, |host, component| {
            host.arg("--grant-declared").arg(component)
        })
        .args(components)
}

/// The honest manifest with other parts.
pub(crate) fn with(id: &str, parts: Value) -> Value {
    let mut manifest = hostile::manifest(id);
    for (name, part) in parts.as_object().unwrap() {
        manifest[name] = part.clone();
    }
    manifest
}

/// The digest of a file, as grants name it.
pub(crate) fn digest(path: &Path) -> String {
    let hash = Sha256::digest(fs::read(path).unwrap());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
