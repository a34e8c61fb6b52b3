//! Reports on events made by hand: what a run with one of each looks like.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::event::{
    Actor, Event, EventKind, Failure, FailureKind, Frame, Recorded, RecordedOutcome, RunResult, StepResult,
    UnitResult,
};
use crate::ids::{RunId, StepKey};
use crate::source::{Sources, Span};
use crate::value::Effect;

fn actor(name: &str) -> Actor {
    Actor { name: name.into(), from: "a desk".into() }
}

fn key(text: &str) -> StepKey {
    StepKey(Arc::from(text))
}

fn sources() -> (Sources, Span) {
    let mut sources = Sources::default();
    let text = "runbook \"Two tenants\"\nstage \"Move\" {\n  assert pages == 4, \"it is not served\"\n}\n";
    let id = sources.add("two.runbook", text);
    (sources, Span::new(id, 46, 56))
}

fn failure(span: Span) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        title: "it is not served".into(),
        span,
        label: "this is false".into(),
        values: vec![("pages".into(), "3".into())],
        trail: vec![
            Frame { text: "stage \"Move\"".into(), span: None },
            Frame { text: "tenant = cna".into(), span: None },
        ],
        help: Some("look at the page".into()),
        causes: vec![],
    }
}

fn failed(span: Span) -> UnitResult {
    UnitResult::Failed { failure: Box::new(failure(span)) }
}

fn ok_step() -> StepResult {
    let empty = || Recorded::Text(String::new());
    let outcome = RecordedOutcome::Command {
        stdout: empty(),
        stderr: empty(),
        exit: 0,
        seconds: 2.0,
        stdout_left_out: None,
        stderr_left_out: None,
    };
    StepResult::Ok { outcome, summary: "exit 0 in 2.0s".into(), hidden: false }
}

fn step(at: u64, name: &str, effect: Effect, request: &str, span: Span) -> (u64, EventKind) {
    let intended = EventKind::StepIntended {
        key: key(name),
        effect,
        target: "manager".into(),
        request: Arc::from(request),
        span,
        within: Duration::from_secs(300),
        attempt: 0,
        details: String::new(),
    };
    (at, intended)
}

