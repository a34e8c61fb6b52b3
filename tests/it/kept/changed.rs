//! A run goes on with another text, where that changes nothing that was begun.

use super::support::{Desk, complained};

const TEXT: &str = r#"runbook "Rename"

param host: string = "web1"

target here = local

stage "Before" {
  once on here $ echo before {{ host }} >> marks
}

stage "After" {
  run on here $ test -e fine && echo after >> marks
}
"#;

fn stopped() -> Desk {
    let desk = Desk::with(TEXT);
    assert_eq!(desk.rutter(&["run", "it.runbook", "-p", "host=web2"]).code, 1);
    desk
}

#[test]
fn what_was_not_begun_can_be_changed_if_that_is_accepted() {
    let desk = stopped();
    desk.write(
        "it.runbook",
        &TEXT.replace("$ test -e fine && echo after", "$ echo afterwards").replace("\"After\"", "\"Later\""),
    );
    let asked = desk.rutter(&["resume", "RUN", "--on", "it.runbook"]);
    let differs = "\
The text differs:
- 2 After
-   run   on here $ test -e fine && echo after >> marks
+ 2 Later
+   run   on here $ echo afterwards >> marks

";
    assert_eq!((asked.out.as_str(), asked.code), (differs, 2), "{asked:?}");
    assert!(
        asked.err.starts_with("error: the text differs from the one that the run goes by"),
        "{}",
        asked.err
    );
    assert_eq!(desk.read("marks"), "before web2\n");
    let accepted = desk.rutter(&["resume", "RUN", "--on", "it.runbook", "--accept-changes"]);
    assert_eq!(
        (accepted.code, desk.read("marks").as_str()),
        (0, "before web2\nafterwards\n"),
        "{accepted:?}"
    );
    let log = desk.rutter(&["log", "RUN"]);
    assert!(log.out.contains("ann accepted the changed text:\n"), "{}", log.out);
    assert!(log.out.contains("+   run   on here $ echo afterwards >> marks\n"), "{}", log.out);
    assert_eq!(desk.rutter(&["verify", "RUN"]).code, 0);
}

#[test]
fn what_was_begun_can_not_be_changed() {
    let desk = stopped();
    desk.write("it.runbook", &TEXT.replace("echo before", "echo first"));
    let refused = desk.rutter(&["resume", "RUN", "--on", "it.runbook", "--accept-changes"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let expected = "\
error: the text differs in 1 step that was carried out
  help: what was done can't be changed any more; leave it as it was, or take the run back with `rutter undo`
    once on here $ echo before web2 >> marks is now once on here $ echo first web2 >> marks
";
    assert_eq!(refused.err, expected);
    let other = desk.rutter(&["resume", "RUN", "--on", "it.runbook", "-p", "host=web3", "--accept-changes"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert_eq!(desk.read("marks"), "before web2\n");
}

#[test]
fn the_same_text_needs_no_accepting() {
    let desk = stopped();
    desk.write("fine", "");
    let same = desk.rutter(&["resume", "RUN", "--on", "it.runbook"]);
    assert_eq!((same.code, desk.read("marks").as_str()), (0, "before web2\nafter\n"), "{same:?}");
}

#[test]
fn params_without_another_text_are_a_mistake() {
    let desk = stopped();
    let expected = "error: params are given for another text, and none is named\n  help: add `--on FILE`\n";
    complained(&desk.rutter(&["resume", "RUN", "-p", "host=web3"]), expected, 2);
}
