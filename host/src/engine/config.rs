//! How the one engine of the process is set up.
//!
//! What no toolchain needs for a check is off: most of the sandbox's known holes were in those proposals.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures};

use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES};

/// Components that are alive at once, which is `--jobs` at most. Each slot reserves address space, and a component for
/// each core is all that helps.
pub const MAX_LIVE: u32 = 64;

/// Stack of the component's own code. Rust code in debug builds needs some tens of KiB.
const WASM_STACK_BYTES: usize = 512 << 10;
/// Stack of a call with the host's functions on top; these do not recurse.
const CALL_STACK_BYTES: usize = 2 << 20;

/// Memory that a freed slot keeps, so that the next component does not fault it in again.
const KEEP_RESIDENT_BYTES: usize = 64 << 10;

/// Frames of a trap's backtrace. The reader wants the function, not the history.
const BACKTRACE_FRAMES: usize = 8;

/// The engine. Slots are reserved ahead where the address space allows, which halves the cost of a start.
pub(super) fn engine() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    if let Ok(engine) = Engine::new(&config) {
        return Ok(engine);
    }
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_features(
            WasmFeatures::GC
                | WasmFeatures::GC_TYPES
                | WasmFeatures::FUNCTION_REFERENCES
                | WasmFeatures::EXCEPTIONS
                | WasmFeatures::THREADS
                | WasmFeatures::MEMORY64
                | WasmFeatures::TAIL_CALL
                | WasmFeatures::SIMD
                | WasmFeatures::RELAXED_SIMD
                | WasmFeatures::MULTI_MEMORY,
            false,
        )
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(CALL_STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(BACKTRACE_FRAMES))
        .native_unwind_info(false);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let times = |count: usize| {
        u32::try_from(count)
            .unwrap_or(u32::MAX)
            .saturating_mul(MAX_LIVE)
    };
    let each = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    pool.total_component_instances(MAX_LIVE)
        .total_core_instances(times(MAX_INSTANCES))
        .total_memories(times(MAX_MEMORIES))
        .total_tables(times(MAX_TABLES))
        .total_stacks(MAX_LIVE)
        .max_core_instances_per_component(each(MAX_INSTANCES))
        .max_memories_per_component(each(MAX_MEMORIES))
        .max_tables_per_component(each(MAX_TABLES))
        .max_tables_per_module(each(MAX_TABLES))
        .table_elements(MAX_TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES);
    pool
}
