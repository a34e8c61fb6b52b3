//! What commands print, as it comes: lines for the screen, head and tail for the record, and all of
//! a long stream for whoever keeps it.
//!
//! In: the bytes of a stream, pulled out of a pipe or pushed by a channel. Out: lines while they come,
//! and at the end what is kept of them. Must not know: what is secret in them, where a whole is kept.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::ids::StepKey;
use crate::value::{LeftOut, Whole};

/// How much of the start and of the end of a stream is kept.
const KEPT: usize = 1024 * 1024;
/// Of a line longer than this only the start is told.
const LONGEST_LINE: usize = 64 * 1024;
/// How much is read at a time.
const READ: usize = 16 * 1024;

/// Lines of output as they come, for the screen: `(key, line)`.
pub type OutputSink = Arc<dyn Fn(&StepKey, &str) + Send + Sync>;

/// Which of the two streams of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// `stdout` or `stderr`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }
}

/// Keeps the streams that are longer than what is kept of them in memory.
pub trait Overflow: Send + Sync {
    /// A stream of the step `key` is too long. All of it comes, from its first byte.
    fn begin(&self, key: &StepKey, stream: Stream) -> Box<dyn Spill>;
}

/// All of one stream on its way to where it is kept. Dropped before its end, what came is kept.
pub trait Spill: Send {
    /// The bytes that come next. What can't be kept is told at the end.
    fn push(&mut self, bytes: &[u8]);
    /// The stream is over.
    fn finish(self: Box<Self>) -> Whole;
}

/// Where the output of commands goes while they run.
#[derive(Clone)]
pub struct Outputs {
    lines: OutputSink,
    overflow: Option<Arc<dyn Overflow>>,
}

impl Outputs {
    /// Lines go to `lines`; of a long stream only its head and tail are kept.
    #[must_use]
    pub fn new(lines: OutputSink) -> Self {
        Self { lines, overflow: None }
    }

    /// All of a long stream goes to `overflow`.
    #[must_use]
    pub fn overflow(self, overflow: Arc<dyn Overflow>) -> Self {
        Self { overflow: Some(overflow), ..self }
    }
}

impl<F: Fn(&StepKey, &str) + Send + Sync + 'static> From<Arc<F>> for Outputs {
    fn from(lines: Arc<F>) -> Self {
        Self::new(lines)
    }
}

impl From<OutputSink> for Outputs {
    fn from(lines: OutputSink) -> Self {
        Self::new(lines)
    }
}

impl std::fmt::Debug for Outputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outputs").finish_non_exhaustive()
    }
}

/// What one stream of a command gives.
pub(super) struct Collected {
    outputs: Outputs,
    key: StepKey,
    stream: Stream,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
    line: Line,
    spill: Option<Box<dyn Spill>>,
}

/// What is kept of a stream that is over.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub bytes: Bytes,
    pub left_out: Option<Box<LeftOut>>,
}

impl Collected {
    pub fn new(outputs: &Outputs, key: &StepKey, stream: Stream) -> Self {
        Self {
            outputs: outputs.clone(),
            key: key.clone(),
            stream,
            head: Vec::new(),
            tail: VecDeque::new(),
            dropped: 0,
            line: Line::default(),
            spill: None,
        }
    }

    /// Reads a pipe to its end.
    pub async fn read(&mut self, mut pipe: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; READ];
        while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
            self.push(&buffer[..count]);
            // A stream that never pauses would keep the clock from being looked at.
            tokio::task::yield_now().await;
        }
        self.tell_rest();
    }

    /// Takes the bytes that come next: tells their lines, and keeps what is to be kept.
    pub fn push(&mut self, bytes: &[u8]) {
        let Self { line, outputs, key, .. } = self;
        line.push(bytes, &mut |text| (outputs.lines)(key, text));
        self.overflow(bytes);
        self.keep(bytes);
    }

    /// The stream is over: what is kept of it.
    pub fn finish(mut self) -> Printed {
        self.tell_rest();
        let whole = self.spill.take().map(Spill::finish);
        if self.dropped == 0 {
            self.head.extend(self.tail);
            return Printed { bytes: self.head.into(), left_out: None };
        }
        self.dropped += whole_characters(&mut self.head, &mut self.tail);
        let left_out = LeftOut { at: self.head.len() as u64, bytes: self.dropped, whole };
        self.head.extend(self.tail);
        Printed { bytes: self.head.into(), left_out: Some(Box::new(left_out)) }
    }

    fn tell_rest(&mut self) {
        let Self { line, outputs, key, .. } = self;
        line.end(&mut |text| (outputs.lines)(key, text));
    }

    /// Once there is more than fits into memory, all of it goes where there is room.
    fn overflow(&mut self, bytes: &[u8]) {
        let fits = self.head.len() + self.tail.len() + bytes.len() <= 2 * KEPT;
        if self.spill.is_none() && !fits {
            let spill = self.outputs.overflow.as_ref();
            self.spill = spill.map(|overflow| overflow.begin(&self.key, self.stream));
            if let Some(spill) = &mut self.spill {
                let (first, second) = self.tail.as_slices();
                [&self.head[..], first, second].into_iter().for_each(|part| spill.push(part));
            }
        }
        if let Some(spill) = &mut self.spill {
            spill.push(bytes);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend_from_slice(first);
        let kept = &rest[rest.len().saturating_sub(KEPT)..];
        let over = (self.tail.len() + kept.len()).saturating_sub(KEPT);
        self.tail.drain(..over);
        self.tail.extend(kept);
        self.dropped += (over + rest.len() - kept.len()) as u64;
    }
}

