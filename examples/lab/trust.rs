//! The lab's own certificate authority, and one certificate for all names that the lab serves.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::place;
use crate::system::Result;

/// The authority's certificate, which the lab's clients trust.
pub fn authority() -> PathBuf {
    place::path("trust/ca.pem")
}

/// The certificate that the lab's servers show, with its chain.
pub fn certificate() -> PathBuf {
    place::path("trust/leaf.pem")
}

/// The key of [`certificate`].
pub fn key() -> PathBuf {
    place::path("trust/leaf.key")
}

/// Makes the authority and the certificate, unless they are there. A name may begin with `*.`.
pub fn establish(names: Vec<String>) -> Result {
    if key().exists() {
        return Ok(());
    }
    fs::create_dir_all(place::path("trust"))?;
    let mut root = CertificateParams::new(vec![])?;
    root.distinguished_name.push(DnType::CommonName, "rutter's lab");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
    let leaf_key = KeyPair::generate()?;
    let leaf = CertificateParams::new(names)?.signed_by(&leaf_key, &root)?;
    fs::write(authority(), root.pem())?;
    fs::write(certificate(), leaf.pem() + &root.pem())?;
    fs::write(key(), leaf_key.serialize_pem())?;
    Ok(())
}
