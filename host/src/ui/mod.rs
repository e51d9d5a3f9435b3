//! What a person sees besides the report: errors with hints, progress, colour.

pub mod codes;
mod fault;
mod paint;
mod progress;
mod talk;

pub use fault::{ExitStatus, Fault};
pub use paint::{Paint, is_unsafe};
pub use progress::{Progress, Silent, progress};
pub use talk::{Talk, talk_by};
