//! Where each hole of a command stands, or why no value may stand there.

use super::grammar::{Item, KEYWORDS, Role, Simple, items};
use super::lex::lex;
use super::token::{Part, Token, Word};
use crate::shell::units::{Quotes, Trouble, Unit};
use crate::shell::wrappers::{self, Inside};
use crate::shell::{Place, Unquotable};
use crate::value::Shell;

/// Stands for what is not known while a command is a template.
const UNKNOWN: &str = "\u{1}";

/// Builtins that run, or compute, what stands in any of their words.
const EVALUATING: [&str; 19] = [
    "eval",
    "trap",
    "alias",
    "let",
    "unset",
    "read",
    "source",
    ".",
    "bind",
    "complete",
    "compgen",
    "mapfile",
    "readarray",
    "getopts",
    "parallel",
    "script",
    "sg",
    "batch",
    "expect",
];
/// Builtins that set variables: a name that is a value could be anything.
const DECLARING: [&str; 5] = ["export", "readonly", "local", "declare", "typeset"];
/// Programs whose option takes a program of another language.
const INTERPRETERS: [(&str, &[&str]); 8] = [
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("node", &["-e", "-p", "--eval", "--print"]),
    ("php", &["-r"]),
    ("powershell", &["-c", "-Command", "-command"]),
    ("pwsh", &["-c", "-Command", "-command"]),
];

/// Finds the place of each hole, in order.
pub(in crate::shell) fn places(units: &[Unit], holes: usize, bash: bool) -> Result<Vec<Place>, Unquotable> {
    let mut finder = Finder { places: vec![None; holes], shell: if bash { Shell::Bash } else { Shell::Sh } };
    let tokens = lex(units, bash, 0)?;
    finder.list(&tokens)?;
    let unplaced = finder.places.iter().position(Option::is_none);
    if let Some(hole) = unplaced {
        let help = "put the value into `env` or `stdin`";
        return Err(Trouble::hole(hole as u32, "where it stands, no value can be quoted", help).into());
    }
    Ok(finder.places.into_iter().flatten().collect())
}

struct Finder {
    places: Vec<Option<Place>>,
    shell: Shell,
}

impl Finder {
    fn list(&mut self, tokens: &[Token]) -> Result<(), Trouble> {
        for item in items(tokens)? {
            match item {
                Item::Simple(simple) => self.simple(&simple)?,
                Item::Loose(word, role) => self.loose(word, role)?,
                Item::Test(words) => self.test(&words)?,
                Item::Body(parts) => self.nested(parts)?,
            }
        }
        Ok(())
    }

    fn simple(&mut self, simple: &Simple<'_>) -> Result<(), Trouble> {
        check_words(&simple.words, self.shell)?;
        for word in &simple.assignments {
            self.word(word, false)?;
        }
        for word in &simple.words {
            self.word(word, true)?;
        }
        for (operator, target) in &simple.redirects {
            if operator.ends_with('&') {
                refuse_all(target, "it names a file descriptor", "write the number itself")?;
            }
            self.word(target, false)?;
        }
        Ok(())
    }

    fn loose(&mut self, word: &Word, role: Role) -> Result<(), Trouble> {
        match role {
            Role::Name => refuse_all(word, "it stands where a name must be fixed", "write the name itself")?,
            Role::CasePattern => {
                if let Some((hole, Quotes::None)) = word.holes().next() {
                    let why = "it stands unquoted in a pattern of `case`";
                    return Err(Trouble::hole(hole, why, "put it in double quotes"));
                }
            }
            Role::ForItem | Role::CaseSubject => {}
        }
        self.word(word, role == Role::ForItem)
    }

    fn test(&mut self, words: &[&Word]) -> Result<(), Trouble> {
        const COMPUTING: [&str; 9] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R", "=~"];
        let computes = |word: &&&Word| word.keyword().is_some_and(|text| COMPUTING.contains(&text));
        let computing = words.iter().find(computes).and_then(|word| word.keyword());
        for word in words {
            if let Some(operator) = computing {
                let why = format!("`{operator}` inside `[[ … ]]` evaluates what stands beside it");
                refuse_all(word, &why, "use `[ … ]`, or decide it in the runbook with `if`")?;
            }
            self.word(word, false)?;
        }
        Ok(())
    }

    fn word(&mut self, word: &Word, splits: bool) -> Result<(), Trouble> {
        let alone = splits && matches!(word.parts.as_slice(), [Part::Hole { inside: Quotes::None, .. }]);
        let mut before = String::new();
        for part in &word.parts {
            match part {
                Part::Bare(text) => before.push_str(text),
                Part::Quoted(_) => before.push('\u{1}'),
                Part::Hole { hole, inside } => {
                    check_before(*hole, *inside, &before)?;
                    before.push('\u{1}');
                    self.places[*hole as usize] = Some(match inside {
                        Quotes::None => Place::Bare { alone },
                        Quotes::Single => Place::Single,
                        Quotes::Double => Place::Double,
                    });
                }
                Part::Expansion { .. } | Part::Array(_) => before.push('\u{1}'),
            }
        }
        self.nested(&word.parts)
    }

    fn nested(&mut self, parts: &[Part]) -> Result<(), Trouble> {
        for part in parts {
            match part {
                Part::Expansion { commands, .. } => {
                    for tokens in commands {
                        self.list(tokens)?;
                    }
                }
                Part::Array(tokens) => {
                    for token in tokens {
                        if let Token::Word(word) = token {
                            self.word(word, true)?;
                        }
                    }
                }
                Part::Bare(_) | Part::Quoted(_) | Part::Hole { .. } => {}
            }
        }
        Ok(())
    }
}

