//! `-o FORMAT[=FILE]`: which formats go where.

use std::path::PathBuf;

use crate::ui::Fault;

/// The formats of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// What fails, since when and why, then what is not known.
    Table,
    /// The same, with everything unfolded.
    Wide,
    /// One line for each thing that is not well.
    Short,
    /// The model itself.
    Json,
}

/// Where a format goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    Stdout,
    File(PathBuf),
}

/// One format in one place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    pub format: Format,
    pub target: Target,
}

/// The outputs that were asked for. Where all of them are files, stdout stays empty: the user said where to.
pub(super) fn outputs(texts: &[String]) -> Result<Vec<Output>, Fault> {
    if texts.is_empty() {
        return Ok(vec![Output {
            format: Format::Table,
            target: Target::Stdout,
        }]);
    }
    let mut outputs: Vec<Output> = Vec::with_capacity(texts.len());
    for text in texts {
        let output = output(text)?;
        if let Some(other) = outputs.iter().find(|other| other.target == output.target) {
            return Err(same_target(text, &other.target));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

fn output(text: &str) -> Result<Output, Fault> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) => (name, Some(file)),
        None => (text, None),
    };
    let format = match name {
        "table" => Format::Table,
        "wide" => Format::Wide,
        "short" => Format::Short,
        "json" => Format::Json,
        _ => {
            return Err(Fault::new("BSQ0109", format!("`{name}` is no format"))
                .hint("the formats are `table`, `wide`, `short` and `json`"));
        }
    };
    let target = match file {
        None | Some("-") => Target::Stdout,
        Some("") => {
            return Err(Fault::new("BSQ0109", format!("`-o {text}` names no file"))
                .hint(format!("write `-o {name}=FILE`, or `-o {name}` for stdout")));
        }
        Some(file) => Target::File(file.into()),
    };
    Ok(Output { format, target })
}

fn same_target(text: &str, target: &Target) -> Fault {
    let place = match target {
        Target::Stdout => "stdout".to_owned(),
        Target::File(path) => format!("`{}`", path.display()),
    };
    Fault::new("BSQ0130", format!("two outputs go to {place}")).hint(format!(
        "give one of them its own file: `-o {}=FILE`",
        text.split('=').next().unwrap_or(text)
    ))
}
