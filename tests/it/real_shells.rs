//! What real shells run, held against what rutter finds in a command without running it.
//!
//! A shell finds only stand-ins that write down how they were called, and a few harmless tools.
//! Paths of the system are led into the lab; a command that still names one is not run. Nothing
//! here runs as root.

use std::cell::Cell;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rutter::shell::{SimpleCommand, Word, simple_commands};
use rutter::value::Shell;
use tempfile::TempDir;

use crate::commands::{corpus, is_denied};

const STAND_INS: &[&str] = &[
    "systemctl",
    "service",
    "docker",
    "kill",
    "pkill",
    "killall",
    "killall5",
    "reboot",
    "shutdown",
    "poweroff",
    "halt",
    "init",
    "telinit",
    "kexec",
    "snap",
    "initctl",
    "supervisorctl",
    "dockerd",
    "nginx",
    "curl",
    "wget",
    "rm",
    "cp",
    "mv",
    "ln",
    "tee",
    "dd",
    "chmod",
    "chown",
    "mkdir",
    "touch",
    "apt-get",
    "dpkg",
    "git",
    "crontab",
    "at",
    "sleep",
    "pidof",
    "pgrep",
    "journalctl",
    "mount",
    "umount",
    "p0",
    "p1",
    "p2",
];
const TOOLS: &[&str] = &[
    "env", "xargs", "cat", "nohup", "timeout", "nice", "setsid", "stdbuf", "find", "true", "false", "echo",
    "printf", "base64", "head", "tail", "tr", "cut", "wc", "grep", "sort", "uniq", "expr", "dirname",
    "basename", "ionice", "flock", "awk", "sed",
];
/// Runs what follows its options, as the real ones would.
const CARRIERS: &[&str] = &["sudo", "doas", "chroot", "nsenter", "unshare", "systemd-run"];
const LINKED: &[&str] = &["bin", "usr/bin", "sbin", "usr/sbin"];

struct Lab {
    folder: TempDir,
}

impl Lab {
    fn new() -> Self {
        let lab = Self { folder: tempfile::tempdir().unwrap() };
        open_to_all(lab.folder.path());
        for folder in ["programs", "usr", "work"] {
            std::fs::create_dir(lab.path(folder)).unwrap();
            open_to_all(&lab.path(folder));
        }
        for name in LINKED {
            symlink(lab.path("programs"), lab.path(name)).unwrap();
        }
        let log = lab.path("log");
        // In one write: those of a pipe run side by side.
        let record = format!(
            "#!/bin/sh\nend=$(printf '\\037')\nline=\nfor word in \"${{0##*/}}\" \"$@\"; do line=$line$word$end; done\n\
             printf '%s\\n' \"$line\" >> {}\n",
            log.display()
        );
        for name in STAND_INS {
            lab.program(name, &record);
        }
        let carry = "#!/bin/sh\nwhile :; do case $1 in -u|-t) shift 2;; -*|/|*=*) shift;; *) break;; esac; done\nexec \"$@\"\n";
        for name in CARRIERS {
            lab.program(name, carry);
        }
        // `kill` must be found like a program, in shells within shells too.
        std::fs::write(lab.path("env"), "enable -n kill\n").unwrap();
        lab.program("bash", "#!/bin/sh\nexec /bin/bash \"$@\"\n");
        lab.program("sh", "#!/bin/sh\nexec /bin/bash \"$@\"\n");
        for name in TOOLS {
            let found = ["/usr/bin", "/bin"].iter().map(|at| Path::new(at).join(name)).find(|at| at.exists());
            found.iter().for_each(|at| symlink(at, lab.path("programs").join(name)).unwrap());
        }
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("programs").join(name);
        std::fs::write(&path, text).unwrap();
        open_to_all(&path);
    }

