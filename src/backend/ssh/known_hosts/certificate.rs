//! Whether a host's certificate holds: `sshkey_cert_check_host` and `cert_parse` (sshkey.c).
//!
//! In: a certificate whose authority is trusted, the name of the host, the time. Out: why it does not hold.
//! Must not know: files.

use std::time::{SystemTime, UNIX_EPOCH};

use russh::keys::ssh_key::Algorithm;
use russh::keys::ssh_key::Certificate;
use russh::keys::ssh_key::certificate::CertType;

use crate::backend::ssh::pattern::matches;

/// Checks all that the signature of an authority does not say by itself.
pub fn check(certificate: &Certificate, host: &str, now: SystemTime) -> Result<(), String> {
    signature(certificate)?;
    if certificate.cert_type() != CertType::Host {
        return Err("it is for a user and not for a host".to_owned());
    }
    window(certificate, now)?;
    principals(certificate.valid_principals(), host)?;
    match certificate.critical_options().keys().next() {
        Some(option) => {
            Err(format!("it makes the condition `{}`, which means nothing here", option.escape_debug()))
        }
        None => Ok(()),
    }
}

/// RSA with SHA-1 and DSA are not accepted: readconf.c, `CASignatureAlgorithms`.
fn signature(certificate: &Certificate) -> Result<(), String> {
    match certificate.signature().algorithm() {
        Algorithm::Dsa | Algorithm::Rsa { hash: None } => {
            return Err("it is signed in a way that is no longer safe".to_owned());
        }
        _ => {}
    }
    certificate.verify_signature().map_err(|_| "its signature is wrong".to_owned())
}

fn window(certificate: &Certificate, now: SystemTime) -> Result<(), String> {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if seconds < certificate.valid_after() {
        return Err("it is not valid yet".to_owned());
    }
    if seconds >= certificate.valid_before() {
        return Err("it has expired".to_owned());
    }
    Ok(())
}

/// A certificate that names no host is for none; names may be patterns.
fn principals(names: &[String], host: &str) -> Result<(), String> {
    if names.is_empty() {
        return Err("it names no host".to_owned());
    }
    match names.iter().any(|name| matches(host, name)) {
        true => Ok(()),
        false => Err(format!("it is for {} and not for {host}", listing(names))),
    }
}

fn listing(names: &[String]) -> String {
    names.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
}
