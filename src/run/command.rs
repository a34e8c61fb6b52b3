//! A request: guards asked, intent on record, sent, judged, outcome on record.

use std::time::Duration;

use crate::backend::{Cut, Reply, Request, Terms};
use crate::clock;
use crate::event::{EventKind, FailureKind, StepResult};
use crate::syntax::ast;
use crate::value::{Effect, Outcome, Target, format_duration};

use super::context::Context;
use super::dispatcher::Flush;
use super::doubt;
use super::fault::Fault;
use super::guard::{Asked, FRESH};
use super::recall::{Recalled, recall};
use super::record::{hides, recorded, summary};
use super::request::{Prepared, Use, prepare};
use super::seeded;
use super::throttle::{self, TurnedAway, turned_away};

/// How often a request that reached nobody is sent.
const SENDS: u32 = 3;
/// How long the first pause before sending again is; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// How long `retry N times` waits between its tries.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Of a request that was turned away to the end.
const NO_TIME: &str =
    "it was not carried out, and there was no time left to send it again: give it more with `within`";
/// A backend ends a request in time by itself; after this much longer it is not believed any more.
const GRACE: Duration = Duration::from_secs(15);

/// Why a request has no accepted outcome, and what came back if something did.
struct Miss {
    fault: Fault,
    outcome: Option<Box<Outcome>>,
    /// It may be sent again, as far as its effect goes.
    again: Again,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    /// It was answered, or its end was seen; sent again it is another sending.
    Afresh,
    /// Nobody knows what became of it; sent again it is the same sending.
    Same,
}

/// Carries out a request, and gives its outcome.
pub(super) async fn request<'r>(
    context: &Context<'r>,
    asked: &'r ast::Request,
    used: Use,
) -> Result<Outcome, Fault> {
    context.check_halt(asked.span)?;
    context.engine.dispatcher.check(asked.span)?;
    let mut prepared = prepare(context, asked, used)?;
    let context = context.inside(on_target(&prepared.request.target), Some(asked.target.span));
    let done = match recall(&context, &prepared)? {
        Recalled::Ended(ended) => return seen(&context, &prepared, ended),
        Recalled::Nothing | Recalled::Begun | Recalled::Doubt(_) if context.engine.survey.is_some() => {
            return futures::future::pending().await;
        }
        Recalled::Doubt(doubt) => doubt::settle(&context, &prepared, doubt).await.map_err(Miss::last),
        recalled @ (Recalled::Nothing | Recalled::Begun) => {
            prepared.begun = matches!(recalled, Recalled::Begun);
            clear(&context, &mut prepared).await?;
            carry_out(&context, &mut prepared).await?
        }
    };
    let ended = finish(&context, &prepared, done).await;
    seen(&context, &prepared, ended)
}

/// Nothing is sent before its intent is on record.
async fn carry_out<'r>(
    context: &Context<'r>,
    prepared: &mut Prepared<'r>,
) -> Result<Result<Outcome, Miss>, Fault> {
    if seeded::intends_late() {
        let done = tries(context, prepared).await;
        return intend(context, prepared).await.map(|()| done);
    }
    intend(context, prepared).await?;
    Ok(tries(context, prepared).await)
}

fn seen(
    context: &Context<'_>,
    prepared: &Prepared<'_>,
    ended: Result<Outcome, Fault>,
) -> Result<Outcome, Fault> {
    ended.inspect(|outcome| context.see_outcome(&prepared.shown, outcome))
}

/// Asks the guards; then it may still be that no step is to begin any more.
async fn clear(context: &Context<'_>, prepared: &mut Prepared<'_>) -> Result<(), Fault> {
    prepared.cleared = context.engine.guards.ask(context, &Asked::of(prepared)).await?;
    context.check_halt(prepared.span)
}

impl Miss {
    /// Nothing came back, and it is not sent again.
    fn last(fault: Fault) -> Self {
        Self { fault, outcome: None, again: Again::Never }
    }
}

fn on_target(target: &Target) -> String {
    if target.address.is_empty() {
        return format!("on {}", target.name);
    }
    format!("on {} ({})", target.name, target.address)
}

/// What only looks needs no disk of its own: a later record that must be there carries it along.
fn intent_flush(effect: Effect) -> Flush {
    match effect {
        Effect::Check => Flush::Lazy,
        Effect::Run | Effect::Once => Flush::Durable,
    }
}

/// What may be repeated is sent again when its outcome is lost in a crash; and the next intent,
/// without which nothing follows, carries the outcome to the disk. `once` has no such way back.
fn outcome_flush(effect: Effect) -> Flush {
    match effect {
        Effect::Check | Effect::Run => Flush::Lazy,
        Effect::Once => Flush::Durable,
    }
}

