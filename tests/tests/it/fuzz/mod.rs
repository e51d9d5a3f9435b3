//! Every reader of bytes that others wrote, fed with bytes that nobody meant. `make fuzz` does it for longer.

mod api_server;
mod bundles;
mod feed;
mod files;
mod servers;

use std::fs;

use bsq_host::capability::record::{RecordingReader, Replay, contents};
use bsq_host::component::inspect;
use bsq_tests::hostile;

use self::feed::fuzz;
use crate::host::repository;

fn seed(path: &str) -> Vec<u8> {
    fs::read(repository().join(path)).unwrap()
}

/// The first lines of a recording, which name every kind of line's shape and stay small.
fn recording() -> Vec<u8> {
    let whole = seed("examples/database-full.bsqrec");
    let end = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(3)
        .unwrap()
        .0;
    whole[..=end].to_vec()
}

/// A changed recording is an error or is not whole; it never passes for one that is.
#[test]
fn recordings() {
    let seeds = [recording(), seed("examples/database-full.bsqrec")];
    let whole = seeds[1].clone();
    fuzz(&seeds, |bytes| {
        if let Ok(replay) = RecordingReader::new(bytes, "fuzz").and_then(Replay::of) {
            assert!(!replay.is_complete() || bytes == whole);
        }
        if let Ok(contents) = RecordingReader::new(bytes, "fuzz").and_then(contents) {
            assert!(!contents.complete || bytes == whole);
        }
    });
}

/// What is no component is a row of the report, with its reasons.
#[test]
fn components() {
    let small = hostile::component("well", &hostile::manifest("well")).unwrap();
    fuzz(&[small, b"\0asm\x0d\0\x01\0".to_vec()], |bytes| {
        if let Err(misfits) = inspect(bytes).fit {
            assert!(!misfits.is_empty());
        }
    });
}
