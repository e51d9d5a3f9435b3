//! The check against ingresses, certificates, and what probes answer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use bsq_sdk::Severity;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Certificate, Handshake};
use bsq_sdk::testing::{FakeHost, Outcome};
use dns_tls::names_and_certificates_are_in_order as check;

const MANIFEST: &str = include_str!("../check.toml");
const ADDRESS: &str = "192.0.2.10";

/// An ingress of one host name with its Secret.
fn ingress(namespace: &str, name: &str) -> String {
    format!(
        "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: {namespace}, creationTimestamp: '2026-11-01T00:00:00Z'}}
spec:
  tls: [{{hosts: [{name}.site.test], secretName: {name}-tls}}]
  rules: [{{host: {name}.site.test}}]
status: {{loadBalancer: {{ingress: [{{ip: {ADDRESS}}}]}}}}
"
    )
}

/// A certificate that cert-manager keeps, 90 days long and renewed 30 days before its end.
fn certificate(name: &str, conditions: &str, status: &str) -> String {
    format!(
        "---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: {name}-tls, namespace: coreai, creationTimestamp: '2026-10-01T00:00:00Z'}}
spec:
  secretName: {name}-tls
  dnsNames: [{name}.site.test]
  issuerRef: {{kind: ClusterIssuer, name: letsencrypt}}
status:
  conditions: [{conditions}]
  {status}
"
    )
}

const READY: &str =
    "{type: Ready, status: 'True', reason: Ready, lastTransitionTime: '2026-10-01T00:01:00Z'}";
const VALID: &str = "{notBefore: '2026-10-01T00:00:00Z', notAfter: '2026-12-30T00:00:00Z', renewalTime: '2026-11-30T00:00:00Z'}";

/// The members of a flow mapping, a line each.
fn fields(flow: &str) -> String {
    flow.trim_matches(['{', '}']).replace(", ", "\n  ")
}

fn kept(name: &str, conditions: &str, status: &str) -> String {
    certificate(name, conditions, &fields(status))
}

const ISSUER: &str = "---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt, creationTimestamp: '2026-10-01T00:00:00Z'}
status: {conditions: [{type: Ready, status: 'True', reason: ACMEAccountRegistered, lastTransitionTime: '2026-10-01T00:00:00Z'}]}
";

/// Seconds since 1970.
fn seconds(time: &str) -> i64 {
    time.parse::<Timestamp>().unwrap().as_second()
}

/// A chain that is trusted, from and to these days.
fn shows(names: &[&str], not_before: &str, not_after: &str) -> Handshake {
    let leaf = Certificate {
        subject: format!("CN={}", names[0]),
        issuer: "CN=R11, O=Let's Encrypt".to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        not_before: seconds(not_before),
        not_after: seconds(not_after),
    };
    Handshake {
        read: 0,
        chain: vec![leaf],
        problem: String::new(),
        vantage: "operator".to_owned(),
    }
}

fn current(name: &str) -> Handshake {
    shows(&[name], "2026-10-01T00:00:00Z", "2026-12-30T00:00:00Z")
}

/// A host on which the names of these ingresses lead to their address and show what is current.
fn site(names: &[&str]) -> FakeHost {
    let objects: String = names.iter().map(|name| ingress("coreai", name)).collect();
    let mut host = FakeHost::new(MANIFEST).objects(&objects);
    for name in names {
        let name = format!("{name}.site.test");
        host = host
            .addresses(&name, &[ADDRESS])
            .handshake(&name, current(&name));
    }
    host
}

fn run(host: FakeHost) -> Outcome {
    host.run(check)
}

#[test]
fn a_healthy_site_has_no_findings() {
    let outcome = run(site(&["portal", "auth"])
        .objects(ISSUER)
        .objects(&kept("portal", READY, VALID))
        .objects(&kept("auth", READY, VALID)));
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
}

