//! The script in every shell that is installed, alone and with others, killed and asked again.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "shells are processes; trials are counted"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use super::{End, Listener, Order};
use crate::backend::marks::Nonce;
use crate::backend::{Claim, Command};
use crate::ids::{RunId, StepKey};
use crate::value::Shell;

/// What of busybox stands in for the usual programs.
const APPLETS: [&str; 20] = [
    "sh", "mkdir", "mv", "cat", "kill", "sleep", "setsid", "ls", "id", "rm", "find", "sync", "uname", "seq",
    "head", "chmod", "touch", "env", "cut", "sort",
];

/// A shell in the place of `sh`, and a home where claims are made.
struct Host {
    shell: &'static str,
    folder: tempfile::TempDir,
    path: String,
}

impl Host {
    /// One for each shell that is here.
    fn each() -> Vec<Host> {
        let shells = ["dash", "bash", "bash --posix", "busybox", "mksh", "zsh"];
        shells.into_iter().filter_map(Host::with).collect()
    }

    fn any() -> Host {
        Host::with("dash").unwrap()
    }

    fn with(shell: &'static str) -> Option<Host> {
        let program = which(shell.split(' ').next().unwrap())?;
        let folder = tempfile::tempdir().unwrap();
        let (bin, home) = (folder.path().join("bin"), folder.path().join("home"));
        fs::create_dir(&bin).unwrap();
        fs::create_dir(home).unwrap();
        fs::create_dir(folder.path().join("spare")).unwrap();
        let usual = std::env::var("PATH").unwrap();
        let path = match shell {
            "busybox" => {
                APPLETS.iter().for_each(|applet| symlink(&program, bin.join(applet)).unwrap());
                bin.display().to_string()
            }
            "bash" => {
                // As itself, not as sh.
                let text =
                    format!("#!{}\nexec {} \"$@\"\n", which("dash").unwrap().display(), program.display());
                fs::write(bin.join("sh"), text).unwrap();
                fs::set_permissions(bin.join("sh"), fs::Permissions::from_mode(0o755)).unwrap();
                format!("{}:{usual}", bin.display())
            }
            _ => {
                symlink(&program, bin.join("sh")).unwrap();
                format!("{}:{usual}", bin.display())
            }
        };
        Some(Host { shell, folder, path })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn ask<'h>(&'h self, text: &str) -> Ask<'h> {
        let command = Command { text: text.to_owned(), ..Command::default() };
        Ask {
            host: self,
            command,
            step: "stage:1/0".to_owned(),
            attempt: 1,
            fence: 1,
            seconds: 60,
            input: None,
            home: None,
        }
    }

    /// Every file under the claims.
    fn claims(&self) -> Vec<PathBuf> {
        let mut all = vec![];
        files(&self.path("home"), &mut all);
        all
    }

    fn claim_file(&self, name: &str) -> Option<PathBuf> {
        self.claims().into_iter().find(|path| path.ends_with(name))
    }

    #[track_caller]
    fn await_file(&self, name: &str) -> PathBuf {
        let mut found = None;
        wait_until(|| {
            found = self.claim_file(name).filter(|path| fs::read(path).is_ok_and(|text| !text.is_empty()));
            found.is_some()
        });
        found.unwrap()
    }

    fn supervisor(&self) -> i32 {
        let text = fs::read_to_string(self.await_file("pid")).unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    }
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, all);
        }
        all.push(path);
    }
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap();
    path.split(':').map(|folder| Path::new(folder).join(program)).find(|path| path.is_file())
}

#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "gave up waiting");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[expect(unsafe_code, reason = "processes can be signalled in no other way")]
fn kill(process: i32, signal: i32) {
    // SAFETY: takes two numbers and touches no memory.
    unsafe { libc::kill(process, signal) };
}

/// A `once` to be asked for.
#[derive(Clone)]
struct Ask<'h> {
    host: &'h Host,
    command: Command,
    step: String,
    attempt: u32,
    fence: u64,
    seconds: u64,
    input: Option<String>,
    /// What is said to be the home, when it is not the host's.
    home: Option<Option<&'h str>>,
}

/// A client at work.
struct Asking {
    child: Child,
    nonce: Nonce,
}

