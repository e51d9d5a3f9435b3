//! Whether the needs of a manifest are sound, and do not contradict each other.

use std::collections::BTreeSet;

use super::sound::is_word;
use super::{
    HttpNeed, KubernetesNeed, LogsNeed, Manifest, NetworkNeed, PodLogsNeed, Problem, TemplateNeed,
    Verb, host_pattern, path, template,
};
use crate::capability::{Mask, Resource};

/// The only methods that a check may need; the one POST is that of a model probe.
const METHODS: &[&str] = &["GET", "POST"];

pub(super) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut problems = Vec::new();
    each(
        &mut problems,
        "kubernetes",
        &manifest.kubernetes,
        kubernetes,
    );
    each(&mut problems, "pod-logs", &manifest.pod_logs, pod_logs);
    each(&mut problems, "http", &manifest.http, http);
    each(&mut problems, "logs", &manifest.logs, logs);
    each(&mut problems, "metrics", &manifest.metrics, template);
    each(&mut problems, "traces", &manifest.traces, template);
    each(&mut problems, "network", &manifest.network, network);
    problems.extend(repeated(manifest));
    problems
}

fn each<T>(
    problems: &mut Vec<Problem>,
    family: &str,
    needs: &[T],
    judge: fn(&T, &mut Vec<String>),
) {
    for (index, need) in needs.iter().enumerate() {
        let mut said = Vec::new();
        judge(need, &mut said);
        let place = format!("{family}[{index}]");
        problems.extend(
            said.into_iter()
                .map(|message| Problem::new(&place, message)),
        );
    }
}

fn kubernetes(need: &KubernetesNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    namespaces(&need.namespaces, said);
    if need.verbs.is_empty() {
        said.push("`verbs` is empty; there are `get` and `list`".to_owned());
    }
    if need.fields.is_empty() {
        said.push(format!(
            "no fields of {} are declared; name at least one",
            need.kind
        ));
    }
    if let Err(error) = Mask::from_paths(&need.fields) {
        said.push(error.to_string());
    }
    match Resource::built_in(&need.kind) {
        None if need.plural.is_none() || need.namespaced.is_none() => {
            said.push(format!(
                "{} is not built in; give its `plural` and `namespaced`",
                need.kind
            ));
        }
        Some(known)
            if need
                .plural
                .as_ref()
                .is_some_and(|plural| *plural != known.plural)
                || need
                    .namespaced
                    .is_some_and(|namespaced| namespaced != known.namespaced) =>
        {
            said.push(format!(
                "{} is built in, and `plural` or `namespaced` contradicts it",
                need.kind
            ));
        }
        _ => {}
    }
    if need
        .plural
        .as_deref()
        .is_some_and(|plural| !is_word(plural))
    {
        said.push("`plural` is the lower-case name in addresses".to_owned());
    }
    secrets(need, said);
}

fn secrets(need: &KubernetesNeed, said: &mut Vec<String>) {
    let is_secret = need.kind.group.is_empty() && need.kind.kind == "Secret";
    if need.facts && !is_secret {
        said.push(format!("`facts` are of v1/Secret, not of {}", need.kind));
    }
    let is_data = |path: &String| {
        let first = path.split(['.', '[']).next();
        matches!(first, Some("data" | "stringData" | "*"))
    };
    for path in need.fields.iter().filter(|path| is_secret && is_data(path)) {
        said.push(format!(
            "`{path}`: the data of a Secret is handed to no check; ask for `facts = true`"
        ));
    }
}

fn pod_logs(need: &PodLogsNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    namespaces(&need.namespaces, said);
    if need.tail_lines == 0 {
        said.push("`tail-lines` of 0 reads nothing".to_owned());
    }
}