#[test]
fn what_is_new_or_not_meant_is_no_finding() {
    let young = ingress("coreai", "new").replace("2026-11-01T00:00:00Z", "2026-11-23T06:05:00Z");
    let waiting = kept("new", "{type: Ready, status: 'False', reason: DoesNotExist, message: Issuing certificate, lastTransitionTime: '2026-11-23T06:05:00Z'}", "{}")
        .replace("2026-10-01T00:00:00Z", "2026-11-23T06:05:00Z");
    let outcome = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&young)
        .objects(&waiting));
    assert_eq!(outcome.titles(), [""; 0]);

    let solver = ingress("coreai", "solver").replace(
        "namespace: coreai,",
        "namespace: coreai, labels: {acme.cert-manager.io/http01-solver: 'true'},",
    );
    assert_eq!(run(site(&["portal"]).objects(&solver)).titles(), [""; 0]);

    let outcome = run(site(&["portal"])
        .objects(&ingress("coreai", "lab"))
        .setting("ignore-hosts", json!(["lab.site.test"])));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
}

#[test]
fn a_certificate_that_lives_for_days_is_not_about_to_end() {
    let short = shows(
        &["portal.site.test"],
        "2026-11-20T00:00:00Z",
        "2026-11-26T00:00:00Z",
    );
    let outcome = run(site(&["portal"]).handshake("portal.site.test", short));
    assert_eq!(outcome.titles(), [""; 0]);
}

#[test]
fn an_expired_wildcard_behind_many_names_is_one_finding() {
    let old = shows(
        &["*.site.test"],
        "2025-11-23T00:00:00Z",
        "2026-11-23T03:00:00Z",
    );
    let mut host = FakeHost::new(MANIFEST)
        .objects(&ingress("coreai", "portal"))
        .objects(&ingress("iam", "auth"))
        .objects(&ingress("monitoring", "grafana"));
    for name in ["portal.site.test", "auth.site.test", "grafana.site.test"] {
        host = host
            .addresses(name, &[ADDRESS])
            .handshake(name, old.clone());
    }
    let outcome = run(host);
    assert_eq!(
        outcome.titles(),
        ["certificate of auth.site.test and 2 more has expired 3 hours ago"]
    );
    let finding = outcome.finding("BSQ-TLS-001");
    assert_eq!(finding.began(), "2026-11-23T03:00:00Z".parse().ok());
    assert_eq!(finding.own_severity(), Some(Severity::Critical));
    assert_eq!(
        finding.fact("host names"),
        Some("auth.site.test, grafana.site.test, portal.site.test")
    );
}

#[test]
fn a_copy_of_a_wildcard_that_was_not_renewed_follows_from_it() {
    let conditions = "{type: Ready, status: 'False', reason: Expired, message: Certificate expired, lastTransitionTime: '2026-11-23T04:00:00Z'}";
    let status = "{notBefore: '2025-11-23T00:00:00Z', notAfter: '2026-11-23T04:00:00Z', renewalTime: '2026-10-23T00:00:00Z'}";
    let wildcard =
        kept("wildcard", conditions, status).replace("wildcard.site.test", "'*.site.test'");
    let older = shows(
        &["*.site.test"],
        "2025-11-23T00:00:00Z",
        "2026-11-23T03:00:00Z",
    );
    let outcome = run(site(&["portal"])
        .handshake("portal.site.test", older)
        .objects(ISSUER)
        .objects(&wildcard));
    assert_eq!(outcome.codes(), ["BSQ-TLS-001"; 2]);
    let of = |kind: &str| {
        let mut found = outcome.findings.iter();
        let found = found.find(|finding| {
            let object = finding.subject().object();
            object.is_some_and(|object| object.kind() == kind)
        });
        let causes = found.unwrap().causes().iter();
        let named = causes.filter_map(|cause| cause.subject.as_ref());
        named.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of("Secret"), ["Certificate coreai/wildcard-tls"]);
    assert_eq!(of("Certificate"), [""; 0]);
}

#[test]
fn an_expired_certificate_says_why_it_was_not_renewed() {
    let status = "{notBefore: '2026-08-20T00:00:00Z', notAfter: '2026-11-23T04:00:00Z', renewalTime: '2026-10-23T00:00:00Z', failedIssuanceAttempts: 4, lastFailureTime: '2026-11-22T00:00:00Z'}";
    let conditions = "{type: Ready, status: 'False', reason: Expired, message: Certificate expired, lastTransitionTime: '2026-11-23T04:00:00Z'}";
    let outcome = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", conditions, status))
        .handshake(
            "portal.site.test",
            shows(
                &["portal.site.test"],
                "2026-08-20T00:00:00Z",
                "2026-11-23T04:00:00Z",
            ),
        ));
    assert_eq!(
        outcome.titles(),
        ["certificate of portal.site.test has expired 2 hours ago"]
    );
    let finding = outcome.finding("BSQ-TLS-001");
    assert_eq!(
        finding.subject().to_string(),
        "Certificate coreai/portal-tls"
    );
    assert_eq!(finding.fact("status.failedIssuanceAttempts"), Some("4"));
}

