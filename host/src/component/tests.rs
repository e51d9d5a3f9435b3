//! Components that do not fit, each with the code of its misfit, and a cache that trusts no one.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use bsq_tests::hostile::{append_section, bare, component, manifest};
use rstest::rstest;
use serde_json::json;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::CodeCache;
use super::source::MAX_COMPONENT_BYTES;
use super::*;

fn codes(bytes: &[u8]) -> Vec<String> {
    match inspect(bytes).fit {
        Ok(_) => Vec::new(),
        Err(misfits) => misfits.into_iter().map(|misfit| misfit.code).collect(),
    }
}

fn with_manifests(sections: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = bare("well").unwrap();
    for section in sections {
        append_section(&mut bytes, "bsq:manifest", section);
    }
    bytes
}

fn unfit(name: &str) -> Vec<u8> {
    let json = serde_json::to_vec(&manifest("well")).unwrap();
    match name {
        "text" => b"hello world".to_vec(),
        "core module" => wat::parse_str("(module)").unwrap(),
        "cut off" => {
            let whole = component("well", &manifest("well")).unwrap();
            whole[..whole.len() / 2].to_vec()
        }
        "no manifest" => bare("well").unwrap(),
        "two manifests" => with_manifests(&[json.clone(), json]),
        "oversized" => with_manifests(&[vec![b' '; (256 << 10) + 1]]),
        "another kind" => with_manifests(&[b"{\"id\": 1}".to_vec()]),
        "unsound" => with_manifests(&[br#"{"id": "", "version": "1.0.0", "title": ""}"#.to_vec()]),
        "undeclared import" => component("undeclared-import", &manifest("well")).unwrap(),
        "wrong world" => component("wrong-world", &manifest("well")).unwrap(),
        other => panic!("there is no `{other}`"),
    }
}

#[rstest]
#[case("text", "BSQ0203")]
#[case("core module", "BSQ0204")]
#[case("cut off", "BSQ0205")]
#[case("no manifest", "BSQ0207")]
#[case("two manifests", "BSQ0209")]
#[case("oversized", "BSQ0210")]
#[case("another kind", "BSQ0211")]
#[case("unsound", "BSQ0211")]
#[case("undeclared import", "BSQ0214")]
#[case("wrong world", "BSQ0215")]
fn what_does_not_fit_is_named(#[case] name: &str, #[case] code: &str) {
    assert_eq!(codes(&unfit(name)), [code]);
}

#[test]
fn every_misfit_is_named_not_the_first() {
    let bytes = bare("wrong-world").unwrap();
    assert_eq!(codes(&bytes), ["BSQ0207", "BSQ0215"]);
}

#[rstest]
#[case("import nn:ml/run@1.0.0;", "BSQ0212")]
#[case("import wasi:http/run@0.2.0;", "BSQ0212")]
#[case("import bsq:kubernetes/run@0.1.0;", "BSQ0212")]
#[case("import bsq:kubernetes/reader@0.2.0;", "BSQ0213")]
#[case("import bsq:kubernetes/reader@0.1.7;", "BSQ0213")]
fn an_import_that_no_one_serves_is_a_misfit(#[case] import: &str, #[case] code: &str) {
    let name = import.trim_start_matches("import ").trim_end_matches(';');
    let text = format!(r#"(component (import "{name}" (instance (export "watch" (func)))) )"#);
    let mut bytes = wat::parse_str(text).unwrap();
    let json = serde_json::to_vec(&manifest("well")).unwrap();
    append_section(&mut bytes, "bsq:manifest", &json);
    assert!(
        codes(&bytes).contains(&code.to_owned()),
        "{import}: {:?}",
        codes(&bytes)
    );
}

#[test]
fn correlators_and_twins_are_told_apart_from_wrong_worlds() {
    let export = |names: &[&str]| {
        let exports: String = names
            .iter()
            .map(|name| {
                format!(
                    r#"(instance ${n}) (export "{name}" (instance ${n}))"#,
                    n = name.len()
                )
            })
            .collect();
        let mut bytes = wat::parse_str(format!("(component {exports})")).unwrap();
        let json = serde_json::to_vec(&manifest("well")).unwrap();
        append_section(&mut bytes, "bsq:manifest", &json);
        codes(&bytes)
    };
    let (check, correlate) = ("bsq:check/check@0.1.0", "bsq:check/correlate@0.1.0");
    assert!(export(&[correlate]).is_empty());
    assert_eq!(export(&[check, correlate]), ["BSQ0216"]);
    for newer in ["bsq:check/check@0.2.0", "bsq:check/correlate@0.2.0"] {
        assert_eq!(export(&[newer]), ["BSQ0213"]);
    }
}

#[test]
fn a_correlator_reads_nothing_but_results() {
    let fit = inspect(&component("correlate", &manifest("correlate")).unwrap()).fit;
    assert_eq!(fit.unwrap().role, Role::Correlator);
    let reading = r#"(component (import "bsq:kubernetes/reader@0.1.0" (instance (export "list" (func))))
        (instance $c) (export "bsq:check/correlate@0.1.0" (instance $c)))"#;
    let mut bytes = wat::parse_str(reading).unwrap();
    let json = serde_json::to_vec(&manifest("reading")).unwrap();
    append_section(&mut bytes, "bsq:manifest", &json);
    assert_eq!(codes(&bytes), ["BSQ0217"]);
}

#[test]
fn wasi_needs_no_declaration() {
    let fit = inspect(&component("environment", &manifest("well")).unwrap())
        .fit
        .unwrap();
    assert!(fit.wasi.contains("wasi:cli/environment"));
    assert!(fit.wasi.contains("wasi:filesystem/preopens"));
}

// === source ===

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_folder_gives_its_components_by_name() {
    let folder = folder();
    for name in ["b.wasm", "a.wasm", "notes.txt"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let found = candidates(&[folder.path().to_owned()]).unwrap();
    let names: Vec<String> = found.iter().map(Candidate::stem).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(&*found[0].load().unwrap().bytes, b"a.wasm");
}

#[test]
fn a_link_in_a_folder_leads_nowhere_outside_of_it() {
    let (folder, elsewhere) = (folder(), folder());
    let secret = elsewhere.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    symlink(&secret, folder.path().join("a.wasm")).unwrap();
    let found = candidates(&[folder.path().to_owned()]).unwrap();
    assert_eq!(found[0].load().unwrap_err().code, "BSQ0202");
    // A link that the operator names is the operator's own.
    let named = candidates(&[folder.path().join("a.wasm")]).unwrap();
    assert!(named[0].load().is_ok());
}

#[test]
fn what_is_missing_is_a_fault_and_what_is_huge_a_misfit() {
    let folder = folder();
    let missing = candidates(&[folder.path().join("missing.wasm")]);
    assert_eq!(missing.unwrap_err().code, "BSQ0201");
    assert_eq!(
        candidates(&[folder.path().to_owned()]).unwrap_err().code,
        "BSQ0201"
    );
    let huge = folder.path().join("huge.wasm");
    let file = std::fs::File::create(&huge).unwrap();
    file.set_len(MAX_COMPONENT_BYTES + 1).unwrap();
    assert_eq!(
        candidates(&[huge]).unwrap()[0].load().unwrap_err().code,
        "BSQ0206"
    );
}

#[test]
fn a_pipe_that_no_one_writes_to_holds_up_nothing() {
    let folder = folder();
    let pipe = folder.path().join("pipe.wasm");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert_eq!(
        candidates(&[pipe]).unwrap()[0].load().unwrap_err().code,
        "BSQ0202"
    );
}

// === cache ===

fn cached() -> (tempfile::TempDir, PathBuf, Engine, Component) {
    let folder = folder();
    let path = folder.path().join("deep/cache");
    let engine = Engine::default();
    let bytes = component("well", &json!({"id": "well"})).unwrap();
    let compiled = Component::from_binary(&engine, &bytes).unwrap();
    CodeCache::open(&path).store(&engine, "sha256:a", &compiled);
    (folder, path, engine, compiled)
}

fn entry(cache: &Path) -> PathBuf {
    let mut entries = std::fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "code")
        })
        .unwrap()
}

