//! When two addresses are of one repository.

/// Whether both lead to one repository: by HTTPS or SSH, with or without `.git`, as Git servers take them.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

/// `host/path` in lower case.
fn normal(url: &str) -> String {
    let url = url.trim().trim_end_matches('/').to_lowercase();
    let url = url.strip_suffix(".git").unwrap_or(&url);
    match url.split_once("://") {
        Some((_, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let host = host.split_once(':').map_or(host, |(host, _)| host);
            format!("{host}{path}")
        }
        // `git@host:path`, as SSH writes it.
        None => match url.split_once(':') {
            Some((host, path)) => {
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                format!("{host}/{}", path.trim_start_matches('/'))
            }
            None => url.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn one_repository_has_many_addresses() {
        let one = "https://git.site.test/platform/manifests.git";
        for other in [
            "https://git.site.test/platform/manifests",
            "https://bot:secret@git.site.test/platform/manifests.git/",
            "git@git.site.test:platform/manifests.git",
            "ssh://git@git.site.test:2222/platform/Manifests.git",
        ] {
            assert!(is_same(one, other), "{other}");
        }
        assert!(!is_same(
            one,
            "https://git.site.test/platform/manifests-old.git"
        ));
        assert!(!is_same(
            one,
            "https://other.site.test/platform/manifests.git"
        ));
    }
}