/// What a client gave.
#[derive(Debug, PartialEq)]
struct Told {
    out: Vec<u8>,
    err: String,
    end: Option<End>,
}

impl Ask<'_> {
    fn begin(&self) -> Asking {
        let mut asking = self.begin_unfed();
        let end = format!("{}.end", asking.nonce.as_str());
        if let (Some(mut stdin), Some(input)) = (asking.child.stdin.take(), &self.input) {
            let input = input.clone() + &end;
            std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        asking
    }

    /// Its input is still to be written.
    fn begin_unfed(&self) -> Asking {
        let nonce = Nonce::new().unwrap();
        let (run, step) = (RunId("run-1".into()), StepKey(self.step.as_str().into()));
        let order = Order {
            claim: &Claim { run, step, attempt: self.attempt, fence: self.fence },
            command: &self.command,
            text: &self.command.text,
            shell: Shell::Sh,
            seconds: self.seconds,
            nonce: &nonce,
            fed: self.input.is_some(),
            spare: &self.host.path("spare").display().to_string(),
        };
        let mut process = Process::new(self.host.path("bin/sh"));
        process.args(["-c", &order.script().unwrap()]).env_clear().env("PATH", &self.host.path);
        process.current_dir(self.host.folder.path()).process_group(0);
        match &self.home {
            None => process.env("HOME", self.host.path("home")),
            Some(home) => process.envs(home.iter().map(|home| ("HOME", home))),
        };
        process.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let child = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Asking { child, nonce }
    }

    fn told(&self) -> Told {
        self.begin().told()
    }
}

impl Asking {
    fn told(self) -> Told {
        let output = self.child.wait_with_output().unwrap();
        let mut listener = Listener::new(&self.nonce);
        let mut err = listener.sift(&output.stderr);
        err.extend(listener.rest());
        Told { out: output.stdout, err: String::from_utf8_lossy(&err).into_owned(), end: listener.end }
    }

    /// The client and all it started, but for the supervisor, which is in a session of its own.
    fn kill(mut self) {
        kill(-i32::try_from(self.child.id()).unwrap(), libc::SIGKILL);
        self.child.wait().unwrap();
    }
}

fn exited(out: &str, err: &str, code: i64) -> Told {
    Told { out: out.into(), err: err.to_owned(), end: Some(End::Exited(code)) }
}

#[track_caller]
fn lost(told: Told) -> String {
    match told.end {
        Some(End::Lost(detail)) => detail,
        other => panic!("{other:?} {}", told.err),
    }
}

#[test]
fn a_command_is_carried_out_once_and_its_result_is_found_again() {
    for host in Host::each() {
        let ask = host.ask("echo ran >>ran; echo out; echo err >&2; printf end; exit 3");
        for _ in 0..3 {
            assert_eq!(ask.told(), exited("out\nend", "err\n", 3), "{}", host.shell);
        }
        assert_eq!(host.text("ran"), "ran\n", "{}", host.shell);
        let again = Ask { attempt: 2, ..ask.clone() };
        again.told();
        Ask { step: "stage:1/1".to_owned(), ..ask }.told();
        assert_eq!(host.text("ran"), "ran\nran\nran\n", "{}", host.shell);
    }
}

#[test]
fn exit_codes_are_the_commands_own() {
    for host in Host::each() {
        for (at, (text, code)) in [
            ("exit 0", 0),
            ("exit 1", 1),
            ("exit 255", 255),
            ("kill -TERM $$", 143),
            ("kill -KILL $$", 137),
            ("no-such-program", 127),
        ]
        .into_iter()
        .enumerate()
        {
            let ask = Ask { step: format!("step:{at}"), ..host.ask(text) };
            assert_eq!(ask.told().end, Some(End::Exited(code)), "{} {text}", host.shell);
            assert_eq!(ask.told().end, Some(End::Exited(code)), "{} {text} again", host.shell);
        }
    }
}

