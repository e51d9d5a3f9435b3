//! Real servers beside the control plane: what the checks' endpoints lead to at a site, and Argo CD itself.
//!
//! ```text
//! Program ─► folder in the cache ─► Process (supervisor, free ports, ready?) ─► Loki │ Prometheus │ LiteLlm │ Keycloak │ …
//! ```
//!
//! Each value is a running server with a folder of its own; dropping it ends the server and removes the folder. The
//! players in [`http`](crate::http) answer as these do, and are quicker; what decides is what these say.

mod argo_cd;
mod client;
mod keycloak;
mod litellm;
mod loki;
mod openfga;
mod process;
mod prometheus;
mod repository;

pub use argo_cd::ArgoCd;
pub use keycloak::{Client, Keycloak};
pub use litellm::LiteLlm;
pub use loki::{Loki, LokiLimits};
pub use openfga::OpenFga;
pub use prometheus::{History, Prometheus};
pub use repository::Repository;
