//! `bsq-host schema`.

use std::io::Write;

use crate::report::{schema, write_stdout};
use crate::ui::Fault;

/// Print the JSON Schema of `-o json`.
pub fn schema(stdout: &mut dyn Write) -> Result<(), Fault> {
    write_stdout(&schema::text(), stdout)
}
