//! The contract does not change under those who built against it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::host::repository;

/// The WIT text of each package below a folder.
fn packages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let packages = entries.filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        let text = fs::read_to_string(path.join(format!("{name}.wit"))).ok()?;
        Some((name, text))
    });
    packages.collect()
}

/// `package bsq:check@0.1.0;` is version `0.1.0`.
fn version(text: &str) -> &str {
    let line = text
        .lines()
        .find(|line| line.starts_with("package "))
        .unwrap();
    line.trim_end_matches(';').split_once('@').unwrap().1
}

#[test]
fn a_released_package_is_never_edited() {
    let current = packages(&repository().join("wit"));
    let mut compared = 0;
    for release in fs::read_dir(repository().join("wit/frozen")).unwrap() {
        for (name, frozen) in packages(&release.unwrap().path()) {
            let Some(text) = current.get(&name) else {
                panic!("package `{name}` is gone")
            };
            if version(text) == version(&frozen) {
                assert_eq!(*text, frozen, "`{name}` changed and kept its version");
                compared += 1;
            }
        }
    }
    assert!(
        compared >= current.len(),
        "a package is not frozen: copy it to `wit/frozen/VERSION/`"
    );
}

#[test]
fn every_function_says_what_happens_when_it_is_denied_or_late() {
    for (name, text) in packages(&repository().join("wit")) {
        if ["check", "context", "platform"].contains(&name.as_str()) {
            continue;
        }
        for function in text.split("\n\n").filter(|part| part.contains(": func(")) {
            let prose = function.to_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| prose.contains(word));
            assert!(
                says(&["denied", "declared need", "otherwise as"]),
                "{name}: denial\n{function}"
            );
            assert!(
                says(&[
                    "timeout",
                    "times out",
                    "deadline",
                    "otherwise as",
                    "never asks"
                ]),
                "{name}: time\n{function}"
            );
            assert!(
                says(&[
                    "truncated",
                    "cut",
                    "cap",
                    "one object",
                    "otherwise as",
                    "never asks",
                    "such name"
                ]),
                "{name}: truncation\n{function}"
            );
        }
    }
}
