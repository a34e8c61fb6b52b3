//! A folder with runbooks and a store of its own, and rutter in it, without a terminal.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use regex::{Captures, Regex};
use rutter::journal::store::{Store, host};
use serde_json::Value;

/// No wait of these tests is longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Desk {
    pub folder: tempfile::TempDir,
}

/// What a command printed, with all that differs from run to run under one name.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Desk {
    /// A desk with one runbook, `it.runbook`.
    pub fn with(text: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("it.runbook", text);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A file in the folder; nothing when it is not there.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// `rutter ARGS`; a word `RUN` is the latest run.
    pub fn command(&self, args: &[&str]) -> Command {
        // In a session of its own there is no terminal to ask at.
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_rutter"));
        let run = if args.contains(&"RUN") { self.run() } else { String::new() };
        command.args(args.iter().map(|arg| if *arg == "RUN" { run.as_str() } else { arg }));
        self.around(&mut command);
        command
    }

    /// The folder and the environment of every command.
    pub fn around(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("RUTTER_STORE", self.path("runs.db")).env("USER", "ann").env("TZ", "UTC");
        command.env_remove("RUTTER_LOG").env("NO_COLOR", "1");
        command.env("XDG_STATE_HOME", self.path("state"));
    }

    pub fn rutter(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().unwrap();
        let text = |bytes: &[u8]| self.steady(&String::from_utf8_lossy(bytes));
        Said { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code().unwrap() }
    }

    /// The same, as it was printed.
    pub fn raw(&self, args: &[&str]) -> String {
        String::from_utf8(self.command(args).output().unwrap().stdout).unwrap()
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.raw(args)).unwrap()
    }

    /// Begins a command, which goes on beside the test. Its output must not fill a pipe.
    pub fn begin(&self, args: &[&str]) -> Begun {
        let mut command = self.direct(args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Begun { child }
    }

    /// Without a process between, so that it can be sent signals.
    fn direct(&self, args: &[&str]) -> Command {
        let run = if args.contains(&"RUN") { self.run() } else { String::new() };
        let words = args.iter().map(|arg| if *arg == "RUN" { run.as_str() } else { arg });
        let mut command = Command::new(env!("CARGO_BIN_EXE_rutter"));
        command.args(words);
        self.around(&mut command);
        #[expect(unsafe_code, reason = "a session of its own has no terminal to ask at")]
        // SAFETY: between fork and exec nothing else is called.
        unsafe {
            use std::os::unix::process::CommandExt;
            command.pre_exec(|| {
                libc::setsid();
                Ok(())
            });
        }
        command
    }

    pub fn store(&self) -> Store {
        Store::existing(&self.path("runs.db")).unwrap().unwrap()
    }

    /// The name of the latest run.
    pub fn run(&self) -> String {
        self.store().runs().unwrap()[0].run.to_string()
    }

    /// Waits until `what` says so.
    #[track_caller]
    pub fn until(&self, what: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !what(self) {
            assert!(began.elapsed() < PATIENCE, "it never came");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the file `name` is there.
    #[track_caller]
    pub fn until_there(&self, name: &str) {
        self.until(|desk| desk.path(name).exists());
    }

    /// `text` with the names, times, hashes and numbers that differ from run to run under one name.
    pub fn steady(&self, text: &str) -> String {
        let mut text = text.replace(&self.folder.path().display().to_string(), "/DESK");
        let runs = Store::existing(&self.path("runs.db")).ok().flatten();
        for (at, run) in runs.iter().flat_map(|store| store.runs().unwrap()).enumerate() {
            text = text.replace(&*run.run.0, if at == 0 { "RUN" } else { "OTHER" });
        }
        let rules = [
            (r"plan [0-9a-f]{12}", "plan PLAN"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "WHEN"),
            (r"process \d+", "process N"),
            (r"head [0-9a-f]{64}", "head HASH"),
            (r"(?m)^\+\S+ +", "+T "),
            (r"(after|in) [0-9][0-9.hms]*s", "$1 LENGTH"),
            (r"(?m)  [0-9][0-9.hms]*s$", "  LENGTH"),
        ];
        for (pattern, name) in rules {
            text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
        }
        let here = Regex::new(&format!(r"(\(| on ){}\b", regex::escape(&host()))).unwrap();
        here.replace_all(&text, |found: &Captures| format!("{}HOST", &found[1])).into_owned()
    }
}

pub struct Begun {
    child: Child,
}

impl Begun {
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// What it printed, and its exit code, once it has ended.
    pub fn ended(mut self) -> (String, i32) {
        let mut said = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = self.child.wait().unwrap();
        (said, status.code().unwrap_or(-1))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
    }
}

#[track_caller]
pub fn said(said: &Said, out: &str, code: i32) {
    assert_eq!((said.out.as_str(), said.err.as_str(), said.code), (out, "", code));
}

/// Nothing on standard output.
#[track_caller]
pub fn complained(said: &Said, err: &str, code: i32) {
    assert_eq!((said.out.as_str(), said.err.as_str(), said.code), ("", err, code));
}
