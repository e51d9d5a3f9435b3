//! The check against tokens, answers of Keycloak, and lines of its log as Keycloak 26 writes them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use access_authentication::users_are_authenticated as check;
use bsq_sdk::prelude::*;
use bsq_sdk::reads::CredentialFacts;
use bsq_sdk::testing::{Answer, FakeHost, Outcome};

const MANIFEST: &str = include_str!("../check.toml");

/// 2026-11-23T06:12:04Z, the moment of the runs.
const NOW: u64 = 1_795_414_324;

const ISSUER: &str = "https://auth.site.test/realms/bsq";
const DISCOVERY: &str = "/realms/bsq/.well-known/openid-configuration";

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: sso-0, namespace: iam, labels: {app.kubernetes.io/name: keycloak}}
spec: {containers: [{image: 'quay.io/keycloak/keycloak:26.4.7'}]}
status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}
";

fn facts(kind: &str) -> CredentialFacts {
    CredentialFacts {
        kind: kind.to_owned(),
        ..CredentialFacts::default()
    }
}

fn token(expires: u64) -> CredentialFacts {
    CredentialFacts {
        expires: Some(expires),
        issuer: Some(ISSUER.to_owned()),
        audience: vec!["account".to_owned()],
        ..facts("jwt")
    }
}

fn list() -> Answer {
    Answer::json(200, json!({"object": "list", "data": [{"id": "mistral"}]}))
}

fn refused() -> Answer {
    refusal(401, "auth_error")
}

fn refusal(status: u16, kind: &str) -> Answer {
    Answer::json(
        status,
        json!({"error": {"message": "No.", "type": kind, "code": status.to_string()}}),
    )
}

fn discovery(issuer: &str) -> Answer {
    Answer::json(
        200,
        json!({"issuer": issuer, "jwks_uri": format!("{issuer}/protocol/openid-connect/certs")}),
    )
}

fn platform() -> FakeHost {
    FakeHost::new(MANIFEST).objects(POD).log_store().answer(
        "keycloak",
        DISCOVERY,
        discovery(ISSUER),
    )
}

fn with_user(facts: CredentialFacts, said: Answer) -> FakeHost {
    platform()
        .credential("user", facts)
        .answer("user", "/models", said)
}

/// The same event so many times, a second apart, the last at 06:11:59.
fn events(mut host: FakeHost, count: usize, event: &str) -> FakeHost {
    for index in 0..count {
        let at = format!(
            "2026-11-23T06:{:02}:{:02}Z",
            11 - index / 60,
            59 - index % 60
        );
        host = host.log_line(&at, &[("namespace", "iam")], event);
    }
    host
}

fn event(kind: &str, client: &str, rest: &str) -> String {
    format!(
        "2026-11-23 06:11:59,660 WARN  [org.keycloak.events] (executor-thread-1) type=\"{kind}\", \
         realmId=\"d066bce6-9b18-4189-aa3d-15bde155c9cc\", realmName=\"bsq\", clientId=\"{client}\", \
         userId=\"null\", ipAddress=\"10.9.8.7\", {rest}"
    )
}

fn logged(count: usize, event: &str) -> Outcome {
    events(platform(), count, event)
        .setting("realm", "bsq")
        .run(check)
}

mod healthy {
    use super::*;

    #[test]
    fn an_authenticated_user_and_a_keycloak_that_serves_have_no_findings() {
        let host = with_user(token(NOW + 60), list());
        let mut host = events(
            host,
            4,
            &event(
                "LOGIN_ERROR",
                "portal",
                "error=\"invalid_user_credentials\"",
            ),
        );
        for error in ["expired_code", "rejected_by_user", "cookie_not_found"] {
            host = events(
                host,
                40,
                &event("LOGIN_ERROR", "portal", &format!("error=\"{error}\"")),
            );
        }
        let outcome = host.run(check);
        assert_eq!(outcome.titles(), [""; 0]);
        assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    }

    #[test]
    fn what_the_api_accepts_is_valid_whatever_it_looks_like_here() {
        for facts in [token(NOW - 600), facts("opaque"), facts("sk-bsq")] {
            let outcome = with_user(facts, list()).setting("realm", "bsq").run(check);
            assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
        }
        let forbidden = with_user(token(NOW + 60), refusal(403, "forbidden")).run(check);
        assert_eq!((forbidden.titles(), forbidden.word()), (vec![], "pass"));
    }

