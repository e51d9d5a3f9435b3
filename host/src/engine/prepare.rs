//! One component, ready to be executed as often as wanted: all that does not depend on an execution is done here once.

use std::sync::Arc;

use wasmtime::Engine;

use super::limits::Limits;
use super::linker::linker;
use super::state::State;
use crate::abi::{CorrelatorPre, FullPre};
use crate::component::compile::Compiled;
use crate::component::{Fit, Role, misfit};
use crate::grant::Gate;
use crate::report::model::Misfit;

/// A component with its gate and limits, linked.
#[derive(Clone)]
pub struct Prepared {
    pub(super) component: Linked,
    pub(super) gate: Arc<Gate>,
    pub(super) limits: Arc<Limits>,
    pub(super) digest: Arc<str>,
    pub(super) from_cache: bool,
}

/// A linked component by what it exports.
#[derive(Clone)]
pub(super) enum Linked {
    Check(FullPre<State>),
    Correlator(CorrelatorPre<State>),
}

impl Prepared {
    /// Link a compiled component. Its types are compared with the contract's here.
    pub fn new(
        engine: &Engine,
        compiled: &Compiled,
        fit: &Fit,
        gate: Arc<Gate>,
        limits: Limits,
        digest: &str,
    ) -> Result<Self, Misfit> {
        let component = linker(engine, fit)
            .and_then(|linker| linker.instantiate_pre(&compiled.component))
            .and_then(|component| match fit.role {
                Role::Check => FullPre::new(component).map(Linked::Check),
                Role::Correlator => CorrelatorPre::new(component).map(Linked::Correlator),
            })
            .map_err(|error| misfit::other_types(&format!("{error:#}")))?;
        Ok(Self {
            component,
            gate,
            limits: Arc::new(limits),
            digest: digest.into(),
            from_cache: compiled.from_cache,
        })
    }

    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