/// A stage with an approval, a loop of two passes of which one fails, a wait with changing reasons.
#[expect(clippy::too_many_lines, reason = "a run has many events")]
fn story(span: Span) -> Vec<Event> {
    let pass = |item: &str| key(&format!("stage:1/1/for:tenant={item}"));
    let wait = key("stage:1/1/for:tenant=demo/0");
    let polled = |tries, reason: &str| EventKind::WaitPolled {
        key: wait.clone(),
        tries,
        passed: 0,
        needed: 1,
        reason: Some(reason.into()),
    };
    let began = |item: &str| EventKind::PassStarted {
        key: pass(item),
        loop_key: key("stage:1/1"),
        item: item.into(),
    };
    let ended = |item: &str, result| EventKind::PassFinished {
        key: pass(item),
        loop_key: key("stage:1/1"),
        item: item.into(),
        result,
    };
    let kinds = vec![
        (
            0,
            EventKind::RunStarted {
                run: RunId("bako-rife".into()),
                title: "Two tenants".into(),
                file: "two.runbook".into(),
                plan: "0123456789abcdef".into(),
                stages: vec!["Move".into(), "Rest".into()],
                by: actor("ann"),
            },
        ),
        (0, EventKind::StageStarted { key: key("stage:1"), number: 1, title: "Move".into() }),
        (
            0,
            EventKind::ApprovalAsked {
                key: key("stage:1/0"),
                text: "Move both?".into(),
                needed: 1,
                within: None,
            },
        ),
        (30, EventKind::ApprovalGiven { key: key("stage:1/0"), by: actor("ann"), reason: None }),
        (
            30,
            EventKind::LoopStarted {
                key: key("stage:1/1"),
                name: "tenant".into(),
                items: vec!["demo".into(), "cna".into()],
                at_a_time: 2,
            },
        ),
        (30, began("demo")),
        (30, began("cna")),
        (
            30,
            EventKind::WaitStarted {
                key: wait.clone(),
                title: "demo is ready".into(),
                within: Duration::from_secs(2400),
                every: Duration::from_secs(5),
            },
        ),
        step(30, "stage:1/1/for:tenant=demo/0/poll:1/0", Effect::Check, "$ docker ls", span),
        (31, polled(1, "0 of 1\u{1b}[2J")),
        (36, polled(2, "0 of 1\u{1b}[2J")),
        step(36, "stage:1/1/for:tenant=cna/0", Effect::Run, "$ docker rm cna\necho", span),
        (37, EventKind::StepOutput { key: key("stage:1/1/for:tenant=cna/0"), line: "removing".into() }),
        (38, EventKind::StepFinished { key: key("stage:1/1/for:tenant=cna/0"), result: ok_step() }),
        (750, EventKind::WaitFinished { key: wait.clone(), result: UnitResult::Ok }),
        (750, ended("demo", UnitResult::Ok)),
        (
            760,
            EventKind::Diagnosed {
                key: key("stage:1/1/for:tenant=cna/1"),
                applies: true,
                condition: "a".into(),
                cause: "The disk is full.".into(),
                fix: "Make room.".into(),
                values: vec![("free".into(), "0".into())],
                untold: None,
                span,
            },
        ),
        (760, ended("cna", failed(span))),
        (760, EventKind::LoopFinished { key: key("stage:1/1"), result: failed(span) }),
        (760, EventKind::NoteWritten { key: key("stage:1/2"), text: "one of two".into() }),
        (760, EventKind::StageFinished { key: key("stage:1"), result: failed(span) }),
        (
            760,
            EventKind::RunFinished {
                result: RunResult::Failed,
                failure: Some(Box::new(failure(span))),
                notes: vec!["one of two".into()],
            },
        ),
    ];
    let event = |(sequence, (at, kind))| Event {
        sequence,
        at: Duration::from_secs(at),
        wall: jiff::Timestamp::UNIX_EPOCH,
        kind,
    };
    (0..).zip(kinds).map(event).collect()
}

