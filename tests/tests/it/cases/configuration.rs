//! `bsq.toml` of a site.

use std::fs;
use std::path::Path;

use bsq_tests::http::{CoreAi, Loki};
use toml::Table;

use super::case::Case;
use super::names::authority_file;
use super::real::Servers;

/// The key of the CoreAI API.
pub(super) const KEY: &str = "sk-bsq-0123456789abcdef0123456789abcdef";

/// Write `bsq.toml`.
pub(super) fn configure(home: &Path, text: &str) {
    let folder = home.join(".config/bsq-host");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("bsq.toml"), text).unwrap();
}

/// What `bsq.toml` of a site says.
pub(super) fn configuration(home: &Path, case: &Case, coreai: Option<&CoreAi>) -> String {
    let mut text = String::new();
    if let Some(coreai) = coreai {
        text += &section(home, "coreai", &coreai.url(), Some(KEY));
    }
    let mut checks = case.checks.clone();
    if case.names.is_none() {
        // The names of these sites are in no DNS, and what this machine's resolver says of them is no one's word.
        let dns_tls = checks
            .entry("dns-tls")
            .or_insert_with(|| Table::new().into());
        let dns_tls = dns_tls.as_table_mut().unwrap();
        dns_tls.entry("probe").or_insert(false.into());
    }
    for (id, settings) in &checks {
        text += &format!("\n[checks.{id}]\n{}", toml::to_string(settings).unwrap());
    }
    text
}

/// The part of `bsq.toml` about one endpoint, its token in a file.
pub(super) fn section(home: &Path, name: &str, url: &str, token: Option<&str>) -> String {
    let mut text = format!("\n[endpoint.{name}]\nurl = \"{url}\"\n");
    if let Some(token) = token {
        let file = home.join(format!("{name}.token"));
        fs::write(&file, token).unwrap();
        text += &format!("token = {{ file = \"{}\" }}\n", file.display());
    }
    text
}

/// The part of `bsq.toml` about the log store.
pub(super) fn log_store(home: &Path, servers: &Servers, played: Option<&Loki>) -> String {
    let url = servers
        .loki()
        .map(|real| real.url().to_owned())
        .or_else(|| played.map(Loki::url));
    let ca = format!("ca = \"{}\"\n", authority_file(home).display());
    section(home, "loki", &url.unwrap(), None) + &ca
}
