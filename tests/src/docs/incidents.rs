//! Which incidents show which codes: what a report said on them, line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

/// The incidents by code.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    by_code: BTreeMap<String, BTreeSet<String>>,
    count: usize,
}

impl Incidents {
    /// Read what is expected of each.
    pub fn read(cases: &Path) -> Result<Self> {
        let finding = Regex::new(r"(?m)^  (BSQ-[A-Z]+-[0-9]{3}) ").context("a pattern of codes")?;
        let mut incidents = Self::default();
        for entry in fs::read_dir(cases).with_context(|| format!("read `{}`", cases.display()))? {
            let folder = entry?.path();
            let Ok(said) = fs::read_to_string(folder.join("expected.snap")) else {
                continue;
            };
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            incidents.count += 1;
            for found in finding.captures_iter(&said) {
                let code = found.get(1).map_or("", |code| code.as_str());
                let shown = incidents.by_code.entry(code.to_owned()).or_default();
                shown.insert(name.clone().into_owned());
            }
        }
        Ok(incidents)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those that show a code.
    pub fn of(&self, code: &str) -> impl Iterator<Item = &str> {
        let shown = self.by_code.get(code);
        shown.into_iter().flatten().map(String::as_str)
    }
}
