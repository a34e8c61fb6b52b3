//! Which process a command becomes.

use std::process::Stdio;

use crate::backend::{Command, Request};
use crate::shell;
use crate::value::Shell;

/// Names that a shell carries out itself, or reads as a keyword.
const BUILTINS: [&str; 76] = [
    "!",
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unset",
    "until",
    "while",
];

/// Programs with what they are called with.
pub(super) struct Launch {
    pub(super) process: tokio::process::Command,
    /// What is started, for messages.
    pub(super) program: String,
}

/// The ways to start a command, the first to be found is taken.
pub(super) fn launches(request: &Request, command: &Command) -> Vec<Launch> {
    let arguments = |arguments: &[&str]| arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let launches = match request.target.shell {
        Shell::Sh | Shell::Bash => return posix(request, command),
        Shell::PowerShell => vec!["powershell", "pwsh"],
        Shell::Pwsh => vec!["pwsh", "powershell"],
        Shell::Cmd => {
            return vec![launch(request, command, "cmd", &arguments(&["/d", "/s", "/c", &command.text]))];
        }
    };
    let text = for_powershell(command);
    let arguments = arguments(&["-NoProfile", "-NonInteractive", "-Command", &text]);
    launches.into_iter().map(|program| launch(request, command, program, &arguments)).collect()
}

/// The command, and behind it what makes its exit code as over SSH: that of the last program, or 1 when the
/// last statement failed. `-Command` alone makes 1 of every exit code but 0.
fn for_powershell(command: &Command) -> String {
    let strict = if command.script { "$ErrorActionPreference = 'Stop'\n" } else { "" };
    let end = "$rutter = $?; if ($LASTEXITCODE) { exit $LASTEXITCODE }; if (-not $rutter) { exit 1 }";
    format!("{strict}{}\n\n{end}", command.text)
}

/// Plain words need no shell. A program that can't be started that way is left to the shell, which
/// knows what to say of it, and all else is the shell's too.
fn posix(request: &Request, command: &Command) -> Vec<Launch> {
    let words = if command.script { None } else { plain_words(&command.text) };
    let direct = words.as_deref().and_then(<[String]>::split_first);
    let direct = direct.map(|(program, arguments)| launch(request, command, program, arguments));
    direct.into_iter().chain([in_shell(request, command)]).collect()
}

/// `sh` with a script that carries the command out under a claim.
#[cfg(unix)]
pub(super) fn in_claim(request: &Request, command: &Command, script: &str) -> tokio::process::Command {
    let mut process = launch(request, command, "sh", &["-c".to_owned(), script.to_owned()]).process;
    process.kill_on_drop(true);
    process
}

/// The command's text, strict where it is a script.
#[cfg(unix)]
pub(super) fn strictly(request: &Request, command: &Command) -> String {
    let strict = match (command.script, request.target.shell == Shell::Bash) {
        (false, _) => "",
        (true, false) => "set -eu\n",
        (true, true) => "set -eu -o pipefail\n",
    };
    format!("{strict}{}", command.text)
}

fn in_shell(request: &Request, command: &Command) -> Launch {
    let bash = request.target.shell == Shell::Bash;
    let strict: &[&str] = match (command.script, bash) {
        (false, _) => &[],
        (true, false) => &["-eu"],
        (true, true) => &["-eu", "-o", "pipefail"],
    };
    let mut arguments: Vec<_> = strict.iter().map(|text| (*text).to_owned()).collect();
    arguments.extend(["-c".to_owned(), command.text.clone()]);
    launch(request, command, if bash { "bash" } else { "sh" }, &arguments)
}

/// The words, when any shell would start just this program with just these words: what is special
/// stands in single quotes, as values do, and the program is no builtin.
fn plain_words(text: &str) -> Option<Vec<String>> {
    let special = |c: char| ";&|<>()$`\\\"*?[]{}~#".contains(c) || c.is_control();
    let quotes = text.matches('\'').count();
    if !quotes.is_multiple_of(2) || text.split('\'').step_by(2).any(|outside| outside.contains(special)) {
        return None;
    }
    let words = if quotes == 0 { blank_parted(text) } else { shell::words(text, Shell::Sh) };
    let program = words.first()?;
    let is_program = !BUILTINS.contains(&program.as_str()) && !program.contains('=') && !program.is_empty();
    is_program.then_some(words)
}

fn blank_parted(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn launch(request: &Request, command: &Command, program: &str, arguments: &[String]) -> Launch {
    #[expect(clippy::disallowed_methods, reason = "this backend starts processes")]
    let mut started = std::process::Command::new(program);
    started.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    started.stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    started.envs(request.target.env.iter().map(|(name, value)| (name, value)));
    started.envs(command.env.iter().map(|(name, value)| (name, value.reveal())));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut started, 0);
    Launch { process: started.into(), program: program.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{for_powershell, plain_words};
    use crate::backend::Command;

    #[test]
    fn powershell_exits_as_the_last_program_did() {
        let command = |script| Command { text: "net stop x".to_owned(), script, ..Command::default() };
        let line = for_powershell(&command(false));
        assert!(line.starts_with("net stop x\n\n$rutter = $?;") && line.contains("exit $LASTEXITCODE"));
        assert_eq!(for_powershell(&command(true)), format!("$ErrorActionPreference = 'Stop'\n{line}"));
    }

    #[test]
    fn only_plain_words_go_without_a_shell() {
        for (text, words) in [
            ("docker service scale a=1", Some("docker·service·scale·a=1")),
            ("ls 'a b' c'd'", Some("ls·a b·cd")),
            ("ls '$x;' ''", Some("ls·$x;·")),
            ("echo a", None),
            ("A=1 ls", None),
            ("ls | wc", None),
            ("ls $x", None),
            ("ls ~", None),
            ("ls 'a", None),
            ("ls \"a\"", None),
            ("ls\nls", None),
            ("! ls", None),
            ("", None),
        ] {
            assert_eq!(plain_words(text).map(|found| found.join("·")).as_deref(), words, "{text}");
        }
    }
}
