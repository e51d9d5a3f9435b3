//! `[checks.ID]` against the settings that the check's manifest declares.

use serde_json::{Map, Value};

use super::closest::closest;
use super::duration;
use super::file::ConfigFile;
use crate::manifest::{Manifest, Setting, SettingType};
use crate::ui::Fault;

impl ConfigFile {
    /// The settings of one check as the JSON object that it gets: what the site gives, then `[expect]`, then defaults.
    pub fn settings_of(&self, manifest: &Manifest) -> Result<Value, Fault> {
        let empty = toml::Table::new();
        let given = self.checks.get(&manifest.id).unwrap_or(&empty);
        let mut settings = Map::new();
        for (key, value) in given {
            let setting = manifest
                .settings
                .get(key)
                .ok_or_else(|| self.unknown(manifest, key))?;
            let value = convert(value, setting.kind)
                .ok_or_else(|| self.mistyped(manifest, key, setting, value))?;
            settings.insert(key.clone(), value);
        }
        for (key, value) in self.expected() {
            let declared = manifest.settings.get(key).map(|setting| setting.kind);
            if declared == Some(SettingType::Strings) && !value.is_empty() {
                settings
                    .entry(key)
                    .or_insert_with(|| Value::from(value.to_vec()));
            }
        }
        for (key, setting) in &manifest.settings {
            if let Some(default) = &setting.default {
                settings.entry(key).or_insert_with(|| default.clone());
            }
        }
        settings.sort_keys();
        Ok(Value::Object(settings))
    }

    fn expected(&self) -> [(&'static str, &[String]); 2] {
        [
            ("expect-applications", &self.expect.applications),
            ("expect-models", &self.expect.models),
        ]
    }

    fn shown(&self) -> String {
        let path = self.path.as_ref();
        path.map_or_else(|| "bsq.toml".to_owned(), |path| path.display().to_string())
    }

    fn unknown(&self, manifest: &Manifest, key: &str) -> Fault {
        let (shown, id) = (self.shown(), &manifest.id);
        let fault = Fault::new(
            "BSQ0124",
            format!("`{shown}`: [checks.{id}] check `{id}` has no setting `{key}`"),
        );
        let known = manifest.settings.keys().map(String::as_str);
        match closest(key, known) {
            Some(meant) => fault.hint(format!("write `{meant}`")),
            None if manifest.settings.is_empty() => fault.hint(format!(
                "remove `{key}`: version {} has no settings",
                manifest.version
            )),
            None => fault.hint(format!("use one of {}", quoted(manifest.settings.keys()))),
        }
    }

    fn mistyped(
        &self,
        manifest: &Manifest,
        key: &str,
        setting: &Setting,
        value: &toml::Value,
    ) -> Fault {
        let (shown, id) = (self.shown(), &manifest.id);
        let (wanted, example) = words(setting.kind);
        Fault::new(
            "BSQ0124",
            format!(
                "`{shown}`: [checks.{id}] setting `{key}` is {wanted}, not {}",
                value.type_str()
            ),
        )
        .hint(format!("write `{key} = {example}`"))
    }
}

fn quoted<'a>(keys: impl Iterator<Item = &'a String>) -> String {
    let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

fn words(kind: SettingType) -> (&'static str, &'static str) {
    match kind {
        SettingType::String => ("a string", "\"text\""),
        SettingType::Integer => ("an integer", "3"),
        SettingType::Number => ("a number", "0.5"),
        SettingType::Boolean => ("a boolean", "true"),
        SettingType::Duration => ("a duration", "\"10m\""),
        SettingType::Strings => ("a list of strings", "[\"a\", \"b\"]"),
    }
}

/// The value as JSON, if it is of the type.
fn convert(value: &toml::Value, kind: SettingType) -> Option<Value> {
    use toml::Value as Toml;
    match (kind, value) {
        (SettingType::String, Toml::String(text)) => Some(Value::from(text.as_str())),
        (SettingType::Duration, Toml::String(text)) => duration::parse(text)
            .ok()
            .map(|_| Value::from(text.as_str())),
        (SettingType::Integer | SettingType::Number, Toml::Integer(number)) => {
            Some(Value::from(*number))
        }
        (SettingType::Number, Toml::Float(number)) => {
            serde_json::Number::from_f64(*number).map(Value::Number)
        }
        (SettingType::Boolean, Toml::Boolean(flag)) => Some(Value::from(*flag)),
        (SettingType::Strings, Toml::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(Value::from))
            .collect::<Option<Vec<_>>>()
            .map(Value::from),
        _ => None,
    }
}
