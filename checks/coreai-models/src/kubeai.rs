//! What KubeAI says of its models: the `Model` objects and their pods.
//!
//! That pods carry the name of their model in the label `model` is what KubeAI does today and documented nowhere here; their
//! owner says it too. Pods that show neither leave a model without a reason, not without a finding.

use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "kubeai.org/v1/Model")]
pub(crate) struct Model {
    pub(crate) spec: ModelSpec,
    pub(crate) status: ModelStatus,
}

#[derive(Object)]
pub(crate) struct ModelSpec {
    pub(crate) url: String,
    pub(crate) engine: String,
    pub(crate) resource_profile: String,
    pub(crate) min_replicas: i64,
    /// What the autoscaler wants at present.
    pub(crate) replicas: Option<i64>,
}

#[derive(Object)]
pub(crate) struct ModelStatus {
    pub(crate) replicas: Replicas,
}

#[derive(Object)]
pub(crate) struct Replicas {
    pub(crate) all: i64,
    pub(crate) ready: i64,
}

#[derive(Object)]
#[object(kind = "v1/Pod")]
pub(crate) struct Pod {
    metadata: PodMetadata,
    status: PodStatus,
}

#[derive(Object)]
struct PodMetadata {
    labels: PodLabels,
}

#[derive(Object)]
struct PodLabels {
    model: String,
}

#[derive(Object)]
struct PodStatus {
    phase: String,
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Object)]
pub(crate) struct Condition {
    #[object(rename = "type")]
    kind: String,
    status: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

#[derive(Object)]
struct ContainerStatus {
    name: String,
    state: State,
    last_state: State,
}

#[derive(Object)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Object)]
struct Waiting {
    reason: String,
    message: String,
}

#[derive(Object)]
struct Terminated {
    reason: String,
    exit_code: i64,
}

/// What is known of the models that are served.
pub(crate) enum Served {
    Models(Vec<Item<Model>>),
    /// The cluster does not know the kind: KubeAI is not here.
    Absent,
    Unknown,
}

impl Served {
    pub(crate) fn read(cx: &Context) -> Self {
        match cx.list::<Model>().or_absent() {
            Ok(Some(models)) => Self::Models(models),
            Ok(None) => Self::Absent,
            Err(_) => Self::Unknown,
        }
    }

    pub(crate) fn models(&self) -> &[Item<Model>] {
        match self {
            Self::Models(models) => models,
            _ => &[],
        }
    }
}

impl Model {
    /// How many replicas it should have now.
    pub(crate) fn wanted(&self) -> i64 {
        self.spec
            .min_replicas
            .max(self.spec.replicas.unwrap_or_default())
    }

    /// Whether the profile has the form `<profile>:<count>`. Without a profile the engine's default holds.
    pub(crate) fn has_sound_profile(&self) -> bool {
        let profile = self.spec.resource_profile.as_str();
        profile.is_empty()
            || profile.rsplit_once(':').is_some_and(|(name, count)| {
                !name.is_empty() && count.parse::<u32>().is_ok_and(|count| count > 0)
            })
    }
}

/// Whether a pod serves a model.
pub(crate) fn is_of(pod: &Item<Pod>, model: &Item<Model>) -> bool {
    let owned = pod
        .owner()
        .is_some_and(|owner| owner.kind == "Model" && owner.name == model.name());
    pod.namespace() == model.namespace() && (owned || pod.metadata.labels.model == model.name())
}

impl Pod {
    /// What the scheduler says of a pod that it cannot place.
    pub(crate) fn unscheduled(&self) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.kind == "PodScheduled" && condition.status == "False")
    }

    /// A container that waits for something that does not come by itself, or ended badly.
    pub(crate) fn fault(&self) -> Option<String> {
        let status = &self.status;
        status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses)
            .find_map(ContainerStatus::fault)
    }

    pub(crate) fn told(&self) -> String {
        self.fault().unwrap_or_else(|| self.status.phase.clone())
    }
}

impl ContainerStatus {
    fn fault(&self) -> Option<String> {
        let waiting = self
            .state
            .waiting
            .as_ref()
            .filter(|waiting| !is_on_its_way(&waiting.reason))?;
        let ended = self
            .state
            .terminated
            .as_ref()
            .or(self.last_state.terminated.as_ref());
        let ended = ended
            .map(|it| format!(", last ended with {} ({})", it.exit_code, it.reason))
            .unwrap_or_default();
        let message = if waiting.message.is_empty() {
            String::new()
        } else {
            format!(": {}", waiting.message)
        };
        Some(format!(
            "container {} {}{message}{ended}",
            self.name, waiting.reason
        ))
    }
}

fn is_on_its_way(reason: &str) -> bool {
    matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}
