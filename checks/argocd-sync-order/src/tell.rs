//! How a job is told: its state, its pod, its log and the commands, the same for a hook and a clean-up.

use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Sources;
use crate::job::Job;
use crate::jobs::Log;
use crate::pod::Pod;
use crate::sso::{self, Reason};

/// Names or resources in one finding: beyond this a person reads the objects themselves.
pub(crate) const MOST: usize = 5;

/// What a job comes down to.
pub(crate) struct Diagnosis<'s> {
    pub(crate) job: &'s Item<Job>,
    pod: Option<&'s Item<Pod>>,
    log: Option<Log>,
    pub(crate) reason: Option<Reason>,
    /// The line of the log that says so.
    line: Option<String>,
    /// Why its pod has not started.
    pub(crate) blocked: Option<String>,
}

impl<'s> Diagnosis<'s> {
    pub(crate) fn of(sources: &'s Sources<'_>, job: &'s Item<Job>) -> Self {
        let pod = sources.jobs.pod(job);
        let blocked = pod.and_then(|pod| pod.blocked());
        let log = pod.and_then(|pod| sources.jobs.log(pod));
        let is_sso = job.is_sso(job.name());
        let said = log
            .as_ref()
            .filter(|_| !job.is_complete())
            .filter(|log| is_sso || log.lines().any(speaks_of_keycloak))
            .and_then(|log| sso::classify(log.lines()))
            .map(|(reason, line)| (reason, line.to_owned()));
        let (mut reason, line) = match said {
            Some((reason, line)) => (Some(reason), Some(line)),
            None => (None, None),
        };
        // Without a log, the documented order still holds: an SSO job waits until Keycloak answers.
        let is_silent = log.is_none() && blocked.is_none();
        let is_down = || {
            let keycloak = sources.keycloak.find(&sources.workloads);
            keycloak.is_some_and(|keycloak| !keycloak.is_up)
        };
        let is_open = job.failure().is_none() && !job.is_complete();
        if reason.is_none() && is_sso && is_silent && is_open && is_down() {
            reason = Some(Reason::Unreachable);
        }
        Self {
            job,
            pod,
            log,
            reason,
            line,
            blocked,
        }
    }

    /// What follows the job's name in a title.
    pub(crate) fn told(&self) -> String {
        match (self.reason, &self.blocked, self.job.failure()) {
            _ if self.job.is_complete() => "has ended, and Argo CD has not gone on".to_owned(),
            (Some(reason), ..) => reason.told().to_owned(),
            (None, Some(blocked), _) => format!("has a pod that does not start ({blocked})"),
            (None, None, Some(failure)) => format!("failed ({})", failure.reason),
            (None, None, None) if self.job.status.failed > 0 => {
                format!(
                    "fails and is tried again, {} times so far",
                    self.job.status.failed
                )
            }
            (None, None, None) => "does not come to its end".to_owned(),
        }
    }

    pub(crate) fn since(&self) -> Option<Timestamp> {
        let failed = self.job.failure().and_then(|it| it.last_transition_time);
        let runs = self.pod.and_then(|pod| pod.runs_since());
        failed.or(self.job.status.start_time).or(runs)
    }

    /// State, pod, log, what Keycloak does, and the commands.
    pub(crate) fn tell(&self, sources: &Sources<'_>, finding: &mut Finding) {
        let job = self.job;
        finding.evidence_from(job.read(), "status of the job", job.told());
        if let Some(pod) = self.pod {
            let state = self.blocked.as_deref().unwrap_or(&pod.status.phase);
            finding.evidence_from(pod.read(), format!("pod {}", pod.name()), state);
        }
        if let Some(log) = &self.log {
            if let Some(line) = &self.line {
                finding.evidence_from(log.read, "log", line);
            }
            finding.evidence_from(log.read, "log, last lines", log.tail());
        }
        match (self.reason, self.pod) {
            (Some(reason), _) => {
                finding.attribute("reason", reason.name());
                keycloak(sources, finding, reason);
            }
            // What keeps a pod from starting is told of the pod.
            (None, Some(pod)) if self.blocked.is_some() => {
                finding.caused_by(pod);
            }
            _ => {}
        }
        let (namespace, name) = (job.namespace(), format!("job/{}", job.name()));
        finding.look(command::logs(namespace, &name));
        finding.look(["kubectl", "-n", namespace, "describe", &name]);
        if let Some(reason) = self.reason {
            finding.advice(reason.advice());
            finding.link("/docs/runtime/components/keycloak");
        }
    }
}

fn keycloak(sources: &Sources<'_>, finding: &mut Finding, reason: Reason) {
    if !matches!(reason, Reason::Unreachable) {
        return;
    }
    if let Some(found) = sources.keycloak.find(&sources.workloads) {
        finding.evidence_from(found.read, found.subject.to_string(), &found.told);
        if found.is_up {
            finding.advice("Keycloak has ready pods, so look at its address as the job knows it: name, port, certificate, network policy");
        } else {
            finding.caused_by(found.subject.clone());
        }
    }
}

fn speaks_of_keycloak(line: &str) -> bool {
    let line = line.to_lowercase();
    ["keycloak", "/realms/", "kcadm", "openid-connect"]
        .iter()
        .any(|word| line.contains(word))
}

/// The guide's command.
pub(crate) fn application(finding: &mut Finding, namespace: &str, name: &str) {
    finding.look(command::application(namespace, name));
}
