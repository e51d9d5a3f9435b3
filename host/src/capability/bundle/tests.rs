use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::capability::{
    Coverage, HttpRequest, ListPage, ListRequest, LogsRequest, Mask, MetricsRequest, ObjectRequest,
    PodLogRequest, Resource, When,
};

const NOW: &str = "2026-11-23T12:00:00Z";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> Bundle {
    Bundle::open(folder.path(), NOW.parse().unwrap()).unwrap()
}

fn bundle(files: &[(&str, &str)]) -> (TempDir, Bundle) {
    let folder = folder(files);
    let bundle = open(&folder);
    (folder, bundle)
}

fn resource(kind: &str) -> Resource {
    let kind = kind.parse().unwrap();
    Resource::built_in(&kind).unwrap_or_else(|| Resource {
        plural: format!("{}s", kind.kind.to_lowercase()),
        namespaced: true,
        kind,
    })
}

fn list_of(kind: &str, namespace: Option<&str>) -> ListRequest {
    ListRequest {
        resource: resource(kind),
        namespace: namespace.map(str::to_owned),
        mask: Mask::from_paths(["spec", "status"]).unwrap(),
        facts: false,
        cursor: None,
    }
}

fn page(bundle: &Bundle, request: &ListRequest) -> Result<ListPage, ReadError> {
    match bundle.inner.answer(&Request::List(request.clone()))? {
        Body::List(page) => Ok(page),
        other => panic!("no list: {other:?}"),
    }
}

/// All names of a list, and how it ended: as the shared view reads it.
fn list(bundle: &Bundle, kind: &str, namespace: Option<&str>) -> (Vec<String>, Coverage) {
    let mut request = list_of(kind, namespace);
    let mut names = Vec::new();
    loop {
        match page(bundle, &request) {
            Ok(page) => {
                names.extend(page.rows.iter().map(|row| (*row.name).to_owned()));
                if page.invalid > 0 {
                    return (names, Coverage::Invalid);
                }
                match page.next {
                    Some(next) => request.cursor = Some(next),
                    None => return (names, Coverage::Complete),
                }
            }
            Err(error) => return (names, error.code.coverage()),
        }
    }
}

fn get(bundle: &Bundle, kind: &str, namespace: Option<&str>, name: &str) -> Coverage {
    let answer = bundle.inner.answer(&Request::Get(ObjectRequest {
        resource: resource(kind),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        mask: Mask::default(),
        facts: false,
    }));
    match answer {
        Ok(Body::Object(row)) if &*row.name == name => Coverage::Complete,
        Ok(other) => panic!("not it: {other:?}"),
        Err(error) => error.code.coverage(),
    }
}

fn log(bundle: &Bundle, pod: &str, container: &str) -> Answer {
    bundle.inner.answer(&Request::PodLog(PodLogRequest {
        namespace: "data".to_owned(),
        pod: pod.to_owned(),
        container: Some(container.to_owned()),
        previous: false,
        since: None,
        tail: 50,
        limit: 1 << 20,
        timestamps: false,
    }))
}

fn text(answer: Answer) -> String {
    match answer {
        Ok(Body::PodLog(log)) => log.text,
        other => panic!("no log: {other:?}"),
    }
}

const PODS: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[
    {"metadata":{"name":"db","namespace":"data","creationTimestamp":"2026-11-23T06:00:00Z"},"spec":{}},
    {"metadata":{"name":"web","namespace":"data"},"spec":{}}]}"#;
const NONE: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}"#;
const RCS: &str =
    r#"{"kind":"ReplicationControllerList","apiVersion":"v1","metadata":{},"items":null}"#;
const NODES: &str = r#"{"kind":"NodeList","apiVersion":"v1","items":[{"metadata":{"name":"n"}}]}"#;
const NAMESPACES: &str = r#"{"kind":"List","apiVersion":"v1","items":[
    {"kind":"Namespace","apiVersion":"v1","metadata":{"name":"data"}},
    {"kind":"Namespace","apiVersion":"v1","metadata":{"name":"default"}},
    {"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system"}}]}"#;
