//! Secrets on their way: never in arguments, output, records or logs.

use std::time::Duration;

use rutter::value::Shell;

use super::lab::{Lab, Sshd, User, Watch};
use super::support::{Client, Saying, answered, comes_true, left_behind, on, run_with};

const SECRET: &str = "s3cret-Kuckucksuhr-77";

#[tokio::test]
async fn a_variable_and_input_are_in_nobodys_arguments() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let watch = Watch::for_words(&[SECRET]);
    let text = "sleep 1; printf '%s %s' \"$TOKEN\" \"$(cat)\"";
    for script in [false, true] {
        let request = on("web", text).command(|command| command.script = script);
        let outcome = client.answer(&request.secret_env("TOKEN", SECRET).secret_stdin(SECRET)).await;
        assert_eq!(outcome.stdout, format!("{SECRET} {SECRET}"), "it arrived");
    }
    let (looks, found) = watch.end();
    assert!(looks > 5 && found.is_empty(), "{looks} {found:?}");
    assert!(!web.log().contains(SECRET));
}

#[tokio::test]
async fn a_secret_variable_is_not_in_the_log_of_a_server_that_tells_all() {
    let (lab, web) = Lab::with_one(Sshd::new().option("LogLevel DEBUG3"));
    let request = on("web", "test \"$TOKEN\" && cat").secret_env("TOKEN", SECRET).secret_stdin("x");
    assert_eq!(Client::of(&lab).text(&request).await, "x");
    assert!(!web.log().contains(SECRET));
}

fn sudoers() -> [User; 4] {
    [
        User::new("rutter-ann", "ann's $ecret").sudoer(),
        User::new("rutter-strict", "st\\r%ict").sudoer_always_asked(),
        User::new("rutter-free", "free").sudoer_unasked(),
        User::new("rutter-none", "none"),
    ]
}

/// A server with someone who is asked, someone who is asked each time, someone who is not, and someone
/// who may not.
fn with_sudo() -> Lab {
    Lab::with_one(Sshd::new().users(&sudoers())).0
}

/// Those who may, with what is given as their password.
const MAY: [(&str, &str); 4] = [
    ("rutter-ann", "ann's $ecret"),
    ("rutter-strict", "st\\r%ict"),
    ("rutter-free", "free"),
    ("rutter-free", "wrong"),
];

#[tokio::test]
async fn sudo_gets_its_password() {
    let lab = with_sudo();
    let client = Client::of(&lab);
    for (user, password) in MAY {
        let as_user = |text: &str| on("web", text).user(user).sudo(password);
        assert_eq!(client.text(&as_user("sudo id -un")).await, "root", "{user}");
        let several = as_user("sudo id -un; id -un; sudo -u rutter-none id -un");
        assert_eq!(client.text(&several).await, format!("root\n{user}\nrutter-none"));
        assert_eq!(client.text(&as_user("sudo id -un\nsudo id -u\n").script()).await, "root\n0", "{user}");
        assert_eq!(client.answer(&as_user("sudo sh -c 'exit 7'")).await.exit, 7, "{user}");
        let strict = as_user("sudo id -un | cat\nsudo true\n").script().shell(Shell::Bash);
        assert_eq!(client.text(&strict).await, "root", "{user}");
    }
}

#[tokio::test]
async fn sudo_may_be_redirected() {
    let lab = with_sudo();
    let client = Client::of(&lab);
    for (user, password) in MAY {
        let as_user = |text: &str| on("web", text).user(user).sudo(password);
        assert_eq!(client.text(&as_user("echo x | sudo cat")).await, "x", "{user}");
        assert_eq!(client.text(&as_user("sudo id -un 2>/dev/null")).await, "root", "{user}");
        assert_eq!(client.text(&as_user("x=$(sudo id -un 2>&1); echo \"<$x>\"")).await, "<root>", "{user}");
        assert_eq!(
            client.text(&as_user("sudo cat </etc/hostname >/dev/null; sudo id -u")).await,
            "0",
            "{user}"
        );
        assert_eq!(client.text(&as_user("if ! sudo false; then echo no; fi")).await, "no", "{user}");
    }
}

#[tokio::test]
async fn sudo_and_input_do_not_mix() {
    let lab = with_sudo();
    let client = Client::of(&lab);
    let input = "first line\nsecond line\nno end";
    for (user, password) in MAY {
        let as_user = |text: &str| on("web", text).user(user).sudo(password);
        assert_eq!(client.answer(&as_user("sudo cat").stdin(input)).await.stdout, input, "{user}");
        assert_eq!(client.answer(&as_user("sudo cat\n").stdin(input).script()).await.stdout, input, "{user}");
        assert_eq!(client.answer(&as_user("sudo cat")).await.stdout, "", "{user}");
        let before = as_user("sudo true </dev/null && cat").secret_stdin(input);
        assert_eq!(client.answer(&before).await.stdout, input, "{user}");
        assert_eq!(client.answer(&as_user("cat | sudo cat").stdin(input)).await.stdout, input, "{user}");
    }
}

