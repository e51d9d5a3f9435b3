//! Keeps of an object what a mask names, while the object's JSON is being parsed.
//!
//! Nothing is built for the parts that are dropped, and no tree for those that are kept: they go straight to compact
//! JSON. The same code prunes what comes from the server to a run's union mask, and a kept row to one check's mask.
//!
//! Beside the mask, these hold for every object:
//! - identity is kept, with `apiVersion` and `kind` of the request, since a list's items carry neither;
//! - `kubectl.kubernetes.io/last-applied-configuration` is dropped at any depth;
//! - of a Secret only metadata passes, and its [facts](secret) where they are granted;
//! - beside a `name` that sounds secret, a `value` is replaced.
//!
//! ```text
//! frames ─► list::ListReader ─ one item's text ─► Pruner ─► Row
//! ```

mod list;
mod node;
mod secret;

pub use list::{ListFault, ListReader};

use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::node::{Metadata, Node, State};
use self::secret::Facts;
use super::{Mask, Resource, Row};

/// The largest object that is read, in bytes. It bounds what one item of a list may take before it is parsed. The API
/// server takes 3 MiB in a request and etcd 1.5 MiB; aggregated servers have their own limits.
pub const MAX_OBJECT_BYTES: usize = 8 << 20;

/// Identity only.
static EMPTY: Mask = Mask::Fields(std::collections::BTreeMap::new());

/// What is kept of the objects of one kind.
#[derive(Clone, Debug)]
pub struct Pruner {
    mask: Mask,
    namespaced: bool,
    /// `Some` for Secrets: whether their facts are wanted.
    secret: Option<bool>,
    /// The text with which each object begins.
    head: String,
}

/// Why a text gave no row.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// JSON, but no object of a Kubernetes API with a name: it is left out and counted.
    #[error("it is no object with a name")]
    NotAnObject,
    /// Deeper than any honest object: it is left out and counted.
    #[error("it is nested too deeply")]
    TooDeep,
    /// No JSON, so what follows it cannot be trusted either.
    #[error("it is not JSON")]
    Json(#[source] serde_json::Error),
}

impl Pruner {
    /// Keep of the resource's objects what the mask names; of a Secret, its facts if they are wanted.
    pub fn new(resource: &Resource, mask: &Mask, facts: bool) -> Self {
        let kind = &resource.kind;
        let is_secret = kind.group.is_empty() && kind.kind == "Secret";
        Self {
            mask: if is_secret {
                metadata_of(mask)
            } else {
                mask.clone()
            },
            namespaced: resource.namespaced,
            secret: is_secret.then_some(facts),
            head: format!(
                "{{\"apiVersion\":{},\"kind\":{}",
                quoted(&kind.api_version()),
                quoted(&kind.kind)
            ),
        }
    }

    /// The server may leave out all but metadata: nothing else would be kept.
    pub fn is_metadata_only(&self) -> bool {
        self.mask.is_metadata_only() && self.secret != Some(true)
    }

    /// Prune one object's text to a row.
    pub fn row(&self, text: &[u8]) -> Result<Row, Unfit> {
        let (json, namespace, name) = self.walk(text)?;
        Ok(Row {
            namespace: namespace.map(Arc::from),
            name: Arc::from(name),
            json: RawValue::from_string(json).map_err(Unfit::Json)?,
        })
    }

    /// Prune one object's text to text.
    pub fn text(&self, text: &str) -> Result<String, Unfit> {
        self.walk(text.as_bytes()).map(|(json, _, _)| json)
    }

