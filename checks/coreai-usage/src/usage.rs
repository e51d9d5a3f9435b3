//! Which of both each workload calls, and how.

use bsq_sdk::prelude::*;

use crate::address::{self, Address};
use crate::known::Known;
use crate::objects::ADDRESS_KEYS;
use crate::workload::{Value, Workload};

/// One address in a workload's environment that means something here.
pub(crate) struct Call<'a> {
    value: &'a Value,
    address: Address,
    /// The value is this address and nothing else, so that another can take its place.
    is_all: bool,
}

/// The calls of one workload.
#[derive(Default)]
pub(crate) struct Calls<'a> {
    gateway: Vec<Call<'a>>,
    /// Of the CoreAI API: by an address that is not whole.
    cut: Vec<Call<'a>>,
    foreign: Vec<Call<'a>>,
    api: usize,
}

impl<'a> Calls<'a> {
    pub(crate) fn of(workload: &Workload, values: &'a [Value], known: &Known) -> Self {
        let namespace = workload.subject.namespace();
        let mut calls = Self::default();
        for value in values {
            let addresses = address::all(&value.name, &value.text);
            let is_one = addresses.len() == 1;
            for address in addresses {
                let host = address.host.clone();
                let is_all = is_one && value.is_own && address.is_whole();
                let call = Call {
                    value,
                    address,
                    is_all,
                };
                if known.is_gateway(&host, namespace) {
                    calls.gateway.push(call);
                } else if known.is_api(&host, namespace) {
                    calls.api += 1;
                    calls.add_api(call, known.is_foreign(&host, namespace));
                }
            }
        }
        calls
    }

    fn add_api(&mut self, call: Call<'a>, is_foreign: bool) {
        if call.is_cut() {
            self.cut.push(call);
        } else if is_foreign {
            self.foreign.push(call);
        }
    }

    /// Whether the workload is a client of either.
    pub(crate) fn is_any(&self) -> bool {
        self.api > 0 || !self.gateway.is_empty()
    }

    pub(crate) fn tell(&self, report: &mut Report, workload: &Workload, known: &Known) {
        if let Some(first) = self.gateway.first() {
            calls_gateway(report, workload, first, &self.gateway, known);
        }
        if let Some(first) = self.cut.first() {
            is_cut(report, workload, first, &self.cut, known);
        }
        if let Some(first) = self.foreign.first() {
            is_foreign(report, workload, first, &self.foreign, known);
        }
    }
}

impl Call<'_> {
    /// Libraries put `/models` or `/chat/completions` behind these variables; what others hold is for their reader to say.
    fn is_cut(&self) -> bool {
        ADDRESS_KEYS.contains(&self.value.name.as_str()) && !self.address.path.ends_with("/v1")
    }
}

fn calls_gateway(
    report: &mut Report,
    workload: &Workload,
    first: &Call<'_>,
    calls: &[Call<'_>],
    known: &Known,
) {
    let title = format!(
        "{} {} calls LiteLLM instead of the CoreAI API: {} is {}",
        workload.subject.kind(),
        workload.full_name(),
        first.value.name,
        first.address
    );
    let finding = report.finding("BSQ-USE-001", workload.subject.clone(), title);
    describe(finding, calls);
    mend(finding, workload, first, known);
    finding.advice("LiteLLM is internal to the platform and may change; if this workload is of the platform itself, name it in the setting `may-call-litellm`");
    finding.link("/docs/development/use-local-models-via-api");
    finding.link("/docs/coreai/reference-architecture");
}

fn is_cut(
    report: &mut Report,
    workload: &Workload,
    first: &Call<'_>,
    calls: &[Call<'_>],
    known: &Known,
) {
    let title = format!(
        "{} {} calls the CoreAI API without `/v1` at the end: {} is {}",
        workload.subject.kind(),
        workload.full_name(),
        first.value.name,
        first.address
    );
    let finding = report.finding("BSQ-USE-002", workload.subject.clone(), title);
    describe(finding, calls);
    mend(finding, workload, first, known);
    finding.link("/docs/development/use-local-models-via-api");
}

fn is_foreign(
    report: &mut Report,
    workload: &Workload,
    first: &Call<'_>,
    calls: &[Call<'_>],
    known: &Known,
) {
    let own = known.own_host().unwrap_or_default();
    let title = format!(
        "{} {} calls the CoreAI API of another domain: {} is {}, here it is {own}",
        workload.subject.kind(),
        workload.full_name(),
        first.value.name,
        first.address
    );
    let finding = report.finding("BSQ-USE-003", workload.subject.clone(), title);
    describe(finding, calls);
    mend(finding, workload, first, known);
    finding.link("/docs/development/use-local-models-via-api");
}

fn describe(finding: &mut Finding, calls: &[Call<'_>]) {
    for call in calls {
        finding.evidence_from(call.value.read, call.value.source.as_str(), &call.address);
    }
    let mut containers: Vec<&str> = calls
        .iter()
        .map(|call| call.value.container.as_str())
        .collect();
    containers.dedup();
    if let [only] = containers.as_slice() {
        finding.container(*only);
    }
}

/// Where to look, and the address that belongs there.
fn mend(finding: &mut Finding, workload: &Workload, first: &Call<'_>, known: &Known) {
    let namespace = workload.subject.namespace();
    let object = format!(
        "{}/{}",
        workload.subject.kind().to_ascii_lowercase(),
        workload.subject.name()
    );
    finding.look(["kubectl", "-n", namespace, "set", "env", &object, "--list"]);
    match known.own_host() {
        Some(host) if first.is_all => {
            let setting = format!("{}=https://{host}/v1", first.value.name);
            finding.step(
                "the address that belongs there; where Git keeps the workload, change it in Git",
                ["kubectl", "-n", namespace, "set", "env", &object, &setting],
            );
        }
        Some(host) => {
            finding.advice(format!(
                "the address that belongs there is `https://{host}/v1`"
            ));
        }
        None => {
            finding.advice(
                "the address that belongs there is `https://llm-backend.<platform-domain>/v1`",
            );
        }
    }
}
