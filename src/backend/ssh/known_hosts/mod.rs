//! known_hosts, as OpenSSH's client reads it: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
//!
//! In: files, a host and the key or certificate that it shows. Out: whether it is to be trusted, and
//! the line that says so.
//! Must not know: connections; what is done about a verdict.
//!
//! Verdicts follow `check_key_in_hostkeys` (hostfile.c) and `check_host_key` (sshconnect.c). So a
//! host with a key on record that shows another is `Changed`, of whatever type the two are; a host
//! on another port than 22 may also stand there without its port; and a certificate that is no good
//! is judged by its plain key once more.

mod certificate;
mod file;
mod krl;
mod line;
mod revoked;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{Algorithm, Certificate, PublicKey};

use file::KnownFile;
use line::Marker;
use revoked::RevokedFile;

/// Files of known hosts that were read so far: keep one of these for a run.
#[derive(Debug, Default)]
pub struct KnownFiles {
    read: Mutex<HashMap<PathBuf, Arc<KnownFile>>>,
    revoked: Mutex<HashMap<PathBuf, Arc<RevokedFile>>>,
}

impl KnownFiles {
    /// The known hosts of these files, in this order, less the keys that other files revoke. A file is
    /// read the first time it is asked for.
    pub fn open<'a>(&self, files: impl IntoIterator<Item = &'a PathBuf>, revoked: &[PathBuf]) -> KnownHosts {
        let files = files.into_iter().map(|path| self.file(path)).collect();
        KnownHosts { files, revoked: revoked.iter().map(|path| self.revoked(path)).collect() }
    }

    fn revoked(&self, path: &Path) -> Arc<RevokedFile> {
        let mut read = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(read.entry(path.to_owned()).or_insert_with(|| Arc::new(RevokedFile::read(path))))
    }

    fn file(&self, path: &Path) -> Arc<KnownFile> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(read.entry(path.to_owned()).or_insert_with(|| Arc::new(KnownFile::read(path))))
    }
}

/// Hosts and the keys they have.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    files: Vec<Arc<KnownFile>>,
    revoked: Vec<Arc<RevokedFile>>,
}

/// A host as files of known hosts name it: the name it is connected by, or its `HostKeyAlias` with port 22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostName<'a> {
    pub host: &'a str,
    pub port: u16,
}

/// What is to be thought of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This line has the key, or the authority that signed it.
    Trusted { file: PathBuf, line: usize },
    /// No line has a key of this host.
    Unknown,
    /// Keys are on record, and this is none of them.
    Changed { file: PathBuf, line: usize },
    /// This line says never to trust the key, or the authority that signed it. A list of
    /// `ssh-keygen -k` has no lines: 0.
    Revoked { file: PathBuf, line: usize },
    /// Whether it is revoked can't be known, since the file that says so can't be read.
    NoRevocations { file: PathBuf, why: String },
    /// An authority of this host signed it, and yet it does not hold.
    BadCertificate { why: String },
}

/// A key on record for a host.
struct Record {
    marker: Marker,
    key: PublicKey,
    file: Arc<KnownFile>,
    line: usize,
}

impl KnownHosts {
    /// Reads files, in this order. One that is missing is empty; a line that can't be read is skipped.
    #[must_use]
    pub fn load(files: &[PathBuf]) -> Self {
        KnownFiles::default().open(files, &[])
    }

    /// What to think of a plain key.
    #[must_use]
    pub fn judge(&self, host: &HostName<'_>, key: &PublicKey) -> Verdict {
        let revoked = self.revoked.iter().find_map(|file| file.against(key.key_data()));
        revoked.unwrap_or_else(|| self.first_known(host, |records| plain(records, key.key_data())))
    }

    /// What to think of a certificate at a moment.
    #[must_use]
    pub fn judge_certificate(
        &self,
        host: &HostName<'_>,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Verdict {
        if let Some(revoked) = self.revoked.iter().find_map(|file| file.against_certificate(certificate)) {
            return revoked;
        }
        let name = lower(host.host);
        let signed = self.first_known(host, |records| certified(records, &name, certificate, now));
        match signed {
            Verdict::Trusted { .. } | Verdict::Revoked { .. } | Verdict::NoRevocations { .. } => signed,
            Verdict::Unknown | Verdict::Changed { .. } => self.by_its_key(host, certificate),
            Verdict::BadCertificate { .. } => match self.by_its_key(host, certificate) {
                Verdict::Unknown => signed,
                better => better,
            },
        }
    }

