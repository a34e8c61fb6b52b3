//! Private keys and certificates from files, each read and opened once a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use russh::keys::{Certificate, PrivateKey, PublicKey, decode_secret_key};

use crate::value::SecretString;

/// What a private key file gave.
#[derive(Clone, Debug)]
pub(super) enum KeyFile {
    Open(Arc<PrivateKey>),
    /// Encrypted, and not opened; its public half may still be known, for an agent that has it.
    Locked {
        public: Option<Box<PublicKey>>,
        why: String,
    },
    Absent,
    /// It must not be used, or can't be read.
    Bad(String),
}

impl KeyFile {
    /// The public half, as far as it is known.
    pub fn public(&self) -> Option<&PublicKey> {
        match self {
            KeyFile::Open(key) => Some(key.public_key()),
            KeyFile::Locked { public, .. } => public.as_deref(),
            KeyFile::Absent | KeyFile::Bad(_) => None,
        }
    }

    /// Why it can't be used, when it is there.
    pub fn unfit(&self) -> Option<String> {
        match self {
            KeyFile::Locked { why, .. } | KeyFile::Bad(why) => Some(why.clone()),
            KeyFile::Open(_) | KeyFile::Absent => None,
        }
    }

    /// The key, when it is open and the certificate is for it.
    pub fn open_with(&self, certificate: &Certificate) -> Option<Arc<PrivateKey>> {
        match self {
            KeyFile::Open(key) if key.public_key().key_data() == certificate.public_key() => {
                Some(Arc::clone(key))
            }
            KeyFile::Open(_) | KeyFile::Locked { .. } | KeyFile::Absent | KeyFile::Bad(_) => None,
        }
    }
}

/// The keys that were opened.
#[derive(Debug, Default)]
pub(super) struct Keys {
    open: Mutex<HashMap<PathBuf, Arc<PrivateKey>>>,
}

impl Keys {
    /// Reads a key; an encrypted one is opened with `passphrase`.
    pub async fn load(&self, path: &Path, passphrase: Option<&SecretString>) -> KeyFile {
        if let Some(key) = self.opened().get(path) {
            return KeyFile::Open(Arc::clone(key));
        }
        let (at, passphrase) = (path.to_owned(), passphrase.cloned());
        // A passphrase is stretched for a tenth of a second and more.
        let read = tokio::task::spawn_blocking(move || read(&at, passphrase.as_ref())).await;
        let read = read.unwrap_or_else(|_| KeyFile::Bad(format!("`{}` can't be read", path.display())));
        if let KeyFile::Open(key) = &read {
            self.opened().insert(path.to_owned(), Arc::clone(key));
        }
        read
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<PrivateKey>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The certificate in a file, if there is one that can be read.
pub(super) fn certificate(path: &Path) -> Option<Certificate> {
    let text = std::fs::read_to_string(path).ok()?;
    Certificate::from_openssh(text.trim()).ok()
}

/// `id_ed25519-cert.pub` beside `id_ed25519`: OpenSSH takes it unasked.
pub(super) fn certificate_beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-cert.pub");
    name.into()
}

fn read(path: &Path, passphrase: Option<&SecretString>) -> KeyFile {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return held_elsewhere(path),
        Err(error) => {
            return KeyFile::Bad(format!(
                "`{}` can't be read: {}",
                path.display(),
                super::failure::said(&error)
            ));
        }
    };
    match exposed(path) {
        _ if PublicKey::from_openssh(text.trim()).is_ok() => only_public(path, text.trim()),
        true => KeyFile::Bad(format!("`{}` is open to others: make it 0600", path.display())),
        false => open(path, &text, passphrase),
    }
}

/// No private key is there; `PATH.pub` may tell which one an agent has.
fn held_elsewhere(path: &Path) -> KeyFile {
    match public_beside(path) {
        Some(public) => locked(path, Some(public), "has only its public half here, and no agent holds it"),
        None => KeyFile::Absent,
    }
}

/// A public key named as an identity picks one of an agent's keys.
fn only_public(path: &Path, text: &str) -> KeyFile {
    locked(path, PublicKey::from_openssh(text).ok(), "is a public key, and no agent holds its private half")
}

fn locked(path: &Path, public: Option<PublicKey>, why: &str) -> KeyFile {
    KeyFile::Locked { public: public.map(Box::new), why: format!("`{}` {why}", path.display()) }
}

fn open(path: &Path, text: &str, passphrase: Option<&SecretString>) -> KeyFile {
    match decode_secret_key(text, None) {
        Ok(key) => return KeyFile::Open(Arc::new(key)),
        Err(russh::keys::Error::KeyIsEncrypted) => {}
        Err(error) => return KeyFile::Bad(format!("`{}` is no private key: {error}", path.display())),
    }
    let locked = |why: &str| locked(path, public_half(path, text), &format!("is encrypted, and {why}"));
    match passphrase.map(|passphrase| decode_secret_key(text, Some(passphrase.reveal()))) {
        Some(Ok(key)) => KeyFile::Open(Arc::new(key)),
        Some(Err(_)) => locked("the passphrase does not open it"),
        None => locked("the target has no `passphrase`"),
    }
}

fn public_half(path: &Path, text: &str) -> Option<PublicKey> {
    let inside = PrivateKey::from_openssh(text).ok().map(|key| key.public_key().clone());
    inside.or_else(|| public_beside(path))
}

fn public_beside(path: &Path) -> Option<PublicKey> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let text = std::fs::read_to_string(PathBuf::from(beside)).ok()?;
    PublicKey::from_openssh(text.trim()).ok()
}

/// Whether others than the owner may read it; OpenSSH does not use such a key either.
#[cfg(unix)]
fn exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn exposed(_path: &Path) -> bool {
    false
}
