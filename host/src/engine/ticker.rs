//! Moves the engine's epoch on, so that running components come to a point where they can be stopped.

use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// How long a component runs before it is asked. Ten milliseconds keep a deadline within its tolerance of 200 and cost
/// nothing that can be measured.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Start ticking. An OS thread: a task would starve on the runtime that the components keep busy. It ends with the
/// engine.
pub(crate) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(move || {
            loop {
                thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })
        .map(drop)
}
