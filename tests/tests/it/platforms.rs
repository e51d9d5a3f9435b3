//! The players that stand in for CoreAI and Loki answer as those do.

use anyhow::Result;
use bsq_tests::http::{CoreAi, Loki};
use serde_json::Value;

fn get(url: &str, header: (&str, &str)) -> Result<(u16, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let request = reqwest::Client::builder()
            .no_proxy()
            .build()?
            .get(url)
            .header(header.0, header.1);
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    })
}

#[test]
fn core_ai_tells_its_refusals_apart() -> Result<()> {
    let core_ai = CoreAi::start(&["llama", "whisper"])?;
    core_ai
        .key("sk-bsq-good", &["llama"])
        .expired_key("sk-bsq-old")
        .spent_key("sk-bsq-poor");
    let models = |key: &str| {
        get(
            &format!("{}/models", core_ai.url()),
            ("authorization", &format!("Bearer {key}")),
        )
    };
    let kind = |body: &str| {
        serde_json::from_str::<Value>(body).unwrap()["error"]["type"]
            .as_str()
            .unwrap()
            .to_owned()
    };

    let (status, body) = models("sk-bsq-good")?;
    assert!(
        status == 200 && body.contains("llama") && !body.contains("whisper"),
        "{body}"
    );
    for (key, status, reason) in [
        ("", 401, "auth_error"),
        ("sk-bsq-old", 401, "expired_key"),
        ("sk-bsq-poor", 429, "budget_exceeded"),
        ("sk-unknown", 401, "token_not_found_in_db"),
    ] {
        let answer = models(key)?;
        assert_eq!(
            (answer.0, kind(&answer.1).as_str()),
            (status, reason),
            "{key}"
        );
    }
    core_ai.without_database();
    for key in ["sk-unknown", "of-another-form"] {
        let answer = models(key)?;
        assert_eq!(
            (answer.0, kind(&answer.1).as_str()),
            (400, "no_db_connection")
        );
    }
    assert_eq!(core_ai.count("/v1/models"), 7);
    Ok(())
}

#[test]
fn loki_honours_range_direction_limit_and_tenant() -> Result<()> {
    let loki = Loki::start()?;
    let at = |second: i64| jiff::Timestamp::from_second(1_700_000_000 + second).unwrap();
    loki.stream(
        &[("namespace", "iam")],
        [
            (at(1), "ok one"),
            (at(2), "error two"),
            (at(3), "error three"),
        ],
    )
    .tenant("platform");
    let query = |text: &str| {
        let url = format!(
            "{}/loki/api/v1/query_range?start=1700000000&end=1700000003&{text}",
            loki.url()
        );
        get(&url, ("x-scope-orgid", "platform"))
    };
    let lines = |body: &str| -> Vec<String> {
        let body: Value = serde_json::from_str(body).unwrap();
        let values = body
            .pointer("/data/result/0/values")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        values
            .iter()
            .map(|value| value[1].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        lines(&query("query=%7Bnamespace=%22iam%22%7D")?.1),
        ["error two", "ok one"],
        "the end is exclusive"
    );
    assert_eq!(
        lines(&query("query=%7Bnamespace=~%22i.%2B%22%7D&direction=forward&limit=1")?.1),
        ["ok one"]
    );
    assert_eq!(
        lines(&query("query=%7Bnamespace=%22iam%22%7D%20%7C=%20%22error%22")?.1),
        ["error two"]
    );
    assert_eq!(query("query=nonsense")?.0, 400);
    assert_eq!(query("query=%7Bnamespace=%22iam%22%7D&limit=5001")?.0, 400);
    assert_eq!(
        get(
            &format!("{}/loki/api/v1/labels", loki.url()),
            ("x-other", "1")
        )?,
        (401, "no org id\n".to_owned())
    );
    Ok(())
}
