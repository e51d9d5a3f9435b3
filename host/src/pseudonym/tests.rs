//! What becomes a token, what stays, and that the way back is exact.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::*;

fn incident() -> Value {
    json!({
        "context": "admin@orbitalxprod",
        "read": {"read": "list", "pod": "ledgerx-postgresql-0"},
        "row": {"namespace": "orbitalx-data", "name": "ledgerx-postgresql-0", "json": {
            "kind": "Pod",
            "metadata": {"name": "ledgerx-postgresql-0", "labels": {"orbitalx.test/team": "ledgerx"}},
            "spec": {"nodeName": "gpu07.orbitalxprod.test", "containers": [
                {"name": "postgresql", "image": "registry.orbitalxprod.test/db/postgresql:16"}]},
            "status": {"podIP": "10.1.2.3", "hostIP": "10.1.2.4"}}},
        "log": "jane.doe@orbitalxprod.test: LEDGERX timeout at 10.1.2.3:5432 fd12:3456::7, 127.0.0.1, v1.34.1",
        "cursor": "eyJhY21l",
        "request": {"name": "ledgerx-postgresql-0-credentials", "kind": "Secret"},
    })
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn tokenised(key: &mut KeyFile, mut value: Value) -> Value {
    let mut collected = Collected::default();
    collected.look(&value);
    Tokens::new(key, collected).value(&mut value);
    value
}

#[test]
fn names_hosts_and_addresses_become_tokens_and_what_checks_look_for_stays() {
    let folder = folder();
    let mut key = KeyFile::open_or_make(&folder.path().join("key")).unwrap();
    let changed = tokenised(&mut key, incident());
    let text = changed.to_string();
    for own in [
        "orbitalx",
        "ledgerx",
        "LEDGERX",
        "gpu07",
        "jane",
        "doe@",
        "10.1.2.",
        "fd12:3456",
        "eyJ",
    ] {
        assert!(!text.contains(own), "{own}: {text}");
    }
    for common in [
        "postgresql",
        "timeout",
        "127.0.0.1",
        "v1.34.1",
        "-credentials",
        "\"kind\":\"Pod\"",
        "5432",
    ] {
        assert!(text.contains(common), "{common}: {text}");
    }
}

#[test]
fn a_name_that_is_made_of_another_is_made_of_the_same_tokens() {
    let folder = folder();
    let mut key = KeyFile::open_or_make(&folder.path().join("key")).unwrap();
    let changed = tokenised(&mut key, incident());
    let name = changed["row"]["name"].as_str().unwrap();
    assert_eq!(changed["request"]["name"], format!("{name}-credentials"));
    assert_eq!(changed["row"]["json"]["metadata"]["name"], name);
    let ip = changed["row"]["json"]["status"]["podIP"].as_str().unwrap();
    let host = changed["row"]["json"]["status"]["hostIP"].as_str().unwrap();
    assert_eq!(
        ip.rsplit_once('.').unwrap().0,
        host.rsplit_once('.').unwrap().0
    );
    assert!(ip.starts_with("10.") && ip != host);
}

#[test]
fn a_key_file_turns_tokens_back_and_another_does_not() {
    let folder = folder();
    let path = folder.path().join("key");
    let mut key = KeyFile::open_or_make(&path).unwrap();
    let mut before = incident();
    let text = tokenised(&mut key, before.clone()).to_string();
    key.save().unwrap();
    let key = KeyFile::open(&path).unwrap();
    let mut revealed: Value = serde_json::from_str(&reveal(&key, &text)).unwrap();
    for value in [&mut before, &mut revealed] {
        value.as_object_mut().unwrap().remove("cursor");
    }
    assert_eq!(revealed, before);
    assert_eq!(unknown(&key, &text), 0);
    let other = KeyFile::open_or_make(&folder.path().join("other")).unwrap();
    assert_eq!(reveal(&other, &text), text);
    assert_eq!(unknown(&other, &text), key.words.len());
}

#[test]
fn a_link_to_a_key_file_stays_one_and_the_words_go_where_it_leads() {
    let folder = folder();
    let [kept, link] = ["kept", "link"].map(|name| folder.path().join(name));
    KeyFile::open_or_make(&kept).unwrap().save().unwrap();
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    let mut key = KeyFile::open_or_make(&link).unwrap();
    tokenised(&mut key, incident());
    key.save().unwrap();
    assert!(link.is_symlink());
    assert_eq!(KeyFile::open(&kept).unwrap().words, key.words);
    assert!(!key.words.is_empty());
}

#[test]
fn a_new_key_file_stays_only_where_something_is_kept_in_it() {
    let folder = folder();
    let path = folder.path().join("key");
    let unused = KeyFile::open_or_make(&path).unwrap();
    assert!(path.exists());
    drop(unused);
    assert!(!path.exists());
    let mut one = KeyFile::open_or_make(&path).unwrap();
    one.save().unwrap();
    drop(one);
    let unused = KeyFile::open_or_make(&path).unwrap();
    drop(unused);
    assert!(path.exists(), "an older key is left alone");
}

#[test]
fn a_key_that_another_run_saved_is_not_taken_away() {
    let folder = folder();
    let path = folder.path().join("key");
    let unused = KeyFile::open_or_make(&path).unwrap();
    KeyFile::open_or_make(&path).unwrap().save().unwrap();
    drop(unused);
    assert!(path.exists());
}

/// What a recording and a report say of whoever looked, and with which file. `mark` is a word of everyone.
#[test]
fn nothing_is_left_of_who_looked() {
    let folder = folder();
    let path = folder.path().join("key");
    let mut key = KeyFile::open_or_make(&path).unwrap();
    let mut before = json!({
        "header": {
            "recorded-by": "jane.zorgdoe",
            "kubectl": ["--kubeconfig", "/home/Zorgdoe/.kube/config", "--context", "reader@world", "--as", "mark", "--as-group", "zorg:ops"],
        },
        "denied": "pods is forbidden: User \"hubert\" cannot list, User \"jane.zorgdoe\" neither",
        "row": {"digest": null, "id": "pod-triage", "source": "/srv/quaxfolder/pod-triage.wasm"},
        "text": "zorgdoe of quaxfolder",
        "command": "kubectl --kubeconfig '/home/Zorgdoe/my files/config' --context reader@world --as mark --as-group zorg:ops -n data get pods --as-uid 7",
    });
    let changed = tokenised(&mut key, before.clone());
    let text = changed.to_string();
    for own in [
        "jane",
        "orgdoe",
        "hubert",
        "quaxfolder",
        "mark",
        "zorg",
        "ops",
        "home",
        ".kube/",
        "/config",
        "files",
        "uid 7",
    ] {
        assert!(!text.contains(own), "{own}: {text}");
    }
    let command = changed["command"].as_str().unwrap();
    for kept in [
        "kubectl --kubeconfig '/x",
        "' --context reader@",
        " --as x",
        " -n data get pods --as-uid x",
    ] {
        assert!(command.contains(kept), "{kept}: {command}");
    }
    assert!(text.contains("/pod-triage.wasm") && text.contains("\"--as\""));
    key.save().unwrap();
    let mut key = KeyFile::open(&path).unwrap();
    let revealed: Value = serde_json::from_str(&reveal(&key, &text)).unwrap();
    assert_eq!(revealed, before);
    // The words of a person are in the key, and stay everyone's elsewhere.
    before = json!({"log": "the mark of config 7 is set"});
    assert_eq!(tokenised(&mut key, before.clone()), before);
}

#[test]
fn only_its_maker_may_read_a_key_file() {
    let folder = folder();
    let path = folder.path().join("key");
    KeyFile::open_or_make(&path).unwrap().save().unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(KeyFile::open(&path).unwrap_err().code, "BSQ0128");
    std::fs::write(&path, "{}").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(KeyFile::open(&path).unwrap_err().code, "BSQ0128");
}

/// A check that says a word finds it in a recording with tokens.
#[test]
fn the_words_of_every_check_stay() {
    let checks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks");
    let pattern = regex::Regex::new("[A-Za-z0-9]+").unwrap();
    for check in std::fs::read_dir(checks).unwrap() {
        let manifest = check.unwrap().path().join("check.toml");
        let Ok(text) = std::fs::read_to_string(&manifest) else {
            continue;
        };
        for word in pattern.find_iter(&text) {
            let word = word.as_str().to_ascii_lowercase();
            assert!(
                !words::is_own(&word),
                "{word} of {}: add it to words.txt",
                manifest.display()
            );
        }
    }
}
