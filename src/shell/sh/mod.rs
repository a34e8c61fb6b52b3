//! The sh family: sh as POSIX has it, and bash.
//!
//! A command template becomes tokens (`lex`) and commands (`grammar`), and its holes get their
//! places (`places`). A rendered script is parsed into a tree by brush-parser (`tree`), within
//! bounds; the tree is walked (`walk`, `simple`) with what is known where each command stands
//! (`state`), and each word is read by our own lexer (`expand`): where the two readings differ,
//! the command is opaque.

mod broken;
mod dollar;
mod expand;
mod grammar;
mod here;
mod lex;
mod pipelines;
mod places;
mod simple;
mod state;
mod token;
mod tree;
mod walk;
mod words;

pub(super) use broken::broken;
pub(super) use places::places;
pub(super) use state::tells;

pub(super) use walk::{script, simple_commands};
pub(super) use words::words;
