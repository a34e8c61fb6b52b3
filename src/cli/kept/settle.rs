//! `rutter settle`: a person says what became of a `once` whose end rutter does not know.

use std::sync::Arc;

use super::choose::{For, RunName};
use super::place::{Place, StoreOption, typed};
use super::said;
use super::since::now;
use super::take::take;
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::cli::who;
use crate::event::{Event, EventKind, StepResult};
use crate::finding::nearest;
use crate::ids::{RunId, StepKey};
use crate::journal::store::Leases;
use crate::journal::{Doubt, History, Journal};
use crate::report::harmless_line;
use crate::value::Effect;

const EXAMPLES: &str = "\
Examples:
  rutter settle bako-rife stage:2/0 --happened --reason \"WEB1 was up 2 minutes when I looked\"
  rutter settle bako-rife stage:2/0 --did-not
  rutter settle bako-rife stage:3/1 --happened --gave '{\"id\": 7001}'
  rutter settle bako-rife 2/0 --happened    as much of the step's end as no other in doubt has

Look before you say: a step that did not happen yet may still be on its way. `rutter show RUN` names the
steps that are in doubt.

Exit codes: 0 it is on record · 2 invalid input · 3 the run is being carried out";

/// Say what became of a step whose end is not known.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Settle {
    #[command(flatten)]
    run: RunName,

    /// The step, as `rutter show` names it, or the end of that.
    #[arg(value_name = "STEP")]
    step: Option<String>,

    /// It took effect: the run goes on after it.
    #[arg(long, group = "what")]
    happened: bool,

    /// It did not, and never will: the resumed run sends it again.
    #[arg(long, group = "what")]
    did_not: bool,

    /// What it printed or answered, where the run goes on with that.
    #[arg(long, value_name = "TEXT", conflicts_with = "did_not")]
    gave: Option<String>,

    /// How that is known.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Who says so; else the user who types this.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    #[command(flatten)]
    store: StoreOption,
}

impl Settle {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::Answering)?;
        let texts = [("--gave", &self.gave), ("--reason", &self.reason), ("--by", &self.by)];
        said::refuse_secrets(&place, &record, &texts.map(|(name, text)| (name, text.as_deref())), screen)?;
        let run = record.run;
        // Said before anybody is waited for.
        self.meant(&history(&place, &run)?)?;
        let leases = take(&place, &run, &[], &who::user(), screen)?;
        let history = history(&place, &run)?;
        let doubt = self.meant(&history)?;
        self.write(&place, &run, leases, &history, &doubt)?;
        let what = if self.happened { "happened" } else { "did not happen" };
        let text = format!("on record: `{}` {what}\n", harmless_line(&doubt.request));
        screen.print(&format!("{text}`rutter resume {run}{}` goes on\n", place.option))?;
        Ok(Exit::Done)
    }

    fn write(
        &self,
        place: &Place,
        run: &RunId,
        leases: Leases,
        history: &History,
        doubt: &Doubt,
    ) -> Result<(), Error> {
        let journal = place.store.journal(run, Arc::new(leases)).map_err(|error| Error::store(&error))?;
        let kind = EventKind::StepSettled {
            key: doubt.key.clone(),
            happened: self.happened,
            gave: self.gave.clone(),
            by: who::actor(self.by.as_deref(), "by rutter settle"),
            reason: self.reason.clone(),
        };
        let event = Event { sequence: journal.next(), at: history.lasted, wall: now(), kind };
        let written = journal.append(&event).and_then(|()| journal.flush());
        written.map_err(|error| Error::input(error.to_string()).help("nothing was put on record"))
    }

    /// The step in doubt that is meant.
    fn meant(&self, history: &History) -> Result<Doubt, Error> {
        let doubts = history.in_doubt();
        let Some(step) = &self.step else { return Err(unnamed(&doubts)) };
        let mut fit: Vec<_> = doubts.iter().filter(|doubt| is_called(&doubt.key, step)).collect();
        if let Some(exact) = fit.iter().find(|doubt| *doubt.key.0 == **step) {
            return Ok((*exact).clone());
        }
        match fit.len() {
            1 => Ok(fit.remove(0).clone()),
            0 => Err(not_in_doubt(step, history, &doubts)),
            _ => Err(Error::input(format!("`{step}` can be more than one step")).help(listed(&fit))),
        }
    }
}

fn history(place: &Place, run: &RunId) -> Result<History, Error> {
    Ok(History::of(&place.store.events(run, 0).map_err(|error| Error::store(&error))?))
}

/// Its key, or the end of it from one of its parts on.
fn is_called(key: &StepKey, name: &str) -> bool {
    let before = key.0.strip_suffix(name);
    before.is_some_and(|before| before.is_empty() || before.ends_with(['/', ':']))
}

fn unnamed(doubts: &[Doubt]) -> Error {
    let error = Error::input("which step?");
    match doubts {
        [] => error.help("none of this run is in doubt"),
        doubts => error.help(listed(&doubts.iter().collect::<Vec<_>>())),
    }
}

fn listed(doubts: &[&Doubt]) -> String {
    let line = |doubt: &&Doubt| format!("\n    {}  {}", typed(&doubt.key.0), harmless_line(&doubt.request));
    format!("in doubt are{}", doubts.iter().map(line).collect::<String>())
}

fn not_in_doubt(name: &str, history: &History, doubts: &[Doubt]) -> Error {
    let known = history.steps().find(|(key, _)| is_called(key, name));
    if let Some((_, step)) = known {
        let why = match (&step.result, step.effect) {
            _ if step.settled => "it is settled already",
            (Some(StepResult::Ok { .. }), _) => "it ended well",
            (_, Effect::Check | Effect::Run) => "only a `once` is ever in doubt: this is sent again",
            (_, Effect::Once) => "the run went on after it",
        };
        return Error::input(format!("`{name}` is not in doubt: {why}"));
    }
    let error = Error::input(format!("no step of this run is called `{name}`"));
    match (nearest(name, doubts.iter().map(|doubt| &*doubt.key.0)), doubts) {
        (Some(near), _) => error.help(format!("did you mean {}?", typed(near))),
        (None, []) => error.help("none of this run is in doubt"),
        (None, doubts) => error.help(listed(&doubts.iter().collect::<Vec<_>>())),
    }
}
