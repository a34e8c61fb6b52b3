//! A process is killed and was never asked to end.
//!
//! SIGKILL gives a process no chance to finish what it does: half a file stays, locks stay, what
//! was not written is lost, and the next start begins with a repair. Ask first with the usual
//! signal, wait, and kill what is still there then.
//!
//! ## Bad
//! ```runbook
//! runbook "Stop"
//!
//! target host = ssh "web1"
//!
//! stage "Stop" {
//!   run on host, accept exit 0 or 1 $ sudo pkill -9 worker
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Stop"
//!
//! target host = ssh "web1"
//!
//! stage "Stop" {
//!   run on host, accept exit 0 or 1 $ sudo pkill -TERM worker
//!   attempt {
//!     wait until "no worker is left", within 30s {
//!       check on host, accept exit 1 $ pgrep worker
//!     }
//!   } otherwise {
//!     run on host, accept exit 0 or 1 $ sudo pkill -9 worker
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::options::{begins, is_program};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let sent: Vec<Command<'_>> = commands(file).into_iter().filter(Command::changes).collect();
    if sent.iter().any(|command| command.find(asks_to_end).is_some()) {
        return Vec::new();
    }
    sent.iter().filter(|command| command.find(kills).is_some()).map(finding).collect()
}

fn kills(words: &[Word], shell: Shell) -> Option<()> {
    let killed = match shell {
        Shell::Sh | Shell::Bash => {
            let signals = is_program(words, &["kill", "pkill", "killall"]) && is_forced(words);
            signals
                || is_container_kill(words)
                    && !words.iter().any(|word| word.starts_with("-s") || word.starts_with("--signal"))
        }
        Shell::PowerShell | Shell::Pwsh | Shell::Cmd => {
            let taskkill = words.first()?.to_lowercase().trim_end_matches(".exe") == "taskkill";
            taskkill && words.iter().any(|word| word.eq_ignore_ascii_case("/f"))
        }
    };
    killed.then_some(())
}

/// `-9`, `-KILL`, `-s KILL` and the like.
fn is_forced(words: &[Word]) -> bool {
    let kill = |signal: &str| matches!(signal.trim_start_matches("SIG"), "9" | "KILL");
    let named = |pair: &[Word]| matches!(&*pair[0], "-s" | "--signal" | "-n") && kill(&pair[1]);
    let joined = |word: &Word| word.strip_prefix("--signal=").or(word.strip_prefix('-')).is_some_and(kill);
    words.windows(2).any(named) || words.iter().any(joined)
}

fn is_container_kill(words: &[Word]) -> bool {
    begins(words, &["docker", "kill"])
        || begins(words, &["docker", "container", "kill"])
        || begins(words, &["podman", "kill"])
}

/// Whether something is asked to end, so that the kill may be what comes after.
fn asks_to_end(words: &[Word], _shell: Shell) -> Option<()> {
    let signals = is_program(words, &["kill", "pkill", "killall", "taskkill"]) && !is_forced(words);
    let stops = words.iter().skip(1).any(|word| matches!(&**word, "stop" | "shutdown" | "quit" | "down"));
    let forced = words.iter().any(|word| word.eq_ignore_ascii_case("/f"));
    (stops || signals && !forced).then_some(())
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("force-kill", "this kills, and nothing was asked to end", "what it was doing is left half done")
        .help("ask first, with a signal such as TERM or with `stop`, wait until it has ended, and kill what is left")
}
