//! The rules by their codes, and what there is to say of each.

use super::rules;
use super::subject::File;
use crate::finding::Finding;

/// A rule: what it looks for, and why.
pub struct Rule {
    /// Its findings' code.
    pub code: &'static str,
    source: &'static str,
    pub(super) check: fn(&File<'_>) -> Vec<Finding>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).finish_non_exhaustive()
    }
}

macro_rules! rule {
    ($code:literal, $module:ident) => {
        Rule {
            code: $code,
            source: include_str!(concat!("rules/", stringify!($module), ".rs")),
            check: rules::$module::check,
        }
    };
}

/// All rules, by code.
pub const RULES: &[Rule] = &[
    rule!("always-denied", always_denied),
    rule!("always-passes", always_passes),
    rule!("changing-check", changing_check),
    rule!("idle-guard", idle_guard),
    rule!("not-understood", not_understood),
    rule!("nothing-to-do", nothing_to_do),
    rule!("once-in-loop", once_in_loop),
    rule!("raw-value", raw_value),
    rule!("unchecked-host-key", unchecked_host_key),
    rule!("unreachable", unreachable),
    rule!("unused-name", unused_name),
];

/// The rule of a code.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// The page of a rule: what it means, a bad and a good example.
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    rule(code).map(Rule::page)
}

impl Rule {
    /// The comment at the top of the rule's file, as Markdown.
    #[must_use]
    pub fn page(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        format!("# {}\n\n{}\n", self.code, lines.join("\n"))
    }
}