const LOG: &str = "==== START logs for container db of pod data/db ====\nno space left\n==== END logs for container db of pod data/db ====\n";

fn dump() -> Vec<(&'static str, &'static str)> {
    vec![
        ("nodes.json", NODES),
        ("data/pods.json", PODS),
        ("data/replication-controllers.json", RCS),
        ("data/db/logs.txt", LOG),
        ("kube-system/pods.json", NONE),
        ("kube-system/replication-controllers.json", RCS),
    ]
}

#[test]
fn a_dump_knows_its_namespaces_and_not_which_others_there_are() {
    let (_folder, bundle) = bundle(&dump());
    assert!(bundle.title().starts_with("dump "), "{}", bundle.title());
    assert_eq!(
        list(&bundle, "v1/Pod", Some("data")),
        (vec!["db".into(), "web".into()], Coverage::Complete)
    );
    assert_eq!(list(&bundle, "v1/Pod", None).1, Coverage::NotCollected);
    assert_eq!(list(&bundle, "v1/Pod", None).0.len(), 2);
    assert_eq!(
        list(&bundle, "v1/Node", None),
        (vec!["n".into()], Coverage::Complete)
    );
    for (kind, namespace) in [
        ("v1/Pod", Some("iam")),
        ("v1/Service", Some("data")),
        ("apps/v1/StatefulSet", None),
        ("v1/Namespace", None),
        ("v1/Secret", None),
    ] {
        assert_eq!(
            list(&bundle, kind, namespace),
            (vec![], Coverage::NotCollected),
            "{kind}"
        );
    }
}

#[test]
fn with_its_namespaces_a_dump_is_whole() {
    let mut files = dump();
    files.push(("namespaces.json", NAMESPACES));
    let lacking = bundle(&files);
    assert_eq!(
        list(&lacking.1, "v1/Pod", None).1,
        Coverage::NotCollected,
        "default was not dumped"
    );
    files.push(("default/pods.json", NONE));
    let (_folder, bundle) = bundle(&files);
    let (names, coverage) = list(&bundle, "v1/Pod", None);
    assert_eq!((names.len(), coverage), (2, Coverage::Complete));
    assert_eq!(list(&bundle, "v1/Namespace", None).1, Coverage::Complete);
    assert_eq!(
        list(&bundle, "v1/ReplicationController", None).1,
        Coverage::NotCollected
    );
}

#[test]
fn objects_and_logs_are_found_or_known_to_lack() {
    let (_folder, bundle) = bundle(&dump());
    assert_eq!(
        get(&bundle, "v1/Pod", Some("data"), "db"),
        Coverage::Complete
    );
    assert_eq!(
        get(&bundle, "v1/Pod", Some("data"), "none"),
        Coverage::Absent
    );
    assert_eq!(
        get(&bundle, "v1/Pod", Some("iam"), "db"),
        Coverage::NotCollected
    );
    assert_eq!(get(&bundle, "v1/Node", None, "other"), Coverage::Absent);
    assert_eq!(
        get(&bundle, "v1/Namespace", None, "data"),
        Coverage::NotCollected
    );
    assert_eq!(text(log(&bundle, "db", "db")), "no space left\n");
    assert_eq!(
        log(&bundle, "web", "web").unwrap_err().code,
        ErrorCode::NotCollected
    );
}

#[test]
fn more_lists_can_be_laid_beside_a_dump() {
    let mut files = dump();
    let ingress = r#"{"kind":"List","apiVersion":"v1","items":[{"kind":"Ingress","apiVersion":"networking.k8s.io/v1","metadata":{"name":"i","namespace":"data"}}]}"#;
    files.push(("ingresses.json", ingress));
    let (_folder, bundle) = bundle(&files);
    let expected = (vec!["i".to_owned()], Coverage::NotCollected);
    assert_eq!(
        list(&bundle, "networking.k8s.io/v1/Ingress", None),
        expected
    );
    assert_eq!(list(&bundle, "v1/Pod", Some("data")).1, Coverage::Complete);
}

