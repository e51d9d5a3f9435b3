//! The OpenAI-compatible API as LiteLLM's proxy answers it, for the cases a troubleshooter has to tell apart.
//!
//! The words and codes are those that a LiteLLM proxy of version 1.106 gave when it was asked; the incidents `real-litellm-*`
//! ask it again. Note what is easily got wrong: `error.code` is a string, and a key that is none is 400, not 401, while
//! there is no database, even one of another form.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

use super::answer::Answer;
use super::received::Received;
use super::route::{Script, matches};
use super::server::Server;

/// What becomes of a request with a certain key.
#[derive(Clone, Debug)]
enum Key {
    Models(Vec<String>),
    Expired,
    OverBudget,
}

#[derive(Debug, Default)]
struct Site {
    models: Vec<String>,
    keys: BTreeMap<String, Key>,
    has_no_database: bool,
}

/// A well-behaved CoreAI API. Paths can be made to misbehave by [`on`](Self::on).
#[derive(Debug)]
pub struct CoreAi {
    server: Server,
    site: Arc<Mutex<Site>>,
    script: Script,
}

impl CoreAi {
    /// Serves these models; no key is valid yet.
    pub fn start(models: &[&str]) -> Result<Self> {
        let site = Arc::new(Mutex::new(Site {
            models: owned(models),
            ..Site::default()
        }));
        let script = Script::default();
        let (state, faults) = (Arc::clone(&site), script.clone());
        let server = Server::answering(false, move |request| {
            faults.next(request).unwrap_or_else(|| {
                state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .answer(request)
            })
        })?;
        Ok(Self {
            server,
            site,
            script,
        })
    }

    /// The base URL, with the `/v1` that clients are configured with.
    pub fn url(&self) -> String {
        format!("{}/v1", self.server.url())
    }

    /// Makes a key valid for these models.
    pub fn key(&self, key: &str, models: &[&str]) -> &Self {
        self.set(key, Key::Models(owned(models)))
    }

    /// Makes a key one that has expired.
    pub fn expired_key(&self, key: &str) -> &Self {
        self.set(key, Key::Expired)
    }

    /// Makes a key one whose budget is spent.
    pub fn spent_key(&self, key: &str) -> &Self {
        self.set(key, Key::OverBudget)
    }

    /// Takes the database away: unknown keys cannot be looked up.
    pub fn without_database(&self) -> &Self {
        self.site
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .has_no_database = true;
        self
    }

    /// Scripts the answers of a path, as [`FaultServer::on`](super::FaultServer::on) does.
    pub fn on(&self, pattern: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.script.add(pattern, answers);
        self
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Received> {
        self.server.journal().requests()
    }

    /// How many requests so far match a pattern.
    pub fn count(&self, pattern: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| matches(pattern, request))
            .count()
    }

    fn set(&self, key: &str, value: Key) -> &Self {
        self.site
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keys
            .insert(key.to_owned(), value);
        self
    }
}

impl Site {
    fn answer(&self, request: &Received) -> Answer {
        match request.path.as_str() {
            "/health/liveliness" | "/health/liveness" => {
                return Answer::json(200, &json!("I'm alive!"));
            }
            "/health/readiness" => {
                let database = if self.has_no_database {
                    "Not connected"
                } else {
                    "connected"
                };
                return Answer::json(200, &json!({"status": "healthy", "db": database}));
            }
            _ => {}
        }
        let allowed = match self.authenticate(request.header("authorization")) {
            Ok(models) => models,
            Err(refusal) => return refusal,
        };
        let path = request.path.strip_prefix("/v1").unwrap_or(&request.path);
        let model = path.strip_prefix("/models/");
        match (&request.method, path, model) {
            (&Method::GET, "/models", _) => {
                let data: Vec<Value> = allowed.iter().map(|name| model_object(name)).collect();
                Answer::json(200, &json!({"data": data, "object": "list"}))
            }
            (&Method::GET, _, Some(name)) if allowed.iter().any(|model| model == name) => {
                Answer::json(200, &model_object(name))
            }
            (&Method::GET, _, Some(name)) => Answer::json(
                404,
                &json!({"detail": format!("The model `{name}` does not exist or is not accessible")}),
            ),
            (&Method::GET, "/model/info", _) => {
                let info = |name: &String| json!({"model_name": name, "litellm_params": {"model": format!("openai/{name}")}});
                Answer::json(
                    200,
                    &json!({"data": allowed.iter().map(info).collect::<Vec<_>>()}),
                )
            }
            (&Method::POST, "/chat/completions", _) => self.complete(request, &allowed),
            _ => Answer::json(404, &json!({"detail": "Not Found"})),
        }
    }

    /// The models that the bearer of a key may use.
    fn authenticate(&self, header: &str) -> Result<Vec<String>, Answer> {
        let Some(key) = header.strip_prefix("Bearer ").filter(|key| !key.is_empty()) else {
            return Err(error(
                401,
                "auth_error",
                "Authentication Error, No api key passed in.",
                None,
            ));
        };
        match self.keys.get(key) {
            Some(Key::Models(models)) => Ok(self
                .models
                .iter()
                .filter(|model| models.contains(model))
                .cloned()
                .collect()),
            Some(Key::Expired) => Err(error(
                401,
                "expired_key",
                "Authentication Error - Expired Key.",
                Some("key"),
            )),
            Some(Key::OverBudget) => Err(error(
                429,
                "budget_exceeded",
                "Budget has been exceeded!",
                None,
            )),
            None if self.has_no_database => {
                Err(error(400, "no_db_connection", "No connected db.", None))
            }
            None if !key.starts_with("sk-") => Err(error(
                401,
                "auth_error",
                "Authentication Error, LiteLLM Virtual Key expected. Expected to start with 'sk-'.",
                None,
            )),
            None => {
                let message = "Authentication Error, Invalid proxy server token passed. Unable to find token in cache or `LiteLLM_VerificationTokenTable`";
                Err(error(401, "token_not_found_in_db", message, Some("key")))
            }
        }
    }

    fn complete(&self, request: &Received, allowed: &[String]) -> Answer {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let model = asked
            .get("model")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let is_all = allowed.len() == self.models.len();
        if !is_all && !allowed.iter().any(|known| known == model) {
            let message = format!(
                "The requested model '{model}' is not available for this API key, or the model name is invalid. Check the models available to you and try again."
            );
            return error(403, "key_model_access_denied", &message, Some("model"));
        }
        if !self.models.iter().any(|known| known == model) {
            let message = format!(
                "/chat/completions: Invalid model name passed in model={model}. Call `/v1/models` to view available models for your key."
            );
            return error(400, "invalid_request_error", &message, None);
        }
        Answer::json(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "model": model,
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "pong"}}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }),
        )
    }
}

fn model_object(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 1_677_610_602, "owned_by": "openai"})
}

fn error(status: u16, kind: &str, message: &str, parameter: Option<&str>) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"message": message, "type": kind, "param": parameter, "code": status.to_string()}}),
    )
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