    /// How stand-ins were called while a script ran, their names first.
    fn run(&self, program: &str, script: &str) -> Vec<Vec<String>> {
        let log = self.path("log");
        std::fs::write(&log, "").unwrap();
        open_to_all(&log);
        let mut command = Command::new("/usr/bin/timeout");
        command.args(["-s", "KILL", "10", program, "-c", script]).env_clear().process_group(0);
        command.env("PATH", self.path("programs")).env("BASH_ENV", self.path("env"));
        command.env("HOME", self.path("work")).current_dir(self.path("work"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root() {
            command.uid(65_534).gid(65_534);
        }
        command.status().unwrap();
        let text = std::fs::read_to_string(&log).unwrap();
        let records = text.split("\u{1f}\n").filter(|record| !record.is_empty());
        records.map(|record| record.split('\u{1f}').map(str::to_owned).collect()).collect()
    }

    /// A command with the system's paths led into the lab; nothing if one is left that is not.
    fn tamed(&self, command: &str) -> Option<String> {
        let mut tamed = String::new();
        let mut rest = command;
        while let Some(at) = rest.find('/') {
            let (before, path) = rest.split_at(at);
            tamed += before;
            let begins = !tamed.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-*$}".contains(c));
            let led = LINKED.iter().any(|known| path[1..].starts_with(&format!("{known}/")));
            let null = path.starts_with("/dev/null");
            match begins {
                true if led => tamed += self.folder.path().to_str().unwrap(),
                true if !null => return None,
                true | false => {}
            }
            tamed.push('/');
            rest = &path[1..];
        }
        Some(tamed + rest)
    }
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|text| text.contains("\nUid:\t0\t"))
}

/// Whether a call ends Docker's daemon.
fn ends_docker(call: &[String]) -> bool {
    let words: Vec<&str> = call[1..].iter().map(String::as_str).collect();
    let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
    let named = words.iter().any(|word| {
        let word = word.trim_end_matches(".service");
        glob::Pattern::new(word)
            .is_ok_and(|it| ["docker", "docker.socket", "containerd"].iter().any(|of| it.matches(of)))
    });
    let stops =
        has(&["restart", "stop", "try-restart", "reload-or-restart", "condrestart", "force-reload", "kill"])
            || has(&["disable", "mask"]) && has(&["--now"]);
    match call[0].as_str() {
        "systemctl" => named && stops && !has(&["HUP"]) || has(&["reboot", "poweroff", "kexec", "isolate"]),
        "service" | "snap" | "initctl" | "supervisorctl" => named && stops,
        "pkill" | "killall" => words.iter().any(|word| word.contains("docker")) && !has(&["-HUP"]),
        "reboot" | "poweroff" | "halt" | "kexec" | "killall5" | "telinit" | "init" => true,
        "shutdown" => !has(&["-c"]),
        _ => false,
    }
}

#[test]
fn whatever_ends_docker_in_a_real_shell_was_denied() {
    let lab = Lab::new();
    let (mut ran, mut ended) = (0, 0);
    for entry in corpus("sh") {
        let Some(script) = lab.tamed(&entry.text) else { continue };
        ran += 1;
        for (program, shell) in [("/bin/bash", "bash"), ("/bin/dash", "sh")] {
            // dash has `kill` built in, and no way to be without.
            if program == "/bin/dash" && script.contains("kill") {
                continue;
            }
            let calls = lab.run(program, &script);
            if calls.iter().any(|call| ends_docker(call)) {
                ended += 1;
                assert!(entry.dangerous, "{}: called harmless, {calls:?}", entry.text);
                assert!(is_denied(&entry.text, shell), "{shell}: {}: not denied, {calls:?}", entry.text);
            }
        }
    }
    println!("{ran} commands ran, {ended} times Docker's daemon ended");
    assert!(ran > 250 && ended > 200, "{ran} commands ran, {ended} times Docker's daemon ended");
}

/// Whether words, of which some are not known, may be those of a call.
fn fits(words: &[Word], call: &[String]) -> bool {
    match words.split_first() {
        None => call.is_empty(),
        Some((word, rest)) if word.known => {
            call.split_first().is_some_and(|(first, others)| *first == word.text && fits(rest, others))
        }
        Some((_, rest)) => (0..=call.len()).any(|taken| fits(rest, &call[taken..])),
    }
}

