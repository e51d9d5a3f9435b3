//! What an operator grants in an incident beside what is shipped: a POST, or the facts of Secrets.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::case::Case;
use crate::host::components;

/// Write the operator's grants, each row bound to the component that lies here.
pub(super) fn write(home: &Path, case: &Case) {
    if case.grant.is_empty() {
        return;
    }
    let rows = case.grant.iter().map(|row| Value::Table(bound(row)));
    let file = Table::from_iter([("check".to_owned(), Value::Array(rows.collect()))]);
    let folder = home.join(".config/bsq-host");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("grants.toml"), toml::to_string(&file).unwrap()).unwrap();
}

fn bound(row: &Table) -> Table {
    let id = row["id"].as_str().unwrap();
    let name = format!("{id}.wasm");
    let component = components()
        .into_iter()
        .find(|path| path.ends_with(&name))
        .unwrap_or_else(|| panic!("no component `{name}`"));
    let digest: String = Sha256::digest(fs::read(component).unwrap())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut row = row.clone();
    row.insert("digest".to_owned(), format!("sha256:{digest}").into());
    row
}
