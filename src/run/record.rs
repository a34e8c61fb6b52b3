//! Outcomes as they are stored, and as a line shows them.

use bytes::Bytes;

use crate::event::{Recorded, RecordedOutcome};
use crate::value::{LeftOut, Outcome};

use super::Secrets;

/// An outcome in the form that a journal keeps, without secrets: what is base64 can't be searched later.
pub(super) fn recorded(outcome: &Outcome, secrets: &Secrets) -> RecordedOutcome {
    match outcome {
        Outcome::Command(outcome) => {
            let (stdout, stdout_left_out) = cut(&outcome.stdout, outcome.stdout_left_out.as_deref(), secrets);
            let (stderr, stderr_left_out) = cut(&outcome.stderr, outcome.stderr_left_out.as_deref(), secrets);
            let (exit, seconds) = (outcome.exit, outcome.seconds);
            RecordedOutcome::Command { stdout, stderr, exit, seconds, stdout_left_out, stderr_left_out }
        }
        Outcome::Http(outcome) => RecordedOutcome::Http {
            status: outcome.status,
            headers: outcome.headers.clone(),
            body: recorded_bytes(&secrets.hide_bytes(&outcome.body)),
            seconds: outcome.seconds,
        },
        Outcome::Done { value, seconds } => RecordedOutcome::Done { value: value.clone(), seconds: *seconds },
    }
}

/// A stream, and where its middle is missing in what is recorded.
fn cut(bytes: &Bytes, left_out: Option<&LeftOut>, secrets: &Secrets) -> (Recorded, Option<LeftOut>) {
    let Some(left_out) = left_out else { return (recorded_bytes(&secrets.hide_bytes(bytes)), None) };
    let (hidden, at) = secrets.hide_around(bytes, usize::try_from(left_out.at).unwrap_or(usize::MAX));
    (recorded_bytes(&hidden), Some(LeftOut { at: at as u64, ..left_out.clone() }))
}

fn recorded_bytes(bytes: &[u8]) -> Recorded {
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
