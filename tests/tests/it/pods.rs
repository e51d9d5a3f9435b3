//! The shared world: pods live and fail as a kubelet's would, users see what RBAC lets them, logs are served.

use anyhow::{Context, Result};
use bsq_tests::wait::wait_for;
use bsq_tests::world::{Event, World};
use serde_json::Value;
use std::time::Duration;

fn deployment(name: &str, annotations: &str, replicas: usize) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata:
      labels: {{app: {name}}}
      annotations: {{{annotations}}}
    spec:
      initContainers: [{{name: migrate, image: registry.site.test/migrate:1}}]
      containers:
      - {{name: app, image: registry.site.test/app:1}}
      - {{name: proxy, image: registry.site.test/proxy:1}}
"
    )
}

#[test]
fn deployment_gets_ready_pods_from_real_controllers() -> Result<()> {
    let namespace = World::shared()?.namespace("ready")?;
    namespace.apply(&deployment("web", "", 2))?;
    let pods = namespace.wait_for_ready_pods("app=web", 2)?;
    assert_eq!(
        pods[0].pointer("/metadata/ownerReferences/0/kind"),
        Some(&"ReplicaSet".into())
    );
    assert_eq!(
        pods[0].pointer("/status/initContainerStatuses/0/state/terminated/reason"),
        Some(&"Completed".into())
    );
    Ok(())
}

#[test]
fn annotated_pods_fail_in_the_words_of_a_kubelet() -> Result<()> {
    let namespace = World::shared()?.namespace("failing")?;
    // State, more annotations, phase, where the reason stands, and the reason.
    let cases = [
        (
            "image-pull-backoff",
            "",
            "Pending",
            "/containerStatuses/0/state/waiting/reason",
            "ImagePullBackOff",
        ),
        (
            "config-error",
            "",
            "Pending",
            "/containerStatuses/0/state/waiting/reason",
            "CreateContainerConfigError",
        ),
        (
            "creating",
            "",
            "Pending",
            "/containerStatuses/0/state/waiting/reason",
            "ContainerCreating",
        ),
        (
            "crash-loop",
            ", bsq.test/container: proxy",
            "Running",
            "/containerStatuses/1/state/waiting/reason",
            "CrashLoopBackOff",
        ),
        (
            "oom-killed",
            "",
            "Running",
            "/containerStatuses/0/lastState/terminated/reason",
            "OOMKilled",
        ),
        (
            "probe-failing",
            ", bsq.test/restarts: '3'",
            "Running",
            "/containerStatuses/0/lastState/terminated/reason",
            "Error",
        ),
        (
            "init-failing",
            "",
            "Pending",
            "/initContainerStatuses/0/state/waiting/reason",
            "CrashLoopBackOff",
        ),
        (
            "failed",
            "",
            "Failed",
            "/containerStatuses/0/state/terminated/reason",
            "Error",
        ),
        ("evicted", "", "Failed", "/reason", "Evicted"),
    ];
    for (state, more, ..) in cases {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {state}, labels: {{state: {state}}}, annotations: {{bsq.test/state: {state}{more}}}}}\n\
             spec:\n  initContainers: [{{name: migrate, image: registry.site.test/migrate:1}}]\n  \
             containers: [{{name: app, image: registry.site.test/app:1}}, {{name: proxy, image: registry.site.test/proxy:1}}]\n"
        );
        namespace.apply(&pod)?;
    }
    for (state, _, phase, pointer, reason) in cases {
        let has_reason =
            |pod: &Value| pod["status"].pointer(pointer).and_then(Value::as_str) == Some(reason);
        let pods = namespace
            .wait_for_pods(&format!("state={state}"), 1, has_reason)
            .context(state)?;
        assert_eq!(pods[0]["status"]["phase"], phase, "{state}");
    }
    let pull = namespace.get("v1", "pods/image-pull-backoff")?;
    let message = pull
        .pointer("/status/containerStatuses/0/state/waiting/message")
        .and_then(Value::as_str)
        .unwrap();
    assert!(
        message.contains("failed to resolve reference \"registry.site.test/app:1\""),
        "{message}"
    );
    let killed = namespace.get("v1", "pods/oom-killed")?;
    assert_eq!(
        killed.pointer("/status/containerStatuses/0/lastState/terminated/exitCode"),
        Some(&137.into())
    );
    Ok(())
}

