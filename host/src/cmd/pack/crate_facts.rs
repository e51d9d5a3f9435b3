//! What `Cargo.toml` says of a check's crate, the keys that it inherits from its workspace included.

use std::path::Path;

use semver::Version;
use toml::{Table, Value};

use crate::manifest::Manifest;
use crate::ui::Fault;

/// The standard metadata of a component, and the name of its file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CrateFacts {
    pub name: String,
    /// The name of the compiled module, without `.wasm`.
    pub library: String,
    pub version: Version,
    pub description: Option<String>,
    /// An SPDX expression.
    pub license: Option<String>,
    pub repository: Option<String>,
}

impl CrateFacts {
    /// Read `Cargo.toml` of a crate; `None` where there is none, as in a check that is written in another language.
    pub fn read(folder: &Path) -> Result<Option<Self>, Fault> {
        let path = folder.join("Cargo.toml");
        if !path.exists() {
            return Ok(None);
        }
        let manifest = table(&path)?;
        let workspace = folder
            .ancestors()
            .skip(1)
            .map(|folder| folder.join("Cargo.toml"));
        let inherited = workspace
            .filter(|path| path.is_file())
            .filter_map(|path| table(&path).ok())
            .find_map(|table| Some(table.get("workspace")?.get("package")?.clone()));
        let facts = Self::from_tables(&manifest, inherited.as_ref()).map_err(|what| {
            Fault::new("BSQ0221", format!("`{}` {what}", path.display()))
                .hint("give the crate a `name` and a `version` under `[package]`")
        })?;
        Ok(Some(facts))
    }

    /// There is no crate, and no component of another toolchain either.
    pub fn missing(folder: &Path) -> Fault {
        let cause = format!("`{}` holds no `Cargo.toml`", folder.display());
        let other = "a check in another language is packed with `--component FILE`; its `check.toml` has the version";
        Fault::new("BSQ0221", cause)
            .hint("name the folder of a check's crate, such as `checks/pod-triage`")
            .hint(other)
    }

    /// What a manifest says where there is no crate.
    pub fn of_manifest(manifest: &Manifest) -> Self {
        Self {
            name: manifest.id.clone(),
            library: manifest.id.clone(),
            version: manifest.version.clone(),
            description: Some(manifest.title.clone()),
            license: None,
            repository: None,
        }
    }

    fn from_tables(manifest: &Table, inherited: Option<&Value>) -> Result<Self, &'static str> {
        let package = manifest.get("package").ok_or("has no `[package]`")?;
        let text = |key: &str| -> Option<String> {
            let own = package.get(key)?;
            let is_inherited = own.get("workspace").and_then(Value::as_bool) == Some(true);
            let value = if is_inherited {
                inherited?.get(key)?
            } else {
                own
            };
            value.as_str().map(str::to_owned)
        };
        let name = text("name").ok_or("names no crate")?;
        let version = text("version").and_then(|version| version.parse().ok());
        let library = manifest
            .get("lib")
            .and_then(|lib| lib.get("name")?.as_str());
        Ok(Self {
            library: library.map_or_else(|| name.replace('-', "_"), str::to_owned),
            version: version.ok_or("has no version that can be read")?,
            description: text("description"),
            license: text("license"),
            repository: text("repository"),
            name,
        })
    }
}

fn table(path: &Path) -> Result<Table, Fault> {
    let text = super::read_text(path)?;
    text.parse().map_err(|error: toml::de::Error| {
        crate::settings::file::not_valid("BSQ0221", &path.display().to_string(), &text, &error)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn inherited_keys_are_those_of_the_workspace() {
        let manifest = "[package]\nname = 'pod-triage'\nversion = '1.2.3'\nlicense.workspace = true\nrepository.workspace = true";
        let workspace: Value =
            Value::Table("license = 'Apache-2.0'\nversion = '9.9.9'".parse().unwrap());
        let facts = CrateFacts::from_tables(&manifest.parse().unwrap(), Some(&workspace)).unwrap();
        assert_eq!(facts.library, "pod_triage");
        assert_eq!(facts.version, Version::new(1, 2, 3));
        assert_eq!(facts.license.as_deref(), Some("Apache-2.0"));
        assert_eq!(facts.repository, None);
    }

    #[test]
    fn a_crate_without_a_version_is_refused() {
        let manifest = "[package]\nname = 'pod-triage'\nversion.workspace = true"
            .parse()
            .unwrap();
        assert!(CrateFacts::from_tables(&manifest, None).is_err());
    }
}
