//! Objects that say themselves what they are: manifests, and what `kubectl get` prints.
//!
//! No file says that it holds all objects of a kind, so no list of them is ever whole.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Found, Taking};
use super::source::Files;
use super::text;
use crate::capability::{ErrorCode, ReadError, Resource};

/// The objects of a folder, by version and kind.
#[derive(Debug, Default)]
pub(super) struct Plain {
    objects: BTreeMap<(String, String), Vec<Object>>,
    /// What lists of a kind say that they lack, by the same. A list of no kind says it of nothing.
    lacks: BTreeMap<(String, String), Vec<ReadError>>,
    /// Files that could not be read, and might hold anything.
    broken: Vec<ReadError>,
}

#[derive(Debug)]
struct Object {
    file: String,
    json: Box<str>,
}

impl Plain {
    /// Read the files with these names. Blocks.
    pub(super) fn read(files: &Files, names: &[String]) -> Self {
        let mut plain = Self::default();
        let mut bytes = 0_u64;
        for name in names {
            let text = match files.read(name) {
                Ok(text) => text,
                Err(error) => {
                    plain.broken.push(error);
                    continue;
                }
            };
            bytes += text.len() as u64;
            if bytes > files.most_kept() {
                let message = format!(
                    "the bundle's manifests come to more than {} MiB",
                    files.most_kept() >> 20
                );
                plain
                    .broken
                    .push(ReadError::new(ErrorCode::TooLarge, message));
                break;
            }
            if let Err(error) = plain.take(name, &text) {
                plain.broken.push(error);
            }
        }
        plain
    }

    fn take(&mut self, name: &str, text: &[u8]) -> Result<(), ReadError> {
        let seen = text::each(name, text, |item| {
            // Anything else that is written in JSON or YAML, such as the values of a chart.
            if let (Some(version), Some(kind)) = (&item.head.api_version, &item.head.kind) {
                let objects = self.objects.entry((version.clone(), kind.clone()));
                objects.or_default().push(Object {
                    file: name.to_owned(),
                    json: item.json.into(),
                });
            }
        })?;
        for (of, why) in seen.lacks {
            if let (Some(version), Some(kind)) = (of.api_version, of.kind) {
                self.lacks.entry((version, kind)).or_default().push(why);
            }
        }
        Ok(())
    }

    /// Whether no file gave anything.
    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.lacks.is_empty() && self.broken.is_empty()
    }

    /// The texts of all objects.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.objects.values().flatten().map(|object| &*object.json)
    }

    /// Add the objects of a kind that are not there yet.
    pub(super) fn add(&self, resource: &Resource, taking: &Taking<'_>, found: &mut Found) {
        let key = (resource.kind.api_version(), resource.kind.kind.clone());
        let mut known: BTreeSet<(Option<String>, String)> = found
            .rows
            .iter()
            .map(|row| {
                (
                    row.namespace.as_deref().map(str::to_owned),
                    (*row.name).to_owned(),
                )
            })
            .collect();
        let mut texts = BTreeMap::new();
        for object in self.objects.get(&key).into_iter().flatten() {
            let mut one = Found::default();
            taking.object(&object.json, &mut one);
            if one.invalid > 0 {
                found.missing.push(unplaced(resource, &object.file));
            }
            for row in one.rows {
                let place = (
                    row.namespace.as_deref().map(str::to_owned),
                    (*row.name).to_owned(),
                );
                if known.insert(place.clone()) {
                    texts.insert(place, object);
                    found.rows.push(row);
                } else if let Some(before) = texts.get(&place)
                    && before.json != object.json
                {
                    found
                        .missing
                        .push(twice(resource, &row.name, before, object));
                }
            }
        }
        let lacks = self.lacks.get(&key).into_iter().flatten();
        found.missing.extend(lacks.chain(&self.broken).cloned());
    }
}

/// A manifest says no namespace where the one it is applied to was meant.
fn unplaced(resource: &Resource, file: &str) -> ReadError {
    let kind = &resource.kind.kind;
    let lacks = if resource.namespaced {
        "a name and a namespace"
    } else {
        "a name"
    };
    let message = format!("a {kind} in the bundle's `{file}` lacks {lacks}");
    ReadError::new(ErrorCode::Invalid, message)
}

fn twice(resource: &Resource, name: &str, one: &Object, other: &Object) -> ReadError {
    let message = format!(
        "{} {name} stands in the bundle's `{}` and `{}`, and they differ",
        resource.kind.kind, one.file, other.file
    );
    ReadError::new(ErrorCode::Invalid, message)
}
