//! The rules: what a secret looks like, and the words that give it away.
//!
//! Each rule has literals, one of which stands in every text that the rule could match. All literals of all rules are one
//! automaton ([`super::pass`]), so a text without any of them costs one look at each byte. What a site adds has no known
//! literals: those patterns are one [`RegexSet`].

use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// The compiled size of one pattern, and of all that a site adds. A pattern of a hundred alternatives takes a tenth of it;
/// `(\w{1,1000}){1,1000}` would take all memory.
pub(super) const MAX_PATTERN_BYTES: usize = 1 << 20;

/// One rule that every host has.
pub(super) struct BuiltIn {
    pub(super) name: &'static str,
    /// In any case; one of them stands in every match.
    pub(super) literals: &'static [&'static str],
    /// The group `keep` stays before the mark, the group `tail` after it.
    patterns: &'static [&'static str],
    /// What stands in every match besides, and in few lines that hold a literal.
    pub(super) needs: &'static str,
    compiled: OnceLock<Option<Vec<Regex>>>,
}

impl BuiltIn {
    const fn new(
        name: &'static str,
        literals: &'static [&'static str],
        patterns: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            literals,
            patterns,
            needs: "",
            compiled: OnceLock::new(),
        }
    }

    const fn needs(mut self, needs: &'static str) -> Self {
        self.needs = needs;
        self
    }

    /// Compiled when a text first holds one of the literals. `None` where a pattern is broken, which a test excludes.
    pub(super) fn regexes(&self) -> Option<&[Regex]> {
        let compile = || {
            let patterns = self.patterns.iter();
            let regexes = patterns.map(|pattern| Regex::new(&with_names(pattern)));
            regexes.collect::<Result<_, _>>().ok()
        };
        self.compiled.get_or_init(compile).as_deref()
    }
}

/// What a value is called that nobody should see.
const NAMES: &str = "password|passwd|passphrase|passcode|api[_-]?key|secret[_-]?key|access[_-]?key|\
                     private[_-]?key|client[_-]?secret|_secret|token|pwd";

/// `pass` behind another word: after a sign, with a hump, or behind one that it is written together with. Neither `bypass`
/// nor `compass`.
const SECOND: &str = r"_pass|[a-z0-9][.-]pass|(?-i:[a-z0-9]Pass)|(?-u:\b|_)(?:db|sql|mysql|pg|postgres|redis|mongo|ldap|bind|smtp|mail|ftp|ssh|user|admin|root|login|auth|key|store|trust|keystore|truststore)pass";

/// A pattern with names in place of their words: `LABEL` is what stands before a colon in sentences too, where `pass` alone
/// tells how a test ended.
fn with_names(pattern: &str) -> String {
    let label = format!("(?:{NAMES}|{SECOND})");
    let name = format!(r"(?:{NAMES}|{SECOND}|(?-u:\b)pass)");
    pattern.replace("LABEL", &label).replace("NAME", &name)
}

/// The same as literals, in all spellings. What follows one in an assignment is appended.
const NAMED: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "apikey",
    "api_key",
    "api-key",
    "secretkey",
    "secret_key",
    "secret-key",
    "access_key",
    "accesskey",
    "private_key",
    "privatekey",
    "_secret",
    "token",
    "pwd",
];
const NAMED_ALSO: [&str; 4] = ["client-secret", "clientsecret", "access-key", "private-key"];
const FOLLOWED_BY: [&str; 6] = ["=", ":", "\"", "'", "\\", " "];

/// `pass ` is in too many sentences.
const PASS: [&str; 8] = [
    "pass=", "pass:", "pass\"", "pass'", "pass\\", "pass =", "pass  =", "-pass ",
];

/// The literals of the rule `assignment`.
pub(super) static ASSIGNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = NAMED.iter().chain(&NAMED_ALSO);
    let named = names.flat_map(|name| FOLLOWED_BY.map(|end| format!("{name}{end}")));
    named.chain(PASS.map(str::to_owned)).collect()
});

