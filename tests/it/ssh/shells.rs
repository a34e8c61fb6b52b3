//! Whatever shell logs the user in: commands, quoting and exit codes hold.

use rutter::value::Shell;

use super::lab::{Host, Lab, Sshd, User};
use super::support::{Client, Saying, on};

/// The log-in shells, and the users who have them.
const USERS: [(&str, &str); 5] = [
    ("rutter-dash", "/bin/dash"),
    ("rutter-bash", "/bin/bash"),
    ("rutter-ash", "/run/ash"),
    ("rutter-csh", "/bin/csh"),
    ("rutter-tcsh", "/bin/tcsh"),
];

/// A server with all of them.
fn with_shells() -> (Lab, Host) {
    let users: Vec<User> = USERS.iter().map(|(name, shell)| User::new(name, "x").shell(shell)).collect();
    let ash = "ln -s \"$(command -v busybox)\" /run/ash";
    Lab::with_one(Sshd::new().users(&users).setup(ash))
}

/// Words that a shell would change, were they not quoted for it.
const HOSTILE: [&str; 18] = [
    "a b",
    "$HOME",
    "`id`",
    "$(id)",
    "*",
    "~",
    "a!b",
    "!!",
    "\\",
    "\"",
    "'",
    "new\nline",
    "#x",
    "é\u{a0}ü",
    "{a,b}",
    "-n",
    "a;b&c|d>e",
    "%s\\n",
];

/// A command that prints its words, each ended by `|`.
fn echoing(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| format!(" '{}'", word.replace('\'', "'\\''")));
    format!("printf '%s|' {}", quoted.collect::<String>())
}

#[tokio::test]
async fn words_arrive_as_they_are() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    let expected: String = HOSTILE.iter().map(|word| format!("{word}|")).collect();
    for (user, _) in USERS {
        for shell in [Shell::Sh, Shell::Bash] {
            let request = on("web", &echoing(&HOSTILE)).user(user).shell(shell);
            assert_eq!(client.answer(&request).await.stdout, expected, "{user} {shell:?}");
            assert_eq!(client.answer(&request.script()).await.stdout, expected, "{user} {shell:?}");
        }
    }
}

#[tokio::test]
async fn exit_codes_arrive_as_they_are() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    for (user, _) in USERS {
        for code in [0, 1, 2, 7, 126, 127, 130, 255] {
            let outcome = client.answer(&on("web", &format!("exit {code}")).user(user)).await;
            assert_eq!(outcome.exit, code, "{user}");
        }
        assert_eq!(client.answer(&on("web", "kill -KILL $$").user(user)).await.exit, 128 + 9, "{user}");
    }
}

#[tokio::test]
async fn variables_and_input_arrive_as_they_are() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    for (user, _) in USERS {
        for value in HOSTILE {
            let shown = on("web", "printf '%s|' \"$WORD\"; cat").user(user);
            let shown = shown.secret_env("WORD", value).stdin(value);
            let outcome = client.answer(&shown).await;
            assert_eq!(outcome.stdout, format!("{value}|{value}"), "{user}");
        }
    }
}

#[tokio::test]
async fn a_target_that_says_bash_has_bash() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    for (user, _) in USERS {
        let words = on("web", "x=(a b c); echo ${#x[@]} ${x[1]^^}").user(user).shell(Shell::Bash);
        assert_eq!(client.text(&words).await, "3 B", "{user}");
    }
}

#[tokio::test]
async fn scripts_are_strict() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    for (user, _) in USERS {
        for shell in [Shell::Sh, Shell::Bash] {
            let script = |text: &str| on("web", text).user(user).shell(shell).script();
            let stopped = client.answer(&script("echo a\nfalse\necho b\n")).await;
            assert_eq!((&stopped.stdout[..], stopped.exit), (&b"a\n"[..], 1), "{user} {shell:?}");
            assert_ne!(client.answer(&script("echo $unset\n")).await.exit, 0, "{user} {shell:?}");
            let asked = client.answer(&script("read -r x; echo \"got $x\"\n").stdin("input\n")).await;
            assert_eq!(asked.stdout, "got input\n", "{user} {shell:?}");
        }
        let piped = on("web", "false | cat\necho on\n").user(user).shell(Shell::Bash).script();
        assert_ne!(client.answer(&piped).await.exit, 0, "{user}");
    }
}

#[tokio::test]
async fn a_line_is_not_strict() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    for (user, _) in USERS {
        assert_eq!(client.text(&on("web", "false; echo $unset on").user(user)).await, "on", "{user}");
    }
}

#[tokio::test]
async fn long_commands_and_scripts_arrive_whole_or_not_at_all() {
    let (lab, _web) = with_shells();
    let client = Client::of(&lab);
    let counting = |length: usize| format!("printf %s '{}' | wc -c", "x".repeat(length));
    for (user, _) in USERS {
        for script in [false, true] {
            let request = |length| on("web", &counting(length)).user(user).command(|one| one.script = script);
            assert_eq!(client.text(&request(100_000)).await.trim(), "100000", "{user}");
            let why = client.not_sent(&request(200_000)).await;
            assert!(why.contains("long"), "{why}");
        }
    }
}

#[tokio::test]
async fn what_log_in_files_print_is_no_output_and_what_they_break_is_told() {
    let (lab, _web) = Lab::with_one(
        Sshd::new()
            .users(&[
                User::new("rutter-csh", "x").shell("/bin/csh"),
                User::new("rutter-bash", "x").shell("/bin/bash"),
            ])
            .setup("printf 'set history=100\\nset echo_style=both\\nalias ls rm\\n' >/etc/csh.cshrc"),
    );
    let client = Client::of(&lab);
    for user in ["rutter-csh", "rutter-bash"] {
        assert_eq!(client.text(&on("web", "echo 'a\\tb!c'").user(user).shell(Shell::Bash)).await, "a\\tb!c");
    }
}

#[tokio::test]
async fn a_user_who_may_not_log_in_is_no_silent_success() {
    let (lab, _web) = Lab::with_one(Sshd::new().users(&[User::new("rutter-off", "x").shell("/bin/false")]));
    let outcome = Client::of(&lab).perform(&on("web", "echo in").user("rutter-off")).await;
    if let rutter::backend::Reply::Answered(rutter::value::Outcome::Command(outcome)) = outcome {
        assert_ne!(outcome.exit, 0);
        assert!(outcome.stdout.is_empty());
    }
}
