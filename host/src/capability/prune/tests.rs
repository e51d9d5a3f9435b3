#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use base64::Engine as _;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::*;
use crate::manifest::KindName;

fn resource(kind: &str) -> Resource {
    let kind: KindName = kind.parse().unwrap();
    Resource::built_in(&kind).unwrap()
}

fn pruner(kind: &str, paths: &[&str]) -> Pruner {
    Pruner::new(&resource(kind), &Mask::from_paths(paths).unwrap(), false)
}

fn prune(pruner: &Pruner, object: &Value) -> Value {
    let row = pruner.row(object.to_string().as_bytes()).unwrap();
    serde_json::from_str(row.json.get()).unwrap()
}

/// An object with identity and these top-level fields.
fn object(fields: Value) -> Value {
    let mut object =
        json!({"metadata": {"name": "a", "namespace": "n", "uid": "u", "resourceVersion": "1"}});
    for (key, value) in fields.as_object().unwrap() {
        if key == "metadata" {
            object["metadata"]
                .as_object_mut()
                .unwrap()
                .extend(value.as_object().unwrap().clone());
        } else {
            object[key] = value.clone();
        }
    }
    object
}

fn pod(fields: Value) -> Value {
    let mut pod = object(fields);
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod
}

#[rstest]
#[case::identity_only(&[], json!({"spec": {"a": 1}, "metadata": {"labels": {"a": "b"}}}), json!({}))]
#[case::a_branch(&["spec.a"], json!({"spec": {"a": {"x": [1, null, "é\n"]}, "b": 2}}), json!({"spec": {"a": {"x": [1, null, "é\n"]}}}))]
#[case::arrays_are_transparent(&["spec.c.n"], json!({"spec": {"c": [{"n": 1, "m": 2}, {"m": 3}, 4]}}), json!({"spec": {"c": [{"n": 1}, {}]}}))]
#[case::any_key(&["status.*.x"], json!({"status": {"p": {"x": 1, "y": 2}, "q": {"y": 3}, "r": 4}}), json!({"status": {"p": {"x": 1}, "q": {}}}))]
#[case::scalar_where_a_branch_is_named(&["spec.a.b"], json!({"spec": {"a": 7}}), json!({"spec": {}}))]
#[case::annotation_by_key(&["metadata.annotations[\"a.b/c\"]"], json!({"metadata": {"annotations": {"a.b/c": "1", "d": "2"}}}), json!({"metadata": {"annotations": {"a.b/c": "1"}}}))]
#[case::last_applied_is_dropped(&["metadata.annotations"], json!({"metadata": {"annotations": {LAST: "{}", "d": "2"}}}), json!({"metadata": {"annotations": {"d": "2"}}}))]
#[case::last_applied_is_dropped_deep(&["spec"], json!({"spec": {"t": [{"annotations": {LAST: "{}"}}]}}), json!({"spec": {"t": [{"annotations": {}}]}}))]
#[case::last_applied_is_dropped_when_named(&["metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]"], json!({"metadata": {"annotations": {LAST: "{}"}}}), json!({"metadata": {"annotations": {}}}))]
#[case::managed_fields_by_name(&["metadata.managedFields.time"], json!({"metadata": {"managedFields": [{"time": "t", "fieldsV1": {}}]}}), json!({"metadata": {"managedFields": [{"time": "t"}]}}))]
#[case::managed_fields_not_unasked(&["*"], json!({"metadata": {"managedFields": [{"time": "t"}], "generation": 2}}), json!({"metadata": {"generation": 2}}))]
fn a_mask_says_what_is_kept(#[case] mask: &[&str], #[case] fields: Value, #[case] kept: Value) {
    let pruner = pruner("v1/Pod", mask);
    assert_eq!(prune(&pruner, &object(fields)), pod(kept));
}

