//! What is read of workloads, ConfigMaps, Services and ingresses.

use std::collections::BTreeMap;

use bsq_platform::ingress::Routes;
use bsq_platform::labels::Named;
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "apps/v1/Deployment")]
pub(crate) struct Deployment {
    pub(crate) metadata: Named,
    pub(crate) spec: WorkloadSpec,
}

#[derive(Object)]
#[object(kind = "apps/v1/StatefulSet")]
pub(crate) struct StatefulSet {
    pub(crate) metadata: Named,
    pub(crate) spec: WorkloadSpec,
}

#[derive(Object)]
#[object(kind = "apps/v1/DaemonSet")]
pub(crate) struct DaemonSet {
    pub(crate) metadata: Named,
    pub(crate) spec: WorkloadSpec,
}

#[derive(Object)]
#[object(kind = "batch/v1/CronJob")]
pub(crate) struct CronJob {
    pub(crate) metadata: Named,
    pub(crate) spec: CronJobSpec,
}

#[derive(Object)]
pub(crate) struct CronJobSpec {
    pub(crate) suspend: bool,
    pub(crate) job_template: JobTemplate,
}

#[derive(Object)]
pub(crate) struct JobTemplate {
    pub(crate) spec: WorkloadSpec,
}

#[derive(Object)]
pub(crate) struct WorkloadSpec {
    pub(crate) replicas: Option<i64>,
    pub(crate) template: Template,
}

#[derive(Object)]
pub(crate) struct Template {
    pub(crate) metadata: TemplateMetadata,
    pub(crate) spec: PodSpec,
}

#[derive(Object)]
pub(crate) struct TemplateMetadata {
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Object)]
pub(crate) struct PodSpec {
    pub(crate) containers: Vec<Container>,
    pub(crate) init_containers: Vec<Container>,
}

#[derive(Object)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) env: Vec<Variable>,
    pub(crate) env_from: Vec<VariablesFrom>,
}

#[derive(Object)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) value_from: Option<ValueFrom>,
}

#[derive(Object)]
pub(crate) struct ValueFrom {
    pub(crate) config_map_key_ref: Option<KeyReference>,
    pub(crate) secret_key_ref: Option<KeyReference>,
}

#[derive(Object)]
pub(crate) struct KeyReference {
    pub(crate) name: String,
    pub(crate) key: String,
}

#[derive(Object)]
pub(crate) struct VariablesFrom {
    pub(crate) prefix: String,
    pub(crate) config_map_ref: Option<NameReference>,
}

#[derive(Object)]
pub(crate) struct NameReference {
    pub(crate) name: String,
}

#[derive(Object)]
#[object(kind = "v1/ConfigMap")]
pub(crate) struct ConfigMap {
    data: AddressKeys,
}

/// The one place that names what clients of an OpenAI-compatible API call its address: the documented variable, those of
/// OpenAI's own libraries, and those that name LiteLLM. The mask follows from it, so no other key leaves the host.
macro_rules! address_keys {
    ($($field:ident = $key:literal),* $(,)?) => {
        #[derive(Object)]
        struct AddressKeys {
            $(#[object(rename = $key)] $field: Option<String>,)*
        }

        impl ConfigMap {
            /// The addresses in it, by key.
            pub(crate) fn addresses(&self) -> impl Iterator<Item = (&'static str, &str)> {
                let entries = [$(($key, self.data.$field.as_deref())),*];
                entries.into_iter().filter_map(|(key, value)| Some((key, value?)))
            }
        }

        /// Names of variables that hold the address of such an API.
        pub(crate) const ADDRESS_KEYS: &[&str] = &[$($key),*];
    };
}

address_keys! {
    bsqai_base_url = "BSQAI_BASE_URL",
    openai_base_url = "OPENAI_BASE_URL",
    openai_api_base = "OPENAI_API_BASE",
    openai_api_base_url = "OPENAI_API_BASE_URL",
    openai_api_base_urls = "OPENAI_API_BASE_URLS",
    llm_base_url = "LLM_BASE_URL",
    llm_api_base = "LLM_API_BASE",
    litellm_url = "LITELLM_URL",
    litellm_base_url = "LITELLM_BASE_URL",
    litellm_api_base = "LITELLM_API_BASE",
    litellm_proxy_url = "LITELLM_PROXY_URL",
}

#[derive(Object)]
#[object(kind = "v1/Service")]
pub(crate) struct Service {
    pub(crate) metadata: Named,
    pub(crate) spec: ServiceSpec,
}

#[derive(Object)]
pub(crate) struct ServiceSpec {
    pub(crate) selector: BTreeMap<String, String>,
}

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
pub(crate) struct Ingress {
    pub(crate) spec: Routes,
}
