//! `rutter run`: a plan is carried out.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::carry::{self, Manner, Outset, Task};
use super::failure::{Error, Exit};
use super::kept::{self, Place, StoreOption, now};
use super::ready::{self, Subjected};
use super::screen::Screen;
use super::secrets;
use super::ssh_options::SshOptions;
use super::texts::{Gathering, Texts};
use super::who;
use crate::ids::RunId;
use crate::journal::store::{Bundle, Leases, NewRun, StoreError};
use crate::plan::{Plan, params_as_json};

const EXAMPLES: &str = "\
Examples:
  rutter run reboot.runbook --params prod.yaml
  rutter run reboot.runbook --params prod.yaml --approve \"Move traffic to WEB2?\"
  rutter run reboot.runbook --params prod.yaml --format json | tee run.jsonl
  rutter run reboot.runbook --override-guard \"no restart now\" --reason \"CHG-1042\"

Ctrl-C: once, the steps under way finish and no new one begins; twice, they are cancelled;
three times, rutter leaves at once. `rutter resume RUN` goes on, whatever ended it.

Exit codes: 0 done · 1 failed · 2 invalid input, nothing was sent · 3 stopped, or a lock is held
            4 denied by a guard";

/// Carry a runbook out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    #[command(flatten)]
    subject: Subjected,

    #[command(flatten)]
    manner: Manner,

    #[command(flatten)]
    ssh: SshOptions,

    #[command(flatten)]
    store: StoreOption,
}

impl Run {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let files = Gathering::default();
        let plan = Arc::new(self.subject.plan_from(&files, screen)?);
        let overrides = self.manner.overrides.of(&plan)?;
        carry::reachable(&plan)?;
        let ssh_config = self.ssh.files()?;
        let secrets = secrets::fetch(&plan, screen)?;
        let place = self.store.open()?;
        let bundle = self.bundle(&plan, files.texts())?;
        let (run, leases) = begin(&place, &plan, &bundle, screen)?;
        let outset = Outset {
            run,
            plan,
            place,
            leases: Arc::new(leases),
            secrets,
            ssh_config,
            manner: self.manner,
            overrides,
            before: None,
            way: "by rutter run",
        };
        outset.carry_out(&Task::Procedure, screen)
    }

    fn bundle(&self, plan: &Plan, files: Texts) -> Result<Bundle, Error> {
        Ok(Bundle {
            entry: self.subject.file.to_string_lossy().into_owned(),
            folder: carry::folder()?,
            files,
            params: params_as_json(&plan.params),
            rutter: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }
}

/// A new run in the store, with its locks in the hands of this process.
fn begin(place: &Place, plan: &Plan, bundle: &Bundle, screen: &Screen) -> Result<(RunId, Leases), Error> {
    let (title, user) = (ready::title(plan), who::user());
    loop {
        let run = name();
        let leases = kept::take(place, &run, &plan.locks, &user, screen)?;
        let (plan, started) = (plan.hash.as_str(), now());
        let new = NewRun { run: &run, title: &title, file: &bundle.entry, plan, started, bundle };
        match place.store.create(&new) {
            Err(StoreError::Taken { .. }) => {}
            made => return made.map(|()| (run, leases)).map_err(|error| Error::store(&error)),
        }
    }
}

/// Two words that can be said and typed, such as `bako-rife`.
fn name() -> RunId {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut bits = RandomState::new().hash_one("run");
    let mut letter = |from: &[u8]| {
        let picked = from[(bits % from.len() as u64) as usize];
        bits /= from.len() as u64;
        char::from(picked)
    };
    let mut name = String::new();
    for syllable in 0..4 {
        if syllable == 2 {
            name.push('-');
        }
        name.push(letter(CONSONANTS));
        name.push(letter(VOWELS));
    }
    RunId(Arc::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_differ() {
        let (one, two) = (name(), name());
        assert_eq!(one.0.len(), 9);
        assert!(one.0.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{one}");
        assert_ne!(one, two);
    }
}