#[test]
fn a_command_is_left_as_it_would_be_without_a_claim() {
    for host in Host::each() {
        let text = "umask; trap 'echo int' INT; kill -INT $$; echo \"${rt_d-unset}\"; env | cut -d= -f1 | sort; ls /proc/self/fd";
        let bare = Process::new(host.path("bin/sh"))
            .args(["-c", text])
            .env_clear()
            .env("PATH", &host.path)
            .env("HOME", host.path("home"))
            .output()
            .unwrap();
        let told = host.ask(text).told();
        let (told, bare) = (String::from_utf8_lossy(&told.out), String::from_utf8_lossy(&bare.stdout));
        assert_eq!(told, bare, "{}", host.shell);
    }
}

#[test]
fn output_of_any_bytes_and_any_length_comes_whole() {
    for host in Host::each() {
        let bytes =
            Ask { step: "bytes".to_owned(), ..host.ask("printf 'a\\000\\377\\n\\n'; printf '\\001' >&2") };
        for _ in 0..2 {
            let told = bytes.told();
            assert_eq!((&told.out[..], &told.err[..]), (&b"a\0\xff\n\n"[..], "\u{1}"), "{}", host.shell);
        }
        // Once at full length: tens of MB take their time in a test's own, slow code.
        let (out, err) = if host.shell == "dash" { (30_000_000, 3_000_000) } else { (3_000_000, 300_000) };
        let long = host.ask(&format!("head -c {out} /dev/zero; head -c {err} /dev/zero >&2; echo end"));
        for _ in 0..2 {
            let told = long.told();
            assert_eq!((told.out.len(), told.err.len()), (out + 4, err), "{}", host.shell);
            assert!(told.out.ends_with(b"\0end\n") && told.end == Some(End::Exited(0)));
        }
    }
}

#[test]
fn input_arrives_whole_or_nothing_begins() {
    for host in Host::each() {
        let input = format!("{}\n\n  'x' $y `z` \\ %s é\n\n", "line\n".repeat(40_000));
        let ask = Ask { input: Some(input.clone()), ..host.ask("cat") };
        assert!(ask.told() == exited(&input, "", 0), "{}", host.shell);
        let unread = Ask { step: "unread".to_owned(), ..Ask { input: Some(input), ..host.ask("echo done") } };
        assert_eq!(unread.told(), exited("done\n", "", 0), "{}", host.shell);
        let empty =
            Ask { step: "empty".to_owned(), input: Some(String::new()), ..host.ask("cat; echo done") };
        assert_eq!(empty.told(), exited("done\n", "", 0), "{}", host.shell);
        let found = Ask { input: Some("other".to_owned()), ..ask };
        assert_eq!(found.told().end, Some(End::Exited(0)), "{}", host.shell);
    }
}

#[test]
fn broken_off_input_begins_nothing() {
    for host in Host::each() {
        let ask = Ask { input: Some("begin".to_owned()), ..host.ask("echo ran >>ran; cat") };
        let mut asking = ask.begin_unfed();
        asking.child.stdin.take().unwrap().write_all(b"beg").unwrap();
        assert_eq!(asking.told().end, Some(End::Short), "{}", host.shell);
        assert_eq!(host.text("ran"), "");
        assert_eq!(ask.told(), exited("begin", "", 0), "{}", host.shell);
    }
}

#[test]
fn a_command_goes_on_without_its_client_and_is_waited_for() {
    for host in Host::each() {
        let ask =
            host.ask("echo ran >>ran; echo first; while ! [ -e go ]; do sleep 0.02; done; echo last; exit 4");
        let first = ask.begin();
        host.await_file("out");
        first.kill();
        let second = ask.begin();
        std::thread::sleep(Duration::from_millis(50));
        fs::write(host.path("go"), "").unwrap();
        assert_eq!(second.told(), exited("first\nlast\n", "", 4), "{}", host.shell);
        assert_eq!(host.text("ran"), "ran\n");
    }
}

#[test]
fn the_hosts_own_deadline_ends_the_command() {
    for host in Host::each() {
        for (at, text) in
            ["sleep 60 & sleep 61", "trap '' TERM; while :; do sleep 0.1; done"].into_iter().enumerate()
        {
            let ask = Ask { seconds: 1, step: format!("step:{at}"), ..host.ask(text) };
            for _ in 0..2 {
                assert_eq!(ask.told().end, Some(End::Cut { left: false }), "{} {text}", host.shell);
            }
        }
    }
}