#[test]
fn a_renewed_certificate_that_is_not_shown_is_told_apart() {
    let old = shows(
        &["portal.site.test"],
        "2026-08-20T00:00:00Z",
        "2026-11-23T04:00:00Z",
    );
    let outcome = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", READY, VALID))
        .handshake("portal.site.test", old));
    assert_eq!(
        outcome.titles(),
        [
            "certificate of portal.site.test has expired 2 hours ago, though certificate coreai/portal-tls is renewed"
        ]
    );
}

#[test]
fn a_certificate_is_not_issued_for_the_reason_of_its_challenge() {
    let conditions = "{type: Ready, status: 'False', reason: DoesNotExist, message: Secret does not exist, lastTransitionTime: '2026-11-23T05:00:00Z'}";
    let chain = "---
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata: {name: portal-tls-1, namespace: coreai, ownerReferences: [{apiVersion: cert-manager.io/v1, kind: Certificate, name: portal-tls, uid: c, controller: true}]}
status: {conditions: [{type: Ready, status: 'False', reason: Pending, message: Waiting on certificate issuance from order coreai/portal-tls-1-2}]}
---
apiVersion: acme.cert-manager.io/v1
kind: Order
metadata: {name: portal-tls-1-2, namespace: coreai, ownerReferences: [{apiVersion: cert-manager.io/v1, kind: CertificateRequest, name: portal-tls-1, uid: r, controller: true}]}
status: {state: pending}
---
apiVersion: acme.cert-manager.io/v1
kind: Challenge
metadata: {name: portal-tls-1-2-3, namespace: coreai, ownerReferences: [{apiVersion: acme.cert-manager.io/v1, kind: Order, name: portal-tls-1-2, uid: o, controller: true}]}
spec: {dnsName: portal.site.test, type: HTTP-01}
status: {state: pending, reason: 'Waiting for HTTP-01 challenge propagation: no such host'}
";
    let objects = kept("portal", conditions, "{}");
    let outcome = run(FakeHost::new(MANIFEST)
        .objects(&ingress("coreai", "portal"))
        .objects(&ingress("coreai", "auth"))
        .objects(ISSUER)
        .objects(&objects)
        .objects(chain)
        .addresses("auth.site.test", &[ADDRESS])
        .handshake("auth.site.test", current("auth.site.test")));
    assert_eq!(outcome.codes(), ["BSQ-DNS-001", "BSQ-TLS-002"]);
    let finding = outcome.finding("BSQ-TLS-002");
    assert_eq!(
        finding.title(),
        "certificate coreai/portal-tls is not issued: Waiting for HTTP-01 challenge propagation: no such host"
    );
    assert_eq!(finding.began(), "2026-11-23T05:00:00Z".parse().ok());
    assert_eq!(
        finding.fact("status of Order portal-tls-1-2"),
        Some("pending")
    );
    assert!(format!("{finding:?}").contains("Named { kind: \"host\", name: \"portal.site.test\""));
}

#[test]
fn an_issuer_that_fails_is_the_cause_of_its_certificates() {
    let broken = ISSUER.replace(
        "status: 'True', reason: ACMEAccountRegistered",
        "status: 'False', reason: ErrRegisterACMEAccount, message: account is deactivated",
    );
    let conditions = "{type: Ready, status: 'False', reason: DoesNotExist, message: Issuing, lastTransitionTime: '2026-11-23T05:00:00Z'}";
    for (issuer, title) in [
        (
            broken.as_str(),
            "ClusterIssuer letsencrypt is not ready: account is deactivated",
        ),
        (
            "",
            "ClusterIssuer letsencrypt does not exist, 2 certificates name it",
        ),
    ] {
        let outcome = run(site(&["portal", "auth"])
            .objects(issuer)
            .objects(&kept("portal", conditions, "{}"))
            .objects(&kept("auth", conditions, "{}")));
        assert_eq!(
            outcome.codes(),
            ["BSQ-TLS-008", "BSQ-TLS-002", "BSQ-TLS-002"]
        );
        assert_eq!(outcome.titles().first(), Some(&title));
        assert!(format!("{:?}", outcome.finding("BSQ-TLS-002")).contains("\"ClusterIssuer\""));
    }
}

