//! What was seen, on a terminal.

use std::collections::{BTreeMap, BTreeSet};

use super::examination::{Allowed, Check, Cluster, Endpoint, Examination, Place, Rule};
use crate::report::{Screen, Sheet, Tone, words};

/// Draw it, what comes first first: the cluster, what checks may read there, endpoints, then what lies here.
pub(super) fn draw(examination: &Examination, screen: Screen) -> String {
    let mut sheet = Sheet::new(screen);
    cluster(&mut sheet, &examination.cluster);
    let is_asked = examination.cluster.problem.is_none();
    let checks = examination.checks.iter();
    for check in checks.filter(|check| is_asked || !check.problems.is_empty()) {
        rights(&mut sheet, check, is_asked);
    }
    if examination.checks.is_empty() {
        sheet.section("checks");
        sheet.row("", "none is named, and none is installed");
        sheet.row("hint", "bsq-host doctor checks/*.wasm");
    }
    missing_rules(&mut sheet, &examination.checks);
    endpoints(&mut sheet, &examination.endpoints);
    here(&mut sheet, examination);
    requests(&mut sheet, examination);
    sheet.finish()
}

fn cluster(sheet: &mut Sheet, cluster: &Cluster) {
    let described = &cluster.described;
    sheet.title("cluster");
    let files: Vec<String> = described
        .kubeconfig
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    sheet.row("kubeconfig", &files.join(", "));
    sheet.row("context", &described.context);
    sheet.row("server", described.server.as_deref().unwrap_or_default());
    sheet.row("version", cluster.version.as_deref().unwrap_or_default());
    let user = described.user.as_deref().unwrap_or("none");
    if !described.context.is_empty() {
        sheet.row("user", &format!("{user}, by {}", described.credential));
    }
    sheet.row("plugin", described.plugin.as_deref().unwrap_or_default());
    if let Some(user) = &cluster.impersonates {
        let mut words = vec![user.clone()];
        words.extend(cluster.impersonates_groups.iter().cloned());
        sheet.row("as", &words.join(", "));
    }
    if let Some(problem) = &cluster.problem {
        sheet.marked(Tone::Bad, problem.code, &problem.cause);
        for hint in &problem.hints {
            sheet.row("hint", hint);
        }
    }
}

fn rights(sheet: &mut Sheet, check: &Check, is_asked: bool) {
    let version = check.version.as_deref().unwrap_or_default();
    let by = check
        .granted_by
        .map_or_else(String::new, |by| format!(", granted by {by}"));
    sheet.section(&format!("{} {version}{by}", check.id));
    for problem in &check.problems {
        sheet.marked(Tone::Bad, "no", &problem.cause);
        sheet.row("hint", &problem.hint);
    }
    if !is_asked {
        return;
    }
    let cells: Vec<[String; 3]> = check
        .rights
        .iter()
        .map(|right| {
            let place = right.namespace.as_ref();
            let place =
                place.map_or_else(|| "whole cluster".to_owned(), |name| format!("in {name}"));
            let said = right
                .said
                .as_ref()
                .map_or_else(String::new, |said| format!(": {said}"));
            [right.verb.to_owned(), right.kind.clone(), place + &said]
        })
        .collect();
    for (right, line) in check.rights.iter().zip(crate::report::columns(&cells)) {
        let (tone, mark) = match right.allowed {
            Allowed::Yes => (Tone::Good, "yes"),
            Allowed::No => (Tone::Bad, "no"),
            Allowed::Unknown => (Tone::Warning, "unknown"),
        };
        sheet.marked(tone, mark, &line);
    }
}

/// The rules that are missing, as a role has them: what is here is copied.
fn missing_rules(sheet: &mut Sheet, checks: &[Check]) {
    let mut missing: BTreeMap<Option<&str>, BTreeSet<&Rule>> = BTreeMap::new();
    for right in checks.iter().flat_map(|check| &check.rights) {
        if let Some(rule) = &right.rule {
            let namespace = right.namespace.as_deref();
            missing.entry(namespace).or_default().insert(rule);
        }
    }
    for (namespace, rules) in missing {
        sheet.section(&namespace.map_or_else(
            || "rules that a ClusterRole of this user lacks".to_owned(),
            |name| format!("rules that a Role of this user in {name} lacks"),
        ));
        for rule in rules {
            sheet.copied(&rule.yaml());
        }
    }
}

