//! Tests

pub mod hostile;
