//! From a core module, or from a component that another toolchain made, to a packed component. Pure: the same input
//! gives the same bytes.

use std::collections::BTreeSet;

use wasm_metadata::{AddMetadata, AddMetadataField};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use super::CrateFacts;
use crate::manifest::{KindName, Manifest, Problem, fields, section};
use crate::ui::Fault;

/// A manifest still without the fields that the types of a Rust check name, the wasm that the compiler left, and where
/// both come from.
pub(super) struct Parts<'a> {
    pub(super) manifest: Manifest,
    pub(super) facts: &'a CrateFacts,
    pub(super) wasm: &'a [u8],
    /// The path of the wasm, for what is said about it.
    pub(super) source: &'a str,
    /// The source revision, where the release names one.
    pub(super) revision: Option<&'a str>,
}

/// What did not become a component.
pub(super) enum Failure {
    /// The manifest does not meet the code, or is unsound.
    Unsound(Vec<Problem>),
    Fault(Fault),
}

/// Encode, complete the manifest, and write it and the standard metadata into the component.
pub(super) fn pack(parts: Parts<'_>) -> Result<Vec<u8>, Failure> {
    let mut manifest = parts.manifest;
    let component = if Parser::is_core_wasm(parts.wasm) {
        let (module, fields) = without_fields(parts.wasm, parts.source)?;
        let problems = fields::merge(&mut manifest, &fields);
        if !problems.is_empty() {
            return Err(Failure::Unsound(problems));
        }
        encode(&module, parts.source)?
    } else if Parser::is_component(parts.wasm) {
        parts.wasm.to_vec()
    } else {
        let cause = format!("`{}` is not WebAssembly", parts.source);
        let hint = "name the module that the compiler wrote: `--module FILE`";
        return Err(Failure::Fault(Fault::new("BSQ0223", cause).hint(hint)));
    };
    let problems = manifest.problems();
    if !problems.is_empty() {
        return Err(Failure::Unsound(problems));
    }
    refuse_packed(&component, parts.source)?;
    finish(component, &manifest, parts.facts, parts.revision)
}

/// The module without the lines of its types, and those lines.
fn without_fields(module: &[u8], source: &str) -> Result<(Vec<u8>, fields::Fields), Failure> {
    let mut found = fields::Fields::new();
    let mut kept = Vec::with_capacity(module.len());
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| unreadable(source, error))?;
        if let Payload::Version { range, .. } = &payload {
            kept.extend_from_slice(part(module, range));
        }
        if let Payload::CustomSection(custom) = &payload
            && custom.name() == fields::NAME
        {
            let more = fields::parse(custom.data()).map_err(|p| Failure::Unsound(vec![p]))?;
            for (kind, paths) in more {
                let all: &mut BTreeSet<String> = found.entry(kind as KindName).or_default();
                all.extend(paths);
            }
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            kept.push(id);
            let body = part(module, &range);
            section::leb128(&mut kept, body.len());
            kept.extend_from_slice(body);
        }
    }
    Ok((kept, found))
}

fn part<'a>(module: &'a [u8], range: &std::ops::Range<u64>) -> &'a [u8] {
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    module
        .get(at(range.start)..at(range.end))
        .unwrap_or_default()
}

fn encode(module: &[u8], source: &str) -> Result<Vec<u8>, Failure> {
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode);
    encoded.map_err(|error| {
        let cause = format!("`{source}` does not become a component");
        let fault = Fault::new("BSQ0223", cause).because(error);
        Failure::Fault(fault.hint(
            "build the crate for `wasm32-unknown-unknown` with `crate-type = [\"cdylib\"]` and `#[check]` on its function",
        ))
    })
}

fn unreadable(source: &str, error: wasmparser::BinaryReaderError) -> Failure {
    let fault = Fault::new("BSQ0223", format!("`{source}` is cut off or broken")).because(error);
    Failure::Fault(fault.hint("build it again"))
}

/// A second manifest would be a second claim, which every host refuses.
fn refuse_packed(component: &[u8], source: &str) -> Result<(), Failure> {
    match section::read(component) {
        Err(section::SectionError::Missing) => Ok(()),
        Err(section::SectionError::Unreadable(error)) => Err(unreadable(source, error)),
        _ => {
            let fault = Fault::new("BSQ0223", format!("`{source}` is packed already"));
            Err(Failure::Fault(fault.hint(
                "pack what the compiler wrote, not the result of packing",
            )))
        }
    }
}

