//! The proxy before the API server passes on, counts and breaks what it is told to.

use anyhow::Result;
use bsq_tests::http::{Answer, ApiProxy};
use bsq_tests::world::World;

fn kubectl(world: &World, proxy: &ApiProxy, arguments: &[&str]) -> Result<(bool, String)> {
    let output = world
        .kubectl_command(proxy.kubeconfig())
        .args(arguments)
        .output()?;
    Ok((
        output.status.success(),
        String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?,
    ))
}

#[test]
fn requests_pass_and_are_counted_with_their_bytes() -> Result<()> {
    let world = World::shared()?;
    let proxy = ApiProxy::start_as(world, "reader")?;
    let (success, text) = kubectl(world, &proxy, &["get", "--raw", "/api/v1/nodes?limit=2"])?;
    assert!(success, "{text}");
    assert_eq!(proxy.count("GET /api/v1/nodes?limit=2"), 1);
    assert_eq!(proxy.bytes("/api/v1/nodes"), text.len() as u64);
    let (success, text) = kubectl(world, &proxy, &["delete", "node", "node-0"])?;
    assert!(
        !success && text.contains("User \"reader\" cannot delete"),
        "{text}"
    );
    Ok(())
}

#[test]
fn chosen_paths_are_answered_with_faults() -> Result<()> {
    let world = World::shared()?;
    let proxy = ApiProxy::start(world)?;
    proxy.on(
        "/api/v1/pods",
        [
            Answer::forbidden(),
            Answer::expired(),
            Answer::throttled(1),
            Answer::forward(),
        ],
    );
    proxy.on("/api/v1/nodes", [Answer::forward_half()]);
    proxy.on("/api/v1/events", [Answer::reset()]);
    let raw = |path: &str| kubectl(world, &proxy, &["get", "--raw", path]);

    assert!(raw("/api/v1/pods")?.1.contains("Forbidden"));
    assert!(raw("/api/v1/pods")?.1.contains("too old"));
    assert!(raw("/api/v1/pods")?.0, "client-go comes back after 429");
    assert_eq!(proxy.count("/api/v1/pods"), 4);
    let (success, text) = raw("/api/v1/nodes")?;
    assert!(!success && text.contains("unexpected EOF"), "{text}");
    let (success, text) = raw("/api/v1/events")?;
    assert!(
        !success && text.contains("connection reset by peer"),
        "{text}"
    );
    assert!(raw("/api/v1/namespaces")?.0, "other paths are as they are");
    Ok(())
}
