//! The manifest section of a component, and what is wrong where there is none to trust.
//!
//! The reader is [`manifest::section`]; here its errors become misfits, and a manifest that only a nested module carries
//! is told apart from none.

use wasmparser::{Parser, Payload};

use super::misfit;
use crate::manifest::Manifest;
use crate::manifest::section::{self, MAX_BYTES, NAME, SectionError};
use crate::report::model::Misfit;

/// The manifest, sound, or why there is none to trust.
pub fn manifest(component: &[u8]) -> Result<Manifest, Misfit> {
    let manifest = section::read(component).map_err(|error| to_misfit(component, &error))?;
    let problems: Vec<String> = manifest
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    if problems.is_empty() {
        Ok(manifest)
    } else {
        Err(misfit::bad_manifest(&problems.join("; ")))
    }
}

fn to_misfit(component: &[u8], error: &SectionError) -> Misfit {
    match error {
        SectionError::CoreModule => misfit::core_module(),
        SectionError::Unreadable(source) => misfit::broken(source.message()),
        SectionError::Missing if is_nested(component) => misfit::nested_manifest(),
        SectionError::Missing => misfit::no_manifest(),
        SectionError::Several => misfit::two_manifests(),
        SectionError::TooLarge(bytes) => misfit::manifest_too_large(*bytes, MAX_BYTES),
        SectionError::NotAManifest(source) => misfit::bad_manifest(&source.to_string()),
    }
}

fn is_nested(component: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(component);
    payloads
        .map_while(Result::ok)
        .any(|payload| matches!(payload, Payload::CustomSection(section) if section.name() == NAME))
}
