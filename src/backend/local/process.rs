//! One process from its start to its end.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::launch::launches;
use crate::backend::capture::Capture;
use crate::backend::{Command, Cut, Outputs, Reply, Request, Sensitive};
use crate::value::Outcome;

/// How long a process that was told to end may take to tidy up.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How long output is read after the process has ended, when another still holds the pipe.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// Runs a command to its end, to its limit, or until the run is stopped.
pub(super) async fn run(
    output: &Outputs,
    request: &Request,
    command: &Command,
    cancel: &CancellationToken,
) -> Reply {
    if cancel.is_cancelled() {
        return Reply::Ended { why: Cut::Cancelled };
    }
    let began = Instant::now();
    let child = match start(request, command) {
        Ok(child) => child,
        Err(reply) => return *reply,
    };
    let mut group = Group::of(child);
    let mut capture = Capture::new(output, &request.key);
    let ended = {
        let (out, err) = (group.child.stdout.take(), group.child.stderr.take());
        let feed = feed(group.child.stdin.take(), command.stdin.as_ref());
        let read = async {
            let out = async {
                if let Some(out) = out {
                    capture.stdout.read(out).await
                }
            };
            let err = async {
                if let Some(err) = err {
                    capture.stderr.read(err).await
                }
            };
            futures::join!(out, err);
        };
        group.end(feed, read, began + request.within, cancel).await
    };
    let seconds = began.elapsed().as_secs_f64();
    match ended {
        Ended::Exit(exit) => Reply::Answered(Outcome::Command(capture.outcome(exit, seconds))),
        Ended::Cut { why, all: true } => Reply::Ended { why },
        Ended::Cut { why, all: false } => {
            Reply::Unknown { why, detail: "a process that it started is still running".to_owned() }
        }
        Ended::Lost(detail) => Reply::Unknown { why: Cut::ConnectionLost, detail },
    }
}

fn start(request: &Request, command: &Command) -> Result<Child, Box<Reply>> {
    let mut why = None;
    for mut launch in launches(request, command) {
        launch.process.kill_on_drop(true);
        match launch.process.spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                why = Some(format!("`{}` is not installed here", launch.program));
            }
            Err(error) => why = Some(format!("`{}` can't be started: {}", launch.program, plainly(&error))),
        }
    }
    Err(Box::new(Reply::NotSent { why: why.unwrap_or_default() }))
}

/// What the system says, without its number.
pub(in crate::backend) fn plainly(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Writes the input while the output is read. A process need not read it all.
async fn feed(stdin: Option<tokio::process::ChildStdin>, text: Option<&Sensitive>) {
    if let (Some(mut stdin), Some(text)) = (stdin, text) {
        let _unread = stdin.write_all(text.reveal().as_bytes()).await;
    }
}

/// How a process came to its end.
enum Ended {
    Exit(i64),
    /// By us; `all`: nothing that it started holds its output any more.
    Cut {
        why: Cut,
        all: bool,
    },
    /// The system did not say.
    Lost(String),
}

/// A process and those it starts. Dropped before its end was seen, it is killed.
struct Group {
    child: Child,
    /// Its number, as long as its end was not seen.
    id: Option<i32>,
}

impl Group {
    fn of(child: Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { child, id }
    }

    async fn end(
        &mut self,
        feed: impl Future<Output = ()>,
        read: impl Future<Output = ()>,
        limit: Instant,
        cancel: &CancellationToken,
    ) -> Ended {
        let pipes = async { futures::join!(read, feed) };
        tokio::pin!(pipes);
        let mut read_all = false;
        let (why, said) = loop {
            tokio::select! {
                said = self.child.wait() => break (None, Some(said)),
                _ = &mut pipes, if !read_all => read_all = true,
                () = tokio::time::sleep_until(limit) => break (Some(Cut::TimedOut), None),
                () = cancel.cancelled() => break (Some(Cut::Cancelled), None),
            }
        };
        match (why, said) {
            (_, Some(Ok(status))) => {
                let left = limit.saturating_duration_since(Instant::now()).min(LINGER);
                if !read_all {
                    let _held_open = timeout(left, &mut pipes).await;
                }
                self.id = None;
                Ended::Exit(exit_code(status))
            }
            (_, Some(Err(error))) => Ended::Lost(format!("its end was not seen: {}", plainly(&error))),
            (why, None) => {
                let why = why.unwrap_or(Cut::TimedOut);
                let all = self.stop(async { read_all || timeout(LINGER, pipes).await.is_ok() }).await;
                Ended::Cut { why, all }
            }
        }
    }

    /// Tells the group to end, and makes it. Whether nothing holds its output any more.
    async fn stop(&mut self, drained: impl Future<Output = bool>) -> bool {
        self.signal(Signal::End);
        let ended = timeout(GRACE, self.child.wait()).await;
        // What its members did not do by themselves, also those that outlive the first of them.
        self.signal(Signal::Kill);
        if ended.is_err() {
            let _seen = timeout(GRACE, self.child.wait()).await;
        }
        self.id = None;
        drained.await
    }

    #[cfg(unix)]
    #[expect(unsafe_code, reason = "a process group can be signalled in no other way")]
    fn signal(&self, signal: Signal) {
        let number = match signal {
            Signal::End => libc::SIGTERM,
            Signal::Kill => libc::SIGKILL,
        };
        if let Some(id) = self.id {
            // SAFETY: `kill` takes two numbers and touches no memory. The group is ours: its first
            // process was started by us, and its number is forgotten soon after its end was seen.
            unsafe { libc::kill(-id, number) };
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _signal: Signal) {
        let _already_ended = self.child.start_kill();
    }
}

#[derive(Clone, Copy)]
enum Signal {
    End,
    Kill,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

#[cfg(unix)]
fn exit_code(status: std::process::ExitStatus) -> i64 {
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).map_or(-1, i64::from)
}

#[cfg(not(unix))]
fn exit_code(status: std::process::ExitStatus) -> i64 {
    status.code().map_or(-1, i64::from)
}
