//! Each statement by what happens.

use snapbox::{assert_data_eq, str};

use super::support::{Setting, run, run_in};

#[test]
fn steps_one_after_another_with_keys_of_their_own() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  let first = run on here $ takes 2s {{ "a b" }}
  if first.text == "'a b'" {
    run on here $ say {{ first.lines | length }}
  } else {
    fail "{{ first.text }}"
  }
  note "over"
}
stage "Two" { once on here $ say two }
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 run on here $ takes 2s 'a b'
    2s stage:1/0 exit 0 in 0.0s
    2s stage:1/1/if:0/0 run on here $ say 1
    2s stage:1/1/if:0/0 exit 0 in 0.0s
    2s stage:1/2 note over
    2s stage:1 stage ok
    2s stage:2 stage 2 Two
    2s stage:2/0 once on here $ say two
    2s stage:2/0 exit 0 in 0.0s
    2s stage:2 stage ok
    2s run Succeeded

"#]]
    );
    assert_eq!(told.report.notes, ["over"]);
}

#[test]
fn an_action_sees_its_library_and_its_params_and_gives_a_value() {
    let files = vec![(
        "lib.runbook",
        r#"library "L"
let greeting = "hello"
action greet(place: target, name: string, mark: string = greeting ~ "!") {
  let said = check on place $ say {{ greeting }} {{ name }} {{ mark }}
  for each word in said.lines {
    return word
  }
}
"#,
    )];
    let setting = Setting { files, ..Setting::default() };
    let told = run_in(
        r#"runbook "T"
use "./lib.runbook" as lib
target here = local
stage "One" {
  let greeting = "ours"
  let said = lib.greet(here, "you")
  let other = lib.greet(name="me", place=here, mark=greeting)
  note "{{ said }} {{ other }}"
}
"#,
        setting,
    );
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/1/lib.greet/0 check on here $ say hello you 'hello!'
    0s stage:1/1/lib.greet/0 exit 0 in 0.0s
    0s stage:1/1/lib.greet/1 loop word over hello you 'hello!' by 1
    0s stage:1/1/lib.greet/1/for:word=hello you 'hello!' pass
    0s stage:1/1/lib.greet/1/for:word=hello you 'hello!' pass ok
    0s stage:1/1/lib.greet/1 loop ok
    0s stage:1/2/lib.greet/0 check on here $ say hello me ours
    0s stage:1/2/lib.greet/0 exit 0 in 0.0s
    0s stage:1/2/lib.greet/1 loop word over hello me ours by 1
    0s stage:1/2/lib.greet/1/for:word=hello me ours pass
    0s stage:1/2/lib.greet/1/for:word=hello me ours pass ok
    0s stage:1/2/lib.greet/1 loop ok
    0s stage:1/3 note hello you 'hello!' hello me ours
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
}

#[test]
fn a_wait_polls_from_the_start_of_a_try_until_it_is_stable() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  wait until "it says yes", within 2m, every 10s, stable 2 times {
    run_once()
    let seen = check on here $ becomes 3 x
    assert seen.text == "yes", "it says {{ seen.text }}"
  }
}
action run_once() { check on here2 $ takes 4s x }
target here2 = local
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 wait it says yes, 2m every 10s
    0s stage:1/0/poll:1/0/run_once/0 check on here2 $ takes 4s x
    4s stage:1/0/poll:1/0/run_once/0 exit 0 in 0.0s
    4s stage:1/0/poll:1/1 check on here $ becomes 3 x
    4s stage:1/0/poll:1/1 exit 0 in 0.0s
    4s stage:1/0 polled 1: 0/2 it says no
   10s stage:1/0/poll:2/0/run_once/0 check on here2 $ takes 4s x
   14s stage:1/0/poll:2/0/run_once/0 exit 0 in 0.0s
   14s stage:1/0/poll:2/1 check on here $ becomes 3 x
   14s stage:1/0/poll:2/1 exit 0 in 0.0s
   14s stage:1/0 polled 2: 0/2 it says no
   20s stage:1/0/poll:3/0/run_once/0 check on here2 $ takes 4s x
   24s stage:1/0/poll:3/0/run_once/0 exit 0 in 0.0s
   24s stage:1/0/poll:3/1 check on here $ becomes 3 x
   24s stage:1/0/poll:3/1 exit 0 in 0.0s
   24s stage:1/0 polled 3: 1/2 passed
   30s stage:1/0/poll:4/0/run_once/0 check on here2 $ takes 4s x
   34s stage:1/0/poll:4/0/run_once/0 exit 0 in 0.0s
   34s stage:1/0/poll:4/1 check on here $ becomes 3 x
   34s stage:1/0/poll:4/1 exit 0 in 0.0s
   34s stage:1/0 polled 4: 2/2 passed
   34s stage:1/0 wait ok
   34s stage:1 stage ok
   34s run Succeeded