const LAST: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[rstest]
#[case::secret_name(json!({"name": "DB_PASSWORD", "value": "x"}), json!({"name": "DB_PASSWORD", "value": "[redacted]"}))]
#[case::value_first(json!([{"value": "x", "name": "api-token"}]), json!([{"value": "[redacted]", "name": "api-token"}]))]
#[case::helm_parameter(json!({"name": "auth.accessKey", "value": "x"}), json!({"name": "auth.accessKey", "value": "[redacted]"}))]
#[case::empty_stays(json!({"name": "TOKEN", "value": ""}), json!({"name": "TOKEN", "value": ""}))]
#[case::not_keycloak(json!({"name": "KEYCLOAK_URL", "value": "x"}), json!({"name": "KEYCLOAK_URL", "value": "x"}))]
#[case::a_structure(json!({"name": "SECRET", "value": {"a": [1]}}), json!({"name": "SECRET", "value": "[redacted]"}))]
fn values_beside_secret_names_are_redacted(#[case] written: Value, #[case] kept: Value) {
    let pruner = pruner("v1/Pod", &["spec"]);
    let env = |env| json!({"spec": {"env": env}});
    assert_eq!(prune(&pruner, &object(env(written))), pod(env(kept)));
}

#[test]
fn a_name_that_is_not_kept_still_hides_its_value() {
    let pruner = pruner("v1/Pod", &["spec.env.value"]);
    let written = json!({"spec": {"env": [{"name": "A_KEY", "value": "x"}, {"value": "y"}]}});
    let kept = json!({"spec": {"env": [{"value": "[redacted]"}, {"value": "y"}]}});
    assert_eq!(prune(&pruner, &object(written)), pod(kept));
}

#[test]
fn of_a_secret_only_metadata_passes() {
    let pruner = pruner("v1/Secret", &["*", "data", "type", "metadata.labels"]);
    let secret = object(
        json!({"type": "Opaque", "data": {"k": "c2VjcmV0"}, "stringData": {"l": "s"}, "facts": 1}),
    );
    let text = prune(&pruner, &secret).to_string();
    assert!(!text.contains("c2VjcmV0") && !text.contains("Opaque") && !text.contains("facts"));
    assert!(pruner.row(b"{\"data\":{\"k\":\"c2VjcmV0\"}}").is_err());
}

