//! `bsq-host inspect FILE`: all that a check says of itself, what is granted of it, and whether it fits.

use std::io::Write;

use super::known::{Known, known};
use crate::cli::{InspectArgs, ListFormat, SelectionArgs};
use crate::manifest::Manifest;
use crate::report::{Screen, Sheet, words, write_stdout};
use crate::settings::Places;
use crate::ui::Fault;

/// Print one component.
pub fn inspect(
    args: &InspectArgs,
    places: &Places,
    screen: Screen,
    stdout: &mut dyn Write,
) -> Result<(), Fault> {
    let selection = SelectionArgs {
        checks: vec![args.file.clone()],
        ..SelectionArgs::default()
    };
    let all = known(&selection, &args.grant, places)?;
    let mut text = String::new();
    for known in &all {
        text.push_str(&match args.output {
            ListFormat::Json => super::json(known)?,
            ListFormat::Table => sheet(known, screen),
        });
    }
    write_stdout(&text, stdout)
}

fn sheet(known: &Known, screen: Screen) -> String {
    let mut sheet = Sheet::new(screen);
    match &known.manifest {
        Some(manifest) => {
            sheet.title(&format!("{} {}", manifest.id, manifest.version));
            sheet.row("title", &manifest.title);
        }
        None => sheet.title(&known.id),
    }
    sheet.row("file", &known.source);
    if let Some(digest) = &known.digest {
        sheet.row("digest", digest);
    }
    if let Some(bytes) = known.bytes {
        sheet.row(
            "size",
            &words::bytes(u64::try_from(bytes).unwrap_or(u64::MAX)),
        );
    }
    if let Some(manifest) = &known.manifest {
        purpose(&mut sheet, manifest);
        needs(&mut sheet, manifest);
        codes(&mut sheet, manifest);
        limits_and_settings(&mut sheet, manifest);
    }
    fit(&mut sheet, known);
    grant(&mut sheet, known);
    sheet.finish()
}

fn purpose(sheet: &mut Sheet, manifest: &Manifest) {
    let symptoms: Vec<String> = manifest.symptoms.iter().map(super::word).collect();
    let scopes: Vec<String> = manifest.scopes.iter().map(super::word).collect();
    sheet.row("symptoms", &symptoms.join(", "));
    sheet.row("scopes", &scopes.join(", "));
    sheet.row("docs", &manifest.docs.join(" "));
}

fn needs(sheet: &mut Sheet, manifest: &Manifest) {
    sheet.section("reads");
    for need in manifest.needs_in_words() {
        let optional = if need.optional { " (optional)" } else { "" };
        let parts = match need.parts.as_slice() {
            [] => String::new(),
            parts => format!(", fields {}", parts.join(", ")),
        };
        sheet.row("", &format!("{}{parts}{optional}: {}", need.call, need.why));
    }
}

fn codes(sheet: &mut Sheet, manifest: &Manifest) {
    sheet.section("findings");
    for found in &manifest.findings {
        let severity = words::severity_name(found.severity);
        let layer = words::layer(found.layer);
        sheet.row(
            "",
            &format!("{}  {} ({severity}, {layer})", found.code, found.title),
        );
    }
}

fn limits_and_settings(sheet: &mut Sheet, manifest: &Manifest) {
    let limits = &manifest.limits;
    let asked: Vec<String> = [
        (limits.memory_mib, "MiB memory"),
        (limits.cpu_ms, "ms of its own computing"),
        (limits.wall_ms, "ms in all"),
        (limits.host_calls, "host calls"),
        (limits.bytes_mib, "MiB read"),
    ]
    .into_iter()
    .filter_map(|(limit, unit)| Some(format!("{} {unit}", limit?)))
    .collect();
    if !asked.is_empty() {
        sheet.section("limits it asks for");
        sheet.row("", &asked.join(", "));
    }
    if !manifest.settings.is_empty() {
        sheet.section("settings");
    }
    for (name, setting) in &manifest.settings {
        let kind = super::word(&setting.kind);
        let default = setting.default.as_ref();
        let default = default.map_or_else(String::new, |value| format!(", else {value}"));
        sheet.row(
            "",
            &format!("{name} ({kind}{default}): {}", setting.description),
        );
    }
}

fn fit(sheet: &mut Sheet, known: &Known) {
    sheet.section("fit");
    if known.misfits.is_empty() {
        sheet.row("", "runs on this host");
        sheet.row("imports", &known.families.join(", "));
        if !known.wasi.is_empty() {
            sheet.row("wasi", &format!("{} (empty here)", known.wasi.join(", ")));
        }
    }
    for misfit in &known.misfits {
        sheet.row(&misfit.code, &misfit.problem);
        sheet.row("hint", &misfit.fix);
    }
}

fn grant(sheet: &mut Sheet, known: &Known) {
    sheet.section("grant");
    match (known.granted_by, &known.grant_problem) {
        (_, Some(problem)) => sheet.row("refused", problem),
        (Some(by), _) => sheet.row("by", by),
        (None, None) => {
            sheet.row("", "nothing is granted");
            sheet.row("hint", &format!("bsq-host grants allow {}", known.source));
        }
    }
    for missing in &known.missing {
        sheet.row("missing", &missing.need);
        sheet.row("hint", &missing.hint);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ui::Paint;

    #[test]
    fn all_of_a_manifest_is_shown() {
        let manifest: Manifest = toml::from_str(
            r#"
            id = "pod-triage"
            version = "0.1.0"
            title = "Every pod that should run does"
            symptoms = ["runtime"]
            scopes = ["platform", "ns"]
            docs = ["/docs/troubleshooting"]
            [[kubernetes]]
            why = "find pods that do not run"
            kind = "v1/Pod"
            verbs = ["list"]
            fields = ["status.phase"]
            [[pod-logs]]
            why = "last lines of a container that fails"
            namespaces = ["data", "iam"]
            optional = true
            [[finding]]
            code = "BSQ-POD-007"
            title = "a volume is full"
            severity = "critical"
            layer = "data"
            [limits]
            memory-mib = 128
            [settings.progressing-after]
            type = "duration"
            default = "10m"
            description = "how long a rollout may take"
            "#,
        )
        .unwrap();
        let known = Known {
            id: manifest.id.clone(),
            source: "checks/pod-triage.wasm".to_owned(),
            digest: Some(format!("sha256:{:0<64}", "9f2c")),
            bytes: Some(123_456),
            manifest: Some(manifest),
            families: vec!["kubernetes".to_owned(), "pod-logs".to_owned()],
            wasi: Vec::new(),
            misfits: Vec::new(),
            granted_by: None,
            grant: None,
            grant_problem: None,
            missing: Vec::new(),
        };
        let screen = Screen {
            width: 80,
            paint: Paint::PLAIN,
        };
        insta::assert_snapshot!(sheet(&known, screen));
    }
}
