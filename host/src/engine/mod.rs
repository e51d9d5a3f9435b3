//! The sandbox: configuration, ticker, limits, linker and the state of one execution.
