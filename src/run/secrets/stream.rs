//! Secrets taken out of a stream that comes in pieces.

use std::sync::Arc;

use zeroize::Zeroize;

use super::HIDDEN;
use super::needles::{Needles, Walk};

/// Takes the secrets out of one stream. What may be the start of one is held back until more comes.
pub struct Hider {
    needles: Arc<Needles>,
    held: Vec<u8>,
    walk: Walk,
    /// What is to be hidden of what is held, in order; no two meet.
    hidden: Vec<(usize, usize)>,
    /// How much of what is held was given already.
    given: usize,
}

impl std::fmt::Debug for Hider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hider(…)")
    }
}

impl Drop for Hider {
    fn drop(&mut self) {
        self.held.zeroize();
    }
}

impl Hider {
    pub(super) fn new(needles: Arc<Needles>) -> Self {
        Self { needles, held: Vec::new(), walk: Walk::default(), hidden: Vec::new(), given: 0 }
    }

    /// Puts the next piece, without secrets, into `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.needles.is_empty() {
            return out.extend_from_slice(bytes);
        }
        self.held.extend_from_slice(bytes);
        for byte in bytes {
            if let Some(found) = self.walk.step(&self.needles, *byte) {
                self.hide(found);
            }
        }
        let begun = self.walk.begun();
        let open = self.hidden.iter().find(|(_, end)| *end > begun);
        self.put(open.map_or(begun, |(start, _)| begun.min(*start)), out);
    }

    /// Those that overlap are hidden as one.
    fn hide(&mut self, (mut start, end): (usize, usize)) {
        while let Some((earlier, _)) = self.hidden.pop_if(|(_, over)| *over > start) {
            start = start.min(earlier);
        }
        self.hidden.push((start, end));
    }

    /// Gives what is held up to `until`, and forgets it.
    fn put(&mut self, until: usize, out: &mut Vec<u8>) {
        self.give(until, out);
        let done = self.hidden.iter().take_while(|(_, end)| *end <= until).count();
        self.hidden.drain(..done);
        self.given = self.given.saturating_sub(until);
        self.held.drain(..until);
        self.walk.forget(until);
        self.hidden.iter_mut().for_each(|(start, end)| (*start, *end) = (*start - until, *end - until));
    }

    fn give(&self, until: usize, out: &mut Vec<u8>) {
        let mut from = self.given.min(until);
        for (start, end) in self.hidden.iter().filter(|(_, end)| *end > self.given && *end <= until) {
            out.extend_from_slice(&self.held[from..from.max(*start)]);
            out.extend_from_slice(HIDDEN.as_bytes());
            from = *end;
        }
        out.extend_from_slice(&self.held[from..until]);
    }

    /// Gives what is held back, unless `least` bytes at its end may be the start of a secret. What
    /// follows is looked at as if it were held.
    pub fn let_go(&mut self, least: usize, out: &mut Vec<u8>) {
        let hidden = self.hidden.last().map_or(0, |(_, end)| *end);
        let begun = self.walk.begun().max(hidden);
        if self.held[begun..].trim_ascii_end().len() < least {
            self.give(self.held.len(), out);
            self.given = self.held.len();
        }
    }

    /// The stream is over: what was held back is no start of anything.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.put(self.held.len(), out);
        self.walk = Walk::default();
    }
}
