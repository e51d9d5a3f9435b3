//! Colour, symbols and what may reach a terminal. Everything is clear without colour.

use std::io::IsTerminal;

use crate::cli::ColorChoice;
use crate::settings::Environment;

/// Whether to colour, and with which characters to draw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Paint {
    pub colour: bool,
    /// The locale is UTF-8; else symbols beyond ASCII are spelled out.
    pub unicode: bool,
}

impl Paint {
    /// For files and pipes.
    pub const PLAIN: Self = Self {
        colour: false,
        unicode: true,
    };

    /// For one stream of this process: colour on a terminal unless `NO_COLOR` is set, the locale's characters.
    pub fn of(stream: &impl IsTerminal, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is_dumb = variable("TERM").as_deref() == Some("dumb");
        Self {
            colour: stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb,
            unicode: locale_is_utf8(variable),
        }
    }

    /// What the operator chose by `--color`, or what suits the stream.
    pub fn chosen(
        choice: ColorChoice,
        stream: &impl IsTerminal,
        environment: &Environment,
    ) -> Self {
        let suited = Self::of(stream, |name| environment.variable(name).map(str::to_owned));
        let colour = match choice {
            ColorChoice::Auto => suited.colour,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Self { colour, ..suited }
    }

    pub fn error(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub fn warning(self, text: &str) -> String {
        self.with("1;33", text)
    }

    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn hint(self, text: &str) -> String {
        self.with("1;36", text)
    }

    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The first of the three variables that is set decides, as in POSIX. With none set the locale is `C`, but modern
/// systems without one read UTF-8, so only a locale that names another set turns it off.
fn locale_is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    match locale {
        None => true,
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
    }
}

/// Control characters, and those that reorder or hide text: none may reach a terminal from outside.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_locale_of_another_character_set_turns_unicode_off() {
        for (variables, unicode) in [
            (vec![], true),
            (vec![("LANG", "en_GB.UTF-8")], true),
            (vec![("LANG", "C.utf8")], true),
            (vec![("LANG", "C")], false),
            (vec![("LC_ALL", "POSIX"), ("LANG", "en_GB.UTF-8")], false),
            (vec![("LC_ALL", ""), ("LANG", "en_GB.UTF-8")], true),
        ] {
            let found = locale_is_utf8(|name| {
                let pair = variables.iter().find(|(key, _)| *key == name);
                pair.map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found, unicode, "{variables:?}");
        }
    }
}