async fn intend(context: &Context<'_>, prepared: &Prepared<'_>) -> Result<(), Fault> {
    let Request { effect, target, within, .. } = &prepared.request;
    let intended = EventKind::StepIntended {
        key: context.key.clone(),
        effect: *effect,
        target: target.name.clone(),
        request: prepared.shown.clone(),
        span: prepared.span,
        within: *within,
        attempt: context.attempt(),
        details: prepared.details.clone(),
    };
    context.engine.dispatcher.record(intended, intent_flush(*effect), prepared.span).await
}

async fn finish(
    context: &Context<'_>,
    prepared: &Prepared<'_>,
    done: Result<Outcome, Miss>,
) -> Result<Outcome, Fault> {
    let secrets = &context.engine.secrets;
    let result = match &done {
        Ok(outcome) => StepResult::Ok {
            outcome: recorded(outcome, secrets),
            summary: summary(outcome),
            hidden: hides(outcome, secrets),
        },
        Err(miss) => StepResult::Failed {
            failure: miss.fault.failure.clone(),
            outcome: miss.outcome.as_deref().map(|outcome| recorded(outcome, secrets)),
        },
    };
    let finished = EventKind::StepFinished { key: context.key.clone(), result };
    let flush = outcome_flush(prepared.request.effect);
    context.engine.dispatcher.record(finished, flush, prepared.span).await?;
    done.map_err(|miss| miss.fault)
}

/// Sends until it is accepted, or `retry N times` is used up.
async fn tries<'r>(context: &Context<'r>, prepared: &mut Prepared<'r>) -> Result<Outcome, Miss> {
    let mut tried = 1;
    loop {
        let miss = match send(context, prepared).await {
            Ok(outcome) => return Ok(outcome),
            Err(miss) => miss,
        };
        if tried >= prepared.tries || miss.again == Again::Never {
            return Err(miss);
        }
        let (reason, pause) = (miss.fault.failure.title.clone(), pause_after(&miss));
        context.emit(EventKind::RetryFailed {
            key: context.key.clone(),
            tries: tried,
            of: prepared.tries,
            reason,
        });
        if let Err(fault) = ready_again(context, prepared, pause).await {
            return Err(Miss {
                fault: fault.because(vec![miss.fault]),
                outcome: miss.outcome,
                again: Again::Never,
            });
        }
        tried += 1;
        if miss.again == Again::Afresh {
            prepared.request.key = context.key.child(format!("try:{tried}"));
        }
    }
}

/// As long as the other side asks for in `Retry-After`, up to a minute.
fn pause_after(miss: &Miss) -> Duration {
    let asked = match miss.outcome.as_deref() {
        Some(Outcome::Http(outcome)) => outcome.headers.get("retry-after").and_then(|text| text.parse().ok()),
        Some(Outcome::Command(_) | Outcome::Done { .. }) | None => None,
    };
    asked.map_or(RETRY_PAUSE, |seconds: u64| Duration::from_secs(seconds.clamp(1, 60)))
}

/// Waits, and asks the guards again: what they said before the pause may not hold any more, nor need the run be in
/// this process's hands.
async fn ready_again(
    context: &Context<'_>,
    prepared: &mut Prepared<'_>,
    pause: Duration,
) -> Result<(), Fault> {
    context.sleep_until(context.now() + pause, prepared.span).await?;
    if prepared.request.effect != Effect::Check {
        context.engine.dispatcher.confirm(prepared.span)?;
    }
    clear(context, prepared).await
}

