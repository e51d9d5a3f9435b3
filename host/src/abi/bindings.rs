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

/// The world of a correlator. What it shares with that of a check is the same Rust.
pub mod correlator {
    wasmtime::component::bindgen!({
        world: "bsq:platform/correlator",
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
        with: {
            "bsq:check/types": crate::abi::bindings::bsq::check::types,
            "bsq:context/log": crate::abi::bindings::bsq::context::log,
            "bsq:context/clock": crate::abi::bindings::bsq::context::clock,
            "bsq:context/progress": crate::abi::bindings::bsq::context::progress,
        },
        exports: { default: async },
        require_store_data_send: true,
    });
}
