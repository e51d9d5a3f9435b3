//! Ctrl-C ends the run, not the report: what finished is kept, and a recording of it can be replayed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bsq_tests::http::{Answer, FaultServer};
use bsq_tests::wait::wait_for;
use bsq_tests::world::World;
use serde_json::json;

use crate::host::{Ended, Host, without_measured};
use crate::hostile::assert_valid;
use crate::lab::{Lab, grant_declared, with};

/// A check that passes, and one that waits for a server which never answers.
struct Waiting {
    lab: Lab,
    server: FaultServer,
    components: [PathBuf; 2],
}

impl Waiting {
    fn new() -> Self {
        let server = FaultServer::start().unwrap();
        server.on("*", [Answer::hang()]);
        let lab = Lab::new();
        lab.config(&format!("[endpoint.coreai]\nurl = \"{}\"\n", server.url()));
        let parts = json!({
            "http": [{"why": "wait for ever", "endpoint": "coreai", "paths": ["/models"]}],
            "limits": {"wall-ms": 120_000},
        });
        let sleeper = lab.component("sleep-in-call", &with("sleep-in-call", parts));
        let components = [lab.hostile("well"), sleeper];
        Self {
            lab,
            server,
            components,
        }
    }

    /// Run it, and interrupt it once it waits.
    fn interrupted(&self, arguments: &[&str], kubeconfig: &Path) -> Ended {
        let host = self.lab.host().arg("run").args(arguments);
        let host = host.arg("--kubeconfig").arg(kubeconfig);
        let running = grant_declared(host, &self.components).start();
        wait_for("the check to wait", Duration::from_secs(60), || {
            Ok((self.server.count("GET /models") > 0).then_some(()))
        })
        .unwrap();
        // The other check has nothing to wait for: a second is many times what it takes.
        std::thread::sleep(Duration::from_secs(1));
        running.interrupt()
    }
}

fn reader() -> &'static Path {
    World::shared().unwrap().kubeconfig("reader").unwrap()
}

#[test]
fn an_interrupt_prints_what_finished_and_exits_130() {
    let waiting = Waiting::new();
    let recording = waiting.lab.path().join("cut.bsqrec");
    let record = recording.to_str().unwrap();
    let ended = waiting.interrupted(&["-o", "json", "--record", record], reader());
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.took < Duration::from_secs(60), "{:?}", ended.took);
    let report = ended.report();
    assert_valid(&report);
    assert_eq!(ended.row("well")["verdict"], "pass");
    let cut = ended.row("sleep-in-call");
    assert_eq!(cut["verdict"], "error");
    assert_eq!(cut["outcome"]["kind"], "cancelled");
    assert_eq!(report["runs"][0]["complete"], false);

    // The recording was finished too, and tells the same.
    let replayed: Host = waiting.lab.replay(&recording, &waiting.components);
    let replayed = replayed.end();
    let rows = |report| without_measured(report)["runs"][0]["checks"].clone();
    assert_eq!(rows(replayed.report()), rows(report), "{}", replayed.stderr);
}

#[test]
fn an_interrupt_leaves_a_whole_report_in_a_file() {
    let waiting = Waiting::new();
    let file = waiting.lab.path().join("report.json");
    let output = format!("json={}", file.display());
    let ended = waiting.interrupted(&["-o", &output, "-o", "table"], reader());
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(ended.stdout.contains("interrupted"), "{}", ended.stdout);
    let report = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_valid(&report);
}
