//! The person at the terminal: asked for approvals, and for what is done by hand.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::time::Duration;

use futures::future::BoxFuture;

use super::canvas::{Canvas, Room};
use crate::event::Actor;
use crate::report::harmless;
use crate::run::{ApprovalAsk, Decision, ManualAsk, Operator};

/// Asks at `/dev/tty`; where there is none, nobody is there to ask.
#[derive(Debug)]
pub struct Terminal {
    canvas: Option<Canvas>,
    user: Actor,
}

/// What a line that was typed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unclear,
}

impl Terminal {
    /// Questions take the place of the live frame, if there is one.
    pub fn new(canvas: Option<Canvas>) -> Self {
        let user = Actor { name: user(), from: "at the terminal".to_owned() };
        Self { canvas, user }
    }

    /// Asks until the answer is clear; the end of the input is no answer.
    async fn ask(&self, question: &str, prompt: &str) -> io::Result<Option<Answer>> {
        let mut tty = Tty::open()?;
        let _room: Option<Room> = self.canvas.as_ref().map(Canvas::make_room);
        tty.write(&format!("{}\n", harmless(question)))?;
        loop {
            tty.write(prompt)?;
            let Some(line) = tty.line().await? else { return Ok(None) };
            match meant(&line) {
                Answer::Unclear => {}
                clear => return Ok(Some(clear)),
            }
        }
    }

    async fn decide(&self, question: String, prompt: &str) -> Decision {
        let by = self.user.clone();
        match self.ask(&question, prompt).await {
            Ok(Some(Answer::Yes)) => Decision::Yes { by, reason: None },
            Ok(Some(Answer::No)) => Decision::No { by, reason: None },
            Ok(Some(Answer::Unclear) | None) | Err(_) => Decision::Nobody,
        }
    }
}

impl Operator for Terminal {
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        let plan = ask.plan.get(..12).unwrap_or(&ask.plan);
        let given = match ask.needed {
            0 | 1 => String::new(),
            needed => format!(", {} of {needed} given", ask.given.len()),
        };
        let question = format!("? {}\n  run {}, plan {plan}{given}", ask.text, ask.run);
        Box::pin(self.decide(question, "  Approve? [yes/no] "))
    }

    fn manual<'a>(&'a self, ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        let question = format!("? To be done by hand: {}", ask.text);
        Box::pin(self.decide(question, "  Done? [yes/no] "))
    }
}

fn meant(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        "n" | "no" => Answer::No,
        _ => Answer::Unclear,
    }
}

/// Who is written down as having said yes.
fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named
        .chain(std::iter::once_with(asked_for).flatten())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "the person at the terminal".to_owned())
}

/// Where the environment does not say it, the system knows.
fn asked_for() -> Option<String> {
    let output = Command::new("id").arg("-un").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The terminal of this process, whatever its standard streams are.
///
/// It is looked at from time to time, and not waited on by a thread, so that a question can be
/// taken back.
struct Tty {
    file: File,
    pending: Vec<u8>,
}

/// Shorter than a person notices.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

impl Tty {
    fn open() -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/tty")?;
        Ok(Self { file, pending: Vec::new() })
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// The next line that is typed; nothing at the end of the input.
    async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            let mut buffer = [0; 1024];
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => self.pending.extend(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::time::sleep(LOOK_AGAIN).await
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_is_an_answer() {
        assert_eq!(meant(" Yes\n"), Answer::Yes);
        assert_eq!(meant("n"), Answer::No);
        assert_eq!(meant(""), Answer::Unclear);
        assert_eq!(meant("yolo"), Answer::Unclear);
    }
}
