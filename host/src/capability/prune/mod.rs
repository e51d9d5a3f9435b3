//! Keeps of an object what a mask names, in one pass over the object's JSON.
//!
//! No tree is built: the tokens that are kept are copied as they stand, and the rest is passed over. The same code
//! prunes what comes from the server to a run's union mask, and a kept row to one check's mask.
//!
//! Beside the mask, these hold for every object:
//! - identity is kept, with `apiVersion` and `kind` of the request, since a list's items carry neither;
//! - `kubectl.kubernetes.io/last-applied-configuration` is dropped at any depth;
//! - of a Secret only metadata passes, and its [facts](secret) where they are granted;
//! - beside a `name` that sounds secret, a `value` is replaced.
//!
//! ```text
//! frames ─► list::ListReader ─ from an item on ─► Pruner ─► Row
//! ```

mod cursor;
mod list;
mod node;
mod secret;

pub(super) use cursor::{end_of_string, unquoted as unquoted_token};
pub use list::{ListFault, ListReader};
pub(super) use node::sounds_secret;

use std::sync::Arc;

use serde::de::{DeserializeSeed as _, IgnoredAny};
use serde_json::value::RawValue;

use self::cursor::{NoToken, unquoted};
use self::node::Walk;
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
    Json,
    /// The text ends in the middle of it.
    #[error("it is cut off")]
    Cut,
}

/// One object's pruned text and place.
struct Pruned {
    json: String,
    namespace: Option<String>,
    name: String,
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
        whole(self.first(text), text)
    }

    /// Prune one object's text to text.
    pub fn text(&self, text: &str) -> Result<String, Unfit> {
        let text = text.as_bytes();
        whole(self.walk(text), text).map(|pruned| pruned.json)
    }

    /// Prune the first object of a text to a row, and say how many bytes of the text it took, fit or not.
    fn first(&self, text: &[u8]) -> Result<(Result<Row, Unfit>, usize), NoToken> {
        let (pruned, length) = self.walk(text)?;
        Ok((pruned.and_then(Row::try_from), length))
    }

    fn walk(&self, text: &[u8]) -> Result<(Result<Pruned, Unfit>, usize), NoToken> {
        let mut walk = Walk::new(text, &self.head);
        let is_object = self.root(&mut walk)?;
        let length = walk.cursor.at();
        Ok((self.pruned(walk, is_object), length))
    }

    fn pruned(&self, walk: Walk<'_>, is_object: bool) -> Result<Pruned, Unfit> {
        if walk.is_too_deep {
            return Err(Unfit::TooDeep);
        }
        let namespace = walk.namespace.filter(|_| self.namespaced);
        match walk.name {
            Some(name) if is_object && namespace.is_some() == self.namespaced => Ok(Pruned {
                json: String::from_utf8(walk.out).map_err(|_| Unfit::NotAnObject)?,
                namespace,
                name,
            }),
            _ => Err(Unfit::NotAnObject),
        }
    }

    /// The top level of an object. Answers whether there was one.
    fn root(&self, walk: &mut Walk<'_>) -> Result<bool, NoToken> {
        if walk.cursor.peek()? != b'{' {
            let value = walk.cursor.value()?;
            return is_json(value).then_some(false).ok_or(NoToken::Wrong);
        }
        walk.cursor.pass(b'{')?;
        let mut facts = (self.secret == Some(true)).then(Facts::default);
        let mut is_first = true;
        while walk.cursor.pass_separator(is_first, b'}')? {
            is_first = false;
            self.field(walk, &mut facts)?;
        }
        if let Some(facts) = facts {
            walk.out.extend_from_slice(b",\"facts\":");
            let summary = serde_json::to_writer(&mut walk.out, &facts.summary());
            summary.map_err(|_| NoToken::Wrong)?;
        }
        walk.out.push(b'}');
        Ok(true)
    }

    fn field(&self, walk: &mut Walk<'_>, facts: &mut Option<Facts>) -> Result<(), NoToken> {
        let token = walk.cursor.key()?;
        let key = unquoted(token).ok_or(NoToken::Wrong)?;
        let mask = self.mask.child(&key);
        let mark = walk.out.len();
        walk.out.push(b',');
        walk.out.extend_from_slice(token);
        walk.out.push(b':');
        let is_kept = match (&*key, self.secret) {
            ("apiVersion" | "kind", _) => walk.drop_value()?,
            ("metadata", _) => walk.metadata(mask.unwrap_or(&EMPTY))?,
            ("facts", Some(true)) => {
                *facts = None;
                walk.top(&Mask::All)?
            }
            (key, Some(_)) => {
                let value = walk.cursor.value()?;
                if let Some(facts) = facts {
                    note(facts, key, value).map_err(|_| NoToken::Wrong)?;
                }
                false
            }
            (_, None) => match mask {
                Some(mask) => walk.top(mask)?,
                None => walk.drop_value()?,
            },
        };
        if !is_kept {
            walk.out.truncate(mark);
        }
        Ok(())
    }
}

/// Look at a field of a Secret that is dropped.
fn note(facts: &mut Facts, key: &str, value: &[u8]) -> serde_json::Result<()> {
    let mut value = serde_json::Deserializer::from_slice(value);
    match key {
        "data" | "stringData" => secret::Keys(facts).deserialize(&mut value),
        "type" => secret::Type(facts).deserialize(&mut value),
        _ => Ok(()),
    }
}

/// What is first in a text, where it is all that the text holds.
fn whole<T>(first: Result<(Result<T, Unfit>, usize), NoToken>, text: &[u8]) -> Result<T, Unfit> {
    let (value, length) = match first {
        // Nothing but the text's end says where a number ends.
        Err(NoToken::Cut) if is_json(text) => return Err(Unfit::NotAnObject),
        first => first?,
    };
    let rest = text.get(length..).unwrap_or_default();
    if !rest.trim_ascii().is_empty() {
        return Err(Unfit::Json);
    }
    value
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

impl TryFrom<Pruned> for Row {
    type Error = Unfit;

    /// The tokens were copied as they stood; here they are read.
    fn try_from(pruned: Pruned) -> Result<Self, Unfit> {
        Ok(Self {
            namespace: pruned.namespace.map(Arc::from),
            name: Arc::from(pruned.name),
            json: RawValue::from_string(pruned.json).map_err(|_| Unfit::Json)?,
        })
    }
}

impl From<NoToken> for Unfit {
    fn from(no: NoToken) -> Self {
        match no {
            NoToken::Cut => Self::Cut,
            NoToken::Wrong => Self::Json,
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

#[cfg(test)]
mod tests;