#[test]
fn a_renewal_that_fails_or_is_late_warns_before_the_end() {
    let failing = "{notBefore: '2026-09-20T00:00:00Z', notAfter: '2026-12-19T00:00:00Z', renewalTime: '2026-11-19T00:00:00Z', failedIssuanceAttempts: 3, lastFailureTime: '2026-11-22T00:00:00Z'}";
    let issuing = format!(
        "{READY}, {{type: Issuing, status: 'False', reason: Failed, message: rate limit exceeded, lastTransitionTime: '2026-11-22T00:00:00Z'}}"
    );
    let outcome = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", &issuing, failing)));
    assert_eq!(
        outcome.titles(),
        [
            "renewal of certificate coreai/portal-tls fails: rate limit exceeded, it expires in 25 days"
        ]
    );
    assert_eq!(outcome.word(), "warn");

    // A condition that holds is no reason.
    let unsaid = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", READY, failing)));
    assert_eq!(
        unsaid.titles(),
        [
            "renewal of certificate coreai/portal-tls fails: 3 attempts failed, it expires in 25 days"
        ]
    );

    let late = failing.replace(
        ", failedIssuanceAttempts: 3, lastFailureTime: '2026-11-22T00:00:00Z'",
        "",
    );
    let outcome = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", READY, &late)));
    assert_eq!(
        outcome.titles(),
        ["renewal of certificate coreai/portal-tls is overdue by 4 days, it expires in 25 days"]
    );
}

#[test]
fn a_certificate_that_nobody_renews_is_told_before_its_end() {
    for (end, title, severity) in [
        (
            "2026-11-29T12:00:00Z",
            "certificate of portal.site.test expires in 6 days",
            None,
        ),
        (
            "2026-11-24T12:00:00Z",
            "certificate of portal.site.test expires in 29 hours",
            Some(Severity::High),
        ),
    ] {
        let shown = shows(&["portal.site.test"], "2025-11-30T00:00:00Z", end);
        let outcome = run(site(&["portal"]).handshake("portal.site.test", shown));
        assert_eq!(outcome.titles(), [title]);
        let finding = outcome.finding("BSQ-TLS-003");
        assert_eq!(finding.own_severity(), severity);
        assert_eq!(finding.subject().to_string(), "Secret coreai/portal-tls");
    }
}

#[test]
fn a_certificate_for_other_names_is_one_finding_whoever_says_it() {
    let other = kept("portal", READY, VALID)
        .replace("dnsNames: [portal.site.test]", "dnsNames: [www.site.test]");
    let outcome = run(site(&["portal"]).objects(ISSUER).objects(&other).handshake(
        "portal.site.test",
        Handshake {
            problem: "tls-name".to_owned(),
            ..shows(
                &["www.site.test"],
                "2026-10-01T00:00:00Z",
                "2026-12-30T00:00:00Z",
            )
        },
    ));
    assert_eq!(
        outcome.titles(),
        ["certificate coreai/portal-tls is not for portal.site.test, which uses it"]
    );
    let finding = outcome.finding("BSQ-TLS-005");
    assert_eq!(
        finding.fact("spec.dnsNames of certificate coreai/portal-tls"),
        Some("www.site.test")
    );
    assert_eq!(
        finding.fact("certificate that portal.site.test shows, seen operator"),
        Some("www.site.test")
    );
}