"#]]
    );
}

#[test]
fn a_wait_that_falls_behind_never_has_two_tries_at_once() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  wait until "slow", within 1m, every 5s {
    check on here $ takes 12s x
    let seen = check on here $ becomes 3 x
    assert seen.text == "yes"
  }
}
"#);
    assert_eq!(told.most_at_a_time, 1);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 wait slow, 1m every 5s
    0s stage:1/0/poll:1/0 check on here $ takes 12s x
   12s stage:1/0/poll:1/0 exit 0 in 0.0s
   12s stage:1/0/poll:1/1 check on here $ becomes 3 x
   12s stage:1/0/poll:1/1 exit 0 in 0.0s
   12s stage:1/0 polled 1: 0/1 `seen.text == "yes"` is not true
   12s stage:1/0/poll:2/0 check on here $ takes 12s x
   24s stage:1/0/poll:2/0 exit 0 in 0.0s
   24s stage:1/0/poll:2/1 check on here $ becomes 3 x
   24s stage:1/0/poll:2/1 exit 0 in 0.0s
   24s stage:1/0 polled 2: 0/1 `seen.text == "yes"` is not true
   24s stage:1/0/poll:3/0 check on here $ takes 12s x
   36s stage:1/0/poll:3/0 exit 0 in 0.0s
   36s stage:1/0/poll:3/1 check on here $ becomes 3 x
   36s stage:1/0/poll:3/1 exit 0 in 0.0s
   36s stage:1/0 polled 3: 1/1 passed
   36s stage:1/0 wait ok
   36s stage:1 stage ok
   36s run Succeeded

"#]]
    );
}

#[test]
fn a_wait_fails_with_its_last_reason_and_values_and_explains() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  wait until "it is full", within 25s, every 10s {
    let seen = check on here $ nth x
    assert seen.json >= 10, "only {{ seen.text }}"
  } on failure {
    let logs = check on here $ say no space
    diagnose "no space" in logs.text, cause "The disk is full.", fix "Make room."
    diagnose "other" in logs.text, cause "Other.", fix "{{ logs.text }}."
    assert false, "can't look further"
  }
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 wait it is full, 25s every 10s
    0s stage:1/0/poll:1/0 check on here $ nth x
    0s stage:1/0/poll:1/0 exit 0 in 0.0s
    0s stage:1/0 polled 1: 0/1 only 1
   10s stage:1/0/poll:2/0 check on here $ nth x
   10s stage:1/0/poll:2/0 exit 0 in 0.0s
   10s stage:1/0 polled 2: 0/1 only 2
   20s stage:1/0/poll:3/0 check on here $ nth x
   20s stage:1/0/poll:3/0 exit 0 in 0.0s
   20s stage:1/0 polled 3: 0/1 only 3
   25s stage:1/0 wait TimedOut: `it is full` did not come true within 25s
   25s stage:1/0/on-failure explain
   25s stage:1/0/on-failure/0 check on here $ say no space
   25s stage:1/0/on-failure/0 exit 0 in 0.0s
   25s stage:1/0/on-failure/1 diagnosed true: The disk is full. Make room.
   25s stage:1/0/on-failure/2 diagnosed false: Other. no space.
   25s stage:1 stage TimedOut: `it is full` did not come true within 25s
   25s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
