//! draft
mod http;
mod ports;
mod programs;
mod runtime;
mod supervisor;
mod wait;
mod world;

pub use http::{Answer, ApiProxy, CoreAi, FaultServer, Loki, Received};
pub use programs::{MODULES, Module, build_all};
pub use supervisor::{Supervisor, serve};
pub use wait::wait_for;
pub use world::{Api, Event, LogLine, Namespace, Population, User, World};
