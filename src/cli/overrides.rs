//! `--override-guard NAME --reason TEXT`: who must not be stopped by a guard says so, and why, before anything is sent.

use std::collections::BTreeMap;

use super::failure::Error;
use crate::finding::nearest;
use crate::plan::{Guard, Plan};

/// Guards that are not to be heeded, each with a reason. They hold for this one invocation.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// Do not heed the guard with this title, which must say `may be overridden`; may be given more than once, each
    /// with its own --reason.
    #[arg(long = "override-guard", value_name = "NAME")]
    guards: Vec<String>,

    /// Why the guard is overridden: goes into the record and the report.
    #[arg(long = "reason", value_name = "TEXT")]
    reasons: Vec<String>,
}

impl Overrides {
    /// Whether none are given.
    pub fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.reasons.is_empty()
    }

    /// The reasons by guard, if the guards of `plan` may be overridden so.
    pub fn of(&self, plan: &Plan) -> Result<BTreeMap<String, String>, Error> {
        if self.is_empty() {
            return Ok(BTreeMap::new());
        }
        let pairs = self.pairs()?;
        let guards = Guard::all(plan).map_err(|error| Error::input(error.title))?;
        pairs.iter().try_for_each(|(title, _)| may_be_overridden(title, &guards))?;
        Ok(pairs.into_iter().map(|(title, reason)| (title.to_owned(), reason.to_owned())).collect())
    }

    /// The first reason is for the first guard, and so on.
    fn pairs(&self) -> Result<BTreeMap<&str, &str>, Error> {
        let mut pairs = BTreeMap::new();
        for (at, title) in self.guards.iter().enumerate() {
            let reason = self.reasons.get(at).map_or("", |reason| reason.trim());
            if reason.is_empty() {
                let error =
                    Error::input(format!("the guard \"{title}\" can't be overridden without a reason"));
                return Err(error.help("say why after it: `--reason \"TEXT\"`; nothing was sent"));
            }
            if pairs.insert(title.as_str(), reason).is_some() {
                return Err(Error::input(format!("the guard \"{title}\" is overridden twice")));
            }
        }
        match self.reasons.get(self.guards.len()) {
            Some(reason) => {
                let error = Error::input(format!("the reason \"{reason}\" is for no guard"));
                Err(error.help("name the guard before it: `--override-guard NAME`; nothing was sent"))
            }
            None => Ok(pairs),
        }
    }
}

fn may_be_overridden(title: &str, guards: &[Guard]) -> Result<(), Error> {
    let named: Vec<_> = guards.iter().filter(|guard| guard.title == title).collect();
    if named.is_empty() {
        return Err(unknown(title, guards));
    }
    match named.iter().all(|guard| guard.may_be_overridden) {
        true => Ok(()),
        false => {
            let error = Error::input(format!("the guard \"{title}\" can't be overridden"));
            Err(error.help("it does not say `may be overridden`; nothing was sent"))
        }
    }
}

fn unknown(title: &str, guards: &[Guard]) -> Error {
    let error = Error::input(format!("there is no guard \"{title}\" in this runbook"));
    let near = nearest(title, guards.iter().map(|guard| guard.title.as_str()));
    let mut open: Vec<_> = guards
        .iter()
        .filter(|guard| guard.may_be_overridden)
        .map(|guard| format!("\"{}\"", guard.title))
        .collect();
    open.dedup();
    error.help(match (near, open.is_empty()) {
        (Some(near), _) => format!("did you mean \"{near}\"? Nothing was sent"),
        (None, false) => format!("these may be overridden: {}; nothing was sent", open.join(", ")),
        (None, true) => "none of its guards may be overridden; nothing was sent".to_owned(),
    })
}
