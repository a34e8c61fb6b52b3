//! Carrying out a plan: the interpreter over the tree, the plan's scopes and a backend.
//!
//! In: a [`Plan`](crate::plan::Plan), a backend, a clock, a journal, people to ask. Out: events as things
//! happen, and a [`RunReport`]. Must not know: screens, the command line, worlds.

mod operator;
mod output;
mod runner;
mod secrets;
mod stop;

pub use operator::{ApprovalAsk, Decision, ManualAsk, NoOperator, Operator};
pub use output::OutputRelay;
pub use runner::{EventSink, RunReport, Runner};
pub use secrets::Secrets;
pub use stop::StopSignal;
