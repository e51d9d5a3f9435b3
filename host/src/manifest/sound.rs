//! Whether a manifest is sound: identity, finding codes, limits and settings. Its needs are judged in `sound_needs`.

use std::collections::BTreeSet;

use super::{FindingCode, Manifest, Problem, Setting, SettingType, pages, sound_needs};

/// An id stands in tables, file names and grants; the longest sensible one is an owner's domain and a name.
const MAX_ID: usize = 100;

impl Manifest {
    /// Everything that is wrong with it. A manifest with any problem is not packed, and a component that brings one is
    /// refused.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !is_id(&self.id) {
            let message = "an id is `pod-triage`, or with its owner `acme.example/pvc-age`";
            problems.push(Problem::new("id", message));
        }
        if self.title.trim().is_empty() {
            problems.push(Problem::new(
                "title",
                "it is empty; say what holds when the check passes",
            ));
        }
        problems.extend(unknown_pages("docs", &self.docs));
        problems.extend(self.code_problems());
        problems.extend(self.limit_problems());
        let settings = self.settings.iter();
        problems.extend(settings.flat_map(|(name, setting)| setting_problems(name, setting)));
        problems.extend(sound_needs::problems(self));
        problems
    }

    fn code_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, finding) in self.findings.iter().enumerate() {
            let place = format!("finding[{index}]");
            if !seen.insert(&finding.code) {
                let message = format!("the code `{}` is there twice", finding.code);
                problems.push(Problem::new(&place, message));
            }
            problems.extend(
                self.code_problem(finding)
                    .map(|said| Problem::new(&place, said)),
            );
            if finding.title.trim().is_empty() {
                problems.push(Problem::new(&place, "the title is empty"));
            }
            problems.extend(unknown_pages(&place, &finding.docs));
        }
        problems
    }

    fn code_problem(&self, finding: &FindingCode) -> Option<String> {
        let code = &finding.code;
        let is_ours = code.starts_with("BSQ-");
        if !is_code(code) {
            return Some(format!("`{code}` is no code; write one like `BSQ-POD-007`"));
        }
        if is_ours && self.id.contains('/') {
            return Some(format!(
                "`{code}`: codes that begin with `BSQ-` are for ids without an owner"
            ));
        }
        if !is_ours && !self.id.contains('/') {
            return Some(format!(
                "`{code}`: the codes of an id without an owner begin with `BSQ-`"
            ));
        }
        None
    }

    fn limit_problems(&self) -> Vec<Problem> {
        let limits = [
            ("memory-mib", self.limits.memory_mib),
            ("cpu-ms", self.limits.cpu_ms),
            ("wall-ms", self.limits.wall_ms),
            ("host-calls", self.limits.host_calls),
            ("bytes-mib", self.limits.bytes_mib),
        ];
        let zero = limits.iter().filter(|(_, limit)| *limit == Some(0));
        zero.map(|(name, _)| Problem::new(&format!("limits.{name}"), "a limit of 0 runs nothing"))
            .collect()
    }
}

fn unknown_pages(place: &str, docs: &[String]) -> Vec<Problem> {
    let unknown = docs.iter().filter(|page| !pages::is_known(page));
    unknown
        .map(|page| Problem::new(place, format!("the documentation has no page `{page}`")))
        .collect()
}

fn setting_problems(name: &str, setting: &Setting) -> Vec<Problem> {
    let place = format!("settings.{name}");
    let mut problems = Vec::new();
    if !is_word(name) {
        problems.push(Problem::new(
            &place,
            "a setting's name is lower case with dashes",
        ));
    }
    if setting.description.trim().is_empty() {
        problems.push(Problem::new(&place, "the description is empty"));
    }
    if let Some(value) = setting
        .default
        .as_ref()
        .filter(|value| !is_of(setting.kind, value))
    {
        let message = format!("the default `{value}` is not of the setting's type");
        problems.push(Problem::new(&place, message));
    }
    problems
}

fn is_of(kind: SettingType, value: &serde_json::Value) -> bool {
    match kind {
        SettingType::String => value.is_string(),
        SettingType::Integer => value.is_i64() || value.is_u64(),
        SettingType::Number => value.is_number(),
        SettingType::Boolean => value.is_boolean(),
        SettingType::Duration => value.as_str().is_some_and(is_duration),
        SettingType::Strings => value
            .as_array()
            .is_some_and(|list| list.iter().all(serde_json::Value::is_string)),
    }
}

