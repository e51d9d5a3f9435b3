//! Files that people write: manifests, configuration, grants, rules, and reports and keys that come back from others.

use std::fs;
use std::path::Path;

use bsq_host::capability::Mask;
use bsq_host::grant::{Grants, Origin};
use bsq_host::manifest::Manifest;
use bsq_host::pseudonym::KeyFile;
use bsq_host::report::model::Report;
use bsq_host::run::ignore::Ignores;
use bsq_host::settings::{ConfigFile, Places};

use super::feed::fuzz;
use super::seed;

#[test]
fn manifests_of_authors() {
    let seeds = [
        seed("checks/pod-triage/check.toml"),
        seed("checks/metrics-health/check.toml"),
    ];
    fuzz(&seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Err(problems) = Manifest::from_check_toml(text, None) {
            assert!(!problems.is_empty());
        }
    });
}

/// What a site wrote is taken or refused with a code, and rules that are taken can be applied.
#[test]
fn configuration() {
    let text = br#"
namespaces = ["data"]
[endpoint.coreai]
url = "https://models.example/v1"
token = { env = "TOKEN" }
timeout = "5s"
[checks.pod-triage]
young-seconds = 0
[env.blue]
namespaces = ["blue"]
[[redact.rule]]
name = "ticket"
pattern = "TICKET-[0-9]{6}"
"#;
    fuzz(&[text.to_vec()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        match ConfigFile::parse(text, "bsq.toml") {
            Ok(file) => {
                let redactor = file.redactor(true).unwrap();
                assert!(
                    !redactor
                        .text("password: correct-horse-battery")
                        .contains("horse")
                );
            }
            Err(fault) => assert!(fault.to_string().contains("bsq.toml"), "{fault}"),
        }
    });
}

/// A grant that does not parse grants nothing.
#[test]
fn grants() {
    in_a_file("grants.toml", &[seed("checks/grants.toml")], |path| {
        let places = Places {
            named_grants: Some(path.to_owned()),
            ..Places::default()
        };
        if let Ok(grants) = Grants::load(&places) {
            assert!(
                grants
                    .rows()
                    .iter()
                    .all(|(origin, _)| *origin == Origin::Own)
            );
        }
    });
}

#[test]
fn ignore_rules() {
    let text = br#"
[[ignore]]
code = "BSQ-POD-0*"
subject = "Pod data/postgresql-*"
label = "app=postgresql,tier!=web"
reason = "known until the upgrade"
expires = "2026-12-24"
"#;
    in_a_file("ignore.toml", &[text.to_vec()], |path| {
        let _ = Ignores::load(Some(path), None);
    });
}

/// A key that is not whole is none: nothing is revealed by guesses.
#[test]
fn keys_of_pseudonyms() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("key.json");
    KeyFile::open_or_make(&made).unwrap().save().unwrap();
    in_a_file("key.json", &[fs::read(made).unwrap()], |path| {
        let _ = KeyFile::open(path);
    });
}

/// Feed a reader that takes a path.
fn in_a_file(name: &str, seeds: &[Vec<u8>], mut read: impl FnMut(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fuzz(seeds, |bytes| {
        fs::write(&path, bytes).unwrap();
        read(&path);
    });
}

#[test]
fn reports() {
    let report = br#"{"schemaVersion":1,"runs":[]}"#.to_vec();
    fuzz(&[report], |bytes| {
        let _ = serde_json::from_slice::<Report>(bytes);
    });
}

#[test]
fn field_paths() {
    let seeds = [
        b"metadata.annotations[\"a.b/c\"].d".to_vec(),
        b"spec.*.x".to_vec(),
    ];
    fuzz(&seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(mask) = Mask::from_paths(text.split('\n')) {
            assert_eq!(Mask::from_paths(mask.paths()).unwrap(), mask);
        }
    });
}
