//! A list's text in frames, as they come from the wire, to rows.
//!
//! The text is cut into items while it arrives: a few bytes of state find where a value ends, and each item is parsed
//! the moment it is whole. So at most one item is ever held unparsed, whatever the size of the page, and an item that
//! is no object costs itself and not its neighbours.

use std::mem;
use std::sync::Arc;

use serde::Deserialize;

use super::{MAX_OBJECT_BYTES, Pruner, Unfit};
use crate::capability::{ListPage, Row};

/// Reads one page of a list.
pub struct ListReader<'a> {
    pruner: &'a Pruner,
    at: At,
    span: Span,
    /// The value that is being read, where a frame's end cut it.
    pending: Vec<u8>,
    key: Key,
    is_list: bool,
    metadata: ListMetadata,
    rows: Vec<Row>,
    invalid: u32,
}

/// Why a text is no page of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ListFault {
    #[error("the server answered HTML, not JSON")]
    Html,
    #[error("the server's answer is not JSON")]
    NotJson,
    #[error("the server's answer is no list")]
    NotAList,
    #[error("the server's answer ends in the middle")]
    Cut,
    #[error("the server's answer holds an object of more than {} MiB", MAX_OBJECT_BYTES >> 20)]
    ObjectTooLarge,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    Start,
    Key,
    KeyText,
    Colon,
    ValueStart,
    Value,
    ItemStart,
    Item,
    End,
}

/// The top-level key whose value is being read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Key {
    Metadata,
    Items,
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

impl<'a> ListReader<'a> {
    pub fn new(pruner: &'a Pruner) -> Self {
        Self {
            pruner,
            at: At::Start,
            span: Span::Start,
            pending: Vec::new(),
            key: Key::Other,
            is_list: false,
            metadata: ListMetadata::default(),
            rows: Vec::new(),
            invalid: 0,
        }
    }

    /// Read on. After a fault nothing more can be read.
    pub fn feed(&mut self, frame: &[u8]) -> Result<(), ListFault> {
        let mut rest = frame;
        while !rest.is_empty() {
            rest = match self.at {
                At::KeyText | At::Value | At::Item => self.value(rest)?,
                _ => self.punctuation(rest)?,
            };
        }
        Ok(())
    }

    /// The page, once the whole text has been fed.
    pub fn finish(self) -> Result<ListPage, ListFault> {
        match self.at {
            At::End if self.is_list => Ok(ListPage {
                rows: self.rows,
                resource_version: self.metadata.resource_version,
                next: Some(self.metadata.next).filter(|next| !next.is_empty()),
                truncated: false,
                invalid: self.invalid,
            }),
            At::End => Err(ListFault::NotAList),
            _ => Err(ListFault::Cut),
        }
    }

