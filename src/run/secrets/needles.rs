//! Many texts, looked for at once in bytes of any kind.
//!
//! A trie of all of them, with a way back from each place in it to the longest text that has begun as well
//! (Aho and Corasick). A line break inside of a text is passed over: what wraps its output hides nothing by it.

use std::collections::VecDeque;

use zeroize::{Zeroize, Zeroizing};

const ROOT: u32 = 0;

/// How many two bytes there are.
const PAIRS: usize = 1 << 16;

fn pair_of(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// What is looked for.
#[derive(Clone, Default)]
pub(super) struct Needles {
    all: Vec<Zeroizing<Vec<u8>>>,
    nodes: Vec<Node>,
    /// What each byte begins: most bytes begin nothing, and all that is printed goes through here.
    first: Vec<u32>,
    /// A bit for each two bytes that one of them may begin with, a line break after the first among them; all bits for those of one byte.
    pairs: Zeroizing<Vec<u64>>,
}

/// A text as far as it has come.
#[derive(Clone, Default)]
struct Node {
    next: Vec<(u8, u32)>,
    /// The longest shorter one that this one ends with.
    back: u32,
    depth: u32,
    /// The length of the longest needle that ends here; 0, none does.
    longest: u32,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.next.iter_mut().for_each(|(byte, _)| byte.zeroize());
    }
}

impl std::fmt::Debug for Needles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Needles(…)")
    }
}

impl Needles {
    /// Looks for these as well.
    pub fn add(&mut self, needles: Vec<Zeroizing<Vec<u8>>>) {
        self.all.extend(needles.into_iter().filter(|needle| !needle.is_empty()));
        self.all.sort_by(|one, other| one.as_slice().cmp(other.as_slice()));
        self.all.dedup_by(|one, other| one.as_slice() == other.as_slice());
        self.grow();
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn grow(&mut self) {
        let total: usize = self.all.iter().map(|needle| needle.len()).sum();
        self.nodes = Vec::with_capacity(total + 1);
        self.nodes.push(Node::default());
        for at in 0..self.all.len() {
            let mut node = ROOT;
            for place in 0..self.all[at].len() {
                let byte = self.all[at][place];
                node = self.child(node, byte).unwrap_or_else(|| self.sprout(node, byte));
            }
            self.nodes[node as usize].longest = self.nodes[node as usize].depth;
        }
        let first = |byte| self.nodes[ROOT as usize].next.iter().find(|(is, _)| *is == byte);
        self.first = (0..=u8::MAX).map(|byte| first(byte).map_or(ROOT, |(_, child)| *child)).collect();
        self.pairs = self.first_two();
        self.lead_back();
    }

    fn first_two(&self) -> Zeroizing<Vec<u64>> {
        let mut pairs = Zeroizing::new(vec![0; PAIRS / 64]);
        for needle in &self.all {
            let seconds = needle.get(1).map_or(0..=u8::MAX, |second| *second..=*second);
            for pair in seconds.chain([b'\n', b'\r']).map(|second| pair_of(needle[0], second)) {
                pairs[pair / 64] |= 1 << (pair % 64);
            }
        }
        pairs
    }

    /// How many bytes come before one with which one of them may begin; the last byte may.
    fn passed_over(&self, bytes: &[u8]) -> usize {
        let may_begin = |two: &[u8]| {
            let pair = pair_of(two[0], two[1]);
            self.pairs[pair / 64] & (1 << (pair % 64)) != 0
        };
        bytes.windows(2).position(may_begin).unwrap_or(bytes.len() - 1)
    }

    fn sprout(&mut self, parent: u32, byte: u8) -> u32 {
        let new = u32::try_from(self.nodes.len()).unwrap_or(ROOT);
        let depth = self.nodes[parent as usize].depth + 1;
        let mut node = Node::default();
        node.depth = depth;
        self.nodes.push(node);
        self.nodes[parent as usize].next.push((byte, new));
        new
    }

    /// Finds each one's way back, the shorter ones first.
    fn lead_back(&mut self) {
        let mut waiting = VecDeque::from([ROOT]);
        while let Some(node) = waiting.pop_front() {
            for at in 0..self.nodes[node as usize].next.len() {
                let (byte, child) = self.nodes[node as usize].next[at];
                let back = if node == ROOT { ROOT } else { self.step(self.nodes[node as usize].back, byte) };
                let longest = self.nodes[back as usize].longest;
                let child_node = &mut self.nodes[child as usize];
                child_node.back = back;
                child_node.longest = child_node.longest.max(longest);
                waiting.push_back(child);
            }
        }
    }

    fn child(&self, node: u32, byte: u8) -> Option<u32> {
        self.nodes[node as usize].next.iter().find(|(is, _)| *is == byte).map(|(_, child)| *child)
    }

    /// What has begun once `byte` follows: a line break inside of a needle is passed over.
    fn follow(&self, node: u32, byte: u8) -> u32 {
        if node == ROOT {
            return self.first[usize::from(byte)];
        }
        match self.child(node, byte) {
            Some(child) => child,
            None if matches!(byte, b'\n' | b'\r') => node,
            None => self.step(node, byte),
        }
    }

    /// What has begun once `byte` follows.
    fn step(&self, mut node: u32, byte: u8) -> u32 {
        while node != ROOT {
            match self.child(node, byte) {
                Some(child) => return child,
                None => node = self.nodes[node as usize].back,
            }
        }
        self.first[usize::from(byte)]
    }

    /// Whether one of them is in `bytes`. Nearly everything that is printed is asked this and holds none, so where
    /// they would stand is not kept track of, and what goes on otherwise after one byte is passed over.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let (mut node, mut at) = (ROOT, 0);
        while at < bytes.len() && !self.is_empty() {
            if node == ROOT {
                at += self.passed_over(&bytes[at..]);
            }
            node = self.follow(node, bytes[at]);
            if self.nodes[node as usize].longest > 0 {
                return true;
            }
            at += 1;
        }
        false
    }

