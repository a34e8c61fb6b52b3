//! A command here under a claim: it outlives rutter, and a later rutter finds what became of it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::launch::{in_claim, strictly};
use super::process::{GRACE, LINGER, plainly};
use crate::backend::capture::Capture;
use crate::backend::claim::{self, End, Group, Listener, Order, SPARE};
use crate::backend::marks::Nonce;
use crate::backend::output::Collected;
use crate::backend::{Claim, Command, Cut, Outputs, Reply, Request};
use crate::value::Outcome;

/// How much is read at a time.
const READ: usize = 16 * 1024;
/// How often it is looked for the command's group.
const LOOK: Duration = Duration::from_millis(20);

/// Carries a command out under `claim`, or finds what became of it.
pub(super) async fn run(
    output: &Outputs,
    request: &Request,
    command: &Command,
    claim: &Claim,
    cancel: &CancellationToken,
) -> Reply {
    if cancel.is_cancelled() {
        return Reply::Ended { why: Cut::Cancelled };
    }
    let began = Instant::now();
    let mut client = match Client::start(request, command, claim) {
        Ok(client) => client,
        Err(reply) => return *reply,
    };
    let mut capture = Capture::new(output, &request.key);
    let cut = client.attend(&mut capture, began + claim::limit(request.within), cancel).await;
    let silent = || Err(Listener::silent("the shell that was to carry it out did not say what became of it"));
    let reply = match cut {
        Some(why) => Err(client.cut(why)),
        None => client.listener.end.take().map_or_else(silent, End::into_reply),
    };
    let seconds = began.elapsed().as_secs_f64();
    reply.map_or_else(|reply| reply, |exit| Reply::Answered(Outcome::Command(capture.outcome(exit, seconds))))
}

/// The shell that looks after the claim; the command itself is not its child, and goes on when it is gone.
struct Client {
    child: Child,
    listener: Listener,
    /// The command's input, and behind it what says that it is whole.
    input: String,
}

impl Client {
    fn start(request: &Request, command: &Command, claim: &Claim) -> Result<Self, Box<Reply>> {
        let refused = |why: String| Box::new(Reply::Refused { why });
        let no_numbers = || refused("the system has no random numbers to give".to_owned());
        let nonce = Nonce::new().ok_or_else(no_numbers)?;
        let (input, fed) = (command.stdin.as_ref(), command.stdin.is_some());
        if input.is_some_and(|input| input.reveal().contains('\0')) {
            return Err(refused("its input holds a NUL byte, which can't be kept for a `once`".to_owned()));
        }
        let (shell, seconds) = (request.target.shell, claim::seconds(request.within));
        let text = &strictly(request, command);
        let order = Order { claim, command, text, shell, seconds, nonce: &nonce, fed, spare: SPARE };
        let script = order.script().map_err(|error| refused(error.why))?;
        let input = input.map(|input| input.reveal().to_owned() + &order.end_of_input()).unwrap_or_default();
        let child = in_claim(request, command, &script).spawn();
        let not_started =
            |error| Reply::NotSent { why: format!("`sh` can't be started: {}", plainly(&error)) };
        Ok(Self { child: child.map_err(not_started)?, listener: Listener::new(&nonce), input })
    }

    /// Reads until the end, the limit, or the stop, which ends the command.
    async fn attend(
        &mut self,
        capture: &mut Capture,
        limit: Instant,
        cancel: &CancellationToken,
    ) -> Option<Cut> {
        let Self { child, listener, input } = self;
        let group = listener.group.clone();
        let feed = feed(child.stdin.take(), input);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (out, err) = (read(out, &mut capture.stdout), hear(err, &mut capture.stderr, listener));
        let pipes = async { futures::join!(out, err, feed) };
        tokio::pin!(pipes);
        let why = tokio::select! {
            _ = &mut pipes => None,
            () = sleep_until(limit) => Some(Cut::TimedOut),
            () = cancel.cancelled() => Some(Cut::Cancelled),
        };
        if why.is_some() {
            stop(&group, pipes).await;
        }
        let _seen = timeout(LINGER, child.wait()).await;
        why
    }

    /// What is known of a command that was to end.
    fn cut(&mut self, why: Cut) -> Reply {
        let unknown = |detail: &str| Reply::Unknown { why, detail: detail.to_owned() };
        match (self.listener.end.take(), self.listener.group.get()) {
            (Some(End::Exited(_)), _) => Reply::Ended { why },
            (Some(other), _) => other.into_reply().err().unwrap_or(Reply::Ended { why }),
            (None, None) => unknown("it is not known whether it has begun"),
            (None, Some(_)) => unknown("its end was not seen"),
        }
    }
}

/// Tells the command's group to end, and makes it, until the shell that looks after it has seen it.
async fn stop(group: &Group, seen: impl Future) {
    tokio::pin!(seen);
    // It may be told of only now: a command may be ended as soon as it has begun.
    let told = async {
        while group.get().is_none() {
            sleep(LOOK).await;
        }
    };
    tokio::select! {
        _ = timeout(LINGER, told) => {}
        _ = &mut seen => return,
    }
    for signal in [libc::SIGTERM, libc::SIGKILL] {
        signal_to(group, signal);
        if timeout(GRACE, &mut seen).await.is_ok() {
            return;
        }
    }
}

#[expect(unsafe_code, reason = "a process group can be signalled in no other way")]
fn signal_to(group: &Group, signal: i32) {
    if let Some(group) = group.get().and_then(|group| i32::try_from(group).ok()) {
        // SAFETY: `kill` takes two numbers and touches no memory. The group was told of while its supervisor
        // was alive and had not recorded its end.
        unsafe { libc::kill(-group, signal) };
    }
}

/// Writes the input while the output is read. It need not all be read.
async fn feed(stdin: Option<ChildStdin>, input: &str) {
    if let Some(mut stdin) = stdin {
        let _unread = stdin.write_all(input.as_bytes()).await;
    }
}

async fn read(pipe: Option<ChildStdout>, stdout: &mut Collected) {
    if let Some(pipe) = pipe {
        stdout.read(pipe).await;
    }
}

async fn hear(pipe: Option<ChildStderr>, stderr: &mut Collected, listener: &mut Listener) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; READ];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        stderr.push(&listener.sift(&buffer[..count]));
        // A stream that never pauses would keep the clock from being looked at.
        tokio::task::yield_now().await;
    }
    stderr.push(&listener.rest());
}
