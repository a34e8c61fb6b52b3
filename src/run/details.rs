//! What a request is beyond what is shown of it, as a digest: where it goes, as whom, and with what.

use std::fmt::Write as _;

use ring::digest::{Context as Digest, SHA256};

use crate::backend::{Operation, Sensitive};
use crate::value::Target;

use super::Secrets;

/// So many digits tell requests apart.
const DIGITS: usize = 16;

/// The same for the same request. Secrets are left out, so that nobody can guess them by it.
pub(super) fn details(target: &Target, operation: &Operation, secrets: &Secrets) -> String {
    let mut parts = Parts { digest: Digest::new(&SHA256), secrets };
    let port = target.port.map(|port| port.to_string());
    for part in [Some(&target.address), target.user.as_ref(), port.as_ref(), target.jump.as_ref()] {
        parts.add(part.map_or(&b""[..], |part| part.as_bytes()));
    }
    match operation {
        Operation::Command(command) => {
            command.stdin.iter().for_each(|stdin| parts.sensitive(stdin));
            command.env.iter().for_each(|(name, value)| parts.named(name, value));
        }
        Operation::Http(call) => {
            call.headers.iter().for_each(|(name, value)| parts.named(name, value));
            call.body.iter().for_each(|body| parts.add(body));
        }
        Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => {}
    }
    parts.finish()
}

struct Parts<'s> {
    digest: Digest,
    secrets: &'s Secrets,
}

impl Parts<'_> {
    /// Each part goes in with its length, so that no two lists of parts look the same.
    fn add(&mut self, part: &[u8]) {
        let part = self.secrets.hide_bytes(part);
        self.digest.update(&(part.len() as u64).to_le_bytes());
        self.digest.update(&part);
    }

    fn named(&mut self, name: &str, value: &Sensitive) {
        self.add(name.as_bytes());
        self.sensitive(value);
    }

    fn sensitive(&mut self, value: &Sensitive) {
        match value {
            Sensitive::Plain(text) => self.add(text.as_bytes()),
            Sensitive::Secret(_) => self.add(b""),
        }
    }

    fn finish(self) -> String {
        let digest = self.digest.finish();
        let mut hex = String::with_capacity(2 * DIGITS);
        for byte in &digest.as_ref()[..DIGITS / 2] {
            _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}
