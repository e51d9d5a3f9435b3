//! Which requests a scripted answer is for, and which answer is next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::answer::Answer;
use super::received::Received;

/// A pattern over requests: `[METHOD ]PATH[?TEXT]`.
///
/// `PATH` is the whole path, or with a final `*` its beginning; `TEXT` must occur in the query. So
/// `GET /api/v1/pods?continue=` is every page of the pods but the first.
#[derive(Clone, Debug)]
struct Route {
    method: Option<String>,
    path: String,
    is_prefix: bool,
    query: String,
}

impl Route {
    fn parse(pattern: &str) -> Self {
        let (method, rest) = match pattern.split_once(' ') {
            Some((method, rest)) => (Some(method.to_owned()), rest),
            None => (None, pattern),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, is_prefix) = path
            .strip_suffix('*')
            .map_or((path, false), |prefix| (prefix, true));
        Self {
            method,
            path: path.to_owned(),
            is_prefix,
            query: query.to_owned(),
        }
    }

    fn matches(&self, request: &Received) -> bool {
        let path = if self.is_prefix {
            request.path.starts_with(&self.path)
        } else {
            request.path == self.path
        };
        let method = self
            .method
            .as_deref()
            .is_none_or(|method| method == request.method.as_str());
        path && method && request.query.contains(&self.query)
    }
}

/// Routes with their answers. The latest route that matches decides; its last answer repeats.
#[derive(Clone, Debug, Default)]
pub(super) struct Script(Arc<Mutex<Vec<Line>>>);

type Line = (Route, VecDeque<Answer>);

impl Script {
    pub(super) fn add(&self, pattern: &str, answers: impl IntoIterator<Item = Answer>) {
        let entry = (Route::parse(pattern), answers.into_iter().collect());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
    }

    pub(super) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn next(&self, request: &Received) -> Option<Answer> {
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, answers) = routes
            .iter_mut()
            .rev()
            .find(|(route, _)| route.matches(request))?;
        if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        }
    }
}

/// True if a request matches a pattern.
pub(super) fn matches(pattern: &str, request: &Received) -> bool {
    Route::parse(pattern).matches(request)
}
