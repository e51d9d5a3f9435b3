//! The check against the series that Prometheus gives for each of its questions.

use bsq_sdk::prelude::*;
use bsq_sdk::reads::{Point, Series};
use bsq_sdk::testing::{FakeHost, Outcome};
use bsq_sdk::{Scope, Severity};
use metrics_health::metrics_confirm_health as check;

const MANIFEST: &str = include_str!("../check.toml");

/// The frozen time of the fake host, 06:12:04.
const NOW: u64 = 1_795_414_324;

const COLLECTED: &[&str] = &[
    "up",
    "kubelet_volume_stats_available_bytes",
    "kube_node_status_condition",
    "node_cpu_seconds_total",
    "node_load15",
    "node_memory_MemAvailable_bytes",
    "kube_pod_info",
    "certmanager_certificate_expiration_timestamp_seconds",
    "argocd_app_info",
    "vllm:num_requests_waiting",
    "DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_XID_ERRORS",
];

const TEMPLATES: &[&str] = &[
    "presence",
    "targets-down",
    "targets-of-job",
    "targets-ever-up",
    "volume-space",
    "volume-inodes",
    "volume-trend",
    "volume-pods",
    "node-conditions",
    "node-busy",
    "node-load",
    "node-memory",
    "node-names",
    "waiting",
    "certificate-ends",
    "certificate-renewals",
    "applications",
    "queues",
    "gpu-busy",
    "gpu-errors",
    "alerts",
];

/// A store that collects these metrics and has nothing to tell.
fn quiet(collected: &[&str]) -> FakeHost {
    let host = TEMPLATES
        .iter()
        .fold(FakeHost::new(MANIFEST), |host, name| host.metric(name, []));
    let present = collected.iter().map(|name| one(&[("__name__", name)], 5.0));
    host.metric("presence", present)
}

fn host() -> FakeHost {
    quiet(COLLECTED)
}

fn series(labels: &[(&str, &str)], points: Vec<Point>) -> Series {
    let labels = labels.iter();
    Series {
        labels: labels
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        points,
    }
}

fn one(labels: &[(&str, &str)], value: f64) -> Series {
    lasting(labels, value, 0)
}

/// A point each half minute, the last so many minutes of the window.
fn lasting(labels: &[(&str, &str)], value: f64, minutes: u64) -> Series {
    falling(labels, minutes, |_| value)
}

fn falling(labels: &[(&str, &str)], minutes: u64, value: impl Fn(u64) -> f64) -> Series {
    let points = (0..=minutes * 2).map(|index| Point {
        time: (NOW - minutes * 60 + index * 30) * 1000,
        value: value(index),
    });
    series(labels, points.collect())
}

const NODE: &[(&str, &str)] = &[("node", "worker-1"), ("condition", "Ready")];
const VOLUME: &[(&str, &str)] = &[
    ("namespace", "data"),
    ("persistentvolumeclaim", "data-postgresql-0"),
];

fn volume(free: f64) -> FakeHost {
    host().metric("volume-space", [one(VOLUME, free)])
}

/// A volume of which so many bytes go each half minute of the last hour, 1000 being left.
fn filling(free: f64, speed: f64) -> FakeHost {
    let trend = falling(VOLUME, 59, |index| {
        1000.0 + speed * f64::from(118 - u32::try_from(index).unwrap_or(0))
    });
    volume(free).metric("volume-trend", [trend])
}

fn job(down: u64, ever: f64) -> FakeHost {
    let job = [
        ("namespace", "coreai"),
        ("job", "llm-backend"),
        ("service", "llm-backend"),
    ];
    let target = |pod: &str, value: f64| {
        let own = [("instance", "10.0.0.7:8080"), ("pod", pod)];
        let labels: Vec<(&str, &str)> = job.into_iter().chain(own).collect();
        one(&labels, value)
    };
    host()
        .metric("targets-down", [lasting(&job, 1.0, down)])
        .metric(
            "targets-of-job",
            [target("llm-0", 0.0), target("llm-1", 1.0)],
        )
        .metric("targets-ever-up", [target("llm-0", ever)])
}

