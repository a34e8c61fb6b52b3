//! `rutter approve`: a person answers what a run asks, from elsewhere.

use super::choose::{For, RunName};
use super::place::{Place, StoreOption, typed};
use super::said;
use super::take;
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::cli::who;
use crate::event::Actor;
use crate::finding::nearest;
use crate::journal::store::Message;
use crate::journal::{History, Waiting};
use crate::report::harmless_line;

const EXAMPLES: &str = "\
Examples:
  rutter approve bako-rife                  yes to the question that is open
  rutter approve bako-rife \"Move traffic to WEB2?\" --reason \"window is open until 4\"
  rutter approve bako-rife --refuse --reason \"too many users\"

A run that is being carried out takes the answer within a second or so; one that has stopped takes it
when it is resumed. An answer is to the plan that asks: a changed text asks anew.

Exit codes: 0 it is written down · 2 invalid input, or nothing waits for this answer";

/// Answer what a run asks: an approval, or that something is done by hand.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Approve {
    #[command(flatten)]
    run: RunName,

    /// The question, where several are open: its text, a part of it, or its step.
    #[arg(value_name = "GATE")]
    gate: Option<String>,

    /// Who answers; else the user who types this.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Say no, which is final; of what is to be done by hand, that it was not done.
    #[arg(long)]
    refuse: bool,

    #[command(flatten)]
    store: StoreOption,
}

impl Approve {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let place = self.store.existing()?;
        let record = self.run.find(&place, For::Answering)?;
        let texts = [("--reason", self.reason.as_deref()), ("--by", self.by.as_deref())];
        said::refuse_secrets(&place, &record, &texts, screen)?;
        let run = record.run;
        let events = place.store.events(&run, 0).map_err(|error| Error::store(&error))?;
        let history = History::of(&events);
        let waiting = self.meant(&history, &run.0, &place.option)?;
        let by = who::actor(self.by.as_deref(), "by rutter approve");
        self.check(&waiting, &by)?;
        let message = Message::Approve {
            gate: waiting.key.to_string(),
            plan: history.plan.clone(),
            yes: !self.refuse,
            reason: self.reason.clone(),
        };
        place.store.post(&run, &message, &by).map_err(|error| Error::store(&error))?;
        let went_on = take::is_carried_out(&place, &run)?;
        screen.print(&self.said(&waiting, &by, &run.0, &place, went_on))?;
        Ok(Exit::Done)
    }

    /// The open question that is meant.
    fn meant(&self, history: &History, run: &str, option: &str) -> Result<Waiting, Error> {
        let waiting = history.waiting();
        if waiting.is_empty() {
            let help = format!("`rutter show {}{option}` says where it stands", typed(run));
            return Err(Error::input(format!("run {run} waits for nobody")).help(help));
        }
        let Some(gate) = &self.gate else { return only(waiting, run) };
        let exact = waiting.iter().find(|one| one.text == *gate || *one.key.0 == **gate);
        if let Some(exact) = exact {
            return Ok(exact.clone());
        }
        let texts: Vec<_> = waiting.iter().map(|one| one.text.clone()).collect();
        let parts: Vec<_> = waiting.into_iter().filter(|one| one.text.contains(gate)).collect();
        match parts.is_empty() {
            true => Err(unknown(gate, &texts)),
            false => only(parts, run),
        }
    }

    /// Better said now than found out by nobody.
    fn check(&self, waiting: &Waiting, by: &Actor) -> Result<(), Error> {
        let again = waiting.given.iter().any(|given| given.name == by.name);
        if by.name.trim().is_empty() {
            return Err(Error::input("`--by` names nobody"));
        }
        if again && !self.refuse {
            let title = format!("{} has approved this already", by.name);
            return Err(Error::input(title).help(format!(
                "{} different people must: somebody else approves it as well",
                waiting.needed
            )));
        }
        Ok(())
    }

    fn said(&self, waiting: &Waiting, by: &Actor, run: &str, place: &Place, carried_out: bool) -> String {
        let answer = match (self.refuse, waiting.manual) {
            (false, false) => "approved",
            (true, false) => "refused",
            (false, true) => "done",
            (true, true) => "not done",
        };
        let then = match (carried_out, self.refuse) {
            (true, false) => "the run goes on in a moment".to_owned(),
            (true, true) => "the run stops in a moment".to_owned(),
            (false, _) => format!("`rutter resume {}{}` takes it", typed(run), place.option),
        };
        format!("{answer} by {}: {}\n{then}\n", harmless_line(&by.name), harmless_line(&waiting.text))
    }
}

fn only(mut waiting: Vec<Waiting>, run: &str) -> Result<Waiting, Error> {
    if waiting.len() == 1 {
        return Ok(waiting.remove(0));
    }
    let lines =
        waiting.iter().map(|one| format!("\n    {}  {}", typed(&one.key.0), harmless_line(&one.text)));
    let title = format!("run {run} waits for more than one answer");
    Err(Error::input(title).help(format!("say which, by its text or its step:{}", lines.collect::<String>())))
}

fn unknown(gate: &str, texts: &[String]) -> Error {
    let error = Error::input(format!("nobody is asked `{gate}`"));
    match (nearest(gate, texts.iter().map(String::as_str)), texts) {
        (Some(near), _) => error.help(format!("did you mean {}?", typed(near))),
        (None, [only]) => error.help(format!("the question that is open is {}", typed(only))),
        (None, _) => {
            let lines: String = texts.iter().map(|text| format!("\n    {}", typed(text))).collect();
            error.help(format!("these are open:{lines}"))
        }
    }
}
