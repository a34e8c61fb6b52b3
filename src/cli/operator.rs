//! The people that a run asks: at the terminal, from elsewhere by `rutter approve`, or beforehand.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};

use super::canvas::{Canvas, Room};
use super::kept::typed;
use super::mailbox::{Mailbox, Question};
use super::veil;
use super::who;
use crate::event::Actor;
use crate::report::{harmless, harmless_line};
use crate::run::{ApprovalAsk, Decision, ManualAsk, Operator};

/// All who may answer; whoever does so first is heard.
pub struct People {
    /// The texts of approvals that were given with the command line.
    beforehand: Vec<String>,
    mailbox: Arc<Mailbox>,
    terminal: Terminal,
}

impl People {
    /// Those at the terminal, and those who leave their word in the store.
    pub fn new(beforehand: Vec<String>, mailbox: Arc<Mailbox>, terminal: Terminal) -> Self {
        Self { beforehand, mailbox, terminal }
    }

    fn said_beforehand(&self, ask: &ApprovalAsk) -> Option<Decision> {
        let by = who::actor(None, "by --approve");
        let again = ask.given.iter().any(|given| given.name == by.name);
        let named = !again && self.beforehand.contains(&ask.text);
        named.then_some(Decision::Yes { by, reason: None })
    }

    async fn first(&self, question: Question<'_>, here: impl Future<Output = Decision>) -> Decision {
        if let Some(decision) = self.mailbox.answer(question) {
            return decision;
        }
        let elsewhere = self.mailbox.answered(question);
        futures::pin_mut!(elsewhere, here);
        match select(elsewhere, here).await {
            Either::Left((decision, _)) => decision,
            // Said at the last moment, it still counts.
            Either::Right((Decision::Nobody, _)) => self.mailbox.answer(question).unwrap_or(Decision::Nobody),
            Either::Right((decision, _)) => decision,
        }
    }
}

impl Operator for People {
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            if let Some(decision) = self.said_beforehand(ask) {
                return decision;
            }
            let ApprovalAsk { key, plan, within, given, .. } = ask;
            self.first(Question { key, plan, within: *within, given }, self.terminal.approve(ask)).await
        })
    }

    fn manual<'a>(&'a self, ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        let question = Question { key: &ask.key, plan: &ask.plan, within: None, given: &[] };
        Box::pin(self.first(question, self.terminal.manual(ask)))
    }
}

/// Asks at `/dev/tty`; where there is none, nobody is there to ask.
#[derive(Debug)]
pub struct Terminal {
    canvas: Option<Canvas>,
    user: Actor,
    /// ` --store FILE`, where a line that is to be typed needs it.
    option: String,
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
    pub fn new(canvas: Option<Canvas>, option: String) -> Self {
        Self { canvas, user: who::actor(None, "at the terminal"), option }
    }

    /// Asks until the answer is clear; the end of the input is no answer.
    async fn ask(&self, question: &str, prompt: &str) -> io::Result<Option<Answer>> {
        let mut tty = Tty::open()?;
        let _room: Option<Room> = self.canvas.as_ref().map(Canvas::make_room);
        tty.write(&format!("{}\n", harmless(&veil::over(question))))?;
        loop {
            tty.prompt(prompt)?;
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

    async fn approve(&self, ask: &ApprovalAsk) -> Decision {
        let question = match &ask.again {
            None => self.question(ask),
            Some(by) => self.somebody_else(ask, by),
        };
        self.decide(question, "  Approve? [yes/no] ").await
    }

    fn question(&self, ask: &ApprovalAsk) -> String {
        let plan = ask.plan.get(..12).unwrap_or(&ask.plan);
        let names: Vec<_> = ask.given.iter().map(|by| harmless_line(&by.name)).collect();
        let given = match (ask.needed, names.as_slice()) {
            (0 | 1, _) => String::new(),
            (needed, []) => format!(", {needed} people are needed"),
            (needed, names) => format!(", {} of {needed} given: {}", names.len(), names.join(", ")),
        };
        format!("? {}\n  run {}, plan {plan}{given}", ask.text, ask.run)
    }

    fn somebody_else(&self, ask: &ApprovalAsk, by: &Actor) -> String {
        let line = format!("rutter approve {}{}", typed(&ask.run.0), self.option);
        format!(
            "  {} has approved it already: somebody else must, here or by `{line}`",
            harmless_line(&by.name)
        )
    }

    async fn manual(&self, ask: &ManualAsk) -> Decision {
        let question = format!("? To be done by hand: {}\n  run {}", ask.text, ask.run);
        self.decide(question, "  Done? [yes/no] ").await
    }
}

fn meant(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        "n" | "no" => Answer::No,
        _ => Answer::Unclear,
    }
}

/// The terminal of this process, whatever its standard streams are.
///
/// It is looked at from time to time, and not waited on by a thread, so that a question can be
/// taken back.
struct Tty {
    file: File,
    pending: Vec<u8>,
    /// A prompt stands there, and nothing was typed yet.
    prompted: bool,
}

/// Shorter than a person notices.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

impl Tty {
    fn open() -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/tty")?;
        Ok(Self { file, pending: Vec::new(), prompted: false })
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    fn prompt(&mut self, text: &str) -> io::Result<()> {
        self.prompted = true;
        self.write(text)
    }

    /// The next line that is typed; nothing at the end of the input.
    async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                self.prompted = false;
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

/// A question that is taken back leaves its prompt on a line of its own.
impl Drop for Tty {
    fn drop(&mut self) {
        if self.prompted {
            let _ = self.write("\n");
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
