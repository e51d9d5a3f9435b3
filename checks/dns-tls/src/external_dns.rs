//! External DNS: can it publish what it should. Its pods are known by their label or image, since no name of it is
//! documented. Why such a pod does not run at all is another check's question.

use bsq_platform::command;
use bsq_platform::image;
use bsq_platform::labels::Named;
use bsq_platform::pod::has_ended;
use bsq_platform::words::full_name;
use bsq_sdk::prelude::*;

use crate::words::excerpt;

const NAME: &str = "external-dns";

/// Lines from the end of the log: it writes a few in each round, and a round takes a minute.
const LINES: u32 = 100;

/// Pods whose log is read; a platform has one for each provider.
const MOST: usize = 5;

#[derive(Object)]
#[object(kind = "v1/Pod")]
struct Pod {
    metadata: Named,
    spec: PodSpec,
    status: PodStatus,
}

#[derive(Object)]
struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Object)]
struct Container {
    name: String,
    image: String,
}

#[derive(Object)]
struct PodStatus {
    phase: String,
}

impl Pod {
    /// The container that publishes records.
    fn publisher(&self) -> Option<&str> {
        let mut containers = self.spec.containers.iter();
        let by_image = containers.find(|container| image::name(&container.image) == NAME);
        let first = || {
            let is_named = self.metadata.labels.name == NAME;
            self.spec.containers.first().filter(|_| is_named)
        };
        by_image
            .or_else(first)
            .map(|container| container.name.as_str())
    }
}

/// The pod of External DNS, if it is here: whoever misses a record may name it as the cause.
pub(crate) fn tell(cx: &Context, report: &mut Report) -> Option<ObjectRef> {
    let pods = cx.list::<Pod>().or_empty();
    let publishers = pods.iter().filter_map(|pod| Some((pod, pod.publisher()?)));
    let mut first = None;
    for (pod, container) in publishers
        .filter(|(pod, _)| !has_ended(&pod.status.phase))
        .take(MOST)
    {
        first.get_or_insert_with(|| pod.reference());
        let log = cx
            .pod_log(pod.namespace(), pod.name())
            .container(container)
            .tail(LINES)
            .read();
        // A publisher that logs no rounds that go well leaves old errors as its last word.
        let is_recent =
            |trouble: &Trouble<'_>| trouble.last.is_none_or(|last| last >= cx.window().start);
        if let Ok(log) = log
            && let Some(trouble) = trouble(log.lines()).filter(is_recent)
        {
            cannot_publish(cx, report, pod, log.read, &trouble);
        }
    }
    first
}

fn cannot_publish(
    cx: &Context,
    report: &mut Report,
    pod: &Item<Pod>,
    read: u32,
    trouble: &Trouble<'_>,
) {
    let title = format!(
        "External DNS {} cannot publish records: {}",
        full_name(pod),
        excerpt(trouble.message)
    );
    let finding = report.finding("BSQ-DNS-003", pod, title);
    finding.since(trouble.since.filter(|since| *since <= cx.now()));
    finding.evidence_from(read, "log", trouble.message);
    finding.evidence_from(read, "errors since it last succeeded", trouble.count);
    finding.look(command::log(pod.namespace(), pod.name()));
    finding.advice("records that exist stay; new and changed host names are not published until this is mended");
    finding.link("/docs/runtime/ingress-and-routing-model");
}

#[derive(Debug, PartialEq)]
struct Trouble<'a> {
    message: &'a str,
    since: Option<Timestamp>,
    last: Option<Timestamp>,
    count: usize,
}

/// The errors since the last round that went well, told by the last of them.
fn trouble<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Trouble<'a>> {
    let mut trouble: Option<Trouble<'a>> = None;
    for line in lines {
        if is_success(line) {
            trouble = None;
        } else if is_error(line) {
            let (since, count) = match &trouble {
                Some(known) => (known.since, known.count + 1),
                None => (time(line), 1),
            };
            trouble = Some(Trouble {
                message: message(line),
                since,
                last: time(line),
                count,
            });
        }
    }
    trouble
}

fn is_success(line: &str) -> bool {
    ["All records are already up to date", "successfully updated"]
        .iter()
        .any(|words| line.contains(words))
}

fn is_error(line: &str) -> bool {
    ["error", "fatal"].iter().any(|level| {
        line.contains(&format!("level={level}")) || line.contains(&format!("\"level\":\"{level}\""))
    })
}

/// What the line says, in logfmt or JSON; all of it where it is neither.
fn message(line: &str) -> &str {
    ["msg=\"", "\"msg\":\""]
        .iter()
        .find_map(|key| line.split_once(key))
        .map_or(line, |(_, rest)| unquoted(rest))
}

/// Up to the quote that ends it.
fn unquoted(rest: &str) -> &str {
    let mut is_escaped = false;
    let end = rest.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        ends
    });
    end.map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest))
}

fn time(line: &str) -> Option<Timestamp> {
    ["time=\"", "\"time\":\""]
        .iter()
        .find_map(|key| line.split_once(key))
        .and_then(|(_, rest)| rest.split('"').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str =
        r#"time="2026-11-23T06:03:00Z" level=error msg="records retrieval failed: AccessDenied""#;
    const WELL: &str =
        r#"time="2026-11-23T06:04:00Z" level=info msg="All records are already up to date""#;

    #[test]
    fn an_error_counts_until_a_round_goes_well() {
        let told = trouble([WELL, FAILED, FAILED].into_iter());
        assert_eq!(
            told,
            Some(Trouble {
                message: "records retrieval failed: AccessDenied",
                since: "2026-11-23T06:03:00Z".parse().ok(),
                last: "2026-11-23T06:03:00Z".parse().ok(),
                count: 2,
            })
        );
        assert_eq!(trouble([FAILED, WELL].into_iter()), None);
        assert_eq!(trouble(["level=info msg=\"ready\""].into_iter()), None);
    }

    #[test]
    fn json_lines_are_read_too() {
        let line = r#"{"level":"fatal","msg":"failed to sync cache: timed out","time":"2026-11-23T06:03:00Z"}"#;
        let told = trouble([line].into_iter());
        assert_eq!(
            told.map(|told| told.message),
            Some("failed to sync cache: timed out")
        );
    }
}
