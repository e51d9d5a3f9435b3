//! What makes a platform ill: manifests, what containers wrote, what kubelets reported, what is deleted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bsq_tests::http::FaultServer;
use bsq_tests::wait::wait_for;
use bsq_tests::world::{Event, World};

use super::case::Case;
use super::real::{ArgoCdSite, Servers, placed, without_applications};
use super::{folder, moments};

/// Apply the platform and what is wrong with it, up to what is deleted at the end.
pub(super) fn make_ill(
    world: &World,
    case: &Case,
    name: &str,
    home: &Path,
    endpoints: &[FaultServer],
    servers: &mut Servers,
) {
    let own = folder(name);
    let urls = case.endpoint.iter().zip(endpoints);
    let urls: Vec<(&str, String)> = urls
        .map(|(endpoint, server)| (endpoint.name.as_str(), server.url()))
        .collect();
    let delivery = case.real.argocd.as_ref();
    apply(world, &folder("base"), &|text| match delivery {
        Some(_) => without_applications(&moments::filled(text)),
        None => moments::filled(text),
    });
    if delivery.is_some() {
        servers.deliver(world);
    }
    let repository = delivery.map(|_| ArgoCdSite::repository(&own, home));
    apply(world, &own, &|text| {
        placed(&moments::filled(text), repository.as_deref(), &urls)
    });
    if let Some(delivery) = delivery {
        delivery.wait(world);
    }
    wait_until_settled(world);
    for what in &case.delete {
        let words: Vec<&str> = ["delete"].into_iter().chain(what.split(' ')).collect();
        world.kubectl("admin", &words).unwrap();
    }
    if let Some(delivery) = delivery {
        delivery.wait_after_deletion(world);
    }
}

fn apply(world: &World, folder: &Path, filled: &dyn Fn(&str) -> String) {
    for file in ["platform.yaml", "manifests.yaml"] {
        if let Ok(text) = fs::read_to_string(folder.join(file)) {
            world.apply(&filled(&text)).unwrap();
        }
    }
    if let Ok(text) = fs::read_to_string(folder.join("owned.yaml")) {
        filled(&text)
            .split("\n---\n")
            .for_each(|document| world.apply(&owned(world, document)).unwrap());
    }
    if let Ok(text) = fs::read_to_string(folder.join("status.yaml")) {
        world.apply_status(&filled(&text)).unwrap();
    }
}

/// `UID(/api/…)` is that of the object there: what has another owner than a living one is collected.
fn owned(world: &World, document: &str) -> String {
    let Some((before, rest)) = document.split_once("UID(") else {
        return document.to_owned();
    };
    let (path, after) = rest.split_once(')').unwrap();
    let owner = world.admin().get(path).unwrap();
    let uid = owner["metadata"]["uid"].as_str().unwrap();
    format!("{before}{uid}{after}")
}

/// Until controllers and kubelets have nothing more to do: no object of interest changes for a while.
fn wait_until_settled(world: &World) {
    let mut before = String::new();
    wait_for("the platform to settle", Duration::from_secs(90), || {
        let seen: Vec<String> = [
            "/api/v1/pods",
            "/apis/apps/v1/replicasets",
            "/apis/discovery.k8s.io/v1/endpointslices",
        ]
        .into_iter()
        .map(|path| {
            world
                .admin()
                .get(path)
                .map(|list| list["items"].to_string())
        })
        .collect::<anyhow::Result<_>>()?;
        let now = seen.concat();
        let is_settled = now == before;
        before = now;
        std::thread::sleep(Duration::from_secs(2));
        Ok(is_settled.then_some(()))
    })
    .unwrap();
}

/// What containers wrote and kubelets reported.
pub(super) fn tell(world: &World, case: &Case) {
    for log in &case.log {
        let pod = generated(world, &log.namespace, &log.pod);
        let lines = log.lines.iter().map(String::as_str);
        world
            .set_pod_log(&log.namespace, &pod, &log.container, lines)
            .unwrap();
        if !log.previous.is_empty() {
            let lines = log.previous.iter().map(String::as_str);
            world
                .set_previous_pod_log(&log.namespace, &pod, &log.container, lines)
                .unwrap();
        }
    }
    for event in &case.event {
        let name = generated(world, &event.namespace, &event.name);
        let told =
            Event::warning(&event.kind, &name, &event.reason, &event.message).count(event.count);
        world.create_event(&event.namespace, &told).unwrap();
    }
}

/// The name of the pod that `NAME-*` stands for, where a controller made the rest of it up.
fn generated(world: &World, namespace: &str, name: &str) -> String {
    let Some(beginning) = name.strip_suffix('*') else {
        return name.to_owned();
    };
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let pods = world.admin().get(&path).unwrap();
    let names = pods["items"].as_array().unwrap().iter();
    let found = names
        .filter_map(|pod| pod["metadata"]["name"].as_str())
        .find(|it| it.starts_with(beginning));
    found
        .unwrap_or_else(|| panic!("no pod {namespace}/{name}"))
        .to_owned()
}

/// Let a user read a namespace.
pub(super) fn allow(world: &World, namespace: &str, user: &str) {
    let binding = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: view-{user}, namespace: {namespace}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user}}}]\n"
    );
    world.apply(&binding).unwrap();
    let api = world.api(user).unwrap();
    wait_for("the new rights to hold", Duration::from_secs(10), || {
        api.get(&format!("/api/v1/namespaces/{namespace}/pods?limit=1"))
            .map(Some)
    })
    .unwrap();
}
