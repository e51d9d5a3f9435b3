//! What a check reads of an object: the traits that `#[derive(Object)]` implements, for the types that fields have.
//!
//! Reading is lenient where clusters differ (unknown, missing and null fields) and strict where guessing would hide a
//! fault: a number where text is expected makes the object [`invalid`](crate::Error::is_invalid).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

mod json;

pub use json::Json;
pub(crate) use json::each_item;

/// A type that can be read from JSON and knows which fields it reads.
///
/// Derive it; implement it by hand only for a leaf with its own syntax.
///
/// ```
/// use bsq_sdk::object::{Decode, Json};
/// use bsq_sdk::prelude::*;
///
/// #[derive(Object)]
/// struct Status { phase: Option<String>, ready_replicas: i64 }
///
/// let status = Status::decode(Json::from(&json!({"phase": "Bound", "unknown": 1})))?;
/// assert_eq!((status.phase.as_deref(), status.ready_replicas), (Some("Bound"), 0));
/// # Ok::<(), bsq_sdk::object::Mismatch>(())
/// ```
pub trait Decode: Sized {
    /// The fields below this type, from which the mask is made.
    const SHAPE: Shape = Shape::Leaf;

    /// Read a value; null is [`Decode::missing`].
    ///
    /// # Errors
    ///
    /// The value has another type than this one.
    fn decode(value: Json<'_>) -> Result<Self, Mismatch>;

    /// What a field that is not there is.
    fn missing() -> Self;
}

/// A type that can be listed and got: one with `#[object(kind = "…")]`.
pub trait Kind: Decode {
    /// `GROUP/VERSION/Kind`, in the core group `v1/Kind`.
    const KIND: &'static str;
}

/// The field tree of a type, known when the check is compiled.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The path ends here and takes everything below it.
    Leaf,
    /// Any key, then this.
    Map(&'static Shape),
    /// These fields.
    Struct(&'static [(&'static str, &'static Shape)]),
}

/// A value of another type than the field has.
///
/// ```
/// use bsq_sdk::object::{Decode, Json};
/// use bsq_sdk::prelude::*;
///
/// #[derive(Object)]
/// struct Spec { replicas: i64 }
///
/// let mismatch = Spec::decode(Json::from(&json!({"replicas": "two"}))).err().map(|error| error.to_string());
/// assert_eq!(mismatch.as_deref(), Some("`replicas` is text, not a whole number"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    path: String,
    expected: &'static str,
    found: &'static str,
}

impl Mismatch {
    /// A mismatch at this place; callers above add their field names.
    #[must_use]
    pub fn new(expected: &'static str, found: &Json<'_>) -> Self {
        let found = match found {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        };
        Self {
            path: String::new(),
            expected,
            found,
        }
    }

    /// The same, seen from the field that holds it.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        self.path = if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{field}.{}", self.path)
        };
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "value"
        } else {
            &self.path
        };
        write!(f, "`{path}` is {}, not {}", self.found, self.expected)
    }
}

impl std::error::Error for Mismatch {}

/// The members of a JSON object while a struct is read from it. Used by the derive.
#[derive(Debug)]
pub struct Members<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Members<'a> {
    /// The members of a value; null has none.
    ///
    /// # Errors
    ///
    /// The value is neither an object nor null.
    pub fn of(value: Json<'a>) -> Result<Self, Mismatch> {
        match value {
            Json::Object(members) => Ok(Self(members)),
            Json::Null => Ok(Self(Vec::new())),
            other => Err(Mismatch::new("an object", &other)),
        }
    }

    /// Take one member out.
    ///
    /// # Errors
    ///
    /// The member has another type.
    pub fn take<T: Decode>(&mut self, name: &str) -> Result<T, Mismatch> {
        // Of members of one name the last counts, as for every reader of JSON.
        let member = self.0.iter_mut().rev().find(|(known, _)| known == name);
        match member.map(|(_, value)| std::mem::replace(value, Json::Null)) {
            None | Some(Json::Null) => Ok(T::missing()),
            Some(value) => T::decode(value).map_err(|error| error.within(name)),
        }
    }
}