TimedOut: `it is full` did not come true within 25s
  at 4:3 `wait` tried 3 times, every 10s
  seen.json = 3
  in stage "One"
  Failed: only 3
    at 6:12 `seen.json >= 10` this is not true
    seen.json = 3
    in stage "One"
  Failed: `on failure` failed as well: can't look further
    at 11:12 `false` this is not true
    in stage "One"

"#]]
    );
}

#[test]
fn a_wait_bounds_a_poll_that_hangs() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  wait until "it answers", within 20s, every 5s {
    check on here, within 1h $ hang
  }
}
"#);
    assert_data_eq!(
        told.failure(),
        str![[r#"
TimedOut: `it answers` did not come true within 20s
  at 4:3 `wait` tried once, every 5s
  in stage "One"
  TimedOut: `hang` did not end within 20s
    at 5:5 `check on here, within 1h $ hang` it was ended, and is over
    in stage "One" > on here

"#]]
    );
    assert_eq!(told.lasted.as_secs(), 20);
}

#[test]
fn unreachable_and_failing_polls_count_as_not_yet() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  wait until within 1m, every 10s { check on here $ refuses 4 x }
  wait until within 1m, every 10s { check on here $ fails 2 x }
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 wait its body passes, 1m every 10s
    0s stage:1/0/poll:1/0 check on here $ refuses 4 x
1s500ms stage:1/0/poll:1/0 Unreachable: `here` can't be reached: connection refused
1s500ms stage:1/0 polled 1: 0/1 `here` can't be reached: connection refused
   10s stage:1/0/poll:2/0 check on here $ refuses 4 x
10s500ms stage:1/0/poll:2/0 exit 0 in 0.0s
10s500ms stage:1/0 polled 2: 1/1 passed
10s500ms stage:1/0 wait ok
10s500ms stage:1/1 wait its body passes, 1m every 10s
10s500ms stage:1/1/poll:1/0 check on here $ fails 2 x
10s500ms stage:1/1/poll:1/0 Failed: `fails 2 x` exited with 1
10s500ms stage:1/1 polled 1: 0/1 `fails 2 x` exited with 1
20s500ms stage:1/1/poll:2/0 check on here $ fails 2 x
20s500ms stage:1/1/poll:2/0 Failed: `fails 2 x` exited with 1
20s500ms stage:1/1 polled 2: 0/1 `fails 2 x` exited with 1
30s500ms stage:1/1/poll:3/0 check on here $ fails 2 x
30s500ms stage:1/1/poll:3/0 exit 0 in 0.0s
30s500ms stage:1/1 polled 3: 1/1 passed
30s500ms stage:1/1 wait ok
30s500ms stage:1 stage ok
30s500ms run Succeeded

"#]]
    );
}

#[test]
fn a_retry_tries_until_its_body_does_not_fail() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  retry 3 times, every 10s { run on here $ fails 2 a }
  run on here, retry 3 times $ fails 2 b
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/try:1/0 run on here $ fails 2 a
    0s stage:1/0/try:1/0 Failed: `fails 2 a` exited with 1
    0s stage:1/0 try 1 of 3: `fails 2 a` exited with 1
   10s stage:1/0/try:2/0 run on here $ fails 2 a
   10s stage:1/0/try:2/0 Failed: `fails 2 a` exited with 1
   10s stage:1/0 try 2 of 3: `fails 2 a` exited with 1
   20s stage:1/0/try:3/0 run on here $ fails 2 a
   20s stage:1/0/try:3/0 exit 0 in 0.0s
   20s stage:1/1 run on here $ fails 2 b
   20s stage:1/1 try 1 of 3: `fails 2 b` exited with 1
   21s stage:1/1 try 2 of 3: `fails 2 b` exited with 1
   22s stage:1/1 exit 0 in 0.0s
   22s stage:1 stage ok
   22s run Succeeded

"#]]
    );
}

