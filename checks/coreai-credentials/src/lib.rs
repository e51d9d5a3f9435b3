//! Is the token or `sk-bsq-…` key valid, and is the request authorized for it.
//!
//! ```text
//! credential facts ──┐
//! GET coreai/models ─┴─► fault (pure) ─► tell
//!        └─ accepted, and a model to probe ─► probe (the one POST)
//! ```
//!
//! An answer that says nothing of the credential (no JSON, 404, 502) leaves the question open: what it means is for
//! `coreai-models` to say. Who blocks an authenticated request is for `access-authorization`.

mod fault;
mod probe;
mod tell;

use std::time::Duration;

use bsq_sdk::coreai::{Reply, model_names};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use fault::Fault;

pub(crate) const ENDPOINT: &str = "coreai";
const USER: &str = "user";

/// The site's word on what to try.
#[derive(Settings)]
struct Wishes {
    leeway: Duration,
    probe_model: String,
}

/// The CoreAI API accepts the configured credential.
///
/// # Errors
///
/// `not-configured` without the endpoint, and what the host answers where nobody does.
#[check]
pub fn credential_is_valid_and_authorized(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report = Report::new("the CoreAI API accepts the configured credential");
    let facts = cx.credential(ENDPOINT)?;
    let response = models(cx, ENDPOINT)?;
    let reply = Reply::of(&response);
    if reply == Reply::Refused && facts.kind == "none" {
        return report.not_configured("the CoreAI API wants a credential, and none is configured");
    }
    let validity = facts.validity(cx.now(), wishes.leeway);
    if let Some(fault) = Fault::of(reply, &facts.kind, validity) {
        let takes_token = fault == Fault::Refused && facts.kind == "sk-bsq" && takes_token(cx);
        let fault = if takes_token {
            Fault::OnlyTokens
        } else {
            fault
        };
        tell::fault(&mut report, fault, &facts, &response);
        return report.pass();
    }
    if reply != Reply::Accepted {
        return report.inconclusive(format!(
            "the CoreAI API answers {}, which says nothing of the credential",
            response.status()
        ));
    }
    if response.is_truncated() {
        return report.unknown("the CoreAI API's answer is longer than may be read");
    }
    if model_names(&response).is_none() {
        return report.inconclusive(
            "what answers has no model list, so its word on the credential says little",
        );
    }
    if facts.kind == "none" {
        report.summary("the CoreAI API lists its models without any credential");
    }
    if facts.kind == "sk" {
        tell::litellm_key(&mut report, &facts);
    }
    if !wishes.probe_model.is_empty() {
        probe::ask(cx, &mut report, &wishes.probe_model)?;
    }
    report.pass()
}

fn models(cx: &Context, endpoint: &str) -> Result<HttpResponse> {
    cx.http(endpoint)
        .header("accept", "application/json")
        .get("/models")
}

/// Whether the failing user's own token gets in where the key does not.
fn takes_token(cx: &Context) -> bool {
    let is_token = cx.credential(USER).is_ok_and(|facts| facts.kind == "jwt");
    is_token && models(cx, USER).is_ok_and(|response| model_names(&response).is_some())
}
