//! Grants as they lie in files: the operator's own, and the lock that was installed with the binary.
//!
//! Rows add up: all rows of one digest, from all files, are one grant. A row that names another id or version than the
//! component with its digest is an error, since whoever wrote it meant another component.

use std::path::Path;

use super::{
    Grant, GrantFile, HttpGrant, KubernetesGrant, LogsGrant, NetworkGrant, PodLogsGrant,
    TemplateGrant,
};
use crate::manifest::Manifest;
use crate::settings::Places;
use crate::settings::file::{not_valid, read_private};
use crate::ui::Fault;

/// A row has a kilobyte; a mebibyte is a thousand checks, and keeps a wrong `--grants` from being read into memory.
const MAX_BYTES: u64 = 1 << 20;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// The lock.
    Shipped,
    /// `--grants`, or the user's configuration folder.
    Own,
}

/// All rows that hold in this run.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    rows: Vec<(Origin, Grant)>,
}

impl Grants {
    /// Read the operator's file and the lock. `--grants` stands in place of the file in the configuration folder.
    pub fn load(places: &Places) -> Result<Self, Fault> {
        let mut grants = Self::default();
        let lock = places.locks.iter().find(|path| path.exists());
        if let Some(lock) = lock {
            grants.add(Origin::Shipped, lock, "the lock")?;
        }
        match (&places.named_grants, &places.user_grants) {
            (Some(named), _) => grants.add(Origin::Own, named, "the grants")?,
            (None, Some(own)) if own.exists() => grants.add(Origin::Own, own, "the grants")?,
            _ => {}
        }
        Ok(grants)
    }

    fn add(&mut self, origin: Origin, path: &Path, what: &str) -> Result<(), Fault> {
        let text = read_private(path, what, MAX_BYTES)?;
        let rows = parse(&text, &path.display().to_string())?;
        self.rows.extend(rows.into_iter().map(|row| (origin, row)));
        Ok(())
    }

    /// Rows of a digest, in the order of the files.
    pub fn rows_of<'a>(&'a self, digest: &'a str) -> impl Iterator<Item = &'a (Origin, Grant)> {
        let is_of = move |row: &&(Origin, Grant)| row.1.digest.as_deref() == Some(digest);
        self.rows.iter().filter(is_of)
    }

    /// Every row.
    pub fn rows(&self) -> &[(Origin, Grant)] {
        &self.rows
    }

    /// What is granted to a component: `None` without any row, an error where a row means another component.
    pub fn of(&self, digest: &str, manifest: &Manifest) -> Result<Option<Grant>, Fault> {
        let mut united: Option<Grant> = None;
        for (_, row) in self.rows_of(digest) {
            meant(row, manifest)?;
            united
                .get_or_insert_with(|| Grant::empty(digest, manifest))
                .add(row);
        }
        Ok(united)
    }

    /// Grant a digest everything that its manifest declares, for this run, but for POST and the facts of Secrets.
    pub fn grant_declared(&mut self, digest: &str, manifest: &Manifest) {
        self.rows.push((Origin::Own, declared(digest, manifest)));
    }
}

