#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::capability::prune::Pruner;
use crate::capability::{Body, Coverage, ListPage};

/// A cluster with a few pods, in pages of two, that notes what it is asked.
#[derive(Default)]
struct Cluster {
    requests: Mutex<Vec<String>>,
    is_cluster_forbidden: bool,
    forbidden_namespaces: Vec<&'static str>,
    break_at_page: Option<usize>,
    delay: Duration,
}

const PODS: &[(&str, &str, &str)] = &[
    ("coreai", "gateway", "web"),
    ("data", "postgresql-0", "db"),
    ("data", "postgresql-1", "db"),
    ("iam", "keycloak-0", "web"),
    ("kube-system", "dns", "dns"),
];

impl Cluster {
    fn page(&self, request: &ListRequest) -> Result<ListPage, ReadError> {
        let refused = |what: &str| {
            Err(ReadError::new(
                ErrorCode::Forbidden,
                format!("forbidden: {what}"),
            ))
        };
        match request.namespace.as_deref() {
            None if self.is_cluster_forbidden => return refused("the cluster"),
            Some(name) if self.forbidden_namespaces.contains(&name) => return refused(name),
            _ => {}
        }
        let pruner = Pruner::new(&request.resource, &request.mask, request.facts);
        let all: Vec<_> = PODS
            .iter()
            .filter(|pod| {
                request
                    .namespace
                    .as_deref()
                    .is_none_or(|name| name == pod.0)
            })
            .map(|pod| pruner.row(object(pod).to_string().as_bytes()).unwrap())
            .collect();
        let start: usize = request
            .cursor
            .as_deref()
            .map_or(0, |cursor| cursor.parse().unwrap());
        if self.break_at_page == Some(start / 2) {
            return Err(ReadError::new(
                ErrorCode::Timeout,
                "the server did not answer in time",
            ));
        }
        let end = all.len().min(start + 2);
        Ok(ListPage {
            rows: all[start..end].to_vec(),
            resource_version: "7".to_owned(),
            next: (end < all.len()).then(|| end.to_string()),
            truncated: false,
            invalid: 0,
        })
    }
}

fn object((namespace, name, app): &(&str, &str, &str)) -> Value {
    json!({
        "metadata": {"namespace": namespace, "name": name, "labels": {"app": app}},
        "spec": {"nodeName": "n", "priority": 3},
        "status": {"phase": "Running"},
    })
}

#[async_trait]
impl Reads for Cluster {
    async fn read(&self, request: &Request) -> Answer {
        let text = match request {
            Request::List(list) => {
                format!(
                    "list {:?} {:?}",
                    list.namespace.as_deref().unwrap_or("*"),
                    list.cursor
                )
            }
            Request::Get(get) => format!("get {}", get.name),
            other => format!("{other:?}"),
        };
        self.requests.lock().unwrap().push(text);
        tokio::time::sleep(self.delay).await;
        match request {
            Request::List(list) => self.page(list).map(Body::List),
            Request::Get(get) => {
                let pod = PODS.iter().find(|pod| pod.1 == get.name);
                let pod = pod.ok_or_else(|| ReadError::new(ErrorCode::Absent, "not found"))?;
                let pruner = Pruner::new(&get.resource, &get.mask, get.facts);
                Ok(Body::Object(
                    pruner.row(object(pod).to_string().as_bytes()).unwrap(),
                ))
            }
            _ => Ok(Body::Version {
                version: "v1".to_owned(),
            }),
        }
    }
}

fn pod() -> Resource {
    Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap()
}

