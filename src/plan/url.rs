//! Addresses as guards compare them: what is sent to one place counts as one address, however it is spelled.
//!
//! Two readings are held against a pattern: what goes over the wire, and what a server may make of it that decodes
//! once more than it should. What is forbidden is forbidden in either; what is allowed must be allowed in both.

use reqwest::Url;

use crate::shell::Pattern;
use crate::value::{BackendKind, Target};

/// So often is an address decoded that was encoded more than once.
const DECODINGS: usize = 4;

/// The pattern of an address: `https://api.example/.../restart?<query>`.
#[derive(Debug)]
pub(super) struct UrlPattern {
    /// As it goes over the wire, without the query.
    wire: Pattern,
    decoded: Pattern,
    query: QueryPattern,
}

#[derive(Debug)]
enum QueryPattern {
    /// The pattern says nothing of a query.
    Unsaid,
    /// It ends with `...`: any.
    Any,
    /// One for each `name=value`, in whatever order.
    Parts(Vec<PartPattern>),
}

#[derive(Debug)]
struct PartPattern {
    pattern: Pattern,
    /// `<query>` or `...`: it stands for any, and for none.
    open: bool,
}

impl UrlPattern {
    /// Reads a pattern. One that begins with `/` goes on from `base`.
    pub fn read(text: &str, base: &str) -> Result<Self, (usize, String)> {
        let whole = if text.starts_with('/') { format!("{base}{text}") } else { text.to_owned() };
        let (address, query) = match whole.split_once('?') {
            Some((address, query)) => (address, QueryPattern::parts(query)?),
            None if whole.ends_with("...") => (whole.as_str(), QueryPattern::Any),
            None => (whole.as_str(), QueryPattern::Unsaid),
        };
        let address = place_in_lower_case(address);
        let wire = Pattern::string(address.trim_end_matches('/'))?;
        Ok(Self { wire, decoded: Pattern::string(&decoded(&address))?, query })
    }

    /// Whether `url` is one of those that are meant, in any reading of it; what else stands in its query changes
    /// nothing.
    pub fn could_be(&self, url: &str) -> bool {
        let sent = Sent::read(url);
        let address = self.wire.match_string(&sent.wire).is_some()
            || self.decoded.match_string(&sent.decoded).is_some()
            || self.wire.match_string(&sent.decoded).is_some();
        let said = |part: &PartPattern| part.open || sent.query.iter().any(|own| part.could_be(own));
        address
            && match &self.query {
                QueryPattern::Unsaid | QueryPattern::Any => true,
                QueryPattern::Parts(parts) => parts.iter().all(said),
            }
    }

    /// Whether `url` is one of those that are meant, in every reading of it, and asks for nothing more.
    pub fn surely_is(&self, url: &str) -> bool {
        let sent = Sent::read(url);
        let address = self.wire.match_string(&sent.wire).is_some()
            && self.decoded.match_string(&sent.decoded).is_some();
        let known = |own: &String, parts: &[PartPattern]| parts.iter().any(|part| part.surely_is(own));
        let said = |part: &PartPattern| part.open || sent.query.iter().any(|own| part.surely_is(own));
        address
            && match &self.query {
                QueryPattern::Unsaid => sent.query.is_empty(),
                QueryPattern::Any => true,
                QueryPattern::Parts(parts) => {
                    parts.iter().all(said) && sent.query.iter().all(|own| known(own, parts))
                }
            }
    }
}

impl QueryPattern {
    fn parts(query: &str) -> Result<Self, (usize, String)> {
        let part = |text: &str| {
            let capture = text.starts_with('<') && text.find('>') == Some(text.len() - 1);
            Ok(PartPattern { pattern: Pattern::string(text)?, open: capture || text == "..." })
        };
        query.split('&').filter(|part| !part.is_empty()).map(part).collect::<Result<_, _>>().map(Self::Parts)
    }
}

impl PartPattern {
    fn could_be(&self, sent: &str) -> bool {
        let reads = |text: &str| self.pattern.match_string(text).is_some();
        reads(sent) || reads(&fully_decoded(&sent.replace('+', " ")))
    }