    #[test]
    fn a_keycloak_that_calls_itself_by_the_address_it_is_asked_at_is_well() {
        let internal = discovery("http://keycloak.iam.svc:8080/realms/bsq");
        let host = with_user(token(NOW + 60), refused()).answer("keycloak", DISCOVERY, internal);
        assert_eq!(host.run(check).codes(), ["BSQ-AUTHN-007"]);
    }

    #[test]
    fn without_a_known_realm_keycloak_is_only_asked_whether_it_lives() {
        let master = "/realms/master/.well-known/openid-configuration";
        for answer in [
            discovery("http://x/realms/master"),
            Answer::text(403, "no"),
            Answer::text(404, "no"),
        ] {
            let host = FakeHost::new(MANIFEST).objects(POD).log_store();
            let outcome = host.answer("keycloak", master, answer).run(check);
            assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
        }
        let host = FakeHost::new(MANIFEST).answer("keycloak", master, Answer::text(503, "down"));
        assert_eq!(host.run(check).codes(), ["BSQ-AUTHN-010"]);
    }
}

mod token {
    use super::*;

    #[test]
    fn facts_explain_a_refusal() {
        let elsewhere = CredentialFacts {
            issuer: Some("https://auth.staging.test/realms/bsq".to_owned()),
            ..token(NOW + 60)
        };
        let early = CredentialFacts {
            not_before: Some(NOW + 300),
            ..token(NOW + 600)
        };
        for (facts, code, title) in [
            (
                token(NOW - 300),
                "BSQ-AUTHN-001",
                "the user's token expired at 2026-11-23T06:07:04Z",
            ),
            (
                early,
                "BSQ-AUTHN-002",
                "the user's token is valid only from 2026-11-23T06:17:04Z on",
            ),
            (
                facts("sk"),
                "BSQ-AUTHN-004",
                "the user's token is neither a token of Keycloak nor a `sk-bsq-` key",
            ),
            (
                elsewhere,
                "BSQ-AUTHN-005",
                "the user's token comes from another issuer than this platform's: its host is another",
            ),
            (
                token(NOW + 60),
                "BSQ-AUTHN-007",
                "the CoreAI API refuses the user's token, and the token does not show why",
            ),
        ] {
            let outcome = with_user(facts, refused())
                .setting("realm", "bsq")
                .run(check);
            assert_eq!(
                (outcome.codes(), outcome.titles(), outcome.word()),
                (vec![code], vec![title], "fail")
            );
        }
        let outcome = with_user(token(NOW - 300), refused()).run(check);
        assert_eq!(
            outcome.finding("BSQ-AUTHN-001").began(),
            Timestamp::from_second(1_795_414_024).ok()
        );
    }

    #[test]
    fn an_audience_is_expected_only_where_the_site_says_one() {
        let with = |audience: &str| {
            with_user(token(NOW + 60), refused())
                .setting("audience", audience)
                .run(check)
        };
        assert_eq!(with("coreai").codes(), ["BSQ-AUTHN-006"]);
        assert_eq!(with("account").codes(), ["BSQ-AUTHN-007"]);
    }

    #[test]
    fn an_issuer_that_the_site_accepts_is_no_other() {
        let other = CredentialFacts {
            issuer: Some("https://sso.site.test/realms/bsq".to_owned()),
            ..token(NOW + 60)
        };
        let host = with_user(other, refused());
        let outcome = host
            .setting("issuers", json!(["https://sso.site.test/realms/bsq"]))
            .run(check);
        assert_eq!(outcome.codes(), ["BSQ-AUTHN-007"]);
    }

    #[test]
    fn clocks_that_differ_are_told_where_they_decide() {
        let ahead = refused().header("date", "Mon, 23 Nov 2026 06:20:04 GMT");
        let outcome = with_user(token(NOW + 60), ahead).run(check);
        assert_eq!(outcome.codes(), ["BSQ-AUTHN-003"]);
        let finding = outcome.finding("BSQ-AUTHN-003");
        assert_eq!(
            finding.fact("clock of this host"),
            Some("2026-11-23T06:12:04Z")
        );
        let same = refused().header("date", "Mon, 23 Nov 2026 06:12:20 GMT");
        assert_eq!(
            with_user(token(NOW + 60), same).run(check).codes(),
            ["BSQ-AUTHN-007"]
        );
    }

