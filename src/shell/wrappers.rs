//! Programs that run other programs: `sudo`, `env`, `sh -c` and the like, taken off.
//!
//! Which there are and how they take their words stands in `wrappers.txt`.

mod posix;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::units::DEEPEST;
use super::word::{Word, spelled};
use super::{Forms, SimpleCommand, commands_at, known, sh};
use crate::value::Shell;

/// Where the command is that another one runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// It runs no other.
    Nothing,
    /// The words from this one on are a command.
    Command(usize),
    /// These words, joined by blanks, are read as a command line.
    Code { from: usize, to: usize },
    /// These words are the command.
    Words(Vec<Word>),
    /// This text is read as a command line of a shell.
    Text { text: String, shell: Shell },
    /// It may run something: why that isn't known.
    Opaque(String),
}

/// Shells of the sh family.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"];

/// How an option of a wrapper goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// A value that is joined to it, if there is one.
    Joined,
    /// With it, no program is run.
    Ends,
    Unknown,
}

#[derive(Default)]
struct Wrapper {
    options: HashMap<&'static str, Takes>,
    skips: usize,
    assigns: bool,
}

static WRAPPERS: LazyLock<HashMap<&'static str, Wrapper>> =
    LazyLock::new(|| known::rows(include_str!("wrappers.txt")).filter_map(read).collect());

fn read(line: &'static str) -> Option<(&'static str, Wrapper)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let mut wrapper = Wrapper::default();
    for word in words {
        if let Some(skips) = word.strip_prefix('+') {
            wrapper.skips = skips.parse().ok()?;
        } else if word == "=" {
            wrapper.assigns = true;
        } else {
            let takes = match word.as_bytes().last() {
                Some(b'=') => Takes::Value,
                Some(b'*') => Takes::Joined,
                Some(b'.') => Takes::Ends,
                Some(b'!') => Takes::Unknown,
                _ => Takes::Nothing,
            };
            wrapper.options.insert(word.trim_end_matches(['=', '.', '!', '*']), takes);
        }
    }
    Some((name, wrapper))
}

/// Where the programs lie that a system brings along. A file of the same name elsewhere may be
/// anything.
const SYSTEM_DIRECTORIES: [&str; 8] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
    "/snap/bin/",
    "/usr/libexec/",
];

/// The name of a program without its directory and, on Windows, its ending.
pub(super) fn base_name(program: &str, shell: Shell) -> String {
    match shell {
        Shell::Sh | Shell::Bash => {
            let name = SYSTEM_DIRECTORIES.iter().find_map(|directory| program.strip_prefix(directory));
            name.filter(|name| !name.contains('/')).unwrap_or(program).to_owned()
        }
        Shell::PowerShell | Shell::Pwsh | Shell::Cmd => {
            let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_lowercase();
            ["exe", "com"]
                .iter()
                .find_map(|end| name.strip_suffix(&format!(".{end}")))
                .unwrap_or(&name)
                .to_owned()
        }
    }
}

/// Whether a program is a shell of the sh family.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// Where the command is that `words` runs.
pub(super) fn inside(words: &[Word], shell: Shell) -> Inside {
    let Some(program) = words.first() else { return Inside::Nothing };
    let name = base_name(program, shell);
    match (shell, name.as_str()) {
        (_, name) if SHELLS.contains(&name) => inside_shell(words),
        (_, "ssh") => posix::inside_ssh(words),
        (_, "powershell" | "powershell.exe" | "pwsh") => {
            super::powershell::inside(name.trim_end_matches(".exe"), words, shell)
        }
        (Shell::PowerShell | Shell::Pwsh | Shell::Cmd, _) => super::powershell::inside(&name, words, shell),
        (Shell::Sh | Shell::Bash, name) => posix::inside(name, words).unwrap_or_else(|| {
            WRAPPERS.get(name).map_or(Inside::Nothing, |wrapper| inside_wrapper(wrapper, words))
        }),
    }
}

