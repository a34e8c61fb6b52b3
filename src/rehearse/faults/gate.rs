//! One runner's way to the town, on which faults strike.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, Either, pending, select};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::kind::{Kind, LATE_BY};
use super::life::Life;
use super::record::Record;
use super::steady::Steady;
use super::town::{Counted, Town};
use crate::backend::{Backend, Cut, Operation, Reply, Request};
use crate::run::StopSignal;
use crate::value::{BackendKind, CommandOutcome, Effect, HttpOutcome, Outcome};
use crate::world::LATENCY;

/// Carries requests into the town while its runner lives.
pub(super) struct Gate {
    pub town: Arc<Town>,
    pub record: Arc<Record>,
    pub life: Arc<Life>,
    pub stop: StopSignal,
    /// Learns what looks ask, where not all of them are to be made.
    pub steady: Option<Arc<Steady>>,
}

impl Backend for Gate {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        Box::pin(self.pass(request, cancel))
    }
}

impl Gate {
    async fn pass(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        if self.life.is_dead() {
            return pending().await;
        }
        let Counted { index, strikes } = self.town.send(&self.life, request, self.record.lengths());
        if let Some(steady) = &self.steady {
            steady.asks(request);
        }
        let reply = match strikes {
            Some(kind) => self.struck(kind, request, index, cancel).await,
            None if self.town.takes_next() => self.killed_before_answer(request, index).await,
            None if self.town.is_cut_off(request) => cut_off(),
            None => self.plainly(request, index, cancel).await,
        };
        let (_, durable) = self.record.lengths();
        self.town.note(index, |sent| sent.durable_after = durable);
        reply
    }

    async fn struck(&self, kind: Kind, request: &Request, index: usize, cancel: &CancellationToken) -> Reply {
        match kind {
            Kind::Refused => Reply::Refused { why: "permission denied".to_owned() },
            Kind::Unreachable => {
                self.town.cut_off(request);
                cut_off()
            }
            Kind::Lost => self.cut(request, LATENCY, Cut::ConnectionLost, cancel).await,
            Kind::LostAfter => {
                self.let_go(request, index, Duration::ZERO);
                self.cut(request, LATENCY, Cut::ConnectionLost, cancel).await
            }
            Kind::Hung => self.cut(request, request.within, Cut::TimedOut, cancel).await,
            Kind::NoAnswer => {
                self.let_go(request, index, Duration::ZERO);
                self.cut(request, request.within, Cut::TimedOut, cancel).await
            }
            Kind::Late => {
                self.let_go(request, index, request.within + LATE_BY);
                self.cut(request, request.within, Cut::TimedOut, cancel).await
            }
            Kind::Failed => failed(request),
            Kind::Garbage => garbled(self.carried(request, index, cancel).await),
            Kind::Flipped => {
                self.town.flip(&request.key);
                Reply::Late
            }
            Kind::KilledBeforeSending => self.die().await,
            Kind::KilledBeforeAnswer => self.killed_before_answer(request, index).await,
            Kind::KilledBeforeRecord => {
                self.carried(request, index, cancel).await;
                self.die().await
            }
            Kind::KilledInResume => {
                self.town.kill_next();
                self.killed_before_answer(request, index).await
            }
            Kind::Stopped => {
                self.stop.stop("Ctrl-C");
                self.carried(request, index, cancel).await
            }
            Kind::StoppedTwice => {
                self.let_go(request, index, Duration::ZERO);
                self.stop.stop("Ctrl-C");
                self.stop.stop("Ctrl-C");
                self.cut(request, request.within, Cut::TimedOut, cancel).await
            }
            Kind::LeaseLost
            | Kind::KilledBeforeIntent
            | Kind::Declined
            | Kind::Expired
            | Kind::AnsweredLate => self.carried(request, index, cancel).await,
        }
    }

    async fn die(&self) -> Reply {
        self.life.kill();
        pending().await
    }

    async fn killed_before_answer(&self, request: &Request, index: usize) -> Reply {
        self.let_go(request, index, Duration::ZERO);
        self.die().await
    }

    /// Nothing comes between: what looks are told by that can be foreseen.
    async fn plainly(&self, request: &Request, index: usize, cancel: &CancellationToken) -> Reply {
        let reply = self.carried(request, index, cancel).await;
        if let Some(steady) = &self.steady {
            steady.answered(request, &reply);
        }
        reply
    }

    /// Sent and answered. A `once` goes on there when its runner is gone.
    async fn carried(&self, request: &Request, index: usize, cancel: &CancellationToken) -> Reply {
        let reply = match request.effect {
            Effect::Check | Effect::Run => {
                deliver(&self.town, self.steady.as_deref(), request, index, cancel).await
            }
            Effect::Once => {
                let answer = self.let_go(request, index, Duration::ZERO);
                let cancelled = std::pin::pin!(cancel.cancelled());
                match select(answer, cancelled).await {
                    Either::Left((reply, _)) => reply.unwrap_or_else(|_| ended(request, Cut::Cancelled)),
                    Either::Right(_) => ended(request, Cut::Cancelled),
                }
            }
        };
        if self.town.is_flipped(&request.key) { opposite(reply) } else { reply }
    }

    /// It goes its way, whatever becomes of who sent it.
    fn let_go(&self, request: &Request, index: usize, after: Duration) -> oneshot::Receiver<Reply> {
        let (town, steady, request) = (Arc::clone(&self.town), self.steady.clone(), request.clone());
        let (tell, told) = oneshot::channel();
        town.set_out();
        let going = async move {
            if !after.is_zero() {
                town.clock.sleep(after).await;
            }
            let reply = deliver(&town, steady.as_deref(), &request, index, &CancellationToken::new()).await;
            town.arrived();
            // Nobody may wait for it any more.
            let _ = tell.send(reply);
        };
        drop(tokio::spawn(going));
        told
    }