fn http(need: &HttpNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    if !is_word(&need.endpoint) {
        said.push(format!(
            "`{}` is no endpoint's name; write one like `coreai`",
            need.endpoint
        ));
    }
    if need.methods.is_empty() || need.paths.is_empty() {
        said.push("`methods` and `paths` each name at least one".to_owned());
    }
    for method in need
        .methods
        .iter()
        .filter(|method| !METHODS.contains(&method.as_str()))
    {
        said.push(format!(
            "`{method}` is no method that a check may need; there are `GET` and `POST`"
        ));
    }
    for prefix in need.paths.iter().filter(|prefix| !path::is_sound(prefix)) {
        said.push(format!("`{prefix}` is no path; it begins with `/` and has no dot segments, escapes of separators or query"));
    }
}

fn logs(need: &LogsNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    name(&need.name, said);
    if need.lines == 0 {
        said.push("`lines` of 0 reads nothing".to_owned());
    }
    let is_label = |label: &String| {
        label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if need.labels.is_empty() {
        said.push("`labels` is empty; a selector names at least one".to_owned());
    }
    for label in need.labels.iter().filter(|label| !is_label(label)) {
        said.push(format!("`{label}` is no label's name"));
    }
}

fn template(need: &TemplateNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    name(&need.name, said);
    if let Err(message) = template::Template::parse(&need.query) {
        said.push(message);
    }
}

fn network(need: &NetworkNeed, said: &mut Vec<String>) {
    why(&need.why, said);
    if need.hosts.is_empty() {
        said.push("`hosts` is empty".to_owned());
    }
    for host in need
        .hosts
        .iter()
        .filter(|host| !host_pattern::is_sound(host))
    {
        said.push(format!(
            "`{host}` is no host; write `*`, a name, or a suffix like `.site.test`"
        ));
    }
}

fn why(text: &str, said: &mut Vec<String>) {
    if text.trim().is_empty() {
        said.push("`why` is empty; the operator reads it before granting".to_owned());
    }
}

fn name(text: &str, said: &mut Vec<String>) {
    if !is_word(text) {
        said.push(format!("`{text}` is no name; write lower case with dashes"));
    }
}

fn namespaces(names: &[String], said: &mut Vec<String>) {
    if names.is_empty() {
        said.push("`namespaces` is empty; leave it out for all".to_owned());
    }
    if names.len() > 1 && names.iter().any(|name| name == "*") {
        said.push("`namespaces` holds `*` and names; one contradicts the other".to_owned());
    }
    let unsound = names
        .iter()
        .filter(|name| *name != "*" && (!is_word(name) || name.len() > 63));
    said.extend(unsound.map(|name| format!("`{name}` is no namespace")));
}

/// The same read declared twice has two reasons at best, and is required and optional at worst.
fn repeated(manifest: &Manifest) -> Vec<Problem> {
    let mut keys: Vec<(String, String)> = Vec::new();
    for (index, need) in manifest.kubernetes.iter().enumerate() {
        for verb in &need.verbs {
            let verb = match verb {
                Verb::Get => "get",
                Verb::List => "list",
            };
            keys.push((
                format!("kubernetes[{index}]"),
                format!("{verb} {}", need.kind),
            ));
        }
    }
    for (index, need) in manifest.pod_logs.iter().enumerate() {
        let spread = need.namespaces.iter();
        keys.extend(spread.map(|name| {
            (
                format!("pod-logs[{index}]"),
                format!("pod logs in `{name}`"),
            )
        }));
    }
    for (index, need) in manifest.http.iter().enumerate() {
        for method in &need.methods {
            let place = format!("http[{index}]");
            let paths = need.paths.iter();
            keys.extend(paths.map(|path| {
                (
                    place.clone(),
                    format!("{method} {path} of endpoint `{}`", need.endpoint),
                )
            }));
        }
    }
    let named = |family: &'static str, names: Vec<&String>| -> Vec<(String, String)> {
        let places = names.into_iter().enumerate();
        places
            .map(|(index, name)| {
                (
                    format!("{family}[{index}]"),
                    format!("the name `{name}` in `{family}`"),
                )
            })
            .collect()
    };
    keys.extend(named(
        "logs",
        manifest.logs.iter().map(|need| &need.name).collect(),
    ));
    keys.extend(named(
        "metrics",
        manifest.metrics.iter().map(|need| &need.name).collect(),
    ));
    keys.extend(named(
        "traces",
        manifest.traces.iter().map(|need| &need.name).collect(),
    ));
    let mut seen = BTreeSet::new();
    keys.into_iter()
        .filter(|(_, key)| !seen.insert(key.clone()))
        .map(|(place, key)| Problem::new(&place, format!("{key} is declared twice")))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn said(text: &str) -> Vec<String> {
        let head = "id = 'a'\nversion = '1.0.0'\ntitle = 't'\n";
        let manifest: Manifest = toml::from_str(&format!("{head}{text}")).unwrap();
        problems(&manifest)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[rstest]
    #[case(
        "kubernetes = [{ why = '', kind = 'v1/Pod', verbs = ['list'], fields = ['spec'] }]",
        "`why` is empty"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = [], fields = ['spec'] }]",
        "`verbs` is empty"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'] }]",
        "name at least one"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a..b'] }]",
        "is no field path"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'a.b/v1/C', verbs = ['list'], fields = ['a'] }]",
        "is not built in"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Node', namespaced = true, verbs = ['list'], fields = ['a'] }]",
        "contradicts it"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list', 'list'], fields = ['a'] }]",
        "declared twice"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'], facts = true }]",
        "`facts` are of"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Secret', verbs = ['list'], fields = ['data.token'] }]",
        "handed to no check"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Secret', verbs = ['list'], fields = ['*'] }]",
        "handed to no check"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'], namespaces = ['*', 'b'] }]",
        "contradicts"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'], namespaces = ['A'] }]",
        "is no namespace"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'] }, { why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'], optional = true }]",
        "declared twice"
    )]
    #[case("pod-logs = [{ why = 'w', tail-lines = 0 }]", "reads nothing")]
    #[case(
        "http = [{ why = 'w', endpoint = 'a', methods = ['DELETE'], paths = ['/'] }]",
        "no method"
    )]
    #[case(
        "http = [{ why = 'w', endpoint = 'https://a', paths = ['/'] }]",
        "no endpoint's name"
    )]
    #[case(
        "http = [{ why = 'w', endpoint = 'a', paths = ['/a/../b'] }]",
        "is no path"
    )]
    #[case("http = [{ why = 'w', endpoint = 'a', paths = [] }]", "at least one")]
    #[case("logs = [{ why = 'w', name = 'a', labels = [] }]", "`labels` is empty")]
    #[case(
        "logs = [{ why = 'w', name = 'a', labels = ['a-b'] }]",
        "no label's name"
    )]
    #[case(
        "logs = [{ why = 'w', name = 'a' }, { why = 'w', name = 'a' }]",
        "declared twice"
    )]
    #[case(
        "metrics = [{ why = 'w', name = 'a', query = 'up{a=\"${b\"' }]",
        "has no `}`"
    )]
    #[case("network = [{ why = 'w', hosts = ['*.a'] }]", "is no host")]
    fn what_is_unsound_is_one_problem(#[case] text: &str, #[case] message: &str) {
        let said = said(text);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(message), "{said:?}");
    }

    #[rstest]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Secret', verbs = ['list'], fields = ['metadata.labels'], facts = true }]"
    )]
    #[case(
        "kubernetes = [{ why = 'w', kind = 'v1/Pod', verbs = ['list'], fields = ['a'] }, { why = 'w', kind = 'v1/Pod', verbs = ['get'], fields = ['a'] }]"
    )]
    #[case(
        "http = [{ why = 'w', endpoint = 'a', methods = ['GET', 'POST'], paths = ['/models'] }]"
    )]
    #[case("traces = [{ why = 'w', name = 'a', query = '{ name = \"${service}\" }' }]")]
    fn what_is_sound_has_none(#[case] text: &str) {
        assert_eq!(said(text), Vec::<String>::new());
    }
}