fn joined(words: &[Word], from: usize) -> Inside {
    if words.len() > from { Inside::Code { from, to: words.len() } } else { Inside::Nothing }
}

fn unknown_option(words: &[Word], option: &str) -> Inside {
    Inside::Opaque(format!("what `{option}` means to `{}` is not known", words[0].text))
}

fn inside_wrapper(wrapper: &Wrapper, words: &[Word]) -> Inside {
    let at = match after_options(wrapper, words) {
        Ok(at) => at + wrapper.skips,
        Err(inside) => return inside,
    };
    if at >= words.len() {
        return Inside::Nothing;
    }
    if let Some(word) = words[1..at].iter().find(|word| !word.known) {
        return Inside::Opaque(format!("what `{word}` is to `{}`, is only known on the host", words[0]));
    }
    let telling = words[1..at]
        .iter()
        .flat_map(|word| word.split('='))
        .find(|name| sh::tells(name.trim_start_matches("-E")));
    match telling {
        Some(name) => Inside::Opaque(format!("it sets `{name}`, which changes what commands do")),
        None => Inside::Command(at),
    }
}

/// Where the first word stands that is no option, nor an assignment if those may follow.
fn after_options(wrapper: &Wrapper, words: &[Word]) -> Result<usize, Inside> {
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += 1;
        if word == "--" {
            break;
        }
        match option(wrapper, word) {
            Some((Takes::Nothing | Takes::Joined, _)) => {}
            Some((Takes::Value, attached)) => at += usize::from(!attached),
            Some((Takes::Ends, _)) => return Err(Inside::Nothing),
            Some((Takes::Unknown, _)) | None => return Err(unknown_option(words, word)),
        }
    }
    while wrapper.assigns && words.get(at).is_some_and(|word| word.contains('=')) {
        at += 1;
    }
    Ok(at)
}

/// What an option, or a cluster of short ones, takes, and whether its value is attached.
fn option(wrapper: &Wrapper, word: &str) -> Option<(Takes, bool)> {
    if let Some(takes) = wrapper.options.get(word) {
        return Some((*takes, false));
    }
    if word.starts_with("--") {
        let (name, _) = word.split_once('=')?;
        return wrapper
            .options
            .get(name)
            .map(|takes| (*takes, true))
            .filter(|(takes, _)| *takes != Takes::Unknown);
    }
    let letters = &word[1..];
    if wrapper.options.contains_key("-#") && letters.chars().all(|c| c.is_ascii_digit()) {
        return Some((Takes::Nothing, false));
    }
    for (at, letter) in letters.char_indices() {
        match wrapper.options.get(format!("-{letter}").as_str())? {
            Takes::Nothing => {}
            takes => return Some((*takes, at + letter.len_utf8() < letters.len())),
        }
    }
    Some((Takes::Nothing, false))
}

/// Where the code is when `words` begin with a shell that is given some.
pub(super) fn shell_code(words: &[Word]) -> Option<(usize, usize)> {
    let name = base_name(words.first()?, Shell::Sh);
    match SHELLS.contains(&name.as_str()).then(|| inside_shell(words))? {
        Inside::Code { from, to } => Some((from, to)),
        Inside::Nothing | Inside::Command(_) | Inside::Words(_) | Inside::Text { .. } | Inside::Opaque(_) => {
            None
        }
    }
}

/// `sh -c TEXT [NAME [ARGS]]`; a shell without `-c` runs a file or its input.
fn inside_shell(words: &[Word]) -> Inside {
    let (mut at, mut reads_text) = (1, false);
    while let Some(word) = words.get(at).filter(|word| word.starts_with(['-', '+']) && word.len() > 1) {
        at += 1;
        match word.text.as_str() {
            "--" => break,
            "--norc" | "--noprofile" | "--posix" | "--login" => {}
            "--version" | "--help" => return Inside::Nothing,
            _ if word.starts_with("--") => return unknown_option(words, word),
            _ => {
                reads_text |= word.contains('c');
                at += usize::from(word.contains(['o', 'O']));
            }
        }
    }
    match (reads_text, words.get(at)) {
        (true, Some(_)) => Inside::Code { from: at, to: at + 1 },
        (false, Some(file)) => Inside::Opaque(format!("what the script `{file}` does is not known")),
        (_, None) => Inside::Opaque(format!("`{}` runs what it reads from its input", words[0].text)),
    }
}

