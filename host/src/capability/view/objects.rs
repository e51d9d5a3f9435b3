//! Single objects: out of a list of the run where one is planned, else asked for.

use super::collection;
use super::lists::Opened;
use super::{Asked, GetWant, View, covers, out_of_scope};
use crate::capability::prune::Pruner;
use crate::capability::{Body, ErrorCode, ObjectRequest, ReadError, Request};

impl View {
    /// One object as JSON text: from the run's list of the kind where one is planned, whichever call comes first.
    pub async fn get(&self, want: &GetWant<'_>) -> Result<Asked<String>, ReadError> {
        let resource = want.resource;
        let what = || format!("{} {}", resource.kind, want.name);
        let namespace = want.namespace.filter(|_| resource.namespaced);
        match namespace {
            Some(namespace) if !self.plan.scope.contains(namespace) => {
                return Err(out_of_scope(&format!("{} in {namespace}", what())));
            }
            None if resource.namespaced => {
                let message = format!("get {}: a namespace has to be named", what());
                return Err(ReadError::new(ErrorCode::Invalid, message));
            }
            _ => {}
        }
        let pruner = Pruner::new(resource, want.mask, want.facts);
        if let Some(Asked { value, is_shared }) = self.planned_list(want, namespace).await {
            let text = match value {
                Ok(listing) => {
                    let ending = listing.ended().await;
                    match listing.find(namespace, want.name) {
                        Some(row) => Some(collection::prune(&pruner, &row)?),
                        None if ending.is_whole() => {
                            let message = format!("get {}: there is none", what());
                            return Err(ReadError::new(ErrorCode::Absent, message));
                        }
                        None => None,
                    }
                }
                // Who may not list a kind may still get one object of it.
                Err(error) if error.code == ErrorCode::Forbidden => None,
                Err(error) => return Err(error),
            };
            if let Some(value) = text {
                return Ok(Asked { value, is_shared });
            }
        }
        let (mask, facts) = self.union(resource, want.mask, want.facts);
        let request = Request::Get(ObjectRequest {
            resource: resource.clone(),
            namespace: namespace.map(str::to_owned),
            name: want.name.to_owned(),
            mask,
            facts,
        });
        let Asked { value, is_shared } = self.once(request).await;
        match &*value {
            Ok(Body::Object(row)) => Ok(Asked {
                value: collection::prune(&pruner, row)?,
                is_shared,
            }),
            Ok(_) => Err(ReadError::new(
                ErrorCode::Invalid,
                format!("get {}: the answer is no object", what()),
            )),
            Err(error) => Err(error.clone()),
        }
    }

    /// The run's list that would hold an object, if one is planned.
    async fn planned_list(
        &self,
        want: &GetWant<'_>,
        namespace: Option<&str>,
    ) -> Option<Asked<Opened>> {
        let planned = self.plan.planned(&want.resource.kind)?;
        if !planned.is_listed || !covers(planned, want.mask, want.facts) {
            return None;
        }
        let namespace = match (self.plan.lists(want.resource), namespace) {
            (None, _) => None,
            (Some(lists), Some(namespace)) if lists.contains(namespace) => Some(namespace),
            _ => return None,
        };
        Some(
            self.listed(want.resource, namespace, &planned.mask, planned.facts)
                .await,
        )
    }
}
