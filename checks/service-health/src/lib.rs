//! Every workload has the replicas it wants, and so has what operators run: Kafka, MCP servers, Ceph.
//!
//! ```text
//! Deployments, StatefulSets, DaemonSets ─► replicas ─┬─► one finding a workload, caused by its pods
//! pods, events ──────────────────────────────────────┘
//!                                       └► observed     one finding a controller
//! Kafka, MCPServer, CephCluster ─► kafka, tools, ceph   one finding an object, caused by its workloads
//! ```
//!
//! It says that a service lacks something, not why: findings about the pods do, and are named as the cause. KubeAI models
//! belong to another check. What was scaled to zero wants nothing, and is well.

mod ceph;
mod kafka;
mod objects;
mod observed;
mod pods;
mod replicas;
mod tokens;
mod tools;
mod workload;

use std::time::Duration;

use bsq_platform::time::has_lasted;
use bsq_sdk::prelude::*;

use pods::Pods;
use workload::Workload;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    ready_after: Duration,
    observed_after: Duration,
    token_errors: usize,
}

struct Tolerance {
    wishes: Wishes,
    now: Timestamp,
}

impl Tolerance {
    /// Whether what began then has lasted too long. What has no known beginning has.
    fn is_over(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| has_lasted(self.now, since, self.wishes.ready_after))
    }

    fn is_unobserved(&self, since: Timestamp) -> bool {
        has_lasted(self.now, since, self.wishes.observed_after)
    }
}

/// Every workload has the replicas it wants.
///
/// # Errors
///
/// What the host answers to the lists of workloads.
#[check]
pub fn workloads_have_their_replicas(cx: &Context) -> Result<Report> {
    let mut report = Report::new("every workload has the replicas it wants");
    let tolerance = Tolerance {
        wishes: cx.settings()?,
        now: cx.now(),
    };
    let workloads = Workload::list(cx)?;
    let pods = Pods::read(cx);
    report.looked_at(workloads.len());
    replicas::tell(cx, &mut report, &tolerance, &workloads, &pods);
    observed::tell(&mut report, &tolerance, &workloads);
    kafka::tell(cx, &mut report, &tolerance, &pods);
    tools::tell(cx, &mut report, &tolerance);
    ceph::tell(cx, &mut report, &tolerance, &workloads);
    report.or_not_applicable("there are no workloads here")
}
