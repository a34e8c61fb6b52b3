//! The host's proof of who it is, held against known_hosts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use russh::client::{DisconnectReason, Handler};
use russh::keys::ssh_key::{Fingerprint, HashAlg, PublicKey};
use russh::keys::{Certificate, PublicKeyOrCertificate};

use super::super::known_hosts::{HostName, KnownHosts, Verdict};
use super::super::refusal::Refusal;
use super::super::report::HostKeySeen;
use crate::value::HostKey;

/// What is known of one connection while it lives: shared with russh's own task.
#[derive(Clone, Debug, Default)]
pub(in crate::backend::ssh) struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    host_key: Option<Result<HostKeySeen, Refusal>>,
    lost: Option<String>,
}

impl Watch {
    /// The host's key, when it was accepted; why not, when it was not; nothing before it was shown.
    pub fn host_key(&self) -> Option<Result<HostKeySeen, Refusal>> {
        self.seen(|seen| seen.host_key.clone())
    }

    /// Why the connection ended.
    pub fn lost(&self) -> Option<String> {
        self.seen(|seen| seen.lost.clone())
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Judges the host's key, and notes how the connection ends.
pub(in crate::backend::ssh) struct Judge {
    /// As known_hosts has it: the alias, or the host's name.
    pub host: String,
    pub port: u16,
    pub known: KnownHosts,
    pub check: HostKey,
    pub watch: Watch,
}

impl Judge {
    fn judge(&self, shown: &PublicKeyOrCertificate) -> Result<HostKeySeen, Refusal> {
        let key = shown.public_key();
        let mut seen = HostKeySeen { key: described(&key), record: None };
        let verdict = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.known.judge(&self.name(), key),
            PublicKeyOrCertificate::Certificate(certificate) => self.judge_certificate(certificate),
        };
        let revoked = matches!(verdict, Verdict::Revoked { .. } | Verdict::NoRevocations { .. });
        if self.check == HostKey::Checked || revoked {
            seen.record = Some(self.trusted(&key, verdict)?);
        }
        Ok(seen)
    }

    fn judge_certificate(&self, certificate: &Certificate) -> Verdict {
        #[expect(clippy::disallowed_methods, reason = "a certificate is valid for a span of wall time")]
        let now = SystemTime::now();
        self.known.judge_certificate(&self.name(), certificate, now)
    }

    fn name(&self) -> HostName<'_> {
        HostName { host: &self.host, port: self.port }
    }

    /// Where the key stands on record, or why it is not trusted.
    fn trusted(&self, key: &PublicKey, verdict: Verdict) -> Result<String, Refusal> {
        let (host, key) = (&self.host, described(key));
        let place = |file: &std::path::Path, line: usize| format!("{}:{line}", file.display());
        Err(Refusal::Untrusted(match verdict {
            Verdict::Trusted { file, line } => return Ok(place(&file, line)),
            Verdict::Unknown => format!(
                "the host key of {host} is not known: {key}; when it is the host's own, add it to known_hosts"
            ),
            Verdict::Changed { file, line } => format!(
                "the host key of {host} has changed: it shows {key}, but {} has another; somebody may be listening in, \
                 or the host was set up anew",
                place(&file, line)
            ),
            Verdict::Revoked { file, line: 0 } => {
                format!("the host key of {host} is revoked: {key}, by {}", file.display())
            }
            Verdict::Revoked { file, line } => {
                format!("the host key of {host} is revoked: {key}, by {}", place(&file, line))
            }
            Verdict::NoRevocations { file, why } => format!(
                "the host key of {host} is not trusted ({key}): {} (RevokedHostKeys) says which keys are revoked, and can't \
                 be read: {why}",
                file.display()
            ),
            Verdict::BadCertificate { why } => {
                format!("the host certificate of {host} is no good: {why} ({key})")
            }
        }))
    }
}

/// `ssh-ed25519 SHA256:…`
pub(in crate::backend::ssh) fn described(key: &PublicKey) -> String {
    let fingerprint: Fingerprint = key.fingerprint(HashAlg::Sha256);
    format!("{} {fingerprint}", key.algorithm())
}

impl Handler for Judge {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let judged = self.judge(shown);
        let trusted = judged.is_ok();
        self.watch.seen(|seen| seen.host_key = Some(judged));
        Ok(trusted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Self::Error>) -> Result<(), Self::Error> {
        let why = match reason {
            DisconnectReason::ReceivedDisconnect(said) => format!("the host ended it: {}", said.message),
            DisconnectReason::Error(error) => super::failure::plainly(&error),
        };
        self.watch.seen(|seen| seen.lost = Some(why));
        Ok(())
    }
}
