//! The walk below an object's top level: what is kept goes to the output, what is not is skipped unseen.

use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::capability::Mask;

/// How deep an object may be nested. It protects this recursion, and that of every reader after it. Schemas of custom
/// resources are the deepest honest objects, at about 40.
const MAX_DEPTH: u8 = 64;

/// Dropped wherever it stands: it repeats the whole object, Secrets included, past every mask.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// In place of a value that sounds secret.
const REDACTED: &[u8] = b"\"[redacted]\"";

/// What the walk has written and found.
pub(super) struct State {
    pub(super) out: Vec<u8>,
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) is_too_deep: bool,
}

impl State {
    pub(super) fn new(head: &[u8]) -> Self {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(head);
        Self {
            out,
            name: None,
            namespace: None,
            is_too_deep: false,
        }
    }
}

/// One value under its mask. Answers whether it wrote something; if not, the key before it has to go.
pub(super) struct Node<'a> {
    mask: &'a Mask,
    state: &'a mut State,
    depth: u8,
}

impl<'a> Node<'a> {
    /// The value of a top-level field.
    pub(super) fn top(mask: &'a Mask, state: &'a mut State) -> Self {
        Self {
            mask,
            state,
            depth: MAX_DEPTH,
        }
    }

    /// Write a scalar, which only a whole branch holds.
    fn scalar<T: serde::Serialize + ?Sized, E: serde::de::Error>(
        self,
        value: &T,
    ) -> Result<bool, E> {
        if *self.mask != Mask::All {
            return Ok(false);
        }
        serde_json::to_writer(&mut self.state.out, value).map_err(E::custom)?;
        Ok(true)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<bool, E> {
        self.scalar(&value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<bool, E> {
        self.scalar(&value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<bool, E> {
        self.scalar(&value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<bool, E> {
        self.scalar(&value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<bool, E> {
        self.scalar(value)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<bool, E> {
        self.scalar(&())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.state.is_too_deep = true;
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(false);
        };
        let (mask, state) = (self.mask, self.state);
        state.out.push(b'[');
        let mut is_first = true;
        loop {
            let mark = state.out.len();
            if !is_first {
                state.out.push(b',');
            }
            match items.next_element_seed(Node {
                mask,
                state: &mut *state,
                depth,
            })? {
                Some(true) => is_first = false,
                Some(false) => state.out.truncate(mark),
                None => {
                    state.out.truncate(mark);
                    break;
                }
            }
        }
        state.out.push(b']');
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.state.is_too_deep = true;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(false);
        };
        let (mask, state) = (self.mask, self.state);
        state.out.push(b'{');
        let mut is_first = true;
        let mut is_secret = false;
        let mut value = None;
        loop {
            let mark = state.out.len();
            let key = Key {
                mask,
                is_first,
                out: &mut state.out,
            };
            let Some(entry) = map.next_key_seed(key)? else {
                break;
            };
            match entry {
                Entry::Drop => drop(map.next_value::<IgnoredAny>()?),
                Entry::Look => is_secret |= map.next_value_seed(SoundsSecret)?,
                Entry::Keep(role, mask) => {
                    let start = state.out.len();
                    if !map.next_value_seed(Node {
                        mask,
                        state: &mut *state,
                        depth,
                    })? {
                        state.out.truncate(mark);
                        continue;
                    }
                    is_first = false;
                    let written = start..state.out.len();
                    match role {
                        Role::Name => is_secret |= written_name_sounds_secret(&state.out, written),
                        Role::Value => value = Some(written),
                        Role::Other => {}
                    }
                }
            }
        }
        if let (true, Some(value)) = (is_secret, value) {
            redact(&mut state.out, value);
        }
        state.out.push(b'}');
        Ok(true)
    }
}

/// Replace a written value, unless it is empty: that it is empty says nothing secret and much about the fault.
fn redact(out: &mut Vec<u8>, value: Range<usize>) {
    let is_empty = matches!(out.get(value.clone()), Some(b"\"\"" | b"null"));
    if !is_empty {
        out.splice(value, REDACTED.iter().copied());
    }
}

fn written_name_sounds_secret(out: &[u8], written: Range<usize>) -> bool {
    out.get(written)
        .and_then(|text| serde_json::from_slice::<String>(text).ok())
        .is_some_and(|name| sounds_secret(&name))
}

/// The name of an environment variable or a parameter whose value nobody should see. A word that ends in `KEY` counts
/// (`API_KEY`, `accessKey`), one that merely begins with it does not (`KEYCLOAK_URL`).
fn sounds_secret(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "TOKEN",
        "CREDENTIAL",
    ];
    const WORDS: &[&str] = &["KEYS", "PASS", "PWD"];
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            let word = word.to_ascii_uppercase();
            PARTS.iter().any(|part| word.contains(part))
                || word.ends_with("KEY")
                || WORDS.contains(&word.as_str())
        })
}

/// What a key is to its neighbours.
#[derive(Clone, Copy)]
enum Role {
    Name,
    Value,
    Other,
}

/// What to do with a key's value.
enum Entry<'a> {
    Drop,
    /// Not kept, but it says whether the value beside it is secret.
    Look,
    Keep(Role, &'a Mask),
}

/// Reads a key, decides, and writes it where its value may be kept.
struct Key<'a, 'o> {
    mask: &'a Mask,
    is_first: bool,
    out: &'o mut Vec<u8>,
}

impl<'de, 'a> DeserializeSeed<'de> for Key<'a, '_> {
    type Value = Entry<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry<'a>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'a> Visitor<'de> for Key<'a, '_> {
    type Value = Entry<'a>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Entry<'a>, E> {
        let role = match key {
            LAST_APPLIED => return Ok(Entry::Drop),
            "name" => Role::Name,
            "value" => Role::Value,
            _ => Role::Other,
        };
        let Some(below) = self.mask.child(key) else {
            return Ok(match role {
                Role::Name if self.mask.child("value").is_some() => Entry::Look,
                _ => Entry::Drop,
            });
        };
        write_key(self.out, self.is_first, key)?;
        Ok(Entry::Keep(role, below))
    }
}

fn write_key<E: serde::de::Error>(out: &mut Vec<u8>, is_first: bool, key: &str) -> Result<(), E> {
    if !is_first {
        out.push(b',');
    }
    serde_json::to_writer(&mut *out, key).map_err(E::custom)?;
    out.push(b':');
    Ok(())
}

/// A name that is not kept: whether it sounds secret.
struct SoundsSecret;

impl<'de> DeserializeSeed<'de> for SoundsSecret {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SoundsSecret {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<bool, E> {
        Ok(sounds_secret(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    super::node::no_scalar!();
}

/// An object's `metadata`: identity is kept and noted, `managedFields` only where it is named.
pub(super) struct Metadata<'a> {
    pub(super) mask: &'a Mask,
    pub(super) state: &'a mut State,
}

impl<'de> DeserializeSeed<'de> for Metadata<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { mask, state } = self;
        state.out.push(b'{');
        let mut is_first = true;
        loop {
            let mark = state.out.len();
            let key = MetadataKey {
                mask,
                is_first,
                out: &mut state.out,
            };
            let Some(entry) = map.next_key_seed(key)? else {
                break;
            };
            let Some((note, mask)) = entry else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let start = state.out.len();
            if !map.next_value_seed(Node::top(mask, state))? {
                state.out.truncate(mark);
                continue;
            }
            is_first = false;
            let text = || serde_json::from_slice(state.out.get(start..).unwrap_or_default()).ok();
            match note {
                Note::Name => state.name = text(),
                Note::Namespace => state.namespace = text(),
                Note::Nothing => {}
            }
        }
        state.out.push(b'}');
        Ok(true)
    }

    super::node::not_an_object!();
}

/// What of a metadata field is noted.
enum Note {
    Name,
    Namespace,
    Nothing,
}

struct MetadataKey<'a, 'o> {
    mask: &'a Mask,
    is_first: bool,
    out: &'o mut Vec<u8>,
}

impl<'de, 'a> DeserializeSeed<'de> for MetadataKey<'a, '_> {
    type Value = Option<(Note, &'a Mask)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, 'a> Visitor<'de> for MetadataKey<'a, '_> {
    type Value = Option<(Note, &'a Mask)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let (note, mask) = match key {
            "name" => (Note::Name, Some(&Mask::All)),
            "namespace" => (Note::Namespace, Some(&Mask::All)),
            "uid" | "resourceVersion" => (Note::Nothing, Some(&Mask::All)),
            "managedFields" if *self.mask == Mask::All => (Note::Nothing, None),
            LAST_APPLIED => (Note::Nothing, None),
            _ => (Note::Nothing, self.mask.child(key)),
        };
        let Some(mask) = mask else {
            return Ok(None);
        };
        write_key(self.out, self.is_first, key)?;
        Ok(Some((note, mask)))
    }
}

/// Visitor methods that take a scalar and answer `false`.
macro_rules! no_scalar {
    () => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<bool, E> {
            Ok(false)
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
            while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(false)
        }
    };
}

/// Visitor methods that take anything but an object and answer `false`.
macro_rules! not_an_object {
    () => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<bool, E> {
            Ok(false)
        }

        $crate::capability::prune::node::no_scalar!();
    };
}

pub(super) use {no_scalar, not_an_object};
