//! The sh family: sh as POSIX has it, and bash.
//!
//! Text becomes tokens (`lex`), tokens become commands (`grammar`); holes get their places
//! (`places`), and commands their words (`commands`).

mod commands;
mod dollar;
mod grammar;
mod here;
mod lex;
mod places;
mod token;

pub(super) use commands::{simple_commands, words};
pub(super) use places::places;
