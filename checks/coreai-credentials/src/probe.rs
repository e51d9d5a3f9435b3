//! One chat request of one token, where the site names a model for it and the grant allows the POST. A list can be right
//! and every request fail.

use bsq_sdk::coreai::{Reply, show};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use crate::ENDPOINT;

const PATH: &str = "/chat/completions";

/// What `coreai-models` finds of a model that is not served.
const NOT_SERVED: [&str; 2] = ["BSQ-MODEL-014", "BSQ-MODEL-015"];

/// Ask the model, and tell what came of it.
///
/// # Errors
///
/// What the host answers where nobody does, and `denied` without a grant of the POST.
pub(crate) fn ask(cx: &Context, report: &mut Report, model: &str) -> Result<()> {
    let body = json!({
        "model": model,
        "messages": [{"role": "user", "content": "ping"}],
        "max_tokens": 1,
    });
    let response = cx
        .http(ENDPOINT)
        .header("accept", "application/json")
        .post(PATH, &body)?;
    match Reply::of(&response) {
        Reply::Accepted => {
            report.summary(format!(
                "the CoreAI API accepts the configured credential, and model {model} answers"
            ));
        }
        Reply::ModelForbidden | Reply::Forbidden => forbidden(report, &response, model),
        Reply::OverBudget => limited(report, "BSQ-KEY-007", &response, "its budget is used up"),
        Reply::Throttled => limited(report, "BSQ-KEY-008", &response, "there are too many"),
        _ => fails(report, &response, model),
    }
    Ok(())
}

fn subject(response: &HttpResponse, model: &str) -> Named {
    Named::new("model", model).with_read(response.read())
}

fn forbidden(report: &mut Report, response: &HttpResponse, model: &str) {
    let title = format!("the credential lists models and may not use {model}");
    let finding = report.finding("BSQ-KEY-009", subject(response, model), title);
    show(finding, response);
    finding.advice("give the key, its team or its user access to the model");
    finding.link("/docs/runtime/runtime-security-model");
}

fn limited(report: &mut Report, code: &str, response: &HttpResponse, why: &str) {
    let subject = Named::new("endpoint", ENDPOINT).with_read(response.read());
    let title = format!("the CoreAI API lists models and turns a chat request away: {why}");
    let finding = report.finding(code, subject, title);
    show(finding, response);
    finding.link("/docs/development/use-local-models-via-api");
}

fn fails(report: &mut Report, response: &HttpResponse, model: &str) {
    let status = response.status();
    let title = format!("a chat request to model {model} is answered {status}");
    let finding = report.finding("BSQ-KEY-010", subject(response, model), title);
    show(finding, response);
    NOT_SERVED.into_iter().for_each(|code| {
        finding.caused_by_code(code);
    });
    finding.look(["kubectl", "get", "models.kubeai.org", "--all-namespaces"]);
    finding.link("/docs/runtime/inference-model");
}
