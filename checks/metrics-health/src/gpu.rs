//! GPUs that report a fault of the hardware. Busy GPUs and full GPU memory are what inference does with them.

use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::node;
use crate::store::Store;

/// The driver's error numbers that NVIDIA ascribes to the hardware, the bus or the firmware. The others are faults of
/// programs, which come with every crash of one.
const HARDWARE: &[(u32, &str)] = &[
    (48, "double-bit memory error"),
    (64, "memory rows cannot be remapped"),
    (74, "NVLink error"),
    (79, "the GPU has fallen off the bus"),
    (94, "contained memory error"),
    (95, "uncontained memory error"),
    (119, "the GPU's own processor does not answer"),
    (120, "error of the GPU's own processor"),
];

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, _: &Wishes) {
    let answer = store.instant("gpu-errors", &[]);
    for series in &answer.series {
        let number = series.value().unwrap_or_default();
        let Some((number, meaning)) = HARDWARE
            .iter()
            .find(|(known, _)| f64::from(*known) == number)
        else {
            continue;
        };
        let node = match series.label("Hostname") {
            "" => series.label("instance"),
            node => node,
        };
        let gpu = format!("{node}/{}", series.label("gpu"));
        let title = format!("GPU {gpu} last reported error {number}: {meaning}");
        let subject = Named::new("gpu", &gpu).with_read(answer.read);
        let finding = report.finding("BSQ-METRIC-011", subject, title);
        finding.evidence("DCGM_FI_DEV_XID_ERRORS", number);
        node::is_why(finding, node);
        finding.look(["kubectl", "describe", "node", node]);
        finding.advice("cordon the node before it is reset: pods on it lose their GPU");
        finding.link("/docs/runtime/inference-model");
    }
}
