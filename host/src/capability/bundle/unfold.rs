//! One JSON text as single objects: lists are unfolded, and say what is missing of them.
//!
//! Lists are those that an API server answers, those that `kubectl get` makes, and bare arrays. An object that does not say
//! of which kind it is takes the word of the list around it. A server that answers a list in parts says so in its
//! metadata: such a list is a part, however it came into a file.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// One object of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// Of the object itself, or of the list that it stands in.
    pub(super) head: &'a Head,
    pub(super) json: &'a str,
}

/// What an object says of its kind.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) api_version: Option<String>,
    pub(super) kind: Option<String>,
}

/// Why a list is not all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lack {
    /// It says that the server has more.
    More,
    /// It has no key for its objects: an empty list has one.
    Items,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    api_version: Option<String>,
    kind: Option<String>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    /// `null` is told from a key that is not there.
    #[serde(borrow, default, deserialize_with = "there")]
    items: Option<&'a RawValue>,
}

/// What stands there, be it `null`.
fn there<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(source).map(Some)
}

/// What a list says of itself.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct About {
    name: Value,
    #[serde(rename = "continue")]
    goes_on: Value,
    remaining_item_count: Value,
}

impl About {
    fn of(metadata: Option<&RawValue>) -> Self {
        let about = metadata.map(|metadata| serde_json::from_str(metadata.get()));
        about.and_then(Result::ok).unwrap_or_default()
    }

    fn is_part(&self) -> bool {
        says_something(&self.goes_on) || says_something(&self.remaining_item_count)
    }
}

/// Neither absent nor empty nor zero.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    }
}

/// Show the objects of a text, in order. What is in an array and no object is shown too, with an empty head.
///
/// A list that is not all comes back with the kind of its objects, which is empty where the list does not say it.
pub(super) fn unfold(
    text: &str,
    show: &mut impl FnMut(Item<'_>),
) -> serde_json::Result<Option<(Head, Lack)>> {
    match text.as_bytes().first() {
        Some(b'[') => return every(text, &Head::default(), show).map(|()| None),
        Some(b'{') => {}
        // A Go server writes an empty list so, and nothing else of it is an object.
        _ => return Ok(None),
    }
    let whole: Whole<'_> = serde_json::from_str(text)?;
    let head = Head {
        api_version: whole.api_version,
        kind: whole.kind,
    };
    let about = About::of(whole.metadata);
    let of = head
        .kind
        .as_deref()
        .and_then(|kind| kind.strip_suffix("List"));
    let (of, items) = match (of, &head.kind, whole.items) {
        (Some(of), _, Some(items)) => (of, Some(items.get())),
        // A list that forgot its own kind.
        (None, None, Some(items)) => ("", Some(items.get())),
        // A list has no name of its own: what has one is an object of a kind that is called so.
        (Some(of), _, None) if !says_something(&about.name) => (of, None),
        _ => {
            show(Item {
                head: &head,
                json: text,
            });
            return Ok(None);
        }
    };
    // The kind `List` says nothing of what is in it.
    let of = match of {
        "" => Head::default(),
        of => Head {
            kind: Some(of.to_owned()),
            ..head.clone()
        },
    };
    match items {
        None => return Ok(Some((of, Lack::Items))),
        Some("null") => {}
        Some(items) => every(items, &of, show)?,
    }
    Ok(about.is_part().then_some((of, Lack::More)))
}

/// The objects of an array. What one does not say of itself, the list says.
fn every(text: &str, of: &Head, show: &mut impl FnMut(Item<'_>)) -> serde_json::Result<()> {
    let items: Vec<&RawValue> = serde_json::from_str(text)?;
    for item in items {
        let own: Head = serde_json::from_str(item.get()).unwrap_or_default();
        let head = Head {
            api_version: own.api_version.or_else(|| of.api_version.clone()),
            kind: own.kind.or_else(|| of.kind.clone()),
        };
        show(Item {
            head: &head,
            json: item.get(),
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::goes_on(r#"{"kind":"PodList","metadata":{"continue":"x"},"items":[{}]}"#, 1, Some(("Pod", Lack::More)))]
    #[case::more(r#"{"kind":"PodList","metadata":{"remainingItemCount":2},"items":[]}"#, 0, Some(("Pod", Lack::More)))]
    #[case::more_of_null(r#"{"kind":"PodList","metadata":{"continue":"x"},"items":null}"#, 0, Some(("Pod", Lack::More)))]
    #[case::mixed(r#"{"kind":"List","metadata":{"continue":"x"},"items":[{"kind":"Pod"}]}"#, 1, Some(("", Lack::More)))]
    #[case::kindless(r#"{"metadata":{"continue":"x"},"items":[{}]}"#, 1, Some(("", Lack::More)))]
    #[case::no_items(r#"{"kind":"PodList","apiVersion":"v1"}"#, 0, Some(("Pod", Lack::Items)))]
    #[case::whole(r#"{"kind":"PodList","metadata":{"continue":"","remainingItemCount":0,"resourceVersion":"7"},"items":[{}]}"#, 1, None)]
    #[case::nothing_said(r#"{"kind":"PodList","metadata":null,"items":[{}]}"#, 1, None)]
    #[case::empty_of_go(r#"{"kind":"PodList","items":null}"#, 0, None)]
    #[case::no_list(r#"{"kind":"AllowList","metadata":{"name":"a"},"spec":{}}"#, 1, None)]
    fn a_list_says_what_it_lacks(
        #[case] text: &str,
        #[case] shown: usize,
        #[case] expected: Option<(&str, Lack)>,
    ) {
        let mut count = 0;
        let lack = unfold(text, &mut |_| count += 1).unwrap();
        let lack = lack.map(|(of, lack)| (of.kind.unwrap_or_default(), lack));
        let expected = expected.map(|(of, lack)| (of.to_owned(), lack));
        assert_eq!((count, lack), (shown, expected));
    }
}
