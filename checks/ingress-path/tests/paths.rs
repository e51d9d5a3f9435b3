//! The check against the objects between a host name and a pod.

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use ingress_path::ingresses_lead_to_ready_pods as check;

const MANIFEST: &str = include_str!("../check.toml");

const CLASS: &str = "---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}
";

const INGRESS: &str = "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: portal, namespace: coreai, uid: u1, creationTimestamp: '2026-11-01T00:00:00Z'}
spec:
  ingressClassName: nginx
  tls: [{hosts: [portal.site.test], secretName: portal-tls}]
  rules:
    - host: portal.site.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: portal, port: {name: http}}}}]}
    - host: www.site.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: portal, port: {number: 8080}}}}]}
";

const ADDRESS: &str = "status: {loadBalancer: {ingress: [{ip: 192.0.2.10}]}}\n";

const SECRET: &str = "---
apiVersion: v1
kind: Secret
metadata: {name: portal-tls, namespace: coreai}
";

const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: portal, namespace: coreai}
spec: {selector: {app: portal}, ports: [{name: http, port: 8080, targetPort: http}]}
";

const SLICE: &str = "---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: portal-abc, namespace: coreai, labels: {kubernetes.io/service-name: portal}}
endpoints: [{conditions: {ready: true}}]
ports: [{name: http, port: 8080}]
";

const POD: &str = "---
apiVersion: v1
kind: Pod
metadata:
  name: portal-7d9f8b6c5d-x2k4z
  namespace: coreai
  labels: {app: portal}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: portal-7d9f8b6c5d, uid: r, controller: true}]
status: {phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady, lastTransitionTime: '2026-11-23T06:03:00Z'}]}
";

const WHOLE: [&str; 6] = [CLASS, INGRESS, ADDRESS, SECRET, SERVICE, SLICE];

fn host(parts: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST).objects(&parts.concat())
}

fn run(parts: &[&str]) -> Outcome {
    host(parts).run(check)
}

/// The ingress under another name.
fn named(name: &str) -> String {
    INGRESS.replace(
        "{name: portal, namespace: coreai, uid: u1",
        &format!("{{name: {name}, namespace: coreai, uid: u-{name}"),
    )
}

#[test]
fn a_whole_path_has_no_findings() {
    let outcome = run(&WHOLE);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn what_is_well_is_no_finding() {
    let external = SERVICE.replace(
        "{selector: {app: portal}, ports",
        "{type: ExternalName, externalName: portal.elsewhere.test, ports",
    );
    assert_eq!(
        run(&[CLASS, INGRESS, ADDRESS, SECRET, &external]).titles(),
        [""; 0]
    );
    let selectorless = SERVICE.replace("selector: {app: portal}, ", "");
    assert_eq!(
        run(&[CLASS, INGRESS, ADDRESS, SECRET, &selectorless, SLICE]).titles(),
        [""; 0]
    );
    let young = INGRESS.replace("2026-11-01T00:00:00Z", "2026-11-23T06:10:00Z");
    assert_eq!(run(&[CLASS, &young, SERVICE, SLICE]).titles(), [""; 0]);
    for mark in [
        "labels: {acme.cert-manager.io/http01-solver: 'true'}",
        "annotations: {nginx.ingress.kubernetes.io/canary: 'true'}",
    ] {
        let marked = named("second").replace("uid: u-second", mark);
        let outcome = run(&[
            CLASS, INGRESS, ADDRESS, &marked, ADDRESS, SECRET, SERVICE, SLICE,
        ]);
        assert_eq!(outcome.titles(), [""; 0], "{mark}");
    }
}

#[test]
fn a_class_that_does_not_exist_and_no_default_class_are_told_apart() {
    let wrong = INGRESS.replace("ingressClassName: nginx", "ingressClassName: ngnix");
    let outcome = run(&[CLASS, &wrong, SECRET, SERVICE, SLICE]);
    assert_eq!(
        outcome.titles(),
        ["ingress coreai/portal names class ngnix, which does not exist"]
    );
    assert_eq!(
        outcome.finding("BSQ-ING-001").fact("ingress classes"),
        Some("nginx")
    );

    let classless = INGRESS.replace("  ingressClassName: nginx\n", "");
    let outcome = run(&[
        &CLASS.replace("'true'", "'false'"),
        &classless,
        SECRET,
        SERVICE,
        SLICE,
    ]);
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-ING-002"], "warn")
    );
    assert_eq!(
        run(&[CLASS, &classless, ADDRESS, SECRET, SERVICE, SLICE]).word(),
        "pass"
    );
}

