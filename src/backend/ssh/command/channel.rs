//! A command on a channel: input out, output in, until it ends or is cut short.

use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::input::Feed;
use super::marks::{Mark, Marks};
use crate::backend::Cut;
use crate::backend::capture::Capture;
use crate::backend::claim::Listener;

/// How long output is read after the command has ended, when another still holds it open.
const LINGER: Duration = Duration::from_secs(1);
/// RFC 4254, 5.2: the one kind of extended data there is.
const STDERR: u32 = 1;

/// A command that was sent.
pub(super) struct Running {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    heard: Heard,
}

/// What the host told of a command.
#[derive(Default)]
pub(super) struct Heard {
    /// Its process group there.
    pub group: Option<u32>,
    /// The user's log-in shell, as a path.
    pub login_shell: Option<String>,
    pub exit: Option<i64>,
}

/// How it went, as far as the channel tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It ended by itself.
    Exit(i64),
    /// Its time is over, or the run is stopped; it goes on there.
    Cut(Cut),
    /// The host does not carry out commands.
    Refused,
    /// The channel ended, and nobody said how the command did.
    Lost,
}

/// What goes in and out while it runs.
pub(super) struct Streams {
    pub marks: Option<Marks>,
    /// What is told of a command under a claim.
    pub claim: Option<Listener>,
    pub capture: Capture,
}

impl Running {
    pub fn new(channel: Channel<Msg>) -> Self {
        let (read, write) = channel.split();
        Self { read, write, heard: Heard::default() }
    }

    pub fn heard(&self) -> &Heard {
        &self.heard
    }

    /// Feeds and reads until the end, the limit, or the stop.
    pub async fn finish(
        &mut self,
        streams: &mut Streams,
        feed: Feed,
        limit: Instant,
        cancel: &CancellationToken,
    ) -> Finish {
        let Self { read, write, heard } = self;
        let feed = feed.run(write);
        tokio::pin!(feed);
        let (mut fed, mut until) = (false, limit);
        let finish = loop {
            tokio::select! {
                message = read.wait() => match heard.take(message, streams) {
                    Next::More => {}
                    Next::Exited => until = limit.min(Instant::now() + LINGER),
                    Next::Refused => break Finish::Refused,
                    Next::Over => break Finish::Lost,
                },
                () = &mut feed, if !fed => fed = true,
                () = sleep_until(until) => break Finish::Cut(Cut::TimedOut),
                () = cancel.cancelled() => break Finish::Cut(Cut::Cancelled),
            }
        };
        streams.flush();
        match (heard.exit, finish) {
            (Some(exit), _) => Finish::Exit(exit),
            (None, finish) => finish,
        }
    }

    /// Reads on for a moment until the command's process group is known: a command may be ended as
    /// soon as it has begun.
    pub async fn await_group(&mut self, streams: &mut Streams) {
        let told = async {
            while self.heard.group.is_none() {
                match self.heard.take(self.read.wait().await, streams) {
                    Next::More => {}
                    Next::Exited | Next::Refused | Next::Over => return,
                }
            }
        };
        let _may_stay_unknown = timeout(LINGER, told).await;
    }

    /// Reads on, and keeps nothing, until the channel is over.
    pub async fn drain(&mut self) {
        while let Some(message) = self.read.wait().await {
            self.heard.exit = exit_of(&message).or(self.heard.exit);
            if matches!(message, ChannelMsg::Close) {
                return;
            }
        }
    }

    pub async fn signal(&self, signal: Sig) {
        let _closed = self.write.signal(signal).await;
    }

    pub async fn close(&self) {
        let _closed = self.write.close().await;
    }
}

/// What a message means for the command.
enum Next {
    More,
    Exited,
    Refused,
    Over,
}

impl Heard {
    fn take(&mut self, message: Option<ChannelMsg>, streams: &mut Streams) -> Next {
        let Some(message) = message else { return Next::Over };
        if let Some(exit) = exit_of(&message) {
            self.exit = Some(exit);
            return Next::Exited;
        }
        match message {
            ChannelMsg::Data { data } => streams.capture.stdout.push(&data),
            ChannelMsg::ExtendedData { data, ext: STDERR } => {
                for Mark { group, login_shell } in streams.stderr(&data) {
                    self.group = Some(group);
                    self.login_shell = Some(login_shell);
                }
                // The group that began is only the one that looks after the claim.
                self.group = streams.claim.as_ref().map_or(self.group, |claim| claim.group.get());
            }
            ChannelMsg::Failure => return Next::Refused,
            ChannelMsg::Close => return Next::Over,
            _ => {}
        }
        Next::More
    }
}

impl Streams {
    fn stderr(&mut self, data: &[u8]) -> Vec<Mark> {
        let Some(marks) = &mut self.marks else {
            self.capture.stderr.push(data);
            return Vec::new();
        };
        let (plain, found) = marks.sift(data);
        self.keep(&plain);
        found
    }

    fn keep(&mut self, plain: &[u8]) {
        match &mut self.claim {
            Some(claim) => self.capture.stderr.push(&claim.sift(plain)),
            None => self.capture.stderr.push(plain),
        }
    }

    fn flush(&mut self) {
        if let Some(marks) = &mut self.marks {
            let rest = marks.rest();
            self.keep(&rest);
        }
        if let Some(claim) = &mut self.claim {
            self.capture.stderr.push(&claim.rest());
        }
    }
}

fn exit_of(message: &ChannelMsg) -> Option<i64> {
    match message {
        ChannelMsg::ExitStatus { exit_status } => Some(i64::from(*exit_status)),
        ChannelMsg::ExitSignal { signal_name, .. } => Some(128 + number(signal_name)),
        _ => None,
    }
}

/// The signals that RFC 4254, 6.10 names, as Linux numbers them.
fn number(signal: &Sig) -> i64 {
    match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ILL => 4,
        Sig::ABRT => 6,
        Sig::FPE => 8,
        Sig::KILL => 9,
        Sig::USR1 => 10,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        Sig::ALRM => 14,
        Sig::TERM => 15,
        Sig::Custom(_) => 0,
    }
}