impl Rule {
    fn yaml(&self) -> String {
        let list = |words: &[String]| format!("[\"{}\"]", words.join("\", \""));
        let verbs: Vec<String> = self.verbs.iter().map(ToString::to_string).collect();
        format!(
            "- {{ apiGroups: {}, resources: {}, verbs: {} }}",
            list(&self.api_groups),
            list(&self.resources),
            list(&verbs)
        )
    }
}

fn endpoints(sheet: &mut Sheet, endpoints: &[Endpoint]) {
    if !endpoints.is_empty() {
        sheet.section("endpoints");
    }
    for endpoint in endpoints {
        let Some(url) = &endpoint.url else {
            let name = &endpoint.name;
            let line = format!("not configured: no [endpoint.{name}] in bsq.toml");
            sheet.marked(Tone::Faint, name, &line);
            continue;
        };
        let path = endpoint.path.as_deref().unwrap_or_default();
        let mut line = format!("GET {}{path}", url.trim_end_matches('/'));
        if let Some(status) = endpoint.status {
            line.push_str(&format!(" answered {status}"));
        }
        if endpoint.status == Some(404) && path != "/" {
            line.push_str(": perhaps the base address in bsq.toml is not the right one");
        }
        if let Some(problem) = &endpoint.problem {
            line.push_str(&format!(": {problem}"));
        }
        let tone = if endpoint.problem.is_some() {
            Tone::Bad
        } else {
            Tone::Good
        };
        sheet.marked(tone, &endpoint.name, &line);
        if let Some(credential) = &endpoint.credential {
            let verb = if credential.expired {
                "expired"
            } else {
                "expires"
            };
            let expires = credential.expires.as_ref();
            let expires = expires.map_or_else(String::new, |time| format!(", {verb} {time}"));
            sheet.marked(
                Tone::Faint,
                "",
                &format!("credential: {}{expires}", credential.kind),
            );
        }
        if endpoint.used_by.is_empty() {
            sheet.marked(Tone::Faint, "", "no check with a grant asks it");
        } else {
            sheet.marked(
                Tone::Faint,
                "",
                &format!("asked by {}", endpoint.used_by.join(", ")),
            );
        }
    }
}

fn here(sheet: &mut Sheet, examination: &Examination) {
    sheet.section("files");
    let files = &examination.files;
    for (name, place) in [
        ("bsq.toml", &files.config),
        ("grants", &files.grants),
        ("lock", &files.lock),
        ("checks", &files.checks),
    ] {
        sheet.row(
            name,
            &place.as_ref().map_or_else(|| "nowhere".to_owned(), shown),
        );
    }
    let cache = &examination.cache;
    let folder = cache
        .folder
        .as_ref()
        .map(|folder| folder.display().to_string());
    let state = match folder {
        None => "none: neither `$XDG_CACHE_HOME` nor `$HOME` names a folder".to_owned(),
        Some(folder) if cache.usable => {
            let (entries, bytes) = (cache.entries, words::bytes(cache.bytes));
            format!("{folder} ({entries} compiled, {bytes})")
        }
        Some(folder) => format!(
            "{folder} is not used, so that each run compiles: it has to be a folder of yours with mode 0700"
        ),
    };
    sheet.row("cache", &state);
}

fn shown(place: &Place) -> String {
    let path = place.path.display();
    if place.found {
        path.to_string()
    } else {
        format!("none at {path}")
    }
}

fn requests(sheet: &mut Sheet, examination: &Examination) {
    if examination.requests.is_empty() {
        return;
    }
    sheet.section("requests made");
    for row in &examination.requests {
        let answers: Vec<String> = row
            .answers
            .iter()
            .map(|(answer, count)| format!("{count}x {answer}"))
            .collect();
        let (answers, method) = (answers.join(", "), &row.method);
        sheet.copied(&format!("{answers}  {method} {}{}", row.origin, row.path));
    }
}
