//! Who types: the name that is written down with what a person decides, and from where.

use std::process::Command;

use crate::event::Actor;
use crate::journal::store::host;

/// The user of this process.
pub fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named
        .chain(std::iter::once_with(asked_for).flatten())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "the person at the terminal".to_owned())
}

/// Where the environment does not say it, the system knows.
fn asked_for() -> Option<String> {
    let output = Command::new("id").arg("-un").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The user, or who they say they are, acting from here by `way`: `by rutter approve`.
pub fn actor(said: Option<&str>, way: &str) -> Actor {
    let name = said.map_or_else(user, str::to_owned);
    Actor { name, from: format!("{}, {way}", host()) }
}
