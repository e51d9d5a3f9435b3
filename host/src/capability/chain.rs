//! The errors behind an error: what a transport says is seldom in its outermost one.

use std::error::Error;
use std::io;

/// The error and its sources, outermost first. An I/O error may carry another error inside that it does not show as its
/// source.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    /// Real chains have five or six links.
    const MAX_LINKS: usize = 32;
    let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(link) = next.filter(|_| chain.len() < MAX_LINKS) {
        chain.push(link);
        let inner = link
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| -> &(dyn Error + 'static) { inner });
        next = inner.or_else(|| link.source());
    }
    chain
}
