//! What the host's shell tells rutter, woven into stderr and taken out of it again.

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

    /// A command line that tells the process group and the log-in shell.
    pub fn tell_begin(&self) -> String {
        format!("echo {} $$ \"$SHELL\" >&2", self.0)
    }
}

/// What was told once the command began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The command's process group.
    pub group: u32,
    /// The path of the user's log-in shell.
    pub login_shell: String,
}

/// Sifts marks out of a stream.
pub(super) struct Marks {
    nonce: Nonce,
    begun: bool,
    held: Vec<u8>,
}

impl Marks {
    pub fn new(nonce: Nonce) -> Self {
        Self { nonce, begun: false, held: Vec::new() }
    }

    /// Takes what came, and gives what is not a mark, with the marks.
    pub fn sift(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<Mark>) {
        self.held.extend_from_slice(bytes);
        let (mut plain, mut marks) = (Vec::new(), Vec::new());
        while !self.begun {
            let word = self.nonce.0.as_bytes();
            let Some(at) = find(&self.held, word) else { break };
            let Some((mark, length)) = read_mark(&self.held[at + word.len()..]) else { break };
            plain.extend(self.held.drain(..at));
            self.held.drain(..word.len() + length);
            self.begun |= mark.is_some();
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
        if self.begun {
            return self.held.len();
        }
        let word = self.nonce.0.as_bytes();
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

/// The mark after the nonce and its length, when all of it is there. What has another form is
/// dropped unread.
fn read_mark(rest: &[u8]) -> Option<(Option<Mark>, usize)> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(&rest[..end]);
    let told = line.trim_end().strip_prefix(' ').and_then(|told| told.split_once(' '));
    let mark = told.and_then(|(group, shell)| {
        let group = group.parse().ok().filter(|group| *group > 1)?;
        Some(Mark { group, login_shell: shell.to_owned() })
    });
    Some((mark, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sift(chunks: &[&str]) -> (String, Vec<Mark>) {
        let mut sifter = Marks::new(Nonce("rutter.00".to_owned()));
        let (mut plain, mut marks) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let (text, found) = sifter.sift(chunk.as_bytes());
            plain.extend(text);
            marks.extend(found);
        }
        plain.extend(sifter.rest());
        (String::from_utf8(plain).unwrap(), marks)
    }

    #[test]
    fn the_mark_is_taken_out_wherever_the_stream_is_cut() {
        let whole = "motd\nrutter.00 41 /bin/bash\nold rutter news\nend";
        let mark = Mark { group: 41, login_shell: "/bin/bash".to_owned() };
        let wanted = ("motd\nold rutter news\nend".to_owned(), vec![mark]);
        for cut in 0..whole.len() {
            assert_eq!(sift(&[&whole[..cut], &whole[cut..]]), wanted, "cut at {cut}");
        }
        let bytes: Vec<String> = whole.chars().map(String::from).collect();
        assert_eq!(sift(&bytes.iter().map(String::as_str).collect::<Vec<_>>()), wanted);
    }

    #[test]
    fn after_the_mark_nothing_is_held_back() {
        let (plain, marks) = sift(&["rutter.00 41 /bin/sh\nrutter.0", "0 9 x\n"]);
        assert_eq!((plain.as_str(), marks.len()), ("rutter.00 9 x\n", 1));
    }

    #[test]
    fn what_only_looks_like_a_mark_harms_nothing() {
        assert_eq!(sift(&["rutter.00 1 x\nrutter.00 y\na"]), ("a".to_owned(), vec![]));
        let long = format!("rutter.00 {}", "9".repeat(2 * LONGEST));
        assert_eq!(sift(&[&long]), (long.clone(), vec![]));
    }
}
