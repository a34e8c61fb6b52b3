//! One line of a known_hosts file: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
//!
//! In: the line. Out: whose key it has, and the key once it is asked for.
//! Must not know: files, verdicts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use russh::keys::ssh_key::PublicKey;

use crate::backend::ssh::pattern::{Listed, host_listed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The key of the host itself.
    Host,
    /// `@cert-authority`: it signs certificates of hosts.
    Authority,
    /// `@revoked`: no host may have it, and no authority that signs.
    Revoked,
}

#[derive(Debug)]
pub struct Line {
    pub number: usize,
    pub marker: Marker,
    pub names: Names,
    /// Type and base64, as they stand; read only for a host whose line it is.
    key: String,
}

#[derive(Debug)]
pub enum Names {
    /// `|1|SALT|HASH`: one name, hidden.
    Hashed { salt: hmac::Key, hash: Vec<u8> },
    /// Names and patterns between commas, in small letters.
    Listed(String),
}

impl Line {
    /// Reads a line; nothing for a comment, and for a line that makes no sense, which `ssh` skips too.
    pub fn read(number: usize, line: &str) -> Option<Self> {
        let line = line.trim_start_matches(BLANK);
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (marker, line) = marker(line)?;
        let (names, key) = line.split_once(BLANK)?;
        let key = key.trim_matches(BLANK);
        let names = Names::read(names)?;
        (!key.is_empty() && !key.starts_with('#')).then(|| Line {
            number,
            marker,
            names,
            key: key.to_owned(),
        })
    }

    /// The key, if it can be read.
    pub fn key(&self) -> Option<PublicKey> {
        let mut words = self.key.split(BLANK).filter(|word| !word.is_empty());
        PublicKey::from_openssh(&format!("{} {}", words.next()?, words.next()?)).ok()
    }
}

const BLANK: [char; 2] = [' ', '\t'];

fn marker(line: &str) -> Option<(Marker, &str)> {
    if !line.starts_with('@') {
        return Some((Marker::Host, line));
    }
    let (word, rest) = line.split_once(BLANK)?;
    let rest = rest.trim_start_matches(BLANK);
    let marker = match word {
        "@cert-authority" => Marker::Authority,
        "@revoked" => Marker::Revoked,
        _ => return None,
    };
    // Only one marker may stand in a line.
    (!rest.starts_with('@')).then_some((marker, rest))
}

impl Names {
    fn read(text: &str) -> Option<Self> {
        let Some(hashed) = text.strip_prefix('|') else {
            return Some(Names::Listed(text.to_ascii_lowercase()));
        };
        let (salt, hash) = hashed.strip_prefix("1|")?.split_once('|')?;
        let (salt, hash) = (STANDARD.decode(salt).ok()?, STANDARD.decode(hash).ok()?);
        let right = salt.len() == 20 && hash.len() == 20;
        right
            .then(|| Names::Hashed { salt: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt), hash })
    }

    /// Whether they name a host, given as it stands in such files (`host` or `[host]:port`, small letters).
    pub fn name(&self, host: &str) -> bool {
        match self {
            Names::Hashed { salt, hash } => hmac::verify(salt, host.as_bytes(), hash).is_ok(),
            Names::Listed(list) => host_listed(host, list) == Listed::Yes,
        }
    }

    /// The names, if they are nothing but names: they can be looked up.
    pub fn plain(&self) -> Option<impl Iterator<Item = &str>> {
        match self {
            Names::Listed(list) if !list.contains(['*', '?', '!']) => Some(list.split(',')),
            Names::Listed(_) | Names::Hashed { .. } => None,
        }
    }
}
