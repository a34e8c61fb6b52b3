//! Commands of Windows that run others, and the other names that commands go by.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::shell::Word;
use crate::shell::known::rows;
use crate::shell::wrappers::Inside;
use crate::value::Shell;

static ALIASES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rows(include_str!("aliases.txt")).filter_map(|row| row.split_once(' ')).collect());

/// The command that an alias stands for.
pub(in crate::shell) fn full_name(name: &str) -> &str {
    ALIASES.get(name.to_lowercase().as_str()).copied().unwrap_or(name)
}

/// Where the command is that a command of Windows runs; `name` is its plain name.
pub(in crate::shell) fn inside(name: &str, words: &[Word], shell: Shell) -> Inside {
    let opaque = |why: &str| Inside::Opaque(format!("{why} `{name}` runs is not known"));
    match name {
        "powershell" | "pwsh" => inside_powershell(name, words),
        "cmd" => inside_cmd(words),
        "invoke-expression" | "iex" if words.len() == 2 && !words[1].starts_with(['-', '$']) => {
            Inside::Code { from: 1, to: 2 }
        }
        "invoke-expression" | "iex" | "start-process" | "saps" | "invoke-wmimethod" | "invoke-cimmethod" => {
            opaque("what")
        }
        "invoke-command" | "icm" | "start-job" | "sajb" | "invoke-item" | "ii" | "wmic" | "schtasks"
        | "at" => opaque("what"),
        "set-alias" | "new-alias" | "sal" | "nal" | "add-type" | "wsl" | "rundll32" | "mshta" => {
            opaque("what")
        }
        "start" | "call" | "for" | "forfiles" | "if" if shell == Shell::Cmd => opaque("what"),
        _ => Inside::Nothing,
    }
}

/// Options may be cut short: `-c`, `-co`, … mean `-Command`.
fn inside_powershell(name: &str, words: &[Word]) -> Inside {
    for (at, word) in words.iter().enumerate().skip(1) {
        let option = word.trim_start_matches(['-', '/']).to_lowercase();
        if !word.starts_with(['-', '/']) {
            continue;
        }
        if !option.is_empty() && "command".starts_with(&option) {
            let known = words.len() > at + 1 && &*words[at + 1] != "-";
            return if known { Inside::Code { from: at + 1, to: words.len() } } else { reads_input(name) };
        }
        if option.starts_with('e') || "file".starts_with(&option) {
            return Inside::Opaque(format!("what `{name} {word}` runs is not known"));
        }
    }
    reads_input(name)
}

fn reads_input(name: &str) -> Inside {
    Inside::Opaque(format!("what `{name}` runs is not known"))
}

fn inside_cmd(words: &[Word]) -> Inside {
    let runs = |word: &Word| word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k");
    match words.iter().position(runs) {
        Some(at) if at + 1 < words.len() => Inside::Code { from: at + 1, to: words.len() },
        Some(_) | None => reads_input("cmd"),
    }
}

/// The other ways to write the same command: the alias resolved, `-Name:value` and `a,b` parted.
pub(in crate::shell) fn spellings(words: Vec<Word>) -> Vec<Vec<Word>> {
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let name = Word { text: full_name(program).to_owned(), known: program.known };
    let parted = arguments.iter().flat_map(|word| part(word)).filter(|word| !word.is_empty());
    let parted: Vec<Word> = std::iter::once(name.clone()).chain(parted).collect();
    let resolved = std::iter::once(name).chain(arguments.iter().cloned()).collect();
    vec![words.clone(), resolved, parted]
}

fn part(word: &Word) -> Vec<Word> {
    let (name, value) = match word.split_once(':') {
        Some((name, value)) if name.starts_with('-') => (Some(name.to_owned()), value),
        Some(_) | None => (None, word.text.as_str()),
    };
    let texts = name.into_iter().chain(value.split(',').map(str::to_owned));
    texts.map(|text| Word { text, known: word.known }).collect()
}
