//! Several processes at one store, some of which are stopped or killed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rutter::journal::Journal;
use rutter::journal::store::{Acquired, Holder, RunJournal, Settings, Store, Time, run_lease};

use crate::ssh::lab::{alive, signal};

use super::disks;
use super::support::*;

/// The part of a test that is done in a process of its own.
#[test]
#[ignore = "other tests start it"]
fn child() {
    let given = |name| std::env::var(name).expect("other tests start this one, and say what it is to do");
    let path = given("RUTTER_TEST_STORE");
    let path = Path::new(&path);
    match given("RUTTER_TEST_PART").as_str() {
        "fill" => disks::fill(path),
        "begin" => disks::begin(path),
        "refused" => disks::refused(path),
        "modes" => disks::modes(path),
        "hold" => hold(path),
        "race" => race(path),
        "write" => write(path),
        other => panic!("no part {other}"),
    }
}

/// A child process, killed in the end.
struct Other {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(part: &str, path: &Path) -> Self {
        let words = other_process(part, path);
        let mut command = Command::new(&words[0]);
        let mut child =
            command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The rest of its next line that begins with `» `.
    fn says(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some((_, said)) = line.trim_end().split_once("» ") {
                return said.to_owned();
            }
        }
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// No thread of it is left when this returns, and its parent has not asked what became of it.
    fn kill(&self) {
        signal("KILL", [self.child.id()]);
        let threads = || std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count();
        while alive(self.child.id()) || threads() > 1 {
            std::thread::yield_now();
        }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stdout, reason = "the test that started this process reads it")]
fn say(text: &str) {
    println!("» {text}");
}

fn wait_to_go_on() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

fn opened(store: &Store) -> RunJournal {
    store.journal(&run(), Arc::new(acquired(store).unwrap())).unwrap()
}

/// Holds the run with three events, then tries a fourth.
fn hold(path: &Path) {
    let store = Store::open(path).unwrap();
    let journal = opened(&store);
    flush_notes(&journal, 3);
    say("held");
    wait_to_go_on();
    journal.append(&note(3)).unwrap();
    say(&journal.flush().map_or_else(|error| error.to_string(), |()| "written".to_owned()));
}

#[test]
fn what_a_killed_process_held_is_free_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = Store::open(&path).unwrap();
    create(&store, &run()).unwrap();
    let mut other = Other::start("hold", &path);
    assert_eq!(other.says(), "held");
    let held = acquired(&store).unwrap_err();
    assert!(held.ends_with(&format!(", process {})", other.child.id())), "{held}");
    other.kill();
    let journal = opened(&store);
    assert_eq!(store.events(&run(), 0).unwrap(), notes(3));
    flush_notes(&journal, 2);
    assert_eq!(store.verify(&run()).unwrap().events, 5);
}

/// Moved by hand.
struct Hands(Mutex<Duration>);

impl Time for Hands {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

#[test]
fn a_stopped_process_loses_its_run_and_its_late_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let hands = Arc::new(Hands(Mutex::default()));
    let store = Store::open_with(&path, Settings { time: hands.clone(), ..Settings::default() }).unwrap();
    create(&store, &run()).unwrap();
    let mut other = Other::start("hold", &path);
    assert_eq!(other.says(), "held");
    signal("STOP", [other.child.id()]);
    let mut looks = 0;
    let leases = loop {
        match store.acquire(&[run_lease(&run())], &Holder::here("mia", &run())).unwrap() {
            Acquired::Leases(leases) => break leases,
            Acquired::Held(_) => *hands.0.lock().unwrap() += Duration::from_secs(1),
        }
        looks += 1;
    };
    assert!(looks >= 15, "{looks}");
    let journal = store.journal(&run(), Arc::new(leases)).unwrap();
    flush_notes(&journal, 1);
    signal("CONT", [other.child.id()]);
    other.go_on();
    let said = other.says();
    let me =
        format!("run bako-rife (mia on {}, process {})", rutter::journal::store::host(), std::process::id());
    assert_eq!(said, format!("`run:bako-rife` is lost: {me} has it now; nothing was written"));
    flush_notes(&journal, 1);
    assert_eq!(store.events(&run(), 0).unwrap(), notes(5));
}

/// Takes the run, or says who has it.
fn race(path: &Path) {
    let store = Store::open(path).unwrap();
    say("ready");
    wait_to_go_on();
    let acquired = acquired(&store);
    say(acquired.as_ref().map_or_else(String::as_str, |_| "won"));
    wait_to_go_on();
}

#[test]
fn of_many_at_once_one_gets_the_run_and_the_others_are_told_who() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    create(&Store::open(&path).unwrap(), &run()).unwrap();
    let mut others: Vec<_> = (0..5).map(|_| Other::start("race", &path)).collect();
    for other in &mut others {
        assert_eq!(other.says(), "ready");
    }
    others.iter_mut().for_each(Other::go_on);
    let said: Vec<_> = others.iter_mut().map(Other::says).collect();
    let winner = said.iter().position(|said| said == "won").unwrap();
    let process = format!(", process {})", others[winner].child.id());
    for (at, said) in said.iter().enumerate() {
        assert!(at == winner || said.ends_with(&process), "{at}: {said}");
    }
}

/// Says the number of each event that is flushed, until it is killed.
fn write(path: &Path) {
    let store = Store::open(path).unwrap();
    let journal = opened(&store);
    loop {
        say(&journal.next().to_string());
        flush_notes(&journal, 1);
    }
}

#[test]
fn killed_at_any_time_nothing_that_was_flushed_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = Store::open(&path).unwrap();
    create(&store, &run()).unwrap();
    let mut read = Vec::new();
    for round in 0..12 {
        let mut other = Other::start("write", &path);
        let mut said = other.says().parse::<u64>().unwrap();
        assert!(said >= read.len() as u64, "{said}: events are lost that were read");
        assert!(said <= store.verify(&run()).unwrap().events, "{said} is said too early");
        for _ in 0..=(round * 7) % 12 {
            said = other.says().parse().unwrap();
            read.extend(store.events(&run(), read.len() as u64).unwrap());
        }
        other.kill();
        let stored = store.verify(&run()).unwrap().events;
        assert!(stored >= said, "{stored} of {said}");
    }
    read.extend(store.events(&run(), read.len() as u64).unwrap());
    assert_eq!(read, notes(read.len() as u64));
    assert!(read.len() > 30, "{}", read.len());
}
