//! What is written is nothing that is read: an incident that is overwritten is lost.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::capability::record::unfinished;
use crate::settings::{Input, Settings, Target};
use crate::ui::Fault;

/// A file, and the flag or argument that names it.
pub(super) type Named<'a> = (&'a str, &'a Path);

/// Refuse to write a file twice, or over one that is read.
pub(super) fn check(written: &[Named<'_>], read: &[Named<'_>]) -> Result<(), Fault> {
    for (index, (flag, path)) in written.iter().enumerate() {
        let mut others = written.iter().skip(index + 1).chain(read);
        if let Some((other, _)) = others.find(|(_, other)| is_same(path, other)) {
            return Err(Fault::new(
                "BSQ0151",
                format!("`{flag} {}` is the file of `{other}` too", path.display()),
            )
            .hint("name another file: what is there would be lost"));
        }
    }
    Ok(())
}

/// The same for the files of a run.
pub(super) fn check_run(settings: &Settings, baseline: Option<&Path>) -> Result<(), Fault> {
    let outputs = settings
        .outputs
        .iter()
        .filter_map(|output| match &output.target {
            Target::File(path) => Some(("-o", path.as_path())),
            Target::Stdout => None,
        });
    let recording = match &settings.input {
        Input::Live {
            record: Some(path), ..
        } => Some(path.as_path()),
        _ => None,
    };
    let part = recording.map(unfinished);
    let key = settings.pseudonyms.as_deref().map(|path| ("--key", path));
    let written: Vec<Named<'_>> = outputs
        .chain(recording.map(|path| ("--record", path)))
        .chain(part.as_deref().map(|path| ("--record", path)))
        .chain(key)
        .collect();
    let input = match &settings.input {
        Input::Replay(path) => Some(("--replay", path.as_path())),
        Input::Bundle(path) => Some(("--bundle", path.as_path())),
        Input::Live { .. } => None,
    };
    let also = settings.also.iter().map(|name| ("--also", Path::new(name)));
    let read: Vec<Named<'_>> = also
        .chain(input)
        .chain(baseline.map(|path| ("--baseline", path)))
        .chain(settings.ignore.as_deref().map(|path| ("--ignore", path)))
        .chain(
            settings
                .user_token
                .as_deref()
                .map(|path| ("--user-token-file", path)),
        )
        .collect();
    check(&written, &read)
}

/// Whether both names lead to one file, or would.
fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => {
            one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino())
        }
        (Err(_), Err(_)) => match (std::path::absolute(one), std::path::absolute(other)) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_use_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "a").unwrap();
        fs::write(at("b"), "b").unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("a"), at("soft")).unwrap();
        let is_refused = |written: &str, read: &str| {
            check(&[("--to", &at(written))], &[("FILE", &at(read))]).is_err()
        };
        for same in ["a", "hard", "soft", "./a"] {
            assert!(is_refused(same, "a"), "{same}");
        }
        assert!(is_refused("new", "new"));
        assert!(!is_refused("a", "b") && !is_refused("new", "a"));
        assert!(check(&[("-o", &at("new")), ("--key", &at("new"))], &[]).is_err());
        let null = Path::new("/dev/null");
        assert!(check(&[("-o", null)], &[("--baseline", null)]).is_ok());
    }
}
