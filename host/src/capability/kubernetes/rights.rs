//! What the user of a connection may do, as the API server's authorizer says it.
//!
//! The two reviews are POSTs because the API has them so. Nothing is kept of them, and every user may ask of itself.

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Request};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, ResourceRule, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
    SelfSubjectRulesReview, SelfSubjectRulesReviewSpec, SubjectAccessReviewStatus,
    SubjectRulesReviewStatus,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Connection, fault};
use crate::capability::ReadError;
use crate::capability::prune::ListFault;

/// The rules of a user with a thousand bindings are about a mebibyte.
const MAX_BYTES: u64 = 4 << 20;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1";

/// One verb on one resource, as RBAC names them.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Access {
    pub verb: &'static str,
    /// Empty in the core group.
    pub group: String,
    /// `pods`, or `pods/log`.
    pub resource: String,
}

/// All that the user may do in one namespace.
pub struct Rules {
    rules: Vec<ResourceRule>,
    /// An authorizer that cannot list its rules (a webhook) takes part, so what is not here may be allowed all the same.
    pub is_incomplete: bool,
}

impl Rules {
    /// Whether some rule allows it on objects of every name.
    pub fn allow(&self, access: &Access) -> bool {
        self.rules.iter().any(|rule| allows(rule, access))
    }
}

fn allows(rule: &ResourceRule, access: &Access) -> bool {
    let any_subresource = access
        .resource
        .split_once('/')
        .map(|(_, subresource)| format!("*/{subresource}"));
    let has = |list: &[String], word: &str| list.iter().any(|one| one == "*" || one == word);
    let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    let resources = list(&rule.resources);
    has(&rule.verbs, access.verb)
        && has(&list(&rule.api_groups), &access.group)
        && (has(&resources, &access.resource)
            || any_subresource.is_some_and(|name| resources.contains(&name)))
        && list(&rule.resource_names).is_empty()
}

impl Connection {
    /// Whether the user may do it in one namespace, or with `None` in the whole cluster.
    pub async fn may(&self, access: &Access, namespace: Option<&str>) -> Result<bool, ReadError> {
        let (resource, subresource) = match access.resource.split_once('/') {
            Some((resource, subresource)) => (resource, Some(subresource)),
            None => (access.resource.as_str(), None),
        };
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(access.group.clone()),
                    namespace: namespace.map(str::to_owned),
                    resource: Some(resource.to_owned()),
                    subresource: subresource.map(str::to_owned),
                    verb: Some(access.verb.to_owned()),
                    version: Some("*".to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let what = format!("own right to {} {}", access.verb, access.resource);
        let answer: Status<SubjectAccessReviewStatus> = self
            .review(&what, "selfsubjectaccessreviews", &review)
            .await?;
        Ok(answer.status.allowed)
    }

    /// What the user may do in one namespace.
    pub async fn rules(&self, namespace: &str) -> Result<Rules, ReadError> {
        let review = SelfSubjectRulesReview {
            spec: SelfSubjectRulesReviewSpec {
                namespace: Some(namespace.to_owned()),
            },
            ..SelfSubjectRulesReview::default()
        };
        let what = format!("own rights in {namespace}");
        let answer: Status<SubjectRulesReviewStatus> = self
            .review(&what, "selfsubjectrulesreviews", &review)
            .await?;
        Ok(Rules {
            rules: answer.status.resource_rules,
            is_incomplete: answer.status.incomplete,
        })
    }

    async fn review<T: DeserializeOwned>(
        &self,
        what: &str,
        kind: &str,
        review: &impl Serialize,
    ) -> Result<T, ReadError> {
        let body = serde_json::to_vec(review).map_err(|error| fault::broken(what, &error))?;
        let json = HeaderValue::from_static("application/json");
        let request = Request::post(format!("{REVIEWS}/{kind}"))
            .header(ACCEPT, json.clone())
            .header(CONTENT_TYPE, json)
            .header(ACCEPT_ENCODING, "identity")
            .body(body)
            .map_err(|error| fault::broken(what, &error))?;
        let mut reply = self
            .exchange(request, what, self.until(), MAX_BYTES)
            .await?;
        let text = reply.frames.whole().await?;
        if !reply.status.is_success() {
            return Err(fault::refused(what, reply.status, &text));
        }
        serde_json::from_slice(&text).map_err(|_| fault::unreadable(what, ListFault::NotJson))
    }
}

/// The part of a review that the server fills in.
#[derive(serde::Deserialize)]
struct Status<T> {
    status: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str], names: &[&str]) -> ResourceRule {
        let list = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        ResourceRule {
            api_groups: Some(list(groups)),
            resources: Some(list(resources)),
            verbs: list(verbs),
            resource_names: Some(list(names)),
        }
    }

    #[test]
    fn a_rule_allows_what_it_names_or_has_a_star_for() {
        let logs = Access {
            verb: "get",
            group: String::new(),
            resource: "pods/log".to_owned(),
        };
        for (expected, rule) in [
            (true, rule(&[""], &["pods/log"], &["get"], &[])),
            (true, rule(&["*"], &["*"], &["*"], &[])),
            (true, rule(&[""], &["*/log"], &["get", "list"], &[])),
            (false, rule(&[""], &["pods"], &["get"], &[])),
            (false, rule(&["apps"], &["pods/log"], &["get"], &[])),
            (false, rule(&[""], &["pods/log"], &["list"], &[])),
            (false, rule(&[""], &["pods/log"], &["get"], &["one"])),
        ] {
            assert_eq!(allows(&rule, &logs), expected, "{rule:?}");
        }
    }
}
