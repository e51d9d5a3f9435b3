//! What a finding is about: an object, one container of it, or a named thing that is no object.

use std::fmt;

use crate::item::{Item, Owner};
use crate::object::Kind;

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A Kubernetes object.
    Object(ObjectRef),
    /// A thing that is no object.
    Named(Named),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => object.fmt(f),
            Self::Named(named) => named.fmt(f),
        }
    }
}

/// One Kubernetes object by its parts.
///
/// ```
/// use bsq_sdk::ObjectRef;
///
/// let object = ObjectRef::new("apps/v1/StatefulSet", "postgresql").in_namespace("data").container("postgresql");
/// assert_eq!(object.api_version(), "apps/v1");
/// assert_eq!(object.to_string(), "StatefulSet data/postgresql/postgresql");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) uid: Option<String>,
    pub(crate) container: Option<String>,
    pub(crate) owner: Option<(String, String)>,
    pub(crate) read: Option<u32>,
}

impl ObjectRef {
    /// An object by its kind (`GROUP/VERSION/Kind`, in the core group `v1/Kind`) and name.
    #[must_use]
    pub fn new(kind: &str, name: impl Into<String>) -> Self {
        let (api_version, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: name.into(),
            uid: None,
            container: None,
            owner: None,
            read: None,
        }
    }

    /// The same, in a namespace; empty means cluster-scoped.
    #[must_use]
    pub fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into()).filter(|namespace| !namespace.is_empty());
        self
    }

    /// The same, with its uid.
    #[must_use]
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into()).filter(|uid| !uid.is_empty());
        self
    }

    /// One container of it.
    #[must_use]
    pub fn container(mut self, name: impl Into<String>) -> Self {
        self.container = Some(name.into());
        self
    }

    /// The same, with the owner that stands for a generated name, so that a finding stays the same one when the object
    /// is replaced.
    #[must_use]
    pub fn owned_by(mut self, kind: impl Into<String>, name: impl Into<String>) -> Self {
        self.owner = Some((kind.into(), name.into()));
        self
    }

    /// The same, taken from this read.
    #[must_use]
    pub fn with_read(mut self, read: u32) -> Self {
        self.read = Some(read);
        self
    }

    /// Group and version as in the object: `v1`, `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The kind alone: `Pod`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace; empty for a cluster-scoped object.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// Kind and name of the owner, where one is known.
    #[must_use]
    pub fn owner(&self) -> Option<(&str, &str)> {
        self.owner
            .as_ref()
            .map(|(kind, name)| (kind.as_str(), name.as_str()))
    }

    /// The container, where the finding is about one.
    #[must_use]
    pub fn container_name(&self) -> Option<&str> {
        self.container.as_deref()
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        write!(f, "{}", self.name)?;
        self.container
            .iter()
            .try_for_each(|container| write!(f, "/{container}"))
    }
}

/// A thing that is no object: a model, an endpoint, a host name.
///
/// ```
/// assert_eq!(bsq_sdk::Named::new("model", "llama-3").to_string(), "model llama-3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) read: Option<u32>,
}

impl Named {
    /// A thing by its kind (lower case, one word) and name.
    #[must_use]
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
            read: None,
        }
    }

    /// The same, taken from this read.
    #[must_use]
    pub fn with_read(mut self, read: u32) -> Self {
        self.read = Some(read);
        self
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl Subject {
    /// The read that the subject was taken from.
    pub(crate) fn read(&self) -> Option<u32> {
        match self {
            Self::Object(object) => object.read,
            Self::Named(named) => named.read,
        }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectRef> {
        match self {
            Self::Object(object) => Some(object),
            Self::Named(_) => None,
        }
    }
}

impl From<ObjectRef> for Subject {
    fn from(object: ObjectRef) -> Self {
        Self::Object(object)
    }
}

impl From<Named> for Subject {
    fn from(named: Named) -> Self {
        Self::Named(named)
    }
}

impl From<&Self> for Subject {
    fn from(subject: &Self) -> Self {
        subject.clone()
    }
}

impl From<&ObjectRef> for Subject {
    fn from(object: &ObjectRef) -> Self {
        Self::Object(object.clone())
    }
}

impl<T: Kind> From<&Item<T>> for Subject {
    fn from(item: &Item<T>) -> Self {
        Self::Object(item.reference())
    }
}

impl<T: Kind> From<&Item<T>> for ObjectRef {
    fn from(item: &Item<T>) -> Self {
        let reference = Self::new(T::KIND, item.name())
            .in_namespace(item.namespace())
            .with_uid(item.uid())
            .with_read(item.read());
        match item.owner() {
            Some(Owner { kind, name, .. }) => reference.owned_by(kind, name),
            None => reference,
        }
    }
}
