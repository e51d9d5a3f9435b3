//! Waiting for something to become true, with a deadline and an error that says what was seen last.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

/// Between two looks. Short against what is waited for, long enough not to load a two-core machine.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks `probe` again and again until it has a value. An error of the probe counts as "not yet" and is reported only if
/// the deadline passes.
pub fn wait_for<T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        let seen = match probe() {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => anyhow!("not yet so when last looked at"),
            Err(error) => error,
        };
        if Instant::now() >= deadline {
            return Err(seen).with_context(|| format!("wait {within:?} for {what}"));
        }
        sleep(PAUSE);
    }
}