fn finish(
    component: Vec<u8>,
    manifest: &Manifest,
    facts: &CrateFacts,
    revision: Option<&str>,
) -> Result<Vec<u8>, Failure> {
    let broken = |error: anyhow::Error| {
        let fault = Fault::new("BSQ0223", "cannot write metadata into the component");
        Failure::Fault(fault.because(error).hint("build the crate again"))
    };
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(manifest.id.clone());
    let mut packed = metadata.to_wasm(&component).map_err(broken)?;
    let version = manifest.version.to_string();
    let known = [
        ("version", Some(version.as_str())),
        ("description", facts.description.as_deref()),
        ("licenses", facts.license.as_deref()),
        ("source", facts.repository.as_deref()),
        ("revision", revision),
    ];
    for (name, text) in known {
        if let Some(text) = text {
            section::append(&mut packed, name, text.as_bytes());
        }
    }
    let json = serde_json::to_vec(manifest).map_err(|error| broken(error.into()))?;
    if json.len() > section::MAX_BYTES {
        let message = format!(
            "the manifest has {} bytes, hosts read {}",
            json.len(),
            section::MAX_BYTES
        );
        return Err(Failure::Unsound(vec![Problem::new("", message)]));
    }
    section::append(&mut packed, section::NAME, &json);
    Ok(packed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use semver::Version;

    use super::*;

    const COMPONENT: &str = "(component (core module))";

    fn manifest(needs: &str) -> Manifest {
        let head = "id = 'a'\nversion = '1.0.0'\ntitle = 't'\n";
        toml::from_str(&format!("{head}{needs}")).unwrap()
    }

    fn facts() -> CrateFacts {
        CrateFacts {
            name: "a".to_owned(),
            library: "a".to_owned(),
            version: Version::new(1, 0, 0),
            description: Some("d".to_owned()),
            license: Some("Apache-2.0".to_owned()),
            repository: None,
        }
    }

    fn packed(wat: &str, needs: &str) -> Result<Vec<u8>, Failure> {
        let wasm = wat::parse_str(wat).unwrap();
        pack(Parts {
            manifest: manifest(needs),
            facts: &facts(),
            wasm: &wasm,
            source: "a.wasm",
            revision: None,
        })
    }

    fn said(result: Result<Vec<u8>, Failure>) -> String {
        match result {
            Ok(_) => panic!("it is packed"),
            Err(Failure::Unsound(problems)) => format!("{problems:?}"),
            Err(Failure::Fault(fault)) => fault.sentence(),
        }
    }

    #[test]
    fn a_component_gets_manifest_and_metadata_and_the_same_bytes_each_time() {
        let one = packed(COMPONENT, "").ok().unwrap();
        assert_eq!(section::read(&one).unwrap(), manifest(""));
        assert_eq!(one, packed(COMPONENT, "").ok().unwrap());
        let text = String::from_utf8_lossy(&one).into_owned();
        assert!(text.contains("licensesApache-2.0") && text.contains("version1.0.0"));
    }

    #[test]
    fn lines_of_types_leave_the_module_and_fill_the_manifest() {
        let wat = "(module (@custom \"bsq:fields\" \"v1/Pod\\09spec\\0a\") (@custom \"bsq:fields\" \"\\00v1/Pod\\09status\\0a\") (memory 1))";
        let module = wat::parse_str(wat).unwrap();
        let (kept, found) = without_fields(&module, "a.wasm").ok().unwrap();
        assert_eq!(kept, wat::parse_str("(module (memory 1))").unwrap());
        let pod = "v1/Pod".parse().unwrap();
        assert_eq!(found.get(&pod).unwrap().len(), 2);
    }

    #[test]
    fn what_cannot_be_packed_is_said() {
        let twice = packed(COMPONENT, "").ok().unwrap();
        let again = pack(Parts {
            manifest: manifest(""),
            facts: &facts(),
            wasm: &twice,
            source: "a.wasm",
            revision: None,
        });
        assert!(said(again).contains("packed already"));
        let text = pack(Parts {
            manifest: manifest(""),
            facts: &facts(),
            wasm: b"hello",
            source: "a.wasm",
            revision: None,
        });
        assert!(said(text).contains("is not WebAssembly"));
        let fields = "(module (@custom \"bsq:fields\" \"v1/Pod\\09spec\\0a\"))";
        assert!(said(packed(fields, "")).contains("v1/Pod"));
        let needs = "docs = ['/docs/guess']";
        assert!(said(packed(COMPONENT, needs)).contains("has no page"));
    }
}
