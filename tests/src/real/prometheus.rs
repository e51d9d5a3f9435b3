//! Prometheus over a history that promtool makes of numbers, with alerting rules of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command as Run;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::get;
use super::process::{Command, started};
use crate::programs::PROMETHEUS;
use crate::supervisor::Supervisor;
use crate::wait::wait_for;

/// Seconds between two samples, as most sites scrape.
const STEP: i64 = 30;

/// One series on a straight line up to now.
#[derive(Clone, Debug)]
pub struct History {
    /// `name{label="value"}`.
    pub series: String,
    /// Its age, in seconds.
    pub since: i64,
    /// Its first value.
    pub first: f64,
    /// Its last value.
    pub last: f64,
}

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    _supervisor: Supervisor,
    url: String,
}

impl Prometheus {
    /// Starts one that holds these series; each alert fires while its expression has a value.
    pub fn start(history: &[History], alerts: &BTreeMap<String, String>) -> Result<Self> {
        let programs = PROMETHEUS.unpack()?.join("usr/bin");
        let (supervisor, url) = started(|supervisor, [port]| {
            let folder = supervisor.folder();
            let data = folder.join("data");
            remember(&programs.join("promtool"), folder, &data, history)?;
            let file = folder.join("prometheus.json");
            let write = |path: &Path, value: Value| {
                fs::write(path, value.to_string()).context("write Prometheus's configuration")
            };
            write(&folder.join("rules.json"), rules(alerts))?;
            // JSON is YAML.
            write(
                &file,
                json!({"global": {"evaluation_interval": "1s"}, "rule_files": ["rules.json"]}),
            )?;
            let url = format!("http://127.0.0.1:{port}");
            let command = Command {
                name: "prometheus",
                program: &programs.join("prometheus"),
                arguments: vec![
                    format!("--config.file={}", file.display()),
                    format!("--storage.tsdb.path={}", data.display()),
                    format!("--web.listen-address=127.0.0.1:{port}"),
                ],
                environment: Vec::new(),
            };
            command.serve(supervisor, &format!("{url}/-/ready"))?;
            Ok(url)
        })?;
        let server = Self {
            _supervisor: supervisor,
            url,
        };
        server.wait_for_alerts(alerts.len())?;
        Ok(server)
    }

    /// The base URL, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait_for_alerts(&self, count: usize) -> Result<()> {
        let url = format!(
            "{}/api/v1/query?query=count(ALERTS%7Balertstate%3D%22firing%22%7D)%20or%20vector(0)",
            self.url
        );
        wait_for("the alerts to fire", Duration::from_secs(30), || {
            let (status, body) = get(&url)?;
            ensure!(status == 200, "{status}: {body}");
            let answer: Value = serde_json::from_str(&body).context("decode the answer")?;
            let firing = answer.pointer("/data/result/0/value/1");
            let firing: usize = firing
                .and_then(Value::as_str)
                .context("find the count")?
                .parse()?;
            Ok((firing >= count).then_some(()))
        })
    }
}

fn rules(alerts: &BTreeMap<String, String>) -> Value {
    let rules: Vec<Value> = alerts
        .iter()
        .map(|(name, expression)| {
            json!({"alert": name, "expr": expression, "labels": {"severity": "warning"}})
        })
        .collect();
    json!({"groups": [{"name": "site", "rules": rules}]})
}

/// Make blocks of the history.
fn remember(promtool: &Path, folder: &Path, data: &Path, history: &[History]) -> Result<()> {
    let file = folder.join("history.txt");
    fs::write(&file, written(history, Timestamp::now().as_second()))
        .context("write the history")?;
    let output = Run::new(promtool)
        .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
        .args([&file, data])
        .output()
        .context("run promtool")?;
    ensure!(
        output.status.success(),
        "promtool ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// OpenMetrics: the samples of one metric in one piece, those of a series in order of time.
fn written(history: &[History], now: i64) -> String {
    let mut series: Vec<&History> = history.iter().collect();
    series.sort_by_key(|history| name(&history.series));
    let mut text = String::new();
    let mut before = "";
    for history in series {
        let name = name(&history.series);
        if name != before {
            text += &format!("# TYPE {name} unknown\n");
            before = name;
        }
        let steps = (history.since / STEP).max(1);
        for step in 0..=steps {
            let part = step as f64 / steps as f64;
            let value = history.first + (history.last - history.first) * part;
            let at = now - (steps - step) * STEP;
            text += &format!("{} {value} {at}\n", history.series);
        }
    }
    text + "# EOF\n"
}

fn name(series: &str) -> &str {
    series.split_once('{').map_or(series, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_a_metric_stand_together_and_end_now() {
        let line = |series: &str| History {
            series: series.to_owned(),
            since: 60,
            first: 1.0,
            last: 0.0,
        };
        let text = written(
            &[line("up{job=\"a\"}"), line("down"), line("up{job=\"b\"}")],
            100,
        );
        let expected = "# TYPE down unknown\ndown 1 40\ndown 0.5 70\ndown 0 100\n\
            # TYPE up unknown\nup{job=\"a\"} 1 40\nup{job=\"a\"} 0.5 70\nup{job=\"a\"} 0 100\n\
            up{job=\"b\"} 1 40\nup{job=\"b\"} 0.5 70\nup{job=\"b\"} 0 100\n# EOF\n";
        assert_eq!(text, expected);
    }
}
