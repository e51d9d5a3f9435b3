//! One file per command: load, call the library, render.

pub mod pack;
