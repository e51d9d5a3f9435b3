//! The log of one container out of a bundle.
//!
//! A dump has one file for each pod, the containers one after the other between lines that name them; a support bundle
//! has a file for each container, and one for what it wrote before its last restart.

use super::layout::{Catalogue, Logs};
use super::source::Files;
use crate::capability::kubernetes::{Tail, none_yet};
use crate::capability::{Answer, Body, ErrorCode, PodLogRequest, ReadError};

/// Lines of an unhealthy pod that Troubleshoot takes without being told: with as many or more there may have been more.
const COLLECTED_LINES: usize = 500;

/// Bytes at which Troubleshoot ends a log. The newest lines are the ones that are missing.
const COLLECTED_BYTES: usize = 5_000_000;

/// What kubectl writes in place of a log.
const KUBECTL_ERRORS: [&str; 2] = ["Request log error: ", "Create log request error: "];

/// What a log is, and whether more of it was there.
#[derive(Debug, Eq, PartialEq)]
struct Section<'a> {
    text: &'a str,
    is_cut: bool,
}

/// Answer a read of a log. Blocks.
pub(super) fn log(files: &Files, catalogue: &Catalogue, request: &PodLogRequest) -> Answer {
    let (namespace, pod) = (&request.namespace, &request.pod);
    let what = format!("log of {pod} in {namespace}");
    let not_collected = |why: &str| {
        Err(ReadError::new(
            ErrorCode::NotCollected,
            format!("{what}: {why}"),
        ))
    };
    if request.since.is_some() || request.timestamps {
        return not_collected("the lines in a bundle carry no times");
    }
    let Some(logs) = catalogue.logs.get(&(namespace.clone(), pod.clone())) else {
        return not_collected("the bundle does not hold it");
    };
    if let Some(file) = &logs.together {
        if request.previous {
            return not_collected("a dump holds no log from before a restart");
        }
        let bytes = files.read(file)?;
        let text = String::from_utf8_lossy(&bytes);
        let section = section(&text, namespace, pod, request.container.as_deref());
        return section
            .and_then(|section| answer(&what, &section, request))
            .map_err(|error| said(&what, error));
    }
    let file = file_of(logs, request).map_err(|error| said(&what, error))?;
    let bytes = files.read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().count();
    let section = Section {
        text: &text,
        is_cut: text.len() >= COLLECTED_BYTES
            || lines >= COLLECTED_LINES && lines < request.tail as usize,
    };
    answer(&what, &section, request)
}

fn said(what: &str, mut error: ReadError) -> ReadError {
    error.message = format!("{what}: {}", error.message);
    error
}

/// The file of a container in a support bundle.
fn file_of<'a>(logs: &'a Logs, request: &PodLogRequest) -> Result<&'a str, ReadError> {
    let container = match &request.container {
        Some(container) => container.as_str(),
        None => {
            let is_current =
                |name: &str| !name.ends_with("-previous") && !name.ends_with("-logs-errors");
            let mut current = logs.each.keys().filter(|name| is_current(name));
            match (current.next(), current.next()) {
                (Some(only), None) => only,
                _ => return Err(not_named()),
            }
        }
    };
    let name = match request.previous {
        true => format!("{container}-previous"),
        false => container.to_owned(),
    };
    let file = logs.each.get(&name).map(String::as_str);
    file.ok_or_else(|| {
        let which = if request.previous {
            "previous log"
        } else {
            "log"
        };
        let message = format!("the bundle holds no {which} of container {container}");
        ReadError::new(ErrorCode::NotCollected, message)
    })
}

/// The part of a dump's file that is one container's.
fn section<'a>(
    text: &'a str,
    namespace: &str,
    pod: &str,
    container: Option<&str>,
) -> Result<Section<'a>, ReadError> {
    let mark = |word: &str, container: &str| {
        format!("==== {word} logs for container {container} of pod {namespace}/{pod} ====\n")
    };
    let container = match container {
        Some(container) => container,
        None => only_container(text, namespace, pod)?,
    };
    let start = mark("START", container);
    let Some((_, after)) = text.split_once(&start) else {
        let message = format!("the dump holds no log of container {container}");
        return Err(ReadError::new(ErrorCode::NotCollected, message));
    };
    let end = mark("END", container);
    if after.contains(&start) || after.matches(&end).count() > 1 {
        // A container that writes such a line, by chance or not, could pass its lines for another's.
        let message =
            format!("the lines around the log of container {container} stand there twice");
        return Err(ReadError::new(ErrorCode::Invalid, message).because("ambiguous"));
    }
    Ok(match after.split_once(&end) {
        Some((text, _)) => Section {
            text,
            is_cut: false,
        },
        None => Section {
            text: after,
            is_cut: true,
        },
    })
}

fn only_container<'a>(text: &'a str, namespace: &str, pod: &str) -> Result<&'a str, ReadError> {
    let after = format!(" of pod {namespace}/{pod} ====");
    let mut containers = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("==== START logs for container ")?;
        rest.strip_suffix(&after)
    });
    match (containers.next(), containers.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(not_named()),
    }
}

fn not_named() -> ReadError {
    ReadError::new(ErrorCode::Invalid, "a container name must be specified")
        .because("container-not-named")
}

