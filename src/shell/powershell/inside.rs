//! Commands of Windows that run others, and the other names that commands go by.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::shell::Word;
use crate::shell::known::rows;
use crate::shell::word::spelled;
use crate::shell::wrappers::Inside;
use crate::value::Shell;

static ALIASES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rows(include_str!("aliases.txt")).filter_map(|row| row.split_once(' ')).collect());

/// What `sc` is told where it is the program rather than an alias of `Set-Content`.
const SERVICE_CONTROL: [&str; 24] = [
    "query",
    "queryex",
    "start",
    "pause",
    "interrogate",
    "continue",
    "stop",
    "config",
    "description",
    "failure",
    "failureflag",
    "sidtype",
    "privs",
    "delete",
    "create",
    "control",
    "sdshow",
    "sdset",
    "qc",
    "qdescription",
    "enumdepend",
    "qfailure",
    "showsid",
    "qtriggerinfo",
];

/// The command that an alias stands for.
pub(in crate::shell) fn full_name(name: &str) -> &str {
    ALIASES.get(name.to_lowercase().as_str()).copied().unwrap_or(name)
}

/// Where the command is that a command of Windows runs; `name` is its plain name.
pub(in crate::shell) fn inside(name: &str, words: &[Word], shell: Shell) -> Inside {
    let rest = || if all_known(&words[1..]) { None } else { Some(opaque(name)) };
    match name {
        "powershell" | "pwsh" => inside_powershell(name, words),
        "cmd" => inside_cmd(words),
        "start-process" | "saps" => inside_start_process(words),
        "start" if shell != Shell::Cmd => inside_start_process(words),
        "start" => rest().unwrap_or_else(|| inside_start(words)),
        "wsl" => rest().unwrap_or_else(|| inside_wsl(words)),
        "psexec" | "psexec64" => rest().unwrap_or_else(|| inside_psexec(words)),
        "runas" => rest().unwrap_or_else(|| inside_runas(words)),
        "forfiles" => rest().unwrap_or_else(|| inside_forfiles(words)),
        "wmic" => rest().unwrap_or_else(|| inside_wmic(words)),
        "invoke-expression" | "iex" => match words {
            [_, code] if code.known && !code.starts_with('-') => text(&code.text, shell),
            _ => opaque(name),
        },
        _ => Inside::Nothing,
    }
}

fn opaque(name: &str) -> Inside {
    Inside::Opaque(format!("what `{name}` runs is not known"))
}

fn text(text: &str, shell: Shell) -> Inside {
    Inside::Text { text: text.to_owned(), shell }
}

fn all_known(words: &[Word]) -> bool {
    words.iter().all(|word| word.known)
}

/// How an option of a program that runs another goes on.
#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    Value,
    /// The rest is code.
    Code,
    /// The next word is code, in base64 of UTF-16.
    Encoded,
    Unknown,
}

/// Options of `powershell.exe` and `pwsh`; each may be cut short.
const OPTIONS: [(&str, Takes); 27] = [
    ("command", Takes::Code),
    ("c", Takes::Code),
    ("commandwithargs", Takes::Unknown),
    ("cwa", Takes::Unknown),
    ("encodedcommand", Takes::Encoded),
    ("ec", Takes::Encoded),
    ("e", Takes::Encoded),
    ("encodedarguments", Takes::Unknown),
    ("ea", Takes::Unknown),
    ("executionpolicy", Takes::Value),
    ("ep", Takes::Value),
    ("file", Takes::Unknown),
    ("f", Takes::Unknown),
    ("noprofile", Takes::Nothing),
    ("nologo", Takes::Nothing),
    ("noninteractive", Takes::Nothing),
    ("noexit", Takes::Nothing),
    ("nop", Takes::Nothing),
    ("sta", Takes::Nothing),
    ("mta", Takes::Nothing),
    ("windowstyle", Takes::Value),
    ("inputformat", Takes::Value),
    ("outputformat", Takes::Value),
    ("version", Takes::Value),
    ("workingdirectory", Takes::Value),
    ("wd", Takes::Value),
    ("login", Takes::Nothing),
];

fn option(word: &str) -> Option<Takes> {
    let name = word
        .strip_prefix("--")
        .or_else(|| word.strip_prefix(['-', '/', '\u{2013}', '\u{2014}', '\u{2015}']))?;
    let name = name.to_lowercase();
    let exactly = OPTIONS.iter().find(|(known, _)| *known == name);
    let cut = || OPTIONS.iter().find(|(known, _)| !name.is_empty() && known.starts_with(&name));
    Some(exactly.or_else(cut).map_or(Takes::Unknown, |(_, takes)| *takes))
}

