//! Raw arguments and `bsq.toml` become one checked value.

mod check_settings;
mod closest;
pub mod duration;
pub mod file;

pub use closest::closest;
pub use file::ConfigFile;
