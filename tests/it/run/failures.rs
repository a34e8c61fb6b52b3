//! Each kind of failure by its message.

use std::sync::Arc;
use std::time::Duration;

use rutter::event::{Event, RunResult};
use rutter::journal::{Journal, JournalError};
use snapbox::{assert_data_eq, str};

use super::support::{Setting, Told, run, run_in};

/// A run of one stage with these statements.
fn stage(body: &str) -> Told {
    run(&format!(
        "runbook \"T\"\ntarget here = local\ntarget far = ssh \"web1\"\ntarget win = ssh \"w1\", shell powershell\ntarget web = http\nstage \"One\" {{\n{body}\n}}\n"
    ))
}

#[test]
fn an_exit_code_that_was_not_asked_for() {
    let told = stage("run on far, accept exit 0 or 3010 $ exit 7");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: `exit 7` exited with 7
  at 7:1 `run on far, accept exit 0 or 3010 $ exit 7` only exit 0 or 3010 is accepted
  stderr = it went wrong
  in stage "One" > on far (web1)

"#]]
    );
    assert_eq!(told.report.result, RunResult::Failed);
}

#[test]
fn an_accepted_exit_code_goes_on() {
    stage("run on here, accept exit 0 or 3010 $ exit 3010").succeeded();
}

#[test]
fn a_status_that_was_not_asked_for() {
    assert_data_eq!(
        stage("check on web GET \"https://web/a/503\"").failure(),
        str![[r#"
Failed: `GET https://web/a/503` was answered with 503
  at 7:1 `check on web GET "https://web/a/503"` only a status from 200 to 299 is accepted
  body = https://web/a
  in stage "One" > on web

"#]]
    );
}

#[test]
fn what_is_turned_away_is_sent_again_when_the_other_side_says_so() {
    for effect in ["check on web GET", "run on web POST", "once on web POST"] {
        let told = stage(&format!("{effect} \"https://web/busy/2/429/7\""));
        assert_eq!(told.succeeded().commands().len(), 3, "{effect}");
        assert_eq!(told.lasted, Duration::from_secs(14));
    }
    let told = stage("check on web GET \"https://web/busy/1/503/3\"");
    assert_eq!(told.succeeded().commands().len(), 2);
    let told = stage("check on web GET \"https://web/busy/3/429/\"");
    assert_eq!(told.succeeded().commands().len(), 4, "1s, 2s and 4s where nothing is said");
}

#[test]
fn what_is_turned_away_is_not_sent_after_its_limit() {
    assert_data_eq!(
        stage("once on web POST \"https://web/busy/1/429/60\"").failure(),
        str![[r#"
Failed: `POST https://web/busy/1/429/60` was answered with 429
  at 7:1 `once on web POST "https://web/busy/1/429/60"` only a status from 200 to 299 is accepted
  in stage "One" > on web
  help: it was not carried out, and there was no time left to send it again: give it more with `within`

"#]]
    );
    let told = stage("once on web POST \"https://web/busy/1/503/3\"");
    assert_eq!(told.commands().len(), 1, "it may have taken effect");
    let told = stage("check on web GET \"https://web/busy/1/503/\"");
    assert_eq!(told.commands().len(), 1, "nobody asked for another");
    stage("check on web GET \"https://web/busy/1/429/5\", accept status 429").succeeded();
}

#[test]
fn an_assertion_shows_the_values_in_it() {
    let told =
        stage("let page = check on here $ say 3\nlet wanted = {\"n\": 4}\nassert page.json == wanted.n");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: `page.json == wanted.n` is not true
  at 9:8 `page.json == wanted.n` this is not true
  page.json = 3
  wanted.n = 4
  in stage "One"

"#]]
    );
}

#[test]
fn a_field_that_is_not_there() {
    let told = stage("let page = check on here $ nth x\nnote \"{{ page.json.b.c }}\"");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: an int has no field `b`
  at 8:10 `page.json.b` its value is 1
  in stage "One"

"#]]
    );
}

#[test]
fn output_that_is_no_json() {
    let told = stage("let page = check on here $ say hello\nassert page.json == 1");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: the output is no JSON: expected value at line 1 column 1
  at 8:8 `page.json` it begins with `hello`
  in stage "One"

"#]]
    );
}

#[test]
fn a_place_that_nobody_reaches_is_tried_a_few_times() {
    let told = stage("once on far $ refuse");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Unreachable: `far` can't be reached: connection refused
  at 7:1 `once on far $ refuse` nothing was sent, in 3 tries
  in stage "One" > on far (web1)

"#]]
    );
    assert_eq!(told.commands().len(), 3);
}

