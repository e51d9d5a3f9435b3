//! Tests against real servers on loopback, and of the harness that starts them.
//!
//! One binary, so that all of them share one control plane.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "these are tests"
)]

mod api_proxy;
mod bad_input;
mod cases;
mod changes;
mod cli;
mod contract;
mod docs;
mod doctor;
mod fault_server;
mod fuzz;
mod host;
mod hostile;
mod interrupt;
mod kubernetes_reads;
mod lab;
mod platforms;
mod pods;
mod privacy;
mod recordings;
mod requests;
mod rules;
mod supervisor;