#[test]
fn a_loop_goes_over_lists_maps_and_pairs() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  for each x in ["a/b", "c", "c"] { note x_is(x) }
  for each key in {"one": 1, "two": 2} { note "{{ key }}" }
  for each key, value in {"one": 1} { note "{{ key }}={{ value }}" }
  for each left, right in [["l", "r"]] { note "{{ left }}{{ right }}" }
  for each record in [{"size": 1, "name": "big"}, {"size": 2}] { note "{{ record.size }}" }
  for each nothing in [] { fail "never" }
}
"#
    .replace("note x_is(x)", "note \"{{ x }}\"")
    .as_str());
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 loop x over a/b c c by 1
    0s stage:1/0/for:x=a%2Fb pass
    0s stage:1/0/for:x=a%2Fb/0 note a/b
    0s stage:1/0/for:x=a%2Fb pass ok
    0s stage:1/0/for:x=c pass
    0s stage:1/0/for:x=c/0 note c
    0s stage:1/0/for:x=c pass ok
    0s stage:1/0/for:x=c#2 pass
    0s stage:1/0/for:x=c#2/0 note c
    0s stage:1/0/for:x=c#2 pass ok
    0s stage:1/0 loop ok
    0s stage:1/1 loop key over one two by 1
    0s stage:1/1/for:key=one pass
    0s stage:1/1/for:key=one/0 note one
    0s stage:1/1/for:key=one pass ok
    0s stage:1/1/for:key=two pass
    0s stage:1/1/for:key=two/0 note two
    0s stage:1/1/for:key=two pass ok
    0s stage:1/1 loop ok
    0s stage:1/2 loop key, value over one by 1
    0s stage:1/2/for:key=one pass
    0s stage:1/2/for:key=one/0 note one=1
    0s stage:1/2/for:key=one pass ok
    0s stage:1/2 loop ok
    0s stage:1/3 loop left, right over l by 1
    0s stage:1/3/for:left=l pass
    0s stage:1/3/for:left=l/0 note lr
    0s stage:1/3/for:left=l pass ok
    0s stage:1/3 loop ok
    0s stage:1/4 loop record over big #2 by 1
    0s stage:1/4/for:record=big pass
    0s stage:1/4/for:record=big/0 note 1
    0s stage:1/4/for:record=big pass ok
    0s stage:1/4/for:record=#2 pass
    0s stage:1/4/for:record=#2/0 note 2
    0s stage:1/4/for:record=#2 pass ok
    0s stage:1/4 loop ok
    0s stage:1/5 loop nothing over  by 1
    0s stage:1/5 loop ok
    0s stage:1 stage ok
    0s run Succeeded

"#]]
    );
}

#[test]
fn a_loop_gives_a_list_of_what_its_passes_return_in_their_order() {
    let told = run(r#"runbook "T"
target here = local
action seen(place: target) {
  let sizes = for each d in ["3s", "1s", "2s"], 3 at a time {
    let said = check on place $ takes {{ d }} {{ d }}
    if d != "1s" { return said.text }
  }
  return sizes | length
}
stage "One" {
  let words = for each d in ["3s", "1s", "2s"], 3 at a time {
    let said = check on here $ takes {{ d }} {{ d }}
    for each nothing in [1, 2] { return said.text ~ nothing }
  }
  note "{{ words | join(', ') }}"
  let none_of_them = for each x in [] { return x }
  note "{{ none_of_them | length }}"
  let two = seen(here)
  note "{{ two }}"
  let lame = for each n in [1, 2, 3], tolerating 1 failures {
    if n == 2 { fail "lame" }
    return n
  }
  note "{{ lame | join(', ') }}"
}
"#);
    assert_eq!(told.report.notes, ["3s1, 1s1, 2s1", "0", "2", "1, 3"]);
}

#[test]
fn passes_begin_when_another_is_over_not_in_batches() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  for each d in ["9s", "2s", "3s", "1s"], 2 at a time { run on here $ takes {{ d }} {{ d }} }
}
"#);
    assert_eq!(told.most_at_a_time, 2);
    assert_eq!(told.lasted.as_secs(), 9);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 loop d over 9s 2s 3s 1s by 2
    0s stage:1/0/for:d=9s pass
    0s stage:1/0/for:d=9s/0 run on here $ takes 9s 9s
    0s stage:1/0/for:d=2s pass
    0s stage:1/0/for:d=2s/0 run on here $ takes 2s 2s
    2s stage:1/0/for:d=2s/0 exit 0 in 0.0s
    2s stage:1/0/for:d=2s pass ok
    2s stage:1/0/for:d=3s pass
    2s stage:1/0/for:d=3s/0 run on here $ takes 3s 3s
    5s stage:1/0/for:d=3s/0 exit 0 in 0.0s
    5s stage:1/0/for:d=3s pass ok
    5s stage:1/0/for:d=1s pass
    5s stage:1/0/for:d=1s/0 run on here $ takes 1s 1s
    6s stage:1/0/for:d=1s/0 exit 0 in 0.0s
    6s stage:1/0/for:d=1s pass ok
    9s stage:1/0/for:d=9s/0 exit 0 in 0.0s
    9s stage:1/0/for:d=9s pass ok
    9s stage:1/0 loop ok
    9s stage:1 stage ok
    9s run Succeeded

