//! `--override-guard NAME --reason TEXT`: refused before anything is sent, or on record with who and why.

use super::support::{Desk, Said};

const GUARDED: &str = r#"runbook "Restart"

target here = local

guard "no marks" on here {
  forbid $ touch marked
  because "It is being looked at."
  may be overridden
}

guard "never at all" on here {
  forbid $ touch never
}

stage "One" {
  run on here $ touch marked
  check on here $ test -e go
  run on here $ touch marked
}
"#;

/// What lint has to say of the runbook stands before it.
#[track_caller]
fn complained(said: &Said, err: &str, code: i32) {
    assert!(said.err.ends_with(err), "{}", said.err);
    assert_eq!((said.out.as_str(), said.code), ("", code));
}

#[test]
fn what_can_not_be_overridden_is_refused_before_anything_is_sent() {
    let desk = Desk::with(GUARDED);
    let run = |more: &[&str]| {
        let args: Vec<_> = ["run", "it.runbook"].iter().chain(more).copied().collect();
        let said = desk.rutter(&args);
        assert!(!desk.path("runs.db").exists(), "{more:?}: there is no run");
        said
    };
    complained(
        &run(&["--override-guard", "no mark", "--reason", "r"]),
        "error: there is no guard \"no mark\" in this runbook\n  help: did you mean \"no marks\"? Nothing was sent\n",
        2,
    );
    complained(
        &run(&["--override-guard", "something else", "--reason", "r"]),
        "error: there is no guard \"something else\" in this runbook\n  help: these may be overridden: \"no marks\"; nothing was sent\n",
        2,
    );
    complained(
        &run(&["--override-guard", "never at all", "--reason", "r"]),
        "error: the guard \"never at all\" can't be overridden\n  help: it does not say `may be overridden`; nothing was sent\n",
        2,
    );
    for reason in [&[][..], &["--reason", "  "]] {
        let said = run(&[&["--override-guard", "no marks"], reason].concat());
        let help = "  help: say why after it: `--reason \"TEXT\"`; nothing was sent\n";
        let expected = format!("error: the guard \"no marks\" can't be overridden without a reason\n{help}");
        complained(&said, &expected, 2);
    }
    complained(
        &run(&["--reason", "r"]),
        "error: the reason \"r\" is for no guard\n  help: name the guard before it: `--override-guard NAME`; nothing was sent\n",
        2,
    );
}

#[test]
fn it_is_on_record_and_holds_for_one_invocation() {
    let desk = Desk::with(GUARDED);
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 4);
    assert!(!desk.path("marked").exists());
    let overriding = ["--override-guard", "no marks", "--reason", "CHG-1042"];
    let said = desk.rutter(&[&["run", "it.runbook"], &overriding[..]].concat());
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(desk.path("marked").exists());
    let line = "\"no marks\" overridden by ann: CHG-1042";
    assert!(said.out.contains("ann overrides the guard \"no marks\": CHG-1042") && said.out.contains(line));
    assert!(desk.raw(&["show", "RUN"]).contains(line));
    let told = desk.json(&["show", "RUN", "--format", "json"]);
    assert_eq!(told["overridden"][0]["guard"], "no marks");
    assert_eq!(told["overridden"][0]["reason"], "CHG-1042");
    assert!(desk.raw(&["log", "RUN"]).contains("CHG-1042"));
    // The run goes on, and the guard is heeded again; unless it is said again.
    desk.write("go", "");
    let denied = desk.rutter(&["resume", "RUN"]);
    assert_eq!(denied.code, 4, "{}{}", denied.out, denied.err);
    assert_eq!(desk.rutter(&["resume", "RUN", "--override-guard", "no mark", "--reason", "r"]).code, 2);
    let said = desk.rutter(&[&["resume", "RUN"], &overriding[..]].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(desk.raw(&["show", "RUN"]).contains(line));
}
