//! Runs that go on after their record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rutter::event::{Actor, Event, EventKind, RunResult, StepResult};
use rutter::ids::StepKey;
use rutter::journal::History;
use rutter::run::{ChangedStep, Decision};
use snapbox::{assert_data_eq, str};

use super::support::{Script, Setting, Told, run, run_in};

/// Everything that a run can be stopped in.
const ALL_KINDS: &str = r#"
runbook "T"
target here = local
target win = ssh "w1", shell powershell
action seen(name: string) {
  wait until "seen", within 1m, every 5s, stable 2 times {
    let s = check on here $ becomes 3 {{ name }}
    assert s.text == "yes"
    return s.text
  }
}
stage "Prepare" {
  let token = run on here $ nth token
  note "token {{ token.text }}"
  for each n in ["a", "b", "c"], 2 at a time {
    let first = check on here $ takes 2s {{ n }}
    once on here $ say once {{ n }} {{ first.text }} {{ token.text }}
    run on here $ say then {{ n }}
  }
}
stage "Change" {
  let there = seen("x")
  attempt {
    run on here $ exit 3
  } otherwise {
    run on here $ say mended {{ there }}
  } always {
    run on here $ say tidy
  }
  together {
    once on here $ takes 3s left
    once on here $ takes 4s right
  }
  retry 3 times, every 1s {
    run on here $ fails 1 flaky
    check on here $ say looked
  }
  pause 10s, "to cool down"
  if there == "yes" {
    run on here $ say yes
  }
  for each n in ["d", "e"], tolerating 1 failures {
    run on here $ {{ "exit 1" if n == "d" else "say fine" | raw }}
  }
  once on here $ say last {{ there }}
}
checklist "Look" {
  item "one" { check on here $ say one }
}
"#;

fn all_kinds() -> String {
    ALL_KINDS
        .replace("$ {{ \"exit 1\" if n == \"d\" else \"say fine\" | raw }}", "$ becomes 9 {{ n }}")
        .replace(
            "run on here $ becomes 9 {{ n }}",
            "let b = check on here $ say {{ n }}\n    assert b.text == \"e\"",
        )
}

fn resumed(text: &str, before: &[Event], setting: Setting) -> Told {
    run_in(text, Setting { after: before.to_vec(), ..setting })
}

/// What each step was asked, by key, however often.
fn intents(events: &[Event]) -> BTreeMap<StepKey, usize> {
    let mut intents = BTreeMap::new();
    for event in events {
        if let EventKind::StepIntended { key, .. } = &event.kind {
            *intents.entry(key.clone()).or_default() += 1;
        }
    }
    intents
}

fn finished(events: &[Event]) -> Vec<StepKey> {
    let finished = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepFinished { key, result: StepResult::Ok { .. } } => Some(key.clone()),
        _ => None,
    });
    finished.collect()
}

#[test]
fn cut_off_after_any_event_it_goes_on_and_repeats_nothing() {
    let text = all_kinds();
    let whole = run(&text);
    whole.succeeded();
    let last = |told: &Told| told.report.notes.clone();
    for cut in 1..whole.events.len() {
        let before = &whole.events[..cut];
        let told = resumed(&text, before, Setting::default());
        assert_eq!(told.report.result, RunResult::Succeeded, "cut at {cut}: {}", told.failure());
        assert_eq!(last(&told), last(&whole), "cut at {cut}");
        let again = intents(&told.events);
        for key in finished(before) {
            assert!(!again.contains_key(&key), "cut at {cut}: {key} was finished, and is sent again");
        }
        assert!(again.values().all(|times| *times == 1), "cut at {cut}: {again:?}");
        let numbers: Vec<_> = before.iter().chain(&told.events).map(|event| event.sequence).collect();
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "cut at {cut}");
    }
}

