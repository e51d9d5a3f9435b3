//! `bsq-host reveal`: a report with the names that its tokens stand for.

use std::fs::File;
use std::io::{Read as _, Write};

use crate::cli::RevealArgs;
use crate::pseudonym::{KeyFile, reveal, unknown};
use crate::report::{words, write_stdout};
use crate::ui::{Fault, Talk};

/// A report of ten thousand findings has thirty mebibytes.
const MAX_BYTES: u64 = 256 << 20;

/// Print the report, of whatever format. Tokens of another key stay, and stderr says how many there are.
pub(super) fn run(args: &RevealArgs, stdout: &mut dyn Write) -> Result<(), Fault> {
    let key = KeyFile::open(&args.key)?;
    let shown = args.report.display();
    let mut text = String::new();
    let read =
        File::open(&args.report).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error| {
        Fault::new("BSQ0129", format!("cannot read the report `{shown}`"))
            .because(error)
            .hint(format!("check the path with `ls -l {shown}`"))
    })?;
    write_stdout(&reveal(&key, &text), stdout)?;
    let unknown = unknown(&key, &text);
    if unknown > 0 {
        Talk.line(&format!(
            "`{}` does not know {} of the report, which stay",
            args.key.display(),
            words::count(unknown, "token")
        ));
    }
    Ok(())
}