#[test]
fn a_broken_file_spoils_its_own_reads_and_no_other() {
    let mut files = dump();
    let half = &PODS[..PODS.len() / 2];
    files[4].1 = half;
    let (_folder, bundle) = bundle(&files);
    assert_eq!(
        list(&bundle, "v1/Pod", Some("kube-system")),
        (vec![], Coverage::Invalid)
    );
    let (names, coverage) = list(&bundle, "v1/Pod", None);
    assert_eq!((names.len(), coverage), (2, Coverage::Invalid));
    assert_eq!(list(&bundle, "v1/Pod", Some("data")).1, Coverage::Complete);
    assert_eq!(list(&bundle, "v1/Node", None).1, Coverage::Complete);
}

fn troubleshoot() -> Vec<(&'static str, &'static str)> {
    const ALL: &str = r#"{"kind":"NamespaceList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[
        {"metadata":{"name":"data"}},{"metadata":{"name":"default"}},{"metadata":{"name":"kube-system"}}]}"#;
    const CRDS: &str = r#"{"kind":"CustomResourceDefinitionList","apiVersion":"apiextensions.k8s.io/v1","items":[
        {"metadata":{"name":"applications.argoproj.io"}},{"metadata":{"name":"appprojects.argoproj.io"}}]}"#;
    const SERVED: &str = r#"[{"groupVersion":"v1","resources":[{"name":"pods","kind":"Pod","namespaced":true},{"name":"services","kind":"Service","namespaced":true}]},
        {"groupVersion":"apps/v1","resources":[{"name":"statefulsets","kind":"StatefulSet","namespaced":true}]},
        {"groupVersion":"argoproj.io/v1alpha1","resources":[{"name":"applications","kind":"Application","namespaced":true},{"name":"appprojects","kind":"AppProject","namespaced":true}]}]"#;
    vec![
        ("b/version.yaml", "apiVersion: troubleshoot.sh/v1beta2\n"),
        (
            "b/cluster-info/cluster_version.json",
            r#"{"info":{"gitVersion":"v1.36.3"},"string":"v1.36.3"}"#,
        ),
        ("b/cluster-resources/namespaces.json", ALL),
        ("b/cluster-resources/pods/data.json", PODS),
        ("b/cluster-resources/pods/default.json", NONE),
        ("b/cluster-resources/pods/kube-system.json", NONE),
        (
            "b/cluster-resources/pods/logs/data/db/db.log",
            "no space left\n",
        ),
        (
            "b/cluster-resources/services-errors.json",
            r#"{"data":"services is forbidden: User \"jane\" cannot list"}"#,
        ),
        (
            "b/cluster-resources/statefulsets-errors.json",
            r#"{"data":"etcdserver: request timed out"}"#,
        ),
        ("b/cluster-resources/resources.json", SERVED),
        ("b/cluster-resources/custom-resource-definitions.json", CRDS),
        (
            "b/cluster-resources/custom-resources/applications.argoproj.io/data.json",
            r#"[{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"app","namespace":"data"}}]"#,
        ),
    ]
}