#[test]
fn facts_of_a_secret_hold_names_emptiness_type_and_certificate() {
    let names = vec!["portal.site.test".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(certified.cert.pem());
    let secret = object(json!({
        "data": {"tls.crt": encoded, "tls.key": "c2VjcmV0", "old": "", "none": null},
        "type": "kubernetes.io/tls",
    }));
    let pruner = Pruner::new(&resource("v1/Secret"), &Mask::default(), true);
    let pruned = prune(&pruner, &secret);
    let keys = json!([
        {"name": "none", "empty": true}, {"name": "old", "empty": true},
        {"name": "tls.crt", "empty": false}, {"name": "tls.key", "empty": false},
    ]);
    assert_eq!(pruned["facts"]["keys"], keys);
    assert_eq!(pruned["facts"]["type"], "kubernetes.io/tls");
    assert_eq!(
        pruned["facts"]["certificate"]["names"],
        json!(["portal.site.test"])
    );
    assert!(
        pruned["facts"]["certificate"]["notAfter"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert!(!pruned.to_string().contains("c2VjcmV0") && !pruned.to_string().contains(&encoded));

    assert_eq!(prune(&pruner, &pruned), pruned, "pruned again with facts");
    let narrow = Pruner::new(&resource("v1/Secret"), &Mask::default(), false);
    assert_eq!(
        prune(&narrow, &pruned).get("facts"),
        None,
        "pruned again without"
    );
}

#[rstest]
#[case("bm90IHBlbQ==", "not PEM")]
#[case("%%%", "not base64")]
fn a_certificate_that_does_not_parse_is_a_fact(#[case] value: &str, #[case] why: &str) {
    let pruner = Pruner::new(&resource("v1/Secret"), &Mask::default(), true);
    let pruned = prune(&pruner, &object(json!({"data": {"tls.crt": value}})));
    assert_eq!(pruned["facts"]["certificate"]["unreadable"], why);
}

#[rstest]
#[case::escaped_name("{\"n\\u0061me\": \"a_t\\u006fken\", \"value\": \"x\"}", "[redacted]")]
#[case::two_names(
    "{\"name\": \"TOKEN\", \"value\": \"x\", \"name\": \"other\"}",
    "[redacted]"
)]
#[case::escaped_value("{\"name\": \"other\", \"v\\u0061lue\": \"\\u0078\"}", "x")]
fn escapes_hide_nothing(#[case] env: &str, #[case] value: &str) {
    let text = format!(
        "{{\"metadata\":{{\"name\":\"a\",\"namespace\":\"n\"}},\"spec\":{{\"env\":[{env}]}}}}"
    );
    let row = pruner("v1/Pod", &["spec"]).row(text.as_bytes()).unwrap();
    let kept: Value = serde_json::from_str(row.json.get()).unwrap();
    assert_eq!(kept["spec"]["env"][0]["value"], value);
}

#[rstest]
#[case::last_applied(&["metadata"], "{\"annotations\":{\"kubectl.kubernetes.io\\/last-applied-configuration\":\"x\"},\"name\":\"a\",\"namespace\":\"n\"}", "last-applied")]
#[case::managed_fields(&["*"], "{\"managed\\u0046ields\":[1],\"name\":\"a\",\"namespace\":\"n\"}", "ields")]
fn an_escaped_key_is_dropped_like_a_plain_one(
    #[case] mask: &[&str],
    #[case] metadata: &str,
    #[case] dropped: &str,
) {
    let row = pruner("v1/Pod", mask)
        .row(format!("{{\"metadata\":{metadata}}}").as_bytes())
        .unwrap();
    assert!(!row.json.get().contains(dropped), "{}", row.json.get());
}

#[rstest]
#[case::number("01")]
#[case::word("nul")]
#[case::control_character("\"a\nb\"")]
#[case::escape("\"\\x\"")]
#[case::trailing_comma("[1,]")]
#[case::no_comma("[1 2]")]
#[case::no_colon("{\"a\" 1}")]
#[case::other_bracket("[1}")]
fn what_is_kept_is_sound_json(#[case] spec: &str) {
    let text = format!("{{\"metadata\":{{\"name\":\"a\",\"namespace\":\"n\"}},\"spec\":{spec}}}");
    let unfit = pruner("v1/Pod", &["spec"])
        .row(text.as_bytes())
        .unwrap_err();
    assert!(matches!(unfit, Unfit::Json), "{unfit:?}");
}

#[rstest]
#[case(b"5")]
#[case(b"null")]
#[case(b"\"x\"")]
#[case(b"[{}]")]
#[case(b"{}")]
#[case(b"{\"metadata\": []}")]
#[case(b"{\"metadata\": {\"name\": 4, \"namespace\": \"n\"}}")]
#[case(b"{\"metadata\": {\"name\": \"a\"}}")]
fn what_is_no_object_is_unfit(#[case] text: &[u8]) {
    let unfit = pruner("v1/Pod", &["spec"]).row(text).unwrap_err();
    assert!(matches!(unfit, Unfit::NotAnObject), "{unfit:?}");
}

#[test]
fn an_object_that_is_too_deep_is_unfit_only_where_it_is_kept() {
    let deep = "[".repeat(100) + &"]".repeat(100);
    let text = format!("{{\"metadata\":{{\"name\":\"a\",\"namespace\":\"n\"}},\"spec\":{deep}}}");
    let kept = pruner("v1/Pod", &["spec"]).row(text.as_bytes());
    assert!(matches!(kept.unwrap_err(), Unfit::TooDeep));
    assert!(pruner("v1/Pod", &["status"]).row(text.as_bytes()).is_ok());
}

fn page(text: &str, frame: usize) -> Result<crate::capability::ListPage, ListFault> {
    let pruner = pruner("v1/Pod", &["spec.a"]);
    let mut reader = ListReader::new(&pruner);
    for frame in text.as_bytes().chunks(frame) {
        reader.feed(frame)?;
    }
    reader.finish()
}

#[rstest]
fn a_page_is_the_same_however_it_is_cut(#[values(1, 2, 3, 7, 64, 4096)] frame: usize) {
    let items = [
        object(json!({"spec": {"a": "\"}]{\\", "b": 1}})).to_string(),
        "null".to_owned(),
        "17".to_owned(),
        "\"x\"".to_owned(),
        "[]".to_owned(),
        object(json!({"spec": {"a": 2}})).to_string(),
    ];
    let text = format!(
        "{{\"kind\":\"PodList\", \"metadata\":{{\"resourceVersion\":\"7\",\"continue\":\"t\\u002b\",\"x\":[1]}},\n \"items\":[{}], \"n\": 5}}\n",
        items.join(", ")
    );
    let page = page(&text, frame).unwrap();
    assert_eq!((page.rows.len(), page.invalid), (2, 4));
    assert_eq!(
        (page.resource_version.as_str(), page.next.as_deref()),
        ("7", Some("t+"))
    );
    let first: Value = serde_json::from_str(page.rows[0].json.get()).unwrap();
    assert_eq!(first["spec"], json!({"a": "\"}]{\\"}));
    assert!(Arc::ptr_eq(
        page.rows[0].namespace.as_ref().unwrap(),
        page.rows[1].namespace.as_ref().unwrap()
    ));
}

#[rstest]
#[case::html("\n<html><body>login</body></html>", ListFault::Html)]
#[case::text("upstream connect error", ListFault::NotJson)]
#[case::nothing("", ListFault::Cut)]
#[case::no_list("{\"kind\":\"Status\"}", ListFault::NotAList)]
#[case::items_no_array("{\"items\":{}}", ListFault::NotAList)]
#[case::half("{\"items\":[{\"metadata\":{\"name\":\"a\",", ListFault::Cut)]
#[case::half_between_items("{\"items\":[null,", ListFault::Cut)]
#[case::broken_item("{\"items\":[{\"metadata\" \"x\"}]}", ListFault::NotJson)]
#[case::broken_metadata("{\"metadata\":{]},\"items\":[]}", ListFault::NotJson)]
#[case::more_after_the_end("{\"items\":[]}{", ListFault::NotJson)]
#[case::array("[]", ListFault::NotJson)]
fn what_is_no_page_says_why(#[case] text: &str, #[case] fault: ListFault) {
    assert_eq!(page(text, 5).unwrap_err(), fault);
}

#[test]
fn an_endless_item_is_cut_off() {
    let pruner = pruner("v1/Pod", &["spec"]);
    let mut reader = ListReader::new(&pruner);
    reader.feed(b"{\"items\":[{\"a\":\"").unwrap();
    let frame = vec![b'x'; 1 << 20];
    let fault = (0..10).find_map(|_| reader.feed(&frame).err());
    assert_eq!(fault, Some(ListFault::ObjectTooLarge));
}

#[test]
fn an_empty_list_may_be_null() {
    assert_eq!(page("{\"items\":null}", 3).unwrap().rows.len(), 0);
}

/// What the pruner does, the slow and obvious way.
fn naive(mask: &Mask, value: &Value) -> Option<Value> {
    match (mask, value) {
        (Mask::Fields(_), Value::Object(map)) => {
            let kept = map
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), naive(mask.child(key)?, value)?)));
            Some(Value::Object(kept.collect::<Map<_, _>>()))
        }
        (_, Value::Array(items)) => {
            Some(items.iter().filter_map(|item| naive(mask, item)).collect())
        }
        (Mask::All, value) => Some(value.clone()),
        (Mask::Fields(_), _) => None,
    }
}