#[test]
fn a_command_that_hangs() {
    let told = stage("run on here, within 30s $ hang");
    assert_data_eq!(
        told.failure(),
        str![[r#"
TimedOut: `hang` did not end within 30s
  at 7:1 `run on here, within 30s $ hang` it was ended, and is over
  in stage "One" > on here

"#]]
    );
    assert_eq!(told.lasted.as_secs(), 30);
}

#[test]
fn a_check_and_a_run_whose_answer_was_lost() {
    assert_data_eq!(
        stage("check on here $ lose").failure(),
        str![[r#"
Unreachable: the connection was lost during `lose`
  at 7:1 `check on here $ lose` the connection was reset
  in stage "One" > on here

"#]]
    );
    assert_data_eq!(
        stage("run on here $ lose").failure(),
        str![[r#"
InDoubt: the connection was lost during `lose`
  at 7:1 `run on here $ lose` the connection was reset
  in stage "One" > on here

"#]]
    );
}

#[test]
fn a_run_whose_answer_was_lost_is_retried_with_the_same_key() {
    let told = stage("run on here, retry 2 times $ lose");
    assert_eq!(told.sent[0], told.sent[1]);
    let told = stage("run on here, retry 2 times $ exit 1");
    assert_eq!([&*told.sent[0].0, &*told.sent[1].0], ["stage:1/0", "stage:1/0/try:2"]);
}

#[test]
fn a_once_whose_answer_was_lost_is_in_doubt_and_never_sent_again() {
    let told = stage("once on win $ lose");
    assert_data_eq!(
        told.failure(),
        str![[r#"
InDoubt: the connection was lost during `lose`
  at 7:1 `once on win $ lose` the connection was reset
  in stage "One" > on win (w1)
  help: it must not be sent twice: find out whether it took effect, then say so and resume / `rutter settle r1 stage:1/0 --happened` takes it as done / `rutter settle r1 stage:1/0 --did-not` lets the resumed run send it again

"#]]
    );
    assert_eq!(told.report.result, RunResult::Stopped);
    assert_eq!(told.commands(), ["lose"]);
}

#[test]
fn a_once_under_a_claim_is_asked_for_again() {
    let told = stage("once on here $ lose");
    assert_eq!(told.commands(), ["lose", "lose", "lose"]);
    assert_eq!(told.report.result, RunResult::Stopped);
}

#[test]
fn done_when_settles_a_doubt() {
    let told = stage("once on win, done when { check on here $ say yes } $ lose");
    assert_eq!(told.succeeded().commands(), ["lose", "say yes"]);
    let told = stage("once on win, done when { check on here $ exit 1 } $ lose");
    assert_data_eq!(
        told.failure(),
        str![[r#"
InDoubt: the connection was lost during `lose`
  at 7:1 `once on win, done when { check on here $ exit 1 ` the connection was reset
  in stage "One" > on win (w1)
  help: it must not be sent twice: find out whether it took effect, then say so and resume / `rutter settle r1 stage:1/0 --happened` takes it as done / `rutter settle r1 stage:1/0 --did-not` lets the resumed run send it again
  Failed: `exit 1` exited with 1
    at 7:26 `check on here $ exit 1` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > on win (w1) > on here

"#]]
    );
}

#[test]
fn attempt_catches_a_doubt() {
    stage("attempt { once on here $ lose } otherwise { note \"settled by hand\" }").succeeded();
}

#[test]
fn fail_says_what_it_was_told_to_and_where() {
    let told = stage("for each n in [\"x\"] { for each m in [1] { fail \"no {{ n }}\" } }");
    assert_data_eq!(
        told.failure(),
        str![[r#"
Failed: no x
  at 7:43 `fail "no {{ n }}"` the runbook stops here
  in stage "One" > n = x > m = 1

"#]]
    );
}

#[test]
fn a_retry_that_is_used_up() {
    assert_data_eq!(
        stage("retry 2 times { run on here $ exit 1 }").failure(),
        str![[r#"
Failed: all 2 tries failed; the last: `exit 1` exited with 1
  at 7:1 `retry` 
  stderr = it went wrong
  in stage "One"
  Failed: `exit 1` exited with 1
    at 7:17 `run on here $ exit 1` only exit 0 is accepted
    stderr = it went wrong
    in stage "One" > on here

"#]]
    );
}

#[test]
fn numbers_that_make_no_sense() {
    assert_data_eq!(
        stage("let n = 0\nfor each x in [1], n at a time { note \"x\" }").failure(),
        str![[r#"
Failed: `n` is not a whole number from 1 up
  at 8:20 `n` this is 0
  in stage "One"
  help: give a number such as `3`

"#]]
    );
    assert_data_eq!(
        stage("let given = check on here $ say 1.5\nlet n = given.json\nretry n times { note \"x\" }")
            .failure(),
        str![[r#"
Failed: `n` is not a whole number from 1 up
  at 9:7 `n` this is 1.5
  in stage "One"
  help: give a number such as `3`

"#]]
    );
    assert_data_eq!(
        stage(
            "let given = check on here $ say [[1,2,3]]\nlet l = given.json\nfor each x, y in l { note \"x\" }"
        )
        .failure(),
        str![[r#"
Failed: `l` is not a list of pairs
  at 9:18 `l` this is [1, 2, 3]
  in stage "One"
  help: two names go over a map, or over a list of pairs

"#]]
    );
}

#[test]
fn a_url_without_a_base() {
    assert_data_eq!(
        stage("check on web GET \"/a\"").failure(),
        str![[r#"
Failed: `/a` is not a whole URL, and `web` has no base to put before it
  at 7:18 `"/a"` 
  in stage "One"
  help: write it with `https://`, or give the target a base URL

"#]]
    );
}

/// Takes nothing.
struct Full;

impl Full {
    fn refusal() -> Result<(), JournalError> {
        Err(JournalError::Unwritable {
            place: "/srv/runs.db".into(),
            why: "no space is left on the disk".into(),
        })
    }
}

impl Journal for Full {
    fn append(&self, _event: &Event) -> Result<(), JournalError> {
        Ok(())
    }

    fn write(&self) -> Result<(), JournalError> {
        Self::refusal()
    }

    fn flush(&self) -> Result<(), JournalError> {
        Self::refusal()
    }

    fn is_flushed(&self) -> bool {
        false
    }
}

#[test]
fn a_journal_that_is_full_stops_the_run_before_the_effect() {
    let journal = Arc::new(Full);
    let setting = Setting { journal, ..Setting::default() };
    let text = "runbook \"T\"\ntarget here = local\nstage \"One\" { run on here $ say x }\n";
    let told = run_in(text, setting);
    assert!(told.commands().is_empty());
    assert_eq!(told.report.result, RunResult::Stopped);
    assert_data_eq!(
        told.failure(),
        str![[r#"
Cancelled: the journal /srv/runs.db can't be written: no space is left on the disk
  at 1:9 `"T"` nothing is sent that can't be recorded first
  help: make room or mend its permissions, then resume the run

"#]]
    );
}
