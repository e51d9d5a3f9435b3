//! What `wit-bindgen` makes of the contract. The rest of the crate speaks its own types, so that a test needs none of it.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction
)]

pub mod full {
    wit_bindgen::generate!({
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
        world: "bsq:platform/full",
        pub_export_macro: true,
        default_bindings_module: "bsq_sdk::bindings::full",
        runtime_path: "bsq_sdk::wit_bindgen::rt",
        generate_all,
    });
}

pub mod correlator {
    wit_bindgen::generate!({
        path: ["../wit/check", "../wit/context", "../wit/kubernetes", "../wit/http", "../wit/network", "../wit/logs",
            "../wit/metrics", "../wit/traces", "../wit/platform"],
        world: "bsq:platform/correlator",
        pub_export_macro: true,
        default_bindings_module: "bsq_sdk::bindings::correlator",
        runtime_path: "bsq_sdk::wit_bindgen::rt",
        with: {
            "bsq:check/types@0.1.0": crate::bindings::full::bsq::check::types,
            "bsq:context/log@0.1.0": crate::bindings::full::bsq::context::log,
            "bsq:context/clock@0.1.0": crate::bindings::full::bsq::context::clock,
            "bsq:context/progress@0.1.0": crate::bindings::full::bsq::context::progress,
        },
    });
}

/// Exports a function as `bsq:check/check`. `#[check]` writes it.
#[macro_export]
#[doc(hidden)]
macro_rules! export_check {
    ($function:path, $severities:expr) => {
        struct Component;
        impl $crate::bindings::full::exports::bsq::check::check::Guest for Component {
            fn run(
                input: $crate::bindings::full::bsq::check::types::Input,
            ) -> ::core::result::Result<
                $crate::bindings::full::bsq::check::types::Report,
                $crate::bindings::full::bsq::check::types::CheckFailure,
            > {
                $crate::glue::run(input, $severities, $function)
            }
        }
        $crate::bindings::full::export!(Component with_types_in $crate::bindings::full);
    };
}

/// Exports a function as `bsq:check/correlate`. `#[correlate]` writes it.
#[macro_export]
#[doc(hidden)]
macro_rules! export_correlate {
    ($function:path, $severities:expr) => {
        struct Component;
        impl $crate::bindings::correlator::exports::bsq::check::correlate::Guest for Component {
            fn correlate(
                input: $crate::bindings::full::bsq::check::types::Input,
                results: ::std::vec::Vec<$crate::bindings::correlator::exports::bsq::check::correlate::CheckResult>,
            ) -> ::core::result::Result<
                $crate::bindings::full::bsq::check::types::Report,
                $crate::bindings::full::bsq::check::types::CheckFailure,
            > {
                $crate::glue::correlate(input, results, $severities, $function)
            }
        }
        $crate::bindings::correlator::export!(Component with_types_in $crate::bindings::correlator);
    };
}
