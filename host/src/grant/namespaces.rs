//! Sets of namespaces: every one, or some by name.

use super::Namespaces;

impl Namespaces {
    /// As manifests and grants write them: `*` anywhere in the list stands for every namespace.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Self {
        if names.iter().any(|name| name.as_ref() == "*") {
            return Self::All;
        }
        Self::only(names.iter().map(|name| name.as_ref().to_owned()))
    }

    /// Sorted, without duplicates.
    pub fn only(names: impl IntoIterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort();
        names.dedup();
        Self::Only(names)
    }

    /// As a manifest or a grant would write them.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::All => vec!["*".to_owned()],
            Self::Only(names) => names.clone(),
        }
    }

    pub fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == namespace),
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, some) | (some, Self::All) => some.clone(),
            (Self::Only(names), other) => {
                Self::only(names.iter().filter(|name| other.contains(name)).cloned())
            }
        }
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(left), Self::Only(right)) => Self::only(left.iter().chain(right).cloned()),
            _ => Self::All,
        }
    }

    /// What of `self` lies outside of `other`; `None` when nothing does. Every namespace minus some is said as every
    /// namespace, since the rest has no names.
    pub fn outside(&self, other: &Self) -> Option<Self> {
        let rest = match (self, other) {
            (_, Self::All) => return None,
            (Self::All, Self::Only(_)) => return Some(Self::All),
            (Self::Only(names), other) => {
                Self::only(names.iter().filter(|name| !other.contains(name)).cloned())
            }
        };
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(names: &[&str]) -> Namespaces {
        Namespaces::from_names(names)
    }

    #[test]
    fn sets_behave_as_sets() {
        assert_eq!(
            only(&["b", "a", "b"]),
            Namespaces::Only(vec!["a".into(), "b".into()])
        );
        assert_eq!(only(&["a", "*"]), Namespaces::All);
        assert_eq!(
            only(&["a", "b"]).intersection(&only(&["b", "c"])),
            only(&["b"])
        );
        assert_eq!(Namespaces::All.intersection(&only(&["b"])), only(&["b"]));
        assert_eq!(only(&["a"]).union(&only(&["b"])), only(&["a", "b"]));
        assert_eq!(only(&["a"]).union(&Namespaces::All), Namespaces::All);
    }

    #[test]
    fn what_lies_outside_is_named_where_it_has_names() {
        assert_eq!(only(&["a", "b"]).outside(&only(&["b"])), Some(only(&["a"])));
        assert_eq!(only(&["a"]).outside(&Namespaces::All), None);
        assert_eq!(only(&["a"]).outside(&only(&["a", "b"])), None);
        assert_eq!(
            Namespaces::All.outside(&only(&["a"])),
            Some(Namespaces::All)
        );
    }
}
