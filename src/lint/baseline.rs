//! Findings of an old repository that are left for later: only what comes new is reported.
//!
//! In: findings with their sources. Out: a [`Baseline`] as JSON, and what of other findings is not in it. A finding is known again
//! by its file, rule, title and the text of its line, wherever that line has moved to. Must not know: where it is kept.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::rule;
use crate::finding::Finding;
use crate::source::Sources;

/// What is left for later, and how often each stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Mark, usize>);

/// What a finding is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Mark {
    path: String,
    code: String,
    title: String,
    line: String,
}

/// How it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    mark: Mark,
    count: usize,
}

/// The version of what is written.
const VERSION: u32 = 1;

impl Baseline {
    /// Reads what [`Baseline::to_json`] wrote.
    ///
    /// # Errors
    /// Why it can't be read.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.version != VERSION {
            return Err(format!("its version is {}, and {VERSION} is understood", document.version));
        }
        let entries = document.findings.into_iter();
        Ok(Self(entries.map(|entry| (entry.mark, entry.count)).collect()))
    }

    /// As one JSON document.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let entries = self.0.iter().map(|(mark, count)| Entry { mark: mark.clone(), count: *count });
        serde_json::json!({ "version": VERSION, "findings": entries.collect::<Vec<_>>() })
    }

    /// Leaves these findings for later. Errors of the language are not left: such a runbook does not run.
    /// `called` gives the path by which a file is known again.
    pub fn add(&mut self, findings: &[Finding], sources: &Sources, called: &dyn Fn(&Path) -> String) {
        for finding in findings.iter().filter(|finding| rule(&finding.code).is_some()) {
            *self.0.entry(mark(finding, sources, called)).or_default() += 1;
        }
    }

    /// The findings that are not left for later; those that are, are taken from what is left.
    pub fn take(
        &mut self,
        findings: Vec<Finding>,
        sources: &Sources,
        called: &dyn Fn(&Path) -> String,
    ) -> Vec<Finding> {
        let mut is_new = |finding: &Finding| match self.0.get_mut(&mark(finding, sources, called)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        };
        findings.into_iter().filter(|finding| is_new(finding)).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn mark(finding: &Finding, sources: &Sources, called: &dyn Fn(&Path) -> String) -> Mark {
    let span = finding.span();
    let file = sources.get(span.file);
    let line = file.line(file.line_column(span.start as usize).line).trim().to_owned();
    Mark { path: called(&file.path), code: finding.code.to_string(), title: finding.title.clone(), line }
}