#[test]
fn an_issuer_that_is_not_trusted_counts_beside_one_that_is() {
    let private = |name: &str| {
        let mut shown = current(name);
        shown.chain[0].issuer = "CN=Site CA".to_owned();
        shown.problem = "tls-unknown-issuer".to_owned();
        shown
    };
    let odd =
        || site(&["portal", "auth"]).handshake("portal.site.test", private("portal.site.test"));
    let outcome = run(odd());
    assert_eq!(
        outcome.titles(),
        [
            "certificate of portal.site.test is not trusted from the operator's machine: issued by CN=Site CA"
        ]
    );
    assert_eq!(outcome.word(), "warn");
    assert_eq!(
        run(odd().setting("private-issuers", json!(["Site CA"]))).titles(),
        [""; 0]
    );

    // A site whose only issuer is its own, and which cert-manager keeps, is well.
    let kept_by_it = run(site(&["portal"])
        .objects(ISSUER)
        .objects(&kept("portal", READY, VALID))
        .handshake("portal.site.test", private("portal.site.test")));
    assert_eq!(kept_by_it.titles(), [""; 0]);
    let unknown = run(site(&["portal"]).handshake("portal.site.test", private("portal.site.test")));
    assert_eq!(
        (unknown.codes(), unknown.word()),
        (vec!["BSQ-TLS-006"], "pass")
    );
    let mut staging = private("portal.site.test");
    staging.chain[0].issuer = "CN=(STAGING) Wannabe Watercress R11".to_owned();
    let outcome = run(site(&["portal"]).handshake("portal.site.test", staging));
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-TLS-006"], "warn")
    );
    let mut early = private("portal.site.test");
    early.problem = "tls-not-yet-valid".to_owned();
    let outcome = run(site(&["portal"]).handshake("portal.site.test", early));
    assert_eq!(
        outcome.titles(),
        [
            "certificate of portal.site.test is not trusted from the operator's machine: tls-not-yet-valid, issued by CN=Site CA"
        ]
    );
    assert_eq!(outcome.word(), "warn");
}

#[test]
fn the_controllers_own_certificate_is_recognised() {
    let mut own = shows(
        &["ingress.local"],
        "2026-11-01T00:00:00Z",
        "2027-11-01T00:00:00Z",
    );
    own.chain[0].subject = "CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co".to_owned();
    own.problem = "tls-unknown-issuer".to_owned();
    let outcome = run(site(&["portal", "auth"]).handshake("portal.site.test", own));
    assert_eq!(
        outcome.titles(),
        [
            "portal.site.test shows the ingress controller's own certificate as seen from the operator's machine"
        ]
    );
    assert!(format!("{:?}", outcome.finding("BSQ-TLS-007").subject()).contains("portal.site.test"));
    assert_eq!(outcome.word(), "fail");
}

#[test]
fn nobody_who_answers_is_one_finding_for_an_address() {
    let refused = || {
        Error::new("unavailable", "connection refused")
            .with_details(None, vec![("cause".to_owned(), "refused".to_owned())])
    };
    let two = |host: FakeHost| {
        host.failed("tls portal.site.test:443", refused())
            .failed("tls auth.site.test:443", refused())
    };
    let elsewhere = ingress("coreai", "docs").replace(ADDRESS, "192.0.2.20");
    let beside = FakeHost::new(MANIFEST)
        .objects(&ingress("coreai", "portal"))
        .objects(&ingress("coreai", "auth"))
        .objects(&elsewhere)
        .addresses("portal.site.test", &[ADDRESS])
        .addresses("auth.site.test", &[ADDRESS])
        .addresses("docs.site.test", &["192.0.2.20"])
        .handshake("docs.site.test", current("docs.site.test"));
    let outcome = run(two(beside));
    assert_eq!(
        outcome.titles(),
        [
            "nobody answers TLS for auth.site.test and 1 more at 192.0.2.10 as seen from the operator's machine: refused"
        ]
    );
    assert_eq!((outcome.word(), outcome.complete), ("warn", false));

    // Where nobody answers anywhere, they may all be served at another port: known to be unknown.
    let outcome = run(two(site(&["portal", "auth"])));
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-TLS-009"], "error")
    );
}

#[test]
fn silence_may_be_a_wall_and_is_left_to_the_host() {
    let outcome = run(site(&["portal"]).failed(
        "tls portal.site.test:443",
        Error::new("timeout", "no answer in time"),
    ));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "error"));
}

#[test]
fn a_name_that_does_not_exist_counts_beside_one_that_does() {
    let outcome = run(site(&["portal"]).objects(&ingress("monitoring", "grafana")));
    assert_eq!(
        outcome.titles(),
        [
            "grafana.site.test does not exist in DNS as seen from the operator's machine, portal.site.test does"
        ]
    );
    assert_eq!((outcome.word(), outcome.complete), ("fail", true));
    let finding = outcome.finding("BSQ-DNS-001");
    assert_eq!(
        finding.fact("served by"),
        Some("ingress monitoring/grafana")
    );
    assert_eq!(finding.fact("vantage"), Some("operator"));
}

