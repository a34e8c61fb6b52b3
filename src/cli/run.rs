//! `rutter run`: a plan is carried out.

use std::path::PathBuf;
use std::sync::Arc;

use super::failure::{Error, Exit, reason};
use super::operator::Terminal;
use super::overflow::OutputFolder;
use super::ready::Subjected;
use super::record;
use super::screen::Screen;
use super::secrets;
use super::show::{Format, Show};
use super::signals;
use super::ssh_options::SshOptions;
use crate::backend::{ConfigFiles, Outputs, Router, Settings, SystemClock};
use crate::event::RunResult;
use crate::ids::RunId;
use crate::journal::FileJournal;
use crate::plan::Plan;
use crate::report::Kept;
use crate::run::{OutputRelay, RunReport, Runner, Secrets, StopSignal};
use crate::value::BackendKind;

const EXAMPLES: &str = "\
Examples:
  rutter run reboot.runbook --params prod.yaml
  rutter run reboot.runbook --params prod.yaml --format json | tee run.jsonl

Ctrl-C: once, the steps under way finish and no new one begins; twice, they are cancelled;
three times, rutter leaves at once. The journal is in $XDG_STATE_HOME/rutter, by default
~/.local/state/rutter.

Exit codes: 0 done · 1 failed · 2 invalid input, nothing was sent · 3 stopped · 4 denied by a guard";

/// Carry a runbook out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    #[command(flatten)]
    subject: Subjected,

    /// How the run is shown.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    ssh: SshOptions,

    /// Where the journal goes; a new file.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

/// All that a run needs from here.
struct Outset {
    run: RunId,
    plan: Arc<Plan>,
    journal: Arc<FileJournal>,
    secrets: Secrets,
    stop: StopSignal,
    ssh_config: ConfigFiles,
}

impl Run {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let plan = Arc::new(self.subject.plan(screen)?);
        reachable(&plan)?;
        let ssh_config = self.ssh.files()?;
        let secrets = secrets::fetch(&plan, screen)?;
        let (run, journal) = record::open(self.journal.as_deref())?;
        let outset =
            Outset { run, plan, journal: Arc::new(journal), secrets, stop: StopSignal::new(), ssh_config };
        let show = Show::new(self.format, 1.0, screen);
        signals::watch(outset.stop.clone(), show.canvas().cloned());
        let report = outset.carry_out(&show)?;
        let kept = Kept::Journal(outset.journal.path().display().to_string());
        show.close(&outset.plan.sources, &kept, screen);
        Ok(exit(report.result))
    }
}

impl Outset {
    fn carry_out(&self, show: &Show) -> Result<RunReport, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::input(format!("the run can't be started: {}", reason(&error))))?;
        Ok(runtime.block_on(self.runner(show).execute()))
    }

    fn runner(&self, show: &Show) -> Runner {
        let output = OutputRelay::default();
        let settings = Settings { ssh_config: self.ssh_config.clone() };
        let folder = OutputFolder::beside(self.journal.path(), self.secrets.clone());
        let outputs = Outputs::new(output.sink()).overflow(Arc::new(folder));
        let backend = Arc::new(Router::new(&self.run, outputs, settings));
        Runner::new(self.run.clone(), Arc::clone(&self.plan), backend, Arc::new(SystemClock::new()))
            .journal(Arc::clone(&self.journal) as Arc<dyn crate::journal::Journal>)
            .operator(Arc::new(Terminal::new(show.canvas().cloned())))
            .secrets(self.secrets.clone())
            .events(show.sink())
            .stop(self.stop.clone())
            .output(output)
    }
}

/// Better said before the first step than after it.
fn reachable(plan: &Plan) -> Result<(), Error> {
    let beyond = plan.targets.iter().find(|(_, target)| match &target.backend {
        BackendKind::Local | BackendKind::Http | BackendKind::Ssh => false,
        BackendKind::Plugin(_) => true,
    });
    let Some((name, _)) = beyond else { return Ok(()) };
    Err(Error::input(format!(
        "`{name}` is a plugin target, and this version can't carry out what goes there"
    ))
    .help("`rutter plan` shows it and `rutter rehearse` plays it; nothing was sent"))
}

fn exit(result: RunResult) -> Exit {
    match result {
        RunResult::Succeeded => Exit::Done,
        RunResult::Failed => Exit::Failed,
        RunResult::Denied => Exit::Denied,
        RunResult::Stopped => Exit::Stopped,
    }
}
