//! How an execution ended, from what the state remembers and what the engine says.
//!
//! The state's word goes first: out of memory shows as a trap like any other, and a host call that ran out of fuel as
//! an error of no type.

use std::time::Duration;

use wasmtime::Trap;

use super::limiter::Exceeded;
use super::limits::Limits;
use crate::report::model::{Outcome, TimeLimit};

/// What the execution's state remembers at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Remembered {
    pub(crate) exceeded: Option<Exceeded>,
    pub(crate) out_of_cpu: bool,
    /// Calls, or bytes handed over: the call after the last was refused by a trap.
    pub(crate) over_budget: Option<&'static str>,
}

/// How an execution ended that gave no report.
#[derive(Debug)]
pub(crate) enum Ended<'a> {
    /// The time around instantiation and call was over.
    Wall,
    /// A trap, or an error of the engine.
    Error(&'a wasmtime::Error),
}

/// The engine's words where a component hands over more than [`HOSTCALL_FUEL`](super::limits::HOSTCALL_FUEL).
const HOSTCALL_FUEL_WORDS: &str = "fuel allocated for hostcalls";

/// Name the outcome.
pub(crate) fn classify(ended: &Ended<'_>, remembered: &Remembered, limits: &Limits) -> Outcome {
    if remembered.out_of_cpu {
        return out_of_time(TimeLimit::Cpu, limits.cpu);
    }
    let error = match ended {
        Ended::Wall => return out_of_time(TimeLimit::Wall, limits.wall),
        Ended::Error(error) => error,
    };
    if let Some(limit) = remembered.over_budget {
        return over_limit(limit);
    }
    if format!("{error:#}").contains(HOSTCALL_FUEL_WORDS) {
        return over_limit("bytes in one host call");
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::StackOverflow) {
        return over_limit("stack");
    }
    match remembered.exceeded {
        Some(Exceeded::Memory) => Outcome::OutOfMemory {
            limit_mib: (limits.memory_bytes >> 20) as u64,
        },
        Some(Exceeded::Tables) => over_limit("table elements"),
        None => Outcome::Trapped {
            message: match trap {
                Some(trap) => trap.to_string(),
                None => error.root_cause().to_string(),
            },
        },
    }
}

fn out_of_time(limit: TimeLimit, allowed: Duration) -> Outcome {
    Outcome::OutOfTime {
        limit,
        milliseconds: u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn over_limit(limit: &str) -> Outcome {
    Outcome::OverLimit {
        limit: limit.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ended: &Ended<'_>, remembered: Remembered) -> Outcome {
        classify(ended, &remembered, &Limits::default())
    }

    #[test]
    fn a_trap_after_refused_memory_is_out_of_memory() {
        let error = wasmtime::Error::from(Trap::UnreachableCodeReached);
        let remembered = Remembered {
            exceeded: Some(Exceeded::Memory),
            ..Remembered::default()
        };
        assert_eq!(
            outcome(&Ended::Error(&error), remembered),
            Outcome::OutOfMemory { limit_mib: 64 }
        );
    }

    #[test]
    fn a_trap_alone_keeps_its_words() {
        let error = wasmtime::Error::from(Trap::UnreachableCodeReached);
        let Outcome::Trapped { message } = outcome(&Ended::Error(&error), Remembered::default())
        else {
            unreachable!("a trap is a trap");
        };
        assert!(message.contains("unreachable"), "{message}");
    }

    #[test]
    fn the_processor_limit_is_named_even_if_the_clock_ran_out_too() {
        let remembered = Remembered {
            out_of_cpu: true,
            ..Remembered::default()
        };
        assert_eq!(
            outcome(&Ended::Wall, remembered),
            Outcome::OutOfTime {
                limit: TimeLimit::Cpu,
                milliseconds: 2_000
            }
        );
    }
}
