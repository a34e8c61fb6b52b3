//! Locks: one run at a time, and what becomes of a lock when its run is gone.

use super::support::{Desk, complained, said};

const LOCKED: &str = r#"runbook "Locked"

target here = local

lock "tenants"

stage "One" {
  # rutter: allow sleep-in-command because "it waits for the test"
  run on here $ touch begun; while [ ! -e go ]; do sleep 0.05; done
}
"#;

#[test]
fn a_second_run_says_who_holds_the_lock_and_sends_nothing() {
    let desk = Desk::with(LOCKED);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let second = desk.rutter(&["run", "it.runbook"]);
    let expected = "\
the lock \"tenants\" is held by ann on HOST, process N, since WHEN: waiting for a sign of life
error: the lock \"tenants\" is held by run RUN: ann on HOST, process N, since WHEN; nothing was sent
  help: `rutter show RUN` says where that run stands
";
    complained(&second, expected, 3);
    assert_eq!(desk.store().runs().unwrap().len(), 1);
    let locks = "\
lock:tenants
    run RUN: ann on HOST, process N, since WHEN
run:RUN
    run RUN: ann on HOST, process N, since WHEN
";
    said(&desk.rutter(&["locks"]), locks, 0);
    let json = desk.json(&["locks", "--format", "json"]);
    assert_eq!(
        (&json["leases"][0]["name"], &json["leases"][0]["user"]),
        (&"lock:tenants".into(), &"ann".into())
    );
    desk.write("go", "");
    assert_eq!(run.ended().1, 0);
    said(&desk.rutter(&["locks"]), "no locks\n", 0);
    assert_eq!(desk.rutter(&["run", "it.runbook"]).code, 0);
}

#[test]
fn the_lock_of_a_killed_run_is_free_at_once_on_this_machine() {
    let desk = Desk::with(LOCKED);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    run.signal("-KILL");
    run.ended();
    let locks = desk.rutter(&["locks"]);
    assert!(locks.out.contains("that process is gone: whoever asks for it next has it\n"), "{}", locks.out);
    desk.write("go", "");
    let second = desk.rutter(&["run", "it.runbook"]);
    assert_eq!((second.code, second.err.as_str()), (0, ""), "{second:?}");
}

#[test]
fn a_lock_is_taken_from_who_lives_only_by_force() {
    let desk = Desk::with(LOCKED);
    let run = desk.begin(&["run", "it.runbook"]);
    desk.until_there("begun");
    let typo = "error: nobody holds `lock:tenant`\n  help: did you mean lock:tenants?\n";
    complained(&desk.rutter(&["unlock", "lock:tenant", "--reason", "x"]), typo, 2);
    let alive = "\
`lock:tenants` is held by ann on HOST, process N, since WHEN: waiting for a sign of life
error: `lock:tenants` is held by ann on HOST, process N, since WHEN, which lives
  help: `rutter stop RUN` stops it; `--force` takes the lock all the same
";
    complained(&desk.rutter(&["unlock", "lock:tenants", "--reason", "it hangs"]), alive, 3);
    let unlock = desk.rutter(&["unlock", "lock:tenants", "--reason", "it hangs", "--force"]);
    said(&unlock, "`lock:tenants` is free; it was held by ann on HOST, process N, since WHEN\n", 0);
    let audit = desk.store().audit().unwrap();
    assert_eq!((audit[0].by.name.as_str(), audit[0].reason.as_deref()), ("ann", Some("it hangs")));
    // Whoever lost it records nothing more, and so sends nothing more.
    desk.write("go", "");
    let (out, code) = run.ended();
    assert!(code == 3 && out.contains("`lock:tenants` is lost"), "{code} {out}");
}
