//! The world that bsq-host is tested in: real servers on loopback, and servers that misbehave on purpose.
//!
//! A fake answers what its author believed; most errors of a troubleshooting tool lie in what its author did not know.
//! So the tests ask the API server, the controllers and the scheduler themselves, and only what no test machine can run
//! is played: kubelets by kwok. What is slow to build or to start is played too, by small servers that answer as the
//! originals were seen to, and `make test-world` asks the originals: Loki, Prometheus, LiteLLM, Keycloak, OpenFGA and
//! Argo CD. Tempo alone is only played, as its documentation says; no version of it can be built from its module.
//!
//! ```text
//! tests/world/*/go.mod, … ─► programs ─► ~/.cache/bsq-host/world        built once per machine
//!                                        │
//! test ─► World ─► Supervisor ─stdin─► test-world supervise ─► etcd ◄─ kube-apiserver ◄─ controllers, scheduler, kwok
//!   │       │                          (ends them when stdin closes)          ▲
//!   │       ├─ apply, set_pod_log, create_event, populate ────────────────────┤
//!   │       └─ user("reader").kubeconfig() ─► bsq-host ─► ApiProxy ───────────┘
//!   │                                            │        (counts, injects faults)
//!   └─ http: FaultServer, CoreAi, Loki; real: the servers themselves ◄──┘
//! ```
//!
//! Every call blocks and may be made from any thread, inside a runtime or not. Nothing listens on a public address.
//! `cargo run -p bsq-tests --bin test-world -- up` starts a world to look at by hand.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use bsq_tests::http::{Answer, ApiProxy};
//! use bsq_tests::world::World;
//!
//! let world = World::shared()?;
//! let namespace = world.namespace("demo")?;
//! namespace.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app, image: app}]}}")?;
//! namespace.wait_for_ready_pods("", 1)?;
//!
//! let proxy = ApiProxy::start_as(world, "reader")?;
//! proxy.on("/api/v1/pods?continue=", [Answer::expired(), Answer::forward()]);
//! // … run the host with `--kubeconfig proxy.kubeconfig()`, then:
//! assert_eq!(proxy.count("GET /api/v1/pods"), 0);
//! # Ok(())
//! # }
//! ```

pub mod certificate;
pub mod docs;
pub mod hostile;
pub mod http;
mod ports;
pub mod programs;
pub mod real;
mod runtime;
pub mod supervisor;
pub mod wait;
pub mod world;
