//! The result model and its renderers.
//!
//! ```text
//! Report ─► fold ─► opening, block ─► Page ─► table, wide, short
//!    └────► serde ─► json                └─► the only way to a terminal
//! ```
//!
//! A renderer is a pure function of the report: it filters nothing that counts, and the exit code is decided beside it
//! (`exit`), not by it.

mod block;
pub mod difference;
pub mod exit;
mod folded;
mod likeness;
pub mod model;
mod opening;
mod page;
pub mod schema;
#[cfg(test)]
mod screens;
mod sheet;
mod short;
mod sight;
mod table;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod words;
mod write;

pub use page::Screen;
pub(crate) use page::Tone;
pub use sheet::{Sheet, columns, plain_line};
pub use write::{write_outputs, write_stdout};

use crate::settings::Format;
use crate::ui::Fault;
use block::Depth;
use model::Report;

/// The text of a report in one format.
pub fn render(format: Format, report: &Report, screen: Screen) -> Result<String, Fault> {
    match format {
        Format::Table => Ok(table::table(report, screen, Depth::Folded)),
        Format::Wide => Ok(table::table(report, screen, Depth::Wide)),
        Format::Short => Ok(short::short(report, screen)),
        Format::Json => json(report),
    }
}

fn json(report: &Report) -> Result<String, Fault> {
    let mut text = serde_json::to_string_pretty(report).map_err(|error| {
        Fault::new("BSQ0603", "cannot write the report as JSON")
            .because(error)
            .hint("this is an error of bsq-host: report it with the recording of the run")
    })?;
    text.push('\n');
    Ok(text)
}