"#]]
    );
}

#[test]
fn after_too_many_failures_no_pass_begins_and_those_under_way_finish() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  for each n in [1, 2, 0, 3, 0, 0, 0], 3 at a time, tolerating 1 failures {
    run on here $ takes 1s {{ n }}
    run on here $ exit {{ n }}
  } on failure {
    note "explained"
  }
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 loop n over 1 2 0 3 0 0 0 by 3
    0s stage:1/0/for:n=1 pass
    0s stage:1/0/for:n=1/0 run on here $ takes 1s 1
    0s stage:1/0/for:n=2 pass
    0s stage:1/0/for:n=2/0 run on here $ takes 1s 2
    0s stage:1/0/for:n=0 pass
    0s stage:1/0/for:n=0/0 run on here $ takes 1s 0
    1s stage:1/0/for:n=1/0 exit 0 in 0.0s
    1s stage:1/0/for:n=1/1 run on here $ exit 1
    1s stage:1/0/for:n=2/0 exit 0 in 0.0s
    1s stage:1/0/for:n=2/1 run on here $ exit 2
    1s stage:1/0/for:n=0/0 exit 0 in 0.0s
    1s stage:1/0/for:n=0/1 run on here $ exit 0
    1s stage:1/0/for:n=0/1 exit 0 in 0.0s
    1s stage:1/0/for:n=0 pass ok
    1s stage:1/0/for:n=2/1 Failed: `exit 2` exited with 2
    1s stage:1/0/for:n=2 pass Failed: `exit 2` exited with 2
    1s stage:1/0/for:n=1/1 Failed: `exit 1` exited with 1
    1s stage:1/0/for:n=1 pass Failed: `exit 1` exited with 1
    1s stage:1/0/for:n=3 pass skipped
    1s stage:1/0/for:n=0#2 pass skipped
    1s stage:1/0/for:n=0#3 pass skipped
    1s stage:1/0/for:n=0#4 pass skipped
    1s stage:1/0 loop Failed: 2 of 7 passes failed: 1, 2
    1s stage:1/0/on-failure explain
    1s stage:1/0/on-failure/0 note explained
    1s stage:1 stage Failed: 2 of 7 passes failed: 1, 2
    1s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: 2 of 7 passes failed: 1, 2
  at 4:3 `for` at most 1 may fail
  in stage "One"
  Failed: `exit 1` exited with 1
    at 6:5 `run on here $ exit {{ n }}` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > n = 1 > on here
  Failed: `exit 2` exited with 2
    at 6:5 `run on here $ exit {{ n }}` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > n = 2 > on here

"#]]
    );
}

#[test]
fn a_percentage_is_rounded_down() {
    let text = |n: u32| {
        format!(
            "runbook \"T\"\ntarget here = local\nstage \"One\" {{\n  for each n in range({n}), tolerating 10% {{\n    \
             if n == 0 {{ run on here $ refuse }}\n  }}\n}}\n"
        )
    };
    assert!(run(&text(9)).report.failure.is_some());
    run(&text(10)).succeeded();
}