    /// Nobody answers; after `wait` that is known.
    async fn cut(&self, request: &Request, wait: Duration, why: Cut, cancel: &CancellationToken) -> Reply {
        let cancelled = std::pin::pin!(cancel.cancelled());
        match select(cancelled, self.town.clock.sleep(wait.min(request.within))).await {
            Either::Left(_) => ended(request, Cut::Cancelled),
            Either::Right(_) => ended(request, why),
        }
    }
}

/// It takes effect in the world, which is noted, and is answered.
async fn deliver(
    town: &Town,
    steady: Option<&Steady>,
    request: &Request,
    index: usize,
    cancel: &CancellationToken,
) -> Reply {
    // What falls due by itself is not what the request changes.
    town.world.catch_up();
    let (effects, before) = (town.world.effects(), town.world.moves());
    let mut performing = town.world.perform(request, cancel);
    let first = futures::poll!(&mut performing);
    let (took_effect, moves) = (town.world.effects() > effects, town.world.moves());
    let changed = moves.changes - before.changes;
    town.note(index, |sent| (sent.took_effect, sent.changed) = (took_effect, changed > 0));
    if request.effect == Effect::Check {
        town.marked_by_look(changed);
    }
    if let Some(steady) = steady.filter(|_| moves != before) {
        steady.moved();
    }
    let reply = match first {
        std::task::Poll::Ready(reply) => reply,
        std::task::Poll::Pending => performing.await,
    };
    town.note(index, |sent| sent.reply = Some(reply.clone()));
    reply
}

fn cut_off() -> Reply {
    Reply::NotSent { why: "no route to host".to_owned() }
}

fn ended(request: &Request, why: Cut) -> Reply {
    match request.target.backend {
        BackendKind::Local => Reply::Ended { why },
        BackendKind::Ssh | BackendKind::Http | BackendKind::Plugin(_) => {
            Reply::Unknown { why, detail: "no answer came".to_owned() }
        }
    }
}

/// It says that it failed, and did nothing.
fn failed(request: &Request) -> Reply {
    match &request.operation {
        Operation::Command(_) => {
            let stderr = Bytes::from_static(b"cannot allocate memory\n");
            Reply::Answered(Outcome::Command(CommandOutcome { stderr, exit: 1, ..CommandOutcome::default() }))
        }
        Operation::Http(_) => {
            let body = Bytes::from_static(b"internal server error");
            Reply::Answered(Outcome::Http(HttpOutcome { status: 500, body, ..HttpOutcome::default() }))
        }
        Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => {
            Reply::Refused { why: "it failed there".to_owned() }
        }
    }
}

/// What comes back in the place of an answer: bytes that are no text, an error page with status 200.
fn garbled(reply: Reply) -> Reply {
    match reply {
        Reply::Answered(Outcome::Command(outcome)) => {
            let stdout = Bytes::from_static(b"\x00\xff\xfe\x1b[2J?? garbage {{ }}\n");
            Reply::Answered(Outcome::Command(CommandOutcome { stdout, ..outcome }))
        }
        Reply::Answered(Outcome::Http(outcome)) => {
            let body = Bytes::from_static(b"<html>\xff\xfe<title>It works!</title></html>");
            Reply::Answered(Outcome::Http(HttpOutcome { body, ..outcome }))
        }
        other => other,
    }
}

/// What a probe would say if what it asks were the other way round: true for false, a failure for none.
fn opposite(reply: Reply) -> Reply {
    match reply {
        Reply::Answered(Outcome::Command(outcome)) => {
            Reply::Answered(Outcome::Command(opposite_command(outcome)))
        }
        Reply::Answered(Outcome::Http(outcome)) => Reply::Answered(Outcome::Http(opposite_http(outcome))),
        other => other,
    }
}

fn opposite_command(outcome: CommandOutcome) -> CommandOutcome {
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let turned = turned(&text);
    if turned == text {
        let exit = i64::from(outcome.exit == 0);
        return CommandOutcome { exit, ..outcome };
    }
    CommandOutcome { stdout: turned.into(), ..outcome }
}

fn opposite_http(outcome: HttpOutcome) -> HttpOutcome {
    let text = String::from_utf8_lossy(&outcome.body).into_owned();
    let turned = turned(&text);
    if turned == text {
        let status = if outcome.status < 400 { 500 } else { 200 };
        return HttpOutcome { status, ..outcome };
    }
    HttpOutcome { body: turned.into(), ..outcome }
}

/// Every truth value in a text the other way round, in the spelling that it has.
fn turned(text: &str) -> String {
    const PAIRS: [(&str, &str); 6] = [
        ("true", "false"),
        ("True", "False"),
        ("TRUE", "FALSE"),
        ("false", "true"),
        ("False", "True"),
        ("FALSE", "TRUE"),
    ];
    let mut turned = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((from, to)) = PAIRS.iter().find(|(from, _)| rest.starts_with(from)) {
            turned.push_str(to);
            rest = &rest[from.len()..];
        } else {
            let next = rest.chars().next().map_or(rest.len(), char::len_utf8);
            turned.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_flips_says_the_opposite() {
        assert_eq!(turned("True"), "False");
        assert_eq!(turned("{\"a\": false, \"b\": true}"), "{\"a\": true, \"b\": false}");
        let ok = CommandOutcome { stdout: "active".into(), ..CommandOutcome::default() };
        assert_eq!(opposite_command(ok).exit, 1);
    }
}
