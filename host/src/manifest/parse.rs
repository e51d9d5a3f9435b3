//! `check.toml` to a manifest, with everything that is wrong with it at once.

use semver::Version;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::problem::line_of;
use super::{
    FindingCode, HttpNeed, KubernetesNeed, LogsNeed, Manifest, NetworkNeed, PodLogsNeed, Problem,
    Setting, TemplateNeed,
};

impl Manifest {
    /// Read `check.toml`. The version is the crate's; where there is no crate, it stands in the file. Whether the manifest
    /// is sound is for [`Manifest::problems`]; what a Rust check leaves to its types, [`super::fields::merge`] adds.
    pub fn from_check_toml(text: &str, of_crate: Option<&Version>) -> Result<Self, Vec<Problem>> {
        let (mut table, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> = errors
            .iter()
            .map(|error| Problem::from_toml(text, "", error))
            .collect();
        match (table.get_ref().contains_key("version"), of_crate) {
            (true, Some(_)) => {
                problems.push(Problem::new("version", "it is the crate's; remove it here"));
            }
            (false, None) => {
                let missing =
                    "there is no `Cargo.toml` that has it; give it here, such as \"0.1.0\"";
                problems.push(Problem::new("version", missing));
            }
            _ => {}
        }
        problems.extend(problems_of_parts(text, table.get_ref()));
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(version) = of_crate {
            let key = Spanned::new(0..0, "version".into());
            let value = Spanned::new(0..0, DeValue::String(version.to_string().into()));
            table.get_mut().insert(key, value);
        }
        Self::deserialize(toml::de::Deserializer::from(table))
            .map_err(|error| vec![Problem::from_toml(text, "", &error)])
    }

    /// Give problems of the manifest the lines of the file that it was read from.
    pub fn with_lines(text: &str, mut problems: Vec<Problem>) -> Vec<Problem> {
        let (table, _) = DeTable::parse_recoverable(text);
        for problem in &mut problems {
            problem.line = problem
                .line
                .or_else(|| line_of_place(text, table.get_ref(), &problem.place));
        }
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

/// Read each part alone, so that what is wrong with one does not hide what is wrong with the next.
fn problems_of_parts(text: &str, table: &DeTable<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, value) in table {
        let family = key.get_ref().as_ref();
        let check: fn(Spanned<DeValue<'_>>) -> Option<toml::de::Error> = match family {
            "kubernetes" => failure::<KubernetesNeed>,
            "pod-logs" => failure::<PodLogsNeed>,
            "http" => failure::<HttpNeed>,
            "logs" => failure::<LogsNeed>,
            "metrics" | "traces" => failure::<TemplateNeed>,
            "network" => failure::<NetworkNeed>,
            "finding" => failure::<FindingCode>,
            "settings" => failure::<Setting>,
            _ => continue,
        };
        for (place, part) in parts(family, value.get_ref()) {
            let error = check(part.clone());
            problems.extend(error.map(|error| Problem::from_toml(text, &place, &error)));
        }
    }
    problems
}

fn failure<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Option<toml::de::Error> {
    T::deserialize(ValueDeserializer::from(value)).err()
}

/// The elements of a list of tables, or the entries of a table, each with its place.
fn parts<'a, 'i>(family: &str, value: &'a DeValue<'i>) -> Vec<(String, &'a Spanned<DeValue<'i>>)> {
    match value {
        DeValue::Array(list) => {
            let places = list.iter().enumerate();
            places
                .map(|(index, part)| (format!("{family}[{index}]"), part))
                .collect()
        }
        DeValue::Table(table) => table
            .iter()
            .map(|(name, part)| (format!("{family}.{}", name.get_ref()), part))
            .collect(),
        _ => Vec::new(),
    }
}

fn line_of_place(text: &str, table: &DeTable<'_>, place: &str) -> Option<usize> {
    let family = place.split(['[', '.']).next()?;
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == family)?;
    let parts = parts(family, value.get_ref());
    let span = match parts.iter().find(|(other, _)| other == place) {
        Some((_, part)) => part.span(),
        None => value.span(),
    };
    Some(line_of(text, &span))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let version = Version::new(1, 2, 3);
        match Manifest::from_check_toml(text, Some(&version)) {
            Ok(manifest) => Manifest::with_lines(text, manifest.problems()),
            Err(problems) => problems,
        }
        .iter()
        .map(ToString::to_string)
        .collect()
    }

    #[test]
    fn the_version_is_the_crates() {
        let version = Version::new(1, 2, 3);
        let text = "id = 'a'\ntitle = 't'";
        let manifest = Manifest::from_check_toml(text, Some(&version)).unwrap();
        assert_eq!(manifest.version, version);
        let own = format!("version = '0.3.0'\n{text}");
        let manifest = Manifest::from_check_toml(&own, None).unwrap();
        assert_eq!(manifest.version, Version::new(0, 3, 0));
        let missing = Manifest::from_check_toml(text, None).unwrap_err();
        assert!(missing[0].to_string().contains("Cargo.toml"));
        assert!(problems("version = '1.0.0'\nid = 'a'\ntitle = 't'")[0].contains("the crate's"));
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_line() {
        let text = "id = 'a'\ntitle = 't'\n\n[[kubernetes]]\nwhy = 'w'\nkind = 'v1/Pod'\nverb = ['list']\n\n\
                    [[kubernetes]]\nwhy = 'w'\nkind = 'pods'\nverbs = ['list']\n\n\
                    [[finding]]\ncode = 'BSQ-X-001'\ntitle = 't'\nseverity = 'awful'\nlayer = 'data'\n";
        let said = problems(text);
        assert_eq!(said.len(), 3, "{said:#?}");
        assert!(
            said.iter()
                .any(|s| s.contains("line 7") && s.contains("did you mean `verbs`?"))
        );
        assert!(
            said.iter()
                .any(|s| s.contains("line 11") && s.contains("`pods` is no kind"))
        );
        assert!(
            said.iter()
                .any(|s| s.contains("line 17") && s.contains("awful"))
        );
    }

    #[test]
    fn what_is_unsound_has_the_line_of_its_table() {
        let text = "id = 'a'\ntitle = 't'\n\n[[kubernetes]]\nwhy = 'w'\nkind = 'v1/Pod'\nverbs = []\nfields = ['a']\n";
        let said = problems(text);
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(said[0].starts_with("line 4: `kubernetes[0]`"), "{said:?}");
    }

    #[test]
    fn broken_toml_has_a_line() {
        assert!(problems("id = 'a'\ntitle = \n")[0].starts_with("line 2"));
    }
}