#[test]
fn what_is_resumed_twice_says_nothing_twice() {
    let text = all_kinds();
    let whole = run(&text).events;
    for cut in (1..whole.len()).step_by(7) {
        let first = resumed(&text, &whole[..cut], Setting::default());
        let all: Vec<_> = whole[..cut].iter().chain(&first.events).cloned().collect();
        let again = resumed(&text, &all, Setting::default());
        assert_eq!(again.commands(), Vec::<&str>::new(), "cut at {cut}");
        let kinds: Vec<_> = again.events.iter().map(|event| &event.kind).collect();
        assert!(
            matches!(kinds[..], [EventKind::RunResumed { .. }, EventKind::RunFinished { .. }]),
            "cut at {cut}: {kinds:#?}"
        );
    }
}

/// Carries the text out, and after each end that is no success once more, on the same programs.
fn until_it_is_done(text: &str, times: usize) -> Vec<Told> {
    let setting = Setting::default();
    let programs = Arc::clone(&setting.programs);
    let mut told = vec![run_in(text, setting)];
    while told.len() < times {
        let before: Vec<_> = told.iter().flat_map(|told| told.events.clone()).collect();
        told.push(resumed(text, &before, Setting { programs: Arc::clone(&programs), ..Setting::default() }));
    }
    told
}

fn in_stage(body: &str) -> String {
    format!(
        "runbook \"T\"\ntarget here = local\ntarget win = ssh \"w1\", shell powershell\nstage \"One\" {{\n{body}\n}}\n"
    )
}

fn with_web(body: &str) -> String {
    in_stage(body).replace("stage \"One\"", "target web = http\nstage \"One\"")
}

#[test]
fn what_failed_is_done_again_and_what_went_well_is_not() {
    let text = in_stage("run on here $ say first\nrun on here $ fails 1 second\nrun on here $ say third");
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[0].report.result, RunResult::Failed);
    assert_eq!(told[1].succeeded().commands(), ["fails 1 second", "say third"]);
}

#[test]
fn what_an_assertion_saw_is_looked_at_again() {
    let text = in_stage(
        "let early = check on here $ say early\nrun on here $ say change\nlet s = check on here $ becomes 2 yes\nassert s.text == \"yes\"\nrun on here $ say {{ early.text }}",
    );
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[0].report.result, RunResult::Failed);
    assert_eq!(told[1].succeeded().commands(), ["becomes 2 yes", "say early"]);
}

#[test]
fn only_the_passes_that_failed_are_done_again() {
    let text = in_stage(
        "for each n in [1, 2, 3], 3 at a time {\nrun on here $ say {{ n }}\nlet n2 = check on here $ becomes {{ n }} yes\nassert n2.text == \"yes\"\nrun on here $ say end {{ n }}\n}",
    );
    let told = until_it_is_done(&text, 3);
    assert_eq!(told[0].commands().len(), 7);
    assert_eq!(told[1].commands(), ["becomes 2 yes", "becomes 3 yes", "say end 2"]);
    assert_eq!(told[2].succeeded().commands(), ["becomes 3 yes", "say end 3"]);
}

#[test]
fn a_wait_that_failed_begins_anew_with_all_of_its_time() {
    let text = in_stage(
        "run on here $ say go\nwait until within 20s, every 5s {\nlet s = check on here $ becomes 7 yes\nassert s.text == \"yes\"\n}",
    );
    let told = until_it_is_done(&text, 2);
    assert_eq!((told[0].report.result, told[0].commands().len()), (RunResult::Failed, 5));
    assert_eq!(told[1].succeeded().commands(), ["becomes 7 yes"; 3]);
}

#[test]
fn a_failure_that_was_dealt_with_stays_dealt_with() {
    let text = in_stage(
        "attempt { run on here $ exit 1 } otherwise { run on here $ say instead }\nrun on here $ fails 1 later",
    );
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[1].succeeded().commands(), ["fails 1 later"]);
}

