//! Who holds a lease, and whether that process is surely gone.

use std::fmt;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::ids::RunId;

/// The process that holds a lease, and the run it holds it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub user: String,
    pub host: String,
    pub pid: u32,
    /// Differs each time that the machine starts.
    pub boot: Option<String>,
    /// The namespaces in which `pid` and `started` count.
    pub pid_namespace: Option<String>,
    /// When the process started, in the machine's ticks: numbers of processes come round again.
    pub started: Option<u64>,
    pub run: RunId,
}

impl Holder {
    /// This process, for `run`.
    #[must_use]
    pub fn here(user: &str, run: &RunId) -> Self {
        Self {
            user: user.to_owned(),
            host: host(),
            pid: std::process::id(),
            boot: boot(),
            pid_namespace: namespaces(),
            started: own_stat().map(|stat| stat.started),
            run: run.clone(),
        }
    }

    /// Whether that process is gone for sure; from another machine or namespace none is.
    #[must_use]
    pub fn is_proven_dead(&self) -> bool {
        let here =
            self.host == host() && same(&self.boot, &boot()) && same(&self.pid_namespace, &namespaces());
        here && (!is_there(self.pid) || self.is_another() || is_corpse(self.pid))
    }

    /// Whether its number belongs to another process by now.
    fn is_another(&self) -> bool {
        let started = own_stat().and_then(|_| stat(self.pid)).map(|stat| stat.started);
        self.started.is_some() && started.is_some() && started != self.started
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, pid, run, .. } = self;
        write!(f, "run {run} ({user} on {host}, process {pid})")
    }
}

/// What is not known is not the same.
fn same(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_some() && one == other
}

/// The name of this machine.
#[must_use]
pub fn host() -> String {
    line("/proc/sys/kernel/hostname").unwrap_or_else(called)
}

#[expect(unsafe_code, reason = "where there is no /proc, the name is to be had in no other way")]
fn called() -> String {
    let mut name = [0_u8; 256];
    // SAFETY: the call fills in at most the bytes that it is told of, and leaves a zero at the end.
    let failed = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } != 0;
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(0);
    match failed {
        true => String::new(),
        false => String::from_utf8_lossy(&name[..end]).into_owned(),
    }
}

fn boot() -> Option<String> {
    line("/proc/sys/kernel/random/boot_id")
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Numbers of processes count in one namespace, and their starts in another.
fn namespaces() -> Option<String> {
    let link = |name| fs::read_link(format!("/proc/self/ns/{name}")).ok();
    let numbers = link("pid")?.display().to_string();
    let starts = link("time").map(|time| format!(" {}", time.display()));
    Some(numbers + &starts.unwrap_or_default())
}

/// Asked of the kernel: /proc may hide the processes of others.
#[expect(unsafe_code, reason = "whether a process is there is to be had in no other way")]
fn is_there(pid: u32) -> bool {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return true };
    if pid <= 0 {
        return true;
    }
    // SAFETY: signal 0 is not sent, only looked up.
    let found = unsafe { libc::kill(pid, 0) } == 0;
    found || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

/// A process that ended and that its parent has not asked about: no thread of it is left.
fn is_corpse(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).map(Iterator::count);
    own_stat().and_then(|_| stat(pid)).is_some_and(|stat| stat.state == 'Z')
        && threads.is_ok_and(|count| count == 1)
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    started: u64,
}

/// None if /proc shows another namespace than this process is in.
fn own_stat() -> Option<Stat> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let own = text.split(' ').next()?.parse() == Ok(std::process::id());
    if own { parsed(&text) } else { None }
}

fn stat(pid: u32) -> Option<Stat> {
    parsed(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in parentheses, and anything may stand in it.
fn parsed(stat: &str) -> Option<Stat> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    Some(Stat { state, started: fields.nth(18)?.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Holder {
        Holder::here("mia", &RunId("bako-rife".into()))
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a process that ends")]
    fn a_process_is_dead_once_it_has_ended_even_unasked_about() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let started = stat(child.id()).map(|stat| stat.started);
        let holder = Holder { pid: child.id(), started, ..me() };
        assert!(!holder.is_proven_dead());
        drop(child.stdin.take());
        while !is_corpse(child.id()) {
            std::thread::yield_now();
        }
        assert!(holder.is_proven_dead());
        child.wait().unwrap();
        assert!(holder.is_proven_dead());
    }

    #[test]
    fn another_process_with_its_number_is_not_it() {
        let started = me().started.unwrap();
        assert!(!me().is_proven_dead());
        assert!(Holder { started: Some(started - 1), ..me() }.is_proven_dead());
        assert!(!Holder { started: None, ..me() }.is_proven_dead());
    }

    #[test]
    fn nothing_is_proven_from_elsewhere() {
        let gone = Holder { started: Some(1), ..me() };
        assert!(gone.is_proven_dead());
        let elsewhere = [
            Holder { host: "ops9".to_owned(), ..gone.clone() },
            Holder { boot: None, ..gone.clone() },
            Holder { boot: Some("another".to_owned()), ..gone.clone() },
            Holder { pid_namespace: None, ..gone.clone() },
            Holder { pid_namespace: Some("pid:[1]".to_owned()), ..gone.clone() },
        ];
        for holder in elsewhere {
            assert!(!holder.is_proven_dead(), "{holder:?}");
        }
    }

    #[test]
    fn a_name_with_anything_in_it_is_stepped_over() {
        let text = "7 (a) S 1 (b) R 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987 1 2\n";
        assert_eq!(parsed(text), Some(Stat { state: 'R', started: 987 }));
    }
}
