//! `rutter.toml`: how much the findings of each rule weigh, and where, and the limits that rules hold a file to.
//!
//! In: the table `lint` of the file. Out: [`Levels`], or findings that point into it. Must not know: where the file lies, how it is found.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml_edit::{Item, Key, Table, Value};

use super::registry::RULES;
use super::rule;
use crate::finding::{Finding, Severity, nearest};
use crate::source::{FileId, Span};
use crate::value::parse_duration;

/// How a finding of a rule is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    Warning,
    /// The runbook is not planned or run.
    Error,
}

/// The levels of rules, by default all warnings.
#[derive(Debug, Default)]
pub struct Levels {
    set: Vec<Set>,
    /// How long the waits and pauses of a stage may take together, where that is limited.
    pub(super) longest_stage: Option<Duration>,
}

#[derive(Debug)]
struct Set {
    code: String,
    level: Level,
    /// The files that it is for; nothing: all of them.
    within: Option<glob::Pattern>,
}

impl Levels {
    /// Reads what stands in the table `lint` of
    ///
    /// ```toml
    /// [lint]
    /// longest-stage = "4h"
    ///
    /// [lint.levels]
    /// once-in-loop = "error"
    ///
    /// [lint.paths."drafts/**".levels]
    /// unused-name = "off"
    /// ```
    ///
    /// Paths are relative to the folder of the file.
    ///
    /// # Errors
    /// What can't be understood of it, each with its place.
    pub fn read(lint: &Table, file: FileId) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { file, levels: Self::default(), findings: Vec::new() };
        reader.lint(lint);
        if reader.findings.is_empty() { Ok(reader.levels) } else { Err(reader.findings) }
    }

    /// The finding as it is to be taken in the file `path`, relative to the folder of `rutter.toml`; nothing where it is off. The last
    /// word that fits counts.
    #[must_use]
    pub fn apply(&self, finding: Finding, path: &Path) -> Option<Finding> {
        let fits = |set: &&Set| {
            set.code == finding.code && set.within.as_ref().is_none_or(|within| within.matches_path(path))
        };
        let level = self.set.iter().rev().find(fits).map(|set| set.level);
        match level {
            Some(Level::Off) => None,
            Some(Level::Error) => Some(Finding { severity: Severity::Error, ..finding }),
            Some(Level::Warning) | None => Some(finding),
        }
    }
}

struct Reader {
    file: FileId,
    levels: Levels,
    findings: Vec<Finding>,
}

impl Reader {
    fn lint(&mut self, lint: &Table) {
        for (name, item) in lint {
            match (name, item.as_table()) {
                ("levels", Some(levels)) => self.levels(levels, None),
                ("paths", Some(paths)) => paths.iter().for_each(|(path, item)| self.path(path, item)),
                ("longest-stage", None) => self.longest_stage(item),
                _ => self.unknown(lint.key(name), item, &["levels", "longest-stage", "paths"]),
            }
        }
    }

    fn longest_stage(&mut self, item: &Item) {
        self.levels.longest_stage = item.as_str().and_then(parse_duration);
        if self.levels.longest_stage.is_none() {
            self.wrong(item.span(), "this is no duration".to_owned(), "as in \"90s\", \"30m\" or \"4h\"");
        }
    }

    fn path(&mut self, path: &str, item: &Item) {
        let pattern = match glob::Pattern::new(path) {
            Ok(pattern) => pattern,
            Err(error) => {
                return self.wrong(item.span(), format!("`{path}` is no pattern of paths"), error.msg);
            }
        };
        let Some(table) = item.as_table() else {
            return self.wrong(item.span(), format!("`{path}` is no table"), "it holds a table `levels`");
        };
        for (name, inner) in table {
            match (name, inner.as_table()) {
                ("levels", Some(levels)) => self.levels(levels, Some(&pattern)),
                _ => self.unknown(table.key(name), inner, &["levels"]),
            }
        }
    }

    fn levels(&mut self, levels: &Table, within: Option<&glob::Pattern>) {
        for (code, item) in levels {
            if rule(code).is_none() {
                let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
                self.unknown(levels.key(code), item, &codes);
                continue;
            }
            match item.as_value().and_then(level) {
                Some(level) => {
                    let (code, within) = (code.to_owned(), within.cloned());
                    self.levels.set.push(Set { code, level, within });
                }
                None => {
                    self.wrong(item.span(), format!("this is no level of `{code}`"), "off, warning or error")
                }
            }
        }
    }

    fn unknown(&mut self, key: Option<&Key>, item: &Item, known: &[&str]) {
        self.findings.push(unknown_setting(self.file, key, item, known));
    }

    fn wrong(&mut self, span: Option<Range<usize>>, title: String, label: &str) {
        self.findings.push(wrong_setting(self.file, span, title, label));
    }
}

/// A word of `rutter.toml` that is none of those that are `known` in its place.
pub fn unknown_setting(file: FileId, key: Option<&Key>, item: &Item, known: &[&str]) -> Finding {
    let name = key.map_or("", Key::get);
    let span = key.and_then(Key::span).or_else(|| item.span());
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.len() < 5 => format!("there can be `{}`", known.join("`, `")),
        None => "`rutter explain` lists the rules; errors are always errors".to_owned(),
    };
    Finding { help: Some(help), ..wrong_setting(file, span, format!("`{name}` means nothing here"), "") }
}

/// A setting of `rutter.toml` that can't be.
pub fn wrong_setting(file: FileId, span: Option<Range<usize>>, title: String, label: &str) -> Finding {
    let span = span.unwrap_or_default();
    Finding::error("bad-config", title, Span::new(file, span.start, span.end), label)
}

fn level(value: &Value) -> Option<Level> {
    match value.as_str()? {
        "off" => Some(Level::Off),
        "warning" => Some(Level::Warning),
        "error" => Some(Level::Error),
        _ => None,
    }
}
