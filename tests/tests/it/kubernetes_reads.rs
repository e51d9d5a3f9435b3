//! The host's own reads against a real API server, below gate and checks.

use std::collections::BTreeSet;
use std::sync::Arc;

use bsq_host::capability::kubernetes::{ConnectOptions, Connection};
use bsq_host::capability::ledger::Ledger;
use bsq_host::capability::view::{GetWant, ListWant, View, ViewPlan};
use bsq_host::capability::{Body, Coverage, ErrorCode, Mask, Reads, Request, Resource};
use bsq_host::grant::Namespaces;
use bsq_tests::world::{Namespace, World};
use serde_json::{Value, json};

/// A view as one of the world's users, and the requests that it makes.
struct Reader {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    ledger: Arc<Ledger>,
}

impl Reader {
    fn new(world: &World, user: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ledger = Arc::new(Ledger::default());
        let options = ConnectOptions {
            kubeconfig: Some(world.kubeconfig(user).unwrap().to_owned()),
            ..ConnectOptions::default()
        };
        let opened = runtime.block_on(Connection::open(&options, Arc::clone(&ledger)));
        Self {
            connection: opened.unwrap().0,
            runtime,
            ledger,
        }
    }

    fn read(&self, request: &Request) -> Body {
        self.runtime
            .block_on(self.connection.read(request))
            .unwrap()
    }

    fn view(&self, plan: ViewPlan) -> View {
        View::new(Arc::new(self.connection.clone()), plan)
    }

    fn requests(&self) -> u64 {
        self.ledger.totals().0
    }
}

fn resource(kind: &str) -> Resource {
    Resource::built_in(&kind.parse().unwrap()).unwrap()
}

fn plan(kind: &str, mask: &Mask, facts: bool) -> ViewPlan {
    let mut plan = ViewPlan::default();
    plan.add(&resource(kind), true, &Namespaces::All, mask, facts);
    plan
}

fn config_map(namespace: &Namespace<'_>, index: usize) {
    let world = World::shared().unwrap();
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("map-{index:04}"), "labels": {"odd": (index % 2).to_string()}},
        "data": {"kept": index.to_string(), "dropped": "x"},
    });
    world
        .admin()
        .create(&namespace.path("v1", "configmaps"), &object)
        .unwrap();
}

#[test]
fn a_list_of_two_pages_takes_two_requests_and_holds_every_object() {
    let world = World::shared().unwrap();
    let namespace = world.namespace("pages").unwrap();
    (0..510).for_each(|index| config_map(&namespace, index));
    let reader = Reader::new(world, "reader");
    let mask: Mask = "data.kept".parse().unwrap();
    let mut plan = plan("v1/ConfigMap", &mask, false);
    plan.scope.namespaces = Some(BTreeSet::from([namespace.name().to_owned()]));
    let view = reader.view(plan);
    let selector = "odd=1".parse().unwrap();
    let want = ListWant {
        resource: &resource("v1/ConfigMap"),
        namespaces: &Namespaces::All,
        namespace: None,
        selector: Some(&selector),
        mask: &mask,
        facts: false,
    };
    let collection = reader.runtime.block_on(view.list(&want)).unwrap().value;
    let page = collection.page(None, 0, &mask, false);
    let page = reader.runtime.block_on(page).unwrap();
    assert_eq!((page.coverage, page.detail), (Coverage::Complete, None));
    assert_eq!((page.count, page.next), (255, None));
    assert_eq!(reader.requests(), 2);
    let items: Value = serde_json::from_str(&page.items).unwrap();
    assert_eq!(items[0]["data"], json!({"kept": "1"}));
    assert_eq!(
        (&items[0]["kind"], &items[0]["apiVersion"]),
        (&json!("ConfigMap"), &json!("v1"))
    );

    let get = GetWant {
        resource: &resource("v1/ConfigMap"),
        namespace: Some(namespace.name()),
        name: "map-0509",
        mask: &mask,
        facts: false,
    };
    assert!(reader.runtime.block_on(view.get(&get)).unwrap().is_shared);
    assert_eq!(reader.requests(), 2);
}