/// All commands that `command` stands for, each in all its forms.
pub(super) fn forms(command: SimpleCommand, shell: Shell, depth: usize) -> Vec<Forms> {
    follow(Forms::new(), command, shell, depth)
}

/// Takes one wrapper after the other off; `outer` is what was taken off before.
fn follow(mut outer: Forms, mut command: SimpleCommand, shell: Shell, depth: usize) -> Vec<Forms> {
    loop {
        let words = match command {
            SimpleCommand::Words(words) => words,
            SimpleCommand::Opaque(_) => return ended(outer, command),
        };
        add_spellings(&mut outer, &words, shell);
        if outer.len() > 4 * DEEPEST {
            return ended(outer, SimpleCommand::Opaque("commands are nested too deep".to_owned()));
        }
        if let Some(found) = posix::several(&words, shell) {
            let each = found.into_iter().flat_map(|inner| follow(outer.clone(), inner, shell, depth));
            return each.collect();
        }
        command = match inside(&words, shell) {
            Inside::Nothing => return vec![outer],
            Inside::Command(skip) => posix::carried(&words, skip, shell),
            Inside::Opaque(why) => SimpleCommand::Opaque(why),
            Inside::Words(words) => SimpleCommand::Words(words),
            Inside::Text { text, shell } => return within(&outer, commands_at(&text, shell, depth + 1)),
            Inside::Code { from, to } => match posix::unread(&words, from, to, shell) {
                Some(why) => SimpleCommand::Opaque(why),
                None => {
                    let text = spelled(&words[from..to]);
                    return within(&outer, commands_at(&text, inner_shell(&words, shell), depth + 1));
                }
            },
        };
    }
}

fn ended(mut outer: Forms, last: SimpleCommand) -> Vec<Forms> {
    outer.push(last);
    vec![outer]
}

/// The shell that reads the text inside a command.
fn inner_shell(words: &[Word], shell: Shell) -> Shell {
    match words.first().map(|program| base_name(program, shell)).as_deref() {
        Some("bash" | "ksh" | "zsh" | "mksh") => Shell::Bash,
        Some("sh" | "dash" | "ash" | "ssh" | "su" | "runuser" | "watch" | "flock" | "script") => Shell::Sh,
        Some("powershell" | "invoke-expression" | "iex") => Shell::PowerShell,
        Some("pwsh") => Shell::Pwsh,
        Some("cmd") => Shell::Cmd,
        Some(_) | None => shell,
    }
}

/// Text that runs nothing leaves its carrier as the command.
fn within(outer: &Forms, inner: Vec<Forms>) -> Vec<Forms> {
    if inner.is_empty() {
        return vec![outer.clone()];
    }
    inner.into_iter().map(|forms| outer.iter().cloned().chain(forms).collect()).collect()
}

/// The words as typed, and with the program's directory, ending or alias taken away.
fn add_spellings(outer: &mut Forms, words: &[Word], shell: Shell) {
    outer.push(SimpleCommand::Words(words.to_vec()));
    let Some(program) = words.first() else { return };
    let mut plain = vec![Word { text: base_name(program, shell), known: program.known }];
    plain.extend(words[1..].iter().cloned());
    let spellings = match shell {
        Shell::Sh | Shell::Bash => posix::spellings(words, plain),
        Shell::Cmd => vec![plain],
        Shell::PowerShell | Shell::Pwsh => super::powershell::spellings(program, plain, shell),
    };
    for spelling in spellings {
        let spelling = SimpleCommand::Words(spelling);
        if outer.last() != Some(&spelling) {
            outer.push(spelling);
        }
    }
}
