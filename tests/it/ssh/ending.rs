//! Commands that are ended: by their limit, by a person, with all that they started.

use std::time::{Duration, Instant};

use rutter::backend::{Cut, Reply};
use tokio_util::sync::CancellationToken;

use super::lab::{Host, Lab, Sshd, User, patience, signal, wait_until};
use super::support::{Client, Saying, comes_true, ended, on, running, unknown};

/// Nothing runs any more that the host's sessions started.
async fn all_gone(web: &Host) {
    comes_true("the command and all it started to end", || web.started().is_empty()).await;
}

#[track_caller]
fn timed_out(reply: &Reply) {
    assert!(matches!(reply, Reply::Ended { why: Cut::TimedOut }), "{reply:?}");
}

/// Performs `text` with a limit of a second, and looks for what is left.
async fn past_its_limit(text: &str) {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let began = Instant::now();
    let reply = client.perform(&on("web", text).within(Duration::from_secs(1))).await;
    timed_out(&reply);
    assert!(began.elapsed() < Duration::from_secs(40));
    all_gone(&web).await;
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
    assert_eq!(web.connections(), 1, "the connection goes on");
}

#[tokio::test]
async fn a_command_past_its_limit_is_ended() {
    past_its_limit("sleep 300").await;
}

#[tokio::test]
async fn with_all_that_it_started() {
    past_its_limit("sleep 301 & (sleep 302; true) & sh -c 'sleep 303; true' | cat; wait").await;
}

#[tokio::test]
async fn though_it_ignores_the_first_signal() {
    past_its_limit("trap '' TERM HUP INT; while :; do sleep 0.1; done").await;
}

#[tokio::test]
async fn though_it_never_stops_printing() {
    past_its_limit("yes").await;
}

#[tokio::test]
async fn though_it_waits_for_input() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let request = on("web", "sleep 300; cat").stdin(&"x".repeat(10_000_000)).within(Duration::from_secs(1));
    timed_out(&Client::of(&lab).perform(&request).await);
    all_gone(&web).await;
}

#[tokio::test]
async fn a_script_past_its_limit_is_ended() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let request = on("web", "sleep 300 &\nsleep 301\n").script().within(Duration::from_secs(1));
    timed_out(&Client::of(&lab).perform(&request).await);
    all_gone(&web).await;
}

#[tokio::test]
async fn one_session_is_enough_to_end_a_command() {
    let users = [User::new("rutter-ann", "x")];
    let (lab, web) = Lab::with_one(Sshd::new().users(&users).option("MaxSessions 1"));
    let request = on("web", "trap '' TERM; while :; do sleep 0.1; done").user("rutter-ann");
    timed_out(&Client::of(&lab).perform(&request.within(Duration::from_secs(1))).await);
    all_gone(&web).await;
}

#[tokio::test]
async fn a_cancelled_command_is_ended() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let cancel = CancellationToken::new();
    let request = on("web", "sleep 300 & sleep 301");
    let ending = async {
        comes_true("the command to run", || web.started().len() >= 2).await;
        cancel.cancel();
    };
    let (reply, ()) = futures::join!(client.perform_until(&request, &cancel), ending);
    assert!(matches!(reply, Reply::Ended { why: Cut::Cancelled }), "{reply:?}");
    all_gone(&web).await;
    let again = client.perform_until(&request, &cancel).await;
    assert!(matches!(again, Reply::Ended { why: Cut::Cancelled } | Reply::NotSent { .. }), "{again:?}");
    assert!(web.started().is_empty());
}

#[tokio::test]
async fn a_child_that_keeps_the_pipe_does_not_keep_the_answer() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let began = Instant::now();
    let outcome = Client::of(&lab).answer(&on("web", "sleep 300 & echo done")).await;
    assert_eq!((&outcome.stdout[..], outcome.exit), (&b"done\n"[..], 0));
    assert!(began.elapsed() < Duration::from_secs(40));
}

#[tokio::test]
async fn what_left_the_group_leaves_doubt_or_is_gone() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let request = on("web", "setsid sleep 300 & sleep 301").within(Duration::from_secs(1));
    let reply = Client::of(&lab).perform(&request).await;
    let left: Vec<_> = web.started();
    assert!(left.iter().all(|one| one.arguments.contains("300")), "{left:?}");
    match &reply {
        Reply::Ended { .. } => {}
        _ => assert_eq!(unknown(reply).0, Cut::TimedOut),
    }
}

#[tokio::test]
async fn an_end_that_nobody_saw_is_said() {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.configure("ServerAliveInterval 60\n");
    let client = Client::of(&lab);
    let reply = client.begin(on("web", "sleep 300").within(Duration::from_secs(3)));
    comes_true("the command to run", || !web.started().is_empty()).await;
    signal("STOP", web.serving());
    let (why, detail) = unknown(reply.await.unwrap());
    assert_eq!(why, Cut::TimedOut);
    assert!(!detail.is_empty());
}

/// Presses Ctrl-C so many times, once the command runs, and gives the exit code.
fn interrupted(lab: &Lab, web: &Host, times: usize) -> super::support::Ended {
    let text =
        "target web = ssh \"web\"\nstage \"One\" {\n  run on web, within 5m $ sleep 300 & sleep 301\n}\n";
    let child = running(lab, text, &[]).spawn().unwrap();
    wait_until(patience(), "the command to run", || web.started().len() >= 2);
    for _ in 0..times {
        signal("INT", [child.id()]);
        std::thread::sleep(Duration::from_millis(500));
    }
    ended(child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_twice_ends_the_command_and_all_it_started() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let ended = interrupted(&lab, &web, 2);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    wait_until(patience(), "all to end", || web.started().is_empty());
}
