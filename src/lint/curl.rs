//! What is to be known of curl, and of the URLs it is given.

use crate::shell::Word;

/// The short options that take a value.
pub(super) const VALUED: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Whether a URL leads to the host itself.
pub(super) fn is_loopback(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start))
}

/// Whether it names a scheme that is not HTTP: other protocols fail by themselves.
pub(super) fn is_other_scheme(word: &Word) -> bool {
    let scheme = word.split_once("://").map(|(scheme, _)| scheme.to_lowercase());
    scheme.is_some_and(|scheme| !matches!(scheme.as_str(), "http" | "https"))
}