/// Refuses a hole that unquoted text before it, in the same word, would give a meaning.
fn check_before(hole: u32, inside: Quotes, before: &str) -> Result<(), Trouble> {
    if before.contains('[') {
        let why = "it follows an unquoted `[`, which begins a pattern or an index";
        return Err(Trouble::hole(hole, why, "quote the `[`"));
    }
    if inside != Quotes::None {
        return Ok(());
    }
    if before.contains('{') {
        let why = "it follows an unquoted `{`, which begins a brace expansion";
        return Err(Trouble::hole(hole, why, "quote the `{`"));
    }
    let last = before.rsplit(['=', ':']).next().unwrap_or("");
    if last.starts_with('~') && !last.contains('/') {
        return Err(Trouble::hole(hole, "it is joined to a `~`, and would name a user", "write `$HOME/`"));
    }
    Ok(())
}

fn refuse_all(word: &Word, why: &str, help: &str) -> Result<(), Trouble> {
    match word.holes().next() {
        Some((hole, _)) => Err(Trouble::hole(hole, why, help)),
        None => Ok(()),
    }
}

/// Refuses holes where a value would be a program, or code.
fn check_words(words: &[&Word], shell: Shell) -> Result<(), Trouble> {
    let texts: Vec<String> = words.iter().map(|word| text(word)).collect();
    check_shells(&texts, words)?;
    let mut at = 0;
    loop {
        let Some(first) = words.get(at) else { return Ok(()) };
        let help = "write the program itself; to choose between programs, use `if` in the runbook";
        refuse_all(first, "it stands where the shell expects a program", help)?;
        if at > 0 && KEYWORDS.contains(&texts[at].as_str()) {
            return check_opaque(&texts[at - 1], &words[at..]);
        }
        check_arguments(&texts[at], &words[at + 1..])?;
        match wrappers::inside(&texts[at..], shell) {
            Inside::Nothing => return Ok(()),
            Inside::Command(skip) => at += skip,
            Inside::Code { from, to } => return check_code(&texts[at], &words[at + from..at + to]),
            Inside::Opaque(_) => return check_opaque(&texts[at], &words[at + 1..]),
        }
    }
}

/// A shell or interpreter that is given its code may be started by any program: `docker exec web
/// sh -c '…'` reads the code a second time like `sh -c` alone.
fn check_shells(texts: &[String], words: &[&Word]) -> Result<(), Trouble> {
    for at in 0..texts.len() {
        if let Some((from, to)) = wrappers::shell_code(&texts[at..]) {
            check_code(&texts[at], &words[at + from..at + to])?;
        }
        let program = texts[at].rsplit('/').next().unwrap_or_default();
        check_interpreter(program, &texts[at + 1..], &words[at + 1..])?;
    }
    Ok(())
}

fn text(word: &Word) -> String {
    if word.is_expanded() { UNKNOWN.to_owned() } else { word.text(&|_: u32, _: Quotes| UNKNOWN.to_owned()) }
}

fn check_code(program: &str, code: &[&Word]) -> Result<(), Trouble> {
    let why = format!("it stands in code that `{program}` runs, where it would be read a second time");
    let help = match program {
        "sh" | "bash" | "dash" | "ksh" | "zsh" => "pass it as an argument: `sh -c '… \"$1\" …' _ {{ x }}`",
        _ => "give it through `env` or `stdin`, or run the command on a target of its own",
    };
    code.iter().try_for_each(|word| refuse_all(word, &why, help))
}

/// How a wrapper takes its words is not known: none of them may be a value.
fn check_opaque(program: &str, rest: &[&Word]) -> Result<(), Trouble> {
    let why = format!("`{program}` may run its words as a command, as they stand here");
    rest.iter().try_for_each(|word| refuse_all(word, &why, "write the command without it"))
}

fn check_arguments(program: &str, arguments: &[&Word]) -> Result<(), Trouble> {
    let program = program.rsplit('/').next().unwrap_or(program);
    if EVALUATING.contains(&program) {
        let why = format!("`{program}` evaluates its words");
        return arguments.iter().try_for_each(|word| refuse_all(word, &why, "write the command itself"));
    }
    if DECLARING.contains(&program) {
        return check_declared(program, arguments);
    }
    let texts: Vec<String> = arguments.iter().map(|word| text(word)).collect();
    let computes = match program {
        "printf" | "test" | "[" | "wait" => {
            texts.iter().any(|text| text == "-v" || text == "-p" || text == "-R")
        }
        "set" => texts.first().is_none_or(|text| text != "--"),
        "ssh" => true,
        _ => false,
    };
    let why = format!("`{program}` evaluates its words here");
    let checked = if computes { arguments } else { &[] };
    checked.iter().try_for_each(|word| refuse_all(word, &why, "give the value through `env`"))
}

fn check_declared(program: &str, arguments: &[&Word]) -> Result<(), Trouble> {
    let optional = arguments.iter().any(|word| word.bare_start().starts_with(['-', '+']));
    for word in arguments {
        let named = word.assigned_name().is_some_and(|name| word.bare_start()[name.len()..].starts_with('='));
        if optional || !named {
            let why = format!("`{program}` evaluates its words here");
            refuse_all(word, &why, "write `NAME=` before it, without options")?;
        }
    }
    Ok(())
}

fn check_interpreter(program: &str, texts: &[String], arguments: &[&Word]) -> Result<(), Trouble> {
    let Some((_, options)) = INTERPRETERS.iter().find(|(name, _)| *name == program) else { return Ok(()) };
    let Some(at) = texts.iter().position(|text| options.contains(&text.as_str())) else { return Ok(()) };
    let code = arguments.get(at + 1..at + 2).unwrap_or_default();
    check_code(program, code)
}
