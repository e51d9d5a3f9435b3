//! How fast texts are looked through for secrets: what a bare look at each byte of them costs is not known, so the bound is
//! a rate.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bsq_host::capability::redact::Redactor;

use super::table::{Table, median};

/// Bytes of each text: large enough that nothing of it stays in a cache.
const BYTES: usize = 32 << 20;

/// Looks at each text; the first warms memory and does not count.
const ROUNDS: usize = 6;

/// Mebibytes each second, on one core.
const BOUND: f64 = 200.0;

/// One line in a thousand holds a secret.
const LINES_PER_SECRET: usize = 1000;

pub(crate) fn measure(table: &mut Table) -> Result<()> {
    let redactor = Redactor::default();
    let (logs, secrets) = logs();
    let (rate, looked) = rate(logs.len(), || redactor.text(&logs).into_owned())?;
    let marks = looked.matches("[redacted:").count();
    ensure!(marks == secrets, "{marks} of {secrets} secrets were found");
    table.rate(
        "redaction of logs, 0.1 % of lines with a secret",
        rate,
        BOUND,
        "MB/s",
    )?;
    let pods: Vec<String> = (0..2000).map(pod).collect();
    let bytes = pods.iter().map(String::len).sum::<usize>() * 8;
    let (rate, _) = rate_of(bytes, || {
        for _ in 0..8 {
            for pod in &pods {
                std::hint::black_box(redactor.json(pod));
            }
        }
        String::new()
    });
    table.rate("redaction of pods as JSON", rate, BOUND, "MB/s")
}

fn rate(bytes: usize, look: impl Fn() -> String) -> Result<(f64, String)> {
    let (rate, looked) = rate_of(bytes, look);
    ensure!(!looked.is_empty(), "nothing was looked at");
    Ok((rate, looked))
}

fn rate_of(bytes: usize, look: impl Fn() -> String) -> (f64, String) {
    let mut times: Vec<Duration> = Vec::new();
    let mut looked = String::new();
    for round in 0..ROUNDS {
        let started = Instant::now();
        looked = look();
        if round > 0 {
            times.push(started.elapsed());
        }
    }
    let seconds = median(times).as_secs_f64();
    (bytes as f64 / f64::from(1 << 20) / seconds, looked)
}

/// Lines as an ingress, a database, an application in JSON and a Go server write them.
fn logs() -> (String, usize) {
    let mut text = String::with_capacity(BYTES + 512);
    let mut line = 0_usize;
    let mut secrets = 0;
    while text.len() < BYTES {
        line += 1;
        let id = line.wrapping_mul(2_654_435_761) % 1_000_003;
        text.push_str(&match line % 4 {
            0 => format!(
                "10.244.3.{} - - [23/Nov/2026:06:12:04 +0000] \"GET /api/v1/models?page={id} HTTP/2.0\" 200 {id} \"https://portal.site.test/chat\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n",
                id % 250
            ),
            1 => format!(
                "2026-11-23 06:12:04.{id:06} UTC [{id}] LOG:  checkpoint complete: wrote {id} buffers (2.1%); 0 WAL file(s) added, 0 removed, 1 recycled; write=12.3 s\n"
            ),
            2 => format!(
                "{{\"level\":\"info\",\"ts\":\"2026-11-23T06:12:04.{id:06}Z\",\"logger\":\"controller\",\"msg\":\"reconciled\",\"namespace\":\"data\",\"name\":\"postgresql-{id}\",\"took\":\"{id}us\"}}\n"
            ),
            _ => format!(
                "I1123 06:12:04.{id:06}       1 scheduler.go:{id}] \"Successfully bound pod to node\" pod=\"serving/vllm-{id}\" node=\"gpu-{}\" evaluatedNodes={id} feasibleNodes=3\n",
                id % 97
            ),
        });
        if line.is_multiple_of(LINES_PER_SECRET) {
            secrets += 1;
            text.push_str(&format!(
                "2026-11-23T06:12:04Z WARN cannot connect to postgresql://app:s3cr3t{id}@postgresql:5432/app, trying again\n"
            ));
        }
    }
    (text, secrets)
}

/// A pod as it is kept after pruning, with the fields of the checks.
fn pod(number: usize) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"vllm-{number}","namespace":"serving","uid":"0d7b3c5e-{number}","resourceVersion":"{number}","labels":{{"app.kubernetes.io/name":"vllm","pod-template-hash":"7d9f8b6c5d"}},"ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"vllm-7d9f8b6c5d","uid":"1"}}]}},"spec":{{"nodeName":"gpu-{number}","serviceAccountName":"vllm","containers":[{{"name":"vllm","image":"registry.site.test/ai/vllm:0.9","args":["--model","/models/llama","--port","8000"],"env":[{{"name":"HF_HOME","value":"/cache"}},{{"name":"API_TOKEN","valueFrom":{{"secretKeyRef":{{"name":"vllm","key":"token"}}}}}},{{"name":"OTEL_EXPORTER_OTLP_ENDPOINT","value":"http://otel-collector.observability:4317"}}],"resources":{{"limits":{{"cpu":"8","memory":"64Gi","nvidia.com/gpu":"1"}}}},"volumeMounts":[{{"name":"models","mountPath":"/models"}},{{"name":"kube-api-access-x2xbz","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","readOnly":true}}]}}],"volumes":[{{"name":"models","persistentVolumeClaim":{{"claimName":"models"}}}},{{"name":"kube-api-access-x2xbz","projected":{{"sources":[{{"serviceAccountToken":{{"expirationSeconds":3607,"path":"token"}}}},{{"configMap":{{"name":"kube-root-ca.crt"}}}}]}}}}]}},"status":{{"phase":"Running","podIP":"10.244.3.7","startTime":"2026-11-23T06:12:04Z","conditions":[{{"type":"Ready","status":"True","lastTransitionTime":"2026-11-23T06:12:04Z"}},{{"type":"ContainersReady","status":"True","lastTransitionTime":"2026-11-23T06:12:04Z"}}],"containerStatuses":[{{"name":"vllm","ready":true,"restartCount":0,"image":"registry.site.test/ai/vllm:0.9","state":{{"running":{{"startedAt":"2026-11-23T06:12:04Z"}}}}}}]}}}}"#
    )
}
