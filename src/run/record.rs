//! Outcomes as they are stored, and as a line shows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::event::{Recorded, RecordedOutcome};
use crate::value::{CommandOutcome, HttpOutcome, LeftOut, Outcome};

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

/// An outcome as it was recorded.
pub(super) fn read_back(recorded: &RecordedOutcome) -> Outcome {
    match recorded.clone() {
        RecordedOutcome::Command { stdout, stderr, exit, seconds, stdout_left_out, stderr_left_out } => {
            Outcome::Command(CommandOutcome {
                stdout: bytes_of(stdout),
                stderr: bytes_of(stderr),
                exit,
                seconds,
                stdout_left_out: stdout_left_out.map(Box::new),
                stderr_left_out: stderr_left_out.map(Box::new),
            })
        }
        RecordedOutcome::Http { status, headers, body, seconds } => {
            Outcome::Http(HttpOutcome { status, headers, body: bytes_of(body), seconds })
        }
        RecordedOutcome::Done { value, seconds } => Outcome::Done { value, seconds },
    }
}

/// Base64 that can't be read was not written by rutter; the chain of the record says so before.
fn bytes_of(recorded: Recorded) -> Bytes {
    match recorded {
        Recorded::Text(text) => text.into(),
        Recorded::Base64(text) => STANDARD.decode(text).unwrap_or_default().into(),
    }
}

/// Whether a secret is left out of what is recorded of an outcome.
pub(super) fn hides(outcome: &Outcome, secrets: &Secrets) -> bool {
    let bytes = |bytes: &Bytes| *secrets.hide_bytes(bytes) != **bytes;
    let text = |text: &str| matches!(secrets.hide(text), std::borrow::Cow::Owned(_));
    match outcome {
        Outcome::Command(outcome) => bytes(&outcome.stdout) || bytes(&outcome.stderr),
        Outcome::Http(outcome) => bytes(&outcome.body) || outcome.headers.values().any(|value| text(value)),
        Outcome::Done { value, .. } => text(&value.to_string()),
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
        Err(_) => Recorded::Base64(STANDARD.encode(bytes)),
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
