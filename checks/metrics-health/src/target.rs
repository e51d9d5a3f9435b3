//! Targets that Prometheus cannot scrape: nothing is known from them, which is not the same as nothing being wrong.
//!
//! One finding for each job, since a job's targets mostly fail for one reason. A job that was not scraped for a whole day
//! is a blind spot of old, such as control-plane components that listen on their own machine only, and no news.

use bsq_sdk::reads::Series;
use bsq_sdk::{Severity, prelude::*};

use crate::Wishes;
use crate::lasting::Lasting;
use crate::store::Store;
use crate::words;

/// Jobs whose targets are asked for one by one: each takes two queries more.
const MOST_JOBS: usize = 20;

/// Targets that a finding names.
const NAMED: usize = 5;

struct Job {
    namespace: String,
    job: String,
    service: String,
    lasting: Lasting,
    read: u32,
}

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let down = store.range("targets-down", &[]);
    let jobs: Vec<Job> = down
        .series
        .iter()
        .filter(|series| store.is_in_scope(series.label("namespace")))
        .filter(|series| {
            !wishes
                .skip_jobs
                .iter()
                .any(|job| job == series.label("job"))
        })
        .filter_map(|series| Job::of(series, down.read, store))
        .filter(|job| job.lasting.is_as_old_as(wishes.target_down_after))
        .collect();
    for job in jobs.iter().take(MOST_JOBS) {
        job.tell(store, report);
    }
    if jobs.len() > MOST_JOBS {
        report.attribute(
            "left-out",
            format!("{} jobs that are down", jobs.len() - MOST_JOBS),
        );
    }
}

impl Job {
    fn of(series: &Series, read: u32, store: &Store<'_>) -> Option<Self> {
        let lasting = Lasting::of(series, store)?;
        Some(Self {
            namespace: series.label("namespace").to_owned(),
            job: series.label("job").to_owned(),
            service: series.label("service").to_owned(),
            lasting,
            read,
        })
    }

    fn parameters(&self) -> [(&str, &str); 2] {
        [("namespace", &self.namespace), ("job", &self.job)]
    }

    fn holds(&self, series: &Series) -> bool {
        series.label("namespace") == self.namespace
            && series.label("job") == self.job
            && series.label("service") == self.service
    }

    fn tell(&self, store: &mut Store<'_>, report: &mut Report) {
        let all = store.instant("targets-of-job", &self.parameters());
        let all: Vec<Series> = all
            .series
            .into_iter()
            .filter(|one| self.holds(one))
            .collect();
        let down: Vec<&Series> = all.iter().filter(|one| one.value() == Some(0.0)).collect();
        let was_up = self.was_up(store);

        let finding = report.finding(
            "BSQ-METRIC-001",
            Named::new("job", self.name()).with_read(self.read),
            self.title(all.len(), was_up),
        );
        if !was_up {
            finding.severity(Severity::Info);
        } else if down.len() < all.len() {
            finding.severity(Severity::Low);
        }
        finding.since(self.lasting.since);
        finding.evidence(
            "up == 0",
            words::count(self.lasting.value as usize, "target"),
        );
        for series in down.iter().take(NAMED) {
            finding.evidence("instance", series.label("instance"));
        }
        // The check that asks whether metrics can be relied on tells the same of the job as a whole.
        let job = format!("{}/{}", self.namespace, self.job);
        finding.caused_by_finding("BSQ-OBS-009", Named::new("scrape-job", job));
        self.causes(finding, &down);
        if self.namespace.is_empty() {
            finding.advice("look at the target in Prometheus under Status, Targets: it says the error of the last scrape");
        } else {
            finding.look([
                "kubectl",
                "-n",
                &self.namespace,
                "get",
                "pods,endpoints",
                "-o",
                "wide",
            ]);
        }
        finding.link("/docs/runtime/runtime-observability-model");
    }

    /// What cannot be scraped is often not there or not ready, which other checks say better.
    fn causes(&self, finding: &mut Finding, down: &[&Series]) {
        let pods = down.iter().map(|series| series.label("pod"));
        for pod in pods.filter(|pod| !pod.is_empty()).take(NAMED) {
            finding.caused_by(ObjectRef::new("v1/Pod", pod).in_namespace(&self.namespace));
        }
        if !self.service.is_empty() {
            finding.caused_by(
                ObjectRef::new("v1/Service", &self.service).in_namespace(&self.namespace),
            );
        }
    }

    /// Whether any target that was down for the whole window was up within a day. A failed question counts as yes, which
    /// is the louder answer.
    fn was_up(&self, store: &mut Store<'_>) -> bool {
        if self.lasting.since.is_some() {
            return true;
        }
        let best = store.instant("targets-ever-up", &self.parameters());
        let mut series = best.series.iter().filter(|one| self.holds(one)).peekable();
        series.peek().is_none() || series.any(|one| one.value() != Some(0.0))
    }

    fn name(&self) -> String {
        let service = match self.service.as_str() {
            service if service == self.job => "",
            service => service,
        };
        let parts = [self.namespace.as_str(), self.job.as_str(), service];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    fn title(&self, all: usize, was_up: bool) -> String {
        let down = self.lasting.value as usize;
        let many = match all.max(down) {
            1 => "the target".to_owned(),
            all if all == down => format!("all {all} targets"),
            all => format!("{down} of {all} targets"),
        };
        let verb = if down == 1 { "has" } else { "have" };
        let them = if down == 1 { "it" } else { "them" };
        let name = self.name();
        if was_up {
            let verb = if down == 1 { "is" } else { "are" };
            format!("{many} of job {name} {verb} down: metrics say nothing of {them}")
        } else {
            format!(
                "{many} of job {name} {verb} not been scraped for a day: metrics never speak of {them}"
            )
        }
    }
}
