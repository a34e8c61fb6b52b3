//! What runs in the lab: each part is a process group on a host, with a log and a file that holds its
//! number, so that it is found again by `status`, `down` and other parts.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::machine;
use crate::place::{self, Host};
use crate::system::{Process, Result, end_group, group, wait_until};

/// Starts a subcommand of the lab itself on a host, unless it runs: `own("edge", EDGE, &["part", "edge"])`.
pub fn own(name: &str, host: Host, arguments: &[&str]) -> Result {
    let lab = place::path("bin/lab").display().to_string();
    program(name, host, &[&[lab.as_str()], arguments].concat())
}

/// Starts a program on a host, unless it runs.
pub fn program(name: &str, host: Host, arguments: &[&str]) -> Result {
    let mut command = machine::enter(host);
    command.args(arguments);
    start(name, command)
}

/// Starts a command as a part, unless it runs. It goes on when the lab's own process ends.
pub fn start(name: &str, mut command: Command) -> Result {
    if runs(name) {
        return Ok(());
    }
    let log = File::options().create(true).append(true).open(place::log(name))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    let child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let started = Process::find(child.id()).map_or(0, |process| process.started);
    fs::write(file(name), format!("{} {started}\n", child.id()))?;
    Ok(())
}

/// Ends a part, if it runs: SIGTERM, and SIGKILL when that does not help.
pub fn end(name: &str) -> Result {
    if let Some(leader) = leader(name) {
        end_group(leader, Duration::from_secs(10))?;
    }
    let _ = fs::remove_file(file(name));
    Ok(())
}

/// Whether a part runs.
pub fn runs(name: &str) -> bool {
    leader(name).is_some_and(|leader| !group(leader).is_empty())
}

/// The number of a part's process group. The number may have been given out again since; that is seen by
/// the time at which the process was started.
pub fn leader(name: &str) -> Option<u32> {
    let text = fs::read_to_string(file(name)).ok()?;
    let (pid, started) = text.trim().split_once(' ')?;
    let (pid, started) = (pid.parse().ok()?, started.parse::<u64>().ok()?);
    let same = Process::find(pid).is_none_or(|process| process.started == started);
    same.then_some(pid)
}

/// The names of all parts that were started and not ended.
pub fn all() -> Vec<String> {
    let entries = fs::read_dir(place::path("run")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut all: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".pid")?.to_owned())).collect();
    all.sort();
    all
}

/// Waits until a part listens on a port of its host; fails with the end of its log when it ends before.
pub fn await_port(name: &str, port: u16, limit: Duration) -> Result {
    await_part(name, &format!("{name} listens on {port}"), limit, |leader| listens(leader, port))
}

/// Waits until something is so, as long as the part runs.
pub fn await_part(name: &str, what: &str, limit: Duration, is_so: impl Fn(u32) -> bool) -> Result {
    let leader = leader(name).ok_or_else(|| format!("{name} was not started"))?;
    let seen = wait_until(what, limit, || match is_so(leader) {
        true => Ok(true),
        false if runs(name) => Ok(false),
        false => Err(format!("{name} ended").into()),
    });
    seen.map_err(|error| format!("{error}\n{}", tail(name)).into())
}

/// Whether anything listens on a port in the network of a process.
fn listens(pid: u32, port: u16) -> bool {
    let port = format!(":{port:04X}");
    let listening = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.len() > 3 && fields[1].ends_with(&port) && fields[3] == "0A"
    };
    let table = |name: &str| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap_or_default();
    ["tcp", "tcp6"].iter().any(|name| table(name).lines().any(listening))
}

/// The last lines of a part's log.
fn tail(name: &str) -> String {
    let text = fs::read(place::log(name)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

fn file(name: &str) -> PathBuf {
    place::path("run").join(format!("{name}.pid"))
}
