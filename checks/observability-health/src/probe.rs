//! What components say of themselves at the endpoints that the site configures. Only a failure that they admit counts: paths
//! are those of the upstream products, and a gateway before them may not know them.

use bsq_sdk::prelude::*;

use crate::product::Product;

/// Characters of an answer that a finding shows.
const LONGEST: usize = 200;

/// The answer of an endpoint.
pub(crate) enum Probe {
    /// It says that it works.
    Well,
    /// It says that it does not, or a gateway says that nobody is there.
    Fails(Said),
    /// Grafana runs, its database does not.
    NoDatabase(Said),
    /// The site names no such endpoint.
    NotConfigured,
    /// Not reached, or an answer that says nothing. What was not reached is in the host's report.
    Unknown,
}

/// An answer as evidence.
pub(crate) struct Said {
    pub(crate) read: u32,
    pub(crate) source: String,
    pub(crate) value: String,
}

/// Ask a product's endpoint.
pub(crate) fn ask(cx: &Context, product: Product) -> Probe {
    let (endpoint, path) = match product {
        Product::Prometheus => ("prometheus", "/-/ready"),
        Product::Loki => ("loki", "/ready"),
        Product::Tempo => ("tempo", "/ready"),
        Product::Grafana => ("grafana", "/api/health"),
        Product::Alloy | Product::Temporal => return Probe::NotConfigured,
    };
    let answer = match cx.http(endpoint).get(path) {
        Ok(answer) => answer,
        Err(error) if error.is_not_configured() => return Probe::NotConfigured,
        Err(_) => return Probe::Unknown,
    };
    let said = || Said {
        read: answer.read(),
        source: format!("GET {path} of endpoint {endpoint}"),
        value: format!("{} {}", answer.status(), shortened(&answer.text())),
    };
    let database = answer.json().ok().and_then(|body| {
        body.get("database")
            .and_then(Value::as_str)
            .map(str::to_owned)
    });
    match (answer.status(), database.as_deref()) {
        (_, Some(state)) if product == Product::Grafana && state != "ok" => {
            Probe::NoDatabase(said())
        }
        (200..300, _) => Probe::Well,
        (500.., _) => Probe::Fails(said()),
        _ => Probe::Unknown,
    }
}

/// What Loki says of the logs that it holds.
pub(crate) enum Held {
    /// Streams of the run's window.
    Some,
    /// None of that time.
    Nothing(Said),
    /// Not for whoever asks: without the tenant that it wants, or with a credential that it does not take.
    Refused(String),
    /// Not reached, or an answer that says nothing.
    Unknown,
}

/// Whether Loki has any label, and so any stream, of the run's window.
pub(crate) fn held_logs(cx: &Context) -> Held {
    let window = cx.window();
    let path = "/loki/api/v1/labels";
    let asked = cx
        .http("loki")
        .query("start", &window.start.to_string())
        .query("end", &window.end.to_string())
        .get(path);
    let Ok(answer) = asked else {
        return Held::Unknown;
    };
    match answer.status() {
        200 => {}
        status @ (401 | 403) => {
            return Held::Refused(format!("{status} {}", shortened(&answer.text())));
        }
        _ => return Held::Unknown,
    }
    let count = match answer.json() {
        Ok(body) if body.get("status").and_then(Value::as_str) == Some("success") => {
            // Without any label Loki leaves `data` out.
            match body.get("data") {
                None | Some(Value::Null) => Some(0),
                Some(data) => data.as_array().map(Vec::len),
            }
        }
        _ => None,
    };
    match count {
        None => Held::Unknown,
        Some(0) => Held::Nothing(Said {
            read: answer.read(),
            source: format!("GET {path} of endpoint loki"),
            value: format!("0 labels from {} to {}", window.start, window.end),
        }),
        Some(_) => Held::Some,
    }
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(&line)),
        None => line,
    }
}
