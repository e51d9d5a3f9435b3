//! Names of entries, as an archive or a folder says them, made one plain form: `a/b/c`, below the bundle, or refused.

use super::fault::Refused;
use super::limits::Limits;

/// The plain form of a name; empty for the bundle's own root.
pub(super) fn plain(raw: &[u8], limits: &Limits) -> Result<String, Refused> {
    let shown = || shown(raw);
    if raw.len() > limits.name {
        return Err(Refused::LongName(shown(), limits.name));
    }
    let text = std::str::from_utf8(raw).map_err(|_| Refused::NotText(shown()))?;
    if text.starts_with('/') || text.contains('\0') {
        return Err(Refused::LeadsOut(shown()));
    }
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(Refused::LeadsOut(shown())),
            part => parts.push(part),
        }
    }
    if parts.len() > limits.depth {
        return Err(Refused::Depth(limits.depth));
    }
    Ok(parts.join("/"))
}

/// What a desktop or an editor left beside the files: `.DS_Store`, `._pods.json`, `.git/…`.
pub(super) fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}

/// A name for an error: what of it is text, not too long.
fn shown(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    text.chars().take(100).collect()
}

/// The folder that all names lie in, with its `/`; empty where there is none. Archives have one, made by whoever packed
/// them, and it says nothing.
pub(super) fn common_root<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let Some(first) = names.next() else {
        return String::new();
    };
    let folders = first.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut root: Vec<&str> = folders.split('/').filter(|part| !part.is_empty()).collect();
    for name in names {
        let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
        let same = root.iter().zip(folders.split('/'));
        root.truncate(same.take_while(|(one, other)| *one == other).count());
    }
    root.iter().map(|part| format!("{part}/")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a/b.json", "a/b.json")]
    #[case("./a//b/./c/", "a/b/c")]
    #[case("./", "")]
    #[case("a..b/..c", "a..b/..c")]
    #[case("C:\\x", "C:\\x")]
    fn a_name_below_the_bundle_is_taken(#[case] raw: &str, #[case] expected: &str) {
        assert_eq!(plain(raw.as_bytes(), &Limits::default()).unwrap(), expected);
    }

    #[rstest]
    #[case(b"/etc/passwd")]
    #[case(b"../a")]
    #[case(b"a/../../b")]
    #[case(b"a/..")]
    #[case(b"a\0b")]
    #[case(b"a\xff")]
    fn a_name_that_leads_elsewhere_is_refused(#[case] raw: &[u8]) {
        assert!(plain(raw, &Limits::default()).is_err());
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let limits = Limits::default();
        let long = "a".repeat(limits.name + 1);
        let deep = "a/".repeat(limits.depth + 1);
        assert!(matches!(
            plain(long.as_bytes(), &limits),
            Err(Refused::LongName(..))
        ));
        assert!(matches!(
            plain(deep.as_bytes(), &limits),
            Err(Refused::Depth(_))
        ));
    }

    #[test]
    fn what_a_desktop_left_is_hidden() {
        assert!(is_hidden("data/._pods.json") && is_hidden(".git/x.yaml"));
        assert!(!is_hidden("data/pods.json"));
    }

    #[rstest]
    #[case(&["b/x", "b/c/y"], "b/")]
    #[case(&["b/c/x", "b/c/y"], "b/c/")]
    #[case(&["b/x", "y"], "")]
    #[case(&["ab/x", "a/x"], "")]
    #[case(&[], "")]
    fn the_folder_around_all_is_found(#[case] names: &[&str], #[case] expected: &str) {
        assert_eq!(common_root(names.iter().copied()), expected);
    }
}
