//! What may be typed: the subcommands, and the options that all of them take.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use super::failure::{self, Error, Exit};
use super::screen::{Colour, Screen};
use super::{
    bug, completions, explain, fmt, hosts, kept, libraries, lint, log, plan, rehearse, resume, run, test,
    undo,
};
use crate::report::Colours;

const AFTER_HELP: &str = "\
Exit codes: 0 done · 1 the run or a test failed · 2 invalid input: usage, findings, params
            3 stopped, can be resumed · 4 denied by a guard";

/// Trees are walked by recursion, and memory that is not touched costs nothing.
const STACK: usize = 64 << 20;

/// Checks, rehearses and carries out operations runbooks.
#[derive(Debug, Parser)]
#[command(name = "rutter", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours; NO_COLOR is heeded too.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Lint),
    Explain(explain::Explain),
    Fmt(fmt::Fmt),
    Plan(plan::Plan),
    Hosts(hosts::Hosts),
    Run(run::Run),
    Resume(resume::Resume),
    Undo(undo::Undo),
    Runs(kept::Runs),
    Show(kept::Show),
    Log(kept::Log),
    Approve(kept::Approve),
    Settle(kept::Settle),
    Stop(kept::Stop),
    Locks(kept::Locks),
    Unlock(kept::Unlock),
    Verify(kept::Verify),
    Prune(kept::Prune),
    Rehearse(rehearse::Rehearse),
    Test(test::Test),
    Std(libraries::Std),
    Completions(completions::Completions),
}

/// Reads the arguments; a mistake in them, or a wish for help, is answered here.
pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(args).map_err(|error| {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                // A closed stream is no reason to fail harder than the mistake itself.
                let _ = error.print();
                Exit::Done.code()
            }
            _ => {
                let (screen, text) = (Screen::new(Colour::Auto), error.render());
                match screen.err().colours {
                    Colours::Ansi => screen.remark(text.ansi().to_string().trim_end()),
                    Colours::None => screen.remark(text.to_string().trim_end()),
                }
                Exit::Invalid.code()
            }
        }
    })
}

impl Cli {
    /// Carries out the subcommand, on a stack that is deep enough for the deepest runbook.
    pub(super) fn run(self) -> ExitCode {
        bug::watch();
        log::start();
        let worker = std::thread::Builder::new().stack_size(STACK);
        match worker.spawn(move || self.carry_out()).map(std::thread::JoinHandle::join) {
            Ok(Ok(code)) => code,
            // The hook has said what happened.
            Ok(Err(_panic)) => Exit::Bug.code(),
            Err(error) => {
                let error = Error::input(format!("no thread can be started: {}", failure::reason(&error)));
                failure::conclude(Err(error), &Screen::new(Colour::Auto))
            }
        }
    }

    fn carry_out(self) -> ExitCode {
        let screen = Screen::new(self.color);
        let ended = self.command.run(&screen);
        failure::conclude(ended, &screen)
    }
}

impl Command {
    fn run(self, screen: &Screen) -> Result<Exit, Error> {
        match self {
            Command::Lint(lint) => lint.run(screen),
            Command::Explain(explain) => explain.run(screen),
            Command::Fmt(fmt) => fmt.run(screen),
            Command::Plan(plan) => plan.run(screen),
            Command::Hosts(hosts) => hosts.run(screen),
            Command::Run(run) => run.run(screen),
            Command::Resume(resume) => resume.run(screen),
            Command::Undo(undo) => undo.run(screen),
            Command::Runs(runs) => runs.run(screen),
            Command::Show(show) => show.run(screen),
            Command::Log(log) => log.run(screen),
            Command::Approve(approve) => approve.run(screen),
            Command::Settle(settle) => settle.run(screen),
            Command::Stop(stop) => stop.run(screen),
            Command::Locks(locks) => locks.run(screen),
            Command::Unlock(unlock) => unlock.run(screen),
            Command::Verify(verify) => verify.run(screen),
            Command::Prune(prune) => prune.run(screen),
            Command::Rehearse(rehearse) => rehearse.run(screen),
            Command::Test(test) => test.run(screen),
            Command::Std(library) => library.run(screen),
            Command::Completions(completions) => completions.run(screen),
        }
    }
}
