//! Programs of other languages that are given code in a word: no quoting of a shell's is right there.

use super::Word;

/// Programs and the options that are followed by code. An option of one letter may end a cluster.
const INTERPRETERS: [(&str, &[&str]); 12] = [
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("py", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("node", &["-e", "-p", "--eval", "--print"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("Rscript", &["-e"]),
    ("sed", &["-e", "--expression"]),
    ("powershell", &["-c", "-Command", "-command"]),
    ("pwsh", &["-c", "-Command", "-command"]),
];

/// Whether `program` takes the word after `option` for code.
pub(super) fn takes_code(program: &str, option: &str) -> bool {
    let Some((_, options)) = INTERPRETERS.iter().find(|(name, _)| *name == program) else { return false };
    let cluster = option.starts_with('-') && !option.starts_with("--");
    let ends = |code: &str| cluster && code.len() == 2 && option.ends_with(&code[1..]);
    options.iter().any(|code| *code == option || ends(code))
}

/// For a program whose first word that is no option is code: its options that take a value.
pub(super) fn options_before_code(program: &str) -> Option<&'static str> {
    match program {
        "awk" | "gawk" | "mawk" | "nawk" => Some("Fv"),
        "sed" => Some("l"),
        _ => None,
    }
}

/// Whether a program without further words runs what it reads from its input.
pub(super) fn reads_code(program: &str) -> bool {
    const READERS: [&str; 14] = [
        "sh",
        "bash",
        "dash",
        "ash",
        "ksh",
        "zsh",
        "mksh",
        "python",
        "python3",
        "perl",
        "ruby",
        "node",
        "pwsh",
        "powershell",
    ];
    READERS.contains(&program)
}

/// Whether a word after a shell leaves it to read its script from its input.
pub(super) fn reads_input(option: &str) -> bool {
    let letters = option.strip_prefix(['-', '+']).unwrap_or("?");
    matches!(option, "--" | "--norc" | "--noprofile" | "--posix" | "--login")
        || letters.chars().all(|letter| "sexulih".contains(letter))
}

/// Builtins that a function of the same name may or may not replace.
pub(super) fn is_special_builtin(name: &str) -> bool {
    const SPECIAL: [&str; 20] = [
        "break",
        ":",
        ".",
        "continue",
        "eval",
        "exec",
        "exit",
        "export",
        "readonly",
        "return",
        "set",
        "shift",
        "source",
        "times",
        "trap",
        "unset",
        "command",
        "builtin",
        "alias",
        "command_not_found_handle",
    ];
    SPECIAL.contains(&name)
}

/// Why a program that is given code of its own language may run something, if it may.
pub(super) fn may_run(name: &str, words: &[Word]) -> Option<String> {
    let fine = match name {
        "awk" | "gawk" | "mawk" | "nawk" => codes(name, words).iter().all(|code| is_plain_awk(code)),
        "sed" => codes(name, words).iter().all(|code| sed::is_plain(code)),
        "psql" | "mysql" | "mariadb" | "sqlite3" => words.iter().all(is_plain_sql),
        _ => true,
    };
    (!fine).then(|| format!("the code that `{name}` is given may run or write something"))
}

/// The words that are code; one that only the host knows could be anything.
fn codes<'w>(name: &str, words: &'w [Word]) -> Vec<&'w Word> {
    let rest = words.get(1..).unwrap_or_default();
    let after = rest.iter().zip(rest.iter().skip(1));
    let given: Vec<&Word> =
        after.filter(|(option, _)| takes_code(name, option)).map(|(_, code)| code).collect();
    if !given.is_empty() {
        return given;
    }
    let with_value = options_before_code(name).unwrap_or_default();
    let mut at = 0;
    while let Some(word) = rest.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
        let letter = word.strip_prefix('-').filter(|letter| letter.len() == 1);
        at += 1 + usize::from(letter.is_some_and(|letter| with_value.contains(letter)));
        if &**word == "--" {
            break;
        }
    }
    rest.get(at).into_iter().collect()
}