#[test]
fn a_pending_load_balancer_explains_a_class_without_addresses() {
    let controller = "---
apiVersion: v1
kind: Service
metadata: {name: controller, namespace: ingress-nginx, creationTimestamp: '2026-11-01T00:00:00Z'}
spec: {type: LoadBalancer, selector: {app: controller}, ports: [{port: 443}]}
status: {loadBalancer: {}}
---
apiVersion: v1
kind: Event
metadata: {name: e, namespace: ingress-nginx}
involvedObject: {kind: Service, namespace: ingress-nginx, name: controller}
reason: AllocationFailed
message: 'Failed to allocate IP for controller: no available IPs'
lastTimestamp: '2026-11-23T06:00:00Z'
";
    let outcome = run(&[CLASS, INGRESS, SECRET, SERVICE, SLICE, controller]);
    assert_eq!(outcome.codes(), ["BSQ-ING-004", "BSQ-ING-003"]);
    let balancer = outcome.finding("BSQ-ING-004");
    assert_eq!(
        balancer.title(),
        "load balancer ingress-nginx/controller gets no address: allocation failed"
    );
    assert!(
        balancer
            .fact("event")
            .is_some_and(|event| event.contains("no available IPs"))
    );
    let class = outcome.finding("BSQ-ING-003");
    assert_eq!(
        class.title(),
        "ingress class nginx gives no address: its ingress coreai/portal has none"
    );
    assert_eq!(class.subject().to_string(), "IngressClass nginx");
}

#[test]
fn one_ingress_without_an_address_among_others_is_its_own_finding() {
    let other = named("auth")
        .replace("portal.site.test", "auth.site.test")
        .replace("www.site.test", "login.site.test");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, &other, SECRET, SERVICE, SLICE]);
    assert_eq!(
        outcome.titles(),
        ["ingress coreai/auth has no address, other ingresses of its class have one"]
    );
}

#[test]
fn a_missing_service_is_one_finding_with_every_host() {
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET]);
    assert_eq!(
        outcome.titles(),
        ["Service coreai/portal does not exist, portal.site.test and 1 more lead to it"]
    );
    assert_eq!(
        outcome.finding("BSQ-ING-005").fact("hosts"),
        Some("portal.site.test, www.site.test")
    );
    assert_eq!(outcome.word(), "fail");
}

#[test]
fn a_port_that_the_service_or_its_pods_do_not_have_is_found() {
    let other = SERVICE.replace("name: http, port: 8080", "name: web, port: 8080");
    let slice = SLICE.replace("name: http", "name: web");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET, &other, &slice]);
    assert_eq!(
        outcome.titles(),
        ["Service coreai/portal has no port http, it has 8080 (web)"]
    );

    let slice = SLICE.replace("ports: [{name: http, port: 8080}]", "ports: []");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET, SERVICE, &slice]);
    assert_eq!(
        outcome.titles(),
        ["Service coreai/portal sends port 8080 (http) to http, which no pod behind it has"]
    );
}

#[test]
fn pods_that_are_not_ready_are_the_cause() {
    let slice = SLICE.replace("ready: true", "ready: false");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET, SERVICE, &slice, POD]);
    let title = "Service coreai/portal has no ready endpoint: its one pod is not ready, portal.site.test and 1 more lead to it";
    assert_eq!(outcome.titles(), [title]);
    let finding = outcome.finding("BSQ-ING-008");
    assert_eq!(
        finding.fact("pod coreai/portal-7d9f8b6c5d-x2k4z"),
        Some("Running, ContainersNotReady")
    );
    assert_eq!(finding.began(), "2026-11-23T06:03:00Z".parse().ok());
}

#[test]
fn pods_that_have_no_address_yet_are_there_all_the_same() {
    let pending = POD.replace("phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady, lastTransitionTime: '2026-11-23T06:03:00Z'}]", "phase: Pending");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET, SERVICE, &pending]);
    assert_eq!(outcome.codes(), ["BSQ-ING-008"]);
}

