//! What is written is what is read back, and what can't be written stops the run.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::{Journal, MemoryJournal};
use crate::event::{
    Actor, Event, EventKind, Failure, FailureKind, Frame, Recorded, RecordedOutcome, RunResult, StepResult,
    UnitResult,
};
use crate::ids::{RunId, StepKey};
use crate::source::{FileId, Span};
use crate::value::{Effect, LeftOut, Whole};

fn text() -> BoxedStrategy<String> {
    prop_oneof![Just(String::new()), "[a-z ]{1,8}", any::<String>()].boxed()
}

fn key() -> BoxedStrategy<StepKey> {
    text().prop_map(|text| StepKey(text.into())).boxed()
}

fn length() -> BoxedStrategy<Duration> {
    (0..10_000_000_u64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
        .boxed()
}

fn span() -> BoxedStrategy<Span> {
    (any::<u32>(), any::<u32>(), any::<u32>())
        .prop_map(|(file, start, end)| Span { file: FileId(file), start, end })
        .boxed()
}

fn kind() -> BoxedStrategy<FailureKind> {
    use FailureKind::{Cancelled, Denied, Failed, InDoubt, TimedOut, Unreachable, Untrusted};
    proptest::sample::select(vec![Failed, Unreachable, TimedOut, Untrusted, Denied, Cancelled, InDoubt])
        .boxed()
}

fn frame() -> BoxedStrategy<Frame> {
    (text(), option::of(span())).prop_map(|(text, span)| Frame { text, span }).boxed()
}

fn failure() -> BoxedStrategy<Failure> {
    let told = (kind(), text(), span(), text(), option::of(text()));
    let seen = (vec((text(), text()), 0..3), vec(frame(), 0..3));
    let alone = (told, seen).prop_map(|((kind, title, span, label, help), (values, trail))| Failure {
        kind,
        title,
        span,
        label,
        values,
        trail,
        help,
        causes: vec![],
    });
    alone
        .prop_recursive(2, 6, 2, |inner| {
            (inner.clone(), vec(inner, 0..3)).prop_map(|(outer, causes)| Failure { causes, ..outer })
        })
        .boxed()
}

fn unit_result() -> BoxedStrategy<UnitResult> {
    prop_oneof![
        Just(UnitResult::Ok),
        Just(UnitResult::Skipped),
        failure().prop_map(|failure| UnitResult::Failed { failure: Box::new(failure) }),
    ]
    .boxed()
}

fn recorded() -> BoxedStrategy<Recorded> {
    prop_oneof![text().prop_map(Recorded::Text), text().prop_map(Recorded::Base64)].boxed()
}

/// To the millisecond, as clocks give them.
fn seconds() -> BoxedStrategy<f64> {
    (0..1_000_000_000_u32).prop_map(|millis| f64::from(millis) / 1000.0).boxed()
}

fn outcome() -> BoxedStrategy<RecordedOutcome> {
    let headers = vec((text(), text()), 0..3).prop_map(|headers| headers.into_iter().collect());
    prop_oneof![
        (recorded(), recorded(), any::<i64>(), seconds()).prop_map(|(stdout, stderr, exit, seconds)| {
            let whole = Whole { path: Some("outputs/a".to_owned()), why: None };
            let stdout_left_out =
                (exit > 0).then(|| LeftOut { at: 3, bytes: exit.unsigned_abs(), whole: Some(whole) });
            let stderr_left_out = (exit > 9).then_some(LeftOut { at: 0, bytes: 9, whole: None });
            RecordedOutcome::Command { stdout, stderr, exit, seconds, stdout_left_out, stderr_left_out }
        }),
        (any::<u16>(), headers, recorded(), seconds()).prop_map(|(status, headers, body, seconds)| {
            RecordedOutcome::Http { status, headers, body, seconds }
        }),
        (text(), seconds()).prop_map(|(text, seconds)| RecordedOutcome::Done { value: text.into(), seconds }),
    ]
    .boxed()
}

fn step_result() -> BoxedStrategy<StepResult> {
    prop_oneof![
        (outcome(), text()).prop_map(|(outcome, summary)| StepResult::Ok { outcome, summary, hidden: false }),
        (failure(), option::of(outcome()))
            .prop_map(|(failure, outcome)| StepResult::Failed { failure: Box::new(failure), outcome }),
    ]
    .boxed()
}

fn effect() -> BoxedStrategy<Effect> {
    proptest::sample::select(vec![Effect::Check, Effect::Run, Effect::Once]).boxed()
}

fn result() -> BoxedStrategy<RunResult> {
    use RunResult::{Denied, Failed, Stopped, Succeeded};
    proptest::sample::select(vec![Succeeded, Failed, Denied, Stopped]).boxed()
}

fn actor() -> BoxedStrategy<Actor> {
    (text(), text()).prop_map(|(name, from)| Actor { name, from }).boxed()
}

fn values() -> BoxedStrategy<crate::event::Values> {
    vec((text(), text()), 0..3).boxed()
}

fn about_the_run() -> BoxedStrategy<EventKind> {
    use EventKind as E;
    prop_oneof![
        (text(), text(), text(), text(), vec(text(), 0..3)).prop_map(|(run, title, file, plan, stages)| {
            E::RunStarted { run: RunId(run.into()), title, file, plan, stages, by: Actor::default() }
        }),
        (result(), option::of(failure().prop_map(Box::new)), vec(text(), 0..3))
            .prop_map(|(result, failure, notes)| E::RunFinished { result, failure, notes }),
        text().prop_map(|why| E::StopRequested { why }),
        (actor(), text()).prop_map(|(by, plan)| E::RunResumed { by, plan }),
        (actor(), text(), vec(text(), 0..3)).prop_map(|(by, plan, changes)| E::TextAccepted {
            by,
            plan,
            changes
        }),
        (actor(), vec(any::<usize>(), 0..3)).prop_map(|(by, stages)| E::UndoBegan { by, stages }),
        (key(), any::<bool>(), option::of(text()), actor(), option::of(text()))
            .prop_map(|(key, happened, gave, by, reason)| E::StepSettled { key, happened, gave, by, reason }),
        (key(), any::<u16>(), text()).prop_map(|(key, number, title)| E::StageStarted {
            key,
            number: number.into(),
            title
        }),
        (key(), unit_result()).prop_map(|(key, result)| E::StageFinished { key, result }),
        (key(), text(), span()).prop_map(|(key, stage, span)| E::UndoStarted { key, stage, span }),
        (key(), unit_result()).prop_map(|(key, result)| E::UndoFinished { key, result }),
        (key(), span()).prop_map(|(key, span)| E::ExplainStarted { key, span }),
        (key(), text()).prop_map(|(key, title)| E::ChecklistStarted { key, title }),
        (key(), text(), unit_result(), values(), option::of(actor()))
            .prop_map(|(key, title, result, values, by)| E::ItemChecked { key, title, result, values, by }),
        (key(), unit_result()).prop_map(|(key, result)| E::ChecklistFinished { key, result }),
        (text(), any::<u32>(), option::of(any::<u32>()), text()).prop_map(
            |(title, failures, tolerated, reason)| {
                E::InvariantFailed { title, failures, tolerated, reason }
            }
        ),
        text().prop_map(|title| E::InvariantRecovered { title }),
        (text(), text(), any::<u32>(), length(), values()).prop_map(
            |(title, reason, failures, since, values)| E::InvariantBroken {
                title,
                reason,
                failures,
                since,
                values
            }
        ),
        (text(), length(), length()).prop_map(|(title, took, every)| E::InvariantSlow { title, took, every }),
        (text(), actor(), text()).prop_map(|(guard, by, reason)| E::GuardOverridden { guard, by, reason }),
    ]
    .boxed()
}

fn about_steps() -> BoxedStrategy<EventKind> {
    use EventKind as E;
    prop_oneof![
        (key(), effect(), text(), text(), span(), length()).prop_map(
            |(key, effect, target, request, span, within)| {
                E::StepIntended {
                    key,
                    effect,
                    target,
                    request: Arc::from(request),
                    span,
                    within,
                    attempt: 1,
                    details: String::new(),
                }
            }
        ),
        (key(), step_result()).prop_map(|(key, result)| E::StepFinished { key, result }),
        (key(), any::<u16>(), length()).prop_map(|(key, status, wait)| E::StepTurnedAway {
            key,
            status,
            wait
        }),
        (key(), text()).prop_map(|(key, line)| E::StepOutput { key, line }),
        (key(), any::<u32>(), any::<u32>(), text()).prop_map(|(key, tries, of, reason)| E::RetryFailed {
            key,
            tries,
            of,
            reason
        }),
        (key(), text(), text(), text()).prop_map(|(key, guard, request, because)| E::GuardAsked {
            key,
            guard,
            request: request.into(),
            because
        }),
        (key(), text(), any::<bool>(), text(), values()).prop_map(|(key, guard, denied, reason, values)| {
            E::GuardAnswered { key, guard, denied, reason, values }
        }),
        (key(), text()).prop_map(|(key, text)| E::NoteWritten { key, text }),
        (key(), any::<bool>(), text(), text(), text(), values(), option::of(text()), span()).prop_map(
            |(key, applies, condition, cause, fix, values, untold, span)| {
                E::Diagnosed { key, applies, condition, cause, fix, values, untold, span }
            }
        ),
    ]
    .boxed()
}

fn about_units() -> BoxedStrategy<EventKind> {
    use EventKind as E;
    prop_oneof![
        (key(), text(), length(), length()).prop_map(|(key, title, within, every)| E::WaitStarted {
            key,
            title,
            within,
            every
        }),
        (key(), any::<u32>(), any::<u32>(), any::<u32>(), option::of(text())).prop_map(
            |(key, tries, passed, needed, reason)| E::WaitPolled { key, tries, passed, needed, reason }
        ),
        (key(), unit_result()).prop_map(|(key, result)| E::WaitFinished { key, result }),
        (key(), length(), option::of(text())).prop_map(|(key, length, reason)| E::PauseStarted {
            key,
            length,
            reason
        }),
        key().prop_map(|key| E::PauseFinished { key }),
        (key(), text(), vec(text(), 0..3), any::<u16>()).prop_map(|(key, name, items, at_a_time)| {
            E::LoopStarted { key, name, items, at_a_time: at_a_time.into() }
        }),
        (key(), key(), text()).prop_map(|(key, loop_key, item)| E::PassStarted { key, loop_key, item }),
        (key(), key(), text(), unit_result()).prop_map(|(key, loop_key, item, result)| E::PassFinished {
            key,
            loop_key,
            item,
            result
        }),
        (key(), unit_result()).prop_map(|(key, result)| E::LoopFinished { key, result }),
        (key(), text(), span()).prop_map(|(key, reason, span)| E::AttemptFailed { key, reason, span }),
        (key(), text(), any::<u32>(), option::of(length()))
            .prop_map(|(key, text, needed, within)| E::ApprovalAsked { key, text, needed, within }),
        (key(), actor(), option::of(text())).prop_map(|(key, by, reason)| E::ApprovalGiven {
            key,
            by,
            reason
        }),
        (key(), actor(), option::of(text())).prop_map(|(key, by, reason)| E::ApprovalRefused {
            key,
            by,
            reason
        }),
        (key(), text()).prop_map(|(key, text)| E::ManualAsked { key, text }),
        (key(), actor()).prop_map(|(key, by)| E::ManualDone { key, by }),
        key().prop_map(|key| E::CleanedUp { key }),
    ]
    .boxed()
}

pub(super) fn event() -> BoxedStrategy<Event> {
    let wall = (-10_000_000_000_i64..10_000_000_000, 0..1_000_000_000_i32)
        .prop_map(|(second, nano)| jiff::Timestamp::new(second, nano).unwrap());
    let kind = prop_oneof![about_the_run(), about_steps(), about_units()];
    (any::<u64>(), length(), wall, kind)
        .prop_map(|(sequence, at, wall, kind)| Event { sequence, at, wall, kind })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn events_are_read_back_as_they_were_written(event in event()) {
        let written = serde_json::to_vec(&event).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Event>(&written).unwrap(), event);
    }
}

