//! A `once` under a claim: found again after the connection was cut, and never carried out twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rutter::backend::{Claim, Cut, Reply, Request};
use rutter::ids::{RunId, StepKey};
use rutter::value::{Effect, Shell};
use tokio_util::sync::CancellationToken;

use super::lab::{Host, Lab, Sshd, User, Watch, signal};
use super::support::{Client, Saying, answered, comes_true, not_sent, on, unknown};

/// The first attempt of a `once` on the host `web`.
fn once(text: &str) -> Request {
    under(on("web", text), 1, 1)
}

fn under(request: Request, attempt: u32, fence: u64) -> Request {
    let claim = Claim { run: RunId("run-1".into()), step: StepKey("stage:1/0".into()), attempt, fence };
    Request { effect: Effect::Once, claim: Some(claim), ..request }
}

/// All files of claims under a folder.
fn claims(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(claims(&path)) } else { all.push(path) }
    }
    all
}

fn home(lab: &Lab) -> PathBuf {
    claims_home(lab.folder()).expect("a claim was made under the home of the session")
}

fn claims_home(folder: &Path) -> Option<PathBuf> {
    let own = folder.join(".local/state/rutter/claims");
    let mut below =
        fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    own.is_dir().then_some(own).or_else(|| below.find_map(|entry| claims_home(&entry.path())))
}

fn supervisor(lab: &Lab) -> u32 {
    let pid = claims(&home(lab)).into_iter().find(|path| path.ends_with("pid")).unwrap();
    fs::read_to_string(pid).unwrap().split(' ').next().unwrap().parse().unwrap()
}

/// Waits until the command has said so in a file of the lab.
async fn begun(lab: &Lab) {
    comes_true("the command to begin", || lab.path("ran").exists()).await;
}

fn text(lab: &Lab, rest: &str) -> String {
    format!("echo ran >>{}; {rest}", lab.text("ran"))
}

fn ran(lab: &Lab) -> usize {
    fs::read_to_string(lab.path("ran")).unwrap_or_default().lines().count()
}

async fn all_gone(web: &Host) {
    comes_true("the command and all it started to end", || web.started().is_empty()).await;
}

#[tokio::test]
async fn it_is_carried_out_once_and_answers_as_ever() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    for shell in [Shell::Sh, Shell::Bash] {
        let client = Client::of(&lab);
        let request = once(&text(&lab, "echo out; printf err >&2; exit 3")).shell(shell);
        let request = under(request, if shell == Shell::Sh { 1 } else { 2 }, 1);
        for _ in 0..3 {
            let outcome = client.answer(&request).await;
            let told = (&outcome.stdout[..], &outcome.stderr[..], outcome.exit);
            assert_eq!(told, (&b"out\n"[..], &b"err"[..], 3));
        }
    }
    assert_eq!(ran(&lab), 2);
    let script = under(on("web", "echo a\nfalse\necho b").script(), 3, 1);
    let outcome = Client::of(&lab).answer(&script).await;
    assert_eq!((&outcome.stdout[..], outcome.exit), (&b"a\n"[..], 1));
}

#[tokio::test]
async fn a_cut_connection_does_not_end_it_and_it_is_found_again() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let go = lab.text("go");
    let request =
        once(&text(&lab, &format!("echo first; while ! [ -e {go} ]; do sleep 0.1; done; echo last; exit 4")));
    let first = Client::of(&lab).begin(request.clone());
    begun(&lab).await;
    web.drop_connections();
    assert_eq!(unknown(first.await.unwrap()).0, Cut::ConnectionLost);
    let second = Client::of(&lab).begin(request.clone());
    tokio::time::sleep(Duration::from_millis(300)).await;
    fs::write(&go, "").unwrap();
    let outcome = answered(second.await.unwrap());
    assert_eq!((&outcome.stdout[..], outcome.exit), (&b"first\nlast\n"[..], 4));
    let third = Client::of(&lab).answer(&request).await;
    assert_eq!((&third.stdout[..], third.exit, ran(&lab)), (&b"first\nlast\n"[..], 4, 1));
}

