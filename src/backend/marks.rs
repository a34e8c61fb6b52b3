//! What a shell on the other side tells rutter, woven into a stream of output and taken out of it again.

use ring::rand::{SecureRandom, SystemRandom};

/// The longest mark; what is longer is no mark.
const LONGEST: usize = 512;

/// A word that nobody can know beforehand; marks begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nonce(String);

impl Nonce {
    /// A new one, or nothing when the system has no random numbers to give.
    pub fn new() -> Option<Self> {
        let mut bytes = [0; 8];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self(format!("rutter.{:016x}", u64::from_be_bytes(bytes))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the line behind the word is read.
pub(super) trait Mark: Sized {
    /// Nothing: it has another form, and is dropped unread.
    fn read(line: &str) -> Option<Self>;
    /// No further mark comes.
    fn is_last(&self) -> bool;
}

/// Sifts marks out of a stream.
pub(super) struct Marks<M> {
    word: String,
    over: bool,
    held: Vec<u8>,
    kind: std::marker::PhantomData<fn() -> M>,
}

impl<M: Mark> Marks<M> {
    pub fn new(word: impl Into<String>) -> Self {
        Self { word: word.into(), over: false, held: Vec::new(), kind: std::marker::PhantomData }
    }

    /// Takes what came, and gives what is not a mark, with the marks.
    pub fn sift(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<M>) {
        self.held.extend_from_slice(bytes);
        let (mut plain, mut marks) = (Vec::new(), Vec::new());
        while !self.over {
            let word = self.word.as_bytes();
            let Some(at) = find(&self.held, word) else { break };
            let Some((mark, length)) = read_mark::<M>(&self.held[at + word.len()..]) else { break };
            let end = at + word.len() + length;
            plain.extend_from_slice(&self.held[..at]);
            self.held.drain(..end);
            self.over |= mark.as_ref().is_some_and(M::is_last);
            marks.extend(mark);
        }
        let free = self.free();
        plain.extend(self.held.drain(..free));
        (plain, marks)
    }

    /// What was held back at the end of the stream.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// How much of what is held can't be part of a mark any more.
    fn free(&self) -> usize {
        if self.over {
            return self.held.len();
        }
        let word = self.word.as_bytes();
        match find(&self.held, word) {
            Some(at) if self.held.len() - at < LONGEST => at,
            Some(_) => self.held.len(),
            None => {
                let ends = |length: &usize| self.held.ends_with(&word[..*length]);
                let begun = (1..word.len().min(self.held.len() + 1)).rev().find(ends).unwrap_or(0);
                self.held.len() - begun
            }
        }
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

/// The mark after the word and its length, when all of it is there.
fn read_mark<M: Mark>(rest: &[u8]) -> Option<(Option<M>, usize)> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    Some((M::read(String::from_utf8_lossy(&rest[..end]).trim_end()), end + 1))
}
