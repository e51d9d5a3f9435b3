//! The JSON Schema that every report is valid against.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::model::Report;

/// Where a reader finds what the words mean; part of the schema, so it changes with the major version only.
const ID: &str = "https://bullsequana.ai/schemas/bsq-host/report-1.json";

/// Draft 2020-12, made from the model itself.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Report>();
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("title".to_owned(), "Report of bsq-host".into());
    schema.to_value()
}

/// As `bsq-host schema` prints it.
pub fn text() -> String {
    let mut text = format!("{:#}", schema());
    text.push('\n');
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::report::screens;

    #[test]
    fn the_published_schema_is_the_models() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, text()).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == text(),
            "docs/report.schema.json is not what the model says; write it with `BLESS=1 cargo test`"
        );
    }

    #[test]
    fn every_report_is_valid_against_it() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for (name, report) in screens::all() {
            let value = serde_json::to_value(&report).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
    }

    #[test]
    fn a_report_without_its_version_is_not_valid() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        assert!(!validator.is_valid(&serde_json::json!({"runs": []})));
    }
}