fn is_duration(text: &str) -> bool {
    text.strip_suffix(['s', 'm', 'h', 'd'])
        .is_some_and(|number| {
            !number.is_empty() && number.len() <= 9 && number.bytes().all(|b| b.is_ascii_digit())
        })
}

/// `pod-triage`, or `acme.example/pvc-age`.
fn is_id(id: &str) -> bool {
    let is_owner = |owner: &str| owner.contains('.') && owner.split('.').all(is_word);
    id.len() <= MAX_ID
        && match id.split_once('/') {
            None => is_word(id),
            Some((owner, name)) => is_owner(owner) && is_word(name),
        }
}

/// `BSQ-POD-007`: capitals and digits in groups, the last of them digits.
fn is_code(code: &str) -> bool {
    let groups: Vec<&str> = code.split('-').collect();
    let is_name = |group: &&str| {
        group.starts_with(|c: char| c.is_ascii_uppercase())
            && group.len() <= 16
            && group
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    match groups.split_last() {
        Some((number, names)) => {
            names.len() >= 2
                && names.iter().all(is_name)
                && number.len() == 3
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

/// Lower case, digits and dashes, beginning and ending with neither dash.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn said(text: &str) -> Vec<String> {
        let head = "version = '1.0.0'\ntitle = 't'\n";
        let id = if text.contains("id =") {
            ""
        } else {
            "id = 'a'\n"
        };
        let manifest: Manifest = toml::from_str(&format!("{head}{id}{text}")).unwrap();
        manifest
            .problems()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[rstest]
    #[case("id = 'Pod Triage'", "an id is")]
    #[case("id = 'acme/pvc-age'", "an id is")]
    #[case("id = 'a/b/c'", "an id is")]
    #[case("docs = ['/docs/guess']", "has no page")]
    #[case("limits = { cpu-ms = 0 }", "limit of 0")]
    #[case(
        "finding = [{ code = 'POD-7', title = 't', severity = 'high', layer = 'data' }]",
        "is no code"
    )]
    #[case(
        "finding = [{ code = 'ACME-POD-007', title = 't', severity = 'high', layer = 'data' }]",
        "begin with `BSQ-`"
    )]
    #[case(
        "id = 'a.b/c'\nfinding = [{ code = 'BSQ-POD-007', title = 't', severity = 'high', layer = 'data' }]",
        "without an owner"
    )]
    #[case(
        "finding = [{ code = 'BSQ-POD-007', title = 't', severity = 'high', layer = 'data', docs = ['/x'] }]",
        "has no page"
    )]
    #[case(
        "settings = { Age = { type = 'integer', description = 'd' } }",
        "lower case"
    )]
    #[case(
        "settings = { age = { type = 'integer', description = 'd', default = 'x' } }",
        "not of the setting's type"
    )]
    #[case(
        "settings = { age = { type = 'duration', description = 'd', default = '10' } }",
        "not of the setting's type"
    )]
    #[case(
        "settings = { age = { type = 'strings', description = 'd', default = [1] } }",
        "not of the setting's type"
    )]
    fn what_is_unsound_is_one_problem(#[case] text: &str, #[case] message: &str) {
        let said = said(text);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(message), "{said:?}");
    }

    #[rstest]
    #[case("")]
    #[case("id = 'acme.example/pvc-age'")]
    #[case("docs = ['/docs/troubleshooting']")]
    #[case("settings = { age = { type = 'duration', description = 'd', default = '10m' } }")]
    #[case("settings = { names = { type = 'strings', description = 'd', default = [] } }")]
    fn what_is_sound_has_none(#[case] text: &str) {
        assert_eq!(said(text), Vec::<String>::new());
    }

    #[test]
    fn a_code_that_is_there_twice_is_said() {
        let one = "{ code = 'BSQ-POD-007', title = 't', severity = 'high', layer = 'data' }";
        assert!(said(&format!("finding = [{one}, {one}]"))[0].contains("there twice"));
    }
}
