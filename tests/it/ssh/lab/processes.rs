//! Processes seen in /proc: whose they are, what is in their arguments; signals to them.

use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use super::{me, program};

/// A process at the moment it was looked at.
#[derive(Clone, Debug)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// Its program's name, at most 15 bytes.
    pub name: String,
    /// `Z` is one that is over and not waited for.
    pub state: char,
    pub arguments: String,
}

impl Process {
    fn read(pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (start, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        Some(Process {
            pid,
            name: start.split_once('(')?.1.to_owned(),
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
            arguments: String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/cmdline")).ok()?)
                .replace('\0', " "),
        })
    }

    pub fn all() -> Vec<Process> {
        let numbers =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        numbers.filter_map(Process::read).filter(|process| process.state != 'Z').collect()
    }

    /// The processes under `root`, itself apart.
    pub fn under(root: u32) -> Vec<Process> {
        let (all, mut known) = (Process::all(), HashSet::from([root]));
        loop {
            let before = known.len();
            known.extend(
                all.iter()
                    .filter(|process| known.contains(&process.parent))
                    .map(|process| process.pid)
                    .collect::<Vec<_>>(),
            );
            if known.len() == before {
                return all
                    .into_iter()
                    .filter(|process| process.pid != root && known.contains(&process.pid))
                    .collect();
            }
        }
    }
}

/// The processes that have `mark` in their environment or arguments, this one apart.
pub fn marked(mark: &str) -> Vec<Process> {
    let has = |process: &Process| {
        process.arguments.contains(mark)
            || fs::read(format!("/proc/{}/environ", process.pid))
                .is_ok_and(|environment| String::from_utf8_lossy(&environment).contains(mark))
    };
    Process::all().into_iter().filter(|process| process.pid != std::process::id() && has(process)).collect()
}

/// Whether a process is there and not over.
pub fn alive(pid: u32) -> bool {
    Process::read(pid).is_some_and(|process| process.state != 'Z')
}

/// Sends a signal by name; those that are gone are no error.
pub fn signal(name: &str, pids: impl IntoIterator<Item = u32>) {
    let pids: Vec<String> = pids.into_iter().map(|pid| pid.to_string()).collect();
    if pids.is_empty() {
        return;
    }
    let text = format!("kill -s {name} {} 2>/dev/null", pids.join(" "));
    let done = program("sh").arg("-c").arg(&text).status().is_ok_and(|status| status.success());
    if !done && me() != "root" {
        let _ = as_root("sh").arg("-c").arg(text).status();
    }
}

/// A program run by root: as it is, or by sudo, which must not ask.
pub fn as_root(name: &str) -> Command {
    if me() == "root" {
        return program(name);
    }
    let mut sudo = program("sudo");
    sudo.args(["-n", name]);
    sudo
}

/// Waits for `holds`, and fails with `what` when it hangs.
#[track_caller]
pub fn wait_until(end: Instant, what: &str, mut holds: impl FnMut() -> bool) {
    while !holds() {
        assert!(Instant::now() < end, "gave up waiting for {what}");
        sleep(Duration::from_millis(10));
    }
}

/// Looks at the arguments of every process, over and over, for words that must not be there.
pub struct Watch {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<(usize, Vec<String>)>>,
}

impl Watch {
    pub fn for_words(words: &[&str]) -> Watch {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        let thread = std::thread::spawn(move || watch(&words, &told));
        Watch { over, thread: Some(thread) }
    }

    /// How often it looked, and the arguments in which it found a word.
    pub fn end(mut self) -> (usize, Vec<String>) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

fn watch(words: &[String], over: &AtomicBool) -> (usize, Vec<String>) {
    let (mut looks, mut found) = (0, vec![]);
    while !over.load(Ordering::Relaxed) {
        looks += 1;
        for process in Process::all() {
            if words.iter().any(|word| process.arguments.contains(word)) {
                found.push(process.arguments);
            }
        }
    }
    (looks, found)
}
