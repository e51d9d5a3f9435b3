//! The other side of every read: in a component the imports of the contract, in a test the fake host.
//!
//! Both are called directly rather than through a trait object, so that a component keeps only the imports that its check
//! can reach.

#[cfg(target_arch = "wasm32")]
pub(crate) mod component;
#[cfg(target_arch = "wasm32")]
pub(crate) use component::Host;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::Host;

/// One page of a list.
pub(crate) struct Page {
    pub(crate) read: u32,
    pub(crate) items: String,
    pub(crate) next: Option<String>,
}

/// Which objects.
pub(crate) struct ListQuery {
    pub(crate) kind: &'static str,
    pub(crate) namespace: Option<String>,
    pub(crate) labels: Option<String>,
    pub(crate) cursor: Option<String>,
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    #[cfg(target_arch = "wasm32")]
    Error,
}