#[test]
fn after_always_put_things_away_the_attempt_begins_anew() {
    let text = in_stage(
        "attempt {\nrun on here $ say drain\nonce on here $ say pay\nrun on here $ fails 1 reboot\n} otherwise { fail \"no\" } always { run on here $ say undrain }",
    );
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[0].commands(), ["say drain", "say pay", "fails 1 reboot", "say undrain"]);
    // What `otherwise` ended with stands; nothing of the body is done with the drain taken back.
    assert_eq!(told[1].report.result, RunResult::Succeeded);
    assert_eq!(told[1].commands(), ["say drain", "fails 1 reboot", "say undrain"]);
}

fn settled(key: &str, happened: bool, sequence: u64) -> Event {
    let by = Actor { name: "ann".into(), from: "a desk".into() };
    let kind = EventKind::StepSettled { key: StepKey(key.into()), happened, gave: None, by, reason: None };
    Event { sequence, at: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH, kind }
}

/// The events of a run that was killed between the intent of its `once` and what became of it.
fn killed_after_intent(text: &str) -> Vec<Event> {
    let whole = run(text).events;
    let intended = |event: &Event| {
        matches!(&event.kind, EventKind::StepIntended { effect: rutter::value::Effect::Once, .. })
    };
    let at = whole.iter().position(intended).unwrap();
    whole[..=at].to_vec()
}

#[test]
fn a_once_that_was_begun_waits_for_a_persons_word() {
    let text = in_stage("run on here $ say first\nonce on win $ say pay\nrun on here $ say after");
    let mut before = killed_after_intent(&text);
    let stopped = resumed(&text, &before, Setting::default());
    assert_eq!(stopped.commands(), Vec::<&str>::new());
    assert_eq!(stopped.report.result, RunResult::Stopped);
    assert_data_eq!(
        stopped.failure(),
        str![[r#"
InDoubt: `say pay` was begun, and what became of it is not on record
  at 6:1 `once on win $ say pay` it may have taken effect, in part or in whole
  in stage "One" > on win (w1)
  help: it must not be sent twice: find out whether it took effect, then say so and resume / `rutter settle r1 stage:1/1 --happened` takes it as done / `rutter settle r1 stage:1/1 --did-not` lets the resumed run send it again

"#]]
    );
    before.extend(stopped.events);
    assert_eq!(History::of(&before).in_doubt().len(), 1);
    let next = before.len() as u64;
    let happened: Vec<_> = before.iter().cloned().chain([settled("stage:1/1", true, next)]).collect();
    assert_eq!(resumed(&text, &happened, Setting::default()).succeeded().commands(), ["say after"]);
    let did_not: Vec<_> = before.iter().cloned().chain([settled("stage:1/1", false, next)]).collect();
    let told = resumed(&text, &did_not, Setting::default());
    assert_eq!(told.succeeded().commands(), ["say pay", "say after"]);
    assert_eq!(told.sent[0].0, "stage:1/1/again:1", "it is another sending");
    let all: Vec<_> = did_not.into_iter().chain(told.events).collect();
    assert!(History::of(&all).in_doubt().is_empty());
    assert_eq!(resumed(&text, &all, Setting::default()).succeeded().commands(), Vec::<&str>::new());
    // Also before its stage has ended.
    let ended = all.iter().position(|event| matches!(event.kind, EventKind::StepFinished { .. }));
    let again = all.iter().rposition(|event| matches!(event.kind, EventKind::StepFinished { .. }));
    assert!(ended < again);
    let cut = again.unwrap_or_default() - 1;
    let told = resumed(&text, &all[..cut], Setting::default());
    assert_eq!(told.succeeded().commands(), ["say after"], "what was sent again is on record");
}

#[test]
fn a_once_whose_value_is_used_waits_for_what_it_gave() {
    let text = in_stage("let paid = once on win $ say 7\nrun on here $ say {{ paid.text }}");
    let mut before = killed_after_intent(&text);
    let stopped = resumed(&text, &before, Setting::default());
    assert_eq!(stopped.commands(), Vec::<&str>::new());
    before.extend(stopped.events);
    before.push(settled("stage:1/0", true, before.len() as u64));
    let untold = resumed(&text, &before, Setting::default());
    assert_eq!(untold.commands(), Vec::<&str>::new());
    assert_eq!(untold.report.result, RunResult::Stopped);
    assert_data_eq!(
        untold.failure(),
        str![[r#"
InDoubt: `say 7` happened, and what it gave is not known
  at 5:12 `once on win $ say 7` its value is needed from here on
  in stage "One" > on win (w1)
  help: find out what it printed or answered, then say so and resume / `rutter settle r1 stage:1/0 --happened --gave TEXT`

"#]]
    );
    before.extend(untold.events);
    assert_eq!(History::of(&before).in_doubt().len(), 1, "it can be settled again");
    let mut told = settled("stage:1/0", true, before.len() as u64);
    if let EventKind::StepSettled { gave, .. } = &mut told.kind {
        *gave = Some("7\n".to_owned());
    }
    before.push(told);
    assert_eq!(resumed(&text, &before, Setting::default()).succeeded().commands(), ["say 7"]);
}

#[test]
fn a_once_under_a_claim_is_asked_for_and_not_settled() {
    let text = in_stage("once on here $ say pay");
    let told = resumed(&text, &killed_after_intent(&text), Setting::default());
    assert_eq!(told.succeeded().commands(), ["say pay"]);
}

#[test]
fn done_when_proves_that_it_happened_and_its_no_proves_nothing() {
    let text = |answer: &str| {
        in_stage(&format!(
            "once on win, done when {{ check on here $ {answer} }} $ say pay\nrun on here $ say after"
        ))
    };
    let yes = text("say yes");
    let told = resumed(&yes, &killed_after_intent(&yes), Setting::default());
    assert_eq!(told.succeeded().commands(), ["say yes", "say after"]);
    let no = text("exit 1");
    let told = resumed(&no, &killed_after_intent(&no), Setting::default());
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec!["exit 1"]));
}

#[test]
fn a_once_that_failed_is_not_sent_again_unasked() {
    let text = in_stage("once on here $ fails 1 pay\nrun on here $ say after");
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[1].commands(), Vec::<&str>::new());
    assert_eq!(told[1].report.result, RunResult::Failed);
    let text = in_stage("once on win $ refuses 3 pay\nrun on here $ say after");
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[1].succeeded().commands(), ["refuses 3 pay", "say after"], "nothing had been sent");
}

