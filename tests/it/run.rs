//! Runs by their runbook text: what happens, in order, and how it ends.
//!
//! Time is virtual and the programs are made up (see `Programs`), so that a night's waits take
//! milliseconds. `SNAPSHOTS=overwrite cargo test --test it run::` writes the expectations.

mod bounds;
mod contexts;
mod failures;
mod guards;
mod invariants;
mod looks;
mod people;
mod resume;
mod statements;
mod stops;
mod support;