#[test]
fn a_selector_without_pods_is_told_from_a_workload_at_zero() {
    let path = [CLASS, INGRESS, ADDRESS, SECRET, SERVICE];
    let outcome = run(&path);
    assert_eq!(
        outcome.titles(),
        [
            "Service coreai/portal selects pods that do not exist, portal.site.test and 1 more lead to it"
        ]
    );

    let workload = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: portal, namespace: coreai}
spec: {replicas: 0, template: {metadata: {labels: {app: portal, tier: web}}}}
";
    let outcome = host(&path).objects(workload).run(check);
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-ING-011"], "pass")
    );
    assert_eq!(
        outcome.finding("BSQ-ING-011").own_severity(),
        Some(Severity::Info)
    );

    let stuck = host(&path)
        .objects(&workload.replace("replicas: 0", "replicas: 2"))
        .run(check);
    assert_eq!(
        stuck.titles(),
        ["Service coreai/portal has no pods: Deployment coreai/portal has not made any"]
    );
}

#[test]
fn a_service_without_selector_and_endpoints_is_information() {
    let selectorless = SERVICE.replace("selector: {app: portal}, ", "");
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SECRET, &selectorless]);
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-ING-012"], "pass")
    );
}

#[test]
fn a_missing_tls_secret_is_a_warning() {
    let outcome = run(&[CLASS, INGRESS, ADDRESS, SERVICE, SLICE]);
    assert_eq!(
        outcome.titles(),
        ["TLS Secret coreai/portal-tls does not exist, ingress coreai/portal names it"]
    );
    assert_eq!(outcome.word(), "warn");
    let finding = format!("{:?}", outcome.finding("BSQ-ING-009"));
    assert!(finding.contains("kind: \"Certificate\""), "{finding}");
}

#[test]
fn two_ingresses_for_one_path_are_one_finding() {
    let second = named("second")
        .replace("www.site.test", "docs.site.test")
        .replace("service: {name: portal", "service: {name: other");
    let service = SERVICE.replace("name: portal,", "name: other,");
    let slice = SLICE
        .replace("portal-abc", "other-abc")
        .replace("service-name: portal", "service-name: other");
    let outcome = run(&[
        CLASS, INGRESS, ADDRESS, &second, ADDRESS, SECRET, SERVICE, SLICE, &service, &slice,
    ]);
    assert_eq!(
        outcome.titles(),
        ["portal.site.test/ is claimed by 2 ingresses: coreai/portal, coreai/second"]
    );
    assert_eq!(outcome.word(), "warn");
}

#[test]
fn a_gateway_route_leads_to_a_service_too() {
    let route = "---
apiVersion: apisix.apache.org/v2
kind: ApisixRoute
metadata: {name: api, namespace: coreai}
spec: {http: [{name: all, match: {hosts: [api.site.test], paths: ['/*']}, backends: [{serviceName: gone, servicePort: 80}]}]}
";
    let outcome = run(&[route]);
    assert_eq!(
        outcome.titles(),
        ["Service coreai/gone does not exist, api.site.test leads to it"]
    );
    assert_eq!(
        outcome.finding("BSQ-ING-005").fact("routes"),
        Some("gateway route coreai/api")
    );
}

#[test]
fn without_ingresses_the_question_does_not_arise() {
    let gateway = "apisix.apache.org/v2/ApisixRoute";
    let outcome = host(&[SERVICE])
        .failed(gateway, Error::new("absent", "no such kind"))
        .run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for kind in [
        "networking.k8s.io/v1/Ingress",
        "networking.k8s.io/v1/IngressClass",
        "v1/Service",
        "v1/Secret",
        "discovery.k8s.io/v1/EndpointSlice",
        "apisix.apache.org/v2/ApisixRoute",
    ] {
        for host in [host(&WHOLE).denied(kind), host(&WHOLE).forbidden(kind)] {
            let outcome = host.run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{kind}"
            );
        }
    }
}

#[test]
fn without_pods_the_finding_says_only_what_is_known() {
    let outcome = host(&[CLASS, INGRESS, ADDRESS, SECRET, SERVICE])
        .denied("v1/Pod")
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["Service coreai/portal has no ready endpoint, portal.site.test and 1 more lead to it"]
    );
    assert!(!outcome.complete);
}
