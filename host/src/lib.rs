//! `bsq-host` runs troubleshooting checks, each a sandboxed WebAssembly component, against a Kubernetes platform.
//!
//! ```text
//! args + bsq.toml ─► Settings ─► Plan ───────────────────────────────────────────┐ per check
//! file │ folder ─► bytes + digest ─► manifest ─► preflight ─► Fit ────────────────┤
//!                        Component (cached) ─► Linker(declared families) ────────┤
//!  State{gate, budget, clock, view} ─► instantiate ─► run ◄─► abi ─► gate ─► view ─► record│replay ─► redact ─► live
//!                              Outcome ◄─ classify ◄─────────────────────────────┘
//!  results ─► groups ─► Report ─► table│json│… ─► exit code
//! ```

pub mod abi;
pub mod capability;
pub mod cli;
pub mod cmd;
pub mod component;
pub mod engine;
pub mod grant;
pub mod manifest;
pub mod pseudonym;
pub mod report;
pub mod run;
pub mod settings;
pub mod ui;
