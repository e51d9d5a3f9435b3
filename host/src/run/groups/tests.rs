use proptest::prelude::*;

use super::*;
use crate::manifest::Follows;
use crate::report::testing::{finding, named, object, pod, row};
use crate::settings::graph::GraphSection;

fn grouped(rows: &[CheckRow]) -> Vec<Group> {
    grouped_on(rows, &Surroundings::default())
}

fn grouped_on(rows: &[CheckRow], surroundings: &Surroundings) -> Vec<Group> {
    let graph = Graph::with(&GraphSection::default()).unwrap();
    let ground = Ground {
        graph: &graph,
        surroundings,
    };
    group(rows, ground)
}

fn roots(groups: &[Group]) -> Vec<(&str, usize)> {
    groups
        .iter()
        .map(|group| (group.root.as_str(), group.consequences.len()))
        .collect()
}

#[test]
fn a_dead_node_with_twenty_pods_is_one_group() {
    let node = finding("n1", "BSQ-NODE-001").subject(named("node", "n1"));
    let pods = (0..20).map(|index| {
        finding(&format!("p{index}"), "BSQ-POD-003").caused_by_subject(named("node", "n1"))
    });
    let row = row("pod-triage").findings(pods.chain([node]));
    assert_eq!(roots(&grouped(&[row.build()])), [("n1", 20)]);
}

#[test]
fn a_cause_that_names_the_controller_means_its_pod() {
    let database =
        finding("db", "BSQ-POD-007").subject(pod("data", "pg-0", Some(("StatefulSet", "pg"))));
    let mut owner = pod("data", "pg", None);
    if let Subject::Object {
        kind, api_version, ..
    } = &mut owner
    {
        *kind = "StatefulSet".to_owned();
        *api_version = "apps/v1".to_owned();
    }
    let app = finding("app", "BSQ-ARGO-003").caused_by_subject(owner);
    let row = row("x").findings([app, database]);
    assert_eq!(roots(&grouped(&[row.build()])), [("db", 1)]);
}

#[test]
fn a_cause_that_names_a_service_means_the_workload_behind_it() {
    let database =
        finding("db", "BSQ-POD-007").subject(pod("data", "pg-0", Some(("StatefulSet", "pg"))));
    let service = object("v1", "Service", Some("data"), "pg");
    let elsewhere = object("v1", "Service", Some("iam"), "pg");
    let one = finding("one", "BSQ-LOG-003").caused_by_subject(service);
    let other = finding("other", "BSQ-LOG-003").caused_by_subject(elsewhere);
    let row = row("x").findings([one, other, database]);
    assert_eq!(roots(&grouped(&[row.build()])), [("db", 1), ("other", 0)]);
}

#[test]
fn a_code_alone_points_first_at_its_own_namespace() {
    let near = finding("near", "BSQ-POD-007").subject(pod("data", "a", None));
    let far = finding("far", "BSQ-POD-007").subject(pod("aaa", "b", None));
    let consequence = finding("so", "BSQ-ARGO-003")
        .subject(pod("data", "c", None))
        .caused_by_code("BSQ-POD-007");
    let row = row("x").findings([far, near, consequence]);
    assert_eq!(roots(&grouped(&[row.build()])), [("far", 0), ("near", 1)]);
}

#[test]
fn two_that_name_each_other_are_one_group_under_the_worse() {
    let worse = finding("worse", "A")
        .severity(Severity::Critical)
        .caused_by_code("B");
    let other = finding("other", "B")
        .severity(Severity::Low)
        .caused_by_code("A");
    let row = row("x").findings([other, worse]);
    assert_eq!(roots(&grouped(&[row.build()])), [("worse", 1)]);
}

#[test]
fn groups_stand_by_severity_then_onset_then_layer() {
    let row = row("x").findings([
        finding("late", "A").since("2026-11-23T06:10:00Z"),
        finding("early", "B").since("2026-11-23T06:01:00Z"),
        finding("unknown", "C"),
        finding("low", "D")
            .severity(Severity::Low)
            .since("2026-11-23T01:00:00Z"),
        finding("network", "E")
            .layer(Layer::Network)
            .since("2026-11-23T06:10:00Z"),
    ]);
    let found = grouped(&[row.build()]);
    let order: Vec<&str> = found.iter().map(|group| group.root.as_str()).collect();
    assert_eq!(order, ["early", "network", "late", "unknown", "low"]);
}

