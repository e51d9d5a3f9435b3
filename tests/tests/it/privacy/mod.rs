//! What leaves the host: nothing that a rule of redaction knows, and with tokens no name.

mod canaries;
mod live;
mod outputs;
mod policy;
mod reads;
mod tokens;

use std::path::Path;

/// Flags that write every format for people into a folder, in files that are called so.
fn formats_in(folder: &Path) -> Vec<String> {
    let written = |format: &str| format!("{format}={}", folder.join(format).display());
    let formats = ["table", "wide", "short"];
    formats
        .iter()
        .flat_map(|format| ["-o".to_owned(), written(format)])
        .collect()
}