#[test]
fn nothing_of_a_deadline_is_left_over() {
    let host = Host::any();
    let ask = Ask { seconds: 4321, ..host.ask("true") };
    assert_eq!(ask.told().end, Some(End::Exited(0)));
    wait_until(|| !arguments().iter().any(|arguments| arguments == "sleep 4321"));
}

fn arguments() -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let read = processes.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    read.map(|text| text.trim_end_matches('\0').replace('\0', " ")).collect()
}

#[test]
fn a_killed_supervisor_leaves_doubt() {
    for host in Host::each() {
        let ask = host.ask("echo ran >>ran; sleep 300");
        let asking = ask.begin();
        wait_until(|| host.text("ran") == "ran\n");
        let group: i32 = fs::read_to_string(host.await_file("group")).unwrap().trim().parse().unwrap();
        kill(host.supervisor(), libc::SIGKILL);
        let detail = lost(asking.told());
        assert!(detail.contains("was killed") && detail.contains(&group.to_string()), "{detail}");
        kill(-group, libc::SIGKILL);
        wait_until(|| !lost(ask.told()).contains("still running"));
        assert_eq!(host.text("ran"), "ran\n", "{}", host.shell);
    }
}

#[test]
fn a_host_that_was_started_again_leaves_doubt() {
    let host = Host::any();
    let ask = host.ask("exit 0");
    ask.told();
    fs::remove_file(host.claim_file("rc").unwrap()).unwrap();
    let pid = host.claim_file("pid").unwrap();
    let text = fs::read_to_string(&pid).unwrap();
    let mut words: Vec<&str> = text.split(' ').collect();
    words[1] = "00000000-0000-0000-0000-000000000000";
    fs::write(&pid, words.join(" ")).unwrap();
    assert!(lost(ask.told()).contains("started again"));
    words[3] = "elsewhere";
    fs::write(&pid, words.join(" ")).unwrap();
    assert!(lost(ask.told()).contains("`elsewhere`"));
}

#[test]
fn another_command_under_the_same_name_is_refused() {
    let host = Host::any();
    host.ask("echo a").told();
    assert!(lost(host.ask("echo b").told()).contains("another command"));
}

#[test]
fn output_that_was_cleared_is_not_made_up() {
    let host = Host::any();
    let ask = host.ask("echo a");
    ask.told();
    fs::remove_file(host.claim_file("out").unwrap()).unwrap();
    assert!(lost(ask.told()).contains("cleared"));
}

#[test]
fn an_older_runner_is_refused() {
    for host in Host::each() {
        let ask = host.ask("echo ran >>ran");
        assert_eq!(Ask { fence: 12, ..ask.clone() }.told().end, Some(End::Exited(0)), "{}", host.shell);
        assert_eq!(Ask { fence: 9, ..ask.clone() }.told().end, Some(End::Fenced), "{}", host.shell);
        let other = Ask { step: "other".to_owned(), fence: 11, ..ask.clone() };
        assert_eq!(other.told().end, Some(End::Fenced), "{}", host.shell);
        assert_eq!(Ask { fence: 12, ..other.clone() }.told().end, Some(End::Exited(0)), "{}", host.shell);
        assert_eq!(host.text("ran"), "ran\nran\n", "{}", host.shell);
    }
}

#[test]
fn ten_at_once_carry_it_out_once() {
    for host in Host::each() {
        for round in 0..3 {
            let text = format!("echo ran >>ran.{round}; sleep 0.05; echo out; exit 5");
            let ask = Ask { step: format!("round:{round}"), ..host.ask(&text) };
            let asked: Vec<Asking> = (0..10).map(|_| ask.begin()).collect();
            for asking in asked {
                assert_eq!(asking.told(), exited("out\n", "", 5), "{}", host.shell);
            }
            assert_eq!(host.text(&format!("ran.{round}")), "ran\n", "{}", host.shell);
        }
    }
}

/// A user's id, as the name of the spare folder has it.
fn spare_of(host: &Host) -> PathBuf {
    let id = Process::new("id").arg("-u").output().unwrap().stdout;
    host.path(&format!("spare/rutter-{}", String::from_utf8(id).unwrap().trim()))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn claims_are_nobody_elses_to_read() {
    for host in Host::each() {
        host.ask("echo a").told();
        for path in host.claims() {
            let wanted = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), wanted, "{} {}", host.shell, path.display());
        }
    }
}

