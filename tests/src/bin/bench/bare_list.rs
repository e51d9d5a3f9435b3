//! The least that reading a cluster can cost: each collection page by page, every byte received, none looked at.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bsq_tests::world::Api;
use serde_json::{Value, json};

/// As many objects a page as kubectl asks for.
const PAGE: usize = 500;

/// Lists collections one after the other, and prints how many requests and bytes that took.
pub(crate) fn print(kubeconfig: &Path, paths: &[&str]) -> Result<()> {
    let text = fs::read_to_string(kubeconfig).context("read the kubeconfig")?;
    let api = Api::of_kubeconfig(&serde_json::from_str(&text).context("decode the kubeconfig")?)?;
    let (mut requests, mut bytes) = (0_usize, 0_usize);
    for path in paths {
        let mut cursor = String::new();
        loop {
            let (status, body) = api.fetch(&format!("{path}?limit={PAGE}{cursor}"))?;
            ensure!(
                status.is_success(),
                "`{path}`: the server answered {status}"
            );
            (requests, bytes) = (requests + 1, bytes + body.len());
            match next(&body) {
                Some(token) => cursor = format!("&continue={token}"),
                None => break,
            }
        }
    }
    let told: Value = json!({"requests": requests, "bytes": bytes});
    writeln!(io::stdout(), "{told}")?;
    Ok(())
}

/// The cursor, which stands before the items: nothing else of the page has to be read.
fn next(body: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"continue\":\"";
    let head = body.get(..body.len().min(4096))?;
    let at = head.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let token: Vec<u8> = head
        .iter()
        .skip(at)
        .copied()
        .take_while(|byte| *byte != b'"')
        .collect();
    String::from_utf8(token)
        .ok()
        .filter(|token| !token.is_empty())
}
