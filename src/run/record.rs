//! Outcomes as they are stored, and as a line shows them.

use bytes::Bytes;

use crate::event::{Recorded, RecordedOutcome};
use crate::value::Outcome;

/// An outcome in the form that a journal keeps.
pub(super) fn recorded(outcome: &Outcome) -> RecordedOutcome {
    match outcome {
        Outcome::Command(outcome) => RecordedOutcome::Command {
            stdout: recorded_bytes(&outcome.stdout),
            stderr: recorded_bytes(&outcome.stderr),
            exit: outcome.exit,
            seconds: outcome.seconds,
        },
        Outcome::Http(outcome) => RecordedOutcome::Http {
            status: outcome.status,
            headers: outcome.headers.clone(),
            body: recorded_bytes(&outcome.body),
            seconds: outcome.seconds,
        },
        Outcome::Done { value, seconds } => RecordedOutcome::Done { value: value.clone(), seconds: *seconds },
    }
}

fn recorded_bytes(bytes: &Bytes) -> Recorded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Recorded::Text(text.to_owned()),
        Err(_) => Recorded::Base64(base64(bytes)),
    }
}

/// `exit 0 in 1.2s`, `200 in 0.1s`, `done in 3.0s`
pub(super) fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Command(outcome) => format!("exit {} in {:.1}s", outcome.exit, outcome.seconds),
        Outcome::Http(outcome) => format!("{} in {:.1}s", outcome.status, outcome.seconds),
        Outcome::Done { seconds, .. } => format!("done in {seconds:.1}s"),
    }
}

/// Bytes in base64, with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            match digit <= chunk.len() {
                true => text.push(DIGITS[(three >> (18 - 6 * digit)) as usize & 63].into()),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_the_one_everybody_knows() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (bytes, text) in pairs {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd]), "//79");
    }
}
