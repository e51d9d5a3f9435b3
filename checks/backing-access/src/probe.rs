//! What OpenBao and MinIO say of themselves, where the site names endpoints `openbao` and `minio`.
//!
//! Paths and answers are those of the products, not of this platform: what does not fit says nothing.

use bsq_sdk::prelude::*;

use crate::down;
use crate::server::{Product, Server};

/// Whether OpenBao says that it is sealed, and in which read.
#[derive(Default)]
pub(crate) struct Sealed {
    pub(crate) read: Option<u32>,
}

#[derive(Object)]
struct Health {
    initialized: Option<bool>,
    sealed: Option<bool>,
}

/// How many endpoints were asked, and what OpenBao said.
pub(crate) fn ask(cx: &Context, report: &mut Report, servers: &[Server<'_>]) -> (usize, Sealed) {
    let sealed = openbao(cx, report, servers);
    let minio = minio(cx, report, servers);
    let asked = usize::from(sealed.is_some()) + usize::from(minio);
    (asked, sealed.unwrap_or_default())
}

fn openbao(cx: &Context, report: &mut Report, servers: &[Server<'_>]) -> Option<Sealed> {
    let response = cx.http("openbao").anonymous().get("/v1/sys/health").ok()?;
    // The status may be set by the request or a proxy; the body is OpenBao's own.
    let Ok(Health {
        initialized: Some(true),
        sealed: Some(true),
    }) = response.decode::<Health>()
    else {
        return Some(Sealed::default());
    };
    let mut known = servers
        .iter()
        .filter(|server| server.product == Product::OpenBao);
    if known.next().is_none() || known.next().is_some() {
        // None of them, or not known which: then it is the endpoint.
        let endpoint = Named::new("endpoint", "openbao").with_read(response.read());
        let finding = report.finding(
            "BSQ-BACK-013",
            endpoint,
            "OpenBao at endpoint openbao is sealed",
        );
        finding
            .evidence("status", response.status())
            .evidence("sealed", "true");
        down::unseal(finding);
        return Some(Sealed::default());
    }
    Some(Sealed {
        read: Some(response.read()),
    })
}

fn minio(cx: &Context, report: &mut Report, servers: &[Server<'_>]) -> bool {
    let Ok(response) = cx.http("minio").anonymous().get("/minio/health/cluster") else {
        return false;
    };
    // Without the product's own header anyone may have answered.
    let is_minio = response
        .header("server")
        .is_some_and(|server| server.contains("MinIO"));
    if response.status() == 503 && is_minio {
        let endpoint = Named::new("endpoint", "minio").with_read(response.read());
        let finding = report.finding(
            "BSQ-BACK-018",
            endpoint,
            "MinIO at endpoint minio cannot write: too few of its drives are online",
        );
        finding.evidence("status of /minio/health/cluster", response.status());
        for header in [
            "x-minio-write-quorum",
            "x-minio-storage-class-defaults",
            "retry-after",
        ] {
            if let Some(value) = response.header(header) {
                finding.evidence(header, value);
            }
        }
        for server in servers
            .iter()
            .filter(|server| server.product == Product::MinIo)
        {
            finding.caused_by(&server.workload);
        }
        finding.look(["kubectl", "get", "pods", "--all-namespaces", "-o", "wide"]);
        finding.link("/docs/runtime/components/minio");
    }
    true
}
