//! The fields that a Rust check reads, as its types leave them in the core module.
//!
//! Each type writes lines `KIND<TAB>PATH\n` into the section `bsq:fields`; linkers concatenate them, some with zeros
//! between. The mask of a need has one source: either those lines or the key `fields` of `check.toml`.

use std::collections::{BTreeMap, BTreeSet};

use super::{KindName, Manifest, Problem};

/// The name of the section.
pub const NAME: &str = "bsq:fields";

/// Field paths by kind.
pub type Fields = BTreeMap<KindName, BTreeSet<String>>;

/// Read one section.
pub fn parse(section: &[u8]) -> Result<Fields, Problem> {
    let text = std::str::from_utf8(section)
        .map_err(|_| Problem::new(NAME, "the section of the module is not UTF-8"))?;
    let mut fields = Fields::new();
    for line in text.split(['\n', '\0']).filter(|line| !line.is_empty()) {
        let bad = || Problem::new(NAME, format!("`{line}` is not a kind and a path"));
        let (kind, path) = line.split_once('\t').ok_or_else(bad)?;
        let kind = kind.parse().map_err(|_| bad())?;
        fields.entry(kind).or_default().insert(path.to_owned());
    }
    Ok(fields)
}

/// Give each need without own fields those of its kind's types, and say what does not meet.
pub fn merge(manifest: &mut Manifest, fields: &Fields) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, need) in manifest.kubernetes.iter_mut().enumerate() {
        let place = format!("kubernetes[{index}]");
        match fields.get(&need.kind) {
            Some(paths) if need.fields.is_empty() => need.fields = paths.iter().cloned().collect(),
            None if need.fields.is_empty() => problems.push(Problem::new(
                &place,
                format!("no type with `#[object(kind = \"{}\")]` and no `fields` says what is read of it", need.kind),
            )),
            _ => {}
        }
    }
    for kind in fields.keys() {
        if !manifest.kubernetes.iter().any(|need| need.kind == *kind) {
            problems.push(Problem::new(
                NAME,
                format!(
                    "the code reads {kind}, and no `[[kubernetes]]` of `check.toml` declares it"
                ),
            ));
        }
    }
    problems
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
id = "a"
version = "1.0.0"
title = "t"
[[kubernetes]]
why = "w"
kind = "v1/Pod"
verbs = ["list"]
[[kubernetes]]
why = "w"
kind = "v1/Node"
verbs = ["list"]
fields = ["status"]
"#;

    fn manifest() -> Manifest {
        toml::from_str(MANIFEST).unwrap()
    }

    #[test]
    fn types_fill_the_needs_that_list_no_fields() {
        let fields =
            parse(b"v1/Pod\tstatus.phase\n\0\0v1/Pod\tspec.nodeName\nv1/Node\tspec\n").unwrap();
        let mut manifest = manifest();
        assert!(merge(&mut manifest, &fields).is_empty());
        assert_eq!(
            manifest.kubernetes[0].fields,
            ["spec.nodeName", "status.phase"]
        );
        assert_eq!(manifest.kubernetes[1].fields, ["status"]);
    }

    #[test]
    fn code_and_needs_must_speak_of_the_same_kinds() {
        let fields = parse(b"v1/Secret\tmetadata.labels\n").unwrap();
        let problems: Vec<String> = merge(&mut manifest(), &fields)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("v1/Pod") && problems[1].contains("v1/Secret"));
    }

    #[test]
    fn a_broken_section_is_said() {
        assert!(parse(b"v1/Pod status\n").is_err());
        assert!(parse(b"pod\tstatus\n").is_err());
        assert!(parse(&[0xff]).is_err());
    }
}
