//! Key revocation lists, as `ssh-keygen -k` writes them: PROTOCOL.krl of OpenSSH.
//!
//! In: the bytes of a list. Out: which keys and certificates it revokes; nothing if any part of it
//! is not understood. Signatures of lists are deprecated there and not looked at, as by `ssh`.
//! Must not know: hosts, files.

use ring::digest;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{Certificate, PublicKey};

const MAGIC: &[u8] = b"SSHKRL\n\0";

#[derive(Debug, Default)]
pub struct Krl {
    keys: Vec<Vec<u8>>,
    sha1: Vec<Vec<u8>>,
    sha256: Vec<Vec<u8>>,
    certificates: Vec<Certificates>,
}

/// Certificates of one authority, or of any.
#[derive(Debug)]
struct Certificates {
    /// Empty: any.
    authority: Vec<u8>,
    serials: Vec<(u64, u64)>,
    ids: Vec<Vec<u8>>,
}

pub fn is_krl(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads a list to its end.
pub fn read(bytes: &[u8]) -> Option<Krl> {
    let mut input = Input(bytes.strip_prefix(MAGIC)?);
    (input.number(4)? == 1).then_some(())?;
    // Version, date and flags of the list, a reserved field and a comment.
    input.take(24)?;
    let (_reserved, _comment) = (input.string()?, input.string()?);
    let mut krl = Krl::default();
    while !input.0.is_empty() {
        let (kind, section) = (input.number(1)?, input.string()?);
        section_of(&mut krl, kind, section)?;
    }
    Some(krl)
}

fn section_of(krl: &mut Krl, kind: u64, section: &[u8]) -> Option<()> {
    match kind {
        1 => krl.certificates.push(certificates(section)?),
        2 => krl.keys.extend(strings(section)?),
        3 => krl.sha1.extend(strings(section)?),
        4 => {}
        5 => krl.sha256.extend(strings(section)?),
        255 => harmless_extension(section)?,
        _ => return None,
    }
    Some(())
}

fn certificates(section: &[u8]) -> Option<Certificates> {
    let mut input = Input(section);
    let (authority, _reserved) = (input.string()?.to_vec(), input.string()?);
    let mut found = Certificates { authority, serials: Vec::new(), ids: Vec::new() };
    while !input.0.is_empty() {
        let (kind, part) = (input.number(1)?, input.string()?);
        match kind {
            0x20 => found.serials.extend(numbers(part)?.into_iter().map(|serial| (serial, serial))),
            0x21 => match numbers(part)?[..] {
                [first, last] => found.serials.push((first, last)),
                _ => return None,
            },
            0x22 => found.serials.extend(bitmap(part)?),
            0x23 => found.ids.extend(strings(part)?),
            0x39 => harmless_extension(part)?,
            _ => return None,
        }
    }
    Some(found)
}

/// An offset, and a number whose bits say which serials from there are meant.
fn bitmap(part: &[u8]) -> Option<Vec<(u64, u64)>> {
    let mut input = Input(part);
    let (offset, bits) = (input.number(8)?, input.string()?);
    input.0.is_empty().then_some(())?;
    let mut found = Vec::new();
    for (at, byte) in (0_u64..).zip(bits.iter().rev()) {
        for bit in (0..8).filter(|bit| byte >> bit & 1 == 1) {
            let serial = offset.checked_add(at * 8 + bit)?;
            found.push((serial, serial));
        }
    }
    Some(found)
}

/// An extension that need not be understood.
fn harmless_extension(part: &[u8]) -> Option<()> {
    let mut input = Input(part);
    let (_name, critical) = (input.string()?, input.number(1)?);
    (critical == 0).then_some(())
}

fn strings(part: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut input = Input(part);
    let mut found = Vec::new();
    while !input.0.is_empty() {
        found.push(input.string()?.to_vec());
    }
    Some(found)
}

fn numbers(part: &[u8]) -> Option<Vec<u64>> {
    let mut input = Input(part);
    let mut found = Vec::new();
    while !input.0.is_empty() {
        found.push(input.number(8)?);
    }
    Some(found)
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number(4)?).ok()?;
        self.take(length)
    }
}

impl Krl {
    /// Whether a key is named, or hashes to what is named.
    pub fn revokes(&self, key: &KeyData) -> bool {
        let blob = blob(key);
        let hashed = |how, known: &[Vec<u8>]| {
            !known.is_empty() && known.iter().any(|hash| *hash == digest::digest(how, &blob).as_ref())
        };
        self.keys.contains(&blob)
            || hashed(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.sha1)
            || hashed(&digest::SHA256, &self.sha256)
    }

    /// Whether a certificate is named by its number or its id. A number of 0 is no number.
    pub fn revokes_certificate(&self, certificate: &Certificate) -> bool {
        let authority = blob(certificate.signature_key());
        let (serial, id) = (certificate.serial(), certificate.key_id().as_bytes());
        let theirs =
            self.certificates.iter().filter(|some| some.authority.is_empty() || some.authority == authority);
        let numbered = |some: &Certificates| {
            serial != 0 && some.serials.iter().any(|(first, last)| (*first..=*last).contains(&serial))
        };
        theirs.into_iter().any(|some| numbered(some) || some.ids.iter().any(|known| known == id))
    }
}

/// The key as it stands in the list. One that can't be written is compared with nothing.
fn blob(key: &KeyData) -> Vec<u8> {
    PublicKey::new(key.clone(), "").to_bytes().unwrap_or_default()
}