    fn surely_is(&self, sent: &str) -> bool {
        let reads = |text: &str| self.pattern.match_string(text).is_some();
        self.open || reads(sent) && reads(&fully_decoded(&sent.replace('+', " ")))
    }
}

/// An address that is sent, in both readings, and each `name=value` of its query.
struct Sent {
    wire: String,
    decoded: String,
    query: Vec<String>,
}

impl Sent {
    fn read(url: &str) -> Self {
        let (address, query) = match Url::parse(url) {
            Ok(parsed) => (address(&parsed), parsed.query().unwrap_or_default().to_owned()),
            // It won't be sent; of a preview, a part may not be known yet.
            Err(_) => {
                let url = url.split('#').next().unwrap_or_default();
                let (address, query) = url.split_once('?').unwrap_or((url, ""));
                (address.to_owned(), query.to_owned())
            }
        };
        let query = query.split(['&', ';']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { wire: address.trim_end_matches('/').to_owned(), decoded: decoded(&address), query }
    }
}

/// Without user, default port, query and fragment; its dot segments are resolved by now.
fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// Where `address` goes to, up to its path, and the path.
fn split_path(address: &str) -> (&str, &str) {
    let from = address.find("://").map_or(0, |at| at + 3);
    let path = address[from..].find('/').map_or(address.len(), |at| from + at);
    if from == 0 { ("", address) } else { address.split_at(path) }
}

/// Scheme and host are the same in any case; what a pattern catches keeps its name.
fn place_in_lower_case(pattern: &str) -> String {
    let (place, path) = split_path(pattern);
    let mut captured = false;
    let lower = place.chars().map(|c| {
        captured = c == '<' || captured && c != '>';
        if captured { c } else { c.to_ascii_lowercase() }
    });
    let place: String = lower.collect();
    let default = [("https://", ":443"), ("http://", ":80")].into_iter();
    let port = default
        .filter(|(scheme, _)| place.starts_with(scheme))
        .find_map(|(_, port)| place.strip_suffix(port));
    format!("{}{path}", port.unwrap_or(&place))
}

/// As a server may read it that decodes too often, folds slashes and drops `;…`.
fn decoded(address: &str) -> String {
    let (place, path) = split_path(address);
    let path = fully_decoded(path).replace('\\', "/");
    let rooted = path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').map(|segment| segment.split(';').next().unwrap_or_default().trim()) {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            segment => segments.push(segment),
        }
    }
    let start = if rooted && !segments.is_empty() { "/" } else { "" };
    format!("{place}{start}{}", segments.join("/"))
}

fn fully_decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..DECODINGS {
        let once = percent_decoded(&text);
        if once == text {
            break;
        }
        text = once;
    }
    text.replace('\0', "")
}

fn percent_decoded(text: &str) -> String {
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Whether `url` leads to the place of `guarded`, which has a base: the same host and port, and a path below its own.
pub(super) fn leads_to(guarded: &Target, url: &str) -> bool {
    let (Ok(base), Ok(sent)) = (Url::parse(&guarded.address), Url::parse(url)) else { return false };
    let host = |url: &Url| url.host_str().map(|host| host.trim_end_matches('.').to_owned());
    // With or without TLS, the usual ports of one host lead to one place.
    let port = |url: &Url| url.port_or_known_default().filter(|port| !matches!(port, 80 | 443));
    let (below, sent_path) = (decoded(base.path()), decoded(sent.path()));
    let inside = below.is_empty() || sent_path == below || sent_path.starts_with(&format!("{below}/"));
    host(&base) == host(&sent) && port(&base) == port(&sent) && inside
}

/// Whether two targets are one place, whatever they are called and however it is written.
pub(super) fn is_one_place(one: &Target, other: &Target) -> bool {
    let here = |target: &Target| target.backend == BackendKind::Local || is_this_machine(target);
    let same_port = one.port.unwrap_or(22) == other.port.unwrap_or(22);
    let same = one.backend == other.backend && host(&one.address) == host(&other.address) && same_port;
    same || here(one) && here(other)
}

fn host(address: &str) -> String {
    let bare = address.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare.to_lowercase(),
    }
}

