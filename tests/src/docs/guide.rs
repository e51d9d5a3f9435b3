//! The table of the guide: each of its lines, and each known failure, with the check, the codes and the incidents.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use bsq_host::manifest::Manifest;
use serde::Deserialize;

use super::Incidents;
use super::page::shown;

/// `docs/guide.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guide {
    line: Vec<Row>,
    failure: Vec<Row>,
}

/// A line of the guide, or a known failure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    #[serde(alias = "area")]
    section: String,
    says: String,
    /// The check that answers it; without it those of the codes do.
    check: Option<String>,
    #[serde(default)]
    codes: Vec<String>,
    /// Why nothing can be seen of it.
    unseen: Option<String>,
}

impl Guide {
    /// Read the table's source.
    pub fn read(file: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(file).with_context(|| format!("read `{}`", file.display()))?;
        toml::from_str(&text).with_context(|| format!("decode `{}`", file.display()))
    }

    /// What the table lacks: lines without a code, codes that no check gives, codes that no incident shows.
    pub fn gaps(&self, checks: &BTreeMap<String, Manifest>, incidents: &Incidents) -> Vec<String> {
        let given: BTreeSet<&str> = checks
            .values()
            .flat_map(|check| &check.findings)
            .map(|finding| finding.code.as_str())
            .collect();
        let rows = || self.line.iter().chain(&self.failure);
        let silent = rows()
            .filter(|row| row.codes.is_empty() == row.unseen.is_none())
            .map(|row| format!("`{}` needs codes, or a reason for none", row.says));
        let unknown_checks = rows()
            .filter_map(|row| row.check.as_ref())
            .filter(|check| !checks.contains_key(*check))
            .map(|check| format!("there is no check `{check}`"));
        let unknown_codes = rows()
            .flat_map(|row| &row.codes)
            .filter(|code| !given.contains(code.as_str()))
            .map(|code| format!("no check gives {code}"));
        let not_shown = given
            .iter()
            .filter(|code| incidents.of(code).next().is_none())
            .map(|code| format!("no incident shows {code}"));
        silent
            .chain(unknown_checks)
            .chain(unknown_codes)
            .chain(not_shown)
            .collect()
    }

    pub(super) fn page(
        &self,
        checks: &BTreeMap<String, Manifest>,
        incidents: &Incidents,
    ) -> String {
        let mut page = format!(
            "# The troubleshooting guide, line by line\n\n\
             What the guide asks, and what is known to fail, with the check that looks, the codes that it gives, and an\n\
             incident of `tests/cases/` that shows each. Made by `make docs` from `docs/guide.toml`, the manifests of {}\n\
             checks and {} incidents.\n",
            checks.len(),
            incidents.count(),
        );
        page.push_str("\n## The guide\n");
        table(&mut page, &self.line, checks, incidents);
        page.push_str("\n## Known failures\n");
        table(&mut page, &self.failure, checks, incidents);
        page
    }
}

fn table(
    page: &mut String,
    rows: &[Row],
    checks: &BTreeMap<String, Manifest>,
    incidents: &Incidents,
) {
    let mut section = "";
    for row in rows {
        if row.section != section {
            section = &row.section;
            let _ = writeln!(
                page,
                "\n### {section}\n\n| Line | Check | Codes, and incidents that show them |\n|---|---|---|"
            );
        }
        let codes: Vec<String> = row
            .codes
            .iter()
            .map(|code| format!("{code} ({})", shown(incidents, code)))
            .collect();
        let answer = match &row.unseen {
            Some(why) => why.clone(),
            None => codes.join("<br>"),
        };
        let _ = writeln!(page, "| {} | {} | {answer} |", row.says, looks(row, checks));
    }
}

/// The check that looks, or those whose codes these are.
fn looks(row: &Row, checks: &BTreeMap<String, Manifest>) -> String {
    let gives = |check: &&Manifest| {
        let mut codes = check.findings.iter().map(|finding| &finding.code);
        codes.any(|code| row.codes.contains(code))
    };
    let names: Vec<&str> = match &row.check {
        Some(check) => vec![check.as_str()],
        None => checks
            .values()
            .filter(gives)
            .map(|check| check.id.as_str())
            .collect(),
    };
    let links = names
        .iter()
        .map(|name| format!("[{name}](checks/{name}.md)"));
    links.collect::<Vec<_>>().join(", ")
}