fn some_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\"\\\\\\n{}é]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let key = prop::sample::select(vec!["a", "b", "c", "d/e", "{"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn some_paths() -> impl Strategy<Value = Vec<String>> {
    let segment = prop::sample::select(vec!["a", "b", "*", "c[\"d/e\"]"]);
    let path = prop::collection::vec(segment, 0..3).prop_map(|parts| {
        ["spec"]
            .into_iter()
            .chain(parts)
            .collect::<Vec<_>>()
            .join(".")
    });
    prop::collection::vec(path, 0..4)
}

proptest! {
    #[test]
    fn the_walk_keeps_what_the_obvious_prune_keeps(spec in some_value(), paths in some_paths()) {
        let mask = Mask::from_paths(&paths).unwrap();
        let pruner = Pruner::new(&resource("v1/Pod"), &mask, false);
        let mut expected = pod(json!({}));
        if let Some(spec) = mask.child("spec").and_then(|mask| naive(mask, &spec)) {
            expected["spec"] = spec;
        }
        let pruned = prune(&pruner, &object(json!({"spec": spec})));
        prop_assert_eq!(&pruned, &expected);
        prop_assert_eq!(&prune(&pruner, &pruned), &expected, "pruning is idempotent");
    }

    #[test]
    fn no_text_upsets_the_reader(text in "[{}\\[\\]\",:a0 \\\\<]{0,40}", frame in 1usize..9) {
        let _ = page(&text, frame);
        let _ = page(&format!("{{\"items\":[{text}"), frame);
    }
}