#[tokio::test]
async fn a_wrong_password_ends_the_command_soon() {
    let lab = with_sudo();
    let client = Client::of(&lab);
    let request = on("web", "sudo id -un").user("rutter-ann").sudo("wrong-Kuckucksuhr");
    let outcome = client.answer(&request).await;
    assert_ne!(outcome.exit, 0);
    assert_eq!(outcome.stdout, "");
    let told = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(!told.contains("wrong-Kuckucksuhr"), "{told}");
    let outcome = client.answer(&on("web", "sudo id -un").user("rutter-none").sudo("none")).await;
    assert_ne!(outcome.exit, 0, "who is no sudoer is none by a password");
}

#[tokio::test]
async fn sudo_without_a_password_does_not_hang() {
    let lab = with_sudo();
    let client = Client::of(&lab);
    let outcome = client.answer(&on("web", "sudo id -un").user("rutter-ann")).await;
    assert_ne!(outcome.exit, 0);
    assert_eq!(client.text(&on("web", "sudo id -un").user("rutter-free")).await, "root");
}

#[tokio::test]
async fn the_password_of_sudo_is_nowhere_to_be_seen() {
    let (lab, web) = Lab::with_one(
        Sshd::new().users(&[User::new("rutter-ann", SECRET).sudoer()]).option("LogLevel DEBUG3"),
    );
    let client = Client::of(&lab);
    let watch = Watch::for_words(&[SECRET]);
    let text = "set -x; sudo sh -c 'env; sleep 1; cat'; env";
    for script in [false, true] {
        let request = on("web", text).command(|command| command.script = script);
        let outcome = client.answer(&request.user("rutter-ann").sudo(SECRET).stdin("input")).await;
        let told = [&outcome.stdout[..], &outcome.stderr[..]].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.contains("input") && !told.contains(SECRET), "{told}");
    }
    let (looks, found) = watch.end();
    assert!(looks > 5 && found.is_empty(), "{looks} {found:?}");
    assert!(!client.lines().join("\n").contains(SECRET));
    assert!(!web.log().contains(SECRET));
}

#[tokio::test]
async fn a_command_of_root_past_its_limit_is_ended_too() {
    let (lab, web) = Lab::with_one(Sshd::new().users(&sudoers()));
    let request = on("web", "sudo sleep 300").user("rutter-ann").sudo("ann's $ecret");
    let client = Client::of(&lab);
    let reply = client.begin(request.within(Duration::from_secs(4)));
    let sleeping = || web.started().iter().any(|one| one.name == "sleep");
    comes_true("the command of root to run", sleeping).await;
    let reply = reply.await.unwrap();
    match &reply {
        rutter::backend::Reply::Ended { .. } => comes_true("it to end", || !sleeping()).await,
        rutter::backend::Reply::Unknown { detail, .. } => assert!(!detail.is_empty()),
        _ => drop(answered(reply)),
    }
}

const RUNBOOK: &str = "\
secret login = env \"LOGIN\"
secret token = env \"TOKEN\"
target web = ssh \"web\", user \"rutter-ann\", sudo login
stage \"One\" {
  let seen = run on web, stdin token, env {\"TOKEN\": token} $ sudo cat; echo; echo $TOKEN; set
  note \"It said {{ seen.text }}\"
}
";

#[test]
fn nothing_secret_stays_behind_a_run() {
    let (lab, web) = Lab::with_one(Sshd::new().users(&[User::new("rutter-ann", "Hahnenschrei-9").sudoer()]));
    let ended = run_with(&lab, RUNBOOK, &["--format", "json"], |run| {
        run.env("LOGIN", "Hahnenschrei-9").env("TOKEN", SECRET);
    });
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let kept = String::from_utf8_lossy(&left_behind(&lab)).into_owned();
    assert!(kept.contains("sudo cat"), "{kept}");
    for secret in ["Hahnenschrei-9", SECRET] {
        for (place, text) in [("out", &ended.out), ("err", &ended.err), ("kept", &kept), ("log", &web.log())]
        {
            assert!(!text.contains(secret), "{secret} in {place}: {text}");
        }
    }
}

#[test]
fn a_password_opens_the_door_by_the_runbook() {
    let sshd = Sshd::new().users(&[User::new("rutter-ann", "Hahnenschrei-9")]);
    let sshd = sshd.option("PasswordAuthentication yes").option("PubkeyAuthentication no");
    let (lab, web) = Lab::with_one(sshd);
    let text = "secret login = env \"LOGIN\"\ntarget web = ssh \"web\", user \"rutter-ann\", password login\n\
                stage \"One\" {\n  run on web $ id -un\n}\n";
    let ended = run_with(&lab, text, &[], |run| {
        run.env("LOGIN", "Hahnenschrei-9");
    });
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("| rutter-ann"), "{}", ended.out);
    assert_eq!(web.log_ins(), 1);
}
