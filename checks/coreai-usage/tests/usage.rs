//! The check against workloads that call models in the ways that workloads do.

use bsq_sdk::prelude::*;
use bsq_sdk::testing::{FakeHost, Outcome};
use coreai_usage::applications_call_the_coreai_api as check;

const MANIFEST: &str = include_str!("../check.toml");

/// LiteLLM, the CoreAI API and its ingress, the portal and Model Installer, as a platform has them.
const PLATFORM: &str = "---
apiVersion: v1
kind: Service
metadata: {name: litellm, namespace: coreai}
spec: {selector: {app: litellm}}
---
apiVersion: v1
kind: Service
metadata: {name: llm-backend, namespace: coreai}
spec: {selector: {app: llm-backend}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: llm-backend, namespace: coreai}
spec: {rules: [{host: llm-backend.site.test, http: {paths: [{backend: {service: {name: llm-backend}}}]}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm-backend, namespace: coreai}
spec: {template: {spec: {containers: [{name: api, env: [{name: LITELLM_BASE_URL, value: 'http://litellm:4000'}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coreai-portal, namespace: web}
spec: {template: {spec: {containers: [{name: portal, env: [{name: LITELLM_URL, value: 'http://litellm.coreai.svc:4000'}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: installer, namespace: coreai}
spec: {template: {spec: {containers: [{name: api, image: 'registry.site.test/coreai/model-installer:1.4.2', env: [{name: LITELLM_URL, value: 'http://litellm:4000'}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: litellm, namespace: coreai}
spec: {template: {metadata: {labels: {app: litellm}}, spec: {containers: [{name: litellm, env: [{name: PROXY_BASE_URL, value: 'http://litellm:4000'}]}]}}}
";

/// A workload of an application with this environment.
fn app(env: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: chat, namespace: apps}}
spec: {{template: {{spec: {{containers: [{{name: web, env: [{env}]}}]}}}}}}
"
    )
}

fn variable(name: &str, value: &str) -> String {
    format!("{{name: {name}, value: '{value}'}}")
}

fn host(objects: &[&str]) -> FakeHost {
    FakeHost::new(MANIFEST)
        .objects(PLATFORM)
        .objects(&objects.concat())
}

fn run(env: &str) -> Outcome {
    host(&[&app(env)]).run(check)
}

#[test]
fn a_platform_whose_applications_call_the_api_has_no_findings() {
    for value in [
        "https://llm-backend.site.test/v1",
        "https://llm-backend.site.test/v1/",
        "http://llm-backend.coreai.svc.cluster.local:8080/v1",
    ] {
        let outcome = run(&variable("OPENAI_BASE_URL", value));
        assert_eq!(
            (outcome.titles(), outcome.word()),
            (vec![], "pass"),
            "{value}"
        );
        assert!(outcome.complete);
    }
}

#[test]
fn what_only_sounds_like_it_is_no_call() {
    let others = [
        variable("DOCS_URL", "https://docs.litellm.ai/docs"),
        variable("OTEL_SERVICE_NAME", "litellm"),
        variable("NO_PROXY", "litellm,.svc"),
        variable("BACKEND_URL", "http://llm-backend.coreai:8080"),
        variable("SITE", "https://www.site.test"),
    ];
    let outcome = run(&others.join(", "));
    assert_eq!((outcome.titles(), outcome.word()), (vec![], "pass"));
}

#[test]
fn an_application_that_calls_litellm_is_found_however_it_writes_it() {
    for (name, value, told) in [
        (
            "OPENAI_BASE_URL",
            "http://litellm.coreai.svc.cluster.local:4000/v1",
            "http://litellm.coreai.svc.cluster.local:4000/v1",
        ),
        (
            "MODEL_SERVER",
            "http://litellm.coreai:4000",
            "http://litellm.coreai:4000",
        ),
        ("LITELLM_HOST", "litellm.coreai:4000", "litellm.coreai:4000"),
        (
            "URLS",
            "https://x.test;http://user:pass@litellm.coreai:4000/v1?key=k",
            "http://litellm.coreai:4000/v1",
        ),
    ] {
        let outcome = run(&variable(name, value));
        assert_eq!(
            outcome.titles(),
            [format!(
                "Deployment apps/chat calls LiteLLM instead of the CoreAI API: {name} is {told}"
            )]
        );
        assert_eq!(outcome.word(), "warn");
        let finding = outcome.finding("BSQ-USE-001");
        assert_eq!(
            finding.fact(&format!("env {name} of container web")),
            Some(told)
        );
        let can_be_set = value == told && name != "LITELLM_HOST";
        let mend = finding.steps().iter().any(|step| {
            step.command
                .contains(&format!("{name}=https://llm-backend.site.test/v1"))
        });
        assert_eq!(mend, can_be_set, "{:?}", finding.steps());
    }
}

#[test]
fn variables_that_are_put_together_are_read_as_the_kubelet_reads_them() {
    let env = format!(
        "{}, {}",
        variable("GATEWAY", "litellm.coreai"),
        variable("OPENAI_BASE_URL", "http://$(GATEWAY):4000/v1")
    );
    assert_eq!(run(&env).codes(), ["BSQ-USE-001"]);
}

#[test]
fn a_gateway_under_another_name_is_known_by_its_pods_and_its_hosts() {
    let renamed = "---
apiVersion: v1
kind: Service
metadata: {name: models, namespace: coreai}
spec: {selector: {app: litellm}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: models, namespace: coreai}
spec: {rules: [{host: models.site.test, http: {paths: [{backend: {service: {name: models}}}]}}]}
";
    for value in ["http://models.coreai/v1", "https://models.site.test/v1"] {
        let outcome = host(&[renamed, &app(&variable("OPENAI_BASE_URL", value))]).run(check);
        assert_eq!(outcome.codes(), ["BSQ-USE-001"], "{value}");
    }
}

#[test]
fn an_address_in_a_config_map_is_found_where_it_is() {
    let map = "---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: apps}
data: {OPENAI_BASE_URL: 'http://litellm.coreai:4000/v1', PASSWORD: x}
";
    let by_key =
        app("{name: BASE, valueFrom: {configMapKeyRef: {name: settings, key: OPENAI_BASE_URL}}}");
    let outcome = host(&[map, &by_key]).run(check);
    assert_eq!(outcome.codes(), ["BSQ-USE-001"]);
    let source = "env BASE of container web from ConfigMap settings";
    assert_eq!(
        outcome.finding("BSQ-USE-001").fact(source),
        Some("http://litellm.coreai:4000/v1")
    );

    let all = app("").replace("env: []", "envFrom: [{configMapRef: {name: settings}}]");
    assert_eq!(host(&[map, &all]).run(check).codes(), ["BSQ-USE-001"]);
    let unused = app(&variable(
        "OPENAI_BASE_URL",
        "https://llm-backend.site.test/v1",
    ));
    assert_eq!(host(&[map, &unused]).run(check).titles(), [""; 0]);
}

#[test]
fn every_kind_of_workload_counts_where_it_runs() {
    let env = variable("OPENAI_BASE_URL", "http://litellm.coreai:4000/v1");
    for kind in ["StatefulSet", "DaemonSet"] {
        let outcome =
            host(&[&app(&env).replace("kind: Deployment", &format!("kind: {kind}"))]).run(check);
        assert_eq!(outcome.codes(), ["BSQ-USE-001"], "{kind}");
    }
    let job = |suspend: bool| {
        format!(
            "---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly, namespace: apps}}
spec: {{suspend: {suspend}, jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: run, env: [{env}]}}]}}}}}}}}}}
"
        )
    };
    assert_eq!(host(&[&job(false)]).run(check).codes(), ["BSQ-USE-001"]);
    assert_eq!(host(&[&job(true)]).run(check).codes(), [""; 0]);
    let stopped = app(&env).replace("spec: {template", "spec: {replicas: 0, template");
    assert_eq!(host(&[&stopped]).run(check).codes(), [""; 0]);
}

#[test]
fn an_application_that_is_called_a_portal_is_not_the_portal() {
    let env = variable("OPENAI_BASE_URL", "http://litellm.coreai:4000/v1");
    let portal = app(&env).replace("name: chat", "name: customer-portal");
    assert_eq!(host(&[&portal]).run(check).codes(), ["BSQ-USE-001"]);
}

#[test]
fn a_workload_that_the_site_allows_may_call_litellm() {
    let env = variable("OPENAI_BASE_URL", "http://litellm.coreai:4000/v1");
    for allowed in ["apps/chat", "apps/*"] {
        let outcome = host(&[&app(&env)])
            .setting("may-call-litellm", json!([allowed]))
            .run(check);
        assert_eq!(outcome.codes(), [""; 0], "{allowed}");
    }
}

#[test]
fn an_address_that_is_cut_short_is_found_where_a_library_reads_it() {
    for value in [
        "https://llm-backend.site.test",
        "https://llm-backend.site.test/v1/chat/completions",
    ] {
        let outcome = run(&variable("BSQAI_BASE_URL", value));
        assert_eq!(
            outcome.titles(),
            [format!(
                "Deployment apps/chat calls the CoreAI API without `/v1` at the end: BSQAI_BASE_URL is {value}"
            )]
        );
        assert_eq!(
            (outcome.codes(), outcome.word()),
            (vec!["BSQ-USE-002"], "warn")
        );
    }
}

#[test]
fn the_api_of_another_domain_is_information() {
    let outcome = run(&variable(
        "OPENAI_BASE_URL",
        "https://llm-backend.other.test/v1",
    ));
    assert_eq!(
        outcome.titles(),
        [
            "Deployment apps/chat calls the CoreAI API of another domain: OPENAI_BASE_URL is https://llm-backend.other.test/v1, here it is llm-backend.site.test"
        ]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-USE-003"], "pass")
    );
}

#[test]
fn an_address_out_of_a_secret_is_unknown() {
    let env = "{name: OPENAI_BASE_URL, valueFrom: {secretKeyRef: {name: chat, key: url}}}";
    let outcome = run(env);
    assert_eq!(
        (outcome.titles(), outcome.word()),
        (vec![], "skip: inconclusive")
    );
    assert!(
        outcome
            .summary
            .contains("OPENAI_BASE_URL comes from Secret chat"),
        "{}",
        outcome.summary
    );
    let other_key = "{name: OPENAI_BASE_URL, valueFrom: {configMapKeyRef: {name: chat, key: url}}}";
    assert_eq!(run(other_key).word(), "skip: inconclusive");
    let password = "{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: chat, key: password}}}";
    assert_eq!(
        run(&format!(
            "{password}, {}",
            variable("BSQAI_BASE_URL", "https://llm-backend.site.test/v1")
        ))
        .word(),
        "pass"
    );
}

#[test]
fn without_clients_the_question_does_not_arise() {
    let outcome = run(&variable("LOG_LEVEL", "info"));
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-applicable", true)
    );
}

#[test]
fn a_read_that_is_not_allowed_is_never_a_pass() {
    let client = app(&variable(
        "OPENAI_BASE_URL",
        "https://llm-backend.site.test/v1",
    ));
    for kind in [
        "apps/v1/Deployment",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet",
        "batch/v1/CronJob",
        "v1/ConfigMap",
        "v1/Service",
        "networking.k8s.io/v1/Ingress",
    ] {
        for host in [
            host(&[&client]).denied(kind),
            host(&[&client]).forbidden(kind),
        ] {
            let outcome = host.run(check);
            assert_eq!(
                (outcome.word(), outcome.complete),
                ("skip: unknown", false),
                "{kind}"
            );
        }
    }
}
