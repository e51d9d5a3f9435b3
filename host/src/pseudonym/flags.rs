//! Who looked, and with which file: the flags of a `kubectl` command that say it.
//!
//! Their values are words of a person, whatever they are: a login may be called as everyone's words are. So nothing of them
//! stays but what separates their words, and the command keeps its form.

use std::ops::Range;

use serde_json::Value;

const FLAGS: [&str; 4] = ["--kubeconfig", "--as", "--as-group", "--as-uid"];

const COMMAND: &str = "kubectl ";

/// The values of such flags in every line of a text that is or holds a command, in order and apart.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let mut values: Vec<Range<usize>> = Vec::new();
    if !text.contains(COMMAND) {
        return values;
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(command) = line.find(COMMAND) {
            let after = |at: usize| start + command + at;
            let words = line.get(command..).unwrap_or_default();
            values.extend(in_command(words).map(|found| after(found.start)..after(found.end)));
        }
        start += line.len();
    }
    // A flag within a value is a part of it.
    let mut end = 0;
    values.retain(|value| {
        let is_apart = value.start >= end;
        if is_apart {
            end = value.end;
        }
        is_apart
    });
    values
}

/// Of a list of words those that are such values.
pub(super) fn in_words(words: &[Value]) -> impl Iterator<Item = usize> {
    let pairs = words.array_windows().enumerate();
    pairs.filter_map(|(at, [flag, _])| FLAGS.contains(&flag.as_str()?).then_some(at + 1))
}

fn in_command(command: &str) -> impl Iterator<Item = Range<usize>> {
    command.match_indices("--").filter_map(|(at, _)| {
        let rest = command.get(at..)?;
        let length = rest.find([' ', '='])?;
        if !FLAGS.contains(&rest.get(..length)?) {
            return None;
        }
        let value = rest.get(length + 1..)?;
        Some(at + length + 1..at + length + 1 + end_of_word(value))
    })
}

/// Where the first word of a shell's line ends. What is in quotes or behind a backslash belongs to it.
fn end_of_word(line: &str) -> usize {
    let mut quote = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (None | Some('"'), '\\') => drop(letters.next()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), close) if open == close => quote = None,
            (None, letter) if letter.is_whitespace() || "`;|&)".contains(letter) => return at,
            _ => {}
        }
    }
    line.trim_end().len()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("kubectl --kubeconfig /home/z/.kube/config --context a -n b get pods", &["/home/z/.kube/config"])]
    #[case("kubectl --as=z --as-group ops -n data get pods", &["z", "ops"])]
    #[case("see `kubectl --as z`, and kubectl --context c --as 'it'\\''s z' get pods", &["z", "'it'\\''s z'"])]
    #[case("a\nkubectl --as z\nb --as y", &["z"])]
    #[case("etcd --kubeconfig /etc/kubernetes/admin.conf", &[])]
    #[case("kubectl --assume x get --as", &[])]
    #[case("kubectl --as 'z --as y' --as-group ops", &["'z --as y'", "ops"])]
    fn the_values_of_flags_that_name_a_person_are_found(
        #[case] text: &str,
        #[case] expected: &[&str],
    ) {
        let found: Vec<&str> = values(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_of_a_list_are_found_behind_their_flag() {
        let words = json!(["--context", "a", "--as", "z", "--as-group", "ops"]);
        let found: Vec<usize> = in_words(words.as_array().map_or(&[], Vec::as_slice)).collect();
        assert_eq!(found, [3, 5]);
    }
}
