//! Where a redirection leads, and what goes with it.

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, LOCATION, PROXY_AUTHORIZATION};
use reqwest::{Method, Response, Url};

/// How many redirections are followed.
pub(super) const MOST: usize = 10;

/// Where to go on to; none when the answer stands for itself.
///
/// Only what reads is sent on, and never from https to http.
pub(super) fn next(response: &Response, method: &Method, url: &Url) -> Option<Url> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    if !moved || !(*method == Method::GET || *method == Method::HEAD) {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let next = url.join(location).ok()?;
    let safe = next.scheme() == url.scheme() || (url.scheme() == "http" && next.scheme() == "https");
    safe.then_some(next)
}

/// Takes away what only the first host may see.
pub(super) fn leave_secrets(headers: &mut HeaderMap, from: &Url, to: &Url) {
    let same = from.host_str() == to.host_str() && from.port_or_known_default() == to.port_or_known_default();
    let upgraded = from.host_str() == to.host_str() && from.scheme() == "http" && to.scheme() == "https";
    if same || upgraded {
        return;
    }
    let secret = headers.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name.clone());
    let names: Vec<_> = secret.chain([AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION]).collect();
    for name in names {
        headers.remove(name);
    }
}
