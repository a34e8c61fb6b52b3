//! Where each hole of a command stands, or why no value may stand there.

use super::grammar::{Item, KEYWORDS, Role, Simple, items};
use super::lex::lex;
use super::token::{Part, Token, Word};
use crate::shell::units::{Trouble, Unit};
use crate::shell::wrappers::{self, Inside};
use crate::shell::{self, Place, Quotes, Unquotable, cmd, interpreters};
use crate::value::Shell;

/// Stands for what is not known while a command is a template.
const UNKNOWN: &str = "\u{1}";
const HELP_PIPED: &str = "run the command itself, or give the value through `env`";

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
        check_piped(tokens, self.shell)?;
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
            if *operator == "<<<" && runs_input(&simple.words, self.shell) {
                refuse_deep(target, "a shell runs it as its input", HELP_PIPED)?;
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
        let mut before = Before::default();
        for part in &word.parts {
            match part {
                Part::Bare(text) => before.add(text),
                Part::Quoted(_) | Part::Expansion { .. } | Part::Array(_) => before.add(UNKNOWN),
                Part::Hole { hole, inside } => {
                    before.check(*hole, *inside)?;
                    before.add(UNKNOWN);
                    self.places[*hole as usize] = Some(match inside {
                        Quotes::None => Place::Bare { alone },
                        Quotes::Single => Place::Single,
                        Quotes::Double => Place::Double,
                    });
                }
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

/// What unquoted text before a hole, in the same word, would make of it.
#[derive(Default)]
struct Before {
    bracket: bool,
    brace: bool,
    /// What follows the last `=` or `:`, as far as it matters: its first character, and any `/` in it.
    first: Option<char>,
    slash: bool,
}

impl Before {
    fn add(&mut self, text: &str) {
        for c in text.chars() {
            self.bracket |= c == '[';
            self.brace |= c == '{';
            if matches!(c, '=' | ':') {
                (self.first, self.slash) = (None, false);
            } else {
                self.first = self.first.or(Some(c));
                self.slash |= c == '/';
            }
        }
    }

    fn check(&self, hole: u32, inside: Quotes) -> Result<(), Trouble> {
        if self.bracket {
            let why = "it follows an unquoted `[`, which begins a pattern or an index";
            return Err(Trouble::hole(hole, why, "quote the `[`"));
        }
        if inside != Quotes::None {
            return Ok(());
        }
        if self.brace {
            let why = "it follows an unquoted `{`, which begins a brace expansion";
            return Err(Trouble::hole(hole, why, "quote the `{`"));
        }
        if self.first == Some('~') && !self.slash {
            let why = "it is joined to a `~`, and would name a user";
            return Err(Trouble::hole(hole, why, "write `$HOME/`"));
        }
        Ok(())
    }
}

/// Refuses values that go through a pipe to a shell, which would run them.
fn check_piped(tokens: &[Token], shell: Shell) -> Result<(), Trouble> {
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token, Token::Operator("|" | "|&")) {
            continue;
        }
        let words =
            tokens[at + 1..].iter().skip_while(|token| matches!(token, Token::Newline | Token::Body(_)));
        let words: Vec<&Word> = words.map_while(as_word).collect();
        if runs_input(&words, shell) {
            let why = "what it stands in is piped into a shell, which runs it";
            tokens[pipeline_start(tokens, at)..at]
                .iter()
                .filter_map(as_word)
                .try_for_each(|word| refuse_deep(word, why, HELP_PIPED))?;
        }
    }
    Ok(())
}

fn as_word(token: &Token) -> Option<&Word> {
    match token {
        Token::Word(word) => Some(word),
        Token::Operator(_) | Token::Descriptor(_) | Token::Newline | Token::Body(_) => None,
    }
}

/// Where the pipeline begins that a `|` belongs to; behind a compound command, all before it counts.
fn pipeline_start(tokens: &[Token], pipe: usize) -> usize {
    let parts =
        |token: &Token| matches!(token, Token::Newline | Token::Operator(";" | "&" | "&&" | "||" | ";;"));
    let compound = match pipe.checked_sub(1).map(|before| &tokens[before]) {
        Some(Token::Word(word)) => {
            word.keyword().is_some_and(|word| matches!(word, "}" | "done" | "fi" | "esac"))
        }
        Some(Token::Operator(")")) => true,
        Some(_) | None => false,
    };
    let start = if compound { None } else { tokens[..pipe].iter().rposition(parts) };
    start.map_or(0, |at| at + 1)
}

/// Whether a command is a shell, or an interpreter, that reads what it runs from its input.
fn runs_input(words: &[&Word], shell: Shell) -> bool {
    let texts: Vec<shell::Word> = words.iter().map(|word| shell::Word::known(text(word))).collect();
    let mut at = 0;
    loop {
        let Some(program) = texts.get(at) else { return false };
        let name = program.rsplit('/').next().unwrap_or(program);
        if interpreters::reads_code(name) {
            return texts[at + 1..]
                .iter()
                .all(|word| word.starts_with('-') && !interpreters::takes_code(name, word))
                || texts[at + 1..].iter().any(|word| matches!(word.text.as_str(), "-s" | "-"));
        }
        match wrappers::inside(&texts[at..], shell) {
            Inside::Command(skip) => at += skip,
            Inside::Nothing
            | Inside::Code { .. }
            | Inside::Words(_)
            | Inside::Text { .. }
            | Inside::Opaque(_) => return false,
        }
    }
}

/// Refuses the holes of a word, those in nested commands too.
fn refuse_deep(word: &Word, why: &str, help: &str) -> Result<(), Trouble> {
    match first_hole(&word.parts) {
        Some(hole) => Err(Trouble::hole(hole, why, help)),
        None => Ok(()),
    }
}

fn first_hole(parts: &[Part]) -> Option<u32> {
    let in_tokens = |tokens: &Vec<Token>| {
        tokens.iter().find_map(|token| match token {
            Token::Word(word) => first_hole(&word.parts),
            Token::Body(parts) => first_hole(parts),
            Token::Operator(_) | Token::Descriptor(_) | Token::Newline => None,
        })
    };
    parts.iter().find_map(|part| match part {
        Part::Hole { hole, .. } => Some(*hole),
        Part::Expansion { commands, .. } => commands.iter().find_map(in_tokens),
        Part::Array(tokens) => in_tokens(tokens),
        Part::Bare(_) | Part::Quoted(_) => None,
    })
}

fn refuse_all(word: &Word, why: &str, help: &str) -> Result<(), Trouble> {
    match word.holes().next() {
        Some((hole, _)) => Err(Trouble::hole(hole, why, help)),
        None => Ok(()),
    }
}

/// Refuses holes where a value would be a program, or code.
fn check_words(words: &[&Word], shell: Shell) -> Result<(), Trouble> {
    let texts: Vec<shell::Word> = words.iter().map(|word| shell::Word::known(text(word))).collect();
    check_shells(&texts, words)?;
    let mut at = 0;
    loop {
        let Some(first) = words.get(at) else { return Ok(()) };
        let help = "write the program itself; to choose between programs, use `if` in the runbook";
        refuse_all(first, "it stands where the shell expects a program", help)?;
        if at > 0 && KEYWORDS.contains(&texts[at].text.as_str()) {
            return check_opaque(&texts[at - 1], &words[at..]);
        }
        if cmd::is_batch(&texts[at]) {
            let why = format!("`{}` is read by cmd, and no value can be quoted safely for cmd", texts[at]);
            let help = "give the value through `env` or `stdin`";
            return words[at + 1..].iter().try_for_each(|word| refuse_deep(word, &why, help));
        }
        check_arguments(&texts[at], &words[at + 1..])?;
        match wrappers::inside(&texts[at..], shell) {
            Inside::Nothing => return Ok(()),
            Inside::Command(skip) => at += skip,
            Inside::Code { from, to } => return check_code(&texts[at], &words[at + from..at + to]),
            Inside::Words(_) | Inside::Text { .. } | Inside::Opaque(_) => {
                return check_opaque(&texts[at], &words[at + 1..]);
            }
        }
    }
}

/// A shell or interpreter that is given its code may be started by any program: `docker exec web
/// sh -c '…'` reads the code a second time like `sh -c` alone.
fn check_shells(texts: &[shell::Word], words: &[&Word]) -> Result<(), Trouble> {
    for at in 0..texts.len() {
        if let Some((from, to)) = wrappers::shell_code(&texts[at..]) {
            check_code(&texts[at], &words[at + from..at + to])?;
        }
        let program = texts[at].rsplit('/').next().unwrap_or_default();
        check_interpreter(program, &texts[at + 1..], &words[at + 1..])?;
        if runs_cmd(&texts[at..]) {
            let why = format!("`{}` is cmd, and no value can be quoted safely for cmd", texts[at]);
            let help = "give the value through `env` or `stdin`";
            words[at + 1..].iter().try_for_each(|word| refuse_deep(word, &why, help))?;
        }
    }
    Ok(())
}

/// `cmd.exe`, or `cmd /c`, as far as a shell of the sh family runs on Windows.
fn runs_cmd(texts: &[shell::Word]) -> bool {
    let name = texts[0].rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    let option = |word: &shell::Word| {
        word.trim_start_matches('/').to_lowercase().starts_with(['c', 'k']) && word.starts_with('/')
    };
    name == "cmd.exe" || (name == "cmd" && texts.get(1).is_some_and(option))
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
    code.iter().try_for_each(|word| refuse_deep(word, &why, help))
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
        return arguments.iter().try_for_each(|word| refuse_deep(word, &why, "write the command itself"));
    }
    if DECLARING.contains(&program) {
        return check_declared(program, arguments);
    }
    let texts: Vec<shell::Word> = arguments.iter().map(|word| shell::Word::known(text(word))).collect();
    let computes = match program {
        "printf" | "test" | "[" | "wait" => {
            texts.iter().any(|text| matches!(text.text.as_str(), "-v" | "-p" | "-R"))
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

/// `python -c CODE`, and `awk` and `sed`, whose first word is code that can run commands too.
fn check_interpreter(program: &str, texts: &[shell::Word], arguments: &[&Word]) -> Result<(), Trouble> {
    let options = texts.iter().enumerate().filter(|(_, option)| interpreters::takes_code(program, option));
    let mut code: Vec<usize> = options.map(|(at, _)| at + 1).collect();
    if code.is_empty() {
        let with_value = interpreters::options_before_code(program);
        code.extend(with_value.and_then(|with_value| first_operand(texts, with_value)));
    }
    let why = format!("it stands in code that `{program}` runs, where it would be read a second time");
    let help = match program {
        "sed" => "the `replace` filter of an expression changes text; `awk -v` takes a value",
        _ if program.ends_with("awk") => "pass it with `-v name={{ x }}`, and use `name` in the code",
        _ => "give it through `env` or `stdin`, or run the command on a target of its own",
    };
    code.iter().filter_map(|at| arguments.get(*at)).try_for_each(|word| refuse_deep(word, &why, help))
}

/// The first word that is no option, nor the value of one. With `-f FILE`, there is no code.
fn first_operand(texts: &[shell::Word], with_value: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = texts.get(at) {
        match word.strip_prefix('-') {
            Some("f") => return None,
            Some("-") => return Some(at + 1),
            Some(option) if option.len() == 1 && with_value.contains(option) => at += 2,
            Some(option) if !option.is_empty() => at += 1,
            Some(_) | None => return Some(at),
        }
    }
    None
}
