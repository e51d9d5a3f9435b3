//! `bsq:context`: log, clock and progress. Always there, never counted as reads.

use super::bindings::bsq::context::{clock, log, progress};
use super::text;
use crate::engine::State;
use crate::engine::log::Level;

/// A line of progress is shown in one line of a terminal.
const MAX_PROGRESS_BYTES: usize = 200;

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.log.write(level, &message);
        Ok(())
    }
}

impl clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<String> {
        self.count_cheap()?;
        Ok(self.run.now.to_string())
    }

    fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.count_cheap()?;
        Ok(self.run.now.as_millisecond().max(0).unsigned_abs())
    }
}

impl progress::Host for State {
    fn report(&mut self, message: String) -> wasmtime::Result<()> {
        self.count_cheap()?;
        if let Some(show) = &self.run.progress {
            let id = &self.gate.manifest().id;
            show(id, &text::line(&message, MAX_PROGRESS_BYTES));
        }
        Ok(())
    }
}
