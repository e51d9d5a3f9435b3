//! What a check is told, as the contract writes it.

use super::bindings::bsq::check::types::{Input, Scope, Window};
use crate::engine::context::CheckInput;
use crate::manifest::{ScopeKind, Symptom};

/// Encode what a check is told.
pub(crate) fn encode(input: &CheckInput) -> Input {
    Input {
        scope: Scope {
            kind: scope_name(input.scope.kind).to_owned(),
            name: input.scope.name.clone(),
            namespaces: input.scope.namespaces.clone(),
            attributes: Vec::new(),
        },
        symptom: input
            .symptom
            .map(|symptom| symptom_name(symptom).to_owned()),
        window: Window {
            start: input.window.start.clone(),
            end: input.window.end.clone(),
        },
        settings: input.settings.clone(),
        attributes: input.attributes.clone(),
    }
}

fn scope_name(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Platform => "platform",
        ScopeKind::Env => "env",
        ScopeKind::Ns => "ns",
        ScopeKind::Service => "service",
        ScopeKind::App => "app",
    }
}

fn symptom_name(symptom: Symptom) -> &'static str {
    match symptom {
        Symptom::Access => "access",
        Symptom::Deployment => "deployment",
        Symptom::Runtime => "runtime",
        Symptom::Integration => "integration",
    }
}
