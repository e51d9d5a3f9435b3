//! What one execution may use. One table, each number with its reason.
//!
//! A manifest may wish for more than the default; the operator's caps bound what it gets. What a manifest cannot wish
//! for is a constant.

use std::time::Duration;

use crate::manifest::LimitsWish;

/// Elements of all tables. A Python component has a table of 5,672; a Rust check has some dozens.
pub const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Core instances, memories and tables of one component. Components of real toolchains have at most nine, one and two.
pub const MAX_INSTANCES: usize = 50;
pub const MAX_MEMORIES: usize = 4;
pub const MAX_TABLES: usize = 20;

/// Bytes that one host call may lift out of the component, its result included. Strings are copied in one go, which
/// holds a worker thread: 8 MiB take a few milliseconds and hold a report of 1,000 findings many times over.
pub const HOSTCALL_FUEL: usize = 8 << 20;

/// Live resource handles. Only WASI has resources; an interpreter at start holds some tens.
pub const MAX_HANDLES: usize = 1_000;

/// Calls that no one is asked for: clock and progress. A check may look at the clock for each of ten thousand pods;
/// beyond some looks for each it is a flood.
pub const MAX_CHEAP_CALLS: u32 = 100_000;

/// Lines of a check's own log. More is no reading matter, and each is kept until the report is written.
pub const MAX_LOG_LINES: usize = 1_000;
/// Bytes of one line; what is longer is cut.
pub const MAX_LOG_LINE_BYTES: usize = 4 << 10;

/// Findings of one check. No one reads more, and groups are made over all of them.
pub const MAX_FINDINGS: usize = 1_000;
/// Bytes of one check's findings as JSON, so that no report outgrows an editor.
pub const MAX_FINDING_BYTES: usize = 4 << 20;

/// Rows of reads in a report. All are counted; what is not complete comes first.
pub const MAX_READ_ROWS: usize = 200;

/// The limits of one execution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// All linear memories together. A check that holds one page of objects at a time needs 2 to 8 MiB; an interpreter
    /// starts with 12.
    pub memory_bytes: usize,
    /// Time in the component's own code. Ten thousand pods parse in 0.3 s; two seconds is a loop.
    pub cpu: Duration,
    /// From instantiation to the answer. An operator waits for seconds, and a slow log store answers in ten.
    pub wall: Duration,
    /// Calls into the host. Every object of a large platform once is some thousands; more is a flood.
    pub host_calls: u32,
    /// Bytes handed to the component. What it keeps of them lies in its memory, so this equals that.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            cpu: Duration::from_secs(2),
            wall: Duration::from_secs(30),
            host_calls: 10_000,
            bytes: 64 << 20,
        }
    }
}

impl Limits {
    /// The most that an operator who says nothing lets a manifest have: room for a Python check on a large platform,
    /// and still a run that a person waits for.
    pub fn caps() -> Self {
        Self {
            memory_bytes: 512 << 20,
            cpu: Duration::from_secs(20),
            wall: Duration::from_secs(120),
            host_calls: 100_000,
            bytes: 512 << 20,
        }
    }

    /// What `[limits]` of `bsq.toml` lets a manifest have at most.
    pub fn caps_of(operator: &LimitsWish) -> Self {
        let most = Self::caps();
        let all = LimitsWish {
            memory_mib: operator.memory_mib.or(Some(u32::MAX)),
            cpu_ms: operator.cpu_ms.or(Some(u32::MAX)),
            wall_ms: operator.wall_ms.or(Some(u32::MAX)),
            host_calls: operator.host_calls.or(Some(u32::MAX)),
            bytes_mib: operator.bytes_mib.or(Some(u32::MAX)),
        };
        Self::for_check(&all, &most)
    }

    /// The default, or what the manifest wishes for, within the operator's caps.
    pub fn for_check(wish: &LimitsWish, caps: &Self) -> Self {
        let default = Self::default();
        let mib = |wish: Option<u32>| wish.map(|mib| u64::from(mib) << 20);
        let milliseconds = |wish: Option<u32>| wish.map(|ms| Duration::from_millis(ms.into()));
        let memory_bytes = mib(wish.memory_mib).map_or(default.memory_bytes, |bytes| {
            usize::try_from(bytes).unwrap_or(usize::MAX)
        });
        Self {
            memory_bytes: memory_bytes.min(caps.memory_bytes),
            cpu: milliseconds(wish.cpu_ms)
                .unwrap_or(default.cpu)
                .min(caps.cpu),
            wall: milliseconds(wish.wall_ms)
                .unwrap_or(default.wall)
                .min(caps.wall),
            host_calls: wish
                .host_calls
                .unwrap_or(default.host_calls)
                .min(caps.host_calls),
            bytes: mib(wish.bytes_mib).unwrap_or(default.bytes).min(caps.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_granted_within_the_caps() {
        let caps = Limits {
            memory_bytes: 100 << 20,
            ..Limits::caps()
        };
        let wish = LimitsWish {
            memory_mib: Some(4096),
            cpu_ms: Some(5_000),
            ..LimitsWish::default()
        };
        let limits = Limits::for_check(&wish, &caps);
        assert_eq!(limits.memory_bytes, 100 << 20);
        assert_eq!(limits.cpu, Duration::from_secs(5));
        assert_eq!(limits.wall, Limits::default().wall);
    }

    #[test]
    fn caps_below_the_default_hold_without_a_wish() {
        let caps = Limits {
            wall: Duration::from_secs(1),
            ..Limits::caps()
        };
        let limits = Limits::for_check(&LimitsWish::default(), &caps);
        assert_eq!(limits.wall, Duration::from_secs(1));
    }
}
