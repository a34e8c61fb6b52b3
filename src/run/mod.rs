//! Carrying out a plan: the interpreter over the tree, the plan's scopes and a backend.
//!
//! In: a [`Plan`](crate::plan::Plan), a backend, a clock, a journal, people to ask. Out: events as things
//! happen, and a [`RunReport`]. Must not know: screens, the command line, worlds.

mod accept;
mod approve;
mod attempt;
mod block;
mod call;
mod checklist;
mod command;
mod context;
mod details;
mod diagnose;
mod dispatcher;
mod doubt;
mod each;
mod engine;
mod evidence;
mod explain;
mod exposed;
mod fault;
mod foresight;
mod guard;
mod invariant;
mod items;
mod manual;
mod operator;
mod output;
mod pause;
mod plain;
mod procedure;
mod recall;
mod record;
mod redact;
mod request;
mod retry;
mod runner;
mod secrets;
#[cfg(not(feature = "seeded-bugs"))]
mod seeded;
#[cfg(feature = "seeded-bugs")]
pub mod seeded;
mod stage;
mod stop;
mod survey;
mod throttle;
mod together;
mod wait;

pub use foresight::{Foresight, Leap, Passed};
pub use operator::{ApprovalAsk, Decision, ManualAsk, NoOperator, Operator};
pub use output::OutputRelay;
pub use runner::{EventSink, RunReport, Runner};
pub use secrets::{Hider, Secrets};
pub use stop::StopSignal;
pub use survey::ChangedStep;
