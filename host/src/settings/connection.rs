//! Which cluster, and as whom, in kubectl's words.

use std::path::PathBuf;
use std::time::Duration;

use super::duration_of;
use crate::cli::ConnectionArgs;
use crate::ui::Fault;

/// One request may take this long. A page of 500 objects comes in under a second; a server that needs more than half
/// a minute is part of the incident.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How to reach the cluster. What is absent comes from the kubeconfig file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    pub kubeconfig: Option<PathBuf>,
    pub context: Option<String>,
    pub impersonate: Option<String>,
    pub impersonate_groups: Vec<String>,
    /// `None`: as long as the run may take, which is what `0` means to kubectl.
    pub request_timeout: Option<Duration>,
}

impl Connection {
    /// Check the flags against each other.
    pub fn from_args(args: &ConnectionArgs) -> Result<Self, Fault> {
        if args.impersonate.is_none() && !args.impersonate_groups.is_empty() {
            return Err(Fault::new("BSQ0108", "`--as-group` needs `--as`")
                .hint("add `--as USER`: a group is impersonated only together with a user"));
        }
        let request_timeout = match args.request_timeout.as_deref() {
            None => Some(REQUEST_TIMEOUT),
            Some("0") => None,
            Some(text) => {
                Some(duration_of("--request-timeout", text)?).filter(|given| !given.is_zero())
            }
        };
        Ok(Self {
            kubeconfig: args.kubeconfig.clone(),
            context: args.context.clone(),
            impersonate: args.impersonate.clone(),
            impersonate_groups: args.impersonate_groups.clone(),
            request_timeout,
        })
    }
}
