//! Secrets taken out of a stream that comes in pieces.

use std::sync::Arc;

use super::HIDDEN;
use super::needles::Needles;

/// Takes the secrets out of one stream. What may be the start of one is held back until more comes.
pub struct Hider {
    needles: Arc<Needles>,
    held: Vec<u8>,
}

impl std::fmt::Debug for Hider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hider(…)")
    }
}

impl Hider {
    pub(super) fn new(needles: Arc<Needles>) -> Self {
        Self { needles, held: Vec::new() }
    }

    /// Puts the next piece, without secrets, into `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
        let (mut from, held) = (0, &self.held[..]);
        loop {
            let rest = &held[from..];
            let begun = rest.len() - self.needles.begun_at_end(rest);
            // A longer one that begins where this one does would have begun before its end.
            match self.needles.find(rest).filter(|(start, _)| *start < begun) {
                Some((start, end)) => {
                    out.extend_from_slice(&rest[..start]);
                    out.extend_from_slice(HIDDEN.as_bytes());
                    from += end;
                }
                None => {
                    out.extend_from_slice(&rest[..begun]);
                    from += begun;
                    break;
                }
            }
        }
        self.held.drain(..from);
    }

    /// The stream is over: what was held back is no start of anything.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let mut rest = &held[..];
        while let Some((start, end)) = self.needles.find(rest) {
            out.extend_from_slice(&rest[..start]);
            out.extend_from_slice(HIDDEN.as_bytes());
            rest = &rest[end..];
        }
        out.extend_from_slice(rest);
    }
}
