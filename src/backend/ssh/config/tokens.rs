//! `%h`, `%r` and the other tokens of ssh_config(5), TOKENS, and `${NAME}`, ENVIRONMENT VARIABLES.
//!
//! In: text and what its tokens stand for. Out: the text with them filled in.
//! Must not know: which keyword allows which tokens.

use std::fmt::Write as _;

use ring::digest;

use super::myself::{Myself, variable};

/// What each letter stands for.
pub type Tokens<'a> = [(char, &'a str)];

/// Fills in `%x` for the tokens given, and `%%`. Any other is an error.
pub fn percent(text: &str, tokens: &Tokens<'_>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        let letter = after.chars().next().ok_or_else(|| format!("`{text}` ends with a lone `%`"))?;
        let meant = if letter == '%' {
            Some("%")
        } else {
            tokens.iter().find(|(key, _)| *key == letter).map(|t| t.1)
        };
        filled.push_str(meant.ok_or_else(|| format!("`%{letter}` means nothing in `{text}`"))?);
        rest = &after[letter.len_utf8()..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Fills in tokens and `${NAME}`, each once: what comes from a variable is not looked at again.
pub fn percent_and_dollar(text: &str, tokens: &Tokens<'_>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(&percent(before, tokens)?);
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("`${{` is never closed in `{text}`"))?;
        filled.push_str(
            &variable(name)
                .ok_or_else(|| format!("the variable `{name}` is not set, which `{text}` needs"))?,
        );
        rest = after;
    }
    filled.push_str(&percent(rest, tokens)?);
    Ok(filled)
}

/// What the tokens of a connection are made of.
#[derive(Debug)]
pub struct Connection<'a> {
    pub me: &'a Myself,
    /// As asked for: `%n`.
    pub original: &'a str,
    /// As connected to: `%h`.
    pub host: &'a str,
    pub port: u16,
    pub user: &'a str,
    /// `%k`
    pub alias: &'a str,
    /// The last hop before the host, or nothing: `%j`.
    pub jump: &'a str,
}

/// The tokens that most keywords take; `%C` and `%r` among them.
#[derive(Debug)]
pub struct Filled {
    port: String,
    id: String,
    hash: String,
}

impl Filled {
    pub fn new(of: &Connection<'_>) -> Self {
        let port = of.port.to_string();
        let hash = connection_hash(&[&of.me.machine, of.host, &port, of.user, of.jump]);
        Filled { port, id: of.me.id.to_string(), hash }
    }

    pub fn tokens<'a>(&'a self, of: &Connection<'a>) -> [(char, &'a str); 13] {
        let short = of.me.machine.split('.').next().unwrap_or_default();
        [
            ('C', &self.hash),
            ('L', short),
            ('d', &of.me.home),
            ('h', of.host),
            ('i', &self.id),
            ('j', of.jump),
            ('k', of.alias),
            ('l', &of.me.machine),
            ('n', of.original),
            ('p', &self.port),
            ('r', of.user),
            ('u', &of.me.user),
            ('%', "%"),
        ]
    }
}

/// `%C`: SHA-1 over `%l%h%p%r%j`.
fn connection_hash(parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    parts.iter().for_each(|part| context.update(part.as_bytes()));
    context.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _never_fails = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{percent, percent_and_dollar};

    #[test]
    fn tokens_are_filled_in_once() {
        let tokens = [('h', "%p"), ('p', "22")];
        assert_eq!(percent("a%h:%p%%", &tokens).unwrap(), "a%p:22%");
        assert!(
            percent("%x", &tokens).is_err()
                && percent("a%", &tokens).is_err()
                && percent("%é", &tokens).is_err()
        );
        assert_eq!(percent("${HOME}", &tokens).unwrap(), "${HOME}");
    }

    #[test]
    fn variables() {
        let path = super::variable("PATH").unwrap();
        assert_eq!(percent_and_dollar("%p/${PATH}$x", &[('p', "1")]).unwrap(), format!("1/{path}$x"));
        for text in ["${PATH", "${}", "${RUTTER_NO_SUCH_VARIABLE}", "%q${PATH}"] {
            assert!(percent_and_dollar(text, &[]).is_err(), "{text}");
        }
    }
}