#[test]
fn without_a_home_claims_stand_in_the_spare_folder() {
    for host in Host::each() {
        for (at, home) in [None, Some(""), Some("not/absolute"), Some("/dev/null/x")].into_iter().enumerate()
        {
            let ask = Ask { home: Some(home), step: format!("{at}"), ..host.ask("echo ran >>ran") };
            assert_eq!(ask.told().end, Some(End::Exited(0)), "{} {home:?}", host.shell);
            assert_eq!(ask.told().end, Some(End::Exited(0)), "{} {home:?}", host.shell);
            // Also when there is a home by now.
            assert_eq!(Ask { home: None, ..ask }.told().end, Some(End::Exited(0)), "{} {home:?}", host.shell);
        }
        assert_eq!(host.text("ran"), "ran\n".repeat(4), "{}", host.shell);
        assert_eq!((mode(&spare_of(&host)), host.claims()), (0o700, vec![]), "{}", host.shell);
    }
}

#[test]
fn a_place_that_is_not_safe_is_no_place() {
    for host in Host::each() {
        let ask = Ask { home: Some(None), ..host.ask("echo ran >>ran") };
        let spare = spare_of(&host);
        let refused = |what: &str| {
            assert_eq!(ask.told().end, Some(End::Unfit), "{} {what}", host.shell);
            assert_eq!(host.text("ran"), "", "{} {what}", host.shell);
        };
        fs::create_dir(&spare).unwrap();
        fs::set_permissions(&spare, fs::Permissions::from_mode(0o755)).unwrap();
        refused("open to others");
        fs::remove_dir(&spare).unwrap();
        fs::create_dir(host.path("elsewhere")).unwrap();
        fs::set_permissions(host.path("elsewhere"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink(host.path("elsewhere"), &spare).unwrap();
        refused("a link");
        fs::remove_file(&spare).unwrap();
        fs::write(&spare, "").unwrap();
        refused("a file");
        let at_home = Ask { home: None, ..ask.clone() };
        fs::create_dir_all(host.path("home/.local/state/rutter")).unwrap();
        symlink(host.path("elsewhere"), host.path("home/.local/state/rutter/claims")).unwrap();
        assert_eq!(at_home.told().end, Some(End::Unfit), "{} a link at home", host.shell);
        assert_eq!(host.text("ran"), "", "{}", host.shell);
    }
}

#[test]
fn a_folder_of_another_user_is_no_place() {
    let host = Host::any();
    let spare = spare_of(&host);
    fs::create_dir(&spare).unwrap();
    fs::set_permissions(&spare, fs::Permissions::from_mode(0o700)).unwrap();
    // Only root can make one.
    if std::os::unix::fs::chown(&spare, Some(12_345), None).is_ok() {
        assert_eq!(Ask { home: Some(None), ..host.ask("echo ran >>ran") }.told().end, Some(End::Unfit));
        assert_eq!(host.text("ran"), "");
    }
}

#[test]
fn only_what_ended_long_ago_is_cleared_away() {
    for host in Host::each() {
        let step = |name: &str| Ask { step: name.to_owned(), ..host.ask("echo a") };
        ["old", "older", "open"].iter().for_each(|name| drop(step(name).told()));
        let age = |name: &str, file: &str, days: &str| {
            let found = host.claims().into_iter().find(|path| {
                path.ends_with(file) && path.display().to_string().contains(&format!("/{name}-"))
            });
            let touched =
                Process::new("touch").args(["-d", &format!("{days} days ago")]).arg(found.unwrap()).status();
            assert!(touched.unwrap().success());
        };
        age("old", "rc", "31");
        age("older", "rc", "366");
        let open = host
            .claims()
            .into_iter()
            .find(|path| path.ends_with("rc") && path.display().to_string().contains("/open-"));
        fs::remove_file(open.unwrap()).unwrap();
        ["pid", "out"].iter().for_each(|file| age("open", file, "400"));
        wait_until(|| host.claims().iter().any(|path| path.ends_with(".pruned")));
        fs::remove_file(host.claim_file(".pruned").unwrap()).unwrap();
        step("new").told();
        let left = |name: &str| {
            let of =
                |path: &PathBuf| path.is_file() && path.display().to_string().contains(&format!("/{name}-"));
            host.claims().iter().filter(|path| of(path)).count()
        };
        wait_until(|| (left("older"), left("old"), left("open"), left("new")) == (0, 4, 5, 6));
        assert!(lost(step("old").told()).contains("cleared"), "{}", host.shell);
    }
}

/// Numbers that nobody chose.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        use std::hash::{BuildHasher, Hasher};
        Self(std::collections::hash_map::RandomState::new().build_hasher().finish() | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Kills the supervisors of a step that have not ended, also those that only are candidates.
fn kill_supervisors(host: &Host, step: &str) {
    let of = |path: &PathBuf| path.display().to_string().contains(&format!("/{step}-"));
    for path in host.claims().into_iter().filter(of) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_alive = !path.with_file_name("rc").exists();
        if (name == "pid" || name.contains(".pid.")) && is_alive {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let words: Vec<&str> = text.split(' ').collect();
            if let [pid, _, start, ..] = words[..]
                && began(pid).as_deref() == Some(start)
            {
                kill(pid.parse().unwrap(), libc::SIGKILL);
            }
        }
    }
}

/// When a process began, so that no number that was given out again is taken for it.
fn began(pid: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(19).map(str::to_owned)
}

/// What came of a trial.
#[derive(Default)]
struct Count {
    trials: u32,
    kills: u32,
    adopted: u32,
    doubt: u32,
}

/// Asks, kills at random moments, asks again, and at last waits for what became of it.
fn trial(host: &Host, number: u32, chance: &mut Chance, count: &mut Count) {
    let step = format!("trial{number}");
    let text = format!("echo ran >>{step}; sleep 0.0{}; echo out; exit 7", chance.below(10));
    let ask = Ask { step: step.clone(), ..host.ask(&text) };
    let with_supervisor = number.is_multiple_of(3);
    for _ in 0..=chance.below(6) {
        let asking = ask.begin();
        std::thread::sleep(Duration::from_millis(1 + chance.below(200)));
        if with_supervisor && chance.below(2) == 0 {
            kill_supervisors(host, &step);
        }
        asking.kill();
        count.kills += 1;
    }
    let told = ask.told();
    let ran = host.text(&step).lines().count();
    count.trials += 1;
    match told.end {
        Some(End::Exited(7)) => {
            assert_eq!((ran, &told.out[..]), (1, &b"out\n"[..]), "{} {step}", host.shell);
            count.adopted += 1;
        }
        Some(End::Lost(_)) if with_supervisor => {
            assert!(ran <= 1, "{} {step}: ran {ran} times", host.shell);
            count.doubt += 1;
        }
        other => panic!("{} {step}: {other:?} {}", host.shell, told.err),
    }
}

#[test]
fn killed_at_any_moment_it_is_never_carried_out_twice() {
    let hosts = Host::each();
    let each = 240_u32.div_ceil(u32::try_from(hosts.len()).unwrap());
    let counts: Vec<Count> = std::thread::scope(|scope| {
        let trials = hosts.iter().flat_map(|host| [(host, 0), (host, 1)]).map(|(host, part)| {
            scope.spawn(move || {
                let (mut chance, mut count) = (Chance::new(), Count::default());
                (0..each)
                    .filter(|number| number % 2 == part)
                    .for_each(|number| trial(host, number, &mut chance, &mut count));
                count
            })
        });
        trials.collect::<Vec<_>>().into_iter().map(|trials| trials.join().unwrap()).collect()
    });
    let sum = |of: fn(&Count) -> u32| counts.iter().map(of).sum::<u32>();
    let (trials, kills) = (sum(|count| count.trials), sum(|count| count.kills));
    let (adopted, doubt) = (sum(|count| count.adopted), sum(|count| count.doubt));
    let shells: Vec<_> = hosts.iter().map(|host| host.shell).collect();
    eprintln!(
        "{trials} trials in {shells:?}, {kills} kills: {adopted} results found, {doubt} in doubt, none twice"
    );
    assert!(trials >= 240);
}