#[test]
fn a_once_that_was_turned_away_is_known_to_have_no_effect() {
    let text = with_web("once on web POST \"https://web/busy/1/429/50\"\nrun on here $ say after");
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[0].report.result, RunResult::Failed, "50s are longer than its limit");
    assert_eq!(History::of(&told[0].events).in_doubt(), []);
    assert_eq!(told[1].succeeded().commands(), ["POST https://web/busy/1/429/50", "say after"]);

    let text = with_web("once on web POST \"https://web/busy/1/503/5\"");
    let told = until_it_is_done(&text, 2);
    assert_eq!(told[1].commands(), Vec::<&str>::new(), "503 may be said by who stands before the other side");
    assert_eq!(History::of(&told[0].events).in_doubt().len(), 1);
}

#[test]
fn cut_off_while_it_waits_its_turn_a_once_is_sent_again_and_later_in_doubt() {
    let text = with_web("once on web POST \"https://web/busy/1/429/5\"");
    let whole = run(&text);
    let at = |wanted: &str| {
        let is = |event: &Event| format!("{:?}", event.kind).starts_with(wanted);
        whole.events.iter().position(is).unwrap() + 1
    };
    let waiting = &whole.events[..at("StepTurnedAway")];
    assert_eq!(
        resumed(&text, waiting, Setting::default()).commands().first(),
        Some(&"POST https://web/busy/1/429/5")
    );
    let sent_again = &whole.events[..at("StepTurnedAway") + 1];
    assert_eq!(resumed(&text, sent_again, Setting::default()).report.result, RunResult::Stopped);
}

