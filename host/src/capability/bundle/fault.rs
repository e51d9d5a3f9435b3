//! What is wrong with a bundle as a whole. What is wrong with one file of it is the coverage of a read, not a fault.

use std::io;

use crate::capability::chain::chain;
use crate::ui::Fault;

/// What no honest bundle holds, or more than is taken in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Refused {
    #[error("its entry `{0}` leads out of it")]
    LeadsOut(String),
    #[error("its entry `{0}` has a name that is not UTF-8")]
    NotText(String),
    #[error("its entry `{0}` has a name of more than {1} bytes")]
    LongName(String, usize),
    #[error("it holds `{0}` twice, and either could be meant")]
    Twice(String),
    #[error("its entry `{0}` is {1}")]
    Special(String, &'static str),
    #[error("it holds more than {0} entries")]
    Entries(usize),
    #[error("its folders lie more than {0} deep")]
    Depth(usize),
    #[error("it comes to more than {} MiB", .0 >> 20)]
    Bytes(u64),
    #[error("it unpacks to more than {0} times its size")]
    Ratio(u64),
}

impl Refused {
    fn is_about_size(&self) -> bool {
        matches!(
            self,
            Self::Entries(_) | Self::Depth(_) | Self::Bytes(_) | Self::Ratio(_)
        )
    }
}

/// Why a bundle did not open.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Refused),
    Broken(io::Error),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<io::Error> for Failure {
    /// A reader between the archive and us says by an error that it refuses to read on.
    fn from(error: io::Error) -> Self {
        let refused = chain(&error)
            .into_iter()
            .find_map(|link| link.downcast_ref::<Refused>().cloned());
        refused.map_or(Self::Broken(error), Self::Refused)
    }
}

pub(super) fn not_there(shown: &str, error: io::Error) -> Fault {
    Fault::new("BSQ0520", format!("cannot read the bundle `{shown}`"))
        .because(error)
        .hint(format!("check the path with `ls -l {shown}`"))
}

pub(super) fn no_archive(shown: &str) -> Fault {
    let cause = format!("`{shown}` is neither a folder nor a `.tar.gz` or `.tar`");
    Fault::new("BSQ0520", cause)
        .hint("give a support bundle, a folder of `kubectl cluster-info dump --output-directory`, or a folder of manifests")
        .hint("a recording of this host is replayed: `bsq-host run --replay FILE`")
}

pub(super) fn nothing(shown: &str) -> Fault {
    let cause = format!("`{shown}` holds no objects that this host knows how to read");
    Fault::new("BSQ0521", cause)
        .hint("make a dump: `kubectl cluster-info dump --all-namespaces --output-directory=DIR`")
        .hint("or save lists: `kubectl get pods,events -A -o json > DIR/objects.json`")
}

pub(super) fn refused(shown: &str, refused: Refused) -> Fault {
    if refused.is_about_size() {
        return Fault::new(
            "BSQ0523",
            format!("`{shown}` is larger than a bundle may be"),
        )
        .because(refused)
        .hint("collect less: fewer namespaces, or shorter logs");
    }
    Fault::new("BSQ0522", format!("the bundle `{shown}` is refused"))
        .because(refused)
        .hint("ask whoever made it for a new one; unpack this one nowhere")
}

pub(super) fn broken(shown: &str, error: io::Error) -> Fault {
    Fault::new("BSQ0524", format!("the bundle `{shown}` is damaged"))
        .because(error)
        .hint(format!("copy `{shown}` again from where it was made"))
}

/// The fault of a bundle that did not open.
pub(super) fn of(shown: &str, failure: Failure) -> Fault {
    match failure {
        Failure::Refused(reason) => refused(shown, reason),
        Failure::Broken(error) => broken(shown, error),
    }
}
