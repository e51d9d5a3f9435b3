//! The field mask of a kind, written when the check is compiled.
//!
//! Each type with `#[object(kind = "…")]` leaves lines `KIND<TAB>PATH\n` in the section `bsq:fields` of the core module;
//! packing copies them into the manifest, so that the mask has one source. A path has dots between names, passes through
//! lists, has `*` for any key, and `["a/b"]` for a key that is no plain name.

use crate::object::{Kind, Shape};

/// What [`Item`](crate::Item) reads of every object, beside the identity that each object has anyway.
pub const ALWAYS: &[&str] = &[
    "metadata.creationTimestamp",
    "metadata.deletionTimestamp",
    "metadata.ownerReferences.apiVersion",
    "metadata.ownerReferences.kind",
    "metadata.ownerReferences.name",
    "metadata.ownerReferences.uid",
    "metadata.ownerReferences.controller",
];

/// How long the section of a kind is. Used by the derive.
#[must_use]
pub const fn section_length<K: Kind>() -> usize {
    let mut counter = Writer::<0> { bytes: [], at: 0 };
    counter.kind(K::KIND, &K::SHAPE);
    counter.at
}

/// The section of a kind. Used by the derive.
#[must_use]
pub const fn section<K: Kind, const LENGTH: usize>() -> [u8; LENGTH] {
    let mut writer = Writer {
        bytes: [0; LENGTH],
        at: 0,
    };
    writer.kind(K::KIND, &K::SHAPE);
    writer.bytes
}

/// The field paths that a kind reads.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// #[derive(Object)]
/// #[object(kind = "v1/Service")]
/// struct Service { spec: Spec }
/// #[derive(Object)]
/// struct Spec { selector: std::collections::BTreeMap<String, String>, ports: Vec<Port> }
/// #[derive(Object)]
/// struct Port { port: u16 }
///
/// let paths = bsq_sdk::fields::paths::<Service>();
/// assert!(paths.contains(&"spec.selector.*".to_owned()));
/// assert!(paths.contains(&"spec.ports.port".to_owned()));
/// ```
#[must_use]
pub fn paths<K: Kind>() -> Vec<String> {
    let mut paths: Vec<String> = ALWAYS.iter().map(|path| (*path).to_owned()).collect();
    collect(&K::SHAPE, "", &mut paths);
    paths.sort();
    paths.dedup();
    paths
}

fn collect(shape: &Shape, prefix: &str, paths: &mut Vec<String>) {
    let below = |name: &str| match (prefix, is_plain(name)) {
        (_, false) => format!("{prefix}[\"{name}\"]"),
        ("", true) => name.to_owned(),
        (_, true) => format!("{prefix}.{name}"),
    };
    match shape {
        Shape::Leaf => paths.push(prefix.to_owned()),
        Shape::Map(value) => collect(value, &below("*"), paths),
        Shape::Struct(fields) => fields
            .iter()
            .for_each(|(name, field)| collect(field, &below(name), paths)),
    }
}

/// A name that needs no brackets.
const fn is_plain(name: &str) -> bool {
    let mut rest = name.as_bytes();
    while let [byte, after @ ..] = rest {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'*')) {
            return false;
        }
        rest = after;
    }
    true
}

/// The names above a field, innermost first: constants cannot allocate.
#[derive(Clone, Copy)]
struct Trail<'a> {
    name: &'static str,
    above: Option<&'a Trail<'a>>,
}

/// Counts with room for nothing, writes with room for all.
struct Writer<const LENGTH: usize> {
    bytes: [u8; LENGTH],
    at: usize,
}

impl<const LENGTH: usize> Writer<LENGTH> {
    const fn kind(&mut self, kind: &str, shape: &Shape) {
        let mut always = ALWAYS;
        while let [path, rest @ ..] = always {
            self.text(kind);
            self.text("\t");
            self.text(path);
            self.text("\n");
            always = rest;
        }
        self.shape(kind, shape, None);
    }

    const fn shape(&mut self, kind: &str, shape: &Shape, trail: Option<&Trail<'_>>) {
        match shape {
            Shape::Leaf => self.line(kind, trail),
            Shape::Map(value) => self.shape(
                kind,
                value,
                Some(&Trail {
                    name: "*",
                    above: trail,
                }),
            ),
            Shape::Struct(fields) => {
                let mut fields = *fields;
                while let [(name, field), rest @ ..] = fields {
                    self.shape(kind, field, Some(&Trail { name, above: trail }));
                    fields = rest;
                }
            }
        }
    }

    const fn line(&mut self, kind: &str, trail: Option<&Trail<'_>>) {
        if let Some(trail) = trail {
            self.text(kind);
            self.text("\t");
            self.path(trail);
            self.text("\n");
        }
    }

    const fn path(&mut self, trail: &Trail<'_>) {
        if let Some(above) = trail.above {
            self.path(above);
        }
        if !is_plain(trail.name) {
            self.text("[\"");
            self.text(trail.name);
            self.text("\"]");
            return;
        }
        if trail.above.is_some() {
            self.text(".");
        }
        self.text(trail.name);
    }

    const fn text(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            if self.at < LENGTH {
                self.put(*byte);
            }
            self.at += 1;
            rest = after;
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "guarded by the caller; `get_mut` is not const yet"
    )]
    const fn put(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::prelude::*;

    #[derive(Object)]
    #[object(kind = "batch/v1/Job")]
    #[allow(dead_code)]
    struct Job {
        metadata: Metadata,
        #[object(rename = "apiVersion")]
        version: String,
    }

    #[derive(Object)]
    #[allow(dead_code)]
    struct Metadata {
        annotations: Annotations,
        labels: std::collections::BTreeMap<String, String>,
    }

    #[derive(Object)]
    #[allow(dead_code)]
    struct Annotations {
        #[object(rename = "argocd.argoproj.io/hook")]
        hook: Option<String>,
    }

    #[test]
    fn section_and_paths_say_the_same() {
        const LENGTH: usize = super::section_length::<Job>();
        let section = super::section::<Job, LENGTH>();
        let text = std::str::from_utf8(&section).unwrap();
        let mut lines: Vec<_> = text
            .lines()
            .map(|line| line.strip_prefix("batch/v1/Job\t").unwrap())
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, super::paths::<Job>());
        assert!(lines.contains(&r#"metadata.annotations["argocd.argoproj.io/hook"]"#));
        assert!(lines.contains(&"metadata.labels.*"));
    }
}