#[test]
fn together_goes_on_to_every_end() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  together {
    run on here $ takes 5s long
    run on here $ exit 1
    for each n in [1, 2] { run on here $ takes 1s {{ n }} }
    run on here $ refuse
  }
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/side:0 run on here $ takes 5s long
    0s stage:1/0/side:1 run on here $ exit 1
    0s stage:1/0/side:2 loop n over 1 2 by 1
    0s stage:1/0/side:2/for:n=1 pass
    0s stage:1/0/side:2/for:n=1/0 run on here $ takes 1s 1
    0s stage:1/0/side:3 run on here $ refuse
    0s stage:1/0/side:1 Failed: `exit 1` exited with 1
    1s stage:1/0/side:2/for:n=1/0 exit 0 in 0.0s
    1s stage:1/0/side:2/for:n=1 pass ok
    1s stage:1/0/side:2/for:n=2 pass
    1s stage:1/0/side:2/for:n=2/0 run on here $ takes 1s 2
1s500ms stage:1/0/side:3 Unreachable: `here` can't be reached: connection refused
    2s stage:1/0/side:2/for:n=2/0 exit 0 in 0.0s
    2s stage:1/0/side:2/for:n=2 pass ok
    2s stage:1/0/side:2 loop ok
    5s stage:1/0/side:0 exit 0 in 0.0s
    5s stage:1 stage Failed: 2 of 4 statements side by side failed
    5s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: 2 of 4 statements side by side failed
  at 4:3 `together` each was carried out to its end
  in stage "One"
  Failed: `exit 1` exited with 1
    at 6:5 `run on here $ exit 1` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > on here
  Unreachable: `here` can't be reached: connection refused
    at 9:5 `run on here $ refuse` nothing was sent, in 3 tries
    in stage "One" > on here

"#]]
    );
}

#[test]
fn attempt_deals_with_a_failure_and_always_comes_last() {
    let told = run(r#"runbook "T"
target here = local
stage "One" {
  attempt { run on here $ exit 1 } otherwise { note "dealt with" } always { note "always" }
  attempt { note "fine" } otherwise { fail "never" } always { note "always" }
  attempt { run on here $ exit 1 } otherwise { run on here $ exit 2 } always { run on here $ exit 3 }
}
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0/attempt/0 run on here $ exit 1
    0s stage:1/0/attempt/0 Failed: `exit 1` exited with 1
    0s stage:1/0 attempt failed: `exit 1` exited with 1
    0s stage:1/0/otherwise/0 note dealt with
    0s stage:1/0/always/0 note always
    0s stage:1/1/attempt/0 note fine
    0s stage:1/1/always/0 note always
    0s stage:1/2/attempt/0 run on here $ exit 1
    0s stage:1/2/attempt/0 Failed: `exit 1` exited with 1
    0s stage:1/2 attempt failed: `exit 1` exited with 1
    0s stage:1/2/otherwise/0 run on here $ exit 2
    0s stage:1/2/otherwise/0 Failed: `exit 2` exited with 2
    0s stage:1/2/always/0 run on here $ exit 3
    0s stage:1/2/always/0 Failed: `exit 3` exited with 3
    0s stage:1 stage Failed: `exit 2` exited with 2
    0s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: `exit 2` exited with 2
  at 8:15 `run on here $ exit 2` only exit 0 is accepted
  stderr = it went wrong
  in stage "One" > on here
  Failed: `always` failed as well: `exit 3` exited with 3
    at 9:12 `run on here $ exit 3` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > on here

"#]]
    );
}

#[test]
fn pause_passes_the_time() {
    let told = run(r#"runbook "T"
stage "One" {
  pause 90s, "caches expire"
  pause 2 * 30s
}
"#
    .replace("pause 2 * 30s", "pause 1m")
    .as_str());
    assert_eq!(told.lasted.as_secs(), 150);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 pause 1m30s
 1m30s stage:1/0 pause over
 1m30s stage:1/1 pause 1m
 2m30s stage:1/1 pause over
 2m30s stage:1 stage ok
 2m30s run Succeeded

"#]]
    );
}