#[tokio::test]
async fn all_of_it_killed_on_the_host_leaves_doubt() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let request = once(&text(&lab, "sleep 300"));
    let first = Client::of(&lab).begin(request.clone());
    begun(&lab).await;
    let all: Vec<u32> = web.started().iter().map(|one| one.pid).chain([supervisor(&lab)]).collect();
    signal("KILL", all);
    unknown(first.await.unwrap());
    for _ in 0..2 {
        let (why, detail) = unknown(Client::of(&lab).perform(&request).await);
        assert_eq!(why, Cut::ConnectionLost);
        assert!(detail.contains("was killed"), "{detail}");
    }
    assert_eq!(ran(&lab), 1);
}

#[tokio::test]
async fn its_limit_and_a_stop_end_it_with_all_it_started() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let limited = once("sleep 300 & sleep 301").within(Duration::from_secs(1));
    for _ in 0..2 {
        let reply = client.perform(&limited).await;
        assert!(matches!(reply, Reply::Ended { why: Cut::TimedOut }), "{reply:?}");
    }
    all_gone(&web).await;
    let stopped = under(once(&text(&lab, "sleep 300 & sleep 301")), 2, 1);
    let cancel = CancellationToken::new();
    let ending = async {
        begun(&lab).await;
        cancel.cancel();
    };
    let (reply, ()) = futures::join!(client.perform_until(&stopped, &cancel), ending);
    assert!(matches!(reply, Reply::Ended { why: Cut::Cancelled }), "{reply:?}");
    all_gone(&web).await;
    // The host knows how it ended.
    assert_eq!(client.answer(&stopped).await.exit, 143);
    assert_eq!(ran(&lab), 1);
}

#[tokio::test]
async fn a_newer_runner_keeps_an_older_one_out() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    client.answer(&under(once("true"), 1, 5)).await;
    let reply = client.perform(&under(once(&text(&lab, "true")), 2, 4)).await;
    assert!(matches!(reply, Reply::Fenced { .. }), "{reply:?}");
    assert_eq!(ran(&lab), 0);
}

#[tokio::test]
async fn where_no_claim_can_be_made_nothing_is_begun() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    client.answer(&once("true")).await;
    let base = home(&lab);
    // The supervisor may still be clearing up in it.
    fs::rename(&base, base.with_file_name("aside")).unwrap();
    std::os::unix::fs::symlink("/tmp", &base).unwrap();
    let why = not_sent(client.perform(&under(once(&text(&lab, "true")), 2, 1)).await);
    assert!(why.contains("no safe place"), "{why}");
    assert_eq!(ran(&lab), 0);
}

const SECRET: &str = "s3cret-Kuckucksuhr-78";

#[tokio::test]
async fn secrets_are_neither_in_arguments_nor_in_claims() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let watch = Watch::for_words(&[SECRET]);
    let request = once("sleep 1; test \"$TOKEN\" = \"$(cat)\" && echo same");
    let request = request.secret_env("TOKEN", SECRET).secret_stdin(SECRET);
    for _ in 0..2 {
        assert_eq!(Client::of(&lab).text(&request).await, "same");
    }
    let (looks, found) = watch.end();
    assert!(looks > 5 && found.is_empty(), "{looks} {found:?}");
    let files = claims(&home(&lab));
    assert!(files.iter().any(|path| path.ends_with("rc")));
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", file.display());
    }
    assert!(!web.log().contains(SECRET));
}

#[tokio::test]
async fn sudo_and_every_login_shell_work_under_a_claim() {
    let users =
        [User::new("rutter-ann", "ann's $ecret").sudoer(), User::new("rutter-tcsh", "x").shell("/bin/tcsh")];
    let (lab, _web) = Lab::with_one(Sshd::new().users(&users));
    let client = Client::of(&lab);
    let as_ann = once("sudo id -un; sudo cat").user("rutter-ann").sudo("ann's $ecret").stdin("in\nput");
    for _ in 0..2 {
        assert_eq!(client.text(&as_ann).await, "root\nin\nput");
    }
    let tcsh = once("echo \"it's\" '!x' \\\\ $(id -un)\n").user("rutter-tcsh");
    for _ in 0..2 {
        assert_eq!(client.text(&tcsh).await, "it's !x \\ rutter-tcsh");
    }
}