proptest! {
    #[test]
    fn every_finding_stands_in_exactly_one_group_whatever_the_order(
        edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40),
        seed in 0..12_usize,
    ) {
        let build = |rotate: usize| {
            let mut findings: Vec<_> = (0..12).map(|index| {
                edges.iter().filter(|(from, _)| *from == index).fold(
                    finding(&format!("f{index}"), &format!("C{index}")),
                    |finding, (_, to)| finding.caused_by_code(&format!("C{to}")),
                )
            }).collect();
            findings.rotate_left(rotate);
            grouped(&[row("x").findings(findings).build()])
        };
        let groups = build(0);
        let mut seen: Vec<String> = groups.iter()
            .flat_map(|group| group.consequences.iter().chain([&group.root])).cloned().collect();
        seen.sort();
        seen.dedup();
        prop_assert_eq!(seen.len(), 12);
        prop_assert_eq!(groups.iter().map(|group| 1 + group.consequences.len()).sum::<usize>(), 12);
        let text = |groups: &[Group]| serde_json::to_string(groups).unwrap();
        prop_assert_eq!(text(&groups), text(&build(seed)));
    }
}

fn application(name: &str) -> Subject {
    object("argoproj.io/v1alpha1", "Application", Some("argocd"), name)
}

/// PostgreSQL is down, Keycloak with it, so the enrolment jobs wait and the Applications are not synced.
fn database_down() -> Vec<crate::report::testing::FindingBuilder> {
    let service = [Follows::Service];
    let database = finding("db", "BSQ-POD-007")
        .severity(Severity::Critical)
        .subject(pod(
            "data",
            "postgresql-0",
            Some(("StatefulSet", "postgresql")),
        ))
        .since("2026-11-23T06:03:00Z");
    let keycloak = finding("keycloak", "BSQ-POD-006")
        .subject(pod(
            "iam",
            "keycloak-5d-x2",
            Some(("Deployment", "keycloak")),
        ))
        .follows(&service)
        .since("2026-11-23T06:04:00Z");
    let route = finding("route", "BSQ-ING-008")
        .subject(object("v1", "Service", Some("iam"), "keycloak"))
        .follows(&service);
    let jobs = [
        "superset", "mlflow", "portal", "milvus", "kafka", "grafana", "openfga", "minio",
    ];
    let waiting = jobs.iter().enumerate().map(|(index, name)| {
        let job = object(
            "batch/v1",
            "Job",
            Some("jobs"),
            &format!("{name}-sso-setup"),
        );
        finding(&format!("wait-{name}"), "BSQ-ARGO-013")
            .subject(application(name))
            .follows(&service)
            .caused_by_subject(job)
            .since(&format!("2026-11-23T06:{:02}:00Z", 5 + index))
    });
    let differing = (0..4).map(|index| {
        // What deploys through a hook of its own name, on a component that the graph does not know.
        let job = object(
            "batch/v1",
            "Job",
            Some("jobs"),
            &format!("app-{index}-sso-setup"),
        );
        finding(&format!("differs-{index}"), "BSQ-ARGO-014")
            .severity(Severity::Medium)
            .subject(application(&format!("app-{index}")))
            .follows(&[Follows::Service, Follows::Delivery])
            .caused_by_subject(job)
    });
    let mut all = vec![keycloak, route, database];
    all.extend(waiting);
    all.extend(differing);
    all
}

#[test]
fn a_database_with_all_that_waits_for_it_is_one_root() {
    let row = row("x").findings(database_down());
    assert_eq!(roots(&grouped(&[row.build()])), [("db", 14)]);
}

#[test]
fn what_says_its_own_cause_is_no_consequence() {
    let mut all = database_down();
    all.push(
        finding("pull", "BSQ-POD-009")
            .subject(pod(
                "coreai",
                "mlflow-7c-k8",
                Some(("Deployment", "mlflow")),
            ))
            .since("2026-11-23T06:05:00Z"),
    );
    let found = grouped(&[row("x").findings(all).build()]);
    assert_eq!(
        roots(&found),
        [("db", 13), ("pull", 1)],
        "the cause nearby goes first"
    );
}

#[test]
fn a_consequence_does_not_begin_clearly_before_its_cause() {
    let began = |at: &str| {
        let database = finding("db", "BSQ-POD-007")
            .subject(pod("data", "postgresql-0", None))
            .since("2026-11-23T06:03:00Z");
        let keycloak = finding("keycloak", "BSQ-POD-006")
            .subject(pod("iam", "keycloak-0", None))
            .follows(&[Follows::Service])
            .since(at);
        grouped(&[row("x").findings([database, keycloak]).build()]).len()
    };
    assert_eq!(began("2026-11-23T06:01:00Z"), 1, "a clock's difference");
    assert_eq!(began("2026-11-23T05:01:00Z"), 2, "an hour before");
}

