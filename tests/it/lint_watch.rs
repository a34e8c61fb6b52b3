//! `rutter lint --watch` with the real binary: files change, are replaced and come to be under it, and Ctrl-C ends it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes nearly as long; it only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program that watches, and the lines it prints to both streams.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn begin(folder: &Path, paths: &[&str]) -> Self {
        // One pipe for both, so that what is said stays in its order.
        let (reader, writer) = std::io::pipe().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_rutter"))
            .args(["lint", "--watch"])
            .args(paths)
            .current_dir(folder)
            .env_remove("RUTTER_LOG")
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                // Whoever has seen enough does not listen any more.
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, lines }
    }

    /// Reads on to a line that holds all of these.
    fn until(&self, words: &str) {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|line: &String| line.contains(words)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => seen.push(line),
                Err(why) => panic!("`{words}` is not said, {why}: {seen:#?}"),
            }
        }
    }

    fn interrupt(&mut self) -> Option<i32> {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runbook(body: &str) -> String {
    format!("runbook \"Look\"\n\nparam force: bool\n\nstage \"Look\" {{\n  {body}\n}}\n")
}

#[test]
fn each_change_is_reported_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.runbook"), runbook("assert force")).unwrap();
    let mut watching = Watching::begin(folder.path(), &["."]);
    watching.until("no findings in 1 file");
    watching.until("watching 1 file; Ctrl-C ends");

    std::fs::write(at("a.runbook"), runbook("assert force == true")).unwrap();
    watching.until("1 warning in 1 file");
    watching.until("watching 1 file; Ctrl-C ends");

    // As editors save: written beside and moved over.
    std::fs::write(at("a.new"), runbook("assert not force")).unwrap();
    std::fs::rename(at("a.new"), at("a.runbook")).unwrap();
    watching.until("no findings in 1 file");
    watching.until("Ctrl-C ends");

    std::fs::write(at("b.runbook"), runbook("assert forse")).unwrap();
    watching.until("1 error in 2 files");
    watching.until("watching 2 files; Ctrl-C ends");

    std::fs::write(at("rutter.toml"), "[lint.levels]\nunused-name = \"of\"\n").unwrap();
    watching.until("this is no level of `unused-name`");
    watching.until("Ctrl-C ends");

    std::fs::remove_file(at("rutter.toml")).unwrap();
    std::fs::remove_file(at("b.runbook")).unwrap();
    watching.until("no findings in 1 file");
    assert_eq!(watching.interrupt(), Some(0));
}

#[test]
fn a_library_that_is_missing_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let using =
        runbook("greetings.greet()").replace("param force: bool", "use \"./lib.runbook\" as greetings");
    std::fs::write(folder.path().join("a.runbook"), using).unwrap();
    let mut watching = Watching::begin(folder.path(), &["a.runbook"]);
    watching.until("1 error in 1 file");
    watching.until("Ctrl-C ends");
    let library = "library \"Greetings\"\n\naction greet() {\n  note \"hello\"\n}\n";
    std::fs::write(folder.path().join("lib.runbook"), library).unwrap();
    watching.until("no findings in 1 file");
    assert_eq!(watching.interrupt(), Some(0));
}
