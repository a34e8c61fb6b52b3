//! The secrets of a run: fetched before it begins, never shown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::value::SecretString;

/// Shorter secrets are not looked for in what is shown: they would blot out half of it.
const SHORTEST_HIDDEN: usize = 4;

/// Secrets by the name that the runbook gives them.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    by_name: BTreeMap<String, SecretString>,
    hidden: Vec<SecretString>,
}

impl Secrets {
    /// Takes in the text of the secret `name`.
    pub fn insert(&mut self, name: impl Into<String>, text: SecretString) {
        let lines = text.reveal().lines().filter(|line| line.len() >= SHORTEST_HIDDEN);
        self.hidden.extend(lines.map(SecretString::new));
        self.by_name.insert(name.into(), text);
    }

    /// The text of the secret `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.by_name.get(name)
    }

    /// `text` with every secret in it, longer than three characters, taken out.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = Cow::Borrowed(text);
        for secret in &self.hidden {
            if shown.contains(secret.reveal()) {
                shown = Cow::Owned(shown.replace(secret.reveal(), "•••"));
            }
        }
        shown
    }

    /// Whether nothing has to be hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty()
    }
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
