//! A PowerShell script read as a tree, and the commands in it.
//!
//! In: text. Out: each command that it may run, with what is known of its words. Where a value can be
//! told from the text alone it is (`folded`); all else stays unknown, and what could run anything
//! is opaque. PowerShell's grammar is that of its documentation (about_Parsing, about_Quoting_Rules,
//! about_Operators …) and was not held against a PowerShell.

mod assigned;
mod carriers;
mod chars;
mod expressions;
mod folded;
mod pipelines;
mod producers;
mod statements;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod walk;
mod written;

use crate::shell::{SimpleCommand, Word};
use walk::Walker;

/// Each command that the text runs; `newer` for PowerShell 7.
pub(in crate::shell) fn simple_commands(text: &str, newer: bool) -> Vec<SimpleCommand> {
    let block = match statements::parse(text, newer) {
        Ok(block) => block,
        Err(why) => return vec![SimpleCommand::Opaque(why)],
    };
    let mut walker = Walker::new(newer);
    walker.block(&block);
    if walker.found.is_empty() && !block.body.is_empty() {
        // Values alone are put out.
        walker.found.push(SimpleCommand::Words(vec![Word::known("Write-Output"), Word::expanded("$(…)")]));
    }
    walker.found
}
