//! `bsq-host show FILE [READ]`: what a recording holds, for people who look before they send or believe it.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::capability::record::{Contents, Item, RecordingReader, contents};
use crate::cli::ListFormat;
use crate::report::{Screen, columns, plain_line, words, write_stdout};
use crate::ui::Fault;

#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print what this line holds, as JSON: a number of the first column
    #[arg(value_name = "READ")]
    pub read: Option<u64>,
    /// Format of the list
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: ListFormat,
}

/// List the reads, or print one.
pub fn show(args: &ShowArgs, screen: Screen, stdout: &mut dyn Write) -> Result<(), Fault> {
    let contents = contents(RecordingReader::open(&args.file)?)?;
    let text = match (args.read, args.output) {
        (Some(1), _) => super::json(&contents.header)?,
        (Some(number), _) => super::json(&item(args, &contents, number)?.taken().json())?,
        (None, ListFormat::Json) => super::json(&contents)?,
        (None, ListFormat::Table) => table(&contents, screen),
    };
    write_stdout(&text, stdout)
}

fn item<'a>(args: &ShowArgs, contents: &'a Contents, number: u64) -> Result<&'a Item, Fault> {
    let mut items = contents.items.iter();
    items.find(|item| item.line == number).ok_or_else(|| {
        let shown = args.file.display();
        Fault::new("BSQ0506", format!("`{shown}` has no line {number}"))
            .hint(format!("see its lines with `bsq-host show {shown}`"))
    })
}

fn table(contents: &Contents, screen: Screen) -> String {
    let header = ["READ", "CAME", "COUNT", "SIZE", "WHAT"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(header)
        .chain(contents.items.iter().map(|item| cells(item, screen)))
        .collect();
    let mut lines = columns(&rows);
    let size = words::bytes(contents.bytes);
    lines.push(if contents.complete {
        format!("\n{size}, whole")
    } else {
        format!("\n{size}, cut off: what would follow is not known")
    });
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A line stays a line; the whole text is in what `show FILE READ` prints.
fn shortened(text: &str) -> String {
    const MOST: usize = 72;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

fn cells(item: &Item, screen: Screen) -> [String; 5] {
    [
        item.line.to_string(),
        item.coverage
            .map_or_else(String::new, |coverage| super::word(&coverage)),
        item.count
            .map_or_else(String::new, |count| count.to_string()),
        words::bytes(item.bytes),
        shortened(&plain_line(&item.what, screen)),
    ]
}
