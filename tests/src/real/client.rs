//! Plain calls to servers on loopback, for setting them up.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::Client;
use serde_json::Value;

use crate::runtime::wait;

/// No single call of a setup needs longer on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Status and body, whatever they are.
pub(super) fn get(url: &str) -> Result<(u16, String)> {
    send(Method::GET, url, None, None)
}

/// Sends JSON; anything but success is an error that says what was answered.
pub(super) fn post(url: &str, token: Option<&str>, body: &Value) -> Result<String> {
    let body = (body.to_string(), "application/json");
    accepted(url, send(Method::POST, url, token, Some(body))?)
}

/// Sends the fields of a form.
pub(super) fn post_form(url: &str, fields: &[(&str, &str)]) -> Result<String> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let body = (body, "application/x-www-form-urlencoded");
    accepted(url, send(Method::POST, url, None, Some(body))?)
}

fn accepted(url: &str, (status, body): (u16, String)) -> Result<String> {
    ensure!(
        (200..300).contains(&status),
        "POST `{url}`: {status}: {body}"
    );
    Ok(body)
}

fn send(
    method: Method,
    url: &str,
    token: Option<&str>,
    body: Option<(String, &'static str)>,
) -> Result<(u16, String)> {
    let (url, token) = (url.to_owned(), token.map(str::to_owned));
    wait(async move {
        let client = Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .context("build a client")?;
        let mut request = client.request(method.clone(), &url);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some((text, media_type)) = body {
            request = request.header(CONTENT_TYPE, media_type).body(text);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{method} `{url}`"))?;
        let status = response.status().as_u16();
        let text = response
            .text()
            .await
            .with_context(|| format!("read the answer to {method} `{url}`"))?;
        Ok((status, text))
    })
}
