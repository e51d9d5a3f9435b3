//! Whether a check may do a read: the gate's own answer, with the line that would change it.

use std::path::Path;

use super::{CanIArgs, CanIVerb};
use crate::cmd::packed::Packed;
use crate::grant::{Call, Decision, Gate, Grant, Grants, Namespaces};
use crate::manifest::{BadKind, KindName};
use crate::ui::Fault;

/// `yes` or `no`, and why.
pub(super) struct Answer {
    pub(super) is_yes: bool,
    pub(super) text: String,
}

/// Ask the gate that a run would ask.
pub(super) fn can_i(
    args: &CanIArgs,
    grants: &Grants,
    installed: Option<&Path>,
) -> Result<Answer, Fault> {
    let packed = component(&args.check, installed)?;
    let granted = grants.of(&packed.digest, &packed.manifest)?;
    let is_refused = granted.is_none();
    let grant = granted.unwrap_or_else(|| Grant::empty(&packed.digest, &packed.manifest));
    let gate = Gate::new(packed.manifest, grant);
    let kind;
    let namespace = args.namespace.as_deref();
    let what = args.what.as_str();
    let call = match args.verb {
        CanIVerb::Get => {
            kind = kind_of(what)?;
            Call::Get {
                kind: &kind,
                namespace,
            }
        }
        CanIVerb::List => {
            kind = kind_of(what)?;
            Call::List {
                kind: &kind,
                namespace,
            }
        }
        CanIVerb::Logs => {
            kind_of(what)?;
            Call::PodLog {
                namespace: namespace.ok_or_else(no_namespace)?,
            }
        }
        CanIVerb::Metrics => Call::Metric { template: what },
        CanIVerb::Traces => Call::Trace { template: what },
        CanIVerb::Probe => Call::Network { host: what },
    };
    Ok(answer(&gate, &call, is_refused))
}

fn kind_of(what: &str) -> Result<KindName, Fault> {
    what.parse().map_err(|error: BadKind| {
        Fault::new("BSQ0309", error.to_string())
            .hint("write the kind with its version: `v1/Pod`, `apps/v1/Deployment`")
    })
}

fn no_namespace() -> Fault {
    Fault::new("BSQ0309", "pod logs are granted by namespace").hint("name one: `-n NAMESPACE`")
}

fn answer(gate: &Gate, call: &Call<'_>, is_refused: bool) -> Answer {
    let (is_yes, mut text) = match gate.decide(call) {
        Decision::Allowed(_) => match gate.withheld(call, &Namespaces::All) {
            None => (true, "yes\n".to_owned()),
            Some(denial) => (
                true,
                format!("yes, in part: {}\nhint: {}\n", denial.reason, denial.hint),
            ),
        },
        Decision::Denied(denial) => (
            false,
            format!("no: {}\nhint: {}\n", denial.reason, denial.hint),
        ),
    };
    if is_refused {
        text.push_str("note: this component has no grant at all, so it is refused\n");
    }
    Answer { is_yes, text }
}

/// A path is a component; an id is looked up among the installed checks.
fn component(check: &str, installed: Option<&Path>) -> Result<Packed, Fault> {
    let path = Path::new(check);
    if path.is_file() {
        return Packed::open(path);
    }
    // An id names a file only where it is a plain one: nothing is looked up by a path that an argument made up.
    let is_plain = check
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let file = installed
        .filter(|_| is_plain)
        .map(|folder| folder.join(format!("{check}.wasm")));
    match file.filter(|file| file.is_file()) {
        Some(file) => Packed::open(&file),
        None => Err(
            Fault::new("BSQ0310", format!("no check `{check}` is installed"))
                .hint("name the file of its component, such as `checks/pod-triage.wasm`"),
        ),
    }
}
