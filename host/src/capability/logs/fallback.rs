//! Log lines from the logs of containers, where the site has no log store.
//!
//! The caller knows the containers (from the run's own list of pods) and how to read one log (through gate and view);
//! this module chooses, reads, filters and cuts. It decides no permission.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;

use super::loki::{cut, nanoseconds, order};
use crate::capability::{
    Answer, Body, ErrorCode, LabelMatch, LogLine, LogPage, LogsRequest, MatchKind, PodLog,
    PodLogRequest, ReadError, TextMatch,
};

/// Each container is one request to a kubelet. Sixty-four of them take a few seconds, and a question that needs more
/// needs a log store.
pub const MAX_CONTAINERS: usize = 64;

/// Logs read at once: the share of the API server's connections that one query may take.
const AT_ONCE: usize = 4;

/// Lines and bytes of one container. A container that logs ten lines a second writes this in five minutes.
const TAIL: u32 = 3_000;
const BYTES: u64 = 1 << 20;

/// One container whose log may be read.
#[derive(Clone, Debug)]
pub struct Container {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    /// Other labels that a selector may name, such as `app`.
    pub labels: BTreeMap<String, String>,
}

impl Container {
    fn label(&self, name: &str) -> &str {
        match name {
            "namespace" => &self.namespace,
            "pod" => &self.pod,
            "container" => &self.container,
            _ => self.labels.get(name).map_or("", String::as_str),
        }
    }

    /// As a log store would label its stream.
    fn stream(&self) -> BTreeMap<String, String> {
        let mut stream = self.labels.clone();
        for name in ["namespace", "pod", "container"] {
            stream.insert(name.to_owned(), self.label(name).to_owned());
        }
        stream
    }

    fn request(&self, start: &str) -> PodLogRequest {
        PodLogRequest {
            namespace: self.namespace.clone(),
            pod: self.pod.clone(),
            container: Some(self.container.clone()),
            previous: false,
            since: Some(start.to_owned()),
            tail: TAIL,
            limit: BYTES,
            timestamps: true,
        }
    }
}

/// Answer a log query from the logs of containers. What could not be read, or lies beyond what is read of one container,
/// makes the page truncated; if nothing could be read the first error is the answer.
pub async fn query<F, R>(
    request: &LogsRequest,
    mut containers: Vec<Container>,
    fetch: F,
) -> Result<LogPage, ReadError>
where
    F: Fn(PodLogRequest) -> R,
    R: Future<Output = Answer>,
{
    let window = (nanoseconds(&request.start)?, nanoseconds(&request.end)?);
    known_labels(request, &containers)?;
    containers.retain(|container| selects(&request.labels, container));
    containers.sort_by_cached_key(Container::stream);
    let mut page = LogPage {
        streams: Vec::new(),
        lines: Vec::new(),
        truncated: containers.len() > MAX_CONTAINERS,
        backend: "pod-logs".to_owned(),
    };
    containers.truncate(MAX_CONTAINERS);
    let requests: Vec<R> = containers
        .iter()
        .map(|container| fetch(container.request(&request.start)))
        .collect();
    let answers: Vec<Answer> = stream::iter(requests).buffered(AT_ONCE).collect().await;

    let mut errors = Vec::new();
    let mut has_answer = containers.is_empty();
    for (container, answer) in containers.iter().zip(answers) {
        match answer {
            Ok(Body::PodLog(log)) => {
                has_answer = true;
                add(&mut page, container, &log, request, window);
            }
            // A container that never started has no log: that is known.
            Err(error) if error.code == ErrorCode::Absent => has_answer = true,
            Err(error) => errors.push(error),
            Ok(_) => errors.push(ReadError::new(ErrorCode::Invalid, "the answer is no log")),
        }
    }
    page.truncated |= !errors.is_empty();
    if let Some(error) = errors.into_iter().next().filter(|_| !has_answer) {
        return Err(error);
    }
    order(&mut page.lines, request.backward);
    page.lines.truncate(request.limit as usize);
    Ok(page)
}

/// A label that no container has would select nothing, and nothing would look like no problem.
fn known_labels(request: &LogsRequest, containers: &[Container]) -> Result<(), ReadError> {
    let mut known = BTreeSet::from(["namespace", "pod", "container"]);
    known.extend(
        containers
            .iter()
            .flat_map(|container| container.labels.keys().map(String::as_str)),
    );
    let unknown = request
        .labels
        .iter()
        .find(|label| !known.contains(label.name.as_str()));
    match unknown {
        Some(label) if !containers.is_empty() => Err(ReadError::new(
            ErrorCode::Unsupported,
            format!("pod logs have no label `{}`", label.name),
        )),
        _ => Ok(()),
    }
}

fn selects(labels: &[LabelMatch], container: &Container) -> bool {
    labels.iter().all(|label| {
        let value = container.label(&label.name);
        let is_one = label.values.iter().any(|wanted| wanted == value);
        match label.kind {
            MatchKind::Equal | MatchKind::OneOf => is_one,
            MatchKind::NotEqual | MatchKind::NoneOf => !is_one,
        }
    })
}

