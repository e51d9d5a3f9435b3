//! Where configuration and grants are looked up. Never in the working directory: a checkout there could pair its own
//! addresses with this user's token.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Environment, file};
use crate::cli::{Global, GrantArgs};

/// The files that a run may read besides components and kubeconfig.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Where `bsq.toml` is looked for.
    pub config: file::Places,
    /// `--grants`: must exist.
    pub named_grants: Option<PathBuf>,
    /// `grants.toml` of the user's configuration folder, which counts where no other is named, and need not exist.
    pub user_grants: Option<PathBuf>,
    /// Where the lock may lie, the first that exists: `share/bsq-host/checks.lock` under the program's prefix, or beside
    /// the program.
    pub locks: Vec<PathBuf>,
    /// Findings to live with: `ignore.toml` of the user's configuration folder, which need not exist.
    pub ignores: Option<PathBuf>,
    /// The installed checks: a folder under the program's prefix.
    pub installed: Option<PathBuf>,
    /// Compiled code.
    pub cache: Option<PathBuf>,
}

impl Places {
    /// From flags first, then variables, then the user's folders.
    pub fn new(global: &Global, grant: &GrantArgs, environment: &Environment) -> Self {
        let variable = |name| environment.variable(name).map(OsString::from);
        let config = file::Places {
            flag: global.config.clone(),
            variable: variable("BSQ_CONFIG"),
            config_home: variable("XDG_CONFIG_HOME"),
            home: variable("HOME"),
        };
        let beside = environment
            .executable
            .as_ref()
            .and_then(|path| path.parent());
        let share = beside
            .and_then(|folder| folder.parent())
            .map(|prefix| prefix.join("share/bsq-host"));
        let locks = [share.clone(), beside.map(PathBuf::from)];
        Self {
            named_grants: grant.grants.clone(),
            ignores: config.folder().map(|folder| folder.join("ignore.toml")),
            user_grants: config.folder().map(|folder| folder.join("grants.toml")),
            config,
            locks: locks
                .into_iter()
                .flatten()
                .map(|folder| folder.join("checks.lock"))
                .collect(),
            installed: share.map(|share| share.join("checks")),
            cache: environment.cache_folder(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_and_cache_lie_in_the_users_folders() {
        let environment = Environment::of([("HOME", "/home/jane"), ("XDG_CACHE_HOME", "cache")], 1);
        let places = Places::new(&Global::default(), &GrantArgs::default(), &environment);
        assert_eq!(
            places.user_grants,
            Some("/home/jane/.config/bsq-host/grants.toml".into())
        );
        // A relative folder would be the working directory by another name.
        assert_eq!(places.cache, Some("/home/jane/.cache/bsq-host/code".into()));
    }

    #[test]
    fn the_lock_lies_under_the_prefix_or_beside_the_program() {
        let mut environment = Environment::of([], 1);
        environment.executable = Some("/opt/bsq/bin/bsq-host".into());
        let places = Places::new(&Global::default(), &GrantArgs::default(), &environment);
        assert_eq!(
            places.locks,
            [
                PathBuf::from("/opt/bsq/share/bsq-host/checks.lock"),
                PathBuf::from("/opt/bsq/bin/checks.lock")
            ]
        );
    }
}
