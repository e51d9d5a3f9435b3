//! Jobs, their pods and their logs, as they are read: each kind listed once, and only when asked for.

use std::cell::{Cell, OnceCell};

use bsq_sdk::prelude::*;

use crate::job::Job;
use crate::pod::Pod;

/// What became of a job that is looked for.
pub(crate) enum Lookup<'s> {
    Found(&'s Item<Job>),
    /// The server says that there is none, in this read.
    Gone(Option<u32>),
    Unknown,
}

/// The last words of a job.
pub(crate) struct Log {
    pub(crate) read: u32,
    pub(crate) lines: Vec<String>,
}

/// Lines that a finding shows.
const TAIL: usize = 5;

impl Log {
    pub(crate) fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// The last lines in one, since evidence is a value.
    pub(crate) fn tail(&self) -> String {
        let start = self.lines.len().saturating_sub(TAIL);
        self.lines.get(start..).unwrap_or_default().join(" ⏎ ")
    }
}

/// Jobs and their pods, each kind listed once and only when asked for.
pub(crate) struct Jobs<'a> {
    cx: &'a Context,
    jobs: OnceCell<Option<Vec<Item<Job>>>>,
    pods: OnceCell<Vec<Item<Pod>>>,
    /// Logs that may still be read: a platform in flames has more failing hooks than a report has use for.
    logs_left: Cell<usize>,
}

impl<'a> Jobs<'a> {
    pub(crate) fn new(cx: &'a Context, logs: usize) -> Self {
        Self {
            cx,
            jobs: OnceCell::new(),
            pods: OnceCell::new(),
            logs_left: Cell::new(logs),
        }
    }

    fn list(&self) -> Option<&[Item<Job>]> {
        let jobs = self.jobs.get_or_init(|| self.cx.list::<Job>().ok());
        jobs.as_deref()
    }

    pub(crate) fn all(&self) -> &[Item<Job>] {
        self.list().unwrap_or_default()
    }

    pub(crate) fn find(&self, namespace: &str, name: &str) -> Lookup<'_> {
        let Some(jobs) = self.list() else {
            return Lookup::Unknown;
        };
        let found = jobs
            .iter()
            .find(|it| it.namespace() == namespace && it.name() == name);
        match found {
            Some(job) => Lookup::Found(job),
            // The list may be narrower than the world; only the server's own word counts.
            None => match self.cx.get::<Job>(namespace, name) {
                Err(error) if error.is_absent() => Lookup::Gone(error.read()),
                _ => Lookup::Unknown,
            },
        }
    }

    /// The newest pod of a job.
    pub(crate) fn pod(&self, job: &Item<Job>) -> Option<&Item<Pod>> {
        let pods = self.pods.get_or_init(|| self.cx.list::<Pod>().or_empty());
        let of_job = pods.iter().filter(|pod| {
            pod.namespace() == job.namespace()
                && pod.owner().is_some_and(|owner| {
                    owner.kind == "Job"
                        && owner.name == job.name()
                        && (owner.uid.is_empty() || job.uid().is_empty() || owner.uid == job.uid())
                })
        });
        of_job.max_by_key(|pod| pod.created())
    }

    /// The log of the container of a pod that says most: the one that runs or failed.
    pub(crate) fn log(&self, pod: &Item<Pod>) -> Option<Log> {
        let container = pod.speaker()?;
        let left = self.logs_left.get().checked_sub(1)?;
        self.logs_left.set(left);
        let log = || {
            self.cx
                .pod_log(pod.namespace(), pod.name())
                .container(&container.name)
        };
        let current = log().read().ok()?;
        let is_empty = current.lines().next().is_none();
        let told = if is_empty && container.restart_count > 0 {
            log().previous().read().unwrap_or(current)
        } else {
            current
        };
        let lines: Vec<_> = told.lines().map(|line| line.trim().to_owned()).collect();
        (!lines.is_empty()).then_some(Log {
            read: told.read,
            lines,
        })
    }
}
