//! A command carried out on a host: a channel for it, its text and input, its end.

mod channel;
mod end;
mod input;
mod marks;
mod posix;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use self::channel::{Finish, Running, Streams};
use self::end::{End, Ender};
use self::input::Feed;
use self::marks::Marks;
use self::posix::Way;
pub(super) use self::posix::quoted;
pub(super) use self::wire::Wire;
use super::Ssh;
use super::connect::Connection;
use super::place::Place;
use super::refusal::Refusal;
use super::session::{Ready, open};
use super::windows;
use crate::backend::capture::Capture;
use crate::backend::claim::{self, Listener};
use crate::backend::marks::Nonce;
use crate::backend::{Command, Cut, Reply, Request};
use crate::value::{CommandOutcome, Outcome, Shell};

/// How often a command finds its connection gone before it could be sent.
const STALE: u32 = 3;

/// A command on its way.
struct Errand<'e> {
    ssh: &'e Ssh,
    request: &'e Request,
    command: &'e Command,
    began: Instant,
    limit: Instant,
    cancel: &'e CancellationToken,
}

/// What is to be sent, and what is heard of it.
struct Prepared {
    wire: Wire,
    marks: Option<Marks>,
    claim: Option<Listener>,
}

/// Carries a command out.
pub(super) async fn run(
    ssh: &Ssh,
    request: &Request,
    command: &Command,
    cancel: &CancellationToken,
) -> Reply {
    let began = Instant::now();
    let errand = Errand { ssh, request, command, began, limit: began + request.within, cancel };
    for _ in 1..STALE {
        if let Some(reply) = errand.attempt().await {
            return reply;
        }
    }
    let lost =
        || Reply::NotSent { why: "the host closes each connection before a command can be sent".to_owned() };
    errand.attempt().await.unwrap_or_else(lost)
}

