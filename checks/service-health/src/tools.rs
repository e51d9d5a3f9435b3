//! The MCP servers of ToolHive, which give the CoreAI API its tools.

use bsq_platform::command;
use bsq_platform::condition::Explained;
use bsq_sdk::prelude::*;

use crate::Tolerance;

#[derive(Object)]
#[object(kind = "toolhive.stacklok.dev/v1alpha1/MCPServer")]
struct McpServer {
    status: Status,
}

#[derive(Object)]
struct Status {
    phase: String,
    message: String,
    conditions: Vec<Explained>,
}

pub(crate) fn tell(cx: &Context, report: &mut Report, tolerance: &Tolerance) {
    let servers = cx.list::<McpServer>().or_empty();
    report.looked_at(servers.len());
    for server in servers.iter().filter(|it| it.deleted().is_none()) {
        let since = server.not_ready().and_then(|it| it.last_transition_time);
        if server.lacks_pods() && tolerance.is_over(since.or(server.created())) {
            finding(report, server, since);
        }
    }
}

impl McpServer {
    /// A phase that is not known, or not there yet, says nothing.
    fn lacks_pods(&self) -> bool {
        matches!(
            self.status.phase.as_str(),
            "Failed" | "Pending" | "NotReady"
        )
    }

    fn not_ready(&self) -> Option<&Explained> {
        let mut conditions = self.status.conditions.iter();
        conditions.find(|it| it.r#type == "Ready" && it.status == "False")
    }
}

fn finding(report: &mut Report, server: &Item<McpServer>, since: Option<Timestamp>) {
    let (namespace, name) = (server.namespace(), server.name());
    let status = &server.status;
    let why = match (status.message.as_str(), server.not_ready()) {
        ("", Some(condition)) => condition.message.as_str(),
        (message, _) => message,
    };
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    };
    let title = format!(
        "MCP server {namespace}/{name} does not run ({}), so its tools are missing{why}",
        status.phase
    );
    let finding = report.finding("BSQ-SVC-008", server, title);
    finding.since(since);
    finding.evidence("status.phase", &status.phase);
    if !status.message.is_empty() {
        finding.evidence("status.message", &status.message);
    }
    // ToolHive runs a server as a StatefulSet and its proxy as a Deployment, both of its name.
    for kind in ["apps/v1/Deployment", "apps/v1/StatefulSet"] {
        finding.caused_by(ObjectRef::new(kind, name).in_namespace(namespace));
    }
    let resource = "mcpservers.toolhive.stacklok.dev";
    finding.look(command::describe(namespace, resource, name));
    finding.link("/docs/coreai/component-interaction-map");
}
