//! Whether an answer is the one that was asked for.

use crate::value::{CommandOutcome, HttpOutcome, Outcome};

use super::Secrets;

/// The exit codes and statuses that a request takes.
#[derive(Debug, Default)]
pub(super) struct Accept {
    /// Nothing: 0.
    pub exits: Option<Vec<i64>>,
    /// Nothing: 200 to 299.
    pub statuses: Option<Vec<i64>>,
}

/// What was refused in an answer, for a message.
pub(super) struct Refused {
    /// `exited with 1`, `answered 503`
    pub what: String,
    /// `only exit 0 is accepted`
    pub wanted: String,
    pub values: Vec<(String, String)>,
}

/// How many characters of output a message shows, its end.
const SHOWN: usize = 600;

impl Accept {
    /// Nothing when the answer is taken.
    pub fn refuse(&self, outcome: &Outcome, secrets: &Secrets) -> Option<Refused> {
        match outcome {
            Outcome::Command(outcome) => self.refuse_command(outcome, secrets),
            Outcome::Http(outcome) => self.refuse_http(outcome, secrets),
            Outcome::Done { .. } => None,
        }
    }

    fn refuse_command(&self, outcome: &CommandOutcome, secrets: &Secrets) -> Option<Refused> {
        let exits = self.exits.as_deref().unwrap_or(&[0]);
        if exits.contains(&outcome.exit) {
            return None;
        }
        let what = match outcome.exit {
            signal @ 129..=192 => format!("exited with {signal}: ended by signal {}", signal - 128),
            exit => format!("exited with {exit}"),
        };
        let outputs = [("stderr", &outcome.stderr), ("stdout", &outcome.stdout)];
        let mut values = tails(&outputs, secrets);
        let left_out =
            outcome.left_out().map(|(stream, left)| (format!("all of {stream}"), left.to_string()));
        values.extend(left_out);
        Some(Refused { what, wanted: format!("only exit {} is accepted", or_list(exits)), values })
    }

    fn refuse_http(&self, outcome: &HttpOutcome, secrets: &Secrets) -> Option<Refused> {
        let status = i64::from(outcome.status);
        let taken = match &self.statuses {
            Some(statuses) => statuses.contains(&status),
            None => (200..300).contains(&status),
        };
        if taken {
            return None;
        }
        let wanted = match &self.statuses {
            Some(statuses) => format!("only status {} is accepted", or_list(statuses)),
            None => "only a status from 200 to 299 is accepted".to_owned(),
        };
        let values = tails(&[("body", &outcome.body)], secrets);
        Some(Refused { what: format!("was answered with {status}"), wanted, values })
    }
}

fn or_list(codes: &[i64]) -> String {
    codes.iter().map(i64::to_string).collect::<Vec<_>>().join(" or ")
}

fn tails(outputs: &[(&str, &bytes::Bytes)], secrets: &Secrets) -> Vec<(String, String)> {
    let shown = outputs.iter().map(|(name, bytes)| ((*name).to_owned(), tail(bytes, secrets)));
    shown.filter(|(_, text)| !text.is_empty()).collect()
}

/// The last lines of an output, `…` before them where something is left out. Secrets go before it is
/// cut: half of one would not be found any more.
fn tail(bytes: &[u8], secrets: &Secrets) -> String {
    let end = &bytes[bytes.len().saturating_sub(8 * SHOWN)..];
    let text = String::from_utf8_lossy(&secrets.hide_bytes(end)).trim().to_owned();
    match text.char_indices().rev().nth(SHOWN) {
        Some((at, _)) => format!("…{}", &text[at..]),
        None => text,
    }
}