fn only(names: &[&str]) -> Namespaces {
    Namespaces::Only(names.iter().map(|name| (*name).to_owned()).collect())
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Two checks want pods: one their phase, everywhere or in some namespaces; one their node.
fn plan(namespaces: &Namespaces) -> ViewPlan {
    let mut plan = ViewPlan::default();
    plan.add(
        &pod(),
        true,
        namespaces,
        &"status.phase".parse().unwrap(),
        false,
    );
    plan.add(
        &pod(),
        false,
        namespaces,
        &"spec.nodeName".parse().unwrap(),
        false,
    );
    plan
}

struct World {
    cluster: Arc<Cluster>,
    view: View,
}

fn world(cluster: Cluster, plan: ViewPlan) -> World {
    let cluster = Arc::new(cluster);
    let reads: Arc<dyn Reads> = Arc::clone(&cluster) as Arc<dyn Reads>;
    World {
        cluster,
        view: View::new(reads, plan),
    }
}

impl World {
    async fn list(
        &self,
        grant: &Namespaces,
        namespace: Option<&str>,
    ) -> Result<Asked<Arc<Collection>>, ReadError> {
        self.select(grant, namespace, "").await
    }

    async fn select(
        &self,
        grant: &Namespaces,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Asked<Arc<Collection>>, ReadError> {
        let selector: Selector = selector.parse().unwrap();
        let want = ListWant {
            resource: &pod(),
            namespaces: grant,
            namespace,
            selector: Some(&selector),
            mask: &"status.phase".parse().unwrap(),
            facts: false,
        };
        self.view.list(&want).await
    }

    async fn get(&self, namespace: &str, name: &str) -> Result<Asked<String>, ReadError> {
        let want = GetWant {
            resource: &pod(),
            namespace: Some(namespace),
            name,
            mask: &"spec.nodeName".parse().unwrap(),
            facts: false,
        };
        self.view.get(&want).await
    }

    fn requests(&self) -> Vec<String> {
        self.cluster.requests.lock().unwrap().clone()
    }
}

/// All pages of a list.
async fn pages(collection: &Collection) -> Vec<Page> {
    let mask: Mask = "status.phase".parse().unwrap();
    let mut pages: Vec<Page> = Vec::new();
    loop {
        let cursor = pages.last().and_then(|page| page.next.clone());
        if cursor.is_none() && !pages.is_empty() {
            return pages;
        }
        let page = collection.page(cursor.as_deref(), 2, &mask, false).await;
        pages.push(page.unwrap());
    }
}

async fn pods(collection: &Collection) -> Vec<String> {
    let pages = pages(collection).await;
    let items = pages
        .iter()
        .flat_map(|page| serde_json::from_str::<Vec<Value>>(&page.items).unwrap());
    items
        .map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn coverage(collection: &Collection) -> Coverage {
    let pages = pages(collection).await;
    pages.iter().map(|page| page.coverage).max().unwrap()
}

#[tokio::test]
async fn many_checks_at_once_are_one_list() {
    let cluster = Cluster {
        delay: Duration::from_millis(40),
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    let asked = join_all((0..10).map(|_| world.list(&Namespaces::All, None))).await;
    let shared = asked
        .iter()
        .filter(|asked| asked.as_ref().unwrap().is_shared)
        .count();
    assert_eq!(shared, 9);
    assert_eq!(pods(&asked[0].as_ref().unwrap().value).await.len(), 5);
    assert_eq!(world.requests().len(), 3, "three pages");
}

#[tokio::test]
async fn a_read_outlives_the_check_that_asked_first() {
    let cluster = Cluster {
        delay: Duration::from_millis(40),
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    let impatient =
        tokio::time::timeout(Duration::from_millis(5), world.list(&Namespaces::All, None));
    assert!(impatient.await.is_err());
    let asked = world.list(&Namespaces::All, None).await.unwrap();
    assert!(asked.is_shared);
    assert_eq!(pods(&asked.value).await.len(), 5);
    assert_eq!(world.requests().len(), 3);
}

#[tokio::test]
async fn each_check_sees_its_own_fields_in_pages() {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    let collection = world.list(&Namespaces::All, None).await.unwrap().value;
    let mask: Mask = "status.phase".parse().unwrap();
    let first = collection.page(None, 2, &mask, false).await.unwrap();
    assert_eq!((first.count, first.next.as_deref()), (2, Some("2")));
    let items: Value = serde_json::from_str(&first.items).unwrap();
    let expected = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "coreai", "name": "gateway"},
        "status": {"phase": "Running"},
    });
    assert_eq!(items[0], expected);
    let rest = collection
        .page(first.next.as_deref(), 0, &mask, false)
        .await
        .unwrap();
    assert_eq!((rest.count, rest.next), (3, None));
    for cursor in ["6", "x", "-1"] {
        let page = collection.page(Some(cursor), 0, &mask, false).await;
        let error = page.unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
    }
    assert_eq!((rest.coverage, rest.detail), (Coverage::Complete, None));
}

#[rstest]
#[case::get_first(true)]
#[case::list_first(false)]
#[tokio::test]
async fn an_object_comes_from_the_list_whichever_is_asked_first(#[case] get_first: bool) {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    if !get_first {
        world.list(&Namespaces::All, None).await.unwrap();
    }
    let text = world.get("data", "postgresql-1").await.unwrap().value;
    world.list(&Namespaces::All, None).await.unwrap();
    assert!(
        text.contains("nodeName") && !text.contains("Running"),
        "{text}"
    );
    assert!(
        world
            .requests()
            .iter()
            .all(|request| request.starts_with("list"))
    );
    let error = world.get("data", "nobody").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Absent);
    assert_eq!(
        world.requests().len(),
        3,
        "that there is none is known from the list"
    );
}