/// A whole number or text, as in ports and rolling update limits.
///
/// ```
/// use bsq_sdk::object::{Decode, IntOrString, Json};
/// use bsq_sdk::prelude::*;
///
/// assert_eq!(IntOrString::decode(Json::from(&json!(8080)))?.to_string(), "8080");
/// assert_eq!(IntOrString::decode(Json::from(&json!("http")))?.to_string(), "http");
/// # Ok::<(), bsq_sdk::object::Mismatch>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntOrString {
    /// A number.
    Int(i64),
    /// Text: a name or a percentage.
    String(String),
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(text) => text.fmt(f),
        }
    }
}

impl Decode for IntOrString {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Text(text) => Ok(Self::String(text.into_owned())),
            Json::Null => Ok(Self::missing()),
            other => whole(&other)
                .map(Self::Int)
                .ok_or_else(|| Mismatch::new("a number or text", &other)),
        }
    }

    fn missing() -> Self {
        Self::Int(0)
    }
}

fn whole(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        _ => None,
    }
}

impl Decode for Value {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        Ok(value.into())
    }

    fn missing() -> Self {
        Self::Null
    }
}

impl Decode for String {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Text(text) => Ok(text.into_owned()),
            Json::Null => Ok(Self::new()),
            other => Err(Mismatch::new("text", &other)),
        }
    }

    fn missing() -> Self {
        Self::new()
    }
}

impl Decode for bool {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Bool(fact) => Ok(fact),
            Json::Null => Ok(false),
            other => Err(Mismatch::new("a boolean", &other)),
        }
    }

    fn missing() -> Self {
        false
    }
}

impl Decode for f64 {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Null => Ok(0.0),
            Json::Number(number) => Ok(number.as_f64().unwrap_or_default()),
            other => Err(Mismatch::new("a number", &other)),
        }
    }

    fn missing() -> Self {
        0.0
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Decode for $number {
            fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
                let number = match &value {
                    Json::Null => return Ok(0),
                    other => whole(other).and_then(|number| number.try_into().ok()),
                };
                number.ok_or_else(|| Mismatch::new("a whole number", &value))
            }

            fn missing() -> Self {
                0
            }
        }
    )*};
}
whole_numbers!(i32, i64, u16, u32, u64, usize);

impl Decode for Timestamp {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match &value {
            Json::Null => Ok(Self::missing()),
            other => other
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| Mismatch::new("a time", other)),
        }
    }

    fn missing() -> Self {
        Self::UNIX_EPOCH
    }
}

/// `500ms`, `90s`, `10m`, `1h` or `2d`, as settings write it.
impl Decode for Duration {
    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        let duration = match &value {
            Json::Null => return Ok(Self::ZERO),
            other => other.as_str().and_then(duration),
        };
        duration.ok_or_else(|| Mismatch::new("a duration such as `10m`", &value))
    }

    fn missing() -> Self {
        Self::ZERO
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

impl<T: Decode> Decode for Option<T> {
    const SHAPE: Shape = T::SHAPE;

    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Null => Ok(None),
            other => T::decode(other).map(Some),
        }
    }

    fn missing() -> Self {
        None
    }
}

impl<T: Decode> Decode for Box<T> {
    const SHAPE: Shape = T::SHAPE;

    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        T::decode(value).map(Self::new)
    }

    fn missing() -> Self {
        Self::new(T::missing())
    }
}

impl<T: Decode> Decode for Vec<T> {
    const SHAPE: Shape = T::SHAPE;

    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        match value {
            Json::Null => Ok(Self::new()),
            Json::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| {
                    T::decode(item).map_err(|error| error.within(&index.to_string()))
                })
                .collect(),
            other => Err(Mismatch::new("a list", &other)),
        }
    }

    fn missing() -> Self {
        Self::new()
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);

    fn decode(value: Json<'_>) -> Result<Self, Mismatch> {
        let members = Members::of(value)?;
        let decoded = members.0.into_iter().map(|(key, item)| {
            let item = T::decode(item).map_err(|error| error.within(&key))?;
            Ok((key.into_owned(), item))
        });
        decoded.collect()
    }

    fn missing() -> Self {
        Self::new()
    }
}