/// A word as typed.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "'b c'",
        "\"d\"",
        "\\e",
        "$x",
        "\"$x\"",
        "${x}",
        "\"${x}y\"",
        "$y",
        "${z:-q}",
        "$(p1 f)",
        "\"$(p2 g)\"",
        "`p1 h`",
        "$'i\\x41'",
        "''",
        "\"\"",
        "{j,k}",
        "l{m,n}o",
        "*",
        "~",
        "$((1+1))",
        "\"$@\"",
        "$*",
        "$#",
        "$1",
        "-r",
        "--",
        "a\\\nb",
        "'$x'",
        "\"\\$x\"",
        "\"'\"",
        "#p",
        "p#q",
        "=r",
        "s=t",
        "\"`p2 u`\"",
        "${x#a}",
        "{}",
        "[v]",
        "!",
        "if",
        "\"$(p1 \"w\")\"",
        "\\\n",
        "'\\'",
        "a'b'\"c\"$x",
        "\\\"",
        "$(p1 $(p2))",
        "x=p1",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn simple() -> impl Strategy<Value = String> {
    let program = prop::sample::select(vec![
        "p0",
        "p1",
        "p2",
        "\"p0\"",
        "p\\0",
        "'p'1",
        "$x",
        "command p0",
        "env A=1 p1",
        "nohup p0",
        "exec p2",
        "p0 | p1",
        "eval p1",
        "sh -c 'p0 \"$@\"' _",
        "echo p1 |",
        "! p0",
        "x=1 p0",
        "builtin eval",
        "timeout 5 p1",
        "\\p0",
        "xargs p1",
    ]);
    let tail = prop::sample::select(vec![
        "",
        "",
        "",
        " > /dev/null",
        " 2>&1",
        " < /dev/null",
        " <<< x",
        " <<E\n$(p1 k)\nE\n",
        " <<'E'\n$(p1 k)\nE\n",
        " | sh",
        " | xargs p2",
    ]);
    (program, prop::collection::vec(word(), 0..4), tail)
        .prop_map(|(program, words, tail)| format!("{program} {}{tail}", words.join(" ")))
}

fn script() -> impl Strategy<Value = String> {
    let set = prop::sample::select(vec![
        "x=p0",
        "x='p1 a'",
        "x=$(p2)",
        "set -- a b",
        "set -- p1 'c d'",
        "x=",
        "unset x",
        "y=1 z=2",
        "export x=p2",
        "read x",
        "x=*",
        "shift",
        "x+=a",
        "f() { p0 \"$@\"; }",
        "f() { x=p1; }",
        "f a",
        "f",
        "p0() { p1 k \"$@\"; }",
        "trap 'p2 t' EXIT",
        "echo 'p1 m' | sh",
        "printf '%s' 'p0 n' | bash",
        "eval 'x=p2'",
        "declare -u x",
        "readonly x=p1",
    ]);
    let leaf = prop_oneof![4 => simple(), 3 => set.prop_map(str::to_owned)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        let words = prop::collection::vec(word(), 0..3);
        prop_oneof![
            4 => (pair.clone(), prop::sample::select(vec!["; ", " && ", " || ", "\n", " | "]))
                .prop_map(|((a, b), joined)| format!("{}{joined}{b}", ended(&a))),
            1 => inner.clone().prop_map(|a| format!("({a}\n)")),
            1 => inner.clone().prop_map(|a| format!("{{ {a}\n}}")),
            1 => pair.clone().prop_map(|(a, b)| format!("if {a}\nthen {b}\nfi")),
            2 => (words, inner.clone()).prop_map(|(words, a)| format!("for x in {}; do {a}\ndone", words.join(" "))),
            1 => inner.clone().prop_map(|a| format!("while p0; do {a}\nbreak; done")),
            1 => (word(), inner.clone()).prop_map(|(word, a)| format!("case {word} in a) p1;; *) {a}\n;; esac")),
            1 => inner.clone().prop_map(|a| format!("f() {{ {a}\n}}; f a")),
            1 => inner.prop_map(|a| format!("p0 \"$({a}\n)\"")),
        ]
    })
}