#[test]
fn a_code_alone_is_no_cause_of_what_began_long_before() {
    let later = finding("later", "A").since("2026-11-23T06:03:00Z");
    let before = finding("before", "B")
        .since("2026-11-22T06:03:00Z")
        .caused_by_code("A");
    assert_eq!(
        grouped(&[row("x").findings([later, before]).build()]).len(),
        2
    );
}

#[test]
fn a_private_database_takes_only_its_owner_along() {
    let database = finding("db", "BSQ-POD-007").subject(pod("iam", "keycloak-postgresql-0", None));
    let on = |name: &str, component: &str| {
        finding(name, "BSQ-POD-006")
            .subject(pod("a", component, None))
            .follows(&[Follows::Service])
    };
    let all = [database, on("own", "keycloak-0"), on("other", "mlflow-0")];
    // MLflow needs Keycloak too, which is how it stands in the group all the same; Grafana does not.
    let found = grouped(&[row("x")
        .findings(all.into_iter().chain([on("third", "grafana-0")]))
        .build()]);
    assert_eq!(roots(&found), [("db", 2), ("third", 0)]);
}

#[test]
fn pods_of_a_lost_node_fold_under_it_whatever_they_are() {
    let node = finding("n1", "BSQ-NODE-001").subject(object("v1", "Node", None, "n1"));
    let mut surroundings = Surroundings::default();
    let mut pods = Vec::new();
    for (index, on) in ["n1", "n1", "n2"].iter().enumerate() {
        let name = format!("p{index}");
        let place = Place {
            node: Some((*on).to_owned()),
            ..Place::default()
        };
        surroundings.add(Key::new("Pod", Some("data"), &name), place);
        pods.push(finding(&name, "BSQ-POD-016").follows(&[Follows::Node]));
    }
    let row = row("x").findings(pods.into_iter().chain([node]));
    assert_eq!(
        roots(&grouped_on(&[row.build()], &surroundings)),
        [("n1", 2), ("p2", 0)]
    );
}

#[test]
fn a_claim_that_is_not_bound_takes_its_pods_along_and_follows_its_class() {
    let class = finding("class", "BSQ-STO-002").subject(object(
        "storage.k8s.io/v1",
        "StorageClass",
        None,
        "fast",
    ));
    let claim = finding("claim", "BSQ-STO-001")
        .subject(object("v1", "PersistentVolumeClaim", Some("data"), "docs"))
        .follows(&[Follows::Volume]);
    let waiting = finding("p", "BSQ-POD-014").follows(&[Follows::Volume]);
    let mut surroundings = Surroundings::default();
    let of_pod = Place {
        claims: vec!["docs".to_owned()],
        ..Place::default()
    };
    let of_claim = Place {
        class: Some("fast".to_owned()),
        ..Place::default()
    };
    surroundings.add(Key::new("Pod", Some("data"), "p"), of_pod);
    surroundings.add(
        Key::new("PersistentVolumeClaim", Some("data"), "docs"),
        of_claim,
    );
    let row = row("x").findings([class, claim, waiting]);
    assert_eq!(
        roots(&grouped_on(&[row.build()], &surroundings)),
        [("class", 2)]
    );
}

#[test]
fn a_label_says_what_a_workload_of_any_name_is() {
    let database =
        finding("db", "BSQ-POD-007").subject(pod("a", "main-0", Some(("StatefulSet", "main"))));
    let keycloak = finding("keycloak", "BSQ-POD-006")
        .subject(pod("b", "sign-in", None))
        .follows(&[Follows::Service]);
    let rows = [row("x").findings([database, keycloak]).build()];
    assert_eq!(grouped(&rows).len(), 2);
    let mut surroundings = Surroundings::default();
    let labelled = Place {
        label: Some("postgresql".to_owned()),
        ..Place::default()
    };
    let from_image = Place {
        images: vec!["registry.site.test/iam/keycloak:24".to_owned()],
        ..Place::default()
    };
    surroundings.add(Key::new("Pod", Some("a"), "main-0"), labelled);
    surroundings.add(Key::new("Pod", Some("b"), "sign-in"), from_image);
    assert_eq!(roots(&grouped_on(&rows, &surroundings)), [("db", 1)]);
}

