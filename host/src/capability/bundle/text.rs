//! The text of a file, JSON or YAML, as single objects in JSON.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::unfold::{Head, Item, Lack, unfold};
use crate::capability::{ErrorCode, ReadError};

/// Parts of one YAML file: events of its parser. Objects of 7 KB have two hundred, so ten thousand of them fit.
const MAX_YAML_NODES: usize = 4_000_000;

/// Documents of one YAML file: a Helm chart renders to dozens, a whole platform to thousands.
const MAX_YAML_DOCUMENTS: usize = 100_000;

/// Levels of one YAML document. The schemas of large custom kinds have seventy; each takes stack.
const MAX_YAML_DEPTH: usize = 100;

/// Bytes of texts in one YAML file.
const MAX_YAML_TEXT: usize = 256 << 20;

/// What a file is, beside its objects.
#[derive(Debug)]
pub(super) struct Seen {
    /// It holds anything that could be an object or a list of them, be it empty: who writes that there is nothing writes
    /// a list of nothing.
    pub(super) is_something: bool,
    /// Of which kind objects are missing, and why. The kind is empty where nothing says it.
    pub(super) lacks: Vec<(Head, ReadError)>,
}

/// Show every object of a file, in order. What is in an array and no object is shown too, with an empty head.
pub(super) fn each(
    name: &str,
    bytes: &[u8],
    mut show: impl FnMut(Item<'_>),
) -> Result<Seen, ReadError> {
    let documents = documents(name, bytes)?;
    let mut lacks = Vec::new();
    for document in &documents {
        let lack = unfold(document, &mut show).map_err(|error| not_json(name, &error))?;
        lacks.extend(lack.map(|(of, lack)| (of, lacking(name, lack))));
    }
    let is_something = |text: &Cow<'_, str>| text.starts_with(['{', '[']) || *text == "null";
    Ok(Seen {
        is_something: documents.iter().any(is_something),
        lacks,
    })
}

/// The JSON texts of a file.
fn documents<'a>(name: &str, bytes: &'a [u8]) -> Result<Vec<Cow<'a, str>>, ReadError> {
    if name.ends_with(".json") {
        let texts = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
        return texts
            .map(|text| text.map(|text| Cow::Borrowed(text.get())))
            .collect::<Result<_, _>>()
            .map_err(|error| not_json(name, &error));
    }
    let values: Vec<Value> = serde_saphyr::from_slice_multiple_with_options(bytes, yaml())
        .map_err(|error| {
            let error = error.without_snippet().to_string();
            let first = error.lines().next().unwrap_or_default();
            invalid(
                format!("the bundle's `{name}` is not YAML: {first}"),
                "not-yaml",
            )
        })?;
    if values.iter().any(is_cut) {
        return Err(half(name));
    }
    Ok(values
        .iter()
        .map(|value| Cow::Owned(value.to_string()))
        .collect())
}

/// YAML that is cut still parses. kubectl writes keys in order, so a list that ends early lacks its kind, which stands
/// behind its items.
fn is_cut(document: &Value) -> bool {
    let has = |key: &str| document.get(key).is_some();
    has("apiVersion") && has("items") && !has("kind")
}

/// As kubectl reads YAML, within bounds.
fn yaml() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = MAX_YAML_NODES;
    budget.max_nodes = MAX_YAML_NODES;
    budget.max_depth = MAX_YAML_DEPTH;
    budget.max_documents = MAX_YAML_DOCUMENTS;
    budget.max_total_scalar_bytes = MAX_YAML_TEXT;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.emit_comments = false;
    options.with_snippet = false;
    options
}

/// A file that is not what its name says.
pub(super) fn not_json(name: &str, error: &serde_json::Error) -> ReadError {
    if error.is_eof() {
        return half(name);
    }
    invalid(format!("the bundle's `{name}` is not JSON"), "not-json")
}

/// What should be there is not.
pub(super) fn half(name: &str) -> ReadError {
    invalid(
        format!("the bundle's `{name}` ends in the middle"),
        "half-file",
    )
}

fn lacking(name: &str, lack: Lack) -> ReadError {
    match lack {
        Lack::More => ReadError::new(
            ErrorCode::TooLarge,
            format!("the bundle's `{name}` says that it is a part of a list"),
        )
        .because("part-of-a-list"),
        Lack::Items => invalid(
            format!("the bundle's `{name}` is a list without `items`"),
            "no-items",
        ),
    }
}

