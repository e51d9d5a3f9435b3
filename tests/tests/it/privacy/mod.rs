//! What leaves the host: nothing that a rule of redaction knows, and with tokens no name.

mod canaries;
mod outputs;
mod reads;
mod tokens;
