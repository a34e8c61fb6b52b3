//! What may be a host, a user, a URL: the rules of OpenSSH, and a little more.
//!
//! Each check says what is wrong in words that fit after "is no host name:".

/// Characters that a shell or ssh would read as its own (OpenSSH refuses them too).
const SPECIAL: &str = "'\"`$\\;&<>|(){},*?!#%^~=";

/// A host name or an IP address.
pub(super) fn host(text: &str) -> Result<(), String> {
    plain(text)?;
    if text.contains('@') {
        return Err("name the user apart: `user \"NAME\"`".to_owned());
    }
    if text.contains('/') {
        return Err("it is the name of a host only, without a path".to_owned());
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match bare.matches(':').count() {
        0 => Ok(()),
        1 => Err("name the port apart: `port NUMBER`".to_owned()),
        _ => match bare.parse::<std::net::Ipv6Addr>() {
            Ok(_) => Ok(()),
            Err(_) => Err("it is no IPv6 address either".to_owned()),
        },
    }
}

/// A user on a host, `DOMAIN\name` among them.
pub(super) fn user(text: &str) -> Result<(), String> {
    if text.ends_with('\\') {
        return Err("it ends with a backslash".to_owned());
    }
    plain(&text.replacen('\\', "", 1))
}

/// `[USER@]HOST[:PORT]`
pub(super) fn jump(text: &str) -> Result<(), String> {
    let (name, rest) = text.split_once('@').map_or((None, text), |(name, rest)| (Some(name), rest));
    name.map_or(Ok(()), user)?;
    match rest.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => {
            host(name)?;
            let port: Option<u16> = port.parse().ok().filter(|port| *port > 0);
            port.map(|_| ()).ok_or_else(|| "its port is not between 1 and 65535".to_owned())
        }
        _ => host(rest),
    }
}

/// A base URL: `https://…` or `http://…`.
pub(super) fn url(text: &str) -> Result<(), String> {
    if let Some(c) = text.chars().find(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!("it holds {}", character(c)));
    }
    let url = reqwest::Url::parse(text).map_err(|_| "write `https://HOST/PATH`".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it should begin with `https://` or `http://`".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("name the user apart: `basic \"USER\" SECRET`".to_owned());
    }
    match url.query().or(url.fragment()) {
        Some(_) => Err("requests add their paths to it, so it has no `?` or `#`".to_owned()),
        None => Ok(()),
    }
}

fn plain(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.starts_with('-') {
        return Err("it begins with `-` and would be taken for an option".to_owned());
    }
    if text.len() > 255 {
        return Err("it is longer than 255 characters".to_owned());
    }
    let wrong = |c: &char| c.is_control() || c.is_whitespace() || SPECIAL.contains(*c) || invisible(*c);
    match text.chars().find(wrong) {
        Some(c) => Err(format!("it holds {}", character(c))),
        None => Ok(()),
    }
}

/// Zero-width and direction marks, which make one name look like another.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn character(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        c if c.is_control() || c.is_whitespace() || invisible(c) => {
            format!("the character U+{:04X}", u32::from(c))
        }
        c => format!("`{c}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for good in ["THB-P-WEB1-LINUX", "a.b.example", "10.0.0.1", "::1", "[fe80::1]", "büro"] {
            assert_eq!(host(good), Ok(()), "{good}");
        }
        let bad = ["", "-oProxyCommand=x", "a b", "a\nb", "a;b", "$(x)", "`x`", "a|b", "a'b", "a\"b", "a\\b"];
        for bad in bad.into_iter().chain(["u@h", "h:22", "a:b:c", "a/b", "a{b}", "a,b", "a\u{202e}b", "a<b"])
        {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn users_jumps_and_urls() {
        assert_eq!(user("CORP\\admin"), Ok(()));
        assert!(["-F/tmp/x", "a b", "a\\", "a\\b\\c", ""].iter().all(|bad| user(bad).is_err()));
        assert!(["bastion", "me@bastion:2222", "[::1]"].iter().all(|good| jump(good).is_ok()));
        assert!(["me@-x", "bastion:0", "-b", "a@b@c"].iter().all(|bad| jump(bad).is_err()));
        assert!(["https://a.example/x", "http://localhost:8080"].iter().all(|good| url(good).is_ok()));
        let bad =
            ["ftp://a", "a.example", "https://", "https://u:p@a", "https://a?b", "https://a/\n", "file:///x"];
        assert!(bad.iter().all(|bad| url(bad).is_err()));
    }
}