#[test]
fn a_support_bundle_says_what_it_holds_and_what_it_was_refused() {
    let (_folder, bundle) = bundle(&troubleshoot());
    assert_eq!(bundle.server_version(), Some("v1.36.3"));
    let (names, coverage) = list(&bundle, "v1/Pod", None);
    assert_eq!((names.len(), coverage), (2, Coverage::Complete));
    assert_eq!(
        list(&bundle, "v1/Service", Some("data")),
        (vec![], Coverage::Forbidden)
    );
    assert_eq!(
        list(&bundle, "apps/v1/StatefulSet", Some("data")),
        (vec![], Coverage::Failed)
    );
    assert_eq!(
        list(&bundle, "v1/Service", Some("default")),
        (vec![], Coverage::NotCollected)
    );
    let app = (vec!["app".to_owned()], Coverage::Complete);
    assert_eq!(list(&bundle, "argoproj.io/v1alpha1/Application", None), app);
    assert_eq!(
        list(&bundle, "argoproj.io/v1alpha1/AppProject", None),
        (vec![], Coverage::Complete)
    );
    assert_eq!(
        list(&bundle, "cert-manager.io/v1/Certificate", None),
        (vec![], Coverage::Absent)
    );
    assert_eq!(text(log(&bundle, "db", "db")), "no space left\n");
    assert!(
        matches!(bundle.inner.answer(&Request::Kinds), Ok(Body::Kinds { kinds }) if kinds.len() == 5)
    );
}

#[test]
fn a_support_bundle_of_some_namespaces_is_not_of_all() {
    let mut files = troubleshoot();
    files[2].1 = r#"[{"metadata":{"name":"default"}},{"metadata":{"name":"kube-system"}},{"metadata":{"name":"data"}}]"#;
    let (_folder, bundle) = bundle(&files);
    assert_eq!(list(&bundle, "v1/Pod", None).1, Coverage::NotCollected);
    assert_eq!(
        list(&bundle, "argoproj.io/v1alpha1/Application", None).1,
        Coverage::NotCollected
    );
    assert_eq!(
        list(&bundle, "argoproj.io/v1alpha1/Application", Some("data")).1,
        Coverage::Complete
    );
}

