//! Every screen of the report, as snapshots, on the same few runs.

use insta::assert_snapshot;

use super::model::{
    Baseline, Change, Changes, Ignored, Misfit, Outcome, Report, SkipReason, Verdict,
};
use super::page::Screen;
use super::render;
use super::testing::{finding, named, object, pod, report, row};
use crate::capability::Coverage;
use crate::manifest::{Layer, Severity};
use crate::settings::Format;
use crate::ui::Paint;

/// The runs, by name.
pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("green", green()),
        ("failing", failing()),
        ("refused", refused()),
        ("interrupted", interrupted()),
        ("replayed", replayed()),
        ("changed", changed()),
        ("changes", changes()),
        ("held", held()),
        ("hostile", hostile()),
    ]
}

fn change(time: &str, kind: &str, name: &str, text: &str) -> Change {
    Change {
        time: format!("2026-11-23T{time}:00Z"),
        kind: kind.to_owned(),
        namespace: Some("data".to_owned()),
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// What the host could see of what changed, the last of it just before the database failed.
fn told_changes() -> Vec<Change> {
    vec![
        change(
            "05:44",
            "ConfigMap",
            "pg",
            "ConfigMap data/pg was written by kubectl-edit",
        ),
        change(
            "05:58",
            "Secret",
            "pg",
            "Secret data/pg was written by argocd-controller",
        ),
        change(
            "06:02",
            "Application",
            "postgresql",
            "application postgresql synced 4f1c2d3 by jane",
        ),
        change(
            "06:02",
            "StatefulSet",
            "postgresql",
            "StatefulSet data/postgresql rolled out revision 7",
        ),
    ]
}

/// A cause with what changed before it, where not all of that may be read.
fn changed() -> Report {
    let database = finding("postgresql-0", "BSQ-POD-007")
        .severity(Severity::Critical)
        .title("data/postgresql-0 cannot start: no space left on device")
        .since("2026-11-23T06:03:11Z");
    let mut report = report([row("pod-triage").findings([database])]);
    for run in &mut report.runs {
        for group in &mut run.groups {
            group.changes = told_changes();
        }
        let detail = "nodes is forbidden";
        let reads = row("bsq-host").read("list v1/Node", Coverage::Forbidden, Some(detail));
        run.host_reads = Some(reads.build().coverage);
    }
    report
}

/// Held against a baseline, with a finding that is ignored and a rule that nobody needs any more.
fn held() -> Report {
    let known = finding("known", "BSQ-POD-011").severity(Severity::Low);
    let mut report = report([row("pod-triage").findings([
        finding("new", "BSQ-POD-007")
            .title("data/postgresql-0 cannot start: no space left on device"),
        known.title("iam/keycloak-0 restarted 3 times since yesterday"),
    ])]);
    let gone = finding("gone", "BSQ-ING-008")
        .title("Service iam/keycloak has no ready endpoint")
        .build();
    let unseen = finding("unseen", "BSQ-LOG-003")
        .title("coreai/mlflow cannot use its database")
        .build();
    let lived_with = finding("lived-with", "BSQ-STO-004")
        .title("claim data/export is not bound")
        .build();
    for run in &mut report.runs {
        run.baseline = Some(Baseline {
            context: "prod".to_owned(),
            time: "2026-11-22T06:12:04Z".to_owned(),
            new: vec!["new".to_owned()],
            gone: vec![gone.clone()],
            unknown: vec![unseen.clone()],
        });
        run.stale_ignores =
            vec!["ignore rule 2 (BSQ-GIT-*) matches no finding any more".to_owned()];
        run.counts.ignored = 1;
        for row in &mut run.checks {
            row.ignored = vec![Ignored {
                by: "rule 1".to_owned(),
                reason: "moved to the new class in March".to_owned(),
                finding: lived_with.clone(),
            }];
        }
    }
    report
}

/// `--changes`, alone.
fn changes() -> Report {
    let mut report = report([]);
    for run in &mut report.runs {
        run.changes = Some(Changes {
            since: "2026-11-23T04:12:04Z".to_owned(),
            list: told_changes(),
        });
    }
    report
}

fn green() -> Report {
    report([
        row("argocd-apps"),
        row("log-errors").skip(SkipReason::NotConfigured, "no [endpoint.loki] in bsq.toml"),
        row("pod-triage").findings([finding("note", "BSQ-POD-020")
            .severity(Severity::Info)
            .title("data/batch-1 has completed")]),
    ])
}

fn failing() -> Report {
    let database = finding("database", "BSQ-POD-007")
        .severity(Severity::Critical)
        .subject(pod("data", "postgresql-0", Some(("StatefulSet", "postgresql"))))
        .container("postgresql")
        .title("data/postgresql-0 cannot start: no space left on device")
        .meaning("a volume is full")
        .since("2026-11-23T06:03:11Z")
        .evidence(3, "status.containerStatuses.state.waiting.reason", "CrashLoopBackOff")
        .evidence(3, "status.containerStatuses.restartCount", "14")
        .evidence(
            4,
            "log",
            "LOG:  starting PostgreSQL 17.2\nLOG:  listening on port 5432\nLOG:  database system was shut down\n\
             FATAL:  could not write lock file \"postmaster.pid\": No space left on device",
        )
        .evidence(5, "change", "06:02 application postgresql synced 4f1c2d3")
        .look("kubectl --context prod-eu -n data describe pvc data-postgresql-0")
        .link("https://docs.bullsequana.ai/docs/runtime/components/postgresql");
    let consequence = |name: &str, namespace: &str| {
        finding(name, "BSQ-POD-003")
            .subject(pod(
                namespace,
                &format!("{name}-7d9f-x2x"),
                Some(("Deployment", name)),
            ))
            .layer(Layer::Identity)
            .title(&format!("{namespace}/{name} is not ready"))
            .meaning("a pod is not ready")
            .since("2026-11-23T06:05:00Z")
            .caused_by_code("BSQ-POD-007")
    };
    let application = finding("app", "BSQ-ARGO-003")
        .subject(object(
            "argoproj.io/v1alpha1",
            "Application",
            Some("argocd"),
            "postgresql",
        ))
        .layer(Layer::Delivery)
        .severity(Severity::Medium)
        .meaning("an application is not healthy")
        .title("postgresql is Degraded")
        .caused_by_subject(pod("data", "postgresql-0", None));
    let model = finding("model", "BSQ-MODEL-002")
        .subject(named("model", "llama-3-70b"))
        .layer(Layer::Inference)
        .severity(Severity::Medium)
        .title("llama-3-70b is listed and does not answer")
        .unfounded("http.status", "503");
    let escalate = finding("escalate", "BSQ-ESC-001")
        .subject(named("environment", "prod-eu"))
        .severity(Severity::Low)
        .meaning("several layers fail at once")
        .title("one cause makes 2 layers fail: data, identity");
    report([
        row("argocd-apps").findings([application]),
        row("coreai-models").findings([model]),
        row("escalation").findings([escalate]),
        row("first-look"),
        row("ingress-path")
            .read(
                "list v1/Service",
                Coverage::Forbidden,
                Some("services is forbidden"),
            )
            .skip(SkipReason::Unknown, "cannot say"),
        row("log-errors")
            .read(
                "query logs in data",
                Coverage::Failed,
                Some("Loki answered 502"),
            )
            .verdict(Verdict::Error, "nothing is known from logs"),
        row("pod-triage")
            .read("log data/postgresql-0", Coverage::Denied, None)
            .findings(
                [
                    "keycloak",
                    "openfga",
                    "mlflow",
                    "temporal-frontend",
                    "superset",
                ]
                .map(|name| consequence(name, "iam"))
                .into_iter()
                .chain([database]),
            ),
    ])
}

fn refused() -> Report {
    report([
        row("acme.example/pvc-age")
            .verdict(Verdict::Error, "no grant")
            .outcome(Outcome::Refused {
                reason: "no grant names sha256:9f2c".to_owned(),
            })
            .hint("bsq-host grants allow checks/pvc-age.wasm"),
        row("first-look"),
        row("newer")
            .verdict(Verdict::Error, "does not fit")
            .outcome(Outcome::Incompatible {
                misfits: vec![Misfit {
                    code: "BSQ0203".to_owned(),
                    problem: "it imports bsq:logs/query@0.9.0".to_owned(),
                    fix: "install a newer bsq-host".to_owned(),
                }],
            })
            .hint("install a newer bsq-host"),
        row("traces")
            .skip(SkipReason::Unknown, "a required need has no grant")
            .outcome(Outcome::NotStarted {
                reason: "the required need `list v1/Pod` has no grant".to_owned(),
            }),
    ])
}

fn interrupted() -> Report {
    let mut report = report([
        row("first-look"),
        row("pod-triage")
            .verdict(Verdict::Error, "interrupted")
            .outcome(Outcome::Cancelled),
    ]);
    for run in &mut report.runs {
        run.interrupted = true;
        run.complete = false;
    }
    report
}

fn replayed() -> Report {
    let mut report = report([
        row("first-look"),
        row("pod-triage").findings([finding("slow", "BSQ-POD-011")
            .severity(Severity::Low)
            .title("iam/keycloak-0 restarted 3 times since yesterday")
            .since("2026-11-22T21:40:00Z")]),
    ]);
    for run in &mut report.runs {
        run.measured.replayed = true;
    }
    report
}

/// Escape sequences and reordering characters wherever a component or a server may put text.
fn hostile() -> Report {
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\r\u{200b}\u{9b}31m";
    let mut found = finding("f", "BSQ-POD-007")
        .title(evil)
        .meaning(evil)
        .subject(pod(evil, evil, Some((evil, evil))))
        .container(evil)
        .since(evil)
        .evidence(1, evil, evil)
        .evidence(1, "log", evil)
        .look(evil)
        .link(evil);
    found = found.unfounded(evil, evil);
    let consequence = finding("g", evil)
        .title(evil)
        .meaning(evil)
        .caused_by_code("BSQ-POD-007");
    let mut report = report([
        row(evil).findings([found, consequence]),
        row("x")
            .read(evil, Coverage::Failed, Some(evil))
            .verdict(Verdict::Error, evil)
            .hint(evil)
            .outcome(Outcome::Trapped {
                message: evil.to_owned(),
            }),
    ]);
    for run in &mut report.runs {
        run.context = evil.to_owned();
        run.grants = vec![evil.to_owned()];
        for row in &mut run.checks {
            row.log.push(evil.to_owned());
            row.digest = Some(evil.to_owned());
        }
        for row in &mut run.measured.egress {
            row.path = evil.to_owned();
        }
    }
    report
}

fn drawn(format: Format, report: &Report, paint: Paint) -> String {
    let screen = Screen { width: 80, paint };
    render(format, report, screen).unwrap_or_default()
}

#[test]
fn each_screen_is_as_it_was() {
    for (name, report) in all() {
        if name == "hostile" {
            continue;
        }
        for (format, word) in [
            (Format::Table, "table"),
            (Format::Wide, "wide"),
            (Format::Short, "short"),
            (Format::Json, "json"),
        ] {
            let text = drawn(format, &report, Paint::PLAIN);
            assert_snapshot!(format!("{name}_{word}"), text);
        }
    }
}

#[test]
fn no_format_writes_control_characters_whatever_a_component_says() {
    for format in [Format::Table, Format::Wide, Format::Short] {
        for unicode in [true, false] {
            let paint = Paint {
                colour: false,
                unicode,
            };
            let text = drawn(format, &hostile(), paint);
            let found = text
                .chars()
                .find(|c| *c != '\n' && crate::ui::is_unsafe(*c));
            assert_eq!(found, None, "{format:?}: {text}");
            assert!(unicode || text.is_ascii());
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let paint = Paint {
        colour: true,
        unicode: true,
    };
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap_or_else(|_| unreachable!());
    for (name, report) in all() {
        let coloured = drawn(Format::Table, &report, paint);
        assert_ne!(coloured, drawn(Format::Table, &report, Paint::PLAIN));
        let bare = codes.replace_all(&coloured, "");
        assert_eq!(bare, drawn(Format::Table, &report, Paint::PLAIN), "{name}");
    }
}

#[test]
fn lines_keep_to_the_width_but_for_what_is_copied() {
    for (name, report) in all() {
        for line in drawn(Format::Table, &report, Paint::PLAIN).lines() {
            let is_copied = ["look", "read ", "hint"]
                .iter()
                .any(|word| line.trim_start().starts_with(word));
            let width = unicode_width::UnicodeWidthStr::width(line);
            assert!(width <= 80 || is_copied, "{name}: {line}");
        }
    }
}
