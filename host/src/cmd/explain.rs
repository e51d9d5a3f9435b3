//! `bsq-host explain CODE`: what a finding code of a check, or an error code of the host, means.

use crate::manifest::{FindingCode, Manifest};
use crate::report::words;
use crate::settings::closest;
use crate::ui::{Fault, codes};

/// Say what a code means: the host's own, or one that a manifest lists.
pub fn explain(code: &str, manifests: &[Manifest]) -> Result<String, Fault> {
    if let Some(code) = codes::code(code) {
        return Ok(format!(
            "{}  {}\n\nhint: {}\n",
            code.code, code.meaning, code.hint
        ));
    }
    let of_checks = || {
        manifests
            .iter()
            .flat_map(|manifest| manifest.findings.iter().map(move |found| (manifest, found)))
    };
    let found: Vec<String> = of_checks()
        .filter(|(_, found)| found.code.eq_ignore_ascii_case(code))
        .map(|(manifest, found)| finding(manifest, found))
        .collect();
    if !found.is_empty() {
        return Ok(found.join("\n"));
    }
    let known = of_checks().map(|(_, found)| found.code.as_str());
    let known = known.chain(codes::CODES.iter().map(|entry| entry.code));
    let fault = Fault::new("BSQ0133", format!("no check here gives `{code}`"));
    Err(match closest(&code.to_ascii_uppercase(), known) {
        Some(near) => fault.hint(format!("perhaps `bsq-host explain {near}`")),
        None => {
            fault.hint("name the component that gives it: `bsq-host explain CODE checks/*.wasm`")
        }
    })
}

fn finding(manifest: &Manifest, found: &FindingCode) -> String {
    let (word, _) = words::severity(found.severity);
    let mut text = format!(
        "{}  {}\n\ncheck     {} {}: {}\nseverity  {} ({})\nlayer     {}\n",
        found.code,
        found.title,
        manifest.id,
        manifest.version,
        manifest.title,
        words::severity_name(found.severity),
        word.to_ascii_lowercase(),
        words::layer(found.layer),
    );
    let pages = if found.docs.is_empty() {
        &manifest.docs
    } else {
        &found.docs
    };
    for page in pages {
        text.push_str(&format!("read      {page}\n"));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        toml::from_str(
            r#"
            id = "pod-triage"
            version = "0.1.0"
            title = "Every pod that should run does"
            docs = ["/docs/troubleshooting"]
            [[finding]]
            code = "BSQ-POD-007"
            title = "a volume is full"
            severity = "critical"
            layer = "data"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn a_code_of_a_check_is_told_with_its_check_and_page() {
        let text = explain("bsq-pod-007", &[manifest()]).unwrap();
        assert_eq!(
            text,
            "BSQ-POD-007  a volume is full\n\n\
             check     pod-triage 0.1.0: Every pod that should run does\n\
             severity  critical (fail)\nlayer     data\nread      /docs/troubleshooting\n"
        );
    }

    #[test]
    fn a_code_of_the_host_needs_no_check() {
        assert!(explain("BSQ0105", &[]).unwrap().contains("--replay"));
    }

    #[test]
    fn a_mistyped_code_is_told_the_nearest() {
        let fault = explain("BSQ-POD-008", &[manifest()]).unwrap_err();
        assert_eq!(fault.hints, ["perhaps `bsq-host explain BSQ-POD-007`"]);
    }
}
