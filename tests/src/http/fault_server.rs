//! A server whose every answer is scripted.

use anyhow::Result;

use super::answer::Answer;
use super::received::Received;
use super::route::{Script, matches};
use super::server::Server;

/// Answers what it was told to, 404 for all else, and remembers what it was asked.
#[derive(Debug)]
pub struct FaultServer {
    server: Server,
    script: Script,
}

impl FaultServer {
    /// Plain HTTP on a free port of 127.0.0.1.
    pub fn start() -> Result<Self> {
        Self::with_tls(false)
    }

    /// The same behind TLS, with a certificate that nobody but [`certificate`](Self::certificate) vouches for.
    pub fn start_tls() -> Result<Self> {
        Self::with_tls(true)
    }

    fn with_tls(tls: bool) -> Result<Self> {
        let script = Script::default();
        let answers = script.clone();
        let server = Server::answering(tls, move |request| {
            answers
                .next(request)
                .unwrap_or_else(|| Answer::text(404, "no answer is scripted for this path\n"))
        })?;
        Ok(Self { server, script })
    }

    /// Gives the requests that match `[METHOD ]PATH[*][?TEXT]` these answers, one after the other; the last one repeats.
    /// Of several patterns that match, the one given last decides.
    pub fn on(&self, pattern: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.script.add(pattern, answers);
        self
    }

    /// Where it listens, without a final slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Its certificate as PEM, if it has one.
    pub fn certificate(&self) -> Option<&str> {
        self.server.certificate()
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
}
