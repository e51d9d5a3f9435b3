//! The contract as Rust types and traits, generated from `wit/`.
//!
//! Nothing outside `abi` names these types: they change with the contract, ours do not.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    world: "bsq:platform/full",
    path: [
        "../wit/check",
        "../wit/context",
        "../wit/kubernetes",
        "../wit/http",
        "../wit/network",
        "../wit/logs",
        "../wit/metrics",
        "../wit/traces",
        "../wit/platform",
    ],
    imports: {
        "bsq:context/log.write": trappable,
        "bsq:context/clock.now": trappable,
        "bsq:context/clock.now-ms": trappable,
        "bsq:context/progress.report": trappable,
        default: async | trappable,
    },
    exports: { default: async },
    require_store_data_send: true,
});
