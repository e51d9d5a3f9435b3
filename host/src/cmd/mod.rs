//! One file per command: load, call the library, render.

pub mod completions;
pub mod explain;
pub mod grants;
pub mod pack;
mod packed;
pub mod schema;
