//! HTTP servers in this process: scripted faults, well-behaved players, and a proxy before the real API server.
//!
//! ```text
//! request ─► Server (accept, TLS, record) ─► Handler: Script │ CoreAi │ Loki │ ApiProxy ─► Answer ─► bytes, or none
//! ```

mod answer;
mod api_proxy;
mod core_ai;
mod fault_server;
mod loki;
mod received;
mod route;
mod server;
mod shown;

pub use answer::Answer;
pub use api_proxy::ApiProxy;
pub use core_ai::CoreAi;
pub use fault_server::FaultServer;
pub use loki::Loki;
pub use received::Received;
pub use shown::ShownCertificates;
