//! A command sleeps on the host, where the run should wait.
//!
//! While a command sleeps, nobody sees why nothing goes on: no reason is shown, invariants only
//! see a command that takes long, and a lost connection makes its outcome unknown. It is also a
//! guess: too short on a bad night, too long on all others. `wait until` goes on as soon as the
//! thing is true and says so when it never is; where only time can help, `pause` says why.
//!
//! ## Bad
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart web && sleep 30
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Restart"
//!
//! target host = ssh "web1"
//!
//! stage "Restart" {
//!   run on host $ sudo systemctl restart web
//!   wait until "the web tier answers", within 2m, every 2s {
//!     check on host $ curl --fail --silent http://127.0.0.1/healthz
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::{has_any_case, is_program};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::syntax::ast::Quotes;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    // What a script waits for between its own lines is a part of what it does.
    let lines = commands(file).into_iter().filter(|command| command.text.quotes != Quotes::Script);
    let sleeping = lines.filter(|command| command.find(sleeps).is_some() && !command.leaves_behind());
    sleeping.map(|command| finding(&command)).collect()
}

fn sleeps(words: &[Word], shell: Shell) -> Option<()> {
    let program = words.first()?.to_lowercase();
    let sleeps = match shell {
        Shell::Sh | Shell::Bash => is_program(words, &["sleep"]),
        Shell::PowerShell | Shell::Pwsh => program == "start-sleep",
        Shell::Cmd => program == "timeout" && has_any_case(words, "/t"),
    };
    sleeps.then_some(())
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("sleep-in-command", "this command sleeps", "the run can't say what it waits for")
        .help("write `wait until` with a `check` of what must be true, or `pause` with a reason")
}
