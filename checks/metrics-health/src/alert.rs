//! The site's own alerts that fire, by severity, for information: what they are about, other checks judge themselves.

use std::collections::BTreeMap;

use bsq_platform::words::some;
use bsq_sdk::prelude::*;

use crate::Wishes;
use crate::store::Store;
use crate::words;

/// Alerts that a finding names.
const NAMED: usize = 10;

pub(crate) fn tell(store: &mut Store<'_>, report: &mut Report, wishes: &Wishes) {
    let answer = store.instant("alerts", &[]);
    let mut severities: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for series in &answer.series {
        let (name, severity) = (series.label("alertname"), series.label("severity"));
        let is_skipped = |list: &[String], name: &str| list.iter().any(|known| known == name);
        if is_skipped(&wishes.skip_alerts, name)
            || is_skipped(&wishes.skip_alert_severities, severity)
        {
            continue;
        }
        let times = series.value().unwrap_or(1.0);
        let told = if times > 1.0 {
            format!("{name} ({times:.0} times)")
        } else {
            name.to_owned()
        };
        severities.entry(severity).or_default().push(told);
    }
    for (severity, mut names) in severities {
        names.sort();
        let severity = if severity.is_empty() {
            "none"
        } else {
            severity
        };
        let verb = if names.len() == 1 { "fires" } else { "fire" };
        let title = format!(
            "{} of severity {severity} {verb}: {}",
            words::count(names.len(), "alert"),
            some(&names, NAMED)
        );
        let subject = Named::new("alerts", severity).with_read(answer.read);
        let finding = report.finding("BSQ-METRIC-012", subject, title);
        finding.evidence("ALERTS", some(&names, NAMED));
        finding.link("/docs/runtime/runtime-observability-model");
    }
}
