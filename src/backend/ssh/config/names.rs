//! Names of hosts and users that may go into commands, and the hops of a `ProxyJump`.
//!
//! In: text from a config or a target. Out: parts that were found sound, as OpenSSH's
//! `ssh_valid_hostname`, `ssh_valid_ruser` and `parse_jump` (readconf.c) see them.
//! Must not know: what is done with them.

use super::words;

/// One host on the way to another, as `ProxyJump` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub user: Option<String>,
    pub host: String,
    pub port: Option<u16>,
}

/// Whether a host name is safe in a command line: no leading `-`, no blanks, no shell characters.
pub fn check_host(name: &str) -> Result<(), String> {
    let bad = |c: char| "'`\"$\\;&<>|(){},".contains(c) || c.is_whitespace() || c.is_control();
    if name.is_empty() || name.starts_with('-') || name.contains(bad) {
        return Err(format!("`{}` cannot be the name of a host", name.escape_debug()));
    }
    Ok(())
}

/// Whether a user name is safe in a command line. A `\` may stand inside it, for domains.
pub fn check_user(name: &str) -> Result<(), String> {
    let bad = |c: char| "'`\";&<>|(){}".contains(c) || c.is_control();
    let option =
        name.starts_with('-') || name.split(char::is_whitespace).skip(1).any(|word| word.starts_with('-'));
    if name.is_empty() || option || name.contains(bad) || name.ends_with('\\') {
        return Err(format!("`{}` cannot be the name of a user", name.escape_debug()));
    }
    Ok(())
}

/// The hops of a `ProxyJump`, first one first; none for the word `none`.
pub fn hops(text: &str) -> Result<Vec<Hop>, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    let text = text.split('#').next().unwrap_or_default().trim_end();
    text.split(',').map(hop).collect()
}

fn hop(text: &str) -> Result<Hop, String> {
    let found = match text.strip_prefix("ssh://") {
        Some(uri) => uri_hop(uri),
        None => plain_hop(text),
    };
    let hop =
        found.ok_or_else(|| format!("`{}` is not [user@]host[:port] or ssh://…", text.escape_debug()))?;
    // A token stands for the name of the host that is wanted, which is checked itself.
    check_host(&hop.host)?;
    hop.user.as_deref().map_or(Ok(()), check_user)?;
    Ok(hop)
}

fn plain_hop(text: &str) -> Option<Hop> {
    let (user, address) = match text.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, text),
    };
    let (host, rest) = host_part(address)?;
    let port = match rest {
        "" | ":" => None,
        rest => Some(words::port(rest.strip_prefix(':')?).ok()?),
    };
    let named = user.is_none_or(|user| !user.is_empty()) && !host.is_empty();
    named.then(|| Hop { user: user.map(str::to_owned), host: host.to_owned(), port })
}

/// `[user[;parameters]@]host[:port][/]`; the user may be written with `%41`.
fn uri_hop(uri: &str) -> Option<Hop> {
    let (user, address) = match uri.split_once('@') {
        Some((user, address)) => (Some(user.split(';').next().unwrap_or_default()), address),
        None => (None, uri),
    };
    let user = user.map(percent_decoded);
    let plain = plain_hop(address.strip_suffix('/').unwrap_or(address))?;
    let first = plain.host.chars().next()?;
    let domain = plain.host.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !plain.host.contains("..");
    if !domain || !(first.is_ascii_alphanumeric() || first == '_') || plain.user.is_some() {
        return None;
    }
    let host = plain.host.strip_suffix('.').unwrap_or(&plain.host).to_owned();
    match user {
        None => Some(Hop { host, ..plain }),
        Some(user) => Some(Hop { user: Some(user.filter(|user| !user.is_empty())?), host, port: plain.port }),
    }
}

/// The host of `host:port` or `[host]:port`, and the rest with its colon.
fn host_part(address: &str) -> Option<(&str, &str)> {
    match address.strip_prefix('[') {
        Some(inside) => inside.split_once(']'),
        None => Some(address.split_at(address.find([':', '/']).unwrap_or(address.len()))),
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit =
            || rest.next().and_then(|byte| char::from(byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        bytes.push(if byte == b'%' { digit()? * 16 + digit()? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{Hop, check_host, check_user, hops};

    #[test]
    fn names_that_could_be_options_or_commands_are_refused() {
        for name in ["-oProxyCommand=x", "", "a b", "a;b", "$(x)", "a`b", "a\nb", "a,b", "a\u{7f}", "{a}"] {
            assert!(check_host(name).is_err(), "{name:?}");
        }
        for name in ["web-1", "10.0.0.1", "fe80::1%eth0", "xn--nxasmq6b", "münchen.example"] {
            assert!(check_host(name).is_ok(), "{name:?}");
        }
        for name in ["-Fx", "", "a -b", "a;b", "a|b", "a\\", "a\u{1b}"] {
            assert!(check_user(name).is_err(), "{name:?}");
        }
        for name in ["root", "DOMAIN\\bob", "bob smith", "bob@corp.example", "svc$"] {
            assert!(check_user(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn hops_in_every_spelling() {
        let hop = |user: Option<&str>, host: &str, port| Hop {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        };
        let table = [
            ("none", vec![]),
            ("a", vec![hop(None, "a", None)]),
            ("u@a:2222,b", vec![hop(Some("u"), "a", Some(2222)), hop(None, "b", None)]),
            ("u@x@a", vec![hop(Some("u@x"), "a", None)]),
            ("[::1]:22", vec![hop(None, "::1", Some(22))]),
            ("ssh://u%41@a.example.:2200/", vec![hop(Some("uA"), "a.example", Some(2200))]),
            ("ssh://u;x=1@a", vec![hop(Some("u"), "a", None)]),
            ("a  # why", vec![hop(None, "a", None)]),
        ];
        for (text, wanted) in table {
            assert_eq!(hops(text), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "a,,b",
            "@a",
            "a:0",
            "a:x",
            "::1",
            "ssh://a/path",
            "ssh://@a",
            "-a",
            "u;x@a",
            "[a",
            "ssh://%4@a",
        ] {
            assert!(hops(text).is_err(), "{text}");
        }
    }
}
