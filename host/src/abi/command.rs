//! Commands that a report shows: an argument list quoted for a shell, with what makes it look at the same cluster.

/// What the run adds to each `kubectl`: its context, kubeconfig and impersonation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CommandDecorator {
    pub context: Option<String>,
    pub kubeconfig: Option<String>,
    pub impersonate: Option<String>,
    pub impersonate_groups: Vec<String>,
}

impl CommandDecorator {
    /// One line for a shell. Every word is quoted that a shell could read in a second way.
    pub fn render(&self, words: &[String]) -> String {
        let mut line: Vec<String> = Vec::with_capacity(words.len() + 4);
        for (index, word) in words.iter().enumerate() {
            line.push(quote(word));
            if index == 0 && word == "kubectl" {
                line.extend(self.flags());
            }
        }
        line.join(" ")
    }

    fn flags(&self) -> Vec<String> {
        let named = [
            ("--kubeconfig", &self.kubeconfig),
            ("--context", &self.context),
            ("--as", &self.impersonate),
        ];
        let groups = self
            .impersonate_groups
            .iter()
            .map(|group| ("--as-group", group));
        named
            .into_iter()
            .filter_map(|(flag, value)| value.as_ref().map(|value| (flag, value)))
            .chain(groups)
            .flat_map(|(flag, value)| [flag.to_owned(), quote(value)])
            .collect()
    }
}

/// As it is where a shell leaves it alone, else in single quotes.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        line.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn kubectl_looks_at_the_run_s_cluster() {
        let commands = CommandDecorator {
            context: Some("prod eu".to_owned()),
            impersonate: Some("jane".to_owned()),
            impersonate_groups: vec!["ops".to_owned()],
            ..CommandDecorator::default()
        };
        assert_eq!(
            commands.render(&words(&["kubectl", "-n", "data", "get", "pods"])),
            "kubectl --context 'prod eu' --as jane --as-group ops -n data get pods"
        );
        assert_eq!(
            commands.render(&words(&["helm", "list"])),
            "helm list",
            "other commands know no such flags"
        );
    }

    #[test]
    fn no_word_can_become_two_or_a_command() {
        let plain = CommandDecorator::default();
        for (word, expected) in [
            ("a b", "'a b'"),
            ("$(reboot)", "'$(reboot)'"),
            ("it's", r"'it'\''s'"),
            ("a;b", "'a;b'"),
            ("`x`", "'`x`'"),
            ("", "''"),
            ("~root", "'~root'"),
            ("jsonpath={.status}", "'jsonpath={.status}'"),
            ("app=web,tier=db", "app=web,tier=db"),
        ] {
            assert_eq!(
                plain.render(&words(&["echo", word])),
                format!("echo {expected}")
            );
        }
    }
}
