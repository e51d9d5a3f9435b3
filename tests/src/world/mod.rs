//! A Kubernetes platform on loopback: real API server, real controllers and scheduler, and kwok for the kubelets.
//!
//! [`World::shared`] is the one world of a test process; a test takes a [`Namespace`] of its own in it. A test that is
//! about cluster-wide state starts its own by [`World::start`].

mod api;
mod control_plane;
mod event;
mod kubectl;
mod namespace;
mod node;
mod pod_log;
mod populate;
mod support_bundle;
mod user;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

pub use api::Api;
pub use event::Event;
pub use namespace::Namespace;
pub use pod_log::LogLine;
pub use populate::Population;
pub use user::User;

pub(crate) use user::write_kubeconfig;

use control_plane::ControlPlane;
use pod_log::PodLogs;

use crate::programs::world_folder;
use crate::wait::wait_for;

/// Enough for pods to spread over, few enough to read in a failing test's output.
const NODES: usize = 3;

/// A running platform. Dropping it ends its servers and removes its files.
#[derive(Debug)]
pub struct World {
    plane: ControlPlane,
    logs: PodLogs,
}

impl World {
    /// The world that all tests of this process share, started by the first that asks.
    ///
    /// Other tests' namespaces are in it too: look only at your own, or [`start`](Self::start) a world.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<World, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Self::start().map_err(|error| format!("{error:#}")));
        started.as_ref().map_err(|cause| anyhow!("{cause}"))
    }

    /// Starts a world of its own: three nodes, the users of [`user`](Self::user), the CRDs of `tests/world/crds`.
    pub fn start() -> Result<Self> {
        let plane = ControlPlane::start().context("start the control plane")?;
        let world = Self {
            logs: PodLogs::new(plane.folder())?,
            plane,
        };
        world.apply_path(&world_folder().join("crds"))?;
        world.apply_path(&world_folder().join("rbac.yaml"))?;
        wait_for(
            "the CRD of pod logs to be served",
            Duration::from_secs(30),
            || {
                world
                    .admin()
                    .get("/apis/kwok.x-k8s.io/v1alpha1/logs")
                    .map(Some)
            },
        )?;
        world.plane.start_kwok()?;
        world.add_nodes("node", NODES)?;
        Ok(world)
    }

    /// One of the users `admin`, `reader`, `team` and `nobody`, with token and kubeconfig.
    pub fn user(&self, name: &str) -> Result<&User> {
        self.plane.user(name)
    }

    /// The kubeconfig file of a user.
    pub fn kubeconfig(&self, user: &str) -> Result<&Path> {
        Ok(self.user(user)?.kubeconfig())
    }

    /// Raw calls with all rights.
    pub fn admin(&self) -> &Api {
        self.plane.admin()
    }

    /// Raw calls as a user.
    pub fn api(&self, user: &str) -> Result<Api> {
        Api::new(self.server(), self.authorities(), self.user(user)?.token())
    }

    /// The URL of the API server.
    pub fn server(&self) -> &str {
        self.plane.server()
    }

    /// The certificates that sign the API server's, as PEM.
    pub fn authorities(&self) -> &[u8] {
        self.plane.authorities()
    }

    /// The folder of the world's files: a log of each server, kubeconfig files. Gone when the world is dropped.
    pub fn folder(&self) -> &Path {
        self.plane.folder()
    }

    /// The process id of the supervisor that holds the servers.
    pub fn supervisor_pid(&self) -> u32 {
        self.plane.supervisor().pid()
    }

    /// Makes a namespace whose name starts with `prefix`; it is deleted when the value is dropped.
    pub fn namespace(&self, prefix: &str) -> Result<Namespace<'_>> {
        Namespace::create(self, prefix)
    }
}