fn certificate(ends: i64, renewal: Option<i64>) -> FakeHost {
    let at = |offset: i64| (NOW as f64) + offset as f64 * 3600.0;
    // As Prometheus labels it without `honorLabels`: the namespace is that of cert-manager itself.
    let labels = [
        ("namespace", "cert-manager"),
        ("exported_namespace", "coreai"),
        ("name", "portal-tls"),
    ];
    let host = host().metric("certificate-ends", [one(&labels, at(ends))]);
    match renewal {
        Some(renewal) => host.metric("certificate-renewals", [one(&labels, at(renewal))]),
        None => host,
    }
}

fn causes(outcome: &Outcome, code: &str) -> Vec<String> {
    let causes = outcome.finding(code).causes().iter();
    let named = causes.filter_map(|cause| cause.subject.as_ref());
    named.map(ToString::to_string).collect()
}

#[test]
fn a_healthy_platform_has_no_findings() {
    let watchdog = [("alertname", "Watchdog"), ("severity", "none")];
    let throttled = [("alertname", "CPUThrottlingHigh"), ("severity", "info")];
    let busy = [("instance", "10.0.0.1:9100")];
    let app_fault = [("Hostname", "gpu-1"), ("gpu", "0")];
    let queue = [("namespace", "kubeai"), ("model_name", "llama-3")];
    let healthy = certificate(20, Some(4))
        .metric("volume-space", [one(VOLUME, 0.35)])
        .metric(
            "volume-trend",
            [falling(VOLUME, 59, |index| {
                if index % 4 < 2 { 900.0 } else { 400.0 }
            })],
        )
        // Fresh: a rollout is not a fault, nor is a node that has just come.
        .metric(
            "targets-down",
            [lasting(
                &[("job", "portal"), ("namespace", "coreai")],
                1.0,
                4,
            )],
        )
        .metric("node-conditions", [lasting(NODE, 1.0, 1)])
        // Busy, and nothing waits.
        .metric("node-busy", [one(&busy, 0.99)])
        .metric("node-load", [one(&busy, 0.9)])
        .metric("node-memory", [one(&busy, 0.2)])
        .metric("queues", [one(&queue, 1.0)])
        .metric("gpu-errors", [one(&app_fault, 31.0)])
        .metric("alerts", [one(&watchdog, 1.0), one(&throttled, 3.0)]);
    let outcome = healthy.run(check);
    assert_eq!(outcome.titles(), [""; 0]);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert!(
        outcome
            .summary
            .starts_with("metrics confirm scrape targets, volumes, node"),
        "{}",
        outcome.summary
    );
}

#[test]
fn targets_that_are_down_are_told_by_job_with_their_onset() {
    let outcome = job(20, 1.0).run(check);
    let finding = outcome.finding("BSQ-METRIC-001");
    assert_eq!(
        finding.title(),
        "1 of 2 targets of job coreai/llm-backend is down: metrics say nothing of it"
    );
    assert_eq!(finding.began(), "2026-11-23T05:52:04Z".parse().ok());
    assert_eq!(outcome.severity(finding), Severity::Low);
    assert_eq!(
        causes(&outcome, "BSQ-METRIC-001"),
        [
            "scrape-job coreai/llm-backend",
            "Pod coreai/llm-0",
            "Service coreai/llm-backend"
        ]
    );
    let all = host()
        .metric("targets-down", [lasting(&[("job", "loki")], 3.0, 20)])
        .run(check);
    let finding = all.finding("BSQ-METRIC-001");
    assert!(
        finding
            .title()
            .starts_with("all 3 targets of job loki are down"),
        "{}",
        finding.title()
    );
    assert_eq!(all.word(), "warn");
}

#[test]
fn a_target_that_was_never_scraped_is_a_blind_spot_and_no_news() {
    let never = job(60, 0.0).run(check);
    let finding = never.finding("BSQ-METRIC-001");
    assert_eq!((never.word(), finding.began()), ("pass", None));
    assert!(
        finding.title().contains("has not been scraped for a day"),
        "{}",
        finding.title()
    );
    // Down for the whole window, and up before it.
    assert_eq!(job(60, 1.0).run(check).word(), "warn");
}