    #[test]
    fn a_gateway_that_cannot_check_keys_does_not_blame_the_user() {
        let host =
            with_user(facts("sk-bsq"), refusal(400, "no_db_connection")).setting("realm", "bsq");
        let outcome = host.run(check);
        assert_eq!(
            outcome.titles(),
            ["the gateway of the CoreAI API cannot check the user's key: it has no database"]
        );
        let cause = outcome.finding("BSQ-AUTHN-007").causes()[0].code.clone();
        assert_eq!(cause.as_deref(), Some("BSQ-KEY-004"));
    }

    #[test]
    fn an_expired_key_is_the_gateways_word() {
        let host = with_user(facts("sk-bsq"), refusal(400, "expired_key")).setting("realm", "bsq");
        assert_eq!(
            host.run(check).titles(),
            ["the user's token has expired, says the gateway"]
        );
    }

    #[test]
    fn an_api_that_says_nothing_of_the_token_leaves_the_question_open() {
        let outcome = with_user(token(NOW + 60), Answer::text(502, "<html>")).run(check);
        assert_eq!(
            (outcome.codes().len(), outcome.word()),
            (0, "skip: inconclusive")
        );
        let expired = with_user(token(NOW - 300), Answer::text(502, "<html>")).run(check);
        assert_eq!(expired.codes(), ["BSQ-AUTHN-001"]);
    }
}

mod keycloak {
    use super::*;

    fn asked(answer: Answer) -> Outcome {
        platform()
            .answer("keycloak", DISCOVERY, answer)
            .setting("realm", "bsq")
            .run(check)
    }

    #[test]
    fn a_realm_that_does_not_exist_is_found_by_keycloaks_own_words() {
        let outcome = asked(Answer::json(404, json!({"error": "Realm does not exist"})));
        assert_eq!(
            outcome.titles(),
            ["Keycloak has no realm bsq, which the setting `realm` names"]
        );
        let path = "/realms/old/.well-known/openid-configuration";
        let missing = Answer::json(404, json!({"error": "Realm does not exist"}));
        let user = CredentialFacts {
            issuer: Some("https://auth.site.test/realms/old".to_owned()),
            ..token(NOW + 60)
        };
        let outcome = with_user(user, list())
            .answer("keycloak", path, missing)
            .run(check);
        assert_eq!(
            outcome.titles(),
            ["Keycloak has no realm old, which the issuer of the user's token names"]
        );
    }

    #[test]
    fn an_answer_that_is_not_keycloaks_is_no_finding() {
        for answer in [
            Answer::text(404, "default backend - 404"),
            Answer::text(200, "<html>"),
            Answer::json(
                403,
                json!({"error": "invalid_request", "error_description": "HTTPS required"}),
            ),
        ] {
            let outcome = asked(answer);
            assert_eq!(
                (outcome.codes().len(), outcome.word()),
                (0, "skip: inconclusive"),
                "{}",
                outcome.summary
            );
        }
    }

    #[test]
    fn the_realm_may_be_named_by_the_configured_credential() {
        let host = platform().credential("coreai", token(NOW + 60));
        assert_eq!(host.run(check).word(), "pass");
        let odd = platform().setting("realm", "a b").run(check);
        assert_eq!(odd.word(), "skip: inconclusive");
    }

    #[test]
    fn a_keycloak_that_fails_points_to_its_pods() {
        let pod = POD.replace("'True'", "'False'");
        let host = FakeHost::new(MANIFEST).objects(&pod).log_store();
        let host = host.answer(
            "keycloak",
            DISCOVERY,
            Answer::text(503, "<html>").header("server", "nginx"),
        );
        let outcome = host.setting("realm", "bsq").run(check);
        assert_eq!(
            outcome.titles(),
            ["Keycloak answers 503: nobody can log in"]
        );
        let finding = outcome.finding("BSQ-AUTHN-010");
        assert_eq!(
            (finding.fact("pod iam/sso-0"), finding.fact("server")),
            (Some("not ready"), Some("nginx"))
        );
        assert_eq!(
            causes(&outcome),
            ["Pod iam/sso-0", "component iam/keycloak"]
        );
    }

