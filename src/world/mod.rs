//! A model of the outside to rehearse in: state, answers, a clock, and what must always be true.
//!
//! In: a `ResolvedWorld`, one of its scenarios, and a clock. Out: a [`World`], which is a backend
//! like any other, and says afterwards what came of it. Nothing here waits on the real outside.
//! Must not know: how a run goes, and who plays in it.

mod agenda;
mod always;
mod asked;
mod backend;
mod body;
mod claims;
mod clock;
mod handlers;
mod memory;
mod model;
mod reply;
mod state;
mod tally;
mod tree;

pub use crate::resolve::RunEnd;
pub use agenda::Cause;
pub use always::BrokenAlways;
pub use backend::{Moment, Opening, World};
pub use clock::VirtualClock;
pub use model::{Moves, WorldError};
pub use reply::LATENCY;
pub use tally::Counted;
