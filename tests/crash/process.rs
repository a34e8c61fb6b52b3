//! Processes that are forked, waited for and killed. Only sound while the process has one thread.

/// How a child came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Exited(i32),
    Killed(i32),
}

/// The child's number; none in the child itself.
pub fn fork() -> Option<i32> {
    // SAFETY: nothing but this thread is there to be cut off in the middle of something.
    match unsafe { libc::fork() } {
        -1 => panic!("no process can be made: {}", std::io::Error::last_os_error()),
        0 => None,
        pid => Some(pid),
    }
}

/// Does `work` in a child, and gives its number.
pub fn in_child(work: impl FnOnce() -> i32) -> i32 {
    match fork() {
        Some(pid) => pid,
        None => leave(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(101)),
    }
}

/// Ends this process at once, as it is.
pub fn leave(code: i32) -> ! {
    use std::io::Write;
    let _nobody_listens = std::io::stdout().flush();
    // SAFETY: it does not come back.
    unsafe { libc::_exit(code) }
}

/// Waits for one child.
pub fn wait(pid: i32) -> Ended {
    wait_for(pid).1
}

/// Waits for whichever child ends first.
pub fn wait_any() -> (i32, Ended) {
    wait_for(-1)
}

fn wait_for(pid: i32) -> (i32, Ended) {
    let mut status = 0;
    loop {
        // SAFETY: the call fills in the one number that it gets.
        match unsafe { libc::waitpid(pid, &raw mut status, 0) } {
            -1 if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            -1 => panic!("process {pid} can't be waited for: {}", std::io::Error::last_os_error()),
            ended if libc::WIFSIGNALED(status) => return (ended, Ended::Killed(libc::WTERMSIG(status))),
            ended => return (ended, Ended::Exited(libc::WEXITSTATUS(status))),
        }
    }
}

pub fn send(pid: i32, signal: i32) {
    // SAFETY: it only sends a signal to a child of this process.
    let sent = unsafe { libc::kill(pid, signal) };
    assert_eq!(sent, 0, "signal {signal} to {pid}: {}", std::io::Error::last_os_error());
}

/// As if the kernel or an operator did it: nothing of this process runs after this.
pub fn kill_self() -> ! {
    // SAFETY: it does not come back.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    unreachable!("nothing outlives SIGKILL")
}

/// How a child ends whose point the run never came to.
pub const BEYOND: i32 = 7;

/// So many children at a time; the first that fails ends it all.
pub struct Workers {
    /// How many ended well.
    pub fine: usize,
    /// How many had nothing to do any more.
    pub beyond: usize,
    at_a_time: usize,
    running: Vec<(i32, String)>,
}

impl Workers {
    pub fn new(at_a_time: usize) -> Self {
        Self { fine: 0, beyond: 0, at_a_time, running: Vec::new() }
    }

    /// Waits until another may begin.
    pub fn make_room(&mut self) {
        while self.running.len() >= self.at_a_time {
            self.one_ends();
        }
    }

    pub fn began(&mut self, pid: i32, what: String) {
        self.running.push((pid, what));
    }

    pub fn all_end(&mut self) {
        while !self.running.is_empty() {
            self.one_ends();
        }
    }

    fn one_ends(&mut self) {
        let (pid, ended) = wait_any();
        let Some(at) = self.running.iter().position(|(running, _)| *running == pid) else { return };
        let (_, what) = self.running.remove(at);
        match ended {
            Ended::Exited(0) => self.fine += 1,
            Ended::Exited(BEYOND) => self.beyond += 1,
            Ended::Exited(_) | Ended::Killed(_) => {
                for (other, _) in &self.running {
                    send(*other, libc::SIGKILL);
                }
                println!("FAIL {what} ({ended:?})\nalone: cargo test --test crash -- {what}");
                leave(1);
            }
        }
    }
}