#[tokio::test]
async fn an_object_is_read_by_itself_where_no_list_is_planned() {
    let mut plan = ViewPlan::default();
    plan.add(
        &pod(),
        false,
        &Namespaces::All,
        &"spec.nodeName".parse().unwrap(),
        false,
    );
    let world = world(Cluster::default(), plan);
    assert!(!world.get("data", "postgresql-1").await.unwrap().is_shared);
    assert!(world.get("data", "postgresql-1").await.unwrap().is_shared);
    assert_eq!(world.requests(), ["get postgresql-1"]);
}

#[tokio::test]
async fn who_may_not_list_may_still_get() {
    let cluster = Cluster {
        is_cluster_forbidden: true,
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    assert!(world.get("data", "postgresql-1").await.is_ok());
}

#[tokio::test]
async fn the_run_scope_bounds_lists_and_objects() {
    let mut plan = plan(&Namespaces::All);
    plan.scope.namespaces = Some(names(&["data", "iam"]));
    plan.scope.excluded = names(&["iam"]);
    let world = world(Cluster::default(), plan);
    let collection = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pods(&collection).await, ["postgresql-0", "postgresql-1"]);
    assert_eq!(world.requests(), ["list \"data\" None"]);
    for namespace in ["iam", "coreai"] {
        assert_eq!(
            world
                .list(&Namespaces::All, Some(namespace))
                .await
                .unwrap_err()
                .code,
            ErrorCode::Denied
        );
        assert_eq!(
            world.get(namespace, "x").await.unwrap_err().code,
            ErrorCode::Denied
        );
    }
}

#[tokio::test]
async fn an_excluded_namespace_is_left_out_of_a_list_of_all() {
    let mut plan = plan(&Namespaces::All);
    plan.scope.excluded = names(&["kube-system", "data"]);
    let world = world(Cluster::default(), plan);
    let collection = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pods(&collection).await, ["gateway", "keycloak-0"]);
}

#[tokio::test]
async fn a_narrow_grant_sees_its_namespaces_and_is_told_of_the_rest() {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    let collection = world.list(&only(&["data"]), None).await.unwrap().value;
    assert_eq!(pods(&collection).await, ["postgresql-0", "postgresql-1"]);
    assert_eq!(coverage(&collection).await, Coverage::Denied);
    let all = world.list(&Namespaces::All, None).await.unwrap();
    assert_eq!((all.is_shared, pods(&all.value).await.len()), (true, 5));
    assert_eq!(world.requests().len(), 3, "one list serves both");
}

#[tokio::test]
async fn a_narrow_grant_within_the_run_scope_is_complete() {
    let mut plan = plan(&only(&["data", "iam"]));
    plan.scope.namespaces = Some(names(&["data"]));
    let world = world(Cluster::default(), plan);
    let collection = world
        .list(&only(&["data", "iam"]), None)
        .await
        .unwrap()
        .value;
    assert_eq!(coverage(&collection).await, Coverage::Complete);
    assert_eq!(world.requests(), ["list \"data\" None"]);
}

