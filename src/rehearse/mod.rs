//! Rehearsals: a world and a run put together, and what scenarios expect of them.
//!
//! In: the path of a world, one of its scenarios, a pace. Out: a [`Played`], or for many a
//! [`TestReport`]. Must not know: how any of it is shown.

mod expect;
pub mod faults;
mod load;
mod operator;
mod play;
mod stage;
mod suite;

pub use crate::world::{BrokenAlways, Cause, WorldError};
pub use expect::Expectation;
pub use load::{Rehearsal, Unplayable};
pub use play::{Pace, Played};
pub use suite::{Case, Suite, TestReport, WorldReport};
