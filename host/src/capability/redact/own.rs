//! The host's own credentials, which no answer may repeat in any form. They are known by heart, so they are taken out also
//! where an operator wants texts as they are.

use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::AhoCorasick;

use crate::capability::endpoint::Credential;

/// The credentials that are known by now, and their forms as one automaton.
#[derive(Default)]
pub(super) struct OwnCredentials {
    known: Vec<Arc<Credential>>,
    /// `None` where it could not be built: then every text is searched form by form.
    forms: Option<AhoCorasick>,
}

impl OwnCredentials {
    fn new(known: Vec<Arc<Credential>>) -> Self {
        let forms = known.iter().flat_map(|credential| credential.forms().all());
        let forms = AhoCorasick::new(forms).ok();
        Self { known, forms }
    }

    fn may_hold(&self, text: &str) -> bool {
        !self.known.is_empty() && self.forms.as_ref().is_none_or(|forms| forms.is_match(text))
    }

    /// The text without them, where it held one.
    pub(super) fn stripped(&self, text: &str) -> Option<String> {
        if !self.may_hold(text) {
            return None;
        }
        self.known
            .iter()
            .fold(None, |stripped: Option<String>, credential| {
                let text = stripped.as_deref().unwrap_or(text);
                credential.forms().strip_text(text).or(stripped)
            })
    }

    pub(super) fn strip(&self, text: &mut String) {
        if let Some(stripped) = self.stripped(text) {
            *text = stripped;
        }
    }
}

/// Keeps the automaton as long as no further credential becomes known. Each is read once in a run.
#[derive(Default)]
pub(super) struct Cache(Mutex<Arc<OwnCredentials>>);

impl Cache {
    pub(super) fn of(&self, known: Vec<Arc<Credential>>) -> Arc<OwnCredentials> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.known.len() != known.len() {
            *cached = Arc::new(OwnCredentials::new(known));
        }
        Arc::clone(&cached)
    }
}