#[test]
fn a_target_of_a_block_and_a_loaded_file() {
    let files = vec![("hosts.json", r#"["a", "b"]"#)];
    let told = run_in(
        r#"runbook "T"
stage "One" {
  let hosts = load "hosts.json"
  for each host in hosts {
    target it = http "https://{{ host }}.example/x"
    let page = check on it GET "/200"
    note "{{ page.text }} {{ page.status }}"
  }
}
"#,
        Setting { files, ..Setting::default() },
    );
    assert_eq!(told.commands(), ["GET https://a.example/x/200", "GET https://b.example/x/200"]);
    assert_eq!(told.report.notes, ["https://a.example/x 200", "https://b.example/x 200"]);
}

#[test]
fn a_checklist_tries_all_items_and_then_fails() {
    let told = run(r#"runbook "T"
target here = local
stage "One" { note "done" }
checklist "After" {
  item "good" { check on here $ say x }
  item "bad" { check on here $ exit 1 }
  item "good again" { assert true }
  item "wrong" { assert 1 == 2 }
}
stage "Never" { note "never" }
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 note done
    0s stage:1 stage ok
    0s checklist:2 checklist After
    0s checklist:2/item:1/0 check on here $ say x
    0s checklist:2/item:1/0 exit 0 in 0.0s
    0s checklist:2/item:1 item good ok
    0s checklist:2/item:2/0 check on here $ exit 1
    0s checklist:2/item:2/0 Failed: `exit 1` exited with 1
    0s checklist:2/item:2 item bad Failed: `exit 1` exited with 1
    0s checklist:2/item:3 item good again ok
    0s checklist:2/item:4 item wrong Failed: `1 == 2` is not true
    0s checklist:2 checklist Failed: 2 of 4 items failed
    0s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: 2 of 4 items failed
  at 4:11 `"After"` 
  in checklist "After"
  Failed: `exit 1` exited with 1
    at 7:16 `check on here $ exit 1` only exit 0 is accepted
    stderr = it went wrong
    in checklist "After" > item "bad" > on here
  Failed: `1 == 2` is not true
    at 10:25 `1 == 2` this is not true
    in checklist "After" > item "wrong"

"#]]
    );
}

#[test]
fn a_stage_explains_its_failure_and_nothing_is_undone_unasked() {
    let text = r#"runbook "T"
target here = local
stage "One" {
  run on here $ say one
  undo { run on here $ say undo one }
}
stage "Two" {
  run on here $ exit 1
  undo { run on here $ say undo two }
} on failure {
  note "why it failed"
}
stage "Three" { undo { run on here $ say undo three } }
"#;
    let told = run(text);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s stage:1/0 run on here $ say one
    0s stage:1/0 exit 0 in 0.0s
    0s stage:1 stage ok
    0s stage:2 stage 2 Two
    0s stage:2/0 run on here $ exit 1
    0s stage:2/0 Failed: `exit 1` exited with 1
    0s stage:2/on-failure explain
    0s stage:2/on-failure/0 note why it failed
    0s stage:2 stage Failed: `exit 1` exited with 1
    0s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: `exit 1` exited with 1
  at 9:3 `run on here $ exit 1` only exit 0 is accepted
  stderr = it went wrong
  in stage "Two" > on here

"#]]
    );
    let undone = run_in(text, Setting { undo: Some(vec![1, 2]), ..Setting::default() });
    assert_data_eq!(
        undone.log(),
        str![[r#"
    0s  undoes [1, 2]
    0s stage:2/undo undo of Two
    0s stage:2/undo/0 run on here $ say undo two
    0s stage:2/undo/0 exit 0 in 0.0s
    0s stage:2/undo undo ok
    0s stage:1/undo undo of One
    0s stage:1/undo/0 run on here $ say undo one
    0s stage:1/undo/0 exit 0 in 0.0s
    0s stage:1/undo undo ok
    0s run Succeeded

"#]]
    );
    assert_eq!(undone.commands(), ["say undo two", "say undo one"]);
}

#[test]
fn an_invariant_is_looked_at_all_along_and_tolerates() {
    let told = run(r#"runbook "T"
target here = local
invariant "all is well", every 10s, tolerating 1 failures { check on here $ fails 1 x }
invariant "during two", every 10s, during "Two" { check on here $ say two }
stage "One" { pause 25s }
stage "Two" { pause 10s }
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s invariant:1/poll:1/0 check on here $ fails 1 x
    0s invariant:1/poll:1/0 Failed: `fails 1 x` exited with 1
    0s invariant all is well failed 1, tolerated 1: `fails 1 x` exited with 1
    0s stage:1/0 pause 25s
   10s invariant:1/poll:2/0 check on here $ fails 1 x
   10s invariant:1/poll:2/0 exit 0 in 0.0s
   10s invariant all is well recovered
   20s invariant:1/poll:3/0 check on here $ fails 1 x
   20s invariant:1/poll:3/0 exit 0 in 0.0s
   25s stage:1/0 pause over
   25s stage:1 stage ok
   25s stage:2 stage 2 Two
   25s invariant:2/poll:1/0 check on here $ say two
   25s invariant:2/poll:1/0 exit 0 in 0.0s
   25s stage:2/0 pause 10s
   30s invariant:1/poll:4/0 check on here $ fails 1 x
   30s invariant:1/poll:4/0 exit 0 in 0.0s
   35s stage:2/0 pause over
   35s invariant:1/poll:5/0 check on here $ fails 1 x
   35s invariant:2/poll:2/0 check on here $ say two
   35s invariant:1/poll:5/0 exit 0 in 0.0s
   35s invariant:2/poll:2/0 exit 0 in 0.0s
   35s stage:2 stage ok
   35s run Succeeded

"#]]
    );
}

#[test]
fn a_broken_invariant_ends_the_run_with_its_evidence() {
    let told = run(r#"runbook "T"
target here = local
invariant "all is well", every 10s, tolerating 1 failures {
  let seen = check on here $ nth x
  assert seen.json < 3, "seen {{ seen.text }}"
}
stage "One" {
  attempt {
    run on here $ takes 35s long
    run on here $ say never
  } otherwise {
    note "never"
  } always {
    run on here $ say cleaned
  }
} on failure { note "explained" }
"#);
    assert_data_eq!(
        told.log(),
        str![[r#"
    0s stage:1 stage 1 One
    0s invariant:1/poll:1/0 check on here $ nth x
    0s invariant:1/poll:1/0 exit 0 in 0.0s
    0s stage:1/0/attempt/0 run on here $ takes 35s long
   10s invariant:1/poll:2/0 check on here $ nth x
   10s invariant:1/poll:2/0 exit 0 in 0.0s
   20s invariant:1/poll:3/0 check on here $ nth x
   20s invariant:1/poll:3/0 exit 0 in 0.0s
   20s invariant all is well failed 1, tolerated 1: seen 3
   30s invariant:1/poll:4/0 check on here $ nth x
   30s invariant:1/poll:4/0 exit 0 in 0.0s
   30s invariant all is well broken, 2 in a row since 20s: seen 4
   35s stage:1/0/attempt/0 exit 0 in 0.0s
   35s stage:1/0/always/0 run on here $ say cleaned
   35s stage:1/0/always/0 exit 0 in 0.0s
   35s stage:1/on-failure explain
   35s stage:1/on-failure/0 note explained
   35s stage:1 stage Cancelled: an invariant was broken
   35s run Failed

"#]]
    );
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: invariant `all is well` is broken
  at 3:11 `"all is well"` it failed 2 times in a row, 10s apart, since +20s (2 of 4 looks failed)
  seen.json = 4
  in stage "One" > invariant "all is well"
  Failed: seen 4
    at 5:10 `seen.json < 3` this is not true
    seen.json = 4
    in invariant "all is well"

"#]]
    );
}
