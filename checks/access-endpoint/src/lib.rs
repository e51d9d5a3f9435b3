//! Is the right endpoint being used: what leads to the CoreAI API, and what answers at the address that is configured.
//!
//! ```text
//! GET coreai/models ─► answer ─► ask   something else than the API, who, and in place of what
//! Ingress, ApisixRoute, HTTPRoute, Service ─► way   nothing leads to it, or something else is behind its name
//! ```
//!
//! Whether models are listed, the key is valid and the Service has pods are other checks' questions; findings here are
//! consequences of theirs. Which address applications use is read by the check of usage.

mod answer;
mod ask;
mod objects;
mod way;

use std::time::Duration;

use bsq_sdk::prelude::*;

use ask::{Asked, ask};
use way::Ways;

/// The site's word on what is normal.
#[derive(Settings)]
struct Site {
    exposed_after: Duration,
}

impl Site {
    fn is_settled(&self, now: Timestamp, created: Option<Timestamp>) -> bool {
        created
            .is_none_or(|created| now.duration_since(created).unsigned_abs() >= self.exposed_after)
    }
}

/// The CoreAI API is exposed, and what answers is the CoreAI API.
///
/// # Errors
///
/// What the host answers to the lists of ingresses and Services.
#[check]
pub fn the_right_endpoint_answers(cx: &Context) -> Result<Report> {
    let site: Site = cx.settings()?;
    let mut report = Report::new("the CoreAI API is exposed and answers at its address");
    let asked = ask(cx);
    // Told before what may fail, and after the ways where they are known, so that it can name the right address.
    let ways = match Ways::read(cx) {
        Ok(ways) => ways,
        Err(error) => {
            if let Asked::Wrong(wrong) = &asked {
                wrong.tell(&mut report, None);
            }
            return Err(error);
        }
    };
    if let Asked::Wrong(wrong) = &asked {
        wrong.tell(&mut report, ways.host());
    }
    ways.tell(cx, &mut report, &site, matches!(asked, Asked::Api(_)));
    conclude(report, &asked, &ways)
}

fn conclude(mut report: Report, asked: &Asked, ways: &Ways) -> Result<Report> {
    let exposed = ways
        .host()
        .map(|host| format!("https://{host}/v1"))
        .unwrap_or_else(|| "no host name llm-backend.<platform-domain>".to_owned());
    report.attribute("address", &exposed);
    match asked {
        Asked::Api(front) => {
            let front = front.map_or_else(String::new, |front| format!(", {front} in front"));
            report.summary(format!("the CoreAI API answers at the endpoint coreai{front}; it is exposed as {exposed}"));
            report.pass()
        }
        Asked::Wrong(_) => report.pass(),
        Asked::Undecided(why) => report.inconclusive(why.as_str()),
        Asked::Unknown(why) => report.unknown(format!("the endpoint coreai could not be asked: {why}")),
        Asked::NotConfigured if ways.has_api() => report.not_configured(format!(
            "the CoreAI API is exposed as {exposed}; what answers there was not asked, there is no [endpoint.coreai]"
        )),
        Asked::NotConfigured => {
            report.not_applicable("no CoreAI API is here, and no endpoint coreai is configured")
        }
    }
}