#[test]
fn a_place_that_sees_no_name_of_the_domain_decides_nothing() {
    let outcome = run(FakeHost::new(MANIFEST)
        .objects(&ingress("coreai", "portal"))
        .objects(&ingress("coreai", "auth")));
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: inconclusive", true)
    );
}

#[test]
fn a_name_that_leads_elsewhere_counts_beside_one_that_does_not() {
    let stale = || site(&["portal", "auth"]).addresses("portal.site.test", &["198.51.100.7"]);
    let outcome = run(stale().handshake(
        "portal.site.test",
        Handshake {
            chain: Vec::new(),
            ..current("portal.site.test")
        },
    ));
    assert_eq!(
        outcome.titles(),
        [
            "portal.site.test leads to 198.51.100.7 as seen from the operator's machine, its ingress has 192.0.2.10"
        ]
    );
    assert_eq!(outcome.word(), "warn");

    // Something that answers for the name with a trusted certificate is perhaps a proxy.
    let proxy = run(stale());
    assert_eq!((proxy.codes(), proxy.word()), (vec!["BSQ-DNS-002"], "pass"));
    assert_eq!(
        run(stale().setting("addresses", json!(["198.51.100.7"]))).titles(),
        [""; 0]
    );

    // All names behind address translation: nothing to compare with.
    let translated = site(&["portal", "auth"])
        .addresses("portal.site.test", &["198.51.100.7"])
        .addresses("auth.site.test", &["198.51.100.7"]);
    assert_eq!(run(translated).titles(), [""; 0]);
}

#[test]
fn what_is_shown_elsewhere_is_not_said_of_the_secret() {
    for (shown, code) in [
        (current("old.site.test"), "BSQ-TLS-005"),
        (
            shows(
                &["portal.site.test"],
                "2026-08-01T00:00:00Z",
                "2026-11-01T00:00:00Z",
            ),
            "BSQ-TLS-001",
        ),
    ] {
        let outcome = run(site(&["portal", "auth"])
            .addresses("portal.site.test", &["198.51.100.7"])
            .handshake("portal.site.test", shown));
        let told = format!("{:?}", outcome.finding(code).subject());
        assert!(!told.contains("portal-tls"), "{told}");
    }
}

const PUBLISHER: &str = "---
apiVersion: v1
kind: Pod
metadata: {name: external-dns-7d9f8b6c5d-x2k4z, namespace: network}
spec: {containers: [{name: external-dns, image: 'registry.site.test/network/external-dns:v0.15.0'}]}
status: {phase: Running}
";

#[test]
fn external_dns_that_cannot_publish_is_the_cause_of_missing_names() {
    let log = "time=\"2026-11-23T06:02:00Z\" level=info msg=\"All records are already up to date\"
time=\"2026-11-23T06:03:00Z\" level=error msg=\"records retrieval failed: AccessDenied\"
";
    let outcome = run(site(&["portal"])
        .objects(&ingress("monitoring", "grafana"))
        .objects(PUBLISHER)
        .pod_log("network/external-dns-7d9f8b6c5d-x2k4z/external-dns", log));
    assert_eq!(outcome.codes(), ["BSQ-DNS-003", "BSQ-DNS-001"]);
    let cause = outcome.finding("BSQ-DNS-003");
    assert_eq!(
        cause.title(),
        "External DNS network/external-dns-7d9f8b6c5d-x2k4z cannot publish records: records retrieval failed: AccessDenied"
    );
    assert_eq!(cause.began(), "2026-11-23T06:03:00Z".parse().ok());
    let missing = format!("{:?}", outcome.finding("BSQ-DNS-001"));
    assert!(missing.contains("code: Some(\"BSQ-DNS-003\")"));
}

#[test]
fn external_dns_that_recovered_is_no_finding() {
    let log = "time=\"2026-11-23T06:01:00Z\" level=error msg=\"dial tcp: i/o timeout\"
time=\"2026-11-23T06:02:00Z\" level=info msg=\"All records are already up to date\"
";
    let outcome = run(site(&["portal"])
        .objects(PUBLISHER)
        .pod_log("network/external-dns-7d9f8b6c5d-x2k4z/external-dns", log));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
}

#[test]
fn an_old_error_of_external_dns_is_no_finding() {
    let log = "time=\"2026-11-22T06:01:00Z\" level=error msg=\"dial tcp: i/o timeout\"\n";
    let outcome = run(site(&["portal"])
        .objects(PUBLISHER)
        .pod_log("network/external-dns-7d9f8b6c5d-x2k4z/external-dns", log));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
}

