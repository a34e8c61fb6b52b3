//! The secrets of a run: fetched before it begins, never shown.
//!
//! A secret is looked for in everything that leaves the run: line by line, for what echoes it seldom
//! echoes all of it; the values in it, where it is JSON; and each of these in the forms that programs
//! like to print it in.

mod forms;
mod lines;
mod needles;
mod stream;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::value::SecretString;
pub(super) use forms::wipe;
pub(super) use lines::Lines;
use needles::Needles;
pub use stream::Hider;

/// Shorter secrets are not looked for in what is shown: they would blot out half of it.
const SHORTEST_HIDDEN: usize = 4;
/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "•••";

/// Secrets by the name that the runbook gives them.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    by_name: BTreeMap<String, SecretString>,
    too_short: BTreeSet<String>,
    needles: Arc<Needles>,
}

impl Secrets {
    /// Takes in the text of the secret `name`.
    pub fn insert(&mut self, name: impl Into<String>, text: SecretString) {
        let (name, forms) = (name.into(), forms::of(text.reveal()));
        if forms.is_empty() {
            self.too_short.insert(name.clone());
        }
        Arc::make_mut(&mut self.needles).add(forms);
        self.by_name.insert(name, text);
    }

    /// Takes in those of another as well.
    pub fn join(&mut self, other: &Secrets) {
        for (name, text) in &other.by_name {
            self.insert(name.clone(), text.clone());
        }
    }

    /// The text of the secret `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.by_name.get(name)
    }

    /// `text` with every secret in it, longer than three characters, taken out; also one that was
    /// cut through by `…`.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hidden = match self.hide_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(lossy(bytes)),
        };
        if self.is_empty() || !hidden.contains('…') {
            return hidden;
        }
        let parts: Vec<_> = hidden.split('…').collect();
        let last = parts.len() - 1;
        let ends = |(at, part): (usize, &&str)| lossy(self.hide_ends(part.as_bytes(), at > 0, at < last));
        Cow::Owned(parts.iter().enumerate().map(ends).collect::<Vec<_>>().join("…"))
    }

    /// The same for bytes of any kind.
    #[must_use]
    pub fn hide_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        if !self.needles.is_in(bytes) {
            return Cow::Borrowed(bytes);
        }
        let (mut hider, mut hidden) = (self.hider(), Vec::with_capacity(bytes.len()));
        hider.push(bytes, &mut hidden);
        hider.finish(&mut hidden);
        Cow::Owned(hidden)
    }

    /// The same for bytes whose middle was taken out at `at`; and where that is in what is left.
    #[must_use]
    pub fn hide_around(&self, bytes: &[u8], at: usize) -> (Vec<u8>, usize) {
        let (head, tail) = bytes.split_at(at.min(bytes.len()));
        let mut hidden = self.hide_ends(&self.hide_bytes(head), false, true);
        let at = hidden.len();
        hidden.extend(self.hide_ends(&self.hide_bytes(tail), true, false));
        (hidden, at)
    }

    /// Takes out what a cut left of a secret at the start or the end.
    fn hide_ends(&self, bytes: &[u8], start: bool, end: bool) -> Vec<u8> {
        let long_enough = |length: usize| if length < SHORTEST_HIDDEN { 0 } else { length };
        let first = if start { long_enough(self.needles.rest_at_start(bytes)) } else { 0 };
        let rest = &bytes[first..];
        let last = if end { long_enough(self.needles.begun_at_end(rest)) } else { 0 };
        let mark = |length: usize| if length > 0 { HIDDEN.as_bytes() } else { &[] };
        [mark(first), &rest[..rest.len() - last], mark(last)].concat()
    }

    /// The secret that stands in `text` as it is.
    #[must_use]
    pub fn named_in(&self, text: &str) -> Option<&str> {
        let stands = |secret: &SecretString| text.contains(secret.reveal());
        self.by_name.iter().find(|(_, secret)| stands(secret)).map(|(name, _)| name.as_str())
    }

    /// How many secrets are in `text`.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let marks = |text: &str| text.matches(HIDDEN).count();
        match self.hide_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => 0,
            Cow::Owned(bytes) => marks(&lossy(bytes)).saturating_sub(marks(text)),
        }
    }

    /// Those that are too short to be hidden, by name.
    pub fn too_short(&self) -> impl Iterator<Item = &str> {
        self.too_short.iter().map(String::as_str)
    }

    /// Takes the secrets out of a stream.
    #[must_use]
    pub fn hider(&self) -> Hider {
        Hider::new(Arc::clone(&self.needles))
    }

    /// Whether nothing has to be hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl<N: Into<String>> FromIterator<(N, SecretString)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, SecretString)>>(pairs: I) -> Self {
        let mut secrets = Self::default();
        for (name, text) in pairs {
            secrets.insert(name, text);
        }
        secrets
    }
}

#[cfg(test)]
mod tests;
