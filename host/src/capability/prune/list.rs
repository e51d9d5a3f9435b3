//! A list's text in frames, as they come from the wire, to rows.
//!
//! Each item is pruned where it stands, in the one pass that also finds its end. Where the text ends within an item, the
//! item is begun again once there is more. So at most one item is ever held unparsed, whatever the size of the page, and
//! an item that is no object costs itself and not its neighbours.

use std::mem;
use std::sync::Arc;

use serde::Deserialize;

use super::cursor::{Cursor, NoToken};
use super::{MAX_OBJECT_BYTES, Pruner, Unfit};
use crate::capability::{ListPage, Row};

/// Bytes that are worth reading where an item was cut. Frames are 4 KiB and an item is twice that, so most frames end
/// within one; at this size the items that are begun again are a twentieth of the text.
const MIN_BYTES: usize = 64 << 10;

/// Reads one page of a list.
pub struct ListReader<'a> {
    pruner: &'a Pruner,
    at: At,
    /// What is not read yet.
    pending: Vec<u8>,
    /// How much of it there has to be before it is worth reading.
    wanted: usize,
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
    Value,
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
            pending: Vec::new(),
            wanted: 0,
            key: Key::Other,
            is_list: false,
            metadata: ListMetadata::default(),
            rows: Vec::new(),
            invalid: 0,
        }
    }

    /// Read on. After a fault nothing more can be read.
    pub fn feed(&mut self, frame: &[u8]) -> Result<(), ListFault> {
        self.pending.extend_from_slice(frame);
        if self.pending.len() < self.wanted {
            return Ok(());
        }
        let pending = mem::take(&mut self.pending);
        let passed = self.read(&pending)?;
        self.pending = pending;
        self.pending.drain(..passed);
        let unread = self.pending.len();
        if unread > MAX_OBJECT_BYTES {
            return Err(ListFault::ObjectTooLarge);
        }
        // Twice as much, so that a long value is not begun again with each frame.
        self.wanted = if unread == 0 {
            0
        } else {
            (2 * unread).clamp(MIN_BYTES, MAX_OBJECT_BYTES + 1)
        };
        Ok(())
    }

    /// Read as far as the text goes, and say how far that was.
    fn read(&mut self, text: &[u8]) -> Result<usize, ListFault> {
        let mut passed = 0;
        while let Some(rest) = text.get(passed..).filter(|rest| !rest.is_empty()) {
            match self.step(rest) {
                Ok(length) => passed += length,
                Err(Stop::Cut) => break,
                Err(Stop::Fault(fault)) => return Err(fault),
            }
        }
        Ok(passed)
    }

    /// The token of the next page, known before the first item is.
    pub fn next(&self) -> Option<&str> {
        Some(self.metadata.next.as_str()).filter(|next| !next.is_empty())
    }

    /// The page, once the whole text has been fed.
    pub fn finish(mut self) -> Result<ListPage, ListFault> {
        let rest = mem::take(&mut self.pending);
        self.read(&rest)?;
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

    /// One token of the list itself, or one item. Answers how many bytes it took.
    fn step(&mut self, text: &[u8]) -> Result<usize, Stop> {
        let mut cursor = Cursor::new(text);
        let byte = match cursor.peek() {
            Ok(byte) => byte,
            Err(_) => return Ok(cursor.at()),
        };
        self.at = match (self.at, byte) {
            (At::Start, b'{') => At::Key,
            (At::Start, b'<') => return Err(ListFault::Html.into()),
            (At::Key, b',') => At::Key,
            (At::Key, b'}') => At::End,
            (At::Key, b'"') => {
                self.key = match cursor.key()? {
                    b"\"metadata\"" => Key::Metadata,
                    b"\"items\"" => Key::Items,
                    _ => Key::Other,
                };
                self.at = At::Value;
                return Ok(cursor.at());
            }
            (At::Value, b'[') if self.key == Key::Items => {
                self.is_list = true;
                At::Item
            }
            (At::Value, _) => {
                let value = cursor.value()?;
                self.field(value)?;
                self.at = At::Key;
                return Ok(cursor.at());
            }
            (At::Item, b',') => At::Item,
            (At::Item, b']') => At::Key,
            (At::Item, _) => {
                let (row, length) = self.pruner.first(text)?;
                self.item(row)?;
                return Ok(length);
            }
            _ => return Err(ListFault::NotJson.into()),
        };
        cursor.pass(byte)?;
        Ok(cursor.at())
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

    fn item(&mut self, row: Result<Row, Unfit>) -> Result<(), ListFault> {
        match row {
            Ok(mut row) => {
                self.share_namespace(&mut row);
                self.rows.push(row);
            }
            Err(Unfit::NotAnObject | Unfit::TooDeep) => {
                self.invalid = self.invalid.saturating_add(1);
            }
            Err(Unfit::Json | Unfit::Cut) => return Err(ListFault::NotJson),
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

/// Why a step was not taken.
enum Stop {
    /// More text is needed.
    Cut,
    Fault(ListFault),
}

impl From<NoToken> for Stop {
    fn from(no: NoToken) -> Self {
        match no {
            NoToken::Cut => Self::Cut,
            NoToken::Wrong => Self::Fault(ListFault::NotJson),
        }
    }
}

impl From<ListFault> for Stop {
    fn from(fault: ListFault) -> Self {
        Self::Fault(fault)
    }
}
