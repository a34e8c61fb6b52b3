//! A command goes on in the background, where nobody sees how it ends.
//!
//! The step is done as soon as it was started: that it failed a second later shows in no record,
//! and the next steps build on it. What must stay is a unit or a task of the host, which can be
//! asked how it is; what must be finished is waited for.
//!
//! ## Bad
//! ```runbook
//! runbook "Serve"
//!
//! target host = ssh "web1"
//!
//! stage "Serve" {
//!   run on host $ nohup ./server >server.log &
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Serve"
//!
//! target host = ssh "web1"
//!
//! stage "Serve" {
//!   run on host $ sudo systemctl start server
//!   wait until "the server runs", within 1m {
//!     check on host $ systemctl is-active server
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::has_any_case;
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let left = commands(file).into_iter().filter(|command| !ends_the_host(command) && is_left_alone(command));
    left.map(|command| finding(&command)).collect()
}

/// A restart that is to come a little later, so that this command can still be answered.
fn ends_the_host(command: &Command<'_>) -> bool {
    ["reboot", "shutdown", "poweroff", "halt"].iter().any(|word| command.filled().contains(word))
}

fn is_left_alone(command: &Command<'_>) -> bool {
    command.leaves_behind() || command.find(starts).is_some()
}

fn starts(words: &[Word], shell: Shell) -> Option<()> {
    let windows = matches!(shell, Shell::PowerShell | Shell::Pwsh);
    let starts = windows && words.first()?.eq_ignore_ascii_case("start-process");
    let waited = ["-Wait", "-PassThru"].iter().any(|option| has_any_case(words, option));
    (starts && !waited && words.iter().all(|word| word.known)).then_some(())
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("background-command", "this goes on in the background", "nobody sees how it ends")
        .help("let it end here, or make it a unit or task of the host and `wait until` that is well")
}
