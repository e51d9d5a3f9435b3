//! JSON as it stands in a page of objects, read once and borrowed from it.
//!
//! A check lists thousands of objects and keeps little of each. So names and texts are not copied until a field takes
//! them, and members stay in a list: there are few, and each is looked up once.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON value whose texts are borrowed where the source has them in one piece.
///
/// ```
/// use bsq_sdk::object::{Decode, Json};
///
/// let page: Vec<Json> = serde_json::from_str(r#"["Bound", null]"#)?;
/// assert_eq!(page[0].as_str(), Some("Bound"));
/// assert_eq!(String::decode(page[1].clone()), Ok(String::new()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// Nothing.
    Null,
    /// A fact.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Cow<'a, str>),
    /// Values in their order.
    List(Vec<Json<'a>>),
    /// Members in their order.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// One member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none of what is no list.
    #[must_use]
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(fact) => Self::Bool(fact),
            Json::Number(number) => Self::Number(number),
            Json::Text(text) => Self::String(text.into_owned()),
            Json::List(items) => Self::Array(items.into_iter().map(Into::into).collect()),
            Json::Object(members) => {
                let members = members.into_iter();
                let owned = members.map(|(name, value)| (name.into_owned(), value.into()));
                Self::Object(owned.collect::<Map<_, _>>())
            }
        }
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(fact) => Self::Bool(*fact),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(items) => Self::List(items.iter().map(Into::into).collect()),
            Value::Object(members) => {
                let members = members.iter();
                Self::Object(
                    members
                        .map(|(name, value)| (name.into(), value.into()))
                        .collect(),
                )
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, fact: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(fact))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            members.push((name, map.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

/// The name of a member, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Reader)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("the name of a member is no text")),
        }
    }
}

/// Read a JSON array, item by item: no more than one is held at a time.
///
/// # Errors
///
/// It is no JSON array.
pub(crate) fn each_item(array: &str, take: impl FnMut(Json<'_>)) -> Result<(), serde_json::Error> {
    struct Items<F>(F);

    impl<'de, F: FnMut(Json<'de>)> Visitor<'de> for Items<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of objects")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
            while let Some(item) = seq.next_element()? {
                (self.0)(item);
            }
            Ok(())
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(array);
    deserializer.deserialize_seq(Items(take))?;
    deserializer.end()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        let text = r#"{"a":[1,-2,3.5,1e400,true,null,"x","\u00e9\n"],"\"b\"":{"c":{}},"a":2}"#
            .replace("1e400,", "");
        let json: Json<'_> = serde_json::from_str(&text).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(Value::from(json), value);
        assert_eq!(Value::from(Json::from(&value)), value);
    }

    #[test]
    fn texts_without_escapes_are_borrowed() {
        let json: Json<'_> = serde_json::from_str(r#"{"name":"web"}"#).unwrap();
        let Json::Object(members) = json else {
            panic!("an object")
        };
        let (name, value) = members.into_iter().next().unwrap();
        assert!(matches!(name, Cow::Borrowed("name")));
        assert!(matches!(value, Json::Text(Cow::Borrowed("web"))));
    }

    #[test]
    fn a_page_is_read_item_by_item_to_its_end() {
        let mut count = 0;
        each_item("[{}, 1, \"x\"]", |_| count += 1).unwrap();
        assert_eq!(count, 3);
        assert!(each_item("[{}, ", |_| ()).is_err());
        assert!(each_item("{}", |_| ()).is_err());
        assert!(each_item("[] 1", |_| ()).is_err());
    }
}