#[test]
fn plain_lines_tell_each_happening_once() {
    let (_, span) = sources();
    let mut plain = Plain::default();
    let lines: Vec<_> = story(span).iter().flat_map(|event| plain.event(event)).collect();
    let expected = "\
+0s       run bako-rife: Two tenants (two.runbook, plan 0123456789ab)
+0s       == 1 of 2: Move
+0s       approval needed: Move both?
+30s      approved by ann
+30s      for each tenant: 2 passes, 2 at a time
+30s      [demo] wait until demo is ready, within 40m
+31s      [demo] not yet: demo is ready: 0 of 1␛[2J
+36s      [cna] run on manager $ docker rm cna ⏎ echo
+37s      [cna] | removing
+38s      [cna] ok: exit 0 in 2.0s
+12m30s   [demo] ok: demo is ready, after 12m
+12m30s   [demo] done in 12m
+12m40s   [cna] cause: The disk is full. (free = 0)
          fix: Make room.
+12m40s   [cna] FAILED after 12m10s: failed: it is not served
+12m40s   note: one of two
+12m40s   == FAILED after 12m40s: failed: it is not served
+12m40s   the run failed";
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn the_summary_says_why_and_what_now() {
    let (sources, span) = sources();
    let mut summary = Summary::default();
    story(span).iter().for_each(|event| summary.event(event));
    let kept = Kept::Stored(Box::new(advice(RunState::Failed)));
    let expected = r#"
failed: it is not served
   ,-[two.runbook:3:10]
 3 |   assert pages == 4, "it is not served"
   :          ^^^^^|^^^^
   :               `-- this is false
   `----
  values  pages = 3
  in      stage "Move" › tenant = cna
  help    look at the page

cause: The disk is full.
  fix: Make room.

FAILED run bako-rife failed after 12m40s
  FAILED 1 Move  12m40s
  - 2 Rest  not begun
Looked for
  -> [cna] a (free = 0)
Notes
  - one of two
Mend the cause above; what was done stays done.

Next
  rutter resume bako-rife  tries again what failed, and goes on
  rutter undo bako-rife    takes back the stages that had begun, the last first
"#;
    assert_eq!(summary.text(&sources, &kept, Look::PLAIN), expected);
}

fn advice(state: RunState) -> Advice {
    Advice {
        run: "bako-rife".into(),
        option: String::new(),
        state,
        doubts: Vec::new(),
        waiting: Vec::new(),
        undoable: true,
        undoing: false,
    }
}

#[test]
fn what_hangs_in_the_air_comes_with_the_lines_to_type() {
    let doubt = Doubted {
        key: "stage:2/0/for:host=web 1".into(),
        typed: "'stage:2/0/for:host=web 1'".into(),
        target: "web1".into(),
        request: "$ sudo reboot".into(),
        failure: None,
    };
    let by = Actor { name: "ann".into(), from: "ops1".into() };
    let asked = Asked {
        key: "stage:2/1".into(),
        text: "Move traffic?".into(),
        needed: 2,
        given: vec![by],
        within: Some(Duration::from_secs(14_400)),
        manual: false,
        typed: None,
    };
    let advice = Advice {
        doubts: vec![doubt],
        waiting: vec![asked],
        option: " --store runs.db".into(),
        ..advice(RunState::BrokenOff)
    };
    let expected = "
In doubt
  once on web1 $ sudo reboot
    step stage:2/0/for:host=web 1
    it was about to be sent, and what became of it is not on record

Waits for
  approval: Move traffic?
    1 of 2 people gave it: ann
    a yes counts for 4h

Next
  rutter approve bako-rife --store runs.db                                       says yes
  rutter resume bako-rife --store runs.db                                        looks whether it happened, where that can be told, and goes on
  rutter settle bako-rife 'stage:2/0/for:host=web 1' --happened --store runs.db  when you have seen that it happened
  rutter settle bako-rife 'stage:2/0/for:host=web 1' --did-not --store runs.db   when it did not, and never will: it is sent again
  rutter undo bako-rife --store runs.db                                          takes back the stages that had begun, the last first
";
    assert_eq!(advice.text(Look::PLAIN), expected);
}

const UNICODE: Look = Look { width: 60, frames: Frames::Unicode, colours: Colours::None };

/// The frame after the first events up to second `at`, as it is at that second.
fn frame(at: u64, width: usize, height: usize) -> String {
    let (_, span) = sources();
    let mut live = Live::new(UNICODE);
    for event in story(span).iter().filter(|event| event.at <= Duration::from_secs(at)) {
        live.event(event);
    }
    live.frame(Duration::from_secs(at), width, height).join("\n")
}

#[test]
fn a_frame_has_a_row_for_each_pass() {
    let expected = "\
⠋ 1 Move                                                 37s
  ✓ approved by ann: Move both?
  · for each tenant: 2 passes, 2 at a time            0 of 2
    ⠋ demo  demo is ready: 0 of 1␛[2J              7s of 40m
    ⠋ cna   run on manager $ docker rm cna ⏎ echo: remo…  1s";
    assert_eq!(frame(37, 60, 20), expected);
}

#[test]
fn frames_fit_whatever_the_terminal() {
    for (width, height) in [(20, 3), (40, 1), (25, 5), (200, 50)] {
        let frame = frame(37, width, height);
        assert!(frame.lines().count() <= height, "{frame}");
        assert!(frame.lines().all(|line| console::measure_text_width(line) <= width), "{frame}");
    }
}

#[test]
fn a_stage_that_ended_is_a_line_and_what_is_kept_of_it() {
    let (_, span) = sources();
    let mut live = Live::new(UNICODE);
    let lines: Vec<_> = story(span).iter().flat_map(|event| live.event(event)).collect();
    let expected = "\
Two tenants  run bako-rife · plan 0123456789ab

✗ 1 Move                                              12m40s
  ✓ approved by ann: Move both?
  → cna: cause: The disk is full.
      fix: Make room.
  ✗ cna: failed: it is not served
  • one of two";
    assert_eq!(lines.join("\n"), expected);
    assert!(live.frame(Duration::from_secs(760), 60, 20).is_empty());
}

#[test]
fn a_loop_of_thousands_shows_what_matters() {
    let mut live = Live::new(UNICODE);
    let items: Vec<_> = (0..10_000).map(|at| format!("t{at}")).collect();
    let mut at = 0;
    let mut tell = |live: &mut Live, kind| {
        at += 1;
        let wall = jiff::Timestamp::UNIX_EPOCH;
        live.event(&Event { sequence: at, at: Duration::ZERO, wall, kind });
    };
    tell(&mut live, EventKind::StageStarted { key: key("stage:1"), number: 1, title: "Many".into() });
    let loop_key = key("stage:1/0");
    tell(
        &mut live,
        EventKind::LoopStarted {
            key: loop_key.clone(),
            name: "t".into(),
            items: items.clone(),
            at_a_time: 2,
        },
    );
    for item in &items[..5_000] {
        let (key, loop_key, item) = (loop_key.child(item), loop_key.clone(), item.clone());
        let done = item != "t4999";
        tell(
            &mut live,
            EventKind::PassStarted { key: key.clone(), loop_key: loop_key.clone(), item: item.clone() },
        );
        if done {
            tell(&mut live, EventKind::PassFinished { key, loop_key, item, result: UnitResult::Ok });
        }
    }
    let frame = live.frame(Duration::from_secs(3), 60, 10);
    assert_eq!(frame.len(), 3, "{frame:?}");
    assert!(frame[1].ends_with("4999 of 10000") && frame[2].contains("t4999"), "{frame:?}");
}

const HOSTILE: &str = "\u{1b}[2J\r\u{202e}\u{9b}1m\u{7f}\u{8}\nso";

/// Makes every text in an event hostile; keys and the names of kinds stay.
fn made_hostile(value: &mut serde_json::Value) {
    use serde_json::Value as Json;
    const NO_TEXT: [&str; 7] = ["event", "result", "kind", "effect", "key", "loop_key", "wall"];
    match value {
        Json::String(text) => text.push_str(HOSTILE),
        Json::Array(list) => list.iter_mut().for_each(made_hostile),
        Json::Object(map) => {
            let texts =
                map.iter_mut().filter(|(name, value)| !NO_TEXT.contains(&name.as_str()) || value.is_object());
            texts.for_each(|(_, value)| made_hostile(value));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[test]
fn whatever_an_event_says_no_report_moves_the_terminal() {
    let (sources, span) = sources();
    let (mut live, mut plain, mut summary) = (Live::new(UNICODE), Plain::default(), Summary::default());
    let mut shown = Vec::new();
    for event in story(span) {
        let mut json = serde_json::to_value(&event).unwrap();
        made_hostile(&mut json);
        let event: Event = serde_json::from_value(json).unwrap();
        shown.extend(live.event(&event));
        shown.extend(live.frame(event.at, 60, 20));
        shown.extend(plain.event(&event));
        summary.event(&event);
    }
    shown.extend(summary.text(&sources, &Kept::Rehearsed, UNICODE).lines().map(str::to_owned));
    let moves = |c: char| c.is_control() || c == '\u{202e}';
    let wrong: Vec<_> = shown.iter().filter(|line| line.contains(moves)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(shown.iter().filter(|line| line.contains("␛[2J␍")).count() > 20);
}
