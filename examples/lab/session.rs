//! A session of rutter on the runner, at a terminal of its own where nobody types: what it asks is
//! answered from elsewhere, by other sessions.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::place;
use crate::runner;
use crate::scene::Scene;
use crate::system::{Process, Result, output, signal};

/// Rutter, while it carries a runbook out.
pub struct Session {
    child: Child,
    log: PathBuf,
}

impl Session {
    /// Starts `rutter ARGUMENTS` at a terminal. What it prints goes to a log, of this name.
    pub fn start(scene: &dyn Scene, log: &str, arguments: &[&str]) -> Result<Session> {
        let log = place::log(log);
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        let rutter = quoted(&place::path("bin/rutter").display().to_string());
        let line = format!("exec {rutter} {} >>{} 2>&1", words.join(" "), quoted(&log.display().to_string()));
        let mut command = runner::shell(scene);
        command.args(["script", "--quiet", "--return", "--command", &line, "/dev/null"]);
        // The terminal is open as long as somebody holds this pipe, and nobody types.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Session { child: command.spawn()?, log })
    }

    /// The exit code, once it has ended; a signal counts as the shell has it.
    pub fn ended(&mut self) -> Result<Option<i32>> {
        Ok(self.child.try_wait()?.map(|status| status.code().unwrap_or(-1)))
    }

    /// Waits for the exit code.
    pub fn wait(&mut self) -> Result<i32> {
        loop {
            if let Some(code) = self.ended()? {
                return Ok(code);
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Sends a signal to rutter itself. Fails if it has ended.
    pub fn signal(&self, name: &str) -> Result {
        let own = self.child.id();
        let rutter = rutters().into_iter().find(|process| descends(*process, own));
        signal(name, &rutter.ok_or("rutter has ended")?.pid.to_string());
        Ok(())
    }

    /// What it has printed.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.signal("KILL");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn descends(mut process: Process, ancestor: u32) -> bool {
    while process.pid != ancestor {
        match Process::find(process.parent) {
            Some(parent) => process = parent,
            None => return false,
        }
    }
    true
}

/// All that carry a runbook out, or did when the lab that had begun them was cut off.
fn rutters() -> Vec<Process> {
    let own = place::path("bin/rutter").display().to_string();
    let is_rutter = |process: &Process| {
        let line = fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap_or_default();
        line.split(|byte| *byte == 0).next() == Some(own.as_bytes())
    };
    Process::all().into_iter().filter(is_rutter).collect()
}

/// Ends what earlier sessions have left.
pub fn end_all() {
    rutters().iter().for_each(|process| signal("KILL", &process.pid.to_string()));
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Carries out another `rutter` on the runner, to its end, as from another terminal.
pub fn rutter(scene: &dyn Scene, arguments: &[&str]) -> Result<String> {
    output(runner::rutter(scene).args(arguments))
}

/// The name of the latest run, if there is any.
pub fn latest(scene: &dyn Scene) -> Result<Option<String>> {
    let list: Value = serde_json::from_str(&rutter(scene, &["runs", "--format", "json"])?)?;
    Ok(list["runs"][0]["run"].as_str().map(str::to_owned))
}

/// Where a run stands, as `rutter show` tells it.
pub fn show(scene: &dyn Scene, run: &str) -> Result<Value> {
    Ok(serde_json::from_str(&rutter(scene, &["show", run, "--format", "json"])?)?)
}
