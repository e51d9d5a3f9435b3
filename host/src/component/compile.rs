//! Compiled code of a component: from the cache, or from the compiler within bounds.
//!
//! A compiler's running time is not among what the sandbox promises, so it works on a thread of its own and the run
//! waits no longer than a deadline.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::{CodeCache, Loaded, misfit};
use crate::report::model::Misfit;

/// Time for one component. Two cores compile about 2 MB each second, so the largest component of a real toolchain
/// (18 MB) takes ten seconds; a slow machine gets six times that.
const COMPILE_DEADLINE: Duration = Duration::from_secs(60);

/// A component's code, ready to be instantiated.
#[derive(Clone)]
pub struct Compiled {
    pub component: Component,
    pub from_cache: bool,
}

/// Load or compile. The thread of a compilation that is given up works on until it ends; the component's size bounds it.
pub async fn compile(
    engine: &Engine,
    cache: &Arc<CodeCache>,
    loaded: &Loaded,
) -> Result<Compiled, Misfit> {
    let (engine, cache, loaded) = (engine.clone(), Arc::clone(cache), loaded.clone());
    let work = tokio::task::spawn_blocking(move || compile_blocking(&engine, &cache, &loaded));
    match tokio::time::timeout(COMPILE_DEADLINE, work).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(misfit::does_not_compile("the compiler panicked")),
        Err(_) => Err(misfit::compiles_too_long(COMPILE_DEADLINE.as_secs())),
    }
}

fn compile_blocking(
    engine: &Engine,
    cache: &CodeCache,
    loaded: &Loaded,
) -> Result<Compiled, Misfit> {
    if let Some(component) = cache.load(engine, &loaded.digest) {
        return Ok(Compiled {
            component,
            from_cache: true,
        });
    }
    let component = Component::from_binary(engine, &loaded.bytes)
        .map_err(|error| misfit::does_not_compile(&format!("{error:#}")))?;
    cache.store(engine, &loaded.digest, &component);
    Ok(Compiled {
        component,
        from_cache: false,
    })
}