fn is_this_machine(target: &Target) -> bool {
    let host = host(&target.address);
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let straight = target.jump.is_none() && target.port.is_none_or(|port| port == 22);
    target.backend == BackendKind::Ssh && straight && (loopback || host == "localhost")
}

/// A path on a host as it is typed, and as it is read there.
pub(super) fn paths(path: &str, ignores_case: bool) -> [String; 2] {
    let slashed = if ignores_case { path.replace('\\', "/").to_lowercase() } else { path.to_owned() };
    let rooted = slashed.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in slashed.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => _ = segments.pop(),
            ".." if rooted => {}
            segment => segments.push(segment),
        }
    }
    let read = format!("{}{}", if rooted { "/" } else { "" }, segments.join("/"));
    [slashed, read]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> UrlPattern {
        UrlPattern::read(text, "https://api.example/v1").unwrap()
    }

    #[test]
    fn what_is_forbidden_is_so_however_it_is_spelled() {
        let forbidden = pattern("https://api.example/.../restart?<query>");
        for url in [
            "https://api.example/workers/1/restart?force=1",
            "https://api.example/workers/1/restart",
            "https://api.example/workers/1/restart/",
            "https://api.example/workers/1/restart?",
            "https://API.Example/workers/1/restart?force=1",
            "https://api.example:443/workers/1/restart?x",
            "https://api.example./workers/1/restart?x",
            "https://ops:pw@api.example/workers/1/restart?x",
            "https://api.example/workers/1//restart?x",
            "https://api.example//workers/1/restart?x",
            "https://api.example/workers/1/./restart?x",
            "https://api.example/workers/1/stop/../restart?x",
            "https://api.example/workers/1/stop/%2e%2e/restart?x",
            "https://api.example/workers/1/stop/..%2frestart?x",
            "https://api.example/workers/1/%72estart?x",
            "https://api.example/workers/1/%2572estart?x",
            "https://api.example/workers/1/restart;a=b?x",
            "https://api.example/workers/1/restart#there",
            "https://api.example/workers\\1\\restart?x",
            "https://api.example/workers/1/re\tstart?x",
            "HTTPS://api.example/workers/1/restart?x",
        ] {
            assert!(forbidden.could_be(url), "{url}");
        }
        for url in [
            "https://api.example/workers/1/restarts?x",
            "https://api.example/workers/1/restart/log?x",
            "https://api.example/workers/1/status?then=/restart",
            "https://other.example/workers/1/restart?x",
            "https://api.example:8443/workers/1/restart?x",
        ] {
            assert!(!forbidden.could_be(url), "{url}");
        }
    }

    #[test]
    fn the_order_of_a_query_says_nothing() {
        let forbidden = pattern("/restart?force=true&host=<name>");
        for url in [
            "https://api.example/v1/restart?force=true&host=a",
            "https://api.example/v1/restart?host=a&force=true",
            "https://api.example/v1/restart?x=1&host=a&force=%74rue",
        ] {
            assert!(forbidden.could_be(url), "{url}");
        }
        assert!(!forbidden.could_be("https://api.example/v1/restart?force=false&host=a"));
        assert!(!forbidden.could_be("https://api.example/v2/restart?force=true&host=a"));
    }

    #[test]
    fn what_is_allowed_is_so_in_every_reading() {
        let allowed = pattern("https://api.example/safe/...");
        assert!(allowed.surely_is("https://api.example/safe/refresh?x=1"));
        for url in [
            "https://api.example/safe/../restart",
            "https://api.example/safe/..%2frestart",
            "https://api.example/safe/%252e%252e/restart",
            "https://api.example/safe/..\\restart",
        ] {
            assert!(!allowed.surely_is(url), "{url}");
        }
        let dry = pattern("https://api.example/restart?dry_run=true");
        assert!(dry.surely_is("https://api.example/restart?dry_run=true"));
        for url in [
            "https://api.example/restart",
            "https://api.example/restart?dry_run=true&dry_run=false",
            "https://api.example/restart?dry_run=true&force=1",
        ] {
            assert!(!dry.surely_is(url), "{url}");
        }
        assert!(!pattern("https://api.example/refresh").surely_is("https://api.example/refresh?x=1"));
    }
}
