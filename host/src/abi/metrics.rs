//! `bsq:metrics`: queries by template, for one moment or over the run's window.

use super::bindings::bsq::metrics::query::{self, Answer, Error};
use super::calls::Came;
use super::parameters::{self, Parameters};
use super::pipeline::{Got, other_body};
use crate::capability::{
    Body, Coverage, MetricsAnswer, MetricsRequest, ReadError, Request, Series, When,
};
use crate::engine::{RunContext, State};
use crate::grant::Call;

impl query::Host for State {
    async fn instant(
        &mut self,
        template: String,
        parameters: Parameters,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let when = When::At(self.run.now.to_string());
        self.metrics(&template, &parameters, when).await
    }

    async fn range(
        &mut self,
        template: String,
        parameters: Parameters,
        step_seconds: u32,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let window = &self.run.window;
        let when = When::Over {
            start: window.start.to_string(),
            end: window.end.to_string(),
            step_seconds,
        };
        self.metrics(&template, &parameters, when).await
    }
}

impl State {
    async fn metrics(
        &mut self,
        template: &str,
        parameters: &[(String, String)],
        when: When,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let mut text = parameters::describe("metrics", template, parameters);
        if let When::Over { step_seconds, .. } = &when {
            text.push_str(&format!(" in steps of {step_seconds} s"));
        }
        let decoded = parameters::check(parameters).map(|()| Call::Metric { template });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = match self.run.fill(&admitted.allowed.query, parameters) {
            Ok(query) => self.run.series(MetricsRequest { query, when }).await,
            Err(error) => Err(error),
        };
        Ok(match self.settle(admitted, answer) {
            Ok((read, answer)) => Ok(encode(read, answer)),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    async fn series(&self, read: MetricsRequest) -> Result<Got<MetricsAnswer>, ReadError> {
        let asked = self.ask(Request::Metrics(read)).await;
        let answer = match asked.value? {
            Body::Metrics(answer) => answer,
            other => return Err(other_body(other)),
        };
        Ok(Got {
            bytes: size(&answer),
            came: whole_or(answer.missing.as_deref()),
            value: answer,
            is_shared: asked.is_shared,
        })
    }
}

/// Complete, unless something is said to be missing.
pub(super) fn whole_or(missing: Option<&str>) -> Came {
    match missing {
        Some(missing) => Came::partly(Coverage::Truncated, missing),
        None => Came::complete(),
    }
}

/// What is missing, as an attribute.
pub(super) fn told(missing: Option<&String>) -> Vec<(String, String)> {
    let told = missing.map(|missing| ("missing".to_owned(), missing.clone()));
    told.into_iter().collect()
}

fn encode(read: u32, answer: MetricsAnswer) -> Answer {
    Answer {
        read,
        attributes: told(answer.missing.as_ref()),
        truncated: answer.missing.is_some(),
        warnings: answer.warnings,
        series: answer.series.into_iter().map(one_series).collect(),
    }
}

fn one_series(series: Series) -> query::Series {
    let points = series.points.into_iter().map(|point| query::Point {
        time: point.time,
        value: point.value,
    });
    query::Series {
        labels: series.labels.into_iter().collect(),
        points: points.collect(),
    }
}

fn size(answer: &MetricsAnswer) -> u64 {
    let labels = answer.series.iter().flat_map(|series| &series.labels);
    let labels: usize = labels
        .map(|(name, value)| name.len() + value.len() + 16)
        .sum();
    let points = answer.series.iter().flat_map(|series| &series.points);
    let points: usize = points.map(|point| point.value.len() + 16).sum();
    let warnings: usize = answer.warnings.iter().map(String::len).sum();
    (labels + points + warnings) as u64
}
