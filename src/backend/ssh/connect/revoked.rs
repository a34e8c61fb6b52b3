//! `RevokedHostKeys`: keys that no host may have, whatever known_hosts says.

use std::path::{Path, PathBuf};

use russh::keys::PublicKey;

use super::failure::said;

/// Fails when `key` is revoked, or when a list can't be read, as `ssh` does: a list that is not
/// understood revokes every key.
pub(super) fn check(key: &PublicKey, lists: &[PathBuf]) -> Result<(), String> {
    lists.iter().try_for_each(|list| check_one(key, list))
}

fn check_one(key: &PublicKey, list: &Path) -> Result<(), String> {
    let place = list.display();
    let text = std::fs::read_to_string(list).map_err(|error| {
        format!("`{place}` (RevokedHostKeys) can't be read: {}; lists of public keys can, binary ones (KRL) can't", said(&error))
    })?;
    let lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    for (at, line) in lines {
        let revoked = PublicKey::from_openssh(line.trim())
            .map_err(|_| format!("{place}:{} (RevokedHostKeys) is no public key", at + 1))?;
        if revoked.key_data() == key.key_data() {
            return Err(format!("the key is revoked by {place}:{}", at + 1));
        }
    }
    Ok(())
}
