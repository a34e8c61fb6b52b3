//! Params as they are given: files, `-p name=value`, values of a world, each as a tree with places.
//!
//! In: bytes, text, values. Out: [`Node`]s, in which strings with `{{ }}` are apart from plain
//! ones. Must not know: the runbook's params and their types.

mod json;
mod node;
mod read;
mod scalar;
mod templated;
#[cfg(test)]
mod tests;
mod toml;
mod yaml;

pub(super) use node::{Entry, Node, NodeKind, quoted, to_value};
pub(super) use read::{Format, parse, read_params, read_text};
pub(super) use templated::Templates;