fn add(
    page: &mut LogPage,
    container: &Container,
    log: &PodLog,
    request: &LogsRequest,
    (start, end): (u64, u64),
) {
    let index = u32::try_from(page.streams.len()).unwrap_or(u32::MAX);
    let mut count = 0_u32;
    let mut time = None;
    for line in log.text.lines() {
        count += 1;
        // A line without a time continues the one before.
        let text = match stamped(line) {
            Some((stamp, text)) => {
                time = Some(stamp);
                text
            }
            None => line,
        };
        let Some(time) = time.filter(|time| (start..end).contains(time)) else {
            continue;
        };
        if passes(&request.text, text) {
            let (text, is_cut) = cut(text.to_owned());
            page.truncated |= is_cut;
            page.lines.push(LogLine {
                time,
                stream: index,
                text,
            });
        }
    }
    page.truncated |= log.truncated || count >= TAIL;
    page.streams.push(container.stream());
}

/// `2026-11-23T06:12:04.123456789Z text`.
fn stamped(line: &str) -> Option<(u64, &str)> {
    let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
    Some((nanoseconds(stamp).ok()?, text))
}

fn passes(texts: &[TextMatch], line: &str) -> bool {
    let line = line.to_lowercase();
    texts.iter().all(|text| {
        let has_word = text
            .words
            .iter()
            .any(|word| line.contains(&word.to_lowercase()));
        has_word != text.negate
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn container(namespace: &str, pod: &str) -> Container {
        Container {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: "main".to_owned(),
            labels: BTreeMap::from([("app".to_owned(), "web".to_owned())]),
        }
    }

    fn request(name: &str, values: &[&str], words: &[&str]) -> LogsRequest {
        LogsRequest {
            labels: vec![LabelMatch {
                name: name.to_owned(),
                kind: MatchKind::OneOf,
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            }],
            text: vec![TextMatch {
                words: words.iter().map(|word| (*word).to_owned()).collect(),
                negate: false,
            }],
            start: "2026-11-23T06:00:00Z".to_owned(),
            end: "2026-11-23T07:00:00Z".to_owned(),
            backward: true,
            limit: 2,
        }
    }

    async fn fetch(request: PodLogRequest) -> Answer {
        let text = match request.pod.as_str() {
            "gone" => return Err(ReadError::new(ErrorCode::Absent, "no log")),
            "broken" => return Err(ReadError::new(ErrorCode::Unavailable, "kubelet")),
            pod => format!(
                "2026-11-23T05:59:59Z ERROR too early\n\
                 2026-11-23T06:00:00Z Error first of {pod}\n\
                 2026-11-23T06:10:00.5Z info\n\
                 2026-11-23T06:20:00Z an error of {pod}\n\
                 2026-11-23T06:30:00Z last error of {pod}\n\
                 2026-11-23T07:00:00Z error too late"
            ),
        };
        Ok(Body::PodLog(PodLog {
            text,
            truncated: false,
        }))
    }

    async fn lines(request: &LogsRequest, containers: Vec<Container>) -> (Vec<String>, bool) {
        let page = query(request, containers, fetch).await.unwrap();
        let lines = page.lines.into_iter().map(|line| line.text);
        (lines.collect(), page.truncated)
    }

    #[tokio::test]
    async fn lines_are_filtered_by_window_words_and_limit() {
        let containers = vec![container("data", "a"), container("iam", "b")];
        assert_eq!(
            lines(&request("namespace", &["data"], &["ERROR"]), containers).await,
            (
                vec!["last error of a".to_owned(), "an error of a".to_owned()],
                false
            )
        );
    }

    #[tokio::test]
    async fn what_could_not_be_read_makes_the_page_truncated() {
        let containers = vec![container("data", "broken"), container("data", "a")];
        let asked = request("app", &["web"], &["last"]);
        assert_eq!(
            lines(&asked, containers).await,
            (vec!["last error of a".to_owned()], true)
        );
        let containers = vec![container("data", "gone"), container("data", "a")];
        assert!(!lines(&asked, containers).await.1);
    }

    #[tokio::test]
    async fn nothing_read_is_an_error_and_no_containers_are_no_lines() {
        let asked = request("namespace", &["data"], &["error"]);
        let error = query(&asked, vec![container("data", "broken")], fetch).await;
        assert_eq!(error.unwrap_err().code, ErrorCode::Unavailable);
        assert_eq!(lines(&asked, Vec::new()).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn a_label_that_pods_do_not_have_is_unsupported() {
        let asked = request("job", &["x"], &["error"]);
        let error = query(&asked, vec![container("data", "a")], fetch).await;
        assert_eq!(error.unwrap_err().code, ErrorCode::Unsupported);
    }

    #[tokio::test]
    async fn more_containers_than_are_read_make_the_page_truncated() {
        let many = (0..=MAX_CONTAINERS).map(|number| container("data", &format!("p{number}")));
        let asked = request("namespace", &["data"], &["last"]);
        assert!(lines(&asked, many.collect()).await.1);
    }
}
