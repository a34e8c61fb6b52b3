//! Runs that are listed, shown, told again, proven whole, removed.

use super::support::{Desk, complained, said};

const TWO: &str = r#"runbook "Two stages"

target here = local

stage "One" {
  let seen = check on here $ echo seen
  note "it said {{ seen.text }}"
}

stage "Two" {
  run on here $ test -e fine
}
"#;

#[test]
fn a_run_is_shown_where_it_stands() {
    let desk = Desk::with(TWO);
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 1);
    let shown = "\
run RUN: Two stages (it.runbook, plan PLAN)
failed WHEN, after LENGTH
begun WHEN by ann (HOST, by rutter run)

  ok 1 One
  FAILED 2 Two

Notes
  - it said seen

failed: `test -e fine` exited with 1
    ,-[it.runbook:11:3]
 11 |   run on here $ test -e fine
    :   ^^^^^^^^^^^^^|^^^^^^^^^^^^
    :                `-- only exit 0 is accepted
    `----
  in      stage \"Two\" › on here

Next
  rutter resume RUN  tries again what failed, and goes on
";
    said(&desk.rutter(&["show", "RUN"]), shown, 0);
    let json = desk.json(&["show", "RUN", "--format", "json"]);
    assert_eq!(json["run"], desk.run());
    assert_eq!(
        (&json["state"], &json["title"], &json["by"]["name"]),
        (&"failed".into(), &"Two stages".into(), &"ann".into())
    );
    let stages =
        serde_json::json!([{ "title": "One", "state": "done" }, { "title": "Two", "state": "failed" }]);
    assert_eq!((&json["stages"], &json["notes"]), (&stages, &serde_json::json!(["it said seen"])));
    assert_eq!((&json["in_doubt"], &json["waiting"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(json["failure"]["kind"], "failed");
}

#[test]
fn runs_are_listed_the_latest_first() {
    let desk = Desk::with(TWO);
    said(&desk.rutter(&["runs"]), "no runs\n", 0);
    desk.rutter(&["run", "it.runbook"]);
    desk.write("fine", "");
    desk.rutter(&["run", "it.runbook"]);
    let listed = desk.rutter(&["runs"]);
    let lines: Vec<_> = listed.out.lines().collect();
    assert!(
        lines[0].starts_with("RUN  done    WHEN ") && lines[0].ends_with("  Two stages (it.runbook)"),
        "{listed:?}"
    );
    assert!(lines[1].starts_with("OTHER  failed  WHEN ") && lines.len() == 2, "{listed:?}");
    let open = desk.rutter(&["runs", "--open"]);
    assert!(open.out.starts_with("OTHER  failed  WHEN ") && open.out.lines().count() == 1, "{open:?}");
    let json = desk.json(&["runs", "--format", "json"]);
    assert_eq!((&json["runs"][0]["state"], &json["runs"][1]["state"]), (&"done".into(), &"failed".into()));
}

#[test]
fn a_run_is_found_by_the_start_of_its_name_and_a_wrong_name_is_corrected() {
    let desk = Desk::with(TWO);
    desk.rutter(&["run", "it.runbook"]);
    let name = desk.run();
    assert_eq!(desk.rutter(&["show", &name[..5]]).code, 0);
    let wrong = format!("{}x", &name[..8]);
    let expected = format!("error: there is no run `{wrong}`\n  help: did you mean `RUN`?\n");
    complained(&desk.rutter(&["show", &wrong]), &expected, 2);
    let far =
        "error: there is no run `quite-another-name`\n  help: `rutter runs` lists those that are kept\n";
    complained(&desk.rutter(&["resume", "quite-another-name"]), far, 2);
    let unnamed = "error: which run is to go on?\n  help: these can be resumed:\n    RUN  Two stages\n";
    complained(&desk.rutter(&["resume"]), unnamed, 2);
    complained(&desk.rutter(&["stop"]), "error: which run is to stop? none is being carried out\n", 2);
}

#[test]
fn without_a_store_there_are_no_runs() {
    let desk = Desk::with(TWO);
    let none = "\
error: there are no runs yet: there is no store `/DESK/runs.db`
  help: `rutter run` makes it; `--store FILE` names another
";
    for command in ["show", "resume", "log", "verify", "undo", "stop", "approve"] {
        complained(&desk.rutter(&[command, "bako-rife"]), none, 2);
    }
    for (args, out) in [
        (&["runs"][..], "no runs\n"),
        (&["locks"], "no locks\n"),
        (&["prune", "--older-than", "1d"], "no run is that old\n"),
    ] {
        said(&desk.rutter(args), out, 0);
    }
    assert!(!desk.path("runs.db").exists());
}

#[test]
fn a_store_that_was_named_stands_in_the_lines_to_type() {
    let desk = Desk::with(TWO);
    let run = desk.rutter(&["run", "it.runbook", "--store", "other runs.db"]);
    assert!(run.out.contains("--store '/DESK/other runs.db'  tries again what failed"), "{}", run.out);
}

#[test]
fn the_log_tells_the_run_again() {
    let desk = Desk::with(TWO);
    let run = desk.raw(&["run", "it.runbook"]);
    let log = desk.raw(&["log", "RUN"]);
    let told: Vec<_> = run.lines().take_while(|line| line.starts_with('+')).collect();
    assert_eq!(log.lines().collect::<Vec<_>>(), told);
    let events = desk.raw(&["log", "RUN", "--format", "json"]);
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().enumerate().all(|(at, event)| event["sequence"] == at));
    assert_eq!(
        (&events[0]["event"], &events.last().unwrap()["event"]),
        (&"run-started".into(), &"run-finished".into())
    );
}

#[test]
fn a_log_is_followed_until_the_run_ends() {
    let desk =
        Desk::with(&TWO.replace("test -e fine", "touch begun; while [ ! -e go ]; do sleep 0.05; done"));
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let follower = desk.begin(&["log", "RUN", "--follow"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    desk.write("go", "");
    assert_eq!(run.ended().1, 0);
    let (followed, code) = follower.ended();
    assert_eq!((followed, code), (desk.raw(&["log", "RUN"]), 0));
}

#[test]
fn a_record_that_was_changed_is_found() {
    let desk = Desk::with(TWO);
    desk.rutter(&["run", "it.runbook"]);
    let whole = desk.raw(&["verify", "RUN"]);
    let head = whole.trim_end().rsplit(' ').next().unwrap().to_owned();
    let verified = desk.rutter(&["verify", "RUN", "--head", &head]);
    assert!(verified.code == 0 && verified.out.starts_with("run RUN is whole: "), "{verified:?}");
    let other = desk.rutter(&["verify", "RUN", "--head", &head.replace(char::is_numeric, "0")]);
    assert!(other.code == 1 && other.out.contains("and is another than the one that was noted"), "{other:?}");
    let store = rusqlite::Connection::open(desk.path("runs.db")).unwrap();
    let change = "UPDATE events SET body = CAST(replace(body, 'seen', 'SEEN') AS BLOB) WHERE sequence = 3";
    assert_eq!(store.execute(change, []).unwrap(), 1);
    drop(store);
    let broken = desk.rutter(&["verify", "RUN"]);
    said(&broken, "the record of `RUN` is broken at event 3: it was changed, or what comes before it\n", 1);
    let expected = "\
error: the record of `RUN` is broken at event 3: it was changed, or what comes before it
  help: nothing goes on from a broken record; `rutter verify RUN` checks it
";
    complained(&desk.rutter(&["resume", "RUN"]), expected, 2);
}

#[test]
fn old_runs_are_removed_with_their_outputs() {
    let desk = Desk::with(&TWO.replace("test -e fine", "head -c 3000000 /dev/zero"));
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 0);
    let outputs = desk.path("runs.db.outputs").join(desk.run());
    assert!(outputs.is_dir());
    said(&desk.rutter(&["prune", "--older-than", "1h"]), "no run is that old\n", 0);
    said(&desk.rutter(&["prune", "--older-than", "0s", "--dry-run"]), "RUN\n1 run would be removed\n", 0);
    assert!(desk.rutter(&["show", "RUN"]).code == 0 && outputs.is_dir());
    let run = desk.run();
    let pruned = desk.raw(&["prune", "--older-than", "0s"]);
    assert_eq!(pruned, format!("{run}\n1 run removed\n"));
    assert!(!outputs.exists());
    said(&desk.rutter(&["runs"]), "no runs\n", 0);
    complained(
        &desk.rutter(&["prune", "--older-than", "ninety"]),
        "error: invalid value 'ninety' for '--older-than <AGE>': write it as `90d`, `12h` or `30m`\n\nFor more information, try '--help'.\n",
        2,
    );
}

#[test]
fn a_run_that_can_be_resumed_is_only_removed_when_that_is_meant() {
    let desk = Desk::with(&TWO.replace("run on here $ test -e fine", "approve \"Go on?\""));
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 3);
    said(&desk.rutter(&["prune", "--older-than", "0s"]), "no run is that old\n", 0);
    assert!(desk.rutter(&["prune", "--older-than", "0s", "--resumable"]).out.ends_with("\n1 run removed\n"));
}
