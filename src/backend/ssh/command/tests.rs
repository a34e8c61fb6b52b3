//! What is sent, read by real shells in the place of the log-in shell.
#![expect(clippy::disallowed_methods, reason = "log-in shells are processes")]

use std::io::Write;
use std::process::{Command as Process, Stdio};

use proptest::prelude::*;

use super::marks::{Mark, Marks};
use super::posix::{Way, quoted, wire};
use crate::backend::marks::Nonce;
use crate::backend::{Command, Sensitive};
use crate::value::{SecretString, Shell};

/// Log-in shells: how each is started, and what it says in `$SHELL`.
const LOGIN_SHELLS: [(&[&str], &str); 4] = [
    (&["dash"], "/bin/dash"),
    (&["bash"], "/bin/bash"),
    (&["busybox", "sh"], "/bin/ash"),
    (&["bash", "--posix"], "/bin/ksh"),
];

/// What a log-in shell makes of a command: its stdout, and the marks on its stderr.
fn log_in(login: &(&[&str], &str), known: bool, command: &Command, shell: Shell) -> (String, Vec<Mark>) {
    let nonce = Nonce::new().unwrap();
    let way = Way { shell, login_shell: known.then_some(login.1), nonce: &nonce, sudo: None };
    let wire = wire(command, &way).unwrap();
    let mut started = Process::new(login.0[0])
        .args(&login.0[1..])
        .args(["-c", &wire.text])
        .env("SHELL", login.1)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _unread = started.stdin.take().unwrap().write_all(&wire.stdin);
    let output = started.wait_with_output().unwrap();
    let (rest, marks) = Marks::new(nonce.as_str()).sift(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&rest), "", "{}", wire.text);
    (String::from_utf8_lossy(&output.stdout).into_owned(), marks)
}

fn print(value: &str, env: &[&str]) -> Command {
    let secret = |(at, value): (usize, &&str)| {
        (format!("S{at}"), Sensitive::Secret(SecretString::new((*value).to_owned())))
    };
    let plain = |(at, value): (usize, &&str)| (format!("P{at}"), Sensitive::Plain((*value).to_owned()));
    let env: Vec<_> = env.iter().enumerate().flat_map(|each| [secret(each), plain(each)]).collect();
    let shown: String = env.iter().map(|(name, _)| format!(" \"${name}\"")).collect();
    let text = format!("printf '%s|' {}{shown}", quoted(value).unwrap());
    Command { text, env, ..Command::default() }
}

fn expected(value: &str, env: &[&str]) -> String {
    let env: String = env.iter().map(|value| format!("{value}|{value}|")).collect();
    format!("{value}|{env}")
}

#[test]
fn a_command_is_read_alike_by_every_login_shell() {
    let hard = [
        "",
        "a b",
        "it's",
        "\\",
        "a\\'b\\\\",
        "!x!",
        "$HOME `id` $(id)",
        "line\nline\n\nend",
        "%s%n",
        "\u{1f600}é",
        "-n",
    ];
    for login in &LOGIN_SHELLS {
        for (known, shell) in
            [(false, Shell::Sh), (true, Shell::Sh), (false, Shell::Bash), (true, Shell::Bash)]
        {
            for value in hard {
                let (printed, marks) = log_in(login, known, &print(value, &[value]), shell);
                assert_eq!(printed, expected(value, &[value]), "{login:?} {known} {shell:?}");
                let told = marks.iter().any(|mark| mark.login_shell == login.1);
                assert!(told, "{marks:?}");
            }
        }
    }
}

#[test]
fn a_script_stops_at_its_first_failure() {
    let script = |text: &str| Command { text: text.to_owned(), script: true, ..Command::default() };
    for login in &LOGIN_SHELLS {
        for known in [false, true] {
            assert_eq!(log_in(login, known, &script("echo a\nfalse\necho b"), Shell::Sh).0, "a\n");
            assert_eq!(log_in(login, known, &script("echo a\nfalse | true\necho b"), Shell::Bash).0, "a\n");
        }
    }
}

#[test]
fn what_no_host_takes_is_said_before_it_is_sent() {
    let nonce = Nonce::new().unwrap();
    let way = Way { shell: Shell::Sh, login_shell: None, nonce: &nonce, sudo: None };
    let long = Command { text: "x".repeat(130 * 1024), ..Command::default() };
    assert!(wire(&long, &way).unwrap_err().contains("130 KiB"));
    let odd =
        Command { env: vec![("A B".to_owned(), Sensitive::Plain(String::new()))], ..Command::default() };
    assert_eq!(wire(&odd, &way).unwrap_err(), "`A B` can't be the name of a variable there");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_value_arrives_through_any_login_shell(value in "[^\0]{0,40}", env in "[^\0]{0,20}", known: bool) {
        for login in &LOGIN_SHELLS {
            let (printed, _) = log_in(login, known, &print(&value, &[&env]), Shell::Sh);
            prop_assert_eq!(printed, expected(&value, &[&env]));
        }
    }
}
