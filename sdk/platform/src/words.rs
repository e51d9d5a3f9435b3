//! Names in titles: of one object, and of several.

use bsq_sdk::prelude::*;

/// `namespace/name`, as titles write it; the name alone where there is no namespace.
#[must_use]
pub fn full_name<T>(item: &Item<T>) -> String {
    match item.namespace() {
        "" => item.name().to_owned(),
        namespace => format!("{namespace}/{}", item.name()),
    }
}

/// `keycloak, minio and 2 more`: so many names, and how many there are beyond.
pub fn some<S: AsRef<str>>(names: impl IntoIterator<Item = S>, most: usize) -> String {
    let mut names = names.into_iter();
    let shown: Vec<S> = names.by_ref().take(most).collect();
    let shown: Vec<&str> = shown.iter().map(AsRef::as_ref).collect();
    let shown = shown.join(", ");
    match names.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::some;

    #[test]
    fn beyond_the_most_a_number_stands_for_names() {
        assert_eq!(some(["a", "b"], 2), "a, b");
        assert_eq!(some(["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(some([""; 0], 2), "");
    }
}
