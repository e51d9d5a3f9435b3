//! What of `docs/` is made is what would be made now, and it lacks nothing.

use std::fs;

use bsq_tests::docs::{Guide, Incidents, checks, made};

use crate::host::repository;

#[test]
fn what_is_made_is_as_it_would_be_made_now() {
    let repository = repository();
    for written in made(&repository).unwrap() {
        let kept = fs::read_to_string(repository.join(&written.path)).unwrap_or_default();
        let path = written.path.display();
        assert!(kept == written.text, "`{path}` is old: run `make docs`");
    }
}

#[test]
fn every_line_of_the_guide_has_a_code_and_every_code_an_incident() {
    let repository = repository();
    let guide = Guide::read(&repository.join("docs/guide.toml")).unwrap();
    let incidents = Incidents::read(&repository.join("tests/cases")).unwrap();
    let gaps = guide.gaps(&checks(&repository).unwrap(), &incidents);
    assert!(gaps.is_empty(), "{} gaps:\n{}", gaps.len(), gaps.join("\n"));
}
