//! rutter: a small, readable language for operations runbooks, and the engine that lints, plans,
//! rehearses and carries them out. See ARCHITECTURE.md for the map of these modules.

pub mod clock;
pub mod errors;
pub mod finding;
pub mod ids;
pub mod parallel;
pub mod source;
pub mod value;

pub mod syntax;

pub mod shell;

pub mod template;

pub mod resolve;

pub mod lint;

pub mod plan;

pub mod event;

pub mod journal;

pub mod backend;

pub mod world;

pub mod run;

pub mod rehearse;

pub mod report;

pub mod cli;
