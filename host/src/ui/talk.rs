//! What is said on stderr goes through redaction too: errors repeat what servers wrote.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Fault, Paint};
use crate::capability::redact::Redactor;

/// The rules of the site, once its configuration is read; those of the host until then.
static RULES: RwLock<Option<Arc<Redactor>>> = RwLock::new(None);

/// Let these rules hold for all that is said from now on.
pub fn talk_by(rules: Arc<Redactor>) {
    *RULES.write().unwrap_or_else(PoisonError::into_inner) = Some(rules);
}

/// Stderr. What is written at once is looked at as one text, so a line has to be written whole.
#[derive(Clone, Copy, Debug)]
pub struct Talk;

impl Talk {
    /// Say one line.
    pub fn line(&mut self, line: &str) {
        // Whoever closed stderr does not want to know.
        let _ = self.write_all(format!("{line}\n").as_bytes());
    }

    /// Say what went wrong.
    pub fn fault(&mut self, fault: &Fault, paint: Paint) {
        let mut text = Vec::new();
        if fault.render(&mut text, paint).is_ok() {
            let _ = self.write_all(&text);
        }
    }
}

impl Write for Talk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rules = RULES.read().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(bytes);
        let rules = rules.unwrap_or_default();
        io::stderr()
            .lock()
            .write_all(rules.text(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