    /// One byte between values, or the first of a value.
    fn punctuation<'f>(&mut self, rest: &'f [u8]) -> Result<&'f [u8], ListFault> {
        let rest = rest.trim_ascii_start();
        let Some((&byte, tail)) = rest.split_first() else {
            return Ok(rest);
        };
        self.at = match (self.at, byte) {
            (At::Start, b'{') => At::Key,
            (At::Start, b'<') => return Err(ListFault::Html),
            (At::Key, b',') => At::Key,
            (At::Key, b'}') => At::End,
            (At::Key, b'"') => return Ok(self.begin(At::KeyText, rest)),
            (At::Colon, b':') => At::ValueStart,
            (At::ValueStart, b'[') if self.key == Key::Items => {
                self.is_list = true;
                At::ItemStart
            }
            (At::ItemStart, b',') => At::ItemStart,
            (At::ItemStart, b']') => At::Key,
            (At::ValueStart, _) => return Ok(self.begin(At::Value, rest)),
            (At::ItemStart, _) => return Ok(self.begin(At::Item, rest)),
            _ => return Err(ListFault::NotJson),
        };
        Ok(tail)
    }

    fn begin<'f>(&mut self, at: At, rest: &'f [u8]) -> &'f [u8] {
        self.at = at;
        self.span = Span::Start;
        rest
    }

    /// A key, a value or an item, whole or in part.
    fn value<'f>(&mut self, rest: &'f [u8]) -> Result<&'f [u8], ListFault> {
        let end = self.span.end(rest);
        let Some((last, tail)) = end.and_then(|end| rest.split_at_checked(end)) else {
            if self.pending.len() + rest.len() > MAX_OBJECT_BYTES {
                return Err(ListFault::ObjectTooLarge);
            }
            self.pending.extend_from_slice(rest);
            return Ok(&[]);
        };
        if self.pending.is_empty() {
            self.take(last)?;
        } else {
            let mut pending = mem::take(&mut self.pending);
            pending.extend_from_slice(last);
            self.take(&pending)?;
            pending.clear();
            self.pending = pending;
        }
        Ok(tail)
    }

    fn take(&mut self, text: &[u8]) -> Result<(), ListFault> {
        self.at = match self.at {
            At::KeyText => {
                self.key = match text {
                    b"\"metadata\"" => Key::Metadata,
                    b"\"items\"" => Key::Items,
                    _ => Key::Other,
                };
                At::Colon
            }
            At::Item => {
                self.item(text)?;
                At::ItemStart
            }
            _ => {
                self.field(text)?;
                At::Key
            }
        };
        Ok(())
    }

    fn field(&mut self, text: &[u8]) -> Result<(), ListFault> {
        match self.key {
            Key::Metadata => {
                self.metadata = serde_json::from_slice(text).map_err(|_| ListFault::NotJson)?;
            }
            // An empty list of a Go server may be written so.
            Key::Items if text == b"null" => self.is_list = true,
            Key::Items => return Err(ListFault::NotAList),
            Key::Other => {}
        }
        Ok(())
    }

    fn item(&mut self, text: &[u8]) -> Result<(), ListFault> {
        match self.pruner.row(text) {
            Ok(mut row) => {
                self.share_namespace(&mut row);
                self.rows.push(row);
            }
            Err(Unfit::NotAnObject | Unfit::TooDeep) => {
                self.invalid = self.invalid.saturating_add(1);
            }
            Err(Unfit::Json(_)) => return Err(ListFault::NotJson),
        }
        Ok(())
    }

    /// Lists come sorted by namespace, so equal names are neighbours and can be one allocation.
    fn share_namespace(&self, row: &mut Row) {
        let before = self.rows.last().and_then(|row| row.namespace.as_ref());
        if let (Some(before), Some(namespace)) = (before, &row.namespace)
            && before == namespace
        {
            row.namespace = Some(Arc::clone(before));
        }
    }
}

/// Finds the end of one JSON value. It trusts nothing to be sound JSON: the parser decides on what it finds.
#[derive(Clone, Copy, Debug)]
enum Span {
    Start,
    /// A number, `true`, `false`, `null`: it ends before the next punctuation.
    Scalar,
    /// Within a string of a value that is this many brackets deep.
    Text {
        depth: u32,
        is_escaped: bool,
    },
    Nested {
        depth: u32,
    },
}

impl Span {
    /// How many bytes still belong to the value; `None` where all do and more are to come.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut index = 0;
        while let Some(byte) = bytes.get(index) {
            match self {
                Self::Text { is_escaped, .. } if *is_escaped => *is_escaped = false,
                Self::Text { depth, is_escaped } => {
                    let tail = bytes.get(index..).unwrap_or_default();
                    index += tail.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
                    if bytes.get(index) == Some(&b'\\') {
                        *is_escaped = true;
                    } else if *depth == 0 {
                        return Some(index + 1);
                    } else {
                        *self = Self::Nested { depth: *depth };
                    }
                }
                Self::Start => *self = Self::start(*byte),
                Self::Scalar => {
                    if matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
                        return Some(index);
                    }
                }
                Self::Nested { depth } => match byte {
                    b'"' => {
                        *self = Self::Text {
                            depth: *depth,
                            is_escaped: false,
                        };
                    }
                    b'{' | b'[' => *depth = depth.saturating_add(1),
                    b'}' | b']' if *depth == 1 => return Some(index + 1),
                    b'}' | b']' => *depth -= 1,
                    _ => {}
                },
            }
            index += 1;
        }
        None
    }

    fn start(byte: u8) -> Self {
        match byte {
            b'{' | b'[' => Self::Nested { depth: 1 },
            b'"' => Self::Text {
                depth: 0,
                is_escaped: false,
            },
            _ => Self::Scalar,
        }
    }
}
