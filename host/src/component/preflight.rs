//! Compares a component with this host before anything of it is compiled or run.
//!
//! A pure function of the bytes. It names every misfit, not the first, so that an author mends a component once. The
//! import list is the engine's word and the manifest only a claim: what is imported has to lie within what is declared.

use std::collections::BTreeSet;

use semver::Version;
use wasmparser::Parser;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldItem, WorldKey};

use super::contract::{self, CHECK, CORRELATE, Family, Served, WASI_PACKAGES};
use super::{misfit, section};
use crate::manifest::Manifest;
use crate::report::model::Misfit;

/// What is known of a component without starting it.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// What it says of itself, where that can be read.
    pub manifest: Option<Manifest>,
    pub fit: Result<Fit, Vec<Misfit>>,
}

/// A component that this host can start.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fit {
    pub role: Role,
    /// Imported families, `Context` among them where it is imported.
    pub families: BTreeSet<Family>,
    /// Imported interfaces of WASI 0.2, without versions: `wasi:cli/stdout`.
    pub wasi: BTreeSet<String>,
}

/// What a component is, by what it exports.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Role {
    #[default]
    Check,
    /// Runs after the checks, on their results.
    Correlator,
}

/// One imported or exported interface.
struct Interface {
    /// Without its version.
    name: String,
    version: Option<Version>,
    functions: Vec<String>,
}

/// Look at a component.
pub fn inspect(bytes: &[u8]) -> Inspection {
    if !Parser::is_component(bytes) {
        let misfit = if Parser::is_core_wasm(bytes) {
            misfit::core_module()
        } else {
            misfit::not_wasm()
        };
        return Inspection {
            manifest: None,
            fit: Err(vec![misfit]),
        };
    }
    let mut misfits = Vec::new();
    let manifest = match section::manifest(bytes) {
        Ok(manifest) => Some(manifest),
        Err(misfit) => {
            misfits.push(misfit);
            None
        }
    };
    let fit = match interfaces(bytes) {
        Ok((imports, exports)) => {
            let role = check_exports(&exports, &mut misfits);
            let fit = check_imports(&imports, manifest.as_ref(), &mut misfits);
            if role == Role::Correlator && fit.families.iter().any(|one| *one != Family::Context) {
                misfits.push(misfit::reading_correlator());
            }
            Fit { role, ..fit }
        }
        // What is cut off has been said already.
        Err(_) if misfits.iter().any(|known| known.code == "BSQ0205") => Fit::default(),
        Err(misfit) => {
            misfits.push(misfit);
            Fit::default()
        }
    };
    Inspection {
        manifest,
        fit: if misfits.is_empty() {
            Ok(fit)
        } else {
            Err(misfits)
        },
    }
}

/// Imports and exports, in the component's order.
fn interfaces(bytes: &[u8]) -> Result<(Vec<Interface>, Vec<Interface>), Misfit> {
    let decoded = decode(bytes).map_err(|error| misfit::broken(&format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(misfit::broken("it holds WIT packages and no code"));
    };
    let world = resolve
        .worlds
        .get(world)
        .ok_or_else(|| misfit::broken("it has no world"))?;
    Ok((
        list(&resolve, &world.imports),
        list(&resolve, &world.exports),
    ))
}

fn list<'a>(
    resolve: &Resolve,
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<Interface> {
    items
        .into_iter()
        .map(|(key, item)| {
            let whole = resolve.name_world_key(key);
            let (name, version) = match whole.split_once('@') {
                Some((name, version)) => (name.to_owned(), Version::parse(version).ok()),
                None => (whole, None),
            };
            let functions = match item {
                WorldItem::Interface { id, .. } => resolve
                    .interfaces
                    .get(*id)
                    .map(|interface| interface.functions.keys().cloned().collect())
                    .unwrap_or_default(),
                WorldItem::Function(function) => vec![function.name.clone()],
                WorldItem::Type { .. } => Vec::new(),
            };
            Interface {
                name,
                version,
                functions,
            }
        })
        .collect()
}

fn check_exports(exports: &[Interface], misfits: &mut Vec<Misfit>) -> Role {
    let find = |name: &str| exports.iter().find(|export| export.name == name);
    let (name, export, role) = match (find(CHECK), find(CORRELATE)) {
        (Some(check), None) => (CHECK, check, Role::Check),
        (None, Some(correlate)) => (CORRELATE, correlate, Role::Correlator),
        (Some(_), Some(_)) => {
            misfits.push(misfit::both_exports());
            return Role::default();
        }
        (None, None) => {
            let names: Vec<String> = exports
                .iter()
                .map(|export| format!("`{}`", export.name))
                .collect();
            misfits.push(misfit::wrong_world(&names));
            return Role::default();
        }
    };
    if let Some(version) = &export.version
        && !contract::is_same_track(version)
    {
        misfits.push(other_version(name, version));
    }
    role
}

fn check_imports(
    imports: &[Interface],
    manifest: Option<&Manifest>,
    misfits: &mut Vec<Misfit>,
) -> Fit {
    let mut fit = Fit::default();
    for import in imports {
        // Linked without its functions too: its resources are types that others use.
        if is_wasi(import) {
            fit.wasi.insert(import.name.clone());
            continue;
        }
        // Types alone are no capability.
        if import.functions.is_empty() {
            continue;
        }
        let Some(served) = Served::find(&import.name) else {
            misfits.push(misfit::unknown_import(&import.whole_name()));
            continue;
        };
        if let Some(misfit) = version_misfit(import, served) {
            misfits.push(misfit);
        }
        if manifest.is_some_and(|manifest| !served.family.is_declared(manifest)) {
            let table = served.family.table();
            misfits.push(misfit::undeclared_import(&import.name, table));
        }
        fit.families.insert(served.family);
    }
    fit
}

/// What of an interface by a known name this host lacks.
fn version_misfit(import: &Interface, served: &Served) -> Option<Misfit> {
    if let Some(version) = &import.version
        && !contract::is_same_track(version)
    {
        return Some(other_version(&import.name, version));
    }
    let missing: Vec<String> = import
        .functions
        .iter()
        .filter(|function| !served.functions.contains(&function.as_str()))
        .map(|function| format!("`{function}`"))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let needs = format!("the function {}", missing.join(", "));
    let has = contract::version().to_string();
    Some(misfit::newer_contract(&import.whole_name(), &needs, &has))
}

fn other_version(name: &str, wanted: &Version) -> Misfit {
    let needs = format!("version {wanted}");
    misfit::newer_contract(name, &needs, &contract::version().to_string())
}

fn is_wasi(import: &Interface) -> bool {
    let is_known = import
        .name
        .split_once('/')
        .is_some_and(|(package, _)| WASI_PACKAGES.contains(&package));
    let is_02 = import
        .version
        .as_ref()
        .is_some_and(|version| version.major == 0 && version.minor == 2);
    is_known && is_02
}

impl Interface {
    fn whole_name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }
}