/// Read rows, each bound to a digest.
fn parse(text: &str, shown: &str) -> Result<Vec<Grant>, Fault> {
    let file: GrantFile =
        toml::from_str(text).map_err(|error| not_valid("BSQ0303", shown, text, &error))?;
    for (index, row) in file.rows.iter().enumerate() {
        let is_bound = row.digest.as_deref().is_some_and(is_digest);
        if !is_bound {
            let name = row
                .id
                .clone()
                .unwrap_or_else(|| format!("number {}", index + 1));
            return Err(Fault::new(
                "BSQ0304",
                format!(
                    "`{shown}`: the row of `{name}` is bound to no digest, so it grants nothing"
                ),
            )
            .hint(
                "write it with `bsq-host grants allow FILE`, which adds `digest = \"sha256:…\"`",
            ));
        }
    }
    Ok(file.rows)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// A row's id and version are for its reader; where they are wrong, it was written for something else.
fn meant(row: &Grant, manifest: &Manifest) -> Result<(), Fault> {
    let other = |what: &str, row: &str, own: &str| {
        Fault::new("BSQ0305", format!("the grant of `{}` names {what} `{row}`, and the component with its digest is `{own}`", manifest.id))
            .hint("review the component, then write its row anew with `bsq-host grants allow FILE`")
    };
    let version = manifest.version.to_string();
    match (&row.id, &row.version) {
        (Some(id), _) if *id != manifest.id => Err(other("id", id, &manifest.id)),
        (_, Some(named)) if *named != version => Err(other("version", named, &version)),
        _ => Ok(()),
    }
}

/// The row that grants everything that a manifest declares, but for POST and the facts of Secrets.
pub fn declared(digest: &str, manifest: &Manifest) -> Grant {
    let mut grant = whole(digest, manifest);
    grant
        .kubernetes
        .iter_mut()
        .for_each(|row| row.facts = false);
    grant
        .http
        .iter_mut()
        .for_each(|row| row.methods.retain(|method| method == "GET"));
    grant.http.retain(|row| !row.methods.is_empty());
    grant
}

/// The row that grants everything that a manifest declares.
pub fn whole(digest: &str, manifest: &Manifest) -> Grant {
    let mut grant = Grant::empty(digest, manifest);
    let kubernetes = manifest.kubernetes.iter();
    grant.kubernetes = kubernetes
        .map(|need| KubernetesGrant {
            facts: need.facts,
            ..super::kubernetes::entry_of(need)
        })
        .collect();
    let pod_logs = manifest.pod_logs.iter();
    grant.pod_logs = pod_logs
        .map(|need| PodLogsGrant {
            namespaces: need.namespaces.clone(),
        })
        .collect();
    let http = manifest.http.iter();
    grant.http = http
        .map(|need| HttpGrant {
            endpoint: need.endpoint.clone(),
            methods: need.methods.clone(),
            paths: need.paths.clone(),
        })
        .collect();
    let logs = manifest.logs.iter();
    grant.logs = logs
        .map(|need| LogsGrant {
            name: need.name.clone(),
            namespaces: vec!["*".to_owned()],
        })
        .collect();
    let template = |needs: &[crate::manifest::TemplateNeed]| -> Vec<TemplateGrant> {
        needs
            .iter()
            .map(|need| TemplateGrant {
                name: need.name.clone(),
            })
            .collect()
    };
    grant.metrics = template(&manifest.metrics);
    grant.traces = template(&manifest.traces);
    let network = manifest.network.iter();
    grant.network = network
        .map(|need| NetworkGrant {
            hosts: need.hosts.clone(),
        })
        .collect();
    grant
}

impl Grant {
    /// A row of a component that allows nothing yet.
    pub fn empty(digest: &str, manifest: &Manifest) -> Self {
        Self {
            digest: Some(digest.to_owned()),
            id: Some(manifest.id.clone()),
            version: Some(manifest.version.to_string()),
            ..Self::default()
        }
    }

    fn add(&mut self, row: &Self) {
        self.kubernetes.extend_from_slice(&row.kubernetes);
        self.pod_logs.extend_from_slice(&row.pod_logs);
        self.http.extend_from_slice(&row.http);
        self.logs.extend_from_slice(&row.logs);
        self.metrics.extend_from_slice(&row.metrics);
        self.traces.extend_from_slice(&row.traces);
        self.network.extend_from_slice(&row.network);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn manifest() -> Manifest {
        let needs = "kubernetes = [{ why = 'w', kind = 'v1/Secret', verbs = ['list'], fields = ['metadata'], facts = true }]\n\
                     http = [{ why = 'w', endpoint = 'coreai', methods = ['GET', 'POST'], paths = ['/models'] }]";
        toml::from_str(&format!(
            "id = 'a'\nversion = '1.0.0'\ntitle = 't'\n{needs}"
        ))
        .unwrap()
    }

    fn write(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn places(named: Option<PathBuf>, user: Option<PathBuf>, locks: Vec<PathBuf>) -> Places {
        let environment = crate::settings::Environment::default();
        Places {
            named_grants: named,
            user_grants: user,
            locks,
            ..Places::new(
                &crate::cli::Global::default(),
                &crate::cli::GrantArgs::default(),
                &environment,
            )
        }
    }

    fn row(rest: &str) -> String {
        format!("[[check]]\ndigest = '{DIGEST}'\n{rest}\n")
    }

    #[test]
    fn rows_of_all_files_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let lock = write(
            folder.path(),
            "checks.lock",
            &row("id = 'a'\npod-logs = [{ namespaces = ['a'] }]"),
            0o644,
        );
        let own = write(
            folder.path(),
            "grants.toml",
            &row("pod-logs = [{ namespaces = ['b'] }]"),
            0o600,
        );
        let places = places(None, Some(own), vec!["/no".into(), lock]);
        let grants = Grants::load(&places).unwrap();
        assert_eq!(
            grants
                .of(DIGEST, &manifest())
                .unwrap()
                .unwrap()
                .pod_logs
                .len(),
            2
        );
        assert_eq!(grants.of("sha256:b", &manifest()).unwrap(), None);
    }

    #[test]
    fn a_file_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o620, 0o602, 0o666] {
            let own = write(folder.path(), "grants.toml", &row(""), mode);
            let places = places(Some(own), None, Vec::new());
            let fault = Grants::load(&places).unwrap_err();
            assert!(fault.cause.contains("others may write"), "{fault:?}");
        }
    }

    #[test]
    fn a_named_file_has_to_be_there_and_others_not() {
        let gone = PathBuf::from("/no/grants.toml");
        let own = places(None, Some(gone.clone()), Vec::new());
        assert!(Grants::load(&own).unwrap().rows().is_empty());
        let named = places(Some(gone), None, Vec::new());
        assert!(Grants::load(&named).is_err());
    }

    #[test]
    fn a_broken_row_is_said_with_its_line_or_name() {
        let said = |text: &str| {
            let fault = parse(text, "grants.toml").unwrap_err();
            (fault.sentence(), fault.hints.join(" "))
        };
        let (cause, hint) = said("[[check]]\ndigst = 'x'");
        assert!(
            cause.contains("line 2") && hint.contains("`digest`"),
            "{cause} {hint}"
        );
        assert!(said("[[check]]\nid = 'a'").0.contains("bound to no digest"));
        assert!(
            said("[[check]]\ndigest = 'sha256:1'")
                .0
                .contains("bound to no digest")
        );
    }

    #[test]
    fn a_row_that_was_written_for_another_component_is_refused() {
        for rest in ["id = 'b'", "version = '2.0.0'"] {
            let grants = Grants {
                rows: parse(&row(rest), "x")
                    .unwrap()
                    .into_iter()
                    .map(|row| (Origin::Own, row))
                    .collect(),
            };
            assert_eq!(grants.of(DIGEST, &manifest()).unwrap_err().code, "BSQ0305");
        }
    }

    #[test]
    fn what_is_declared_is_granted_without_post_and_without_facts() {
        let grant = declared(DIGEST, &manifest());
        assert_eq!(grant.http[0].methods, ["GET"]);
        assert!(!grant.kubernetes[0].facts);
        assert!(super::super::excess(&manifest(), &grant).is_empty());
    }
}
