//! Secrets and claims that the workloads and hooks of an unwell application need before they start.

use std::collections::{BTreeMap, BTreeSet};

use bsq_platform::application::Step;
use bsq_platform::command;
use bsq_sdk::prelude::*;

use crate::Sources;
use crate::job::Job;
use crate::objects::Application;
use crate::tell;

/// Objects that are asked for, of each kind: each is a request of its own unless another check lists them.
const MOST: usize = 100;

/// Metadata is all that a check may see of it here, and that it exists is all that is asked.
#[derive(Object)]
#[object(kind = "v1/Secret")]
struct Secret {}

#[derive(Object)]
#[object(kind = "v1/PersistentVolumeClaim")]
struct Claim {
    spec: ClaimSpec,
    status: ClaimStatus,
}

#[derive(Object)]
struct ClaimSpec {
    storage_class_name: Option<String>,
}

#[derive(Object)]
struct ClaimStatus {
    phase: String,
}

/// Who needs an object: the workload or hook, of which application.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct User {
    /// `Deployment iam/keycloak`.
    label: String,
    workload: ObjectRef,
    application: ObjectRef,
    read: u32,
}

/// What is needed, by namespace and name.
#[derive(Default)]
pub(crate) struct Needs {
    secrets: BTreeMap<(String, String), BTreeSet<User>>,
    claims: BTreeMap<(String, String), BTreeSet<User>>,
}

impl Needs {
    /// What the workloads of an application that are not ready need.
    pub(crate) fn add(&mut self, sources: &Sources<'_>, application: &Item<Application>) {
        let workloads = application
            .status
            .resources
            .iter()
            .filter_map(|resource| sources.workloads.of(resource));
        for workload in workloads.filter(|workload| workload.is_short()) {
            let user = User {
                label: workload.subject.to_string(),
                workload: workload.subject.clone(),
                application: application.reference(),
                read: workload.read,
            };
            let namespace = workload.subject.namespace();
            insert(&mut self.secrets, namespace, &workload.secrets, &user);
            insert(&mut self.claims, namespace, &workload.claims, &user);
        }
    }

    /// What a hook needs.
    pub(crate) fn add_hook(
        &mut self,
        application: &Item<Application>,
        step: &Step,
        job: &Item<Job>,
    ) {
        let user = User {
            label: format!("{} hook {}", step.hook_type, step.label()),
            workload: job.reference(),
            application: application.reference(),
            read: job.read(),
        };
        let owned =
            |names: Vec<&str>| -> Vec<String> { names.into_iter().map(str::to_owned).collect() };
        let template = &job.spec.template;
        let secrets = owned(template.secrets().into_iter().collect());
        let claims = owned(template.claims().collect());
        insert(&mut self.secrets, job.namespace(), &secrets, &user);
        insert(&mut self.claims, job.namespace(), &claims, &user);
    }

    pub(crate) fn tell(
        &self,
        sources: &Sources<'_>,
        report: &mut Report,
        all: &[Item<Application>],
    ) {
        for ((namespace, name), users) in self.secrets.iter().take(MOST) {
            match sources.cx.get::<Secret>(namespace, name) {
                Err(error) if error.is_absent() => {
                    secret(report, namespace, name, users, error.read(), all);
                }
                // Whoever may not read one Secret may read none; the first denial is enough for the report.
                Err(error) if error.is_denied() => break,
                _ => {}
            }
        }
        for ((namespace, name), users) in self.claims.iter().take(MOST) {
            match sources.cx.get::<Claim>(namespace, name) {
                Ok(claim) if claim.status.phase != "Bound" => {
                    let class = claim.spec.storage_class_name.as_deref().unwrap_or_default();
                    let state = match claim.status.phase.as_str() {
                        "" => "Pending",
                        phase => phase,
                    };
                    let said = Said {
                        title: format!("is {state}"),
                        value: format!("{state}, storage class {class}"),
                        read: Some(claim.read()),
                    };
                    storage(report, namespace, name, users, &said);
                }
                Err(error) if error.is_absent() => {
                    let said = Said {
                        title: "does not exist".to_owned(),
                        value: "absent".to_owned(),
                        read: error.read(),
                    };
                    storage(report, namespace, name, users, &said);
                }
                Err(error) if error.is_denied() => break,
                _ => {}
            }
        }
    }
}

