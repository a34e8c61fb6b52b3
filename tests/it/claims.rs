//! A `once` here under a claim: it outlives rutter, and a later rutter finds what became of it.

use std::fs;
use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rutter::backend::{
    Backend, Claim, Command, Credentials, Cut, Operation, OutputSink, Reply, Request, Router, Sensitive,
    Settings,
};
use rutter::ids::{RunId, StepKey};
use rutter::value::{BackendKind, CommandOutcome, Effect, Login, Outcome, SecretString, Shell, Target};
use tokio_util::sync::CancellationToken;

fn once(folder: &Path, shell: Shell, command: Command) -> Request {
    let target = Target {
        name: "here".to_owned(),
        backend: BackendKind::Local,
        address: String::new(),
        shell,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: vec![],
        env: vec![("XDG_STATE_HOME".to_owned(), folder.join("state").display().to_string())],
        within: None,
    };
    let claim = Claim { run: RunId("run-1".into()), step: StepKey("stage:1/0".into()), attempt: 1, fence: 1 };
    Request {
        key: StepKey("stage:1/0".into()),
        effect: Effect::Once,
        target: Arc::new(target),
        credentials: Credentials::default(),
        operation: Operation::Command(command),
        within: Duration::from_secs(60),
        claim: Some(claim),
        terms: Default::default(),
    }
}

fn command(text: &str) -> Command {
    Command { text: text.to_owned(), ..Command::default() }
}

async fn perform(request: &Request, cancel: &CancellationToken) -> Reply {
    let output: OutputSink = Arc::new(|_, _| {});
    Router::new(&RunId("run-1".into()), output, Settings::default()).perform(request, cancel).await
}

async fn answer(request: &Request) -> CommandOutcome {
    match perform(request, &CancellationToken::new()).await {
        Reply::Answered(Outcome::Command(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

fn ran(folder: &Path) -> usize {
    fs::read_to_string(folder.join("ran")).unwrap_or_default().lines().count()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_command_answers_as_ever_and_once() {
    for shell in [Shell::Sh, Shell::Bash] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "echo ran >>{}/ran; printf '%s\\n' \"$TOKEN\"; cat; echo err >&2; exit 3",
            folder.path().display()
        );
        let secret = |text: &str| Sensitive::Secret(SecretString::new(text));
        let env = vec![("TOKEN".to_owned(), secret("t\no"))];
        let request =
            once(folder.path(), shell, Command { stdin: Some(secret("in\nput")), env, ..command(&text) });
        for _ in 0..2 {
            let outcome = answer(&request).await;
            let told = (&outcome.stdout[..], &outcome.stderr[..], outcome.exit);
            assert_eq!(told, (&b"t\no\nin\nput"[..], &b"err\n"[..], 3));
        }
        assert_eq!(ran(folder.path()), 1);
    }
}

#[tokio::test]
async fn long_output_is_bounded_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let request =
        once(folder.path(), Shell::Sh, command("echo first; head -c 10000000 /dev/zero; echo last"));
    for _ in 0..2 {
        let outcome = answer(&request).await;
        assert!(outcome.stdout.starts_with(b"first\n") && outcome.stdout.ends_with(b"last\n"));
        assert_eq!(outcome.dropped() as usize + outcome.stdout.len(), 10_000_011);
    }
}

#[tokio::test]
async fn a_limit_and_a_stop_end_it_with_all_it_started() {
    for (text, stop) in [
        ("sleep 300 & sleep 301", false),
        ("sleep 300 & sleep 301", true),
        ("trap '' TERM; while :; do sleep 0.1; done", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("later");
        let text = format!(
            "(sleep 4; touch {}) & echo ran >>{}/ran; {text}",
            mark.display(),
            folder.path().display()
        );
        let within = Duration::from_secs(if stop { 60 } else { 1 });
        let request = Request { within, ..once(folder.path(), Shell::Sh, command(&text)) };
        let cancel = CancellationToken::new();
        let ending = async {
            while ran(folder.path()) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if stop {
                cancel.cancel();
            }
        };
        let (reply, ()) = futures::join!(perform(&request, &cancel), ending);
        let wanted = if stop { Cut::Cancelled } else { Cut::TimedOut };
        assert!(matches!(reply, Reply::Ended { why } if why == wanted), "{reply:?}");
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert!(!mark.exists(), "{text}");
    }
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_goes_on_and_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("echo ran >>{}/ran; sleep 1; echo out; exit 4", folder.path().display());
    let request = once(folder.path(), Shell::Sh, command(&text));
    let begun = async {
        while ran(folder.path()) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let never = CancellationToken::new();
    tokio::select! {
        reply = perform(&request, &never) => panic!("{reply:?}"),
        () = begun => {}
    }
    let outcome = answer(&request).await;
    assert_eq!((&outcome.stdout[..], outcome.exit, ran(folder.path())), (&b"out\n"[..], 4, 1));
}

#[test]
fn it_outlives_a_rutter_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (ran_path, end) = (folder.path().join("ran"), folder.path().join("end"));
    let text = format!(
        "runbook \"test\"\ntarget here = local\nstage \"One\" {{\n  once on here $ echo ran >>{}; sleep 1; echo end >{}\n}}\n",
        ran_path.display(),
        end.display()
    );
    let runbook = folder.path().join("test.runbook");
    fs::write(&runbook, text).unwrap();
    let mut rutter = Program::new(env!("CARGO_BIN_EXE_rutter"))
        .arg("run")
        .arg(&runbook)
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the command to begin", || ran_path.exists());
    rutter.kill().unwrap();
    rutter.wait().unwrap();
    wait_until("the command to end", || fs::read_to_string(&end).is_ok_and(|text| text == "end\n"));
}
