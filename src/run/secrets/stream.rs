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
        let (mut from, mut begun) = (0, self.begun(0));
        // A longer one that begins where the found one does would have begun before that one's end.
        while let Some((start, end)) = self.needles.find(&self.held[from..]).filter(|at| from + at.0 < begun)
        {
            out.extend_from_slice(&self.held[from..from + start]);
            out.extend_from_slice(HIDDEN.as_bytes());
            from += end;
            if from > begun {
                begun = self.begun(from);
            }
        }
        out.extend_from_slice(&self.held[from..begun]);
        self.held.drain(..begun);
    }

    /// Where after `from` something has begun that may be one.
    fn begun(&self, from: usize) -> usize {
        self.held.len() - self.needles.begun_at_end(&self.held[from..])
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