    #[test]
    fn a_database_that_is_down_is_the_cause() {
        let line = "2026-11-23 06:11:01,123 ERROR [org.hibernate.engine.jdbc.spi.SqlExceptionHelper] (executor-thread-1) \
                    Connection to postgresql.data:5432 refused. Check that the hostname and port are correct";
        let timeout = "2026-11-23 06:11:30,123 WARN  [SqlExceptionHelper] Acquisition timeout while waiting for new connection";
        let old = line.replace("postgresql.data", "older.data");
        let host = events(platform(), 3, line)
            .log_line("2026-11-23T05:30:00Z", &[("namespace", "iam")], &old)
            .log_line("2026-11-23T06:12:00Z", &[("namespace", "iam")], timeout);
        let host = host.answer(
            "keycloak",
            DISCOVERY,
            Answer::json(500, json!({"error": "unknown_error"})),
        );
        let outcome = host.setting("realm", "bsq").run(check);
        assert_eq!(outcome.codes(), ["BSQ-AUTHN-011"]);
        assert_eq!(
            outcome.titles(),
            [
                "Keycloak answers 500: nobody can log in; it cannot use its database at postgresql.data:5432"
            ]
        );
        assert_eq!(
            causes(&outcome),
            ["component iam/keycloak", "Service data/postgresql"]
        );
    }

    #[test]
    fn a_keycloak_that_cannot_be_reached_is_a_finding_only_where_the_cause_is_known() {
        let failing = |cause: &str| {
            let error = Error::new("unavailable", "no answer");
            let error = error.with_details(None, vec![("cause".to_owned(), cause.to_owned())]);
            platform()
                .failed("keycloak", error)
                .setting("realm", "bsq")
                .run(check)
        };
        let outcome = failing("tls-expired");
        assert_eq!(
            outcome.titles(),
            ["Keycloak cannot be reached from here: its certificate has expired"]
        );
        assert_eq!(outcome.codes(), ["BSQ-AUTHN-008"]);
        let causes = outcome.finding("BSQ-AUTHN-008").causes().iter();
        assert!(
            causes
                .map(ToString::to_string)
                .any(|one| one == "BSQ-TLS-001")
        );
        let unknown = failing("address-denied");
        assert_eq!((unknown.codes().len(), unknown.word()), (0, "error"));
    }

    fn causes(outcome: &Outcome) -> Vec<String> {
        let causes = outcome.findings[0].causes().iter();
        causes
            .filter_map(|cause| Some(cause.subject.as_ref()?.to_string()))
            .collect()
    }
}

mod logins {
    use super::*;

    #[test]
    fn each_kind_of_failed_login_has_its_code() {
        for (kind, rest, code, title, word) in [
            (
                "LOGIN_ERROR",
                "error=\"invalid_redirect_uri\", redirect_uri=\"https://old.site.test/cb?code=hunter2\"",
                "BSQ-AUTHN-012",
                "client portal of realm bsq: Keycloak refuses its redirect URI (5 failed logins)",
                "warn",
            ),
            (
                "CODE_TO_TOKEN_ERROR",
                "error=\"invalid_client_credentials\", grant_type=\"authorization_code\"",
                "BSQ-AUTHN-013",
                "client portal of realm bsq: Keycloak refuses its secret (5 failed logins)",
                "fail",
            ),
            (
                "LOGIN_ERROR",
                "error=\"client_not_found\"",
                "BSQ-AUTHN-014",
                "realm bsq has no client portal, or has it disabled (5 failed logins)",
                "warn",
            ),
            (
                "IDENTITY_PROVIDER_LOGIN_ERROR",
                "error=\"identity_provider_login_failure\", code_id=\"e73b\"",
                "BSQ-AUTHN-015",
                "realm bsq: logins through a federated identity provider fail (5 failed logins)",
                "fail",
            ),
            (
                "LOGIN_ERROR",
                "error=\"user_not_found\", auth_method=\"openid-connect\", username=\"ann.other\"",
                "BSQ-AUTHN-016",
                "realm bsq: users fail to log in by wrong names, passwords or locked accounts (5 failed logins)",
                "pass",
            ),
        ] {
            let outcome = logged(5, &event(kind, "portal", rest));
            assert_eq!(
                (outcome.codes(), outcome.titles(), outcome.word()),
                (vec![code], vec![title], word)
            );
            let said = format!("{outcome:?}");
            for personal in ["hunter2", "ann.other", "10.9.8.7"] {
                assert!(!said.contains(personal), "{personal} in {said}");
            }
            let onset: Timestamp = "2026-11-23T06:11:55Z".parse().unwrap();
            assert_eq!(outcome.findings[0].began(), Some(onset));
        }
    }

