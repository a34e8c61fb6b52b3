//! PowerShell, the one of Windows and the newer one.
//!
//! Text becomes tokens (`lex`); holes get their places (`places`), commands their words
//! (`commands`).

mod commands;
mod inside;
mod lex;
mod places;

pub(super) use commands::{simple_commands, words};
pub(super) use inside::{full_name, inside, spellings};
pub(super) use places::places;
