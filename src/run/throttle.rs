//! An answer that says that nothing was done, for now: it is sent again when the other side asks for that.
//!
//! 429 says so of any request. 503 with `Retry-After` says it too, but a `once` takes no proxy's word for it.

use std::time::Duration;

use jiff::Timestamp;

use crate::event::EventKind;
use crate::value::{Effect, HttpOutcome, Outcome};

use super::context::Context;
use super::dispatcher::Flush;
use super::fault::Fault;
use super::request::Prepared;

const TOO_MANY_REQUESTS: u16 = 429;
const UNAVAILABLE: u16 = 503;

/// Where the other side does not say how long to wait: twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What the other side turned away.
pub(super) struct TurnedAway {
    pub status: u16,
    pub wait: Duration,
}

/// Nothing when the answer is one to be judged: it is taken, or it does not say that nothing was done.
pub(super) fn turned_away(
    context: &Context<'_>,
    prepared: &Prepared<'_>,
    outcome: &Outcome,
    before: u32,
) -> Option<TurnedAway> {
    let Outcome::Http(answer) = outcome else { return None };
    let asked = answer.headers.get("retry-after").and_then(|text| length(text, context.engine.clock.wall()));
    let says_so = match answer.status {
        TOO_MANY_REQUESTS => true,
        UNAVAILABLE => asked.is_some() && prepared.request.effect != Effect::Once,
        _ => false,
    };
    let refused = prepared.accept.refuse(outcome, &context.engine.secrets).is_some();
    let own = FIRST_WAIT.saturating_mul(1 << before.min(6)).min(LONGEST_WAIT);
    let wait = asked.unwrap_or(own).max(FIRST_WAIT);
    (says_so && refused).then_some(TurnedAway { status: answer.status, wait })
}

/// Whether the answer proves that the request had no effect.
pub(super) fn is_proof(outcome: &HttpOutcome) -> bool {
    outcome.status == TOO_MANY_REQUESTS
}

/// Puts on record that it was turned away, before the wait for another sending.
pub(super) async fn record(
    context: &Context<'_>,
    prepared: &Prepared<'_>,
    turned: &TurnedAway,
) -> Result<(), Fault> {
    let TurnedAway { status, wait } = *turned;
    let event = EventKind::StepTurnedAway { key: context.key.clone(), status, wait };
    let flush = match prepared.request.effect {
        Effect::Once => Flush::Durable,
        Effect::Check | Effect::Run => Flush::Lazy,
    };
    context.engine.dispatcher.record(event, flush, prepared.span).await
}

/// `Retry-After`: seconds, or a date.
fn length(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(at.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        assert_eq!(length("17", now), Some(Duration::from_secs(17)));
        assert_eq!(length("Mon, 05 Jan 2026 09:00:40 GMT", now), Some(Duration::from_secs(40)));
        assert_eq!(length("Mon, 05 Jan 2026 08:00:00 GMT", now), Some(Duration::ZERO), "it is over");
        assert_eq!(length("soon", now), None);
    }
}
