//! Reports go where they were asked to go: to stdout, and to files that are whole or not there.

use std::io::{self, Write};
use std::path::Path;

use super::model::Report;
use super::page::Screen;
use super::render;
use crate::settings::{Format, Output, Target};
use crate::ui::{Fault, Paint};

/// Write every output. A reader that closes stdout early (`| head`) has what it wants: that is no error. All files are
/// tried before the first fault is given back.
pub fn write_outputs(
    outputs: &[Output],
    report: &Report,
    stdout: &mut dyn Write,
    screen: Screen,
) -> Result<(), Fault> {
    let mut faults = Vec::new();
    for output in outputs {
        let result = match &output.target {
            Target::Stdout => to_stdout(output.format, report, stdout, screen),
            Target::File(path) => to_file(output.format, report, path, screen),
        };
        faults.extend(result.err());
    }
    faults.into_iter().next().map_or(Ok(()), Err)
}

/// Write text to stdout; a closed pipe is success.
pub fn write_stdout(text: &str, stdout: &mut dyn Write) -> Result<(), Fault> {
    let result = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::new("BSQ0601", "cannot write to stdout")
            .because(error)
            .hint("write to a file with `-o FORMAT=FILE`")),
        Ok(()) => Ok(()),
    }
}

fn to_stdout(
    format: Format,
    report: &Report,
    stdout: &mut dyn Write,
    screen: Screen,
) -> Result<(), Fault> {
    write_stdout(&render(format, report, screen)?, stdout)
}

fn to_file(format: Format, report: &Report, path: &Path, screen: Screen) -> Result<(), Fault> {
    // A file is read later and elsewhere: no colour, and always UTF-8.
    let screen = Screen {
        paint: Paint::PLAIN,
        ..screen
    };
    let text = render(format, report, screen)?;
    replace(path, text.as_bytes()).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free some space, or name a file on another disk"
            }
            io::ErrorKind::NotFound => "create its folder first",
            _ => "name a file in a folder that you may write to",
        };
        Fault::new(
            "BSQ0602",
            format!("cannot write the report `{}`", path.display()),
        )
        .because(error)
        .hint(hint)
    })
}

/// Write beside it and rename, so that no one ever reads half a report. What is no plain file (`/dev/stderr`, a pipe) is
/// written as it stands.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let known = std::fs::metadata(path);
    if known.is_ok_and(|known| !known.is_file()) {
        return std::fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(bytes);
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".bsq-report-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::testing::{report, row};

    struct Closed(io::ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen() -> Screen {
        Screen {
            width: 80,
            paint: Paint {
                colour: true,
                unicode: false,
            },
        }
    }

    fn output(target: Target) -> Output {
        Output {
            format: Format::Table,
            target,
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
        assert!(write_stdout("x", &mut Closed(io::ErrorKind::BrokenPipe)).is_ok());
        let fault = write_stdout("x", &mut Closed(io::ErrorKind::StorageFull)).unwrap_err();
        assert_eq!(fault.code, "BSQ0601");
    }

    #[test]
    fn a_file_has_no_colour_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        let outputs = [output(Target::File(path.clone())), output(Target::Stdout)];
        let mut stdout = Vec::new();
        write_outputs(&outputs, &report([row("a")]), &mut stdout, screen()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains('\u{1b}') && text.contains('·'));
        assert!(String::from_utf8(stdout).unwrap().contains('\u{1b}'));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_and_stdout_is_written_all_the_same() {
        let outputs = [
            output(Target::File("/no/such/folder/report.txt".into())),
            output(Target::Stdout),
        ];
        let mut stdout = Vec::new();
        let fault =
            write_outputs(&outputs, &report([row("a")]), &mut stdout, screen()).unwrap_err();
        assert_eq!(fault.code, "BSQ0602");
        assert_eq!(fault.hints, ["create its folder first"]);
        assert!(!stdout.is_empty());
    }
}
