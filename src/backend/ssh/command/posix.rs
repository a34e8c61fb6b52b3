//! What is sent to a host with a POSIX shell, so that the target's shell reads the command as it
//! was typed, whatever the user's log-in shell there is.
//!
//! sshd hands the text to the log-in shell, which rutter has not chosen. Until that shell is known
//! (it says so itself, with the first command), the text uses only what all of them read alike.

use std::time::Duration;

use super::marks::tell_begin;
use super::wire::Wire;
use crate::backend::claim::{self, Order, SPARE};
use crate::backend::marks::Nonce;
use crate::backend::{Claim, Command, Sensitive};
use crate::shell::{self, Place};
use crate::value::{SecretString, Shell};

/// Linux takes no argument of 128 KiB or more, and the whole command is one.
const LONGEST: usize = 127 * 1024;

/// How a command is to be sent.
pub(super) struct Way<'w> {
    pub shell: Shell,
    /// The log-in shell, as a path, when it is known.
    pub login_shell: Option<&'w str>,
    pub nonce: &'w Nonce,
    /// The password of `sudo`, when the command calls it.
    pub sudo: Option<&'w SecretString>,
}

/// The text to send, or why there is none.
pub(super) fn wire(command: &Command, way: &Way<'_>) -> Result<Wire, String> {
    let (lines, stdin) = own_lines(command, way)?;
    let lines: Vec<_> = std::iter::once(tell_begin(way.nonce)).chain(lines).collect();
    short_enough(Wire { text: for_login_shell(&lines, way)?, stdin, end: String::new() })
}

/// The text that carries the command out under `claim`, with its own deadline there.
pub(super) fn claimed(
    command: &Command,
    way: &Way<'_>,
    claim: &Claim,
    within: Duration,
) -> Result<Wire, String> {
    let (lines, stdin) = own_lines(command, way)?;
    let own = command.stdin.as_ref().map_or("", Sensitive::reveal);
    if own.contains('\0') {
        return Err("its input holds a NUL byte, which can't be kept for a `once`".to_owned());
    }
    let (shell, nonce, fed) = (way.shell, way.nonce, !stdin.is_empty() || command.stdin.is_some());
    let (text, seconds) = (&lines.join("\n"), claim::seconds(within));
    let order = Order { claim, command, text, shell, seconds, nonce, fed, spare: SPARE };
    let lines = [tell_begin(nonce), order.script().map_err(|error| error.why)?];
    let text = for_login_shell(&lines, &Way { shell: Shell::Sh, ..*way })?;
    let end = if fed { order.end_of_input() } else { String::new() };
    short_enough(Wire { text, stdin, end })
}

/// What the shell that the target names is to read, and what goes ahead on stdin.
fn own_lines(command: &Command, way: &Way<'_>) -> Result<(Vec<String>, Vec<u8>), String> {
    let (mut lines, mut stdin) = environment(&command.env)?;
    if let Some(password) = way.sudo {
        lines.push(SUDO.to_owned());
        stdin.extend(password.reveal().bytes().chain([b'\n']));
    }
    lines.extend(strict(way.shell, command.script).map(str::to_owned));
    lines.push(command.text.clone());
    Ok((lines, stdin))
}

fn short_enough(wire: Wire) -> Result<Wire, String> {
    match wire.text.len() > LONGEST {
        true => Err(format!(
            "the command is {} KiB long, and a host takes 127: give what is long by `stdin` or `put`",
            wire.text.len() / 1024
        )),
        false => Ok(wire),
    }
}

/// Plain variables are set in the text; secret ones are read from stdin, out of everybody's sight.
fn environment(env: &[(String, Sensitive)]) -> Result<(Vec<String>, Vec<u8>), String> {
    let (mut lines, mut stdin) = (Vec::new(), Vec::new());
    for (name, value) in env {
        if !is_name(name) {
            return Err(format!("`{name}` can't be the name of a variable there"));
        }
        match value {
            Sensitive::Plain(value) => lines.push(format!("{name}={}; export {name}", quoted(value)?)),
            Sensitive::Secret(value) => {
                lines.push(read_variable(name, value.reveal().matches('\n').count()));
                stdin.extend(value.reveal().bytes().chain([b'\n']));
            }
        }
    }
    Ok((lines, stdin))
}

fn is_name(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(rest)
}

/// Reads as many further lines as the value has.
fn read_variable(name: &str, further: usize) -> String {
    let more =
        format!("; IFS= read -r rutter_line; {name}=\"${{{name}}}\n${{rutter_line}}\"").repeat(further);
    format!("IFS= read -r {name}{more}; export {name}")
}

/// A function in sudo's place, which gives sudo the password only where it would ask for one: by a pipe
/// of its own, and after it what the command is to read, so that a command may be redirected and fed as
/// ever. The password comes first on stdin, is never exported, and is not in what `set -x` shows. It is
/// given once a call: sudo finds no second try of a wrong one.
const SUDO: &str = r#"IFS= read -r rutter_password
sudo() {
if command sudo -n -v </dev/null >/dev/null 2>&1; then command sudo -n "$@"; return; fi
{ printf '%s\n' "$rutter_password"; } 2>/dev/null | command sudo -S -p '' -v || return 1
if command sudo -n -v </dev/null >/dev/null 2>&1; then command sudo -n "$@"; return; fi
{ printf '%s\n' "$rutter_password"; cat || :; } 2>/dev/null | command sudo -S -p '' "$@"
}"#;

fn strict(shell: Shell, script: bool) -> Option<&'static str> {
    match (script, shell) {
        (false, _) => None,
        (true, Shell::Bash) => Some("set -eu -o pipefail"),
        (true, _) => Some("set -eu"),
    }
}

/// The lines for the shell that reads them first.
fn for_login_shell(lines: &[String], way: &Way<'_>) -> Result<String, String> {
    let name = way.login_shell.map(|path| path.rsplit('/').next().unwrap_or(path));
    let wanted = if way.shell == Shell::Bash { "bash" } else { "sh" };
    match name {
        Some(name) if is_wanted(name, way.shell) => Ok(lines.join("\n")),
        Some("sh" | "dash" | "ash" | "bash" | "ksh" | "mksh" | "zsh") => {
            Ok(format!("exec {wanted} -c {}", quoted(&lines.join("\n"))?))
        }
        Some(_) | None => Ok(format!("exec {wanted} -c '{}'", for_any_shell(lines))),
    }
}

fn is_wanted(login_shell: &str, wanted: Shell) -> bool {
    match wanted {
        Shell::Bash => login_shell == "bash",
        _ => matches!(login_shell, "sh" | "dash" | "ash"),
    }
}

/// Text that every shell reads as itself inside `'…'`, fish and csh too: what one of them might take
/// for something else is written in octal, and put back by the shell that is wanted.
fn for_any_shell(lines: &[String]) -> String {
    let tame = |text: &str| !text.contains(['\'', '\\', '!', '\n', '\r']);
    if lines.iter().all(|line| tame(line)) {
        return lines.join("; ");
    }
    let text = lines.join("\n");
    let octal = text.bytes().fold(String::new(), |mut octal, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'_' | b'.' | b'/' | b'=' | b'-' | b',' => {
                octal.push(byte.into());
            }
            _ => octal.push_str(&format!("\\0{byte:03o}")),
        }
        octal
    });
    format!("eval \"$(printf %b \"{octal}\")\"")
}

/// One word of the sh family.
pub(in crate::backend::ssh) fn quoted(text: &str) -> Result<String, String> {
    shell::quote(text, Place::Bare { alone: false }, Shell::Sh).map_err(|error| error.why)
}