#[test]
fn a_target_that_came_back_young_or_skipped_is_well() {
    let labels = [("job", "portal")];
    let mut back = lasting(&labels, 1.0, 40);
    back.points.truncate(40);
    for host in [
        host().metric("targets-down", [back]),
        job(9, 1.0),
        job(20, 1.0).setting("skip-jobs", vec!["llm-backend"]),
        job(20, 1.0).setting("target-down-after", "30m"),
    ] {
        assert_eq!(host.run(check).titles(), [""; 0]);
    }
}

#[test]
fn a_volume_is_told_by_its_free_space_and_where_it_goes() {
    for (host, code, word, title) in [
        (
            volume(0.08),
            "BSQ-METRIC-002",
            "warn",
            "volume data/data-postgresql-0 is 92.0 % full",
        ),
        (
            volume(0.02),
            "BSQ-METRIC-002",
            "fail",
            "volume data/data-postgresql-0 is 98.0 % full",
        ),
        (
            filling(0.08, 1.0),
            "BSQ-METRIC-002",
            "warn",
            "volume data/data-postgresql-0 is 92.0 % full, and is used up in 8h 20m",
        ),
        (
            filling(0.3, 1.0),
            "BSQ-METRIC-003",
            "warn",
            "volume data/data-postgresql-0 is 70.0 % full and will be used up in 8h 20m",
        ),
        (
            volume(0.5).metric("volume-inodes", [one(VOLUME, 0.01)]),
            "BSQ-METRIC-002",
            "warn",
            "volume data/data-postgresql-0 has 1.0 % of its inodes left: no file can be made soon",
        ),
    ] {
        let outcome = host.run(check);
        assert_eq!((outcome.titles(), outcome.word()), (vec![title], word));
        assert_eq!(outcome.codes(), [code]);
    }
    let end = filling(0.3, 1.0).run(check);
    assert_eq!(
        end.finding("BSQ-METRIC-003").fact("full at"),
        Some("2026-11-23T14:32:04Z")
    );
}

#[test]
fn a_volume_that_fills_slowly_or_is_far_from_full_is_well() {
    for host in [
        filling(0.3, 0.1),
        filling(0.6, 50.0),
        filling(0.3, 1.0).setting("volume-horizon", "4h"),
        volume(0.08).setting("volume-low", 5),
    ] {
        assert_eq!(host.run(check).titles(), [""; 0]);
    }
}

#[test]
fn a_full_volume_follows_from_the_pod_that_says_so_itself() {
    let mount = |namespace| one(&[("namespace", namespace), ("pod", "postgresql-0")], 1.0);
    let outcome = volume(0.01)
        .metric("volume-pods", [mount("data"), mount("elsewhere")])
        .run(check);
    let finding = outcome.finding("BSQ-METRIC-002");
    assert_eq!(finding.fact("mounted by"), Some("postgresql-0"));
    assert_eq!(
        causes(&outcome, "BSQ-METRIC-002"),
        ["Pod data/postgresql-0"]
    );
    let codes: Vec<_> = finding
        .causes()
        .iter()
        .map(|cause| cause.code.as_deref())
        .collect();
    assert_eq!(codes, [Some("BSQ-POD-007")]);
}

#[test]
fn a_node_is_told_once_and_by_what_is_worst() {
    let pressure = |name| lasting(&[("node", "worker-1"), ("condition", name)], 1.0, 10);
    let short = host()
        .metric(
            "node-conditions",
            [pressure("MemoryPressure"), pressure("DiskPressure")],
        )
        .run(check);
    assert_eq!(
        short.titles(),
        ["node worker-1 reports DiskPressure, MemoryPressure"]
    );
    assert_eq!(
        (short.codes(), short.word()),
        (vec!["BSQ-METRIC-005"], "warn")
    );
    let lost = host()
        .metric(
            "node-conditions",
            [pressure("MemoryPressure"), lasting(NODE, 1.0, 10)],
        )
        .run(check);
    assert_eq!(lost.titles(), ["node worker-1 is not ready"]);
    assert_eq!(
        (lost.codes(), lost.word()),
        (vec!["BSQ-METRIC-004"], "fail")
    );
    assert_eq!(
        lost.finding("BSQ-METRIC-004").began(),
        "2026-11-23T06:02:04Z".parse().ok()
    );
}

