//! The page of one check.

use std::fmt::Write as _;

use bsq_host::manifest::Manifest;
use serde::Serialize;

use super::Incidents;

/// Where the documentation of the platform is.
const SITE: &str = "https://docs.bullsequana.ai";

pub(super) fn page(manifest: &Manifest, incidents: &Incidents) -> String {
    let mut page = format!(
        "# {}\n\n{}.\n\nVersion {}. It answers for the symptoms {}, and has something to say on the scopes {}.\n",
        manifest.id,
        manifest.title,
        manifest.version,
        names(&manifest.symptoms),
        names(&manifest.scopes),
    );
    needs(&mut page, manifest);
    findings(&mut page, manifest, incidents);
    settings(&mut page, manifest);
    page.push_str("\n## Pages of the platform's documentation\n\n");
    for path in &manifest.docs {
        let _ = writeln!(page, "- <{SITE}{path}>");
    }
    page
}

fn needs(page: &mut String, manifest: &Manifest) {
    page.push_str("\n## What it reads\n\n| Read | Why | |\n|---|---|---|\n");
    for need in manifest.needs_in_words() {
        let optional = if need.optional {
            "optional"
        } else {
            "required"
        };
        let (call, why) = (cell(&need.call), cell(&need.why));
        let _ = writeln!(page, "| `{call}` | {why} | {optional} |");
    }
}

fn findings(page: &mut String, manifest: &Manifest, incidents: &Incidents) {
    page.push_str("\n## What it finds\n\n| Code | Meaning | Severity | Layer | Shown by |\n|---|---|---|---|---|\n");
    for found in &manifest.findings {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            found.code,
            cell(&found.title),
            word(&found.severity),
            word(&found.layer),
            shown(incidents, &found.code),
        );
    }
}

fn settings(page: &mut String, manifest: &Manifest) {
    if manifest.settings.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "\n## Settings, under `[checks.{}]` of `bsq.toml`\n\n| Setting | Type | Default | Meaning |\n|---|---|---|---|",
        manifest.id
    );
    for (name, setting) in &manifest.settings {
        let default = setting.default.as_ref().map(ToString::to_string);
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} | {} |",
            word(&setting.kind),
            default.map_or_else(|| "none".to_owned(), |value| format!("`{}`", cell(&value))),
            cell(&setting.description),
        );
    }
}

/// The incidents that show a code, as links.
pub(super) fn shown(incidents: &Incidents, code: &str) -> String {
    let links: Vec<String> = incidents.of(code).take(3).map(str::to_owned).collect();
    links.join(", ")
}

/// Text that stays within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn names<T: Serialize>(values: &[T]) -> String {
    let names: Vec<String> = values.iter().map(word).collect();
    names.join(", ")
}

fn word<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
