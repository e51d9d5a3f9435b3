//! The result model and its renderers.

pub mod model;
