//! Raw arguments and `bsq.toml` become one checked value.
