//! What the operator's scope comes down to: namespaces.
//!
//! `env/NAME` is in `bsq.toml`, `app/NAME` is read from Argo CD. Whether the namespaces exist is asked here too, since a
//! name that matches nothing is the operator's error and not a healthy platform.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::capability::view::{GetWant, RunScope, View};
use crate::capability::{Answer, Body, ErrorCode, ListRequest, Mask, Reads, Request, Resource};
use crate::manifest::{KindName, ScopeKind};
use crate::report::model::Scope;
use crate::settings::file::ConfigFile;
use crate::settings::selector;
use crate::ui::Fault;

/// Argo CD's kind.
const APPLICATION: (&str, &str, &str) = ("argoproj.io", "v1alpha1", "Application");

/// Fill in the namespaces of a scope that names something else.
pub async fn resolve(
    mut scope: Scope,
    config: &ConfigFile,
    reads: &dyn Reads,
) -> Result<Scope, Fault> {
    let namespaces = match scope.kind {
        ScopeKind::Env => of_environment(&scope.name, config)?,
        ScopeKind::App if scope.namespaces.is_empty() => of_application(&scope.name, reads).await?,
        ScopeKind::App | ScopeKind::Platform | ScopeKind::Ns | ScopeKind::Service => {
            return Ok(scope);
        }
    };
    scope.namespaces = match scope.namespaces.as_slice() {
        [] => namespaces.into_iter().collect(),
        asked => asked
            .iter()
            .filter(|name| namespaces.contains(*name))
            .cloned()
            .collect(),
    };
    Ok(scope)
}

fn of_environment(name: &str, config: &ConfigFile) -> Result<BTreeSet<String>, Fault> {
    let environment = config.env.get(name).ok_or_else(|| {
        let known: Vec<&str> = config.env.keys().map(String::as_str).collect();
        let fault = Fault::new(
            "BSQ0140",
            format!("`--scope env/{name}`: `bsq.toml` names no such environment"),
        );
        match known.as_slice() {
            [] => fault.hint(format!("add `[env.{name}]` with `namespaces = [\"…\"]`")),
            known => fault.hint(format!("there are {}", known.join(", "))),
        }
    })?;
    Ok(environment.namespaces.iter().cloned().collect())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Application {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    destination: Destination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    namespace: String,
}

/// Where an Application deploys to, and where it lies itself.
async fn of_application(name: &str, reads: &dyn Reads) -> Result<BTreeSet<String>, Fault> {
    let mut cursor = None;
    loop {
        let page = match reads.read(&applications(cursor)?).await {
            Ok(Body::List(page)) => page,
            other => return Err(cannot_look_up(name, other)),
        };
        let mut rows = page.rows.iter();
        if let Some(row) = rows.find(|row| &*row.name == name) {
            let found: Application = serde_json::from_str(row.json.get()).unwrap_or_default();
            let names = [found.metadata.namespace, found.spec.destination.namespace];
            return Ok(names.into_iter().filter(|name| !name.is_empty()).collect());
        }
        cursor = page.next;
        if cursor.is_none() {
            return Err(Fault::new(
                "BSQ0141",
                format!("`--scope app/{name}`: there is no such Application"),
            )
            .hint("see them with `kubectl get applications -A`"));
        }
    }
}

fn applications(cursor: Option<String>) -> Result<Request, Fault> {
    let (group, version, kind) = APPLICATION;
    let kind = KindName {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
    };
    let mask = Mask::from_paths(["spec.destination.namespace"])
        .map_err(|error| Fault::new("BSQ0141", "cannot ask for Applications").because(error))?;
    let resource = Resource {
        kind,
        plural: "applications".to_owned(),
        namespaced: true,
    };
    Ok(Request::List(ListRequest {
        resource,
        namespace: None,
        mask,
        facts: false,
        cursor,
    }))
}

fn cannot_look_up(name: &str, answer: Answer) -> Fault {
    let fault = Fault::new(
        "BSQ0141",
        format!("`--scope app/{name}`: cannot look the Application up"),
    );
    let fault = match answer {
        Err(error) => fault.because(error),
        Ok(_) => fault,
    };
    fault.hint("name its namespaces instead: `-n NAME -n NAME`")
}

/// The scope as the view applies it.
pub fn of_run(scope: &Scope) -> Result<RunScope, Fault> {
    let selector = scope.selector.as_deref().map(selector).transpose()?;
    let is_narrowed = scope.kind != ScopeKind::Platform || !scope.namespaces.is_empty();
    Ok(RunScope {
        namespaces: is_narrowed.then(|| scope.namespaces.iter().cloned().collect()),
        excluded: scope.excluded_namespaces.iter().cloned().collect(),
        selector,
    })
}

/// Ask whether the namespaces of a scope exist. One that may not be looked up is taken at the operator's word.
pub async fn check_exists(scope: &Scope, view: &View) -> Result<(), Fault> {
    let Some(resource) = Resource::built_in(&KindName::from_parts("v1", "Namespace")) else {
        return Ok(());
    };
    for name in &scope.namespaces {
        let want = GetWant {
            resource: &resource,
            namespace: None,
            name,
            mask: &Mask::default(),
            facts: false,
        };
        if let Err(error) = view.get(&want).await
            && error.code == ErrorCode::Absent
        {
            return Err(
                Fault::new("BSQ0143", format!("there is no namespace `{name}`"))
                    .hint("see them with `kubectl get namespaces`")
                    .hint("add `--allow-empty` where that is no error"),
            );
        }
    }
    Ok(())
}