/// Sends once; what reached nobody is sent again while its time lasts.
async fn send<'r>(context: &Context<'r>, prepared: &mut Prepared<'r>) -> Result<Outcome, Miss> {
    let over = context.now() + prepared.request.within;
    let (mut pause, mut sends, mut refusals) = (FIRST_PAUSE, 0, 0);
    // What was begun is not known to be unsent because it can't be asked for now.
    let mut begun = prepared.begun.then(|| "it was begun before, and could not be asked for".to_owned());
    loop {
        sends += 1;
        let why = match perform(context, prepared, over).await {
            Reply::NotSent { why } => why,
            // What had to be waited for is there now: the guards are asked once more.
            Reply::Late => {
                sends -= 1;
                pause = Duration::ZERO;
                "nothing could be sent while what its guards had said was fresh".to_owned()
            }
            Reply::Refused { why } | Reply::Untrusted { why } | Reply::Fenced { why } if begun.is_some() => {
                return unknown(context, prepared, Cut::ConnectionLost, &why).await;
            }
            Reply::Refused { why } => return Err(refused(context, prepared, &why)),
            Reply::Untrusted { why } => return Err(untrusted(context, prepared, &why)),
            Reply::Fenced { why } => return Err(fenced(context, prepared, &why)),
            Reply::Answered(outcome) => {
                prepared.diverted.check(context, prepared).await.map_err(Miss::last)?;
                match turned_away(context, prepared, &outcome, refusals) {
                    Some(turned) if context.now() + turned.wait < over => {
                        wait_its_turn(context, prepared, &turned).await?;
                        (sends, refusals) = (0, refusals + 1);
                        continue;
                    }
                    _ => return judge(context, prepared, outcome),
                }
            }
            Reply::Ended { why } => return Err(ended(context, prepared, why)),
            // Under a claim it is asked for once more, and not sent twice.
            Reply::Unknown { why: Cut::ConnectionLost, detail }
                if prepared.request.claim.is_some() && may_ask(context, sends, pause, over) =>
            {
                begun = Some(detail.clone());
                detail
            }
            Reply::Unknown { why, detail } => return unknown(context, prepared, why, &detail).await,
        };
        let ready = match may_ask(context, sends, pause, over) {
            true => ready_again(context, prepared, pause).await.map_err(Miss::last),
            false => Err(unreachable(context, prepared, &why, sends)),
        };
        match (ready, &begun) {
            (Ok(()), _) => {}
            (Err(_), Some(detail)) => return unknown(context, prepared, Cut::ConnectionLost, detail).await,
            (Err(miss), None) => return Err(miss),
        }
        pause = (2 * pause).max(FIRST_PAUSE);
    }
}

/// It was not carried out, and is sent again when the other side says so: that is another sending on record.
async fn wait_its_turn<'r>(
    context: &Context<'r>,
    prepared: &mut Prepared<'r>,
    turned: &TurnedAway,
) -> Result<(), Miss> {
    throttle::record(context, prepared, turned).await.map_err(Miss::last)?;
    ready_again(context, prepared, turned.wait).await.map_err(Miss::last)?;
    match prepared.request.effect {
        Effect::Once => intend(context, prepared).await.map_err(Miss::last),
        Effect::Check | Effect::Run => Ok(()),
    }
}

fn may_ask(context: &Context<'_>, sends: u32, pause: Duration, over: Duration) -> bool {
    sends < SENDS && context.now() + pause < over
}

/// Sends it, unless its time is over by now, or what its guards said is too old.
async fn perform(context: &Context<'_>, prepared: &Prepared<'_>, over: Duration) -> Reply {
    let left = over.saturating_sub(context.now());
    let age = prepared.cleared.map(|cleared| context.now().saturating_sub(cleared));
    if left.is_zero() {
        return Reply::NotSent { why: "its time is over".to_owned() };
    }
    if age.is_some_and(|age| age > FRESH) {
        return Reply::Late;
    }
    let fresh_for = age.map(|age| FRESH.saturating_sub(age));
    let terms = Terms { fresh_for, ..prepared.request.terms.clone() };
    let request = Request { within: left, terms, ..prepared.request.clone() };
    let performed = context.engine.backend.perform(&request, context.cancel());
    let performed = clock::within(&*context.engine.clock, left + GRACE, performed).await;
    performed.unwrap_or_else(|| Reply::Unknown {
        why: Cut::TimedOut,
        detail: "what carries requests there did not come back".to_owned(),
    })
}

fn judge(context: &Context<'_>, prepared: &Prepared<'_>, outcome: Outcome) -> Result<Outcome, Miss> {
    let Some(refused) = prepared.accept.refuse(&outcome, &context.engine.secrets) else {
        return Ok(outcome);
    };
    let title = format!("`{}` {}", brief(&prepared.shown), refused.what);
    let fault = context.failed(title, prepared.span, refused.wanted).values(refused.values);
    let fault = match &outcome {
        Outcome::Http(answer) if throttle::is_proof(answer) => fault.help(NO_TIME),
        _ => fault,
    };
    Err(Miss { fault, outcome: Some(Box::new(outcome)), again: unless_once(prepared, Again::Afresh) })
}

/// `once` is never sent again after it reached the other side.
fn unless_once(prepared: &Prepared<'_>, again: Again) -> Again {
    match prepared.request.effect {
        Effect::Check | Effect::Run => again,
        Effect::Once => Again::Never,
    }
}