/// Takes the parts of a character that was cut through off the end of `head` and the start of `tail`;
/// text stays text. Gives how many bytes that were.
fn whole_characters(head: &mut Vec<u8>, tail: &mut VecDeque<u8>) -> u64 {
    let is_rest = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    let rest = head.iter().rev().take(3).take_while(is_rest).count();
    let first = head.len().checked_sub(rest + 1).map_or(0, |at| head[at]);
    let end = if rest + 1 < length_by(first) { rest + 1 } else { 0 };
    let start = tail.iter().take(3).take_while(is_rest).count();
    head.truncate(head.len() - end);
    tail.drain(..start);
    (end + start) as u64
}

/// How many bytes a character has that begins with this one.
fn length_by(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// The line that is coming.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    /// Its start was told, and the rest of it is not.
    told: bool,
}

impl Line {
    fn push(&mut self, bytes: &[u8], tell: &mut dyn FnMut(&str)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.told {
                let room = LONGEST_LINE - self.text.len();
                self.text.extend_from_slice(&part[..part.len().min(room)]);
            }
            if part.ends_with(b"\n") {
                self.end(tell);
            } else if self.text.len() >= LONGEST_LINE {
                self.end(tell);
                self.told = true;
            }
        }
    }

    fn end(&mut self, tell: &mut dyn FnMut(&str)) {
        let told = std::mem::take(&mut self.told);
        if !told && !self.text.is_empty() {
            tell(String::from_utf8_lossy(&self.text).trim_end_matches(['\n', '\r']));
        }
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps what overflows, and the lines.
    #[derive(Clone, Default)]
    struct Shelf {
        spilled: Arc<Mutex<Vec<u8>>>,
        lines: Arc<Mutex<Vec<String>>>,
    }

    impl Overflow for Shelf {
        fn begin(&self, _key: &StepKey, _stream: Stream) -> Box<dyn Spill> {
            Box::new(self.clone())
        }
    }

    impl Spill for Shelf {
        fn push(&mut self, bytes: &[u8]) {
            self.spilled.lock().unwrap().extend_from_slice(bytes);
        }

        fn finish(self: Box<Self>) -> Whole {
            Whole { path: Some("shelf".to_owned()), why: None }
        }
    }

    impl Shelf {
        fn collected(&self) -> Collected {
            let lines = Arc::clone(&self.lines);
            let tell: OutputSink = Arc::new(move |_, line| lines.lock().unwrap().push(line.to_owned()));
            let outputs = Outputs::from(tell).overflow(Arc::new(self.clone()));
            Collected::new(&outputs, &StepKey::root(), Stream::Stdout)
        }
    }

    #[test]
    fn head_and_tail_are_kept_and_all_of_it_overflows() {
        for size in [1, 1000, 16 * 1024, KEPT, 3 * KEPT + 1] {
            let shelf = Shelf::default();
            let mut collected = shelf.collected();
            let all: Vec<u8> = (0..5 * KEPT).map(|at| b'a' + (at % 23) as u8).collect();
            let all = if size == 1 { &all[..2 * KEPT + 9] } else { &all[..] };
            all.chunks(size).for_each(|chunk| collected.push(chunk));
            let printed = collected.finish();
            let left_out = printed.left_out.unwrap();
            assert_eq!(left_out.at, KEPT as u64);
            assert_eq!(left_out.bytes, (all.len() - 2 * KEPT) as u64);
            assert_eq!(left_out.whole.unwrap().path.unwrap(), "shelf");
            assert_eq!(printed.bytes, [&all[..KEPT], &all[all.len() - KEPT..]].concat());
            assert!(*shelf.spilled.lock().unwrap() == all, "by {size}");
        }
    }

    #[test]
    fn what_fits_is_kept_whole_and_nothing_overflows() {
        let shelf = Shelf::default();
        let mut collected = shelf.collected();
        let all = vec![0xff; 2 * KEPT];
        all.chunks(1000).for_each(|chunk| collected.push(chunk));
        let printed = collected.finish();
        assert!(printed.bytes == all && printed.left_out.is_none());
        assert!(shelf.spilled.lock().unwrap().is_empty());
    }

    #[test]
    fn text_stays_text_where_it_is_cut() {
        for shift in 0..4 {
            let mut collected = Shelf::default().collected();
            let all = format!("{}{}", "x".repeat(shift), "🚢".repeat(KEPT));
            collected.push(all.as_bytes());
            let printed = collected.finish();
            let text = std::str::from_utf8(&printed.bytes).unwrap();
            let left_out = printed.left_out.unwrap();
            assert_eq!(text.len() as u64 + left_out.bytes, all.len() as u64, "{shift}");
            let (head, tail) = text.split_at(left_out.at as usize);
            assert!(all.starts_with(head) && all.ends_with(tail), "{shift}");
        }
    }

    #[test]
    fn lines_are_told_whole_and_long_ones_by_their_start() {
        let shelf = Shelf::default();
        let mut collected = shelf.collected();
        ["a", "b\r\n", "\n", "c\nd"].iter().for_each(|part| collected.push(part.as_bytes()));
        collected.push(&b"e".repeat(3 * LONGEST_LINE));
        collected.push(b"\nf\ng");
        collected.finish();
        let mut lines = shelf.lines.lock().unwrap().clone();
        let long = lines.remove(3);
        assert!(long.starts_with("dee") && long.len() == LONGEST_LINE);
        assert_eq!(lines, ["ab", "", "c", "f", "g"]);
    }
}
