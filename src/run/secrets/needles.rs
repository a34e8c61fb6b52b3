//! Many texts, looked for at once in bytes of any kind.

/// What is looked for, by its first byte, the longest first.
#[derive(Clone)]
pub(super) struct Needles {
    by_first: Vec<Vec<Box<[u8]>>>,
    empty: bool,
}

impl Default for Needles {
    fn default() -> Self {
        Self { by_first: vec![Vec::new(); 256], empty: true }
    }
}

impl std::fmt::Debug for Needles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Needles(…)")
    }
}

impl Needles {
    pub fn add(&mut self, needle: Vec<u8>) {
        let Some(first) = needle.first() else { return };
        let row = &mut self.by_first[usize::from(*first)];
        if !row.iter().any(|known| **known == *needle) {
            row.push(needle.into());
            row.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
            self.empty = false;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.empty
    }

    fn all(&self) -> impl Iterator<Item = &[u8]> {
        self.by_first.iter().flatten().map(|needle| &**needle)
    }

    /// The first of them in `bytes`, of those that begin there the longest: its start and end.
    pub fn find(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        if self.empty {
            return None;
        }
        bytes.iter().enumerate().find_map(|(at, byte)| {
            let row = &self.by_first[usize::from(*byte)];
            let found = row.iter().find(|needle| bytes[at..].starts_with(needle))?;
            Some((at, at + found.len()))
        })
    }

    /// How much of the end of `bytes` may be the start of one.
    pub fn begun_at_end(&self, bytes: &[u8]) -> usize {
        let begun = |needle: &[u8]| {
            let most = bytes.len().min(needle.len() - 1);
            (1..=most).rev().find(|length| bytes.ends_with(&needle[..*length]))
        };
        self.all().filter_map(begun).max().unwrap_or(0)
    }

    /// How much of the start of `bytes` may be the end of one.
    pub fn rest_at_start(&self, bytes: &[u8]) -> usize {
        let rest = |needle: &[u8]| {
            let most = bytes.len().min(needle.len() - 1);
            (1..=most).rev().find(|length| bytes.starts_with(&needle[needle.len() - length..]))
        };
        self.all().filter_map(rest).max().unwrap_or(0)
    }
}
