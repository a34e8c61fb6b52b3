//! Programs and processes of the machine below: commands that must succeed, process groups by number,
//! and waiting until something is so.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What can go wrong in the lab is told to a person, and is not told apart by kind.
pub type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What a command printed; fails with what it complained about.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said).trim()).into())
}

/// Carries out a program with arguments; see [`output`].
pub fn run(program: &str, arguments: &[&str]) -> Result<String> {
    output(Command::new(program).args(arguments))
}

/// Asks until the answer is yes, ten times a second; fails with `what` when the time is over.
pub fn wait_until(what: &str, limit: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > limit {
            return Err(format!("{what}: not within {} s", limit.as_secs()).into());
        }
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// A process, as `/proc` tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    /// In clock ticks since the boot: with the number it names a process for good.
    pub started: u64,
}

impl Process {
    /// The process with this number, unless it has ended.
    pub fn find(pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let small = |index: usize| u32::try_from(number(index)?).ok();
        let ended = matches!(*fields.first()?, "Z" | "X");
        (!ended).then_some(())?;
        Some(Process { pid, parent: small(1)?, group: small(2)?, started: number(19)? })
    }

    /// All that live.
    pub fn all() -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter_map(Process::find).collect()
    }
}

/// The processes of a group that live.
pub fn group(leader: u32) -> Vec<Process> {
    Process::all().into_iter().filter(|process| process.group == leader).collect()
}

/// Sends a signal, by its name, to a process or (`-123`) to a group; that it is gone is no error.
pub fn signal(name: &str, to: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), "--", to]).stderr(Stdio::null()).status();
}

/// Ends a group: politely, and after a while for good.
pub fn end_group(leader: u32, patience: Duration) -> Result {
    signal("TERM", &format!("-{leader}"));
    let gone = || Ok(group(leader).is_empty());
    if wait_until("", patience, gone).is_err() {
        signal("KILL", &format!("-{leader}"));
    }
    wait_until(&format!("the end of process group {leader}"), Duration::from_secs(10), gone)
}
