//! PowerShell, the one of Windows and the newer one.
//!
//! Text becomes tokens (`lex`); holes get their places (`places`), commands their words
//! (`commands`); what a whole script runs is found by `script`.

mod broken;
mod commands;
mod inside;
mod lex;
mod places;
mod script;

pub(super) use broken::broken;
pub(super) use commands::words;
pub(super) use inside::{full_name, inside, spellings};
pub(super) use places::places;
pub(super) use script::simple_commands;
