//! Which cluster, and as whom, in kubectl's words.

use std::time::Duration;

use super::duration_of;
use crate::capability::kubernetes::ConnectOptions;
use crate::cli::ConnectionArgs;
use crate::ui::Fault;

/// One request may take this long. A page of 500 objects comes in under a second; a server that needs more than half
/// a minute is part of the incident.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Check the flags against each other. `--request-timeout 0` means to kubectl that there is no deadline; here it means
/// as long as a whole run may take, since nothing outside is waited for without end.
pub fn connect_options(
    args: &ConnectionArgs,
    run_timeout: Duration,
) -> Result<ConnectOptions, Fault> {
    if args.impersonate.is_none() && !args.impersonate_groups.is_empty() {
        return Err(Fault::new("BSQ0108", "`--as-group` needs `--as`")
            .hint("add `--as USER`: a group is impersonated only together with a user"));
    }
    let asked = match args.request_timeout.as_deref() {
        None => REQUEST_TIMEOUT,
        Some("0") => Duration::ZERO,
        Some(text) => duration_of("--request-timeout", text)?,
    };
    let request_timeout = if asked.is_zero() { run_timeout } else { asked };
    Ok(ConnectOptions {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        as_user: args.impersonate.clone(),
        as_groups: args.impersonate_groups.clone(),
        request_timeout: Some(request_timeout),
    })
}