impl Errand<'_> {
    /// Nothing: the connection was lost before the command was sent.
    async fn attempt(&self) -> Option<Reply> {
        let connection = match self.in_time(self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(refusal)) => return Some(refusal.into_reply()),
            Err(reply) => return Some(reply),
        };
        let (channel, _turn) = match self.in_time(open(&connection)).await {
            Ok(Ready::Channel(channel, turn)) => (channel, turn),
            Ok(Ready::Refused(refusal)) => return Some(refusal.into_reply()),
            Ok(Ready::Stale) => return None,
            Err(reply) => return Some(reply),
        };
        let Prepared { wire, marks, claim } = match self.prepare(&connection) {
            Ok(prepared) => prepared,
            Err(why) => return Some(Reply::Refused { why }),
        };
        if self.request.is_late(self.began.elapsed()) {
            return Some(Reply::Late);
        }
        // What is queued for a connection that is gone was not sent.
        channel.exec(true, wire.text).await.ok()?;
        let feed = Feed::new(wire.stdin, self.command.stdin.as_ref(), wire.end);
        let capture = Capture::new(&self.ssh.output, &self.request.key);
        let streams = Streams { marks, claim, capture };
        Some(self.attend(&connection, Running::new(channel), streams, feed).await)
    }

    async fn connect(&self) -> Result<Arc<Connection>, Refusal> {
        self.ssh.pool.for_request(&self.ssh.connector, self.request).await
    }

    /// What comes before the command is sent, within its time.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Reply> {
        tokio::select! {
            done = timeout_at(self.limit, work) => done.map_err(|_| Reply::NotSent {
                why: format!("no answer from {} in time", self.request.target.address),
            }),
            () = self.cancel.cancelled() => Err(Reply::Ended { why: Cut::Cancelled }),
        }
    }

    fn prepare(&self, connection: &Connection) -> Result<Prepared, String> {
        let shell = self.request.target.shell;
        if on_windows(shell) {
            let wire = windows::wire(shell, self.command);
            return Ok(Prepared { wire, marks: None, claim: None });
        }
        let nonce = Nonce::new().ok_or("the system has no random numbers to give")?;
        let login_shell = connection.login_shell.get().map(String::as_str);
        let sudo = self.request.credentials.sudo.as_ref().filter(|_| uses_sudo(self.command));
        let way = Way { shell, login_shell, nonce: &nonce, sudo };
        let wire = match &self.request.claim {
            Some(claim) => posix::claimed(self.command, &way, claim, self.left())?,
            None => posix::wire(self.command, &way)?,
        };
        let claim = self.request.claim.as_ref().map(|_| Listener::new(&nonce));
        Ok(Prepared { wire, marks: Some(Marks::new(nonce.as_str())), claim })
    }

    /// Its time that is left.
    fn left(&self) -> Duration {
        self.limit.saturating_duration_since(Instant::now())
    }

    /// When it is to be ended from here.
    fn end_by(&self, streams: &Streams) -> Instant {
        match streams.claim {
            Some(_) => Instant::now() + claim::limit(self.left()),
            None => self.limit,
        }
    }

    async fn attend(
        &self,
        connection: &Connection,
        mut running: Running,
        mut streams: Streams,
        feed: Feed,
    ) -> Reply {
        let end_by = self.end_by(&streams);
        let finish = running.finish(&mut streams, feed, end_by, self.cancel).await;
        if let Some(shell) = &running.heard().login_shell {
            let _told_before = connection.login_shell.set(shell.clone());
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let finish = match told(&mut streams, finish) {
            Ok(finish) => finish,
            Err(reply) => {
                running.close().await;
                return reply;
            }
        };
        match finish {
            Finish::Exit(exit) => {
                running.close().await;
                let outcome = streams.capture.outcome(exit, seconds);
                Reply::Answered(Outcome::Command(self.plainly(outcome)))
            }
            Finish::Cut(why) => match self.end(connection, &mut running, &mut streams).await {
                End::Seen => Reply::Ended { why },
                End::Unseen(detail) => Reply::Unknown { why, detail },
            },
            Finish::Refused => {
                Reply::Refused { why: "the host carries out no commands for this user".to_owned() }
            }
            Finish::Lost => Reply::Unknown { why: Cut::ConnectionLost, detail: lost(connection) },
        }
    }

    /// What PowerShell writes for other PowerShells, as people mean it.
    fn plainly(&self, outcome: CommandOutcome) -> CommandOutcome {
        if !on_windows(self.request.target.shell) {
            return outcome;
        }
        let exit = windows::exit_code(&outcome.stderr, outcome.exit);
        CommandOutcome { exit, stderr: windows::plain_stderr(outcome.stderr), ..outcome }
    }

    async fn end(&self, connection: &Connection, running: &mut Running, streams: &mut Streams) -> End {
        if on_windows(self.request.target.shell) {
            running.close().await;
            return End::Unseen(
                "a command on Windows can't be ended from here: it may still be running".to_owned(),
            );
        }
        running.await_group(streams).await;
        if streams.claim.is_some() && running.heard().group.is_none() {
            running.close().await;
            return End::Unseen("it is not known whether it has begun there".to_owned());
        }
        let (credentials, uses_sudo) = (&self.request.credentials, uses_sudo(self.command));
        Ender { connection, credentials, uses_sudo }.end(running, self.another()).await
    }

    /// A connection besides the one that all share.
    async fn another(&self) -> Option<Connection> {
        let place = Place::of(&self.request.target, self.request.terms.lane);
        self.ssh.connector.open(&self.ssh.pool, &place, &self.request.credentials).await.ok()
    }
}

/// What a command under a claim came to, which its channel does not know: the exit code is that of the shell
/// that looked after the claim.
fn told(streams: &mut Streams, finish: Finish) -> Result<Finish, Reply> {
    let Some(claim) = &mut streams.claim else { return Ok(finish) };
    match (claim.end.take(), finish) {
        (Some(end), _) => end.into_reply().map(Finish::Exit),
        (None, Finish::Exit(code)) => Err(Listener::silent(&format!(
            "the shell that was to carry it out there ended with {code}, and did not say what became of it"
        ))),
        (None, other) => Ok(other),
    }
}

/// A line for sh, as the host's log-in shell must be given it.
pub(super) fn text_for(line: &str, connection: &Connection) -> Option<String> {
    let (nonce, command) = (Nonce::new()?, Command { text: line.to_owned(), ..Command::default() });
    let login_shell = connection.login_shell.get().map(String::as_str);
    let way = Way { shell: Shell::Sh, login_shell, nonce: &nonce, sudo: None };
    posix::wire(&command, &way).ok().map(|wire| wire.text)
}

fn on_windows(shell: Shell) -> bool {
    matches!(shell, Shell::PowerShell | Shell::Pwsh | Shell::Cmd)
}

fn uses_sudo(command: &Command) -> bool {
    command.text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "sudo")
}

fn lost(connection: &Connection) -> String {
    match connection.is_closed() {
        true => connection.lost(),
        false => "the host ended the command's channel, and did not say how the command ended".to_owned(),
    }
}