fn unreachable(context: &Context<'_>, prepared: &Prepared<'_>, why: &str, sends: u32) -> Miss {
    let title = format!("`{}` can't be reached: {why}", prepared.request.target.name);
    let label = format!("nothing was sent, in {sends} {}", if sends == 1 { "try" } else { "tries" });
    let fault = context.fault(FailureKind::Unreachable, title, prepared.span, label);
    Miss { fault, outcome: None, again: Again::Afresh }
}

/// Nothing was sent, and there is no use in trying again.
fn refused(context: &Context<'_>, prepared: &Prepared<'_>, why: &str) -> Miss {
    let (request, target) = (brief(&prepared.shown), &prepared.request.target.name);
    let title = format!("`{request}` can't be carried out on `{target}`: {why}");
    let fault = context.fault(FailureKind::Unreachable, title, prepared.span, "nothing was sent");
    Miss { fault, outcome: None, again: Again::Never }
}

/// Who answers may be somebody else.
fn untrusted(context: &Context<'_>, prepared: &Prepared<'_>, why: &str) -> Miss {
    let title = format!("`{}` is not trusted: {why}", prepared.request.target.name);
    let fault = context.fault(FailureKind::Untrusted, title, prepared.span, "nothing was sent");
    Miss { fault, outcome: None, again: Again::Never }
}

/// Who carries this run out by now is somebody else.
fn fenced(context: &Context<'_>, prepared: &Prepared<'_>, why: &str) -> Miss {
    let title = format!("`{}` was not sent: a newer runner has this run", brief(&prepared.shown));
    let fault = context.fault(FailureKind::Cancelled, title, prepared.span, why);
    Miss { fault, outcome: None, again: Again::Never }
}

/// Ended by us, and its end was seen.
fn ended(context: &Context<'_>, prepared: &Prepared<'_>, why: Cut) -> Miss {
    let kind = match why {
        Cut::TimedOut | Cut::ConnectionLost => FailureKind::TimedOut,
        Cut::Cancelled => FailureKind::Cancelled,
    };
    let fault = context.fault(kind, cut_title(prepared, why), prepared.span, "it was ended, and is over");
    let again = if why == Cut::Cancelled { Again::Never } else { unless_once(prepared, Again::Afresh) };
    Miss { fault, outcome: None, again }
}

fn cut_title(prepared: &Prepared<'_>, why: Cut) -> String {
    let request = brief(&prepared.shown);
    match why {
        Cut::TimedOut => {
            format!("`{request}` did not end within {}", format_duration(prepared.request.within))
        }
        Cut::ConnectionLost => format!("the connection was lost during `{request}`"),
        Cut::Cancelled => format!("`{request}` was cancelled"),
    }
}

/// Sent, and nobody knows what became of it: what that means depends on its effect.
async fn unknown<'r>(
    context: &Context<'r>,
    prepared: &Prepared<'r>,
    why: Cut,
    detail: &str,
) -> Result<Outcome, Miss> {
    let kind = match (seeded::in_doubt(prepared.request.effect), why) {
        (Effect::Once, _) => return settle(context, prepared, why, detail).await,
        (Effect::Check | Effect::Run, Cut::Cancelled) => FailureKind::Cancelled,
        (Effect::Check, Cut::TimedOut) => FailureKind::TimedOut,
        (Effect::Check, Cut::ConnectionLost) => FailureKind::Unreachable,
        (Effect::Run, Cut::TimedOut | Cut::ConnectionLost) => FailureKind::InDoubt,
    };
    let fault = context.fault(kind, cut_title(prepared, why), prepared.span, detail);
    let again = if why == Cut::Cancelled { Again::Never } else { Again::Same };
    Err(Miss { fault, outcome: None, again })
}

/// A `once` in doubt.
async fn settle<'r>(
    context: &Context<'r>,
    prepared: &Prepared<'r>,
    why: Cut,
    detail: &str,
) -> Result<Outcome, Miss> {
    let doubt = context.fault(FailureKind::InDoubt, cut_title(prepared, why), prepared.span, detail);
    let doubt = doubt::not_again(context, prepared, doubt);
    doubt::settle(context, prepared, doubt).await.map_err(Miss::last)
}

/// A request as a title shows it: one line, at most 72 characters.
pub(super) fn brief(shown: &str) -> String {
    let shown = shown.strip_prefix("$ ").unwrap_or(shown);
    let line = shown.lines().next().unwrap_or("");
    let cut = line.char_indices().nth(72).map(|(at, _)| at);
    match cut {
        Some(at) => format!("{}…", &line[..at]),
        None if line.len() < shown.len() => format!("{line} …"),
        None => line.to_owned(),
    }
}
