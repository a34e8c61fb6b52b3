//! Keys that no host may have: the files of `RevokedHostKeys`, ssh_config(5).
//!
//! In: a file, a key or certificate. Out: whether it is revoked there, and by which line.
//! Must not know: hosts.
//!
//! A file that can't be read, or not understood to its end, might revoke anything: `ssh` refuses
//! every host then, and so do we.

use std::fs;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{Certificate, PublicKey};

use super::Verdict;
use super::krl::{self, Krl};

#[derive(Debug)]
pub struct RevokedFile {
    path: PathBuf,
    keys: Result<Keys, String>,
}

#[derive(Debug)]
enum Keys {
    /// A public key a line.
    Listed(Vec<(usize, KeyData)>),
    /// What `ssh-keygen -k` writes.
    Krl(Krl),
}

impl RevokedFile {
    pub fn read(path: &Path) -> Self {
        let said = |error: std::io::Error| {
            error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
        };
        let bytes = fs::read(path).map_err(said);
        RevokedFile { path: path.to_owned(), keys: bytes.and_then(|bytes| keys(&bytes)) }
    }

    /// What speaks against a plain key.
    pub fn against(&self, key: &KeyData) -> Option<Verdict> {
        self.verdict(|keys| match keys {
            Keys::Listed(listed) => listed.iter().find(|(_, known)| known == key).map(|(line, _)| *line),
            Keys::Krl(krl) => krl.revokes(key).then_some(0),
        })
    }

    /// What speaks against a certificate: itself, its key or its authority.
    pub fn against_certificate(&self, certificate: &Certificate) -> Option<Verdict> {
        let authority = || self.against(certificate.signature_key());
        let itself = || {
            self.verdict(|keys| match keys {
                Keys::Listed(_) => None,
                Keys::Krl(krl) => krl.revokes_certificate(certificate).then_some(0),
            })
        };
        self.against(certificate.public_key()).or_else(authority).or_else(itself)
    }

    fn verdict(&self, find: impl Fn(&Keys) -> Option<usize>) -> Option<Verdict> {
        match &self.keys {
            Ok(keys) => find(keys).map(|line| Verdict::Revoked { file: self.path.clone(), line }),
            Err(why) => Some(Verdict::NoRevocations { file: self.path.clone(), why: why.clone() }),
        }
    }
}

fn keys(bytes: &[u8]) -> Result<Keys, String> {
    if krl::is_krl(bytes) {
        return krl::read(bytes)
            .map(Keys::Krl)
            .ok_or_else(|| "it is a list of revoked keys that is not whole".to_owned());
    }
    let text = String::from_utf8_lossy(bytes);
    let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            Ok((number, key(line).ok_or_else(|| format!("line {number} is no public key"))?))
        })
        .collect::<Result<_, String>>()
        .map(Keys::Listed)
}

fn key(line: &str) -> Option<KeyData> {
    let mut words = line.split_whitespace();
    let key = PublicKey::from_openssh(&format!("{} {}", words.next()?, words.next()?)).ok()?;
    Some(key.key_data().clone())
}