#[test]
fn a_text_that_says_something_else_sends_nothing() {
    let text = in_stage("run on here $ say first\nrun on here $ fails 1 second");
    let before = run(&text).events;
    let told = resumed(&text.replace("say first", "say other"), &before, Setting::default());
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec![]));
    assert!(told.failure().contains("has another request here: `say first`"), "{}", told.failure());
}

fn yes(name: &str) -> Decision {
    Decision::Yes { by: Actor { name: name.into(), from: "a desk".into() }, reason: None }
}

fn with_people(decisions: Vec<Decision>) -> Setting {
    Setting { operator: Arc::new(Script(Mutex::new(decisions))), ..Setting::default() }
}

#[test]
fn a_yes_that_was_given_stays_given() {
    let text = in_stage("approve \"Go?\", by 2\nrun on here $ say go");
    let first = run_in(&text, with_people(vec![yes("ann")]));
    assert_eq!(first.report.result, RunResult::Stopped);
    assert_eq!(History::of(&first.events).waiting().len(), 1);
    let told = resumed(&text, &first.events, with_people(vec![yes("ann"), yes("bob")]));
    assert_eq!(told.succeeded().commands(), ["say go"]);
}

#[test]
fn a_yes_grows_too_old() {
    let text = in_stage("approve \"Go?\", within 4h\nonce on win $ refuses 3 go");
    let setting = with_people(vec![yes("ann")]);
    let programs = Arc::clone(&setting.programs);
    let mut first = run_in(&text, setting).events;
    let told = resumed(&text, &first, Setting { programs, ..Setting::default() });
    assert_eq!(told.report.result, RunResult::Succeeded);
    for event in &mut first {
        event.wall -= jiff::SignedDuration::from_hours(5);
    }
    let told = resumed(&text, &first, Setting::default());
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec![]));
}

#[test]
fn a_no_is_final() {
    let text = in_stage("approve \"Go?\"\nrun on here $ say go");
    let no = Decision::No { by: Actor { name: "ann".into(), from: String::new() }, reason: None };
    let first = run_in(&text, with_people(vec![no])).events;
    let told = resumed(&text, &first, with_people(vec![yes("bob")]));
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec![]));
}

#[test]
fn what_a_person_did_is_not_asked_for_again() {
    let text = in_stage("manual \"Pull the plug\" { check on here $ fails 1 verify }\nrun on here $ say on");
    let setting = with_people(vec![yes("ann")]);
    let programs = Arc::clone(&setting.programs);
    let first = run_in(&text, setting);
    let told = resumed(&text, &first.events, Setting { programs, ..Setting::default() });
    assert_eq!(told.succeeded().commands(), ["fails 1 verify", "say on"]);
}

#[test]
fn guards_are_asked_again_of_the_world() {
    let text = "runbook \"T\"\ntarget here = local\nguard \"No\" on here {\nforbid $ say danger\nallow $ say first\nwhen { let s = check on here $ nth asked\nassert s.text == \"1\" }\nbecause \"so\"\n}\nstage \"One\" {\nrun on here $ say first\nrun on here $ say danger\n}\n";
    let told = until_it_is_done(text, 2);
    assert_eq!((told[0].report.result, told[0].commands().len()), (RunResult::Denied, 2));
    assert_eq!(told[1].succeeded().commands(), ["nth asked", "say danger"]);
}

