//! One object of a list: what the check declared, and who it is.

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;

use bsq_sdk_macros::Object;

use crate::object::{Decode, Json, Kind, Mismatch};
use crate::subject::ObjectRef;

/// An object that was read. Its declared fields are reached directly, its identity by name.
///
/// ```
/// use bsq_sdk::prelude::*;
///
/// #[derive(Object)]
/// #[object(kind = "v1/ConfigMap")]
/// struct Settings { data: std::collections::BTreeMap<String, String> }
///
/// fn describe(map: &Item<Settings>) -> String {
///     format!("{}/{} has {} keys", map.namespace(), map.name(), map.data.len())
/// }
/// ```
pub struct Item<T> {
    object: T,
    identity: Identity,
    read: u32,
}

/// The controller of an object, as its `ownerReferences` say.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct Owner {
    /// Group and version: `apps/v1`.
    pub api_version: String,
    /// `ReplicaSet`, `StatefulSet`, `Job`…
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

#[derive(Debug)]
struct Identity {
    api_version: String,
    metadata: Metadata,
}

/// Not part of the declared shape: these fields are in every mask anyway (`fields::ALWAYS`).
#[derive(Debug)]
struct Metadata {
    name: String,
    namespace: String,
    uid: String,
    created: Option<Timestamp>,
    deleted: Option<Timestamp>,
    owners: Vec<Reference>,
}

#[derive(Debug)]
struct Reference {
    owner: Owner,
    controller: bool,
}

impl<T: Kind> Item<T> {
    /// Read an object of the page or answer with this number.
    pub(crate) fn decode(object: Json<'_>, read: u32) -> Result<Self, Mismatch> {
        let identity = Identity::of(&object)?;
        Ok(Self {
            object: T::decode(object)?,
            identity,
            read,
        })
    }

    /// The object as a subject or a cause.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        self.into()
    }

    /// One container of it as a subject.
    #[must_use]
    pub fn container(&self, name: impl Into<String>) -> ObjectRef {
        self.reference().container(name)
    }

    /// The kind alone: `Pod`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        T::KIND.rsplit('/').next().unwrap_or(T::KIND)
    }
}

impl<T> Item<T> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.identity.metadata.name
    }

    /// Its namespace; empty for a cluster-scoped object.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.identity.metadata.namespace
    }

    /// Its uid.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.identity.metadata.uid
    }

    /// `v1`, `apps/v1`, as the server gave it.
    #[must_use]
    pub fn api_version(&self) -> &str {
        &self.identity.api_version
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.identity.metadata.created
    }

    /// When its deletion was asked for, if it was.
    #[must_use]
    pub fn deleted(&self) -> Option<Timestamp> {
        self.identity.metadata.deleted
    }

    /// Its controller.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        let controller = |reference: &&Reference| reference.controller;
        self.identity
            .metadata
            .owners
            .iter()
            .find(controller)
            .map(|reference| &reference.owner)
    }

    /// The number of the read that it came with, for evidence.
    #[must_use]
    pub fn read(&self) -> u32 {
        self.read
    }

    /// The declared part alone.
    #[must_use]
    pub fn into_object(self) -> T {
        self.object
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T: fmt::Debug> fmt::Debug for Item<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("namespace", &self.namespace())
            .field("name", &self.name())
            .field("read", &self.read)
            .field("object", &self.object)
            .finish()
    }
}

impl Identity {
    /// Read without taking: the declared part may want the same fields.
    fn of(object: &Json<'_>) -> Result<Self, Mismatch> {
        let metadata = object.get("metadata").unwrap_or(&Json::Null);
        Ok(Self {
            api_version: field(object, "apiVersion")?,
            metadata: Metadata::of(metadata).map_err(|error| error.within("metadata"))?,
        })
    }
}

impl Metadata {
    fn of(metadata: &Json<'_>) -> Result<Self, Mismatch> {
        let owners = metadata.get("ownerReferences").unwrap_or(&Json::Null);
        let owners: Result<_, Mismatch> = owners.items().iter().map(Reference::of).collect();
        Ok(Self {
            name: field(metadata, "name")?,
            namespace: field(metadata, "namespace")?,
            uid: field(metadata, "uid")?,
            created: field(metadata, "creationTimestamp")?,
            deleted: field(metadata, "deletionTimestamp")?,
            owners: owners.map_err(|error| error.within("ownerReferences"))?,
        })
    }
}

impl Reference {
    fn of(reference: &Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self {
            owner: Owner::decode(reference.clone())?,
            controller: field(reference, "controller")?,
        })
    }
}

fn field<T: Decode>(object: &Json<'_>, name: &str) -> Result<T, Mismatch> {
    match object.get(name) {
        None => Ok(T::missing()),
        Some(value) => T::decode(value.clone()).map_err(|error| error.within(name)),
    }
}