#[test]
fn of_secrets_only_metadata_leaves_the_server_and_facts_say_no_value() {
    let world = World::shared().unwrap();
    let namespace = world.namespace("secrets").unwrap();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "token"}, "stringData": {"key": "hunter2".repeat(10_000), "none": ""},
    });
    world
        .admin()
        .create(&namespace.path("v1", "secrets"), &secret)
        .unwrap();
    for facts in [false, true] {
        let reader = Reader::new(world, "reader");
        let mask: Mask = "metadata.labels".parse().unwrap();
        let mut plan = plan("v1/Secret", &mask, facts);
        plan.scope.namespaces = Some(BTreeSet::from([namespace.name().to_owned()]));
        let get = GetWant {
            resource: &resource("v1/Secret"),
            namespace: Some(namespace.name()),
            name: "token",
            mask: &mask,
            facts,
        };
        let view = reader.view(plan);
        let text = reader.runtime.block_on(view.get(&get)).unwrap().value;
        let object: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "keys": [{"name": "key", "empty": false}, {"name": "none", "empty": true}],
            "type": "Opaque",
        });
        assert_eq!(object.get("facts"), facts.then_some(&expected));
        assert_eq!(
            (&object["kind"], object.get("data")),
            (&json!("Secret"), None)
        );
        assert_eq!(
            reader.ledger.totals().1 > 70_000,
            facts,
            "the value stays at the server"
        );
    }
}

#[test]
fn who_may_see_one_namespace_sees_that_one() {
    let world = World::shared().unwrap();
    let namespace = world.namespace("mine").unwrap();
    namespace.allow("team").unwrap();
    config_map(&namespace, 1);
    let reader = Reader::new(world, "team");
    let mask: Mask = "data.kept".parse().unwrap();
    let mut plan = plan("v1/ConfigMap", &mask, false);
    plan.fallback_namespaces = BTreeSet::from([namespace.name().to_owned()]);
    let want = ListWant {
        resource: &resource("v1/ConfigMap"),
        namespaces: &Namespaces::All,
        namespace: None,
        selector: None,
        mask: &mask,
        facts: false,
    };
    let view = reader.view(plan);
    let collection = reader.runtime.block_on(view.list(&want)).unwrap().value;
    let page = collection.page(None, 0, &mask, false);
    let page = reader.runtime.block_on(page).unwrap();
    assert_eq!(page.coverage, Coverage::Forbidden);
    assert!(page.detail.unwrap().contains("is forbidden: User"));
    assert!(page.count > 0);
    assert_eq!(reader.requests(), 2);
}

#[test]
fn the_server_says_what_it_serves_in_two_requests() {
    let reader = Reader::new(World::shared().unwrap(), "reader");
    let Body::Kinds { kinds } = reader.read(&Request::Kinds) else {
        panic!("kinds");
    };
    let has = |group: &str, kind: &str| {
        kinds
            .iter()
            .any(|served| (served.group.as_str(), served.kind.as_str()) == (group, kind))
    };
    assert!(has("", "Pod") && has("apps", "Deployment") && has("argoproj.io", "Application"));
    assert_eq!(reader.requests(), 2);
    let Body::Version { version } = reader.read(&Request::Version) else {
        panic!("a version");
    };
    assert!(version.starts_with("v1."), "{version}");
}

#[test]
fn a_kind_that_is_not_served_is_absent() {
    let reader = Reader::new(World::shared().unwrap(), "reader");
    let kind = Resource {
        kind: "acme.example/v1/Widget".parse().unwrap(),
        plural: "widgets".to_owned(),
        namespaced: true,
    };
    let want = ListWant {
        resource: &kind,
        namespaces: &Namespaces::All,
        namespace: None,
        selector: None,
        mask: &"spec".parse().unwrap(),
        facts: false,
    };
    let view = reader.view(ViewPlan::default());
    let error = reader.runtime.block_on(view.list(&want)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Absent);
}