    #[test]
    fn single_failures_are_nothing_and_the_number_can_be_set() {
        let line = event(
            "CLIENT_LOGIN_ERROR",
            "airbyte",
            "error=\"invalid_client_credentials\"",
        );
        assert_eq!(logged(4, &line).word(), "pass");
        let host = events(platform(), 4, &line)
            .setting("realm", "bsq")
            .setting("min-errors", 3);
        assert_eq!(host.run(check).codes(), ["BSQ-AUTHN-013"]);
    }

    #[test]
    fn many_failures_of_users_are_more_than_information() {
        let line = event(
            "LOGIN_ERROR",
            "portal",
            "error=\"invalid_user_credentials\"",
        );
        let other = event(
            "LOGIN_ERROR",
            "superset",
            "error=\"user_temporarily_disabled\"",
        );
        let host = events(events(platform(), 60, &line), 60, &other).setting("realm", "bsq");
        let outcome = host.run(check);
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec!["BSQ-AUTHN-016"], "warn")
        );
        let errors = outcome.findings[0].facts();
        let errors: Vec<_> = errors.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(
            errors,
            [
                "60 × invalid_user_credentials",
                "60 × user_temporarily_disabled"
            ]
        );
    }

    #[test]
    fn what_is_over_is_told_quietly() {
        let line = event(
            "CODE_TO_TOKEN_ERROR",
            "portal",
            "error=\"invalid_client_credentials\"",
        );
        let mut host = platform();
        for second in 0..6 {
            host = host.log_line(
                &format!("2026-11-23T05:20:0{second}Z"),
                &[("namespace", "iam")],
                &line,
            );
        }
        let outcome = host.setting("realm", "bsq").run(check);
        assert_eq!(outcome.word(), "warn");
        assert!(
            outcome.titles()[0].ends_with("(6 failed logins, the last at 2026-11-23T05:20:05Z)")
        );
    }

    #[test]
    fn the_brokers_own_words_say_why_a_provider_fails() {
        let broker = "2026-11-23 06:11:48,849 ERROR [org.keycloak.broker.oidc.AbstractOAuth2IdentityProvider] (executor-thread-1) \
                      Failed to make identity provider oauth callback: java.net.UnknownHostException: login.idp.test";
        let line = event(
            "IDENTITY_PROVIDER_LOGIN_ERROR",
            "portal",
            "error=\"identity_provider_login_failure\"",
        );
        let host = events(events(platform(), 5, &line), 1, broker).setting("realm", "bsq");
        let outcome = host.run(check);
        let said = outcome.finding("BSQ-AUTHN-015").fact("log");
        assert!(
            said.is_some_and(|said| said.contains("oauth callback")),
            "{said:?}"
        );
    }

    #[test]
    fn setup_jobs_with_keycloaks_image_are_not_keycloak() {
        let job = "
apiVersion: v1
kind: Pod
metadata:
  name: portal-sso-setup-x2k4z
  namespace: coreai
  ownerReferences: [{apiVersion: batch/v1, kind: Job, name: portal-sso-setup, uid: j, controller: true}]
spec: {containers: [{image: 'harbor.site.test/iam/keycloak:26.4.7'}]}
status: {phase: Running}
";
        let outcome = FakeHost::new(MANIFEST).objects(job).log_store().run(check);
        assert!(
            outcome.reads.iter().all(|read| read.what != "logs logins"),
            "{:?}",
            outcome.reads
        );
    }
}

#[test]
fn without_a_token_and_an_address_the_question_is_not_asked() {
    let alone = FakeHost::new(MANIFEST).objects(POD).log_store().run(check);
    assert_eq!(
        (alone.word(), alone.complete),
        ("skip: not-configured", true)
    );
    assert_eq!(
        FakeHost::new(MANIFEST).run(check).word(),
        "skip: not-configured"
    );
    let host = FakeHost::new(MANIFEST)
        .credential("user", token(NOW + 60))
        .answer("user", "/models", list());
    let outcome = host.run(check);
    assert_eq!(outcome.word(), "pass");
    assert!(
        outcome.summary.contains("Keycloak was not asked"),
        "{}",
        outcome.summary
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    for what in ["user", "keycloak", "logins", "v1/Pod"] {
        for host in [
            with_user(token(NOW + 60), list()).denied(what),
            with_user(token(NOW + 60), list()).forbidden(what),
        ] {
            let outcome = host.setting("realm", "bsq").run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{what}"
            );
        }
    }
    let failed =
        with_user(token(NOW + 60), list()).failed("user", Error::new("unavailable", "502"));
    assert_eq!(failed.run(check).word(), "error");
}
