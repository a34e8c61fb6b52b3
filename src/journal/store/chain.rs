//! The hash chain over a run's events: what was changed, dropped or moved shows.

use std::fmt;

use ring::digest::{Context, SHA256};

/// SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    /// The hash of `parts`, each with its length, so that no two lists of parts are alike.
    pub fn of(parts: &[&[u8]]) -> Hash {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        finish(context)
    }

    /// The hash of the event `body` that follows this one.
    pub fn then(&self, body: &[u8]) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(&self.0);
        context.update(body);
        finish(context)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }
}

fn finish(context: Context) -> Hash {
    let mut hash = Hash([0; 32]);
    hash.0.copy_from_slice(context.finish().as_ref());
    hash
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha_256_as_everybody_computes_it() {
        let empty = finish(Context::new(&SHA256)).to_string();
        assert_eq!(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn parts_do_not_flow_into_each_other() {
        assert_ne!(Hash::of(&[b"ab", b"c"]), Hash::of(&[b"a", b"bc"]));
        assert_ne!(Hash::of(&[b"ab"]), Hash::of(&[b"ab", b""]));
    }
}
