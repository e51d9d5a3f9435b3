//! The misfits, each with its stable code, its sentence and what would mend it.
//!
//! One place for the words, so that the same trouble reads the same in `run`, `inspect` and `verify`.

use crate::report::model::Misfit;

fn misfit(code: &str, problem: String, fix: &str) -> Misfit {
    Misfit {
        code: code.to_owned(),
        problem,
        fix: fix.to_owned(),
    }
}

const REBUILD: &str = "build the component again, or fetch it again: it may be cut off";

/// The file is there and cannot be read.
pub fn unreadable(cause: &str) -> Misfit {
    misfit(
        "BSQ0202",
        format!("the file cannot be read: {cause}"),
        "name a regular file that you may read",
    )
}

/// Bytes that are no WebAssembly at all.
pub fn not_wasm() -> Misfit {
    misfit(
        "BSQ0203",
        "this is not WebAssembly: it does not begin with `\\0asm`".to_owned(),
        "name a component that `bsq-host pack` wrote",
    )
}

/// A core module.
pub fn core_module() -> Misfit {
    misfit(
        "BSQ0204",
        "this is a core module, not a component".to_owned(),
        "make a component of it: `bsq-host pack DIR` builds and wraps a check",
    )
}

/// Cut off, or not valid.
pub fn broken(cause: &str) -> Misfit {
    misfit(
        "BSQ0205",
        format!("the component is not valid: {cause}"),
        REBUILD,
    )
}

/// More bytes than this host reads.
pub fn too_large(limit_mib: u64) -> Misfit {
    misfit(
        "BSQ0206",
        format!("the component is larger than {limit_mib} MiB"),
        "build it with `--profile guest`, and strip what it does not need",
    )
}

/// No manifest anywhere.
pub fn no_manifest() -> Misfit {
    misfit(
        "BSQ0207",
        "the component carries no section `bsq:manifest`".to_owned(),
        "pack it: `bsq-host pack DIR` writes the manifest from check.toml",
    )
}

/// A manifest where only the toolchain left it.
pub fn nested_manifest() -> Misfit {
    misfit(
        "BSQ0208",
        "the section `bsq:manifest` is inside a nested module, where it says nothing of the component".to_owned(),
        "write it on the component itself, as `bsq-host pack DIR` does",
    )
}

/// More than one manifest.
pub fn two_manifests() -> Misfit {
    misfit(
        "BSQ0209",
        "the component carries more than one section `bsq:manifest`, and which one holds is anyone's guess".to_owned(),
        "pack the component again from its crate, so that it carries one",
    )
}

/// A manifest over the cap.
pub fn manifest_too_large(bytes: usize, limit: usize) -> Misfit {
    misfit(
        "BSQ0210",
        format!("the manifest has {bytes} bytes; at most {limit} are read"),
        "shorten check.toml and pack again",
    )
}

/// A manifest that is not JSON, or not a manifest.
pub fn bad_manifest(cause: &str) -> Misfit {
    misfit(
        "BSQ0211",
        format!("the manifest does not say what a manifest says: {cause}"),
        "pack it with this host's `bsq-host pack DIR`",
    )
}

/// An import that no host of this contract has.
pub fn unknown_import(name: &str) -> Misfit {
    misfit(
        "BSQ0212",
        format!("it imports `{name}`, which this host does not serve"),
        "use the interfaces of `bsq:*`; a component may also import WASI 0.2, and gets an empty one",
    )
}

/// A part of the contract that a later host has.
pub fn newer_contract(name: &str, needs: &str, has: &str) -> Misfit {
    misfit(
        "BSQ0213",
        format!("it is built for {needs} of `{name}`; this host has {has}"),
        "update bsq-host, or build the check with an SDK of this host's contract",
    )
}

/// Imported, and not in the manifest.
pub fn undeclared_import(name: &str, table: &str) -> Misfit {
    misfit(
        "BSQ0214",
        format!("it imports `{name}`, and its manifest declares no `[[{table}]]`"),
        "declare the need in check.toml and pack again, or do not call it",
    )
}

/// Nothing of `bsq:check` among the exports.
pub fn wrong_world(exports: &[String]) -> Misfit {
    let has = if exports.is_empty() {
        "nothing".to_owned()
    } else {
        exports.join(", ")
    };
    misfit(
        "BSQ0215",
        format!("it exports {has}, not `bsq:check/check`"),
        "build it for the world `bsq:platform/check`",
    )
}

/// A check and a correlator in one.
pub fn both_exports() -> Misfit {
    misfit(
        "BSQ0216",
        "it exports `bsq:check/check` and `bsq:check/correlate`".to_owned(),
        "make two components of it: each exports exactly one of the two",
    )
}

/// A correlator that wants to read more than results.
pub fn reading_correlator() -> Misfit {
    misfit(
        "BSQ0217",
        "it is a correlator and imports reads: what it reads are the results of checks".to_owned(),
        "make a check of what has to be read, and let the correlator use its result",
    )
}

/// The compiler refuses it.
pub fn does_not_compile(cause: &str) -> Misfit {
    misfit(
        "BSQ0218",
        format!("it does not compile: {cause}"),
        "build it without threads, SIMD, tail calls, garbage collection and 64-bit memories, which this host leaves off",
    )
}

/// The compiler does not come to an end.
pub fn compiles_too_long(seconds: u64) -> Misfit {
    misfit(
        "BSQ0219",
        format!("it was not compiled within {seconds} s"),
        "build it smaller (`--profile guest`), or run it once on a faster machine and keep the cache",
    )
}

/// Names fit, types do not.
pub fn other_types(cause: &str) -> Misfit {
    misfit(
        "BSQ0230",
        format!("its types are not those of the contract: {cause}"),
        "build it with the WIT of this host's contract",
    )
}