proptest! {
    #[test]
    fn inferred_causes_lose_no_finding_and_depend_on_no_order(
        what in proptest::collection::vec((0..7_usize, 0..4_usize, 0..60_i64, 0..4_usize), 1..14),
        seed in 0..14_usize,
    ) {
        let components = ["postgresql", "keycloak", "minio", "temporal", "openfga", "mlflow", "harbor"];
        let ways = [vec![], vec![Follows::Service], vec![Follows::Image], vec![Follows::Service, Follows::Delivery]];
        let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        let build = |rotate: usize| {
            let mut findings: Vec<_> = what.iter().enumerate().map(|(index, (component, way, minute, severity))| {
                finding(&format!("f{index}"), "C")
                    .subject(pod("a", &format!("{}-{index}", components[*component]), None))
                    .follows(&ways[*way])
                    .severity(severities[*severity])
                    .since(&format!("2026-11-23T06:{minute:02}:00Z"))
            }).collect();
            let length = findings.len();
            findings.rotate_left(rotate % length);
            grouped(&[row("x").findings(findings).build()])
        };
        let groups = build(0);
        let mut seen: Vec<&String> = groups.iter()
            .flat_map(|group| group.consequences.iter().chain([&group.root])).collect();
        seen.sort();
        seen.dedup();
        prop_assert_eq!(seen.len(), what.len());
        prop_assert_eq!(groups.iter().map(|group| 1 + group.consequences.len()).sum::<usize>(), what.len());
        prop_assert_eq!(serde_json::to_string(&groups).unwrap(), serde_json::to_string(&build(seed)).unwrap());
    }
}

#[test]
fn what_only_informs_is_no_cause() {
    let claim = || object("v1", "PersistentVolumeClaim", Some("data"), "data-pg-0");
    let event = finding("event", "BSQ-LOOK-005")
        .subject(claim())
        .severity(Severity::Info);
    let waits = finding("waits", "BSQ-POD-014").caused_by_subject(claim());
    let row = row("x").findings([event, waits]);
    let groups = grouped(&[row.build()]);
    assert_eq!(roots(&groups), [("waits", 0), ("event", 0)]);
}

#[test]
fn what_a_workload_says_itself_explains_its_pod_and_its_service_does_not() {
    let minio = pod("data", "minio-0", Some(("StatefulSet", "minio")));
    let unready = finding("unready", "BSQ-POD-006")
        .subject(minio)
        .follows(&[Follows::Service]);
    let full = finding("full", "BSQ-BACK-002")
        .severity(Severity::Critical)
        .subject(object("apps/v1", "StatefulSet", Some("data"), "minio"));
    let port =
        finding("port", "BSQ-ING-006").subject(object("v1", "Service", Some("data"), "minio"));
    let row = row("x").findings([unready, full, port]);
    assert_eq!(roots(&grouped(&[row.build()])), [("full", 1), ("port", 0)]);
}

#[test]
fn a_job_of_a_component_takes_nobody_down() {
    let job = object("batch/v1", "Job", Some("data"), "minio-buckets");
    let hook = finding("hook", "BSQ-SYNC-005").subject(job);
    let milvus = finding("milvus", "BSQ-POD-001")
        .subject(pod("data", "milvus-0", Some(("StatefulSet", "milvus"))))
        .follows(&[Follows::Service]);
    let row = row("x").findings([hook, milvus]);
    let groups = grouped(&[row.build()]);
    assert!(groups.iter().all(|group| group.consequences.is_empty()));
}

#[test]
fn an_endpoint_shows_its_component_and_takes_nobody_down() {
    let endpoint = finding("asked", "BSQ-AUTHN-010")
        .subject(named("endpoint", "keycloak"))
        .follows(&[Follows::Service]);
    let keycloak = finding("keycloak", "BSQ-POD-001").subject(pod(
        "iam",
        "keycloak-0",
        Some(("StatefulSet", "keycloak")),
    ));
    let with_pod = row("x").findings([endpoint, keycloak]);
    assert_eq!(roots(&grouped(&[with_pod.build()])), [("keycloak", 1)]);

    let realm = finding("realm", "BSQ-AUTHN-009").subject(named("endpoint", "keycloak"));
    let minio = finding("minio", "BSQ-POD-001")
        .subject(pod("data", "minio-0", Some(("StatefulSet", "minio"))))
        .follows(&[Follows::Service]);
    let alone = row("x").findings([realm, minio]);
    let groups = grouped(&[alone.build()]);
    assert_eq!(groups.len(), 2);
}