/// A here-document ends with its line.
fn ended(script: &str) -> String {
    if script.ends_with('\n') { format!("{script}:") } else { script.to_owned() }
}

/// Text that is no longer what a grammar made: pieces cut out, doubled and changed.
fn mutated() -> impl Strategy<Value = String> {
    let corpus: Vec<String> = corpus("sh").into_iter().map(|entry| entry.text).collect();
    let text = prop_oneof![script(), prop::sample::select(corpus)];
    let piece = "\"'`$(){}[]<>|&;#\\\n\t =~*?!@x";
    let change = (
        any::<prop::sample::Index>(),
        prop::sample::select(piece.chars().collect::<Vec<_>>()),
        any::<bool>(),
    );
    (text, prop::collection::vec(change, 0..4)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, c, inserts) in changes {
            let at = at.index(chars.len() + 1);
            if inserts || at == chars.len() { chars.insert(at, c) } else { chars[at] = c }
        }
        chars.into_iter().collect()
    })
}

/// Fails when a stand-in was called in a way that rutter found no command for; gives how many calls
/// were held against what it found.
fn check(lab: &Lab, text: &str, program: &str, shell: Shell) -> usize {
    let found = simple_commands(text, shell);
    let commands = found.iter().map(|command| match command {
        SimpleCommand::Words(words) => Some(words),
        SimpleCommand::Opaque(_) => None,
    });
    let Some(commands) = commands.collect::<Option<Vec<_>>>() else { return 0 };
    let calls = lab.run(program, text);
    for call in &calls {
        let found = commands.iter().any(|words| fits(words, call));
        assert!(found, "{program} called {call:?} in\n{text}\nfound: {commands:?}");
    }
    calls.len()
}

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(usual: u32) -> Config {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { usual };
    Config { max_shrink_iters: 200, failure_persistence: None, ..Config::with_cases(cases) }
}

#[test]
fn what_a_real_shell_runs_is_found_or_opaque() {
    let (lab, held) = (Lab::new(), Cell::new(0));
    let check = |text: String| {
        held.set(held.get() + check(&lab, &text, "/bin/bash", Shell::Bash));
        held.set(held.get() + check(&lab, &text, "/bin/dash", Shell::Sh));
        Ok(())
    };
    TestRunner::new(cases(250)).run(&script(), check).unwrap();
    println!("{} calls were found", held.get());
    assert!(held.get() > 100, "{} calls were found: too much is opaque", held.get());
}

#[test]
fn any_text_is_taken_apart_in_bounded_time() {
    TestRunner::new(cases(400))
        .run(&mutated(), |text| {
            for shell in [Shell::Bash, Shell::Sh] {
                assert!(simple_commands(&text, shell).len() < 10_000, "{text}");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn hostile_text_is_taken_apart_in_bounded_time() {
    let many = 5_000;
    for piece in [
        "(",
        "{ ",
        "$(",
        "`",
        "\"$(",
        "if a; then ",
        "for x in a; do ",
        "while a; do ",
        "case x in a) ",
        "! ",
        "a | ",
        "a && ",
        "a; ",
        "f() ",
        "<<E ",
        "${x:-",
        "$((",
        "[[ ( ",
        "a=(",
        "{a,",
        "[",
        "\\\n",
        "> ",
        "x=a ",
        "for i in 1 2 3 4 5 6 7 8 9; do ",
        "f() { f; f; }; f; ",
        "eval '",
        "sh -c ",
        "sudo ",
        "99999999999>a ",
        "$'\\",
        "time ",
        "coproc ",
        "function f ",
    ] {
        for text in [
            piece.repeat(many),
            format!("{}ls", piece.repeat(many)),
            piece.repeat(20),
            format!("{}ls{}", piece.repeat(9), "; done".repeat(9)),
        ] {
            let begun = std::time::Instant::now();
            for shell in [Shell::Bash, Shell::Sh] {
                assert!(simple_commands(&text, shell).len() < 10_000, "{piece}");
            }
            // Only a guard against what never ends: it takes milliseconds.
            assert!(begun.elapsed().as_secs() < 60, "{piece}");
        }
    }
}