/// The end of a log, as long as was asked for.
fn answer(what: &str, section: &Section<'_>, request: &PodLogRequest) -> Answer {
    if let Some(error) = servers_error(what, section.text) {
        return Err(error);
    }
    let lines = last_lines(section.text, request.tail as usize);
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let mut tail = Tail::new(limit);
    tail.push(lines.as_bytes());
    let mut log = tail.finish();
    log.truncated |= section.is_cut;
    Ok(Body::PodLog(log))
}

/// What the server said to kubectl instead of a log.
fn servers_error(what: &str, text: &str) -> Option<ReadError> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let message = KUBECTL_ERRORS
        .iter()
        .find_map(|error| line.strip_prefix(error))?;
    if line.contains('\n') {
        return None;
    }
    let error = ReadError::new(
        ErrorCode::Invalid,
        format!("{what}: the server said: {message}"),
    );
    let mut error = none_yet(error);
    if error.code == ErrorCode::Invalid {
        let is_refused = message.contains("forbidden");
        error.code = if is_refused {
            ErrorCode::Forbidden
        } else {
            ErrorCode::Unavailable
        };
    }
    Some(error)
}

fn last_lines(text: &str, count: usize) -> &str {
    let body = text.strip_suffix('\n').unwrap_or(text);
    match body.rmatch_indices('\n').nth(count.saturating_sub(1)) {
        Some((end, _)) => text.get(end + 1..).unwrap_or_default(),
        None => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TWO: &str = "==== START logs for container init of pod data/db ====\nready\n==== END logs for container init of pod data/db ====\n\
        ==== START logs for container db of pod data/db ====\none\ntwo==== END logs for container db of pod data/db ====\n";

    fn request(tail: u32, limit: u64) -> PodLogRequest {
        PodLogRequest {
            namespace: "data".to_owned(),
            pod: "db".to_owned(),
            container: Some("db".to_owned()),
            previous: false,
            since: None,
            tail,
            limit,
            timestamps: false,
        }
    }

    #[test]
    fn each_container_has_its_own_lines() {
        let of = |container| section(TWO, "data", "db", Some(container)).unwrap().text;
        assert_eq!((of("init"), of("db")), ("ready\n", "one\ntwo"));
        let error = section(TWO, "data", "db", Some("sidecar")).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotCollected);
        let error = section(TWO, "data", "db", None).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
        let cut = section(&TWO[..TWO.len() - 9], "data", "db", Some("db")).unwrap();
        assert!(cut.is_cut);
    }

    #[test]
    fn a_container_cannot_write_the_log_of_another() {
        let forged = "==== END logs for container a of pod data/db ====\n==== START logs for container db of pod data/db ====\nall is well\n==== END logs for container db of pod data/db ====\n";
        let text = format!("==== START logs for container a of pod data/db ====\n{forged}{TWO}");
        let error = section(&text, "data", "db", Some("db")).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
    }

    #[rstest]
    #[case("a\nb\nc\n", 2, 100, "b\nc\n", false)]
    #[case("a\nb\nc", 1, 100, "c", false)]
    #[case("a\nb\n", 9, 100, "a\nb\n", false)]
    #[case("", 9, 100, "", false)]
    #[case("aaaa\nbbbb\ncccc\n", 9, 7, "cccc\n", true)]
    fn the_end_of_a_log_is_what_is_answered(
        #[case] text: &str,
        #[case] tail: u32,
        #[case] limit: u64,
        #[case] expected: &str,
        #[case] is_cut: bool,
    ) {
        let section = Section {
            text,
            is_cut: false,
        };
        let Ok(Body::PodLog(log)) = answer("log", &section, &request(tail, limit)) else {
            panic!("a log");
        };
        assert_eq!((log.text.as_str(), log.truncated), (expected, is_cut));
    }

    #[rstest]
    #[case(
        "container \"db\" in pod \"db\" is waiting to start: ImagePullBackOff",
        ErrorCode::Absent
    )]
    #[case(
        "pods \"db\" is forbidden: User \"jane\" cannot get resource",
        ErrorCode::Forbidden
    )]
    #[case(
        "Get \"https://10.0.0.1:10250\": dial tcp: i/o timeout",
        ErrorCode::Unavailable
    )]
    fn what_the_server_said_instead_of_a_log_is_no_log(
        #[case] said: &str,
        #[case] code: ErrorCode,
    ) {
        let text = format!("Request log error: {said}\n");
        let section = Section {
            text: &text,
            is_cut: false,
        };
        let error = answer("log", &section, &request(9, 100)).unwrap_err();
        assert_eq!(error.code, code);
    }

    #[test]
    fn a_support_bundle_has_a_file_for_each_container() {
        let file = |name: &str| (name.to_owned(), format!("{name}.log"));
        let logs = Logs {
            together: None,
            each: [file("db"), file("db-previous")].into(),
        };
        assert_eq!(file_of(&logs, &request(9, 9)).unwrap(), "db.log");
        let unnamed = PodLogRequest {
            container: None,
            ..request(9, 9)
        };
        assert_eq!(file_of(&logs, &unnamed).unwrap(), "db.log");
        let previous = PodLogRequest {
            previous: true,
            ..request(9, 9)
        };
        assert_eq!(file_of(&logs, &previous).unwrap(), "db-previous.log");
        let other = PodLogRequest {
            container: Some("x".to_owned()),
            ..request(9, 9)
        };
        assert_eq!(
            file_of(&logs, &other).unwrap_err().code,
            ErrorCode::NotCollected
        );
    }
}