#[test]
fn an_undo_that_was_cut_off_goes_on() {
    let text = "runbook \"T\"\ntarget here = local\nstage \"One\" {\nrun on here $ say one\nundo { run on here $ say back 1\nrun on here $ fails 1 back }\n}\nstage \"Two\" {\nrun on here $ exit 1\nundo { run on here $ say back 2 }\n}\n";
    let setting = Setting::default();
    let programs = Arc::clone(&setting.programs);
    let mut events = run_in(text, setting).events;
    let undo = |before: &[Event]| {
        let undo = Some(History::of(before).begun_stages());
        let setting = Setting { undo, programs: Arc::clone(&programs), ..Setting::default() };
        resumed(text, before, setting)
    };
    let first = undo(&events);
    assert_eq!(first.commands(), ["say back 2", "say back 1", "fails 1 back"]);
    events.extend(first.events);
    let second = undo(&events);
    assert_eq!(second.succeeded().commands(), ["fails 1 back"]);
    events.extend(second.events);
    assert_eq!(History::of(&events).standing(), rutter::journal::Standing::TakenBack);
}

fn changes(before: &[Event], text: &str) -> Vec<String> {
    let changes = super::support::survey(text, before);
    let line = |change: &ChangedStep| {
        let doubt = if change.in_doubt { " (in doubt)" } else { "" };
        let now = change.now.as_deref().unwrap_or("nothing");
        format!("{}: {}{doubt} -> {now}", change.key, change.recorded)
    };
    changes.iter().map(line).collect()
}

#[test]
fn the_same_text_changes_nothing_wherever_the_run_was_cut_off() {
    let text = all_kinds();
    let whole = run(&text).events;
    for cut in 1..=whole.len() {
        assert_eq!(changes(&whole[..cut], &text), Vec::<String>::new(), "cut at {cut}");
    }
}

#[test]
fn what_a_changed_text_makes_of_the_record_is_said_by_step() {
    let text = in_stage(
        "let n = run on here $ nth x\nfor each h in [\"a\", \"b\"] { run on here $ say {{ h }} {{ n.text }} }\nonce on win $ lose\nrun on here $ say end",
    );
    let before = run(&text).events;
    let later = text.replace("say end", "say other end");
    assert_eq!(changes(&before, &later), Vec::<String>::new());
    let other = text.replace("say {{ h }}", "say {{ h }}!").replace("$ lose", "$ lose it");
    assert_eq!(
        changes(&before, &other),
        [
            "stage:1/1/for:h=a/0: run on here $ say a 1 -> run on here $ say a! 1",
            "stage:1/1/for:h=b/0: run on here $ say b 1 -> run on here $ say b! 1",
            "stage:1/2: once on win $ lose (in doubt) -> once on win $ lose it",
        ]
    );
    let fewer = text.replace("\"a\", ", "");
    assert_eq!(changes(&before, &fewer), ["stage:1/1/for:h=a/0: run on here $ say a 1 -> nothing"]);
}

#[test]
fn a_yes_is_given_to_a_plan_and_not_to_another() {
    let text = in_stage("approve \"Go?\"\nonce on win $ refuses 3 go");
    let mut before = run_in(&text, with_people(vec![yes("ann")])).events;
    let by = Actor { name: "bob".into(), from: String::new() };
    let kind = EventKind::TextAccepted { by, plan: "another".into(), changes: vec![] };
    let (sequence, wall) = (before.len() as u64, jiff::Timestamp::UNIX_EPOCH);
    before.push(Event { sequence, at: Duration::ZERO, wall, kind });
    let told = resumed(&text, &before, Setting::default());
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec![]));
}

#[test]
fn a_once_that_was_cut_off_is_asked_for_where_the_host_knows_it() {
    for (target, asked) in [("here", vec!["takes 4m pay", "say after"]), ("win", vec![])] {
        let text = in_stage(&format!("once on {target} $ takes 4m pay\nrun on here $ say after"));
        let stops = vec![Duration::from_secs(1), Duration::from_secs(2)];
        let first = run_in(&text, Setting { stops, ..Setting::default() });
        assert_eq!(first.report.result, RunResult::Stopped);
        assert_eq!(resumed(&text, &first.events, Setting::default()).commands(), asked, "{target}");
    }
}