#[test]
fn processors_are_saturated_where_work_waits_and_memory_where_none_is_left() {
    let node = [("instance", "10.0.0.1:9100")];
    let name = [("instance", "10.0.0.1:9100"), ("nodename", "worker-1")];
    let outcome = host()
        .metric("node-busy", [one(&node, 0.99)])
        .metric("node-load", [one(&node, 3.0)])
        .metric("node-memory", [one(&node, 0.02)])
        .metric("node-names", [one(&name, 1.0)])
        .run(check);
    assert_eq!(
        outcome.titles(),
        [
            "the processors of node worker-1 are 99.0 % busy, and 3.0 tasks want each of them",
            "node worker-1 has had at most 2.0 % of its memory available for 10 minutes"
        ]
    );
    assert_eq!(outcome.codes(), ["BSQ-METRIC-006"; 2]);
    assert_eq!(
        causes(&outcome, "BSQ-METRIC-006"),
        ["Node worker-1", "Node worker-1"]
    );
}

#[test]
fn waiting_containers_follow_from_their_pods() {
    let waits = |pod, reason| {
        let labels = [
            ("namespace", "data"),
            ("pod", pod),
            ("container", "main"),
            ("reason", reason),
        ];
        one(&labels, 1.0)
    };
    let outcome = host()
        .metric(
            "waiting",
            [
                waits("a", "CrashLoopBackOff"),
                waits("b", "ImagePullBackOff"),
            ],
        )
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["2 containers of data wait for 10 minutes or more: CrashLoopBackOff, ImagePullBackOff"]
    );
    let finding = outcome.finding("BSQ-METRIC-007");
    assert_eq!(finding.fact("CrashLoopBackOff"), Some("a/main"));
    assert_eq!(
        causes(&outcome, "BSQ-METRIC-007"),
        ["Pod data/a", "Pod data/b"]
    );
}

#[test]
fn a_certificate_is_told_by_its_renewal_and_not_by_its_days() {
    for (host, word, title) in [
        (
            certificate(-2, None),
            "fail",
            "certificate coreai/portal-tls expired 2h 0m ago",
        ),
        (
            certificate(48, Some(-100)),
            "warn",
            "certificate coreai/portal-tls is not renewed though it is due, and expires in 2d 0h",
        ),
        (
            certificate(40, None),
            "warn",
            "certificate coreai/portal-tls expires in 1d 16h",
        ),
    ] {
        let outcome = host.run(check);
        assert_eq!((outcome.titles(), outcome.word()), (vec![title], word));
        assert_eq!(
            causes(&outcome, "BSQ-METRIC-008"),
            ["Certificate coreai/portal-tls"]
        );
    }
    for host in [
        certificate(10, Some(2)),
        certificate(48, Some(-1)),
        certificate(100, None),
    ] {
        assert_eq!(host.run(check).titles(), [""; 0]);
    }
}

#[test]
fn an_application_that_is_unhealthy_follows_from_what_the_object_says() {
    let app = [
        ("namespace", "argocd"),
        ("name", "mlflow"),
        ("health_status", "Degraded"),
    ];
    let outcome = host().metric("applications", [one(&app, 1.0)]).run(check);
    assert_eq!(
        outcome.titles(),
        ["Argo CD counts application mlflow as Degraded"]
    );
    assert_eq!(
        causes(&outcome, "BSQ-METRIC-009"),
        ["Application argocd/mlflow"]
    );
}

#[test]
fn a_queue_says_whether_its_gpus_are_busy() {
    let queue = [("namespace", "kubeai"), ("model_name", "llama-3")];
    let gpus = |busy| {
        host()
            .metric("queues", [one(&queue, 12.0)])
            .metric("gpu-busy", [one(&[("namespace", "kubeai")], busy)])
            .run(check)
    };
    let title = "at least 12 requests have waited before model llama-3 for 10 minutes";
    assert_eq!(
        gpus(99.0).titles(),
        [format!("{title}, and its GPUs are busy")]
    );
    assert_eq!(
        gpus(3.0).titles(),
        [format!("{title}, though its GPUs are not busy")]
    );
    let unseen = quiet(&["up", "vllm:num_requests_waiting"]).metric("queues", [one(&queue, 12.0)]);
    let outcome = unseen.run(check);
    assert_eq!(
        (outcome.titles(), outcome.codes()),
        (vec![title], vec!["BSQ-METRIC-010"])
    );
}

