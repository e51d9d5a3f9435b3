//! What leaves the host: nothing that a rule of redaction knows, and with tokens no name.

mod canaries;
mod live;
mod outputs;
mod policy;
mod reads;
mod tokens;
