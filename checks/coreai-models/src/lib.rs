//! Registering a model does two things: a KubeAI `Model` object that serves it, and an entry in the gateway that lists it.
//! Either half can fail alone, so both are read and compared.
//!
//! ```text
//! GET coreai/models ─► listing ────────────┐
//! KubeAI Model, Pod ─► kubeai ─► serving ─┴─► compare
//! ```
//!
//! Whether a model answers well is not asked: that would cost a request to each. Whether the credential is valid is what
//! `coreai-credentials` asks.

mod compare;
mod kubeai;
mod listing;
mod serving;

use std::time::Duration;

use bsq_sdk::prelude::*;

use kubeai::Served;
use listing::Listing;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    expect: Vec<String>,
    starting_after: Duration,
}

/// What is listed is served, and what is served is listed.
///
/// # Errors
///
/// A setting of another type; what cannot be read is a finding or left to the host.
#[check]
pub fn models_are_listed_and_served(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report =
        Report::new("every model that the CoreAI API lists is served, and the other way round");
    let listing = Listing::read(cx, &mut report);
    let served = Served::read(cx);
    serving::tell(cx, &mut report, &wishes, &listing, &served);
    compare::tell(&mut report, &wishes, &listing, &served);

    match (&listing, &served) {
        (Listing::NotConfigured(why), Served::Models(models)) if !models.is_empty() => {
            report.summary(format!("every KubeAI model is served; whether the CoreAI API lists them is not known: {why}"));
            report.pass()
        }
        (Listing::NotConfigured(why), Served::Unknown) => report.unknown(format!(
            "what the CoreAI API lists is not known: {why}; and KubeAI's models could not be read"
        )),
        (Listing::NotConfigured(why), _) => report.not_configured(format!(
            "what the CoreAI API lists is not known: {why}; and there are no KubeAI models"
        )),
        (Listing::Unknown(why), _) => report.unknown(format!(
            "the CoreAI API's model list could not be read: {why}"
        )),
        (Listing::Models { names, .. }, Served::Absent) => {
            report.summary(format!(
                "{} models are listed; KubeAI is not here, so who serves them is not seen",
                names.len()
            ));
            report.pass()
        }
        (Listing::Models { names, .. }, served) => {
            let idle = served
                .models()
                .iter()
                .filter(|model| model.wanted() == 0)
                .count();
            if report.findings().is_empty() && idle > 0 {
                report.summary(format!("{} models are listed and served; {idle} scaled to zero, loaded on the first request", names.len()));
            }
            report.pass()
        }
        (Listing::Told, _) => report.pass(),
    }
}