/// A Secret as the host prunes it where its facts are granted.
fn secret(facts: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: portal-tls, namespace: coreai}}
facts: {facts}
"
    )
}

#[test]
fn the_facts_of_a_secret_are_asked_only_where_the_site_says_so() {
    let old = secret(
        "{keys: [{name: tls.crt, empty: false}], certificate: {subject: CN=x, issuer: CN=y, names: [portal.site.test], notBefore: '2025-11-01T00:00:00Z', notAfter: '2026-11-01T00:00:00Z'}}",
    );
    let blind = || {
        FakeHost::new(MANIFEST)
            .objects(&ingress("coreai", "portal"))
            .setting("probe", false)
    };
    let outcome = run(blind().objects(&old));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
    let outcome = run(blind().objects(&old).setting("secret-facts", true));
    assert_eq!(
        outcome.titles(),
        ["certificate of portal.site.test has expired 22 days ago"]
    );
    let outcome = run(blind()
        .objects(&old)
        .setting("secret-facts", true)
        .denied("v1/Secret"));
    assert_eq!(outcome.word(), "skip: unknown");
}

#[test]
fn a_secret_without_a_certificate_or_for_other_names_is_found() {
    let blind = |facts: &str| {
        run(FakeHost::new(MANIFEST)
            .objects(&ingress("coreai", "portal"))
            .objects(&secret(facts))
            .setting("probe", false)
            .setting("secret-facts", true))
    };
    for (facts, why) in [
        (
            "{keys: [{name: ca.crt, empty: false}]}",
            "it has no key tls.crt",
        ),
        (
            "{keys: [{name: tls.crt, empty: true}]}",
            "its tls.crt is empty",
        ),
        (
            "{keys: [{name: tls.crt, empty: false}], certificate: {unreadable: not PEM}}",
            "its tls.crt is not PEM",
        ),
    ] {
        assert_eq!(
            blind(facts).titles(),
            [format!(
                "Secret coreai/portal-tls holds no certificate for portal.site.test: {why}"
            )]
        );
    }
    let other = blind(
        "{keys: [{name: tls.crt, empty: false}], certificate: {issuer: CN=y, names: [www.site.test], notBefore: '2026-11-01T00:00:00Z', notAfter: '2027-11-01T00:00:00Z'}}",
    );
    assert_eq!(
        other.titles(),
        ["certificate in Secret coreai/portal-tls is not for portal.site.test, which uses it"]
    );
}

#[test]
fn without_names_and_certificates_the_question_does_not_arise() {
    let outcome = run(FakeHost::new(MANIFEST));
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let whole = || {
        site(&["portal"])
            .objects(ISSUER)
            .objects(&kept("portal", READY, VALID))
            .objects(PUBLISHER)
    };
    for what in [
        "networking.k8s.io/v1/Ingress",
        "cert-manager.io/v1/Certificate",
        "cert-manager.io/v1/ClusterIssuer",
        "apisix.apache.org/v2/ApisixTls",
        "v1/Pod",
        "pod-logs",
        "portal.site.test",
    ] {
        for host in [whole().denied(what), whole().forbidden(what)] {
            let outcome = run(host);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{what}"
            );
        }
    }
}

#[test]
fn a_place_that_gets_no_answer_is_not_asked_for_every_name() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut host = site(&names);
    for name in names {
        host = host.failed(
            &format!("{name}.site.test"),
            Error::new("timeout", "no answer"),
        );
    }
    let outcome = run(host);
    assert_eq!(outcome.word(), "error");
    let looked_up = outcome
        .reads
        .iter()
        .filter(|read| read.what.starts_with("resolve"));
    assert_eq!(looked_up.count(), 3);
}

#[test]
fn a_name_of_the_gateway_is_looked_at_too() {
    let tls = "---
apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {name: api, namespace: coreai, creationTimestamp: '2026-11-01T00:00:00Z'}
spec: {hosts: [api.site.test], secret: {name: api-tls, namespace: coreai}}
";
    let outcome = run(site(&["portal"]).objects(tls));
    assert_eq!(outcome.codes(), ["BSQ-DNS-001"]);
    assert_eq!(
        outcome.finding("BSQ-DNS-001").fact("served by"),
        Some("gateway certificate coreai/api")
    );
}
