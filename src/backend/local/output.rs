//! Output as it comes: lines for the screen, head and tail for the record.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::backend::OutputSink;
use crate::ids::StepKey;

/// How much of the start and of the end of a stream is kept.
const KEPT: usize = 8 * 1024 * 1024;
/// A line longer than this is shown in parts.
const LONGEST_LINE: usize = 16 * 1024;

/// What one stream gave.
#[derive(Debug, Default)]
pub(super) struct Collected {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    pub(super) dropped: u64,
}

impl Collected {
    fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend_from_slice(first);
        let rest_kept = &rest[rest.len().saturating_sub(KEPT)..];
        let over = (self.tail.len() + rest_kept.len()).saturating_sub(KEPT);
        self.tail.drain(..over);
        self.tail.extend(rest_kept);
        self.dropped += (over + rest.len() - rest_kept.len()) as u64;
    }

    pub(super) fn take(&mut self) -> Bytes {
        let mut all = std::mem::take(&mut self.head);
        all.extend(std::mem::take(&mut self.tail));
        all.into()
    }
}

/// Reads a stream to its end into `collected`, telling its lines.
pub(super) async fn collect(
    mut stream: impl AsyncRead + Unpin,
    collected: &mut Collected,
    output: &OutputSink,
    key: &StepKey,
) {
    let (mut buffer, mut line) = (vec![0; 16 * 1024], Vec::new());
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                collected.push(&buffer[..count]);
                tell(&buffer[..count], &mut line, output, key);
                // A stream that never pauses would keep the clock from being looked at.
                tokio::task::yield_now().await;
            }
        }
    }
    if !line.is_empty() {
        output(key, &String::from_utf8_lossy(&line));
    }
}

fn tell(bytes: &[u8], line: &mut Vec<u8>, output: &OutputSink, key: &StepKey) {
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        line.extend_from_slice(part);
        if part.ends_with(b"\n") || line.len() > LONGEST_LINE {
            let text = String::from_utf8_lossy(line);
            output(key, text.trim_end_matches(['\n', '\r']));
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_are_kept() {
        let mut collected = Collected::default();
        for byte in [b'a', b'b', b'c', b'd'] {
            collected.push(&vec![byte; KEPT]);
        }
        collected.push(b"end");
        assert_eq!(collected.dropped, 2 * KEPT as u64 + 3);
        let all = collected.take();
        assert_eq!(all.len(), 2 * KEPT);
        assert!(all.starts_with(b"aaa") && all.ends_with(b"ddend"));
    }
}
