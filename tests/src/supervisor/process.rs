//! The supervisor process: holds the children, ends them when its standard input ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::protocol::{Answer, Request};

/// Answers requests until standard input closes, then kills all children, waits for them and removes `folder`.
pub fn serve(folder: &Path) -> Result<()> {
    let mut children = Vec::new();
    let served = answer_requests(&mut children);
    while let Some(mut child) = children.pop() {
        end(&mut child);
    }
    // Killed servers leave files only here; a folder that is gone already is what was wanted.
    let _ = fs::remove_dir_all(folder);
    served
}

fn answer_requests(children: &mut Vec<Child>) -> Result<()> {
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request =
            serde_json::from_str(&line.context("read a request")?).context("decode a request")?;
        let answer = match handle(request, children) {
            Ok(answer) => answer,
            Err(error) => Answer::Failed {
                cause: format!("{error:#}"),
            },
        };
        writeln!(stdout, "{}", serde_json::to_string(&answer)?).context("write an answer")?;
        stdout.flush().context("write an answer")?;
    }
    Ok(())
}

fn handle(request: Request, children: &mut Vec<Child>) -> Result<Answer> {
    match request {
        Request::Start {
            program,
            arguments,
            environment,
            log,
        } => {
            let child = start(&program, &arguments, &environment, &log)?;
            let pid = child.id();
            children.push(child);
            Ok(Answer::Started { pid })
        }
        Request::Status { pid } => match find(children, pid)?.try_wait()? {
            None => Ok(Answer::Running),
            Some(status) => Ok(Answer::Exited {
                status: status.to_string(),
            }),
        },
        Request::Stop { pid } => {
            end(find(children, pid)?);
            children.retain(|child| child.id() != pid);
            Ok(Answer::Exited {
                status: "stopped".to_owned(),
            })
        }
    }
}

fn start(
    program: &Path,
    arguments: &[String],
    environment: &[(String, String)],
    log: &Path,
) -> Result<Child> {
    let open = || -> io::Result<File> { OpenOptions::new().create(true).append(true).open(log) };
    let output = open().with_context(|| format!("open the log `{}`", log.display()))?;
    let errors = output
        .try_clone()
        .context("share the log with standard error")?;
    Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .with_context(|| format!("start `{}`", program.display()))
}

fn find(children: &mut [Child], pid: u32) -> Result<&mut Child> {
    children
        .iter_mut()
        .find(|child| child.id() == pid)
        .with_context(|| format!("process {pid} is none of mine"))
}

/// Kills and reaps one child. A child that has ended by itself cannot be killed, and its id is still reserved by the
/// kernel until it is reaped here, so no foreign process is ever hit.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