    fn by_its_key(&self, host: &HostName<'_>, certificate: &Certificate) -> Verdict {
        self.first_known(host, |records| plain(records, certificate.public_key()))
    }

    /// The algorithms of the plain keys on record for a host, each once, in the order of the lines:
    /// what to ask the host for first.
    #[must_use]
    pub fn algorithms(&self, host: &HostName<'_>) -> Vec<Algorithm> {
        let mut found = Vec::new();
        for record in self.all_records(host).iter().filter(|record| record.marker == Marker::Host) {
            let algorithm = record.key.algorithm();
            if !found.contains(&algorithm) {
                found.push(algorithm);
            }
        }
        found
    }

    /// Whether an authority may sign for a host: then a certificate is what to ask the host for.
    #[must_use]
    pub fn has_authority(&self, host: &HostName<'_>) -> bool {
        self.all_records(host).iter().any(|record| record.marker == Marker::Authority)
    }

    /// By the name with its port; a host that is unknown so is looked for without.
    fn first_known(&self, host: &HostName<'_>, judge: impl Fn(&[Record]) -> Verdict) -> Verdict {
        let verdict = judge(&self.records(&full_name(host)));
        if verdict != Verdict::Unknown || host.port == 22 {
            return verdict;
        }
        match judge(&self.records(&lower(host.host))) {
            // A key that stands there for port 22 says nothing against this one.
            Verdict::Changed { .. } | Verdict::BadCertificate { .. } => Verdict::Unknown,
            known => known,
        }
    }

    fn all_records(&self, host: &HostName<'_>) -> Vec<Record> {
        let found = self.records(&full_name(host));
        if found.is_empty() && host.port != 22 { self.records(&lower(host.host)) } else { found }
    }

    fn records(&self, name: &str) -> Vec<Record> {
        let mut found = Vec::new();
        for file in &self.files {
            for line in file.lines_of(name) {
                let record =
                    |key| Record { marker: line.marker, key, file: Arc::clone(file), line: line.number };
                found.extend(line.key().map(record));
            }
        }
        found
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// `host`, or `[host]:port` when the port is not 22.
fn full_name(host: &HostName<'_>) -> String {
    match host.port {
        22 => lower(host.host),
        port => format!("[{}]:{port}", lower(host.host)),
    }
}

fn plain(records: &[Record], key: &KeyData) -> Verdict {
    let is = |record: &&Record, marker| record.marker == marker && record.key.key_data() == key;
    if let Some(record) = records.iter().find(|record| is(record, Marker::Revoked)) {
        return record.revoked();
    }
    if let Some(record) = records.iter().find(|record| is(record, Marker::Host)) {
        return record.trusted();
    }
    let mut others = records.iter().filter(|record| record.marker == Marker::Host);
    let same_type = others.clone().find(|record| record.key.algorithm() == key.algorithm());
    same_type.or_else(|| others.next()).map_or(Verdict::Unknown, Record::changed)
}

fn certified(records: &[Record], name: &str, certificate: &Certificate, now: SystemTime) -> Verdict {
    let keys = [certificate.public_key(), certificate.signature_key()];
    let revoked =
        |record: &&Record| record.marker == Marker::Revoked && keys.contains(&record.key.key_data());
    if let Some(record) = records.iter().find(revoked) {
        return record.revoked();
    }
    let signer = |record: &&Record| record.marker == Marker::Authority && record.key.key_data() == keys[1];
    match records.iter().find(signer) {
        None => Verdict::Unknown,
        Some(record) => match certificate::check(certificate, name, now) {
            Ok(()) => record.trusted(),
            Err(why) => Verdict::BadCertificate { why },
        },
    }
}

impl Record {
    fn trusted(&self) -> Verdict {
        Verdict::Trusted { file: self.file.path.clone(), line: self.line }
    }

    fn changed(&self) -> Verdict {
        Verdict::Changed { file: self.file.path.clone(), line: self.line }
    }

    fn revoked(&self) -> Verdict {
        Verdict::Revoked { file: self.file.path.clone(), line: self.line }
    }
}
