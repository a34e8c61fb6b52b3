//! Many texts, looked for at once in bytes of any kind.

/// What is looked for, by its first byte, the longest first.
#[derive(Clone)]
pub(super) struct Needles {
    by_first: Vec<Vec<Box<[u8]>>>,
    /// Whether one begins with this byte.
    begins: [bool; 256],
    empty: bool,
}

impl Default for Needles {
    fn default() -> Self {
        Self { by_first: vec![Vec::new(); 256], begins: [false; 256], empty: true }
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
            self.begins[usize::from(row[0][0])] = true;
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
        // All that is printed goes through here, byte by byte: a plain loop over a plain table.
        let mut at = 0;
        while at < bytes.len() {
            if self.begins[usize::from(bytes[at])]
                && let Some(end) = self.end_of(bytes, at)
            {
                return Some((at, end));
            }
            at += 1;
        }
        None
    }

    /// Where the longest ends that begins at `at`.
    fn end_of(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let row = &self.by_first[usize::from(bytes[at])];
        let found = row.iter().find(|needle| bytes[at..].starts_with(needle))?;
        Some(at + found.len())
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
