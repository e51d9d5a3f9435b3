//! Runs sandboxed checks.