#[test]
fn a_gpu_is_told_by_faults_of_the_hardware() {
    let gpu = [("Hostname", "gpu-1"), ("gpu", "0")];
    let outcome = host().metric("gpu-errors", [one(&gpu, 79.0)]).run(check);
    assert_eq!(
        outcome.titles(),
        ["GPU gpu-1/0 last reported error 79: the GPU has fallen off the bus"]
    );
    assert_eq!(outcome.codes(), ["BSQ-METRIC-011"]);
}

#[test]
fn alerts_that_fire_are_information() {
    let alert = |name, severity| one(&[("alertname", name), ("severity", severity)], 2.0);
    let outcome = host()
        .metric(
            "alerts",
            [
                alert("KubePodCrashLooping", "warning"),
                alert("Watchdog", "none"),
            ],
        )
        .run(check);
    assert_eq!(
        outcome.titles(),
        ["1 alert of severity warning fires: KubePodCrashLooping (2 times)"]
    );
    assert_eq!(
        (outcome.codes(), outcome.word()),
        (vec!["BSQ-METRIC-012"], "pass")
    );
}

#[test]
fn what_is_not_collected_is_left_out_by_name() {
    let outcome = quiet(&["up", "kube_pod_info"]).run(check);
    assert_eq!((outcome.word(), outcome.complete), ("pass", true));
    assert_eq!(
        outcome.summary,
        "metrics confirm scrape targets, waiting containers; not collected here: volumes, node conditions, \
         node processors, node memory, certificates, applications, model queues, GPUs"
    );
    // Nothing is asked of what is not there.
    assert!(
        !outcome
            .reads
            .iter()
            .any(|read| read.what.contains("volume"))
    );
}

#[test]
fn a_store_that_holds_nothing_decides_nothing() {
    for collected in [&[] as &[&str], &["up"]] {
        let outcome = quiet(collected).run(check);
        assert_eq!(
            (outcome.word(), outcome.complete),
            ("skip: inconclusive", true)
        );
    }
    let outcome = FakeHost::new(MANIFEST).run(check);
    assert_eq!(
        (outcome.word(), outcome.complete),
        ("skip: not-configured", true)
    );
}

#[test]
fn a_narrower_scope_looks_at_its_own_namespaces_and_at_no_machine() {
    let outcome = volume(0.01)
        .metric("node-conditions", [lasting(NODE, 1.0, 10)])
        .scope(Scope::namespace("iam"))
        .run(check);
    assert_eq!(outcome.titles(), [""; 0]);
    assert!(
        !outcome
            .reads
            .iter()
            .any(|read| read.what.starts_with("metric node"))
    );
    let own = volume(0.01).scope(Scope::namespace("data")).run(check);
    assert_eq!(own.codes(), ["BSQ-METRIC-002"]);
}

#[test]
fn a_read_that_is_not_allowed_or_partial_is_never_a_pass() {
    for template in [
        "presence",
        "targets-down",
        "volume-space",
        "node-conditions",
        "alerts",
    ] {
        let denied = host().denied(template).run(check);
        assert_eq!(
            (denied.word(), denied.complete),
            ("skip: unknown", false),
            "{template}"
        );
        let partial = host().truncated(template).run(check);
        assert_eq!(
            (partial.word(), partial.complete),
            ("skip: unknown", false),
            "{template}"
        );
    }
    let down = Error::new("unavailable", "the metric store answered 503");
    let outcome = host().failed("volume-space", down).run(check);
    assert_eq!((outcome.word(), outcome.complete), ("error", false));
}

#[test]
fn what_is_found_stands_though_another_question_failed() {
    let outcome = volume(0.01).denied("node-conditions").run(check);
    assert_eq!((outcome.word(), outcome.complete), ("fail", false));
    let warned = volume(0.01).truncated("alerts").run(check);
    let warning = ("warning".to_owned(), "the answer is partial".to_owned());
    assert!(
        warned.attributes.contains(&warning),
        "{:?}",
        warned.attributes
    );
}
