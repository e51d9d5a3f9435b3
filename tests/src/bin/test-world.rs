//! The test world by hand, and the supervisor that the tests start.
//!
//! ```text
//! test-world build [--all]        make the servers that are not in the cache yet: the control plane, or all of them
//! test-world up [--pods N]        start a world, print where it is, stay until standard input closes
//! test-world supervise FOLDER     what the harness starts; not for people
//! ```

use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use bsq_tests::programs::{self, Program};
use bsq_tests::supervisor;
use bsq_tests::world::World;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["build"] => build(&programs::CONTROL_PLANE),
        ["build", "--all"] => {
            build(&programs::CONTROL_PLANE)?;
            build(&programs::REAL_SERVERS)
        }
        ["up"] => up(None),
        ["up", "--pods", count] => up(Some(
            count.parse().context("read the number after `--pods`")?,
        )),
        ["supervise", folder] => supervisor::serve(Path::new(folder)),
        _ => bail!("usage: test-world build [--all] | up [--pods N] | supervise FOLDER"),
    }
}

fn build(programs: &[Program]) -> Result<()> {
    for program in programs {
        let folder = program.folder()?;
        writeln!(io::stdout(), "{:<12} {}", program.name(), folder.display())?;
    }
    Ok(())
}

fn up(pods: Option<usize>) -> Result<()> {
    let world = World::start()?;
    let mut stdout = io::stdout().lock();
    if let Some(pods) = pods {
        let made = world.populate(pods)?;
        writeln!(
            io::stderr(),
            "{} pods: created after {:.1?}, running after {:.1?}",
            made.pods,
            made.created,
            made.running
        )?;
    }
    for user in ["admin", "reader", "team", "nobody"] {
        writeln!(stdout, "{user:<8} {}", world.kubeconfig(user)?.display())?;
    }
    stdout.flush()?;
    writeln!(
        io::stderr(),
        "the world stays until standard input closes (Ctrl-D)"
    )?;
    io::stdin()
        .read_to_end(&mut Vec::new())
        .context("wait for standard input to close")?;
    Ok(())
}