#[test]
fn compiled_code_comes_back_under_its_digest_alone() {
    let (_folder, path, engine, _) = cached();
    let cache = CodeCache::open(&path);
    assert!(cache.load(&engine, "sha256:a").is_some());
    assert!(cache.load(&engine, "sha256:b").is_none());
    let mode = std::fs::metadata(entry(&path))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_changed_entry_a_moved_one_and_another_key_are_misses() {
    let (_folder, path, engine, compiled) = cached();
    let entry = entry(&path);
    let whole = std::fs::read(&entry).unwrap();

    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(&entry, &changed).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_none());

    std::fs::write(&entry, &whole[..40]).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_none());

    CodeCache::open(&path).store(&engine, "sha256:b", &compiled);
    std::fs::write(&entry, &whole).unwrap();
    std::fs::remove_file(path.join("key")).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_none());
}

/// Others keep things in the user's cache folder too, and make it as they like.
#[test]
fn a_folder_above_that_others_may_enter_is_no_matter() {
    let (folder, path, engine, _) = cached();
    let above = folder.path().join("deep");
    std::fs::set_permissions(&above, PermissionsExt::from_mode(0o755)).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_some());
}

#[test]
fn entries_and_folders_that_others_may_touch_are_not_used() {
    let (_folder, path, engine, _) = cached();
    let entry = entry(&path);
    std::fs::set_permissions(&entry, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_none());

    std::fs::set_permissions(&entry, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    assert!(!CodeCache::open(&path).is_usable());
}

#[test]
fn a_linked_entry_and_a_linked_folder_are_not_followed() {
    let (folder, path, engine, _) = cached();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(!CodeCache::open(&link).is_usable());

    let entry = entry(&path);
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert!(CodeCache::open(&path).load(&engine, "sha256:a").is_none());
}

#[test]
fn a_cache_that_cannot_be_made_is_no_cache() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.as_path(), &file.join("below"), Path::new("/proc/none")] {
        assert!(!CodeCache::open(path).is_usable(), "{}", path.display());
    }
}
