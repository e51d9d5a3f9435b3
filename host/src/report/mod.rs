//! The result model and its renderers.

pub mod exit;
pub mod model;
#[cfg(test)]
pub(crate) mod testing;
