//! The contract: bindings, and conversions between its types and ours. One file per package.
//!
//! Every read goes through [`pipeline`], in one order: decode, count, gate, budget, view, mask, cap, encode. The files of
//! the packages hold what differs: how a call is decoded, which read it is, and how its answer is written.

mod bindings;
pub(crate) mod calls;
pub mod command;
mod context;
mod failure;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod families_tests;
mod http;
pub(crate) mod input;
mod kubernetes;
mod logs;
mod metrics;
mod network;
mod parameters;
mod pipeline;
mod pod_logs;
pub(crate) mod report;
pub(crate) mod text;
mod traces;
mod validate;

use wasmtime::component::{HasSelf, Linker};

use self::bindings::bsq::{context as c, http as h, kubernetes as k, logs as l};
use self::bindings::bsq::{metrics as m, network as n, traces as t};
use crate::component::Family;
use crate::engine::State;

pub(crate) use self::bindings::bsq::check::types::{CheckFailure, Report};
pub(crate) use self::bindings::{Full, FullPre};

/// Link the interfaces of one family.
pub(crate) fn link(linker: &mut Linker<State>, family: Family) -> wasmtime::Result<()> {
    type Own = HasSelf<State>;
    match family {
        Family::Context => {
            c::log::add_to_linker::<_, Own>(linker, |state| state)?;
            c::clock::add_to_linker::<_, Own>(linker, |state| state)?;
            c::progress::add_to_linker::<_, Own>(linker, |state| state)
        }
        Family::Kubernetes => k::reader::add_to_linker::<_, Own>(linker, |state| state),
        Family::PodLogs => k::pods::add_to_linker::<_, Own>(linker, |state| state),
        Family::Http => h::client::add_to_linker::<_, Own>(linker, |state| state),
        Family::Logs => l::query::add_to_linker::<_, Own>(linker, |state| state),
        Family::Metrics => m::query::add_to_linker::<_, Own>(linker, |state| state),
        Family::Traces => t::query::add_to_linker::<_, Own>(linker, |state| state),
        Family::Network => n::probe::add_to_linker::<_, Own>(linker, |state| state),
    }
}