#[test]
fn what_was_begun_and_can_not_be_asked_for_stays_in_doubt() {
    let text = in_stage("once on here $ refuses 3 pay\nrun on here $ say after");
    let mut before = killed_after_intent(&text);
    let told = resumed(&text, &before, Setting::default());
    assert_eq!((told.report.result, told.commands()), (RunResult::Stopped, vec!["refuses 3 pay"; 3]));
    before.extend(told.events);
    assert_eq!(History::of(&before).in_doubt().len(), 1);
}

#[test]
fn a_pass_that_failed_before_its_loop_did_is_done_again_in_the_end() {
    let text = in_stage(
        "for each n in [\"a\", \"b\"], 2 at a time {\nlet seen = run on here $ becomes 2 {{ n }}\nassert n == \"b\" or seen.text == \"yes\"\nrun on here $ takes 9s {{ n }}\n}",
    );
    let whole = run(&text).events;
    let failed = |event: &Event| matches!(&event.kind, EventKind::PassFinished { .. });
    let at = whole.iter().position(failed).unwrap();
    let mut before = whole[..=at].to_vec();
    let first = resumed(&text, &before, Setting::default());
    assert_eq!(first.report.result, RunResult::Failed);
    before.extend(first.events);
    let history = {
        let mut history = History::of(&before);
        history.forget_failures();
        history
    };
    let pass = StepKey("stage:1/0/for:n=a".into());
    assert!(!history.went_on_after(&pass), "the loop failed of it");
}

#[test]
fn a_yes_that_was_young_enough_at_first_grows_too_old_while_another_is_awaited() {
    let text = in_stage("approve \"Go?\", by 2, within 4h\nrun on here $ say go");
    let mut first = run_in(&text, with_people(vec![yes("ann")])).events;
    for event in &mut first {
        event.wall -= jiff::SignedDuration::from_mins(239);
    }
    let late = Arc::new(Late(Mutex::new(vec![yes("bob"), Decision::Nobody])));
    let told = resumed(&text, &first, Setting { operator: late, ..Setting::default() });
    assert_eq!(
        told.report.result,
        RunResult::Stopped,
        "ann's yes is too old by then, and bob's alone is not enough"
    );
}

/// The first answer comes after two hours, and no other.
struct Late(Mutex<Vec<Decision>>);

impl Late {
    async fn next(&self) -> Decision {
        let decision = self.0.lock().unwrap().remove(0);
        if decision != Decision::Nobody {
            tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
        }
        decision
    }
}

impl rutter::run::Operator for Late {
    fn approve<'a>(&'a self, _ask: &'a rutter::run::ApprovalAsk) -> futures::future::BoxFuture<'a, Decision> {
        Box::pin(self.next())
    }

    fn manual<'a>(&'a self, _ask: &'a rutter::run::ManualAsk) -> futures::future::BoxFuture<'a, Decision> {
        Box::pin(self.next())
    }
}

#[test]
fn what_is_not_shown_of_a_request_counts_too() {
    let text = |body: &str, input: &str, address: &str| {
        format!(
            "runbook \"T\"\ntarget web = http \"{address}\"\ntarget here = local\nstage \"One\" {{\nrun on web POST \"https://web/a/200\", json {body}\nrun on here, stdin \"{input}\" $ say x\nrun on here $ exit 1\n}}\n"
        )
    };
    let first = text("{\"amount\": 10}", "in", "https://web");
    let before = run(&first).events;
    assert_eq!(changes(&before, &first), Vec::<String>::new());
    assert_eq!(changes(&before, &text("{\"amount\": 999}", "in", "https://web")).len(), 1);
    assert_eq!(changes(&before, &text("{\"amount\": 10}", "out", "https://web")).len(), 1);
    assert_eq!(changes(&before, &text("{\"amount\": 10}", "in", "https://other")).len(), 1);
}
