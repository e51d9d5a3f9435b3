//! Components written by hand in WAT, to do what no toolchain would.
//!
//! ```text
//! tests/hostile/NAME.wat (imports and functions) + prelude ─► core module ─► world from its imports ─► component
//!                                                      manifest sections ─► appended at component level
//! ```
//!
//! The prelude gives memory, an allocator and `$report`, which writes a report without findings. A file's own `run`
//! takes the pointer to the input and returns the pointer to a `result<report, check-failure>`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What each core module gets besides its own functions.
///
/// `result<report, check-failure>` lies at 16: the case, then at 20 verdict and skip-reason, at 24 the summary, at 32 the
/// findings, at 40 the attributes.
const PRELUDE: &str = r#"
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.const 16)))))
    (local.get $at))
  (func $report (param $verdict i32) (result i32)
    (i32.store8 (i32.const 16) (i32.const 0))
    (i32.store8 (i32.const 20) (local.get $verdict))
    (i32.store8 (i32.const 21) (i32.const 0))
    (i32.store (i32.const 24) (i32.const 1024))
    (i32.store (i32.const 28) (i32.const 4))
    (i32.const 16))
  (data (i32.const 1024) "done")
"#;

/// The section that holds a manifest.
pub const MANIFEST: &str = "bsq:manifest";

/// As much of WASI 0.2 as a component here imports.
const WASI: [&str; 2] = [
    "package wasi:cli@0.2.0;
    interface environment {
        get-environment: func() -> list<tuple<string, string>>;
        get-arguments: func() -> list<string>;
    }",
    "package wasi:filesystem@0.2.0;
    interface types { resource descriptor; }
    interface preopens {
        use types.{descriptor};
        get-directories: func() -> list<tuple<descriptor, string>>;
    }",
];

/// The component of `tests/hostile/NAME.wat` with a manifest of this id.
pub fn component(name: &str, manifest: &Value) -> Result<Vec<u8>> {
    let mut component = bare(name)?;
    append_section(&mut component, MANIFEST, &serde_json::to_vec(manifest)?);
    Ok(component)
}

/// The component of `tests/hostile/NAME.wat` without any manifest.
pub fn bare(name: &str) -> Result<Vec<u8>> {
    encode(&text(name)?, None)
}

/// The component of `tests/hostile/NAME.wat` with another kind in place of `KIND`.
pub fn of_kind(name: &str, kind: &str, manifest: &Value) -> Result<Vec<u8>> {
    let body = text(name)?
        .replace("\"KIND\"", &format!("{kind:?}"))
        .replace(
            "(;KIND;) (i32.const 4)",
            &format!("(i32.const {})", kind.len()),
        );
    let mut component = encode(&body, None)?;
    append_section(&mut component, MANIFEST, &serde_json::to_vec(manifest)?);
    Ok(component)
}

/// The component with its manifest on the module inside it, where toolchains leave such sections.
pub fn nested(name: &str, manifest: &Value) -> Result<Vec<u8>> {
    encode(&text(name)?, Some(manifest))
}

/// The component as if it were built for a contract of the future.
pub fn newer(name: &str, manifest: &Value) -> Result<Vec<u8>> {
    let (old, new) = (b"@0.1.0", b"@9.1.0");
    let mut component = bare(name)?;
    while let Some(at) = component
        .windows(old.len())
        .position(|window| window == old)
    {
        component.splice(at..at + old.len(), *new);
    }
    append_section(&mut component, MANIFEST, &serde_json::to_vec(manifest)?);
    Ok(component)
}

fn text(name: &str) -> Result<String> {
    let path = repository()
        .join("tests/hostile")
        .join(format!("{name}.wat"));
    fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))
}

fn encode(body: &str, manifest_of_module: Option<&Value>) -> Result<Vec<u8>> {
    let (mut resolve, imports) = (contract()?, imports(body));
    let exports = if body.contains("bsq:check/check@0.1.0#run") {
        "export bsq:check/check@0.1.0;"
    } else {
        ""
    };
    let text = format!(
        "package test:hostile;\nworld hostile {{ {} {exports} {} }}",
        imports.concat(),
        other_exports(body)
    );
    let package = resolve.push_str("hostile.wit", &text)?;
    let world = resolve.select_world(&[package], Some("hostile"))?;
    let mut core = wat::parse_str(format!("(module {body} {PRELUDE})"))?;
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8, false)?;
    if let Some(manifest) = manifest_of_module {
        append_section(&mut core, MANIFEST, &serde_json::to_vec(manifest)?);
    }
    ComponentEncoder::default()
        .module(&core)?
        .validate(true)
        .encode()
}

/// A manifest that is sound, and declares the least that a read needs.
pub fn manifest(id: &str) -> Value {
    json!({
        "id": id,
        "version": "0.1.0",
        "title": "a component of the tests",
        "scopes": ["platform", "ns"],
        "kubernetes": [{"why": "have something to read", "kind": "v1/Namespace", "verbs": ["list"], "fields": ["status.phase"]}],
        "finding": [{"code": "BSQ-TEST-001", "title": "a finding of the tests", "severity": "low", "layer": "infrastructure"}],
    })
}

/// Append a custom section at the level of the component.
pub fn append_section(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut payload = Vec::new();
    leb128(&mut payload, name.len());
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(content);
    component.push(0);
    leb128(component, payload.len());
    component.extend_from_slice(&payload);
}

fn leb128(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

/// The interfaces that a core module imports from, as statements of a world.
fn imports(body: &str) -> Vec<String> {
    let mut names: Vec<&str> = body
        .split("(import \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("import {name}; "))
        .collect()
}

/// A file may say `;; world: …` to have more in its world.
fn other_exports(body: &str) -> String {
    body.lines()
        .filter_map(|line| line.strip_prefix(";; world: "))
        .collect()
}

fn contract() -> Result<Resolve> {
    let mut resolve = Resolve::default();
    for package in [
        "check",
        "context",
        "kubernetes",
        "http",
        "network",
        "logs",
        "metrics",
        "traces",
        "platform",
    ] {
        resolve.push_path(repository().join("wit").join(package))?;
    }
    for package in WASI {
        resolve.push_str("wasi.wit", package)?;
    }
    Ok(resolve)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_component() {
        for entry in fs::read_dir(repository().join("tests/hostile")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
            component(name, &manifest(name)).unwrap();
        }
    }
}