fn invalid(message: String, cause: &str) -> ReadError {
    ReadError::new(ErrorCode::Invalid, message).because(cause)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn seen(name: &str, text: &str) -> Result<Vec<(Head, String)>, ReadError> {
        let mut seen = Vec::new();
        each(name, text.as_bytes(), |item| {
            seen.push((item.head.clone(), item.json.to_owned()));
        })?;
        Ok(seen)
    }

    fn kinds(name: &str, text: &str) -> Vec<String> {
        let word = |word: Option<String>| word.unwrap_or_else(|| "-".to_owned());
        let seen = seen(name, text).unwrap().into_iter();
        seen.map(|(head, _)| format!("{} {}", word(head.api_version), word(head.kind)))
            .collect()
    }

    #[rstest]
    #[case::object("a.json", r#"{"apiVersion":"v1","kind":"Pod"}"#, &["v1 Pod"])]
    #[case::typed_list("a.json", r#"{"kind":"PodList","apiVersion":"v1","items":[{},{"kind":"Pod"}]}"#, &["v1 Pod", "v1 Pod"])]
    #[case::mixed_list("a.json", r#"{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1"},{}]}"#, &["v1 Pod", "- -"])]
    #[case::array("a.json", r#"[{"kind":"A","apiVersion":"x/v1"},7]"#, &["x/v1 A", "- -"])]
    #[case::stream("a.json", "{\"kind\":\"A\"}\n{\"kind\":\"B\"}", &["- A", "- B"])]
    #[case::empty_of_go("a.json", r#"{"kind":"PodList","items":null}"#, &[])]
    #[case::null("a.json", "null", &[])]
    #[case::nothing("a.json", " ", &[])]
    #[case::documents("a.yaml", "# no object\n---\nkind: A\n---\n---\nkind: B\napiVersion: v1\n", &["- A", "v1 B"])]
    #[case::values_of_a_chart("a.yaml", "items: [1, 2]\n", &["- -", "- -"])]
    #[case::yaml_list("a.yml", "kind: List\nitems:\n- {kind: A}\n- {kind: B}\n", &["- A", "- B"])]
    fn objects_are_found_wherever_they_stand(
        #[case] name: &str,
        #[case] text: &str,
        #[case] expected: &[&str],
    ) {
        assert_eq!(kinds(name, text), expected);
    }

    #[rstest]
    #[case("a.json", r#"{"kind":"PodList","items":[{"#, "half-file")]
    #[case("a.json", "{]", "not-json")]
    #[case("a.json", r#"{"kind":"PodList","items":7}"#, "not-json")]
    #[case("a.json", "kind: Pod", "not-json")]
    #[case("a.yaml", "a: [", "not-yaml")]
    #[case("a.yaml", "apiVersion: v1\nitems:\n- kind: Pod\n", "half-file")]
    #[case("a.yaml", "apiVersion: v1\nitems:\n", "half-file")]
    #[case("a.yaml", "{{- if .Values.on }}\nkind: Pod\n{{- end }}\n", "not-yaml")]
    fn what_does_not_parse_is_said_to_be_so(
        #[case] name: &str,
        #[case] text: &str,
        #[case] cause: &str,
    ) {
        let error = seen(name, text).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
        assert_eq!(error.attributes["cause"], cause, "{error}");
    }

    #[rstest]
    #[case(
        "a.json",
        r#"{"kind":"PodList","metadata":{"continue":"x"},"items":[{}]}"#,
        ErrorCode::TooLarge
    )]
    #[case(
        "a.yaml",
        "kind: PodList\nmetadata: {remainingItemCount: 2}\nitems: []\n",
        ErrorCode::TooLarge
    )]
    #[case(
        "a.json",
        r#"{"kind":"PodList","apiVersion":"v1"}"#,
        ErrorCode::Invalid
    )]
    fn a_list_that_is_not_all_is_said_to_be_so(
        #[case] name: &str,
        #[case] text: &str,
        #[case] code: ErrorCode,
    ) {
        let seen = each(name, text.as_bytes(), |_| {}).unwrap();
        let [(of, error)] = seen.lacks.as_slice() else {
            panic!("{seen:?}")
        };
        assert_eq!((of.kind.as_deref(), error.code), (Some("Pod"), code));
        assert!(error.message.contains(name), "{error}");
    }

    #[test]
    fn yaml_keeps_what_its_writer_meant() {
        let text = "kind: ConfigMap\ndata: {a: \"1\", b: 'yes', c: |\n  two\n  lines\n}\nspec: {n: 7, t: true}\n";
        let text = text.replace(
            "{a: \"1\", b: 'yes', c: |\n  two\n  lines\n}",
            "\n  a: \"1\"\n  b: 'yes'\n  c: |\n    two\n    lines",
        );
        let seen = seen("a.yaml", &text).unwrap();
        let value: Value = serde_json::from_str(&seen[0].1).unwrap();
        assert_eq!(value["data"]["a"], "1");
        assert_eq!(value["data"]["b"], "yes");
        assert_eq!(value["data"]["c"], "two\nlines\n");
        assert_eq!(value["spec"], serde_json::json!({"n": 7, "t": true}));
    }

    #[test]
    fn a_bomb_of_aliases_ends_early() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            let list = vec![before; 9].join(",");
            text += &format!("a{level}: &a{level} [{list}]\n");
        }
        assert_eq!(seen("a.yaml", &text).unwrap_err().code, ErrorCode::Invalid);
    }

    #[test]
    fn an_object_that_is_nested_without_end_costs_only_itself() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let text = format!(r#"[{{"kind":"A","spec":{deep}}},{{"kind":"B"}}]"#);
        assert_eq!(kinds("a.json", &text), ["- A", "- B"]);
    }
}
