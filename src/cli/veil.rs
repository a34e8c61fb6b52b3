//! What this process must never say: the secrets that it has fetched, taken out of all that it writes.
//!
//! Events come here without them already. This is for all the rest: what the system or a library says of an
//! error, the log, a panic.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock, TryLockError};

use crate::run::Secrets;

static KNOWN: RwLock<Option<Secrets>> = RwLock::new(None);

/// From now on these are hidden, with those before them.
pub fn draw(secrets: &Secrets) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    match &mut *known {
        Some(known) => known.join(secrets),
        None => *known = Some(secrets.clone()),
    }
}

/// `text` without them.
pub fn over(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map_or(Cow::Borrowed(text), |known| known.hide(text))
}

/// The texts in a document without them; its keys and numbers are no texts.
pub fn over_json(document: &mut serde_json::Value) {
    use serde_json::Value as Json;
    match document {
        Json::String(text) => {
            if let Cow::Owned(hidden) = over(text) {
                *text = hidden;
            }
        }
        Json::Array(list) => list.iter_mut().for_each(over_json),
        Json::Object(map) => map.values_mut().for_each(over_json),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The same where something has gone wrong, maybe right here: nothing, if it can't be told what is secret.
pub fn over_at_once(text: &str) -> Option<Cow<'_, str>> {
    match KNOWN.try_read() {
        Ok(known) => Some(known.as_ref().map_or(Cow::Borrowed(text), |known| known.hide(text))),
        Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => None,
    }
}