/// Index of the rule whose spans [`super::keys`] finds.
pub(super) const PRIVATE_KEY: usize = 0;
/// Index of the rule that takes its literals from [`ASSIGNED`].
pub(super) const ASSIGNMENT: usize = 6;
/// Index of the rule that counts what the structure of an object gave away.
pub(super) const FIELD: usize = 8;

/// All run in time linear to the text. The mark stands in place of the secret alone, so that the words around it stay
/// readable.
pub(super) static BUILT_IN: [BuiltIn; 9] = [
    BuiltIn::new(
        "private-key",
        &["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"],
        &[],
    ),
    BuiltIn::new(
        "jwt",
        &["eyJ"],
        &[r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"],
    ),
    BuiltIn::new(
        "url",
        &["://", r":\/\/"],
        &[
            // A password may hold an `@` of its own, so it goes to the last one before the host ends; what looks like a
            // query is behind the host.
            r#"(?P<keep>\b[A-Za-z][A-Za-z0-9+.-]{1,20}:(?:\\?/){2})[^\s/:"'<>]*:[^\s/@"'<>]+(?:@[^\s/@?"'<>]*(?:\?[^\s/@="'<>]*)?)*(?P<tail>@)"#,
        ],
    )
    .needs("@"),
    BuiltIn::new(
        "key",
        &[
            "sk-",
            "sk_",
            "rk_live_",
            "akia",
            "asia",
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "glsoat-",
            "xoxa-",
            "xoxb-",
            "xoxe-",
            "xoxp-",
            "xoxr-",
            "xoxs-",
            "hf_",
            "hvs.",
            "hvb.",
            "npm_",
            "pypi-",
            "dckr_pat_",
            "nvapi-",
            "aiza",
            "glsa_",
        ],
        &[
            r"\bsk-[A-Za-z0-9_-]{16,}",
            r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
            r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{1,6}-[A-Za-z0-9_-]{16,})",
            r"\b(?:xox[abeprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|hv[sb]\.[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,})",
            r"\b(?:pypi-[A-Za-z0-9_-]{40,}|dckr_pat_[A-Za-z0-9_-]{20,}|nvapi-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35}|glsa_[A-Za-z0-9_]{20,})",
        ],
    ),
    BuiltIn::new(
        "authorization",
        &[
            "authorization",
            "cookie",
            "x-vault-token",
            "x-auth-",
            "x-api-key",
            "private-token",
        ],
        &[
            r#"(?i)(?P<keep>\bauthorization\\*["']?\s*[:=]\s*\\*["']?(?:basic|bearer|token|negotiate|digest)\s+)[^\s"'\\,]+"#,
            r#"(?i)(?P<keep>\bcookie\\*["']?\s*[:=]\s*\\*["']?)[A-Za-z0-9_.-]+=[^\r\n"'\\]+"#,
            r#"(?i)(?P<keep>\b(?:x-vault-token|x-auth-[a-z-]+|x-api-key|private-token)\\*["']?\s*[:=]\s*\\*["']?)[^\s"'\\,]+"#,
        ],
    ),
    // Sixteen characters, so that `Bearer authentication failed` stays a sentence.
    BuiltIn::new(
        "bearer",
        &["bearer"],
        &[r"(?i)(?P<keep>\bbearer\s+)[A-Za-z0-9._~+/-]{16,}=*"],
    ),
    BuiltIn::new(
        "assignment",
        &[],
        &[
            // Quoted, also within a string of JSON.
            r#"(?i)(?P<keep>NAME["']?\s{0,2}[:=]>?\s{0,2}")(?:[^"\\]|\\.)+"#,
            r#"(?i)(?P<keep>NAME\\*["']?\s{0,2}[:=]>?\s{0,2}\\+")(?:[^"\\]|\\\\(?:\\")?)+"#,
            r#"(?i)(?P<keep>NAME\\*["']?\s{0,2}[:=]>?\s{0,2}')[^']+"#,
            // Bare: up to what ends a word, a parameter or a field.
            r#"(?i)(?P<keep>NAME\s{0,2}=\s{0,2})[^\s"'\\&,;<>][^\s"'&,;<>]*"#,
            r#"(?i)(?P<keep>NAME\\*["']?\s{0,2}=>\s{0,2})[^\s"'\\&,;<>({\[][^\s"'&,;<>]*"#,
            r#"(?i)(?P<keep>NAME:)[^\s"'\\&,;<>/:][^\s"'&,;<>]*"#,
            // `password: hunter2` is YAML where it begins a line, and else a sentence unless the word has a digit.
            r#"(?im)(?P<keep>^[\s-]*[A-Za-z0-9_.-]*LABEL:[ \t]+)[^\s"'|>\[{][^\s]*(?P<tail>[ \t]*\r?$)"#,
            r#"(?im)(?P<keep>LABEL:[ \t]+)[^\s"',;\[{]*[0-9][^\s"',;]*"#,
            r#"(?P<keep>\bpass:[ \t]+)[^\s"',;\[{]*(?:[A-Za-z][^\s"',;]*[0-9]|[0-9][^\s"',;]*[A-Za-z])[^\s"',;]*"#,
            r#"(?i)(?P<keep>--[a-z0-9-]*NAME[ \t]+)[^\s"'-][^\s"']*"#,
        ],
    ),
    // The login of a registry, as Docker's configuration has it.
    BuiltIn::new(
        "registry-auth",
        &["\"auth", "\\\"auth"],
        &[r#"(?P<keep>\\*"auth\\*"\s*:\s*\\*")[A-Za-z0-9+/=]{8,}"#],
    ),
    // Pruning has marked them; here they are counted.
    BuiltIn::new("field", &["\"[redacted]\""], &[]),
];

/// One rule that a site adds.
#[derive(Clone, Debug)]
pub struct OwnRule {
    pub name: String,
    pub regex: Regex,
}

/// Why a pattern of a site is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadRule {
    #[error("the name is not of lower-case letters, digits and `-`")]
    Name,
    #[error("the pattern matches the empty text, so it would match everywhere")]
    Empty,
    #[error("the pattern cannot be used")]
    Pattern(#[source] Box<regex::Error>),
}

impl OwnRule {
    /// Check and compile. The group `keep` stays before the mark, the group `tail` after it.
    pub fn new(name: &str, pattern: &str) -> Result<Self, BadRule> {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(is_word) {
            return Err(BadRule::Name);
        }
        let regex = RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map_err(|error| BadRule::Pattern(Box::new(error)))?;
        if regex.is_match("") {
            return Err(BadRule::Empty);
        }
        let name = name.to_owned();
        Ok(Self { name, regex })
    }
}

/// The rules that a site adds, as one set.
#[derive(Debug, Default)]
pub(super) struct Own {
    rules: Vec<OwnRule>,
    set: RegexSet,
}

impl Own {
    pub(super) fn new(rules: Vec<OwnRule>) -> Result<Self, BadRule> {
        let set = RegexSetBuilder::new(rules.iter().map(|rule| rule.regex.as_str()))
            .size_limit(8 * MAX_PATTERN_BYTES)
            .build()
            .map_err(|error| BadRule::Pattern(Box::new(error)))?;
        Ok(Self { rules, set })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Index and rule of those that match somewhere.
    pub(super) fn matching(&self, text: &str) -> impl Iterator<Item = (usize, &OwnRule)> {
        let matches = (!self.is_empty()).then(|| self.set.matches(text));
        let indices = matches.into_iter().flatten();
        indices.filter_map(|index| Some((index, self.rules.get(index)?)))
    }

    pub(super) fn name(&self, index: usize) -> Option<&str> {
        self.rules.get(index).map(|rule| rule.name.as_str())
    }
}

/// A value that only stands for one: a mark, a reference, a form with asterisks, a count.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', '\\']);
    let refers = [
        ("$(", ")"),
        ("${", "}"),
        ("{{", "}}"),
        ("[redacted", "]"),
        ("<", ">"),
    ];
    let is_reference = refers.iter().any(|(open, close)| {
        value.starts_with(open) && value.trim_end_matches('@').ends_with(close)
    });
    let is_blotted = value
        .bytes()
        .all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X'));
    let is_count = value.len() < 7 && value.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = matches!(
        value,
        "null" | "None" | "none" | "nil" | "true" | "false" | "undefined" | "yes" | "no" | "ok"
    );
    is_reference || is_blotted || is_count || is_word
}

/// A field of an object whose text nobody should see, wherever it stands.
pub(super) fn is_secret_field(name: &str) -> bool {
    const ENDS: [&str; 15] = [
        "password",
        "passwd",
        "passphrase",
        "secretkey",
        "accesskey",
        "secretaccesskey",
        "apikey",
        "clientsecret",
        "privatekey",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "authtoken",
        "bearertoken",
        "sessiontoken",
    ];
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    plain == "token" || ENDS.iter().any(|end| plain.ends_with(end)) || ends_in_pass(name)
}

/// `pass`, `DB_PASS`, `dbPass`: neither `bypass` nor `compass`.
fn ends_in_pass(name: &str) -> bool {
    let Some(at) = name.len().checked_sub(4) else {
        return false;
    };
    let (Some(before), Some(last)) = (name.get(..at), name.get(at..)) else {
        return false;
    };
    let is_apart = before.is_empty() || before.ends_with(|c: char| !c.is_ascii_alphanumeric());
    let is_hump = last == "Pass" && before.ends_with(|c: char| !c.is_ascii_uppercase());
    is_hump || last.eq_ignore_ascii_case("pass") && is_apart
}

/// A flag of a command line whose value is the next argument.
pub(super) fn is_secret_flag(argument: &str) -> bool {
    argument.starts_with('-') && !argument.contains(['=', ' ']) && is_secret_field(argument)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_stands_where_it_is_expected() {
        for rule in &BUILT_IN {
            assert!(rule.regexes().is_some(), "{}", rule.name);
        }
        let name = |index: usize| BUILT_IN.get(index).unwrap().name;
        let named = [PRIVATE_KEY, ASSIGNMENT, FIELD].map(name);
        assert_eq!(named, ["private-key", "assignment", "field"]);
    }

    #[test]
    fn a_rule_of_a_site_is_checked() {
        assert!(OwnRule::new("badge", r"\bB-[0-9]{6}\b").is_ok());
        for (name, pattern) in [
            ("Badge", "x"),
            ("", "x"),
            ("a", "x*"),
            ("a", "("),
            ("a", r"(?:\w{1,1000}){1,1000}"),
        ] {
            assert!(OwnRule::new(name, pattern).is_err(), "{name} {pattern}");
        }
    }

    #[test]
    fn fields_that_hold_a_secret_are_told_from_those_that_name_one() {
        for name in [
            "password",
            "DB_PASSWORD",
            "rootPassword",
            "clientSecret",
            "api-key",
            "token",
            "pass",
            "DB_PASS",
            "smtp-pass",
            "dbPass",
        ] {
            assert!(is_secret_field(name), "{name}");
        }
        for name in [
            "secretName",
            "passwordSecret",
            "tokenExpirationSeconds",
            "key",
            "serviceAccountToken",
            "bypass",
            "compass",
            "passes",
            "ass",
        ] {
            assert!(!is_secret_field(name), "{name}");
        }
        assert!(
            is_secret_flag("--redis-password")
                && !is_secret_flag("--password=a")
                && !is_secret_flag("password")
        );
    }

    #[test]
    fn what_only_stands_for_a_value_is_none() {
        for value in [
            "$(DB_PASSWORD)",
            "${X}",
            "***",
            "[redacted:jwt]",
            "<hidden>",
            "4096",
            "null",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["hunter2", "12345678", "$up3r"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
