//! What an API server answers to each kind of read, as a live read takes it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bsq_host::capability::kubernetes::{ConnectOptions, Connection};
use bsq_host::capability::{
    Body, ListRequest, Mask, ObjectRequest, PodLogRequest, Reads as _, Request, Resource,
};
use bsq_tests::http::{Answer, FaultServer};
use serde_json::Value;

use super::feed::fuzz;

/// An object, a list, the kinds of a group, the version, a refusal, and a log.
const SEEDS: [&[u8]; 6] = [
    br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"db-0","namespace":"data","labels":{"app":"db"}},"status":{"phase":"Running"}}"#,
    br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"db-0","namespace":"data"}}]}"#,
    br#"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list"]}]}"#,
    br#"{"major":"1","minor":"36","gitVersion":"v1.36.3"}"#,
    br#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#,
    b"LOG:  checkpoint starting: time\nPANIC:  could not write to file\n",
];

#[test]
fn api_servers() {
    let server = FaultServer::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    let cluster = format!("{{name: c, cluster: {{server: '{}'}}}}", server.url());
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{cluster}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    );
    fs::write(&kubeconfig, text).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = ConnectOptions {
        kubeconfig: Some(kubeconfig),
        request_timeout: Some(Duration::from_secs(2)),
        ..ConnectOptions::default()
    };
    let opened = runtime.block_on(Connection::open(&options, Arc::default()));
    let (connection, _) = opened.unwrap();
    let requests = requests();
    let mut turn = 0;
    let seeds = SEEDS.map(<[u8]>::to_vec);
    fuzz(&seeds, |bytes| {
        turn += 1;
        let status = [200, 200, 403, 404][turn % 4];
        server.on(
            "*",
            [Answer::whole(status, "application/json", bytes.to_vec())],
        );
        match runtime.block_on(connection.read(&requests[turn % requests.len()])) {
            Ok(Body::Object(row)) => assert!(is_object(row.json.get())),
            Ok(Body::List(page)) => assert!(page.rows.iter().all(|row| is_object(row.json.get()))),
            Ok(_) => assert_eq!(status, 200),
            Err(error) => assert!(!error.message.is_empty()),
        }
    });
}

fn is_object(json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| value.is_object())
}

fn requests() -> Vec<Request> {
    let resource = Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap();
    let mask = Mask::from_paths(["metadata.labels", "status"]).unwrap();
    let namespace = Some("data".to_owned());
    vec![
        Request::Get(ObjectRequest {
            resource: resource.clone(),
            namespace: namespace.clone(),
            name: "db-0".to_owned(),
            mask: mask.clone(),
            facts: false,
        }),
        Request::List(ListRequest {
            resource,
            namespace,
            mask,
            facts: true,
            cursor: None,
        }),
        Request::Kinds,
        Request::Version,
        Request::PodLog(PodLogRequest {
            namespace: "data".to_owned(),
            pod: "db-0".to_owned(),
            container: None,
            previous: false,
            since: None,
            tail: 100,
            limit: 1 << 16,
            timestamps: false,
        }),
    ]
}
