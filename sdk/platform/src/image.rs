//! The parts of an image's reference: `registry/path/name:tag@digest`.

/// The host of the registry; Docker Hub where none is named.
#[must_use]
pub fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// The image without tag and digest.
#[must_use]
pub fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

/// The last part of the repository, by which a product is known.
#[must_use]
pub fn name(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{name, registry, repository};

    #[test]
    fn the_registry_is_the_host_of_the_image() {
        for (image, host) in [
            ("harbor.site.test/a/b:1", "harbor.site.test"),
            ("localhost:5000/a", "localhost:5000"),
            ("library/redis", "docker.io"),
            ("redis:7", "docker.io"),
        ] {
            assert_eq!(registry(image), host, "{image}");
        }
    }

    #[test]
    fn repository_and_name_have_neither_tag_nor_digest() {
        let image = "registry.site.test:5000/data/postgresql:16@sha256:ab";
        for (image, path, last) in [
            (
                image,
                "registry.site.test:5000/data/postgresql",
                "postgresql",
            ),
            ("localhost:5000/a", "localhost:5000/a", "a"),
            ("minio", "minio", "minio"),
        ] {
            assert_eq!((repository(image), name(image)), (path, last), "{image}");
        }
    }
}