/// Code of awk that starts no program and writes no file.
fn is_plain_awk(code: &Word) -> bool {
    let calls = |(at, name): (usize, &str)| code[at + name.len()..].trim_start().starts_with('(');
    let runs = code.match_indices("system").any(calls) || code.contains("getline") || code.contains('@');
    let prints = code.split("print").skip(1).map(|rest| rest.split([';', '}', '\n']).next().unwrap_or(""));
    let writes = prints.into_iter().any(|print| print.replace("||", "").contains(['|', '>']));
    code.known && !runs && !writes
}

/// A query that leaves the client no command to run.
fn is_plain_sql(word: &Word) -> bool {
    let text = word.to_lowercase();
    let commands = [
        "\\",
        "system",
        "shell",
        "program",
        "outfile",
        "source ",
        "pager",
        "edit",
        "sys_exec",
        "load_extension",
        "writefile",
    ];
    (word.known || !text.starts_with('-'))
        && !commands.iter().any(|command| text.contains(command))
        && !text.trim_start().starts_with('.')
}

/// Scripts of sed.
mod sed {
    use std::iter::Peekable;
    use std::str::Chars;

    use crate::shell::Word;

    /// Whether a script only edits: it runs nothing (`e`) and writes nothing (`w`).
    pub(super) fn is_plain(script: &Word) -> bool {
        let mut chars = script.chars().peekable();
        while chars.peek().is_some() {
            if command(&mut chars).is_none() {
                return false;
            }
        }
        script.known
    }

    fn command(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        while chars.next_if(|c| " \t\n;{}".contains(*c)).is_some() {}
        if chars.peek().is_none() {
            return Some(());
        }
        address(chars)?;
        while chars.next_if(|c| " \t!".contains(*c)).is_some() {}
        match chars.next()? {
            's' => {
                let end = chars.next()?;
                until(chars, end)?;
                until(chars, end)?;
                while chars.next_if(|c| "gpiIMm".contains(*c) || c.is_ascii_digit()).is_some() {}
                ends(chars)
            }
            'y' => {
                let end = chars.next()?;
                until(chars, end)?;
                until(chars, end)?;
                ends(chars)
            }
            'p' | 'd' | 'D' | 'P' | 'h' | 'H' | 'g' | 'G' | 'x' | 'n' | 'N' | '=' | 'z' | 'F' => ends(chars),
            'q' | 'Q' | 'l' => {
                while chars.next_if(|c| c.is_ascii_digit() || *c == ' ').is_some() {}
                ends(chars)
            }
            'a' | 'i' | 'c' | '#' | ':' | 'b' | 't' | 'T' => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                Some(())
            }
            _ => None,
        }
    }

    fn address(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        loop {
            match chars.peek()? {
                '/' => {
                    chars.next();
                    until(chars, '/')?;
                    while chars.next_if(|c| matches!(c, 'I' | 'M')).is_some() {}
                }
                '\\' => {
                    chars.next();
                    let end = chars.next()?;
                    until(chars, end)?;
                }
                c if c.is_ascii_digit() || "$,+~ ".contains(*c) => {
                    chars.next();
                }
                _ => return Some(()),
            }
        }
    }

    /// Takes what comes before `end`, and `end`. In brackets, shells of sed differ: refused.
    fn until(chars: &mut Peekable<Chars<'_>>, end: char) -> Option<()> {
        let mut brackets = false;
        loop {
            match chars.next()? {
                '\\' => {
                    chars.next()?;
                }
                c if c == end && brackets => return None,
                c if c == end => return Some(()),
                '[' => brackets = true,
                ']' => brackets = false,
                '\n' => return None,
                _ => {}
            }
        }
    }

    fn ends(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
        while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        match chars.peek() {
            None | Some('\n' | ';' | '}') => Some(()),
            Some(_) => None,
        }
    }
}