    /// How much of the end of `bytes` may be the start of one.
    pub fn begun_at_end(&self, bytes: &[u8]) -> usize {
        let mut walk = Walk::default();
        if self.is_empty() {
            return 0;
        }
        for byte in bytes {
            walk.step(self, *byte);
        }
        bytes.len() - walk.begun()
    }

    /// How much of the start of `bytes` may be the end of one.
    pub fn rest_at_start(&self, bytes: &[u8]) -> usize {
        let rest = |needle: &Zeroizing<Vec<u8>>| {
            let most = bytes.len().min(needle.len() - 1);
            (1..=most).rev().find(|length| bytes.starts_with(&needle[needle.len() - length..]))
        };
        self.all.iter().filter_map(rest).max().unwrap_or(0)
    }
}

/// How far a search has come, byte by byte.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    node: u32,
    at: usize,
    /// Where the bytes are that may be the start of one.
    places: VecDeque<usize>,
}

impl Walk {
    /// Takes the next byte; where one of them ends with it, the start and the end of the longest.
    pub fn step(&mut self, needles: &Needles, byte: u8) -> Option<(usize, usize)> {
        let at = self.at;
        self.at += 1;
        if self.node == ROOT && needles.first[usize::from(byte)] == ROOT {
            return None;
        }
        if matches!(byte, b'\n' | b'\r') && self.node != ROOT && needles.child(self.node, byte).is_none() {
            return None;
        }
        self.node = needles.step(self.node, byte);
        let node = &needles.nodes[self.node as usize];
        if self.node == ROOT {
            self.places.clear();
            return None;
        }
        self.places.push_back(at);
        self.places.drain(..self.places.len() - node.depth as usize);
        let longest = node.longest as usize;
        (longest > 0).then(|| (self.places[self.places.len() - longest], self.at))
    }

    /// Where what may be the start of one begins; the end of all, nothing has begun.
    pub fn begun(&self) -> usize {
        self.places.front().copied().unwrap_or(self.at)
    }

    /// The first `count` bytes are forgotten.
    pub fn forget(&mut self, count: usize) {
        self.at -= count;
        self.places.iter_mut().for_each(|place| *place = place.saturating_sub(count));
    }
}
