//! `rutter resume --on`: a run goes on with another text than the one that it began with.

use std::path::PathBuf;
use std::sync::Arc;

use super::carry;
use super::config::Config;
use super::failure::Error;
use super::kept::{Place, now};
use super::lint;
use super::ready::{Given, Subjected, refused};
use super::resume::{TakenUp, params_of};
use super::screen::Screen;
use super::texts::Gathering;
use super::who;
use crate::backend::{Outputs, Router, Settings};
use crate::event::{Event, EventKind};
use crate::finding::has_errors;
use crate::ids::StepKey;
use crate::journal::Journal;
use crate::journal::store::Bundle;
use crate::plan::{Plan, params_as_json, plan_with_values};
use crate::report::{self, harmless_line};
use crate::resolve::{Shelf, Subject};
use crate::run::{ChangedStep, Runner, Secrets};
use crate::world::VirtualClock;

/// Whether, and with what text, a run goes on otherwise than it began.
#[derive(Clone, Debug, clap::Args)]
pub struct Changed {
    /// Go on with this text instead of the one that the run began with; what differs is shown.
    #[arg(long, value_name = "FILE")]
    on: Option<PathBuf>,

    #[command(flatten)]
    given: Given,

    /// Go on although the text differs in steps that were not begun.
    #[arg(long, requires = "on")]
    accept_changes: bool,
}

/// Another text, and the plan that it gives.
pub struct NewText {
    pub plan: Arc<Plan>,
    bundle: Bundle,
    accepted: bool,
}

impl Changed {
    /// The text on the disk, if one is asked for. Params that are not given anew stay as they are.
    pub fn read(&self, kept: &Bundle, screen: &Screen) -> Result<Option<NewText>, Error> {
        let Some(file) = &self.on else {
            let error = Error::input("params are given for another text, and none is named");
            return if self.given.is_empty() { Ok(None) } else { Err(error.help("add `--on FILE`")) };
        };
        let folder = carry::folder()?;
        if folder != kept.folder {
            let title = "the run was begun in another folder, and its paths are relative to that";
            return Err(Error::input(title).help(format!("type this in `{}`", kept.folder)));
        }
        let files = Gathering::default();
        let plan = match self.given.is_empty() {
            true => with_kept_params(file, kept, &files, screen)?,
            false => Subjected::of(file, &self.given).plan_from(&files, screen)?,
        };
        let bundle = Bundle {
            entry: file.to_string_lossy().into_owned(),
            folder,
            files: files.texts(),
            params: params_as_json(&plan.params),
            rutter: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Some(NewText { plan: Arc::new(plan), bundle, accepted: self.accept_changes }))
    }
}

fn with_kept_params(
    file: &std::path::Path,
    kept: &Bundle,
    files: &Gathering,
    screen: &Screen,
) -> Result<Plan, Error> {
    let checked = lint::check(file, files, &Shelf::default(), &Config::default());
    let mut sources = checked.sources;
    if has_errors(&checked.findings) {
        return Err(refused(&checked.findings, &sources, screen));
    }
    let Some(Subject::Runbook(runbook)) = checked.subject else {
        return Err(Error::input(format!("`{}` is no runbook", file.display())));
    };
    let params = params_of(kept, &mut sources);
    let (runbook, sources) = (Arc::new(runbook), Arc::new(sources));
    plan_with_values(&runbook, &sources, &params, files)
        .map_err(|findings| refused(&findings, &sources, screen))
}

impl NewText {
    /// Puts the new text in the place of the old one, if nothing that was begun is another in it and the difference is
    /// accepted.
    pub fn accept(
        self,
        taken: &mut TakenUp,
        place: &Place,
        secrets: &Secrets,
        screen: &Screen,
    ) -> Result<(), Error> {
        if self.plan.hash == taken.plan.hash {
            screen.remark("the text and its params are those that the run goes by: nothing is changed");
            return Ok(());
        }
        if taken.history.undo.is_some() {
            return Err(Error::input(
                "a run that is being taken back goes on with the text that it began with",
            ));
        }
        let changes =
            report::plan_changes((&taken.plan, &taken.plan.preview()), (&self.plan, &self.plan.preview()));
        screen.print(&format!("The text differs:\n{}\n", report::changes_as_text(&changes, screen.out())))?;
        self.check(taken, secrets)?;
        if !self.accepted {
            return Err(Error::input(
                "the text differs from the one that the run goes by, in what was not begun",
            )
            .help("`--accept-changes` goes on with it; that you accepted it is on record"));
        }
        self.put_in_place(taken, place, changes)
    }

    /// What was begun must be the same in the new text.
    fn check(&self, taken: &TakenUp, secrets: &Secrets) -> Result<(), Error> {
        let changed = self.survey(taken, secrets)?;
        if changed.is_empty() {
            return Ok(());
        }
        let lines: String = changed.iter().map(|step| format!("\n    {}", said(step))).collect();
        let title = format!(
            "the text differs in {} that {} carried out",
            report::plural(changed.len(), "step", "steps"),
            if changed.len() == 1 { "was" } else { "were" }
        );
        Err(Error::input(title).help(format!(
            "what was done can't be changed any more; leave it as it was, or take the run back with `rutter undo`{lines}"
        )))
    }

    /// Plays the record with the new text; nothing is sent.
    fn survey(&self, taken: &TakenUp, secrets: &Secrets) -> Result<Vec<ChangedStep>, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::input(format!("the text can't be compared: {error}")))?;
        Ok(runtime.block_on(async {
            let outputs = Outputs::from(Arc::new(|_: &StepKey, _: &str| ()));
            let backend = Arc::new(Router::new(&taken.run, outputs, Settings::default()));
            let clock = Arc::new(VirtualClock::at_once());
            let runner = Runner::new(taken.run.clone(), Arc::clone(&self.plan), backend, clock);
            runner.secrets(secrets.clone()).after(&taken.events).survey().await
        }))
    }

    fn put_in_place(self, taken: &mut TakenUp, place: &Place, changes: Vec<String>) -> Result<(), Error> {
        let kept = |error| Error::store(&error);
        let (run, plan) = (&taken.run, &self.plan.hash);
        place.store.accept(run, plan, &self.bundle, &taken.leases).map_err(kept)?;
        let journal = place.store.journal(run, Arc::clone(&taken.leases)).map_err(kept)?;
        let by = who::actor(None, "by rutter resume --on");
        let kind = EventKind::TextAccepted { by, plan: plan.clone(), changes };
        let event = Event { sequence: journal.next(), at: taken.history.lasted, wall: now(), kind };
        let written = journal.append(&event).and_then(|()| journal.flush());
        written.map_err(|error| Error::input(error.to_string()))?;
        taken.events.push(event);
        taken.plan = self.plan;
        Ok(())
    }
}

fn said(step: &ChangedStep) -> String {
    let now = step
        .now
        .as_deref()
        .map_or_else(|| "is not in the new text".to_owned(), |now| format!("is now {now}"));
    let doubt = if step.in_doubt { " (in doubt)" } else { "" };
    harmless_line(&format!("{}{doubt} {now}", step.recorded))
}
