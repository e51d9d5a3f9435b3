//! Bytes that nobody meant: a fuzzer that needs no nightly compiler.
//!
//! It changes seeds in the ways that files are damaged and forged in: bits, cuts, repeats, swaps, splices, numbers at
//! their edges. What it is asked to feed must neither panic nor hang; what else must hold, the caller asserts.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

/// How long one target is fed where `BSQ_FUZZ_SECONDS` says nothing.
const SECONDS: u64 = 2;

/// What one input may take: a reader that is slower than this on a few kilobytes is a weapon.
const PATIENCE: Duration = Duration::from_secs(5);

/// A reader that takes no more than so many inputs was not fed.
const FEWEST: u64 = 10;

/// Text that turns up in hostile input.
const WORDS: [&[u8]; 12] = [
    b"{}",
    b"[]",
    b"null",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"\"\\ud800\"",
    b"../../etc/passwd",
    b"\0",
    b"\xff\xfe",
    b"\n",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// Feed changed seeds until the time is over.
pub(super) fn fuzz(seeds: &[Vec<u8>], mut feed: impl FnMut(&[u8])) {
    let seconds = std::env::var("BSQ_FUZZ_SECONDS").ok();
    let seconds = seconds
        .and_then(|text| text.parse().ok())
        .unwrap_or(SECONDS);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random::new();
    let mut count = 0;
    while Instant::now() < until {
        let mut bytes = random.pick(seeds).cloned().unwrap_or_default();
        for _ in 0..=random.below(4) {
            change(&mut bytes, seeds, &mut random);
        }
        let started = Instant::now();
        feed(&bytes);
        assert!(
            started.elapsed() < PATIENCE,
            "{:?} for {} bytes: {}",
            started.elapsed(),
            bytes.len(),
            bytes.escape_ascii()
        );
        count += 1;
    }
    assert!(count > FEWEST, "{count} inputs in {seconds} s");
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    match random.below(8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => {
            let end = (at + random.below(64)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let end = (at + random.below(64)).min(bytes.len());
            let part = bytes.get(at..end).unwrap_or_default().to_vec();
            bytes.splice(at..at, part);
        }
        4 => {
            let word = random.pick(&WORDS).copied().unwrap_or_default();
            bytes.splice(at..at, word.iter().copied());
        }
        5 => {
            let mut lines: Vec<Vec<u8>> = bytes
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect();
            let (one, other) = (random.below(lines.len()), random.below(lines.len()));
            lines.swap(one, other);
            *bytes = lines.join(&b'\n');
        }
        6 => {
            let other = random.pick(seeds).cloned().unwrap_or_default();
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(other.get(from..).unwrap_or_default());
        }
        _ => bytes.insert(at, random.below(256).to_le_bytes()[0]),
    }
}

/// Chance (SplitMix64) whose seed is printed with a failure, so that it can be had again: `BSQ_FUZZ_SEED`.
struct Random(u64);

impl Random {
    #[expect(
        clippy::print_stderr,
        reason = "the harness shows it with a failure alone"
    )]
    fn new() -> Self {
        let told = std::env::var("BSQ_FUZZ_SEED").ok();
        let told = told.and_then(|text| text.parse().ok());
        let seed = told.unwrap_or_else(|| RandomState::new().hash_one("fuzz"));
        eprintln!("BSQ_FUZZ_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) as usize)
            .checked_rem(end)
            .unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = self.below(all.len());
        all.get(index)
    }
}
