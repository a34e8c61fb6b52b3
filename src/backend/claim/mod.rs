//! A `once` on a POSIX target, carried out there under a claim.
//!
//! In: the name of a `once` and its command. Out: a script for `sh`, and what its marks tell. The script
//! finds what became of the command when it was sent before; where nothing was, a supervisor of its own,
//! which outlives the connection, takes the claim and carries the command out. Must not know: how the
//! script gets to its host. `docs/claims.md` says what is made there.

mod place;
mod script;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod told;

use std::time::Duration;

pub(super) use script::{Order, SPARE};
pub(super) use told::{End, Group, Listener};

/// How long the host's own deadline may take to end a command, and to be heard of.
const HOSTS_GRACE: Duration = Duration::from_secs(3);

/// The host's own limit, in whole seconds: not every `sleep` knows others.
pub(super) fn seconds(within: Duration) -> u64 {
    (within.as_secs() + u64::from(within.subsec_nanos() > 0)).max(1)
}

/// When rutter ends a command that the host should have ended.
pub(super) fn limit(within: Duration) -> Duration {
    Duration::from_secs(seconds(within)) + HOSTS_GRACE
}