#[rstest]
#[case("app=db", &["postgresql-0", "postgresql-1"])]
#[case("app in (db,dns),app!=dns", &["postgresql-0", "postgresql-1"])]
#[case("app=none", &[])]
#[tokio::test]
async fn selectors_are_evaluated_here(#[case] selector: &str, #[case] expected: &[&str]) {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    let collection = world
        .select(&Namespaces::All, None, selector)
        .await
        .unwrap()
        .value;
    assert_eq!(pods(&collection).await, expected);
}

#[tokio::test]
async fn the_run_selector_applies_too() {
    let mut plan = plan(&Namespaces::All);
    plan.scope.selector = Some("app=web".parse().unwrap());
    let world = world(Cluster::default(), plan);
    let collection = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pods(&collection).await, ["gateway", "keycloak-0"]);
}

#[tokio::test]
async fn a_refusal_of_the_cluster_is_remembered() {
    let cluster = Cluster {
        is_cluster_forbidden: true,
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    for _ in 0..3 {
        let error = world.list(&Namespaces::All, None).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
    }
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn after_a_refusal_the_named_namespaces_are_listed() {
    let cluster = Cluster {
        is_cluster_forbidden: true,
        forbidden_namespaces: vec!["iam"],
        ..Cluster::default()
    };
    let mut plan = plan(&Namespaces::All);
    plan.fallback_namespaces = names(&["data", "iam"]);
    let world = world(cluster, plan);
    let all = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pods(&all).await, ["postgresql-0", "postgresql-1"]);
    assert_eq!(coverage(&all).await, Coverage::Forbidden);
    let some = world.list(&only(&["data"]), Some("data")).await.unwrap();
    assert_eq!(
        (coverage(&some.value).await, some.is_shared),
        (Coverage::Complete, true)
    );
    assert_eq!(
        world.list(&only(&["iam"]), None).await.unwrap_err().code,
        ErrorCode::Forbidden
    );
}

#[tokio::test]
async fn a_list_that_breaks_off_keeps_what_came_and_says_so() {
    let cluster = Cluster {
        break_at_page: Some(1),
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    let collection = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pods(&collection).await.len(), 2);
    assert!(pages(&collection).await.last().unwrap().is_truncated);
    assert_eq!(coverage(&collection).await, Coverage::Failed);
    assert!(
        world.get("iam", "keycloak-0").await.is_ok(),
        "read by itself: the list may lack it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_is_handed_out_while_the_next_ones_come() {
    let cluster = Cluster {
        delay: Duration::from_secs(1),
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    let started = tokio::time::Instant::now();
    let list = world.list(&Namespaces::All, None).await.unwrap().value;
    let mask: Mask = "status.phase".parse().unwrap();
    let first = list.page(None, 2, &mask, false).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 2, "its objects and one more");
    assert_eq!((first.count, first.next.as_deref()), (2, Some("2")));
    let all = pods(&list).await;
    assert_eq!((all.len(), started.elapsed().as_secs()), (5, 3));
}

#[tokio::test]
async fn pages_end_at_the_same_objects_whenever_they_came() {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    let list = world.list(&Namespaces::All, None).await.unwrap().value;
    let growing = pages(&list).await;
    let again = world.list(&Namespaces::All, None).await.unwrap().value;
    assert_eq!(pages(&again).await, growing);
    assert_eq!(growing.iter().map(|page| page.count).sum::<u32>(), 5);
}

#[tokio::test]
async fn what_a_check_cannot_do_without_is_asked_for_before_it_asks() {
    let mut plan = plan(&Namespaces::All);
    plan.surely_lists(&pod());
    let world = world(Cluster::default(), plan);
    world.view.begin();
    let asked = world.list(&Namespaces::All, None).await.unwrap();
    assert!(asked.is_shared);
    assert_eq!(pods(&asked.value).await.len(), 5);
    assert_eq!(world.requests().len(), 3, "each page once");
}

#[tokio::test]
async fn what_a_check_may_do_without_waits_until_it_asks() {
    let world = world(Cluster::default(), plan(&Namespaces::All));
    world.view.begin();
    tokio::task::yield_now().await;
    assert!(world.requests().is_empty());
}

/// A recording that holds the phases of pods and nothing else of them.
struct Phases;

#[async_trait]
impl Reads for Phases {
    async fn read(&self, request: &Request) -> Answer {
        let Request::List(list) = request else {
            panic!("only lists");
        };
        let held: Mask = "status.phase".parse().unwrap();
        if !held.covers(&list.mask) {
            return Err(ReadError::new(ErrorCode::NotCollected, "fewer fields"));
        }
        Cluster::default().page(list).map(Body::List)
    }
}

#[tokio::test]
async fn a_recording_of_other_checks_serves_what_lies_within_it() {
    let view = View::new(Arc::new(Phases), plan(&Namespaces::All));
    let (phase, node) = (
        "status.phase".parse().unwrap(),
        "spec.nodeName".parse().unwrap(),
    );
    let pod = pod();
    let want = |mask| ListWant {
        resource: &pod,
        namespaces: &Namespaces::All,
        namespace: None,
        selector: None,
        mask,
        facts: false,
    };
    for _ in 0..2 {
        let error = view.list(&want(&node)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotCollected);
        let held = view.list(&want(&phase)).await.unwrap().value;
        assert_eq!(pods(&held).await.len(), 5);
    }
}

/// One page, then a server task that dies.
struct Dying;

#[async_trait]
impl Reads for Dying {
    async fn read(&self, request: &Request) -> Answer {
        let Request::List(list) = request else {
            panic!("only lists");
        };
        assert!(list.cursor.is_none(), "the second page kills the task");
        Cluster::default().page(list).map(Body::List)
    }
}

#[tokio::test]
async fn a_list_whose_task_dies_ends_and_is_not_complete() {
    let view = View::new(Arc::new(Dying), plan(&Namespaces::All));
    let want = ListWant {
        resource: &pod(),
        namespaces: &Namespaces::All,
        namespace: None,
        selector: None,
        mask: &"status.phase".parse().unwrap(),
        facts: false,
    };
    let list = view.list(&want).await.unwrap().value;
    assert_eq!(coverage(&list).await, Coverage::Failed);
    assert_eq!(pods(&list).await.len(), 2);
}

#[tokio::test]
async fn a_first_page_that_fails_is_the_error_of_the_list() {
    let cluster = Cluster {
        break_at_page: Some(0),
        ..Cluster::default()
    };
    let world = world(cluster, plan(&Namespaces::All));
    assert_eq!(
        world.list(&Namespaces::All, None).await.unwrap_err().code,
        ErrorCode::Timeout
    );
    assert_eq!(
        world.get("data", "postgresql-0").await.unwrap_err().code,
        ErrorCode::Timeout
    );
}

#[tokio::test]
async fn equal_requests_of_any_kind_are_one() {
    let world = world(Cluster::default(), ViewPlan::default());
    assert!(!world.view.once(Request::Version).await.is_shared);
    assert!(world.view.once(Request::Version).await.is_shared);
    assert_eq!(world.requests().len(), 1);
}

/// Pages for ever.
struct Endless;

#[async_trait]
impl Reads for Endless {
    async fn read(&self, request: &Request) -> Answer {
        let Request::List(_) = request else {
            panic!("only lists");
        };
        Ok(Body::List(ListPage {
            rows: Vec::new(),
            resource_version: String::new(),
            next: Some("again".to_owned()),
            truncated: false,
            invalid: 1,
        }))
    }
}

#[tokio::test]
async fn a_list_without_an_end_is_cut() {
    let view = View::new(Arc::new(Endless), plan(&Namespaces::All));
    let want = ListWant {
        resource: &pod(),
        namespaces: &Namespaces::All,
        namespace: None,
        selector: None,
        mask: &"status.phase".parse().unwrap(),
        facts: false,
    };
    let collection = view.list(&want).await.unwrap().value;
    let last = pages(&collection).await.pop().unwrap();
    assert!(last.is_truncated);
    assert_eq!(last.coverage, Coverage::Invalid);
}