fn insert(
    needs: &mut BTreeMap<(String, String), BTreeSet<User>>,
    namespace: &str,
    names: &[String],
    user: &User,
) {
    for name in names {
        let key = (namespace.to_owned(), name.clone());
        needs.entry(key).or_default().insert(user.clone());
    }
}

/// `Deployment iam/keycloak of application keycloak and 2 more`.
fn told(users: &BTreeSet<User>) -> String {
    let first = users
        .first()
        .map(|user| format!("{} of application {}", user.label, user.application.name()));
    let more = match users.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!("{}{more}", first.unwrap_or_default())
}

fn secret(
    report: &mut Report,
    namespace: &str,
    name: &str,
    users: &BTreeSet<User>,
    read: Option<u32>,
    all: &[Item<Application>],
) {
    let title = format!(
        "Secret {namespace}/{name} does not exist, {} needs it",
        told(users)
    );
    let subject = ObjectRef::new("v1/Secret", name).in_namespace(namespace);
    let finding = report.finding("BSQ-SYNC-009", subject, title);
    if let Some(read) = read {
        finding.evidence_from(read, format!("Secret {namespace}/{name}"), "absent");
    }
    for user in users.iter().take(tell::MOST) {
        finding.evidence_from(user.read, "named by", &user.label);
    }
    makers(finding, namespace, name, users, all);
    finding.look(["kubectl", "-n", namespace, "get", "secret", name]);
    finding.advice("secrets come from `.auto.tfvars`, from a hook, or from an application that is to be synced first");
    finding.link("/docs/deployment/configuration-model");
}

/// Applications that should make it: one that lists the Secret, or an object that becomes one of this name.
fn makers(
    finding: &mut Finding,
    namespace: &str,
    name: &str,
    users: &BTreeSet<User>,
    all: &[Item<Application>],
) {
    for application in all {
        let listed =
            application.status.resources.iter().find(|it| {
                it.namespace == namespace && it.name == name && it.kind.ends_with("Secret")
            });
        let Some(listed) = listed else { continue };
        finding.evidence_from(
            application.read(),
            format!("listed by application {}", application.name()),
            format!("{}: {}", listed.reference(), listed.status),
        );
        let is_user = users
            .iter()
            .any(|user| user.application.name() == application.name());
        if !is_user {
            finding.caused_by(application);
        }
    }
}

/// What is said of a claim.
struct Said {
    title: String,
    value: String,
    read: Option<u32>,
}

/// Told of the application: the claim itself, and why it is not bound, is the question of another check.
fn storage(report: &mut Report, namespace: &str, name: &str, users: &BTreeSet<User>, said: &Said) {
    let applications: BTreeSet<_> = users.iter().map(|user| &user.application).collect();
    for application in applications {
        let user = users.iter().find(|user| user.application == *application);
        let label = user.map_or("", |user| user.label.as_str());
        let title = format!(
            "application {} waits for its storage: claim {namespace}/{name} of {label} {}",
            application.name(),
            said.title
        );
        let finding = report.finding("BSQ-SYNC-011", application.clone(), title);
        if let Some(read) = said.read {
            finding.evidence_from(read, format!("claim {namespace}/{name}"), &said.value);
        }
        let claim = ObjectRef::new("v1/PersistentVolumeClaim", name).in_namespace(namespace);
        // Why the claim is not bound, or why no pod that waits for it is placed.
        finding.caused_by(claim);
        if let Some(user) = user {
            finding.caused_by(user.workload.clone());
        }
        finding.look(command::describe(namespace, "pvc", name));
        finding.link("/docs/runtime/storage-model");
    }
}