/// All kinds by the word of the reader itself, so that one that is added is asked for here.
#[test]
fn every_kind_of_event_is_among_those_that_are_tried() {
    let note = serde_json::to_string(&note("")).unwrap().replace("note-written", "unheard-of");
    let error = serde_json::from_str::<Event>(&note).unwrap_err().to_string();
    let mut missing: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
    assert!(missing.len() > 30 && missing.contains("run-started"), "{error}");
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..20_000 {
        let event = event().new_tree(&mut runner).unwrap().current();
        let written = serde_json::to_value(&event).unwrap();
        missing.remove(written["event"].as_str().unwrap());
        if missing.is_empty() {
            return;
        }
    }
    panic!("never tried: {missing:?}");
}

fn note(text: &str) -> Event {
    let kind = EventKind::NoteWritten { key: StepKey::root(), text: text.to_owned() };
    Event { sequence: 7, at: Duration::from_millis(1500), wall: jiff::Timestamp::UNIX_EPOCH, kind }
}

#[test]
fn an_event_is_one_line_that_people_can_read() {
    let written = serde_json::to_string(&note("two\nlines")).unwrap();
    let line = "{\"sequence\":7,\"at\":{\"secs\":1,\"nanos\":500000000},\"wall\":\"1970-01-01T00:00:00Z\",\
                \"event\":\"note-written\",\"key\":\"\",\"text\":\"two\\nlines\"}";
    assert_eq!(written, line);
}

#[test]
fn memory_keeps_them_in_order() {
    let journal = MemoryJournal::default();
    journal.append(&note("one")).unwrap();
    journal.append(&note("two")).unwrap();
    assert_eq!(journal.events(), [note("one"), note("two")]);
}
