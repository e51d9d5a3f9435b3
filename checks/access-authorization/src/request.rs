//! The same question to the CoreAI API with each credential that there is: who is blocked, and what the user does not see.

use bsq_sdk::coreai::{Reply, model_names, show};
use bsq_sdk::prelude::*;
use bsq_sdk::reads::HttpResponse;

use crate::blocker::Blocker;

/// The endpoints, and how a person calls who asks.
const ASKED: [(&str, &str); 2] = [
    ("coreai", "the configured credential"),
    ("user", "the user"),
];

const SECURITY: &str = "/docs/runtime/runtime-security-model";
const API: &str = "/docs/development/use-local-models-via-api";

/// Models that one finding names.
const NAMES: usize = 10;

/// What came of the requests that could be made.
#[derive(Default)]
pub(crate) struct Requests {
    replies: Vec<(&'static str, u16, Reply)>,
}

impl Requests {
    pub(crate) fn read(cx: &Context, report: &mut Report) -> Self {
        let mut requests = Self::default();
        let mut lists = Vec::new();
        for (endpoint, who) in ASKED {
            let asked = cx.http(endpoint).header("accept", "application/json");
            // Nobody answering is told by `coreai-models`; the host knows of the read.
            let Ok(response) = asked.get("/models") else {
                continue;
            };
            requests
                .replies
                .push((who, response.status(), Reply::of(&response)));
            if let Some(blocker) = Blocker::of(&response) {
                blocked(report, endpoint, who, blocker, &response);
            }
            lists.push((endpoint, response.read(), model_names(&response)));
        }
        if let [("coreai", _, Some(all)), ("user", read, Some(seen))] = lists.as_slice() {
            unseen(report, all, seen, *read);
        }
        requests
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.replies
            .iter()
            .any(|(_, _, reply)| reply.is_authenticated())
    }

    /// Why no request says anything of authorization; absent where none was made.
    pub(crate) fn undecided(&self) -> Option<String> {
        let said = |(who, status, _): &(&str, u16, Reply)| format!("{who} is answered {status}");
        let said: Vec<_> = self.replies.iter().map(said).collect();
        (!said.is_empty()).then(|| said.join(", "))
    }
}

fn blocked(
    report: &mut Report,
    endpoint: &str,
    who: &str,
    blocker: Blocker,
    response: &HttpResponse,
) {
    let status = response.status();
    let (code, title) = match blocker {
        Blocker::Gateway(name) => (
            "BSQ-AUTHZ-001",
            format!("a policy of {name} blocks {who}: it answers {status}"),
        ),
        Blocker::Application => (
            "BSQ-AUTHZ-002",
            format!("{who} is authenticated, and the CoreAI API denies the request with {status}"),
        ),
        Blocker::Models => (
            "BSQ-AUTHZ-003",
            format!("{who} is authenticated and may use none of the models"),
        ),
    };
    let finding = report.finding(
        code,
        Named::new("endpoint", endpoint).with_read(response.read()),
        title,
    );
    show(finding, response);
    match blocker {
        Blocker::Gateway(name) => {
            // What `access-endpoint` says of who answers in the API's place.
            finding.caused_by_code("BSQ-API-006");
            gateway(finding, name);
        }
        Blocker::Application => {
            // Without OpenFGA whatever asks it denies.
            finding
                .caused_by_code("BSQ-AUTHZ-004")
                .caused_by_code("BSQ-AUTHZ-005");
            finding.advice("compare the groups and roles of the account with what the application asks for; permissions beyond roles are OpenFGA's");
            finding.link("/docs/runtime/components/openfga");
        }
        Blocker::Models => {
            finding.advice("give the key, its team or its user access to models");
            finding.link(API);
        }
    }
    finding.link(SECURITY);
}

fn gateway(finding: &mut Finding, name: &str) {
    finding.advice("the request does not reach the API: look for the policy on the route, such as an allow-list of addresses or consumers");
    if name == "APISIX" {
        finding.look([
            "kubectl",
            "get",
            "apisixroutes.apisix.apache.org",
            "--all-namespaces",
            "-o",
            "yaml",
        ]);
        finding.link("/docs/runtime/components/apisix");
    } else {
        finding.look([
            "kubectl",
            "get",
            "ingress",
            "--all-namespaces",
            "-o",
            "yaml",
        ]);
        finding.link("/docs/runtime/ingress-and-routing-model");
    }
}

/// Rights differ between users, so this is worth knowing and no fault.
fn unseen(report: &mut Report, all: &[String], seen: &[String], read: u32) {
    let missing: Vec<&str> = all
        .iter()
        .filter(|name| !seen.contains(name))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return;
    }
    let named = missing
        .iter()
        .take(NAMES)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = missing.len().saturating_sub(NAMES);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let title = format!("the user does not see what the configured credential sees: {named}{more}");
    let finding = report.finding(
        "BSQ-AUTHZ-008",
        Named::new("endpoint", "user").with_read(read),
        title,
    );
    finding.evidence(
        "GET /models",
        format!("{} of {} models", all.len() - missing.len(), all.len()),
    );
    finding.advice("a request for one of them is denied to this user, whatever the model's health");
    finding.link(API);
}
