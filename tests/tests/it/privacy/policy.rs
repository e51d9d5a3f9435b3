//! The owner of a machine decides whether texts may stay as they are there.

use std::fs;

use bsq_tests::world::World;

use crate::host::{Ended, Host, repository};
use crate::lab::Lab;

/// A run with `--no-redact` where the machine's `/etc` holds this policy, or none.
fn unredacted(lab: &Lab, policy: Option<&str>) -> Ended {
    let etc = lab.path().join("etc");
    fs::create_dir_all(&etc).unwrap();
    if let Some(policy) = policy {
        lab.file("etc/bsq-host/policy.toml", policy);
    }
    Host::with_mounts(lab.path(), &[(&etc, "/etc")])
        .args([
            "run",
            "--no-redact",
            "--allow-incomplete",
            "--fail-on",
            "never",
            "--kubeconfig",
        ])
        .arg(World::shared().unwrap().kubeconfig("reader").unwrap())
        .arg(repository().join("checks/first-look.wasm"))
        .end()
}

#[test]
fn a_machine_whose_policy_forbids_it_redacts() {
    if !Host::can_mount() {
        return;
    }
    let lab = Lab::new();
    let free = unredacted(&lab, None);
    assert_eq!(free.code, 0, "{}", free.stderr);
    for policy in ["", "no-redact = \"forbid\"", "no-redact = maybe"] {
        let refused = unredacted(&lab, Some(policy));
        assert_eq!(refused.code, 2, "{policy}: {}", refused.stdout);
        assert!(refused.stderr.contains("BSQ0126"), "{}", refused.stderr);
        assert_eq!(refused.stdout, "", "{policy}");
    }
    let allowed = unredacted(&lab, Some("no-redact = \"allow\""));
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}