    /// The pruned text, the namespace and the name.
    fn walk(&self, text: &[u8]) -> Result<(String, Option<String>, String), Unfit> {
        let mut state = State::new(self.head.as_bytes());
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let root = Root {
            pruner: self,
            state: &mut state,
        };
        let is_object = root
            .deserialize(&mut deserializer)
            .and_then(|is_object| deserializer.end().map(|()| is_object))
            .map_err(Unfit::Json)?;
        if state.is_too_deep {
            return Err(Unfit::TooDeep);
        }
        let namespace = state.namespace.filter(|_| self.namespaced);
        match state.name {
            Some(name) if is_object && namespace.is_some() == self.namespaced => {
                let json = String::from_utf8(state.out).map_err(|_| Unfit::NotAnObject)?;
                Ok((json, namespace, name))
            }
            _ => Err(Unfit::NotAnObject),
        }
    }
}

/// The part of a mask below `metadata`.
fn metadata_of(mask: &Mask) -> Mask {
    mask.child("metadata").map_or_else(Mask::default, |below| {
        Mask::Fields([("metadata".to_owned(), below.clone())].into())
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The top level of an object. Answers whether there was one.
struct Root<'a> {
    pruner: &'a Pruner,
    state: &'a mut State,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What to do with a top-level field.
enum Field<'a> {
    Drop,
    Metadata(&'a Mask),
    Keep(&'a Mask),
    SecretKeys,
    SecretType,
    Facts,
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { pruner, state } = self;
        let mut facts = pruner
            .secret
            .filter(|wanted| *wanted)
            .map(|_| Facts::default());
        loop {
            let mark = state.out.len();
            let Some(field) = map.next_key_seed(RootKey {
                pruner,
                out: &mut state.out,
            })?
            else {
                break;
            };
            let kept = match field {
                Field::Metadata(mask) => map.next_value_seed(Metadata { mask, state })?,
                Field::Keep(mask) => map.next_value_seed(Node::top(mask, state))?,
                Field::Facts => {
                    facts = None;
                    map.next_value_seed(Node::top(&Mask::All, state))?
                }
                Field::SecretKeys => match &mut facts {
                    Some(facts) => map.next_value_seed(secret::Keys(facts)).map(|()| false)?,
                    None => map.next_value::<IgnoredAny>().map(|_| false)?,
                },
                Field::SecretType => match &mut facts {
                    Some(facts) => map.next_value_seed(secret::Type(facts)).map(|()| false)?,
                    None => map.next_value::<IgnoredAny>().map(|_| false)?,
                },
                Field::Drop => map.next_value::<IgnoredAny>().map(|_| false)?,
            };
            if !kept {
                state.out.truncate(mark);
            }
        }
        if let Some(facts) = facts {
            state.out.extend_from_slice(b",\"facts\":");
            serde_json::to_writer(&mut state.out, &facts.summary()).map_err(A::Error::custom)?;
        }
        state.out.push(b'}');
        Ok(true)
    }

    node::not_an_object!();
}

/// Reads a top-level key, decides, and writes it where its value may be kept.
struct RootKey<'a, 'o> {
    pruner: &'a Pruner,
    out: &'o mut Vec<u8>,
}

impl<'de, 'a> DeserializeSeed<'de> for RootKey<'a, '_> {
    type Value = Field<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field<'a>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'a> Visitor<'de> for RootKey<'a, '_> {
    type Value = Field<'a>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Field<'a>, E> {
        let mask = self.pruner.mask.child(key);
        let field = match (key, self.pruner.secret) {
            ("apiVersion" | "kind", _) => return Ok(Field::Drop),
            ("metadata", _) => Field::Metadata(mask.unwrap_or(&EMPTY)),
            ("data" | "stringData", Some(_)) => return Ok(Field::SecretKeys),
            ("type", Some(_)) => return Ok(Field::SecretType),
            ("facts", Some(true)) => Field::Facts,
            (_, Some(_)) => return Ok(Field::Drop),
            (_, None) => match mask {
                Some(mask) => Field::Keep(mask),
                None => return Ok(Field::Drop),
            },
        };
        self.out.push(b',');
        serde_json::to_writer(&mut *self.out, key).map_err(E::custom)?;
        self.out.push(b':');
        Ok(field)
    }
}

#[cfg(test)]
mod tests;
