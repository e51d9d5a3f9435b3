//! Nothing that was started outlives the test run, however that ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use bsq_tests::supervisor::Supervisor;
use bsq_tests::wait::wait_for;

/// Set in the copy of this test binary that is to be killed.
const VICTIM: &str = "BSQ_TEST_SUPERVISOR_VICTIM";

#[test]
fn dropping_the_supervisor_ends_its_children_and_removes_its_folder() -> Result<()> {
    let supervisor = Supervisor::start()?;
    let pid = sleep(&supervisor)?;
    let folder = supervisor.folder().to_owned();
    assert!(is_running(pid) && folder.exists());
    drop(supervisor);
    assert!(!is_running(pid) && !folder.exists());
    Ok(())
}

#[test]
fn exit_of_a_child_is_seen() -> Result<()> {
    let supervisor = Supervisor::start()?;
    let pid = supervisor.spawn("false", Path::new("/bin/false"), &[], &[])?;
    let status = wait_for("the child to end", Duration::from_secs(10), || {
        supervisor.exit_status(pid)
    })?;
    assert!(status.contains('1'), "{status}");
    Ok(())
}

#[test]
fn children_end_when_the_test_run_is_killed() -> Result<()> {
    let mut victim = Command::new(std::env::current_exe()?)
        .args([
            "--exact",
            "supervisor::victim",
            "--nocapture",
            "--include-ignored",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let pids = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("pids ")?.1.to_owned()));
    let pids: Vec<u32> = pids
        .context("the victim says its pids")?
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert!(pids.iter().all(|pid| is_running(*pid)), "{pids:?}");

    victim.kill()?; // SIGKILL: nothing in the victim runs after it.
    victim.wait()?;
    wait_for(
        "supervisor and child to be gone",
        Duration::from_secs(10),
        || Ok((!pids.iter().any(|pid| is_running(*pid))).then_some(())),
    )
}

/// Not a test of its own: what [`children_end_when_the_test_run_is_killed`] kills.
#[test]
#[ignore = "runs only as a child of another test"]
fn victim() -> Result<()> {
    if std::env::var_os(VICTIM).is_some() {
        let supervisor = Supervisor::start()?;
        #[allow(clippy::print_stdout, reason = "the parent reads it")]
        {
            println!("\npids {} {}", supervisor.pid(), sleep(&supervisor)?);
        }
        std::thread::sleep(Duration::from_secs(600));
    }
    Ok(())
}

fn sleep(supervisor: &Supervisor) -> Result<u32> {
    supervisor.spawn("sleep", Path::new("/bin/sleep"), &["600".to_owned()], &[])
}

/// True for a process that is there and no zombie.
fn is_running(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}
