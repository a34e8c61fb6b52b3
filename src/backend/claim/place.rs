//! Where a claim stands under the base, and what tells one command from another.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};

use crate::backend::{Claim, Command};
use crate::value::Shell;

/// How much of a name is kept for people.
const READABLE: usize = 60;

/// `RUN/STEP`: for people first, and with an id of all that makes the claim.
pub(super) fn folder(claim: &Claim) -> String {
    let attempt = claim.attempt.to_string();
    let id = digest(&[&claim.run.0, &claim.step.0, &attempt]);
    format!("{}/{}-{id}", run_folder(&claim.run.0), readable(&claim.step.0))
}

fn run_folder(run: &str) -> String {
    match readable(run) {
        same if same == run => same,
        other => format!("{other}-{}", digest(&[run])),
    }
}

/// A part of a path for whatever text, never a hidden one.
fn readable(text: &str) -> String {
    let tame = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let text: String = text.chars().take(READABLE).map(tame).collect();
    match text.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if text.is_empty() => "_".to_owned(),
        None => text,
    }
}

/// The command as it was asked for. Its secrets are not in it: they come on stdin.
pub(super) fn what(command: &Command, shell: Shell) -> String {
    let shell = if shell == Shell::Bash { "bash" } else { "sh" };
    digest(&[shell, if command.script { "script" } else { "line" }, &command.text])
}

fn digest(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let bytes = context.finish();
    bytes.as_ref()[..12].iter().fold(String::new(), |mut text, byte| {
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RunId, StepKey};

    fn claim(run: &str, step: &str, attempt: u32) -> Claim {
        Claim { run: RunId(run.into()), step: StepKey(step.into()), attempt, fence: 1 }
    }

    #[test]
    fn a_claim_is_one_folder_whatever_its_name() {
        let folder_of = |run, step, attempt| folder(&claim(run, step, attempt));
        let plain = folder_of("web-1", "stage:2/0", 1);
        assert!(plain.starts_with("web-1/stage_2_0-"), "{plain}");
        assert_eq!(plain, folder(&Claim { fence: 7, ..claim("web-1", "stage:2/0", 1) }));
        let long = "x".repeat(500);
        let names = [
            plain,
            folder_of("web-1", "stage:2/0", 2),
            folder_of("web-1", "stage_2_0", 1),
            folder_of("web:1", "stage:2/0", 1),
            folder_of("..", "..", 1),
            folder_of("", "", 1),
            folder_of("../../etc", "a'b\n$(c)", 1),
            folder_of(&long, &long, 1),
        ];
        for (at, name) in names.iter().enumerate() {
            assert!(
                name.len() < 250
                    && !name.split('/').any(|part| part.starts_with('.'))
                    && name.matches('/').count() == 1,
                "{name}"
            );
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)), "{name}");
            assert!(!names[..at].contains(name), "{name}");
        }
    }
}