#[test]
fn pod_without_room_gets_the_schedulers_own_message() -> Result<()> {
    let namespace = World::shared()?.namespace("pending")?;
    namespace.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: huge}\n\
         spec: {containers: [{name: app, image: app, resources: {requests: {cpu: '100'}}}]}\n",
    )?;
    let said = |pod: &Value| {
        let message = pod
            .pointer("/status/conditions/0/message")
            .and_then(Value::as_str);
        message.is_some_and(|message| message.contains("Insufficient cpu"))
    };
    namespace.wait_for_pods("", 1, said)?;
    Ok(())
}

#[test]
fn users_see_what_rbac_lets_them() -> Result<()> {
    let world = World::shared()?;
    let namespace = world.namespace("rbac")?;
    let pods = namespace.path("v1", "pods");
    let code = |user: &str, path: &str| anyhow::Ok(world.api(user)?.fetch(path)?.0.as_u16());
    assert_eq!(code("reader", "/api/v1/pods")?, 200);
    assert_eq!(code("team", "/api/v1/pods")?, 403);
    assert_eq!(code("team", &pods)?, 403);
    namespace.allow("team")?;
    assert_eq!(code("team", &pods)?, 200);
    assert_eq!(code("nobody", &pods)?, 403);
    assert_eq!(code("nobody", "/version")?, 200);
    Ok(())
}

#[test]
fn logs_come_through_the_api_server() -> Result<()> {
    let world = World::shared()?;
    let namespace = world.namespace("logs")?;
    namespace.apply(&deployment("talker", "bsq.test/state: crash-loop", 1))?;
    let pods =
        namespace.wait_for_pods("app=talker", 1, |pod| pod["status"]["phase"] == "Running")?;
    let pod = pods[0]["metadata"]["name"].as_str().unwrap();
    namespace.set_pod_log(pod, "app", ["starting", "connecting to db"])?;
    namespace.set_previous_pod_log(pod, "app", ["starting", "FATAL: no space left on device"])?;

    let logs = |more: &[&str]| {
        world.kubectl(
            "reader",
            &[&["logs", "-n", namespace.name(), pod], more].concat(),
        )
    };
    assert_eq!(logs(&["-c", "app", "--tail=1"])?, "connecting to db\n");
    assert_eq!(
        logs(&["-c", "app", "--previous"])?,
        "starting\nFATAL: no space left on device\n"
    );
    assert_eq!(
        logs(&["-c", "proxy"])?,
        "",
        "a container that was given no log wrote nothing"
    );
    assert!(logs(&["-c", "proxy", "--previous"]).is_err());
    Ok(())
}

#[test]
fn objects_without_a_controller_take_the_status_a_test_gives_them() -> Result<()> {
    let namespace = World::shared()?.namespace("status")?;
    namespace.apply(
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec: {project: default}
status: {sync: {status: OutOfSync}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
",
    )?;
    namespace.apply_status(
        "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
status: {loadBalancer: {ingress: [{ip: 192.0.2.10}]}}
",
    )?;
    let event = Event::warning("Ingress", "web", "Rejected", "host is taken");
    namespace.create_event(
        &event
            .of("networking.k8s.io/v1")
            .ago(Duration::from_secs(300)),
    )?;

    let application = namespace.get("argoproj.io/v1alpha1", "applications/web")?;
    assert_eq!(application["status"]["sync"]["status"], "OutOfSync");
    let ingress = namespace.get("networking.k8s.io/v1", "ingresses/web")?;
    assert_eq!(
        ingress["status"]["loadBalancer"]["ingress"][0]["ip"],
        "192.0.2.10"
    );
    assert_eq!(
        namespace.get("v1", "events")?["items"][0]["reason"],
        "Rejected"
    );
    Ok(())
}

#[test]
fn jobs_complete_unless_told_to_hang() -> Result<()> {
    let namespace = World::shared()?.namespace("jobs")?;
    let job = |name: &str, annotations: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  template:\n    \
             metadata: {{annotations: {{{annotations}}}}}\n    \
             spec: {{restartPolicy: Never, containers: [{{name: job, image: job}}]}}\n---\n"
        )
    };
    namespace.apply(&(job("done", "") + &job("hangs", "bsq.test/state: running")))?;
    wait_for(
        "one job to succeed and one to run",
        Duration::from_secs(60),
        || {
            let done = namespace.get("batch/v1", "jobs/done")?["status"]["succeeded"] == 1;
            let hangs = namespace.get("batch/v1", "jobs/hangs")?["status"]["ready"] == 1;
            Ok((done && hangs).then_some(()))
        },
    )
}