#[test]
fn a_part_of_a_list_is_answered_as_a_part_and_no_other_kind_suffers() {
    let cut = PODS.replace(r#""resourceVersion":"7""#, r#""continue":"x""#);
    let more = NONE.replace(
        r#""metadata":{}"#,
        r#""metadata":{"continue":"x","remainingItemCount":2}"#,
    );
    let bare = r#"{"kind":"PodList","apiVersion":"v1"}"#.to_owned();
    for (text, count, expected) in [
        (&cut, 2, Coverage::Truncated),
        (&more, 0, Coverage::Truncated),
        (&bare, 0, Coverage::Invalid),
    ] {
        let mut files = dump();
        files[1].1 = text;
        let in_dump = bundle(&files);
        let beside = ("notes.json", r#"{"kind":"ServiceList","apiVersion":"v1"}"#);
        let in_folder = bundle(&[("more/pods.json", text), ("nodes.json", NODES), beside]);
        for (_, bundle) in [&in_dump, &in_folder] {
            let (names, coverage) = list(bundle, "v1/Pod", Some("data"));
            assert_eq!((names.len(), coverage), (count, expected), "{text}");
            let lacking = get(bundle, "v1/Pod", Some("data"), "other");
            assert_eq!(lacking, expected, "{text}");
        }
        assert_eq!(list(&in_dump.1, "v1/Node", None).1, Coverage::Complete);
        let (nodes, coverage) = list(&in_folder.1, "v1/Node", None);
        assert_eq!((nodes.len(), coverage), (1, Coverage::NotCollected));
    }
}

#[test]
fn a_part_of_the_namespaces_is_not_all_of_them() {
    let mut files = dump();
    let part = NAMESPACES.replace(r#""items""#, r#""metadata":{"continue":"x"},"items""#);
    files.push(("namespaces.json", &part));
    files.push(("default/pods.json", NONE));
    let (_folder, bundle) = bundle(&files);
    assert_eq!(list(&bundle, "v1/Pod", None).1, Coverage::NotCollected);
    let namespaces = list(&bundle, "v1/Namespace", None);
    assert_eq!((namespaces.0.len(), namespaces.1), (3, Coverage::Truncated));
}

#[test]
fn what_could_not_be_collected_of_custom_kinds_is_told() {
    let mut files = troubleshoot();
    files.push((
        "b/cluster-resources/custom-resources/custom-resources-errors.json",
        r#"{"appprojects.argoproj.io":"appprojects.argoproj.io is forbidden"}"#,
    ));
    let (_folder, bundle) = bundle(&files);
    assert_eq!(
        list(&bundle, "argoproj.io/v1alpha1/AppProject", None).1,
        Coverage::Forbidden
    );
    assert_eq!(
        list(&bundle, "argoproj.io/v1alpha1/Application", None).1,
        Coverage::Complete
    );
}

#[test]
fn manifests_are_read_and_never_all_there_is() {
    let manifests = "kind: Pod\napiVersion: v1\nmetadata: {name: a, namespace: data}\n---\nkind: Service\napiVersion: v1\nmetadata: {name: s, namespace: data}\n";
    let (_folder, bundle) = bundle(&[
        ("all.yaml", manifests),
        ("more/pods.json", PODS),
        ("values.yaml", "replicas: 3\n"),
        ("notes.txt", "{"),
    ]);
    assert!(bundle.title().starts_with("folder "));
    let (names, coverage) = list(&bundle, "v1/Pod", None);
    assert_eq!(
        (names, coverage),
        (
            vec!["a".into(), "db".into(), "web".into()],
            Coverage::NotCollected
        )
    );
    assert_eq!(
        list(&bundle, "v1/Pod", Some("iam")),
        (vec![], Coverage::NotCollected)
    );
    assert_eq!(
        get(&bundle, "v1/Service", Some("data"), "s"),
        Coverage::Complete
    );
    assert_eq!(
        get(&bundle, "v1/Service", Some("data"), "t"),
        Coverage::NotCollected
    );
}

#[test]
fn manifests_that_contradict_each_other_or_say_no_place_are_invalid() {
    let pod = |namespace: &str, node: &str| {
        format!(
            "kind: Pod\napiVersion: v1\nmetadata: {{name: a{namespace}}}\nspec: {{nodeName: {node}}}\n"
        )
    };
    let (one, other) = (pod(", namespace: data", "n"), pod(", namespace: data", "m"));
    for (second, expected) in [
        (one.as_str(), Coverage::NotCollected),
        (other.as_str(), Coverage::Invalid),
        (&pod("", "n"), Coverage::Invalid),
        ("kind: Pod\n\tbroken", Coverage::Invalid),
    ] {
        let (_folder, bundle) = bundle(&[("a.yaml", one.as_str()), ("b.yaml", second)]);
        assert_eq!(
            list(&bundle, "v1/Pod", None),
            (vec!["a".into()], expected),
            "{second}"
        );
    }
}

#[test]
fn a_link_leads_nowhere() {
    let folder = folder(&dump());
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("services.json"), NONE).unwrap();
    std::os::unix::fs::symlink(
        outside.path().join("services.json"),
        folder.path().join("data/services.json"),
    )
    .unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("iam")).unwrap();
    let bundle = open(&folder);
    assert_eq!(
        list(&bundle, "v1/Service", Some("data")).1,
        Coverage::NotCollected
    );
    assert_eq!(
        list(&bundle, "v1/Service", Some("iam")).1,
        Coverage::NotCollected
    );
}

#[test]
fn what_is_no_bundle_says_so() {
    let folder = folder(&[
        ("a.txt", "text"),
        ("b.json", "{}"),
        ("values.yaml", "a: 1\n"),
    ]);
    let code = |path: &Path| Bundle::open(path, Timestamp::now()).unwrap_err().code;
    assert_eq!(code(folder.path()), "BSQ0521");
    assert_eq!(code(&folder.path().join("a.txt")), "BSQ0520");
    assert_eq!(code(&folder.path().join("none")), "BSQ0520");
}

#[test]
fn the_clock_is_the_bundles() {
    let (_folder, bundle) = bundle(&dump());
    // Its files were written just now, which is later than it can be from.
    assert_eq!(bundle.clock(), "2026-11-23T06:00:00Z".parse().unwrap());
}

#[test]
fn nothing_but_objects_and_logs_is_collected() {
    let (_folder, bundle) = bundle(&dump());
    let http = HttpRequest {
        endpoint: "coreai".to_owned(),
        method: "GET".to_owned(),
        path: "/models".to_owned(),
        query: Vec::new(),
        headers: [].into(),
        body: None,
        with_credential: true,
        prefixes: Vec::new(),
    };
    let logs = LogsRequest {
        labels: Vec::new(),
        text: Vec::new(),
        start: NOW.to_owned(),
        end: NOW.to_owned(),
        backward: true,
        limit: 1,
    };
    let metrics = MetricsRequest {
        query: "up".to_owned(),
        when: When::At(NOW.to_owned()),
    };
    for request in [
        Request::Http(http),
        Request::Logs(logs),
        Request::Metrics(metrics),
        Request::Credential {
            endpoint: "coreai".to_owned(),
        },
        Request::Trace { id: "0".to_owned() },
        Request::Resolve {
            host: "a.test".to_owned(),
        },
        Request::Handshake {
            host: "a.test".to_owned(),
            port: 443,
        },
        Request::Kinds,
        Request::Version,
    ] {
        let error = bundle.inner.answer(&request).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotCollected, "{request:?}");
    }
}

