//! Logs of containers that do not run, served through kwok's kubelet endpoint and the real API server.
//!
//! kwok reads a file in the kubelet's format for each container that an object `Logs` with the pod's name lists. It
//! watches these objects, so a log can be set at any time, before or after the pod exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Api, World};
use crate::wait::wait_for;

/// One line of a container's output. A plain string is a line written now.
#[derive(Clone, Debug)]
pub struct LogLine {
    at: Timestamp,
    text: String,
}

impl LogLine {
    /// A line written at a certain time.
    pub fn at(at: Timestamp, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
        }
    }
}

impl<Text: Into<String>> From<Text> for LogLine {
    fn from(text: Text) -> Self {
        Self::at(Timestamp::now(), text)
    }
}

/// Namespace and name of a pod.
type PodName = (String, String);

/// Which file holds which container's log.
#[derive(Debug)]
pub(super) struct PodLogs {
    folder: PathBuf,
    pods: Mutex<BTreeMap<PodName, BTreeMap<String, Files>>>,
}

#[derive(Clone, Debug, Default)]
struct Files {
    current: Option<PathBuf>,
    previous: Option<PathBuf>,
}

impl PodLogs {
    pub(super) fn new(world: &Path) -> Result<Self> {
        let folder = world.join("pod-logs");
        fs::create_dir(&folder).context("create the folder of pod logs")?;
        Ok(Self {
            folder,
            pods: Mutex::default(),
        })
    }

    /// Writes one log and returns the `Logs` object that shows it together with the pod's others.
    fn write(
        &self,
        pod: &PodName,
        container: &str,
        previous: bool,
        lines: &[LogLine],
    ) -> Result<Value> {
        let life = if previous { "previous" } else { "current" };
        let file = self
            .folder
            .join(format!("{}_{}_{container}.{life}", pod.0, pod.1));
        let text: String = lines
            .iter()
            .map(|line| format!("{:.9} stdout F {}\n", line.at, line.text))
            .collect();
        fs::write(&file, text).with_context(|| format!("write `{}`", file.display()))?;

        let mut pods = self.pods.lock().unwrap_or_else(PoisonError::into_inner);
        let containers = pods.entry(pod.clone()).or_default();
        let files = containers.entry(container.to_owned()).or_default();
        *(if previous {
            &mut files.previous
        } else {
            &mut files.current
        }) = Some(file);
        Ok(self.object(pod, containers))
    }

    fn object(&self, pod: &PodName, containers: &BTreeMap<String, Files>) -> Value {
        let silent = self.folder.with_file_name("silent.log");
        let log = |(container, files): (&String, &Files)| {
            let current = files.current.as_ref().unwrap_or(&silent);
            match &files.previous {
                None => json!({"containers": [container], "logsFile": current}),
                Some(previous) => {
                    json!({"containers": [container], "logsFile": current, "previousLogsFile": previous})
                }
            }
        };
        // The entry without containers is the one for all others: they wrote nothing.
        let logs: Vec<Value> = containers
            .iter()
            .map(log)
            .chain([json!({"logsFile": silent})])
            .collect();
        json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Logs",
            "metadata": {"name": pod.1},
            "spec": {"logs": logs},
        })
    }
}

impl World {
    /// Makes `lines` the log of a container, and waits until the kubelet serves them.
    ///
    /// The API server asks the kubelet only for pods that exist and are bound to a node.
    pub fn set_pod_log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: impl IntoIterator<Item = impl Into<LogLine>>,
    ) -> Result<()> {
        self.set_log(
            namespace,
            pod,
            container,
            false,
            lines.into_iter().map(Into::into).collect(),
        )
    }

    /// Makes `lines` the log of a container's previous life, as `kubectl logs --previous` shows it.
    pub fn set_previous_pod_log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: impl IntoIterator<Item = impl Into<LogLine>>,
    ) -> Result<()> {
        self.set_log(
            namespace,
            pod,
            container,
            true,
            lines.into_iter().map(Into::into).collect(),
        )
    }

    fn set_log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        lines: Vec<LogLine>,
    ) -> Result<()> {
        let name = (namespace.to_owned(), pod.to_owned());
        let object = self.logs.write(&name, container, previous, &lines)?;
        let path = format!("/apis/kwok.x-k8s.io/v1alpha1/namespaces/{namespace}/logs/{pod}");
        self.admin()
            .apply(&path, &object)
            .with_context(|| format!("announce the log of `{namespace}/{pod}`"))?;

        let kubelet = self.kubelet()?;
        let last = lines
            .last()
            .map(|line| format!("{}\n", line.text))
            .unwrap_or_default();
        let path =
            format!("/containerLogs/{namespace}/{pod}/{container}?tailLines=1&previous={previous}");
        wait_for(
            "the kubelet to serve the log",
            Duration::from_secs(30),
            || {
                let (status, body) = kubelet.fetch(&path)?;
                ensure!(
                    status.is_success() && body == last,
                    "it answered {status}: {}",
                    String::from_utf8_lossy(&body)
                );
                Ok(Some(()))
            },
        )
    }

    /// kwok's kubelet endpoint, asked directly: no pod has to exist yet.
    fn kubelet(&self) -> Result<Api> {
        let certificate = fs::read(self.folder().join("kubelet.crt"))
            .context("read the kubelets' certificate")?;
        Api::new(
            &format!("https://127.0.0.1:{}", self.plane.kubelet_port()),
            &certificate,
            "",
        )
    }
}
