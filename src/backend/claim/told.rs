//! What the script tells of a command in marks on stderr.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::backend::marks::{Mark, Marks, Nonce};
use crate::backend::{Cut, Reply};

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The process group that is to be signalled if the command is to end.
    Group(u32),
    End(End),
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) enum End {
    Exited(i64),
    /// The host's own deadline struck; `left`: not everything is gone.
    Cut {
        left: bool,
    },
    /// It had begun, and nobody will ever say how it ended.
    Lost(String),
    /// A newer runner was there.
    Fenced,
    /// There is no place for a claim, so nothing was begun.
    Unfit,
    /// The input broke off before anything was begun.
    Short,
}

impl Mark for Told {
    fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let end = match word {
            "group" => return rest.parse().ok().filter(|group| *group > 1).map(Told::Group),
            "exited" => End::Exited(rest.parse().ok()?),
            "cut" => End::Cut { left: rest == "left" },
            "lost" => End::Lost(lost(rest)),
            "fenced" => End::Fenced,
            "unfit" => End::Unfit,
            "short" => End::Short,
            _ => return None,
        };
        Some(Told::End(end))
    }

    fn is_last(&self) -> bool {
        matches!(self, Told::End(_))
    }
}

fn lost(told: &str) -> String {
    let words: Vec<&str> = told.split_whitespace().collect();
    match words[..] {
        ["dead", pid, group] => format!(
            "its supervisor there (process {pid}) was killed; what it had started is still running (process group {group})"
        ),
        ["dead", pid] => {
            format!("its supervisor there (process {pid}) was killed before the command's end was recorded")
        }
        ["boot", pid] => format!(
            "the host was started again since it began (as process {pid}), and its end was not recorded"
        ),
        ["host", host] => format!("it was begun on the host `{host}`, which is not the one that answers now"),
        ["other"] => "another command was sent there under the same name of run and step".to_owned(),
        ["cleared"] => "it ended long ago, and what it printed was cleared away since".to_owned(),
        _ => "what was recorded of its end can't be read".to_owned(),
    }
}

impl End {
    /// The reply, for all but an end with an exit code.
    pub fn into_reply(self) -> Result<i64, Reply> {
        let what = "it is carried out under a claim there, and";
        Err(match self {
            End::Exited(code) => return Ok(code),
            End::Cut { left: false } => Reply::Ended { why: Cut::TimedOut },
            End::Cut { left: true } => Reply::Unknown {
                why: Cut::TimedOut,
                detail: "something that it started is still running there".to_owned(),
            },
            End::Lost(detail) => Reply::Unknown { why: Cut::ConnectionLost, detail },
            End::Fenced => Reply::Fenced { why: "the target has seen a newer runner of this run".to_owned() },
            End::Unfit => Reply::Refused {
                why: format!(
                    "{what} there is no safe place for one: neither `~/.local/state/rutter/claims` nor \
                     `/var/tmp/rutter-UID/claims` can be used"
                ),
            },
            End::Short => Reply::NotSent { why: "its input did not arrive whole".to_owned() },
        })
    }
}

/// The command's process group, as soon as it is told and wherever it is looked for.
#[derive(Clone, Debug, Default)]
pub(in crate::backend) struct Group(Arc<AtomicU32>);

impl Group {
    pub fn get(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|group| *group > 0)
    }
}

/// Hears the marks in stderr.
pub(in crate::backend) struct Listener {
    marks: Marks<Told>,
    pub group: Group,
    pub end: Option<End>,
}

impl Listener {
    pub fn new(nonce: &Nonce) -> Self {
        Self { marks: Marks::new(format!("{}: ", nonce.as_str())), group: Group::default(), end: None }
    }

    /// Takes what came, and gives what the command itself printed.
    pub fn sift(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (plain, told) = self.marks.sift(bytes);
        for told in told {
            match told {
                Told::Group(group) => self.group.0.store(group, Ordering::Relaxed),
                Told::End(end) => self.end = Some(end),
            }
        }
        plain
    }

    /// What was held back at the end of the stream.
    pub fn rest(&mut self) -> Vec<u8> {
        self.marks.rest()
    }

    /// What is known when the script ended without a word about the command.
    pub fn silent(detail: &str) -> Reply {
        Reply::Unknown { why: Cut::ConnectionLost, detail: detail.to_owned() }
    }
}
