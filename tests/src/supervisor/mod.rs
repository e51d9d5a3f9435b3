//! Child processes that never outlive whoever started them.
//!
//! A test run may panic, be killed by the user or by CI with SIGKILL; `Drop` runs in none of these. So servers are not
//! children of the test but of a *supervisor*: a small process that holds them and ends when its standard input does,
//! which the kernel sees to however the test ended.
//!
//! ```text
//! test ──stdin: one JSON request a line──► test-world supervise FOLDER ──► etcd, kube-apiserver, …
//!      ◄─stdout: one JSON answer a line──
//! stdin closes ─► kill children by process id, newest first ─► wait ─► remove FOLDER ─► exit
//! ```
//!
//! [`Supervisor`] is the test's side; [`serve`] is the process's.

mod client;
mod process;
mod protocol;

pub use client::Supervisor;
pub use process::serve;
