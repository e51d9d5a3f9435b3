//! Links what a component imports, and nothing else.
//!
//! What it imports lies within what its manifest declares (preflight saw to that). What of it is not granted the gate
//! denies call by call, so that an optional need costs no more than its answer.

use wasmtime::Engine;
use wasmtime::component::Linker;

use super::state::State;
use super::wasi;
use crate::abi;
use crate::component::Fit;

/// A linker with the imported families and interfaces.
pub(crate) fn linker(engine: &Engine, fit: &Fit) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    for family in &fit.families {
        abi::link(&mut linker, *family)?;
    }
    for interface in &fit.wasi {
        // What no one serves is missing at instantiation, and is told there by its name.
        wasi::link(&mut linker, interface)?;
    }
    Ok(linker)
}
