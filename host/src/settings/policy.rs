//! The policy of this host: what its owner forbids everyone who runs the program here.
//!
//! The file's place is part of the program, so no variable and no flag leads around it; a build may name another. Where it
//! is not there, nothing is forbidden. Where it is there and says nothing of a thing, that thing is forbidden: who writes
//! a policy wants it to hold. One that cannot be read forbids too.

use std::path::Path;

use serde::Deserialize;

use super::file::{not_valid, read_private};
use crate::ui::Fault;

/// Where the policy lies.
const FILE: &str = match option_env!("BSQ_POLICY_FILE") {
    Some(file) => file,
    None => "/etc/bsq-host/policy.toml",
};

/// A few lines.
const MAX_BYTES: u64 = 64 << 10;

/// What the owner of a host allows.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Policy {
    no_redact: Permission,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Permission {
    Allow,
    #[default]
    Forbid,
}

impl Policy {
    /// That of this host.
    pub fn of_host() -> Result<Self, Fault> {
        Self::load(Path::new(FILE))
    }

    fn load(path: &Path) -> Result<Self, Fault> {
        let is_there = path.try_exists().map_err(|error| {
            Fault::new(
                "BSQ0126",
                format!("cannot tell whether there is a policy `{}`", path.display()),
            )
            .because(error)
            .hint("leave out `--no-redact`")
        })?;
        if !is_there {
            let no_redact = Permission::Allow;
            return Ok(Self { no_redact });
        }
        let text = read_private(path, "policy file", MAX_BYTES)?;
        let shown = path.display().to_string();
        toml::from_str(&text).map_err(|error| not_valid("BSQ0126", &shown, &text, &error))
    }

    /// Refuse `--no-redact` where it is forbidden.
    pub fn permit_no_redact(self) -> Result<(), Fault> {
        match self.no_redact {
            Permission::Allow => Ok(()),
            Permission::Forbid => Err(Fault::new(
                "BSQ0126",
                format!("the policy `{FILE}` of this host forbids `--no-redact`"),
            )
            .hint("leave out `--no-redact`")
            .hint(format!(
                "ask who keeps `{FILE}` to write `no-redact = \"allow\"`"
            ))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn permitted(text: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        Policy::load(&path)
            .and_then(Policy::permit_no_redact)
            .is_ok()
    }

    #[test]
    fn a_policy_forbids_what_it_does_not_allow() {
        assert!(permitted("no-redact = \"allow\""));
        for text in [
            "",
            "no-redact = \"forbid\"",
            "no-redact = true",
            "no-redakt = \"allow\"",
            "[",
        ] {
            assert!(!permitted(text), "{text}");
        }
    }

    #[test]
    fn without_a_policy_nothing_is_forbidden_and_one_that_cannot_be_read_forbids() {
        let folder = tempfile::tempdir().unwrap();
        let none = folder.path().join("policy.toml");
        assert!(Policy::load(&none).unwrap().permit_no_redact().is_ok());
        assert!(Policy::load(folder.path()).is_err());
        let open = folder.path().join("open.toml");
        std::fs::write(&open, "no-redact = \"allow\"").unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(Policy::load(&open).is_err());
    }
}