fn inside_powershell(name: &str, words: &[Word]) -> Inside {
    let inner = if name == "pwsh" { Shell::Pwsh } else { Shell::PowerShell };
    let mut at = 1;
    while let Some(word) = words.get(at) {
        if !word.known {
            return opaque(name);
        }
        match option(word) {
            Some(Takes::Nothing) => at += 1,
            Some(Takes::Value) => at += 2,
            Some(Takes::Code) => return code(name, &words[at + 1..], inner),
            Some(Takes::Encoded) => return encoded(name, &words[at + 1..], inner),
            Some(Takes::Unknown) => return opaque(name),
            None if inner == Shell::Pwsh => return opaque(name),
            None => return code(name, &words[at..], inner),
        }
    }
    opaque(name)
}

fn code(name: &str, words: &[Word], shell: Shell) -> Inside {
    let reads = words.first().is_none_or(|first| first == "-");
    if reads || !all_known(words) { opaque(name) } else { text(&spelled(words), shell) }
}

/// A command in base64, its characters in two bytes each.
fn encoded(name: &str, words: &[Word], shell: Shell) -> Inside {
    let [word, ..] = words else { return opaque(name) };
    let bytes = STANDARD.decode(word.trim()).unwrap_or_default();
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    match String::from_utf16(&units) {
        Ok(code) if word.known && !code.is_empty() && bytes.len() % 2 == 0 => text(&code, shell),
        Ok(_) | Err(_) => opaque(name),
    }
}

/// The line that cmd is given, its words in quotes again where they have blanks.
fn line(words: &[Word]) -> String {
    let quoted = |word: &Word| match word.contains([' ', '\t']) && !word.contains('"') {
        true => format!("\"{}\"", word.text),
        false => word.text.clone(),
    };
    match words {
        [one] => one.text.clone(),
        _ => words.iter().map(quoted).collect::<Vec<_>>().join(" "),
    }
}

fn inside_cmd(words: &[Word]) -> Inside {
    let starts = |word: &Word| {
        let lower = word.to_lowercase();
        ["/c", "/k", "/r"].iter().any(|it| lower.starts_with(it))
    };
    let Some(at) =
        words.iter().skip(1).position(|word| !word.starts_with('/') || starts(word)).map(|at| at + 1)
    else {
        return opaque("cmd");
    };
    if !all_known(&words[1..]) || !starts(&words[at]) {
        return opaque("cmd");
    }
    let joined = words[at].get(2..).unwrap_or_default();
    let mut rest = words[at + 1..].to_vec();
    if !joined.is_empty() {
        rest.insert(0, Word::known(joined));
    }
    if rest.is_empty() { opaque("cmd") } else { text(&line(&rest), Shell::Cmd) }
}

/// `Start-Process FILE -ArgumentList a -ArgumentList b …`, as the reader of scripts writes it.
fn inside_start_process(words: &[Word]) -> Inside {
    const FLAGS: [&str; 6] =
        ["-wait", "-nonewwindow", "-passthru", "-loaduserprofile", "-usenewenvironment", "-nnw"];
    let Some((file, options)) = words.get(1..).and_then(<[Word]>::split_first) else {
        return opaque("Start-Process");
    };
    let mut arguments: Vec<&str> = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let lower = option.to_lowercase();
        let flag = lower.len() > 1 && FLAGS.iter().any(|flag| flag.starts_with(&lower));
        match (lower.as_str(), flag) {
            (_, true) => {}
            ("-argumentlist", _) => match rest.next() {
                Some(word) if word.known => arguments.push(word),
                Some(_) | None => return opaque("Start-Process"),
            },
            ("-verb", _)
                if rest.next().is_some_and(|verb| {
                    !verb.eq_ignore_ascii_case("runas") && !verb.eq_ignore_ascii_case("open")
                }) =>
            {
                return opaque("Start-Process");
            }
            ("-verb", _) => {}
            ("-workingdirectory" | "-windowstyle" | "-credential", _) => {
                rest.next();
            }
            ("-redirectstandardoutput" | "-redirectstandarderror", _) => {
                rest.next();
            }
            _ => return opaque("Start-Process"),
        }
    }
    if !file.known || file.starts_with('-') {
        return opaque("Start-Process");
    }
    Inside::Words(started(file, &arguments.join(" ")))
}

/// A program and its command line, parted as programs of Windows part it.
fn started(file: &Word, line: &str) -> Vec<Word> {
    let mut words = vec![file.clone()];
    let lower = file.to_lowercase();
    let shell = ["cmd", "cmd.exe"].iter().any(|name| lower.rsplit(['\\', '/']).next() == Some(*name));
    match line.to_lowercase().find("/c").filter(|_| shell) {
        Some(at) => {
            words.extend(crate::shell::cmd::arguments(&line[..at + 2]).into_iter().map(Word::known));
            words.push(Word::known(line[at + 2..].trim()));
        }
        None => words.extend(crate::shell::cmd::arguments(line).into_iter().map(Word::known)),
    }
    words
}

