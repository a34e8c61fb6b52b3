//! A scene is what one runbook needs around it: hosts, what runs on them, the load, and what must be so
//! in the end. The ground below (network, keys, certificates, the runner) is the same for all.

use std::path::PathBuf;

use serde_json::Value;

use crate::kodiai::Kodiai;
use crate::place::{Host, RUNNER};
use crate::rolling::Rolling;
use crate::run::Options;
use crate::slots::Slots;
use crate::system::Result;
use crate::web_n::WebN;

/// What came of the load.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    pub requests: u64,
    pub failures: u64,
    /// What is shown to a person: slowest, percentiles, who served when, what failed.
    pub report: String,
}

pub trait Scene {
    /// The runbook's name: that of its file in `runbooks/`, without an ending.
    fn runbook(&self) -> &'static str;

    /// Its hosts, beside the runner.
    fn hosts(&self) -> Vec<Host>;

    /// By which names hosts are known to others, beside their own; `*.example.com` counts for the
    /// certificate and stands in no table of hosts.
    fn names(&self) -> Vec<(Host, String)>;

    /// The variables that the runbook's secrets are read from.
    fn secrets(&self) -> Vec<(&'static str, String)>;

    /// Starts its machines and parts. It may be called when some of them run.
    fn up(&self) -> Result;

    /// Brings what runs to the state in which the runbook begins, whatever a run before has left.
    fn reset(&self, options: &Options) -> Result;

    /// Params beside those that are shipped with the runbook; later ones win.
    fn params(&self, _options: &Options) -> Result<Vec<PathBuf>> {
        Ok(vec![])
    }

    /// What `--without-safeguards` changes in a copy of the runbook: a unified diff.
    fn safeguards(&self) -> &'static str;

    /// Begins the load, where there is one.
    fn begin_load(&self, _options: &Options) -> Result {
        Ok(())
    }

    /// Ends the load and tells what came of it.
    fn end_load(&self) -> Result<Option<Measure>> {
        Ok(None)
    }

    /// Looks what became of a step that is in doubt (an entry of `in_doubt` in `rutter show`), and says it
    /// in the words of `rutter settle`: `--did-not`, or `--happened`, and what it `--gave`.
    fn settle(&self, doubt: &Value) -> Result<Vec<String>> {
        Err(format!("nobody knows what became of {doubt}").into())
    }

    /// The exit code with which the run should end.
    fn ends_with(&self, _options: &Options) -> i32 {
        0
    }

    /// Fails unless the world is as it should be after the runbook has come to its end.
    fn verify(&self, options: &Options) -> Result;
}

/// All scenes. The first is the one that `up` starts when it isn't told.
pub fn all() -> Vec<Box<dyn Scene>> {
    vec![Box::new(WebN), Box::new(Kodiai), Box::new(Slots), Box::new(Rolling)]
}

/// The scene of a runbook, by the runbook's name or the path of its file.
pub fn find(runbook: &str) -> Result<Box<dyn Scene>> {
    let file = runbook.rsplit('/').next().unwrap_or(runbook);
    let name = file.strip_suffix(".runbook").unwrap_or(file);
    let known: Vec<&str> = all().iter().map(|scene| scene.runbook()).collect();
    let found = all().into_iter().find(|scene| scene.runbook() == name);
    found.ok_or_else(|| format!("no scene for {name}; there are: {}", known.join(", ")).into())
}

/// The runner and all hosts of all scenes.
pub fn hosts() -> Vec<Host> {
    let mut hosts = vec![RUNNER];
    for host in all().iter().flat_map(|scene| scene.hosts()) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// The table of hosts that stands in every machine's `/etc/hosts`.
pub fn table() -> String {
    let own = hosts().into_iter().map(|host| (host, host.name.to_owned()));
    let others = all().into_iter().flat_map(|scene| scene.names());
    let names = own.chain(others).filter(|(_, name)| !name.starts_with('*'));
    let lines = names.map(|(host, name)| format!("{} {name}\n", host.address));
    format!("127.0.0.1 localhost\n{}", lines.collect::<String>())
}
