//! Files of known hosts, read once each.
//!
//! In: paths. Out: the lines that stand for a host, found without looking at all of them.
//! Must not know: keys, verdicts.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::line::Line;

/// The lines of one file. A file that is missing or can't be read has none, as for `ssh`.
#[derive(Debug)]
pub struct KnownFile {
    pub path: PathBuf,
    lines: Vec<Line>,
    /// Lines by the names they spell out.
    by_name: HashMap<String, Vec<usize>>,
    /// Lines with patterns or hidden names: each must be asked.
    others: Vec<usize>,
}

impl KnownFile {
    pub fn read(path: &Path) -> Self {
        let text = fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = (1..)
            .zip(text.split('\n'))
            .filter_map(|(number, line)| Line::read(number, line.trim_end_matches('\r')));
        let mut file = KnownFile {
            path: path.to_owned(),
            lines: lines.collect(),
            by_name: HashMap::new(),
            others: Vec::new(),
        };
        file.index();
        file
    }

    fn index(&mut self) {
        for (at, line) in self.lines.iter().enumerate() {
            match line.names.plain() {
                Some(names) => {
                    names.for_each(|name| self.by_name.entry(name.to_owned()).or_default().push(at))
                }
                None => self.others.push(at),
            }
        }
    }

    /// The lines that stand for a host, in their order.
    pub fn lines_of(&self, host: &str) -> Vec<&Line> {
        let others = self.others.iter().filter(|at| self.lines[**at].names.name(host));
        let mut found: Vec<usize> =
            self.by_name.get(host).into_iter().flatten().chain(others).copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| &self.lines[at]).collect()
    }
}