/// `start "title" /b /wait program …` of cmd.
fn inside_start(words: &[Word]) -> Inside {
    const FLAGS: [&str; 15] = [
        "/b",
        "/i",
        "/min",
        "/max",
        "/wait",
        "/w",
        "/low",
        "/normal",
        "/high",
        "/realtime",
        "/abovenormal",
        "/belownormal",
        "/separate",
        "/shared",
        "/machine",
    ];
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let lower = word.to_lowercase();
        match lower.as_str() {
            "/d" | "/node" | "/affinity" => at += 2,
            _ if FLAGS.contains(&lower.as_str()) => at += 1,
            _ if lower.starts_with('/') => return opaque("start"),
            // A title, which the reader of lines leaves empty.
            "" => at += 1,
            _ => return Inside::Command(at),
        }
    }
    opaque("start")
}

fn inside_wsl(words: &[Word]) -> Inside {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.text.as_str() {
            "-d" | "--distribution" | "-u" | "--user" | "--cd" | "--shell-type" => at += 2,
            "-e" | "--exec" | "--" => {
                at += 1;
                break;
            }
            "-l" | "--list" | "--status" | "--version" | "--help" | "--shutdown" | "-t" | "--terminate" => {
                return Inside::Nothing;
            }
            word if word.starts_with('-') => return opaque("wsl"),
            _ => break,
        }
    }
    if at < words.len() { text(&spelled(&words[at..]), Shell::Bash) } else { opaque("wsl") }
}

fn inside_psexec(words: &[Word]) -> Inside {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.to_lowercase().as_str() {
            "-u" | "-p" | "-n" | "-r" | "-w" | "-a" | "-i"
                if words.get(at + 1).is_none_or(|next| next.starts_with('-')) =>
            {
                at += 1
            }
            "-u" | "-p" | "-n" | "-r" | "-w" | "-a" => at += 2,
            "-s" | "-d" | "-e" | "-h" | "-i" | "-l" | "-x" | "-accepteula" | "-nobanner" => at += 1,
            word if word.starts_with("\\\\") => at += 1,
            // The number of a session after `-i`.
            word if word.chars().all(|c| c.is_ascii_digit()) => at += 1,
            word if word.starts_with('-') => return opaque("psexec"),
            _ => return Inside::Command(at),
        }
    }
    opaque("psexec")
}

fn inside_runas(words: &[Word]) -> Inside {
    let rest: Vec<Word> = words[1..].iter().filter(|word| !word.starts_with('/')).cloned().collect();
    if rest.is_empty() { opaque("runas") } else { text(&line(&rest), Shell::Cmd) }
}

fn inside_forfiles(words: &[Word]) -> Inside {
    match words.iter().position(|word| word.eq_ignore_ascii_case("/c")).and_then(|at| words.get(at + 1)) {
        Some(code) if !code.contains('@') && !code.to_lowercase().contains("0x") => text(code, Shell::Cmd),
        Some(_) => opaque("forfiles"),
        None => Inside::Nothing,
    }
}

fn inside_wmic(words: &[Word]) -> Inside {
    let create = words.iter().position(|word| word.eq_ignore_ascii_case("create"));
    let called = create.is_some_and(|at| words[at - 1].eq_ignore_ascii_case("call"));
    match create.filter(|_| called) {
        Some(at) if at + 1 < words.len() => {
            text(words[at + 1].split("\",").next().unwrap_or_default(), Shell::Cmd)
        }
        Some(_) => opaque("wmic"),
        None => Inside::Nothing,
    }
}

/// The other ways to write the same command: without path and ending, and its alias resolved.
pub(in crate::shell) fn spellings(typed: &str, plain: Vec<Word>, shell: Shell) -> Vec<Vec<Word>> {
    let Some((program, arguments)) = plain.split_first() else { return Vec::new() };
    // A path or an ending is no alias: it stays, where the name alone would be one.
    let is_file = typed.contains(['\\', '/', '.']) && full_name(program) != program.text;
    let name = match (is_file && !typed.contains('-'), &*program.text) {
        (true, base) => format!("{base}.exe"),
        (false, "sc")
            if shell == Shell::PowerShell && !controls(arguments) && typed.eq_ignore_ascii_case("sc") =>
        {
            "set-content".to_owned()
        }
        (false, base) => full_name(base).to_owned(),
    };
    let name = Word { text: name, known: program.known };
    vec![plain.clone(), std::iter::once(name).chain(arguments.iter().cloned()).collect()]
}

/// Whether `sc` is told what only the program understands.
fn controls(arguments: &[Word]) -> bool {
    let verb = arguments.iter().find(|word| !word.starts_with("\\\\"));
    verb.is_none_or(|verb| !verb.known || SERVICE_CONTROL.contains(&verb.to_lowercase().as_str()))
}
