//! The custom section that holds a manifest, at the level of the component.
//!
//! Sections of nested modules and components do not count: whoever builds the outer component speaks for it.

use wasmparser::{Encoding, Parser, Payload};

use super::Manifest;

/// The name of the section.
pub const NAME: &str = "bsq:manifest";

/// A manifest of a hundred needs and codes is 40 KiB of JSON; what is larger is not written by a person, and is not
/// parsed.
pub const MAX_BYTES: usize = 256 * 1024;

/// Why a component has no manifest that can be read.
#[derive(Debug, thiserror::Error)]
pub enum SectionError {
    /// The bytes are no component at all.
    #[error("it is a core module, not a component")]
    CoreModule,
    /// The bytes are not WebAssembly, or end too early.
    #[error("it is not a readable WebAssembly component")]
    Unreadable(#[source] wasmparser::BinaryReaderError),
    /// Never packed.
    #[error("it has no section `{NAME}`")]
    Missing,
    /// Two manifests are two claims.
    #[error("it has more than one section `{NAME}`")]
    Several,
    /// See [`MAX_BYTES`].
    #[error("its section `{NAME}` has {0} bytes, at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// The JSON in it is not a manifest that this host knows.
    #[error("its section `{NAME}` is not a manifest that this host can read")]
    NotAManifest(#[source] serde_json::Error),
}

/// Read the manifest of a component. Nothing is run and nothing is compiled.
pub fn read(component: &[u8]) -> Result<Manifest, SectionError> {
    let mut found = None;
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(SectionError::Unreadable)? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if depth == 0 => {
                return Err(SectionError::CoreModule);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section)
                if depth == 0
                    && section.name() == NAME
                    && found.replace(section.data()).is_some() =>
            {
                return Err(SectionError::Several);
            }
            _ => {}
        }
    }
    let json = found.ok_or(SectionError::Missing)?;
    if json.len() > MAX_BYTES {
        return Err(SectionError::TooLarge(json.len()));
    }
    serde_json::from_slice(json).map_err(SectionError::NotAManifest)
}

/// Append a custom section to a component or module.
pub fn append(wasm: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut body = Vec::with_capacity(name.len() + data.len() + 5);
    leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(data);
    wasm.push(0);
    leb128(wasm, body.len());
    wasm.extend_from_slice(&body);
}

/// WebAssembly's variable length for sizes.
pub fn leb128(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"id":"a","version":"1.0.0","title":"t"}"#;

    fn component() -> Vec<u8> {
        wat::parse_str("(component (core module))").unwrap()
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_appended() {
        let mut bytes = component();
        append(&mut bytes, NAME, JSON.as_bytes());
        assert_eq!(read(&bytes).unwrap().id, "a");
    }

    #[test]
    fn a_manifest_of_a_nested_module_does_not_count() {
        let text = format!(r#"(component (core module (@custom "{NAME}" "{{}}")))"#);
        assert!(matches!(
            read(&wat::parse_str(text).unwrap()),
            Err(SectionError::Missing)
        ));
    }

    #[test]
    fn what_is_not_one_sound_manifest_is_said() {
        let with = |sections: &[&[u8]]| {
            let mut bytes = component();
            sections
                .iter()
                .for_each(|data| append(&mut bytes, NAME, data));
            read(&bytes)
        };
        assert!(matches!(with(&[]), Err(SectionError::Missing)));
        assert!(matches!(
            with(&[JSON.as_bytes(), JSON.as_bytes()]),
            Err(SectionError::Several)
        ));
        assert!(matches!(with(&[b"{}"]), Err(SectionError::NotAManifest(_))));
        assert!(matches!(
            with(&[&vec![b' '; MAX_BYTES + 1]]),
            Err(SectionError::TooLarge(_))
        ));
        assert!(matches!(
            read(b"hello world"),
            Err(SectionError::Unreadable(_))
        ));
        assert!(matches!(
            read(&wat::parse_str("(module)").unwrap()),
            Err(SectionError::CoreModule)
        ));
        let cut = component();
        assert!(matches!(
            read(&cut[..cut.len() - 3]),
            Err(SectionError::Unreadable(_))
        ));
    }
}
