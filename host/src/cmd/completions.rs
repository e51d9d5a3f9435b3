//! `bsq-host completions SHELL`.

use std::io::Write;

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::report::write_stdout;
use crate::ui::Fault;

/// Print the completion script of a shell.
pub fn completions(args: &CompletionsArgs, stdout: &mut dyn Write) -> Result<(), Fault> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bsq-host", &mut script);
    write_stdout(&String::from_utf8_lossy(&script), stdout)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        use clap::ValueEnum as _;
        for shell in clap_complete::Shell::value_variants() {
            let mut script = Vec::new();
            completions(&CompletionsArgs { shell: *shell }, &mut script).unwrap();
            let script = String::from_utf8(script).unwrap();
            assert!(
                script.contains("inspect") && script.contains("replay"),
                "{shell}"
            );
        }
    }
}