#[test]
fn an_empty_file_is_no_list_of_nothing() {
    for empty in ["", "\n"] {
        let mut files = dump();
        files[0].1 = empty;
        files[1].1 = empty;
        let (_folder, bundle) = bundle(&files);
        assert_eq!(list(&bundle, "v1/Node", None).1, Coverage::Invalid);
        assert_eq!(list(&bundle, "v1/Pod", Some("data")).1, Coverage::Invalid);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is lost of a file, no list is shorter without saying so.
    #[test]
    fn a_cut_file_is_never_a_shorter_list(at in 0_usize..400, is_whole_kind: bool) {
        let at = at % PODS.len();
        let mut files = dump();
        let index = if is_whole_kind { 1 } else { 0 };
        files[index].1 = files[index].1.get(..at).unwrap_or(files[index].1);
        let (_folder, bundle) = bundle(&files);
        let (pods, coverage) = list(&bundle, "v1/Pod", Some("data"));
        prop_assert!(pods.len() == 2 || coverage != Coverage::Complete);
        let (nodes, coverage) = list(&bundle, "v1/Node", None);
        prop_assert!(nodes.len() == 1 || coverage != Coverage::Complete);
    }

    #[test]
    fn nor_is_one_in_yaml(at in 0_usize..400) {
        const YAML: &str = "apiVersion: v1\nitems:\n- metadata:\n    name: db\n    namespace: data\n\
            - metadata:\n    name: web\n    namespace: data\nkind: PodList\nmetadata:\n  resourceVersion: \"9\"\n";
        let mut files = dump();
        files[1] = ("data/pods.yaml", YAML.get(..at % (YAML.len() + 1)).unwrap_or(YAML));
        let (_folder, bundle) = bundle(&files);
        let (pods, coverage) = list(&bundle, "v1/Pod", Some("data"));
        prop_assert!(pods.len() == 2 || coverage != Coverage::Complete, "{pods:?}");
    }

    #[test]
    fn whatever_a_file_holds_nothing_panics(text in "[ -~\n\t{}\\[\\]:,\"]{0,300}", name in "data/(pods|events)\\.(json|yaml)|x\\.yaml|namespaces\\.json|data/db/logs\\.txt") {
        let mut files = dump();
        files.retain(|(known, _)| *known != name);
        files.push((&name, &text));
        let (_folder, bundle) = bundle(&files);
        list(&bundle, "v1/Pod", None);
        list(&bundle, "v1/Event", Some("data"));
        let _ = log(&bundle, "db", "db");
    }
}
