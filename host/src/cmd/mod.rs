//! One file per command: load, call the library, render.

pub mod completions;
pub mod explain;
pub mod pack;
pub mod schema;
