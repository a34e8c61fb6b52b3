//! The tables of what programs do, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::shell::Pattern;
use crate::shell::known::rows;
use crate::value::Shell;

/// The programs that one family of shells can start.
#[derive(Default)]
pub(super) struct Programs {
    named: HashMap<&'static str, Program>,
    /// Those whose names begin with this.
    beginning: Vec<(&'static str, Program)>,
}

/// A program, or one of its subcommands.
#[derive(Default)]
pub(super) struct Program {
    pub options: HashMap<String, Takes>,
    /// Any option may be given.
    pub any_option: bool,
    pub rows: Vec<Row>,
    pub subcommands: HashMap<&'static str, Program>,
}

/// How an option goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// With it, the program only looks.
    Looks,
    /// With it, nothing is known.
    Unknown,
}

/// One line: which words it is about, and what they do.
pub(super) struct Row {
    pub operands: Option<Pattern>,
    pub given: Vec<Given>,
    pub rules: Vec<Rule>,
}

/// An option that must be given, by any of its names, with a value that fits.
pub(super) struct Given {
    pub names: Vec<&'static str>,
    pub value: Option<Pattern>,
}

/// What stands after the arrow.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Looks,
    Unknown(&'static str),
    Does { verb: &'static str, kind: &'static str, names: Vec<NameRule> },
}

/// Where names come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum NameRule {
    /// Operands from this one on; the first is 1.
    From {
        first: usize,
        found: bool,
    },
    /// This operand.
    At {
        place: usize,
        found: bool,
    },
    /// The last operand.
    Last,
    /// The value of this option.
    Option(&'static str),
    Literal(&'static str),
}

static POSIX: LazyLock<Programs> =
    LazyLock::new(|| read(include_str!("../known/posix.txt"), Shell::Bash).unwrap_or_default());
static WINDOWS: LazyLock<Programs> =
    LazyLock::new(|| read(include_str!("../known/windows.txt"), Shell::Cmd).unwrap_or_default());

/// What is known of the programs that `shell` can start.
pub(super) fn programs(shell: Shell) -> &'static Programs {
    match shell {
        Shell::Sh | Shell::Bash => &POSIX,
        Shell::PowerShell | Shell::Pwsh | Shell::Cmd => &WINDOWS,
    }
}

impl Programs {
    pub(super) fn find(&self, name: &str) -> Option<&Program> {
        let begins = || self.beginning.iter().find(|(start, _)| name.starts_with(start));
        self.named.get(name).or_else(|| begins().map(|(_, program)| program))
    }
}

/// Reads a table, its patterns as `shell` has them; the error names the line that can't be read.
pub(super) fn read(text: &'static str, shell: Shell) -> Result<Programs, String> {
    let mut reading =
        Reading { shell, common: Program::default(), programs: Programs::default(), open: None };
    for line in rows(text) {
        reading.line(line).map_err(|why| format!("`{line}`: {why}"))?;
    }
    reading.close();
    Ok(reading.programs)
}

struct Reading {
    shell: Shell,
    /// Options that every program takes.
    common: Program,
    programs: Programs,
    /// The heading under which lines stand, and what they said.
    open: Option<(Vec<&'static str>, Program)>,
}

impl Reading {
    fn line(&mut self, line: &'static str) -> Result<(), String> {
        let text = line.trim();
        if line.starts_with(' ') {
            let shell = self.shell;
            let (_, program) = self.open.as_mut().ok_or("it stands under no program")?;
            return inside(program, text, shell);
        }
        self.close();
        match text.strip_prefix("options ") {
            Some(options) => read_options(&mut self.common, options),
            None => self.open = Some((text.split_whitespace().collect(), Program::default())),
        }
        Ok(())
    }

    /// Puts what was read of a heading into every program that it names.
    fn close(&mut self) {
        let Some((heading, program)) = self.open.take() else { return };
        let Some((names, subcommands)) = heading.split_first() else { return };
        if program.says_nothing() {
            return;
        }
        for name in names.split('|') {
            self.merge(name, subcommands, &program);
        }
    }

    fn merge(&mut self, name: &'static str, subcommands: &[&'static str], program: &Program) {
        let root = self.root(name);
        for section in sections(root, subcommands) {
            section.options.extend(program.options.iter().map(|(name, takes)| (name.clone(), *takes)));
            section.any_option |= program.any_option;
            section.rows.extend(program.rows.iter().map(Row::copy));
        }
    }

    fn root(&mut self, name: &'static str) -> &mut Program {
        let fresh = || Program { options: self.common.options.clone(), ..Program::default() };
        let Some(start) = name.strip_suffix("...") else {
            return self.programs.named.entry(name).or_insert_with(fresh);
        };
        let beginning = &mut self.programs.beginning;
        let at = beginning.iter().position(|(known, _)| *known == start).unwrap_or(beginning.len());
        if at == beginning.len() {
            beginning.push((start, fresh()));
        }
        &mut beginning[at].1
    }
}

impl Program {
    fn says_nothing(&self) -> bool {
        self.rows.is_empty() && self.options.is_empty() && !self.any_option
    }
}

impl Row {
    fn copy(&self) -> Self {
        let given = |given: &Given| Given { names: given.names.clone(), value: given.value.clone() };
        Self {
            operands: self.operands.clone(),
            given: self.given.iter().map(given).collect(),
            rules: self.rules.clone(),
        }
    }
}

/// The sections that a heading such as `docker container|image ls` opens.
fn sections<'p>(root: &'p mut Program, subcommands: &[&'static str]) -> Vec<&'p mut Program> {
    let Some((names, rest)) = subcommands.split_first() else { return vec![root] };
    let wanted: Vec<_> = names.split('|').collect();
    for name in &wanted {
        root.subcommands.entry(name).or_default();
    }
    let found = root.subcommands.iter_mut().filter(|(name, _)| wanted.contains(name));
    found.flat_map(|(_, section)| sections(section, rest)).collect()
}

fn inside(program: &mut Program, text: &'static str, shell: Shell) -> Result<(), String> {
    if let Some(options) = text.strip_prefix("options ") {
        read_options(program, options);
        return Ok(());
    }
    let (words, rules) = text.split_once("->").ok_or("there is no `->` in it")?;
    let rules = rules.split(", ").map(|rule| read_rule(rule.trim())).collect::<Result<_, _>>()?;
    let (given, operands): (Vec<_>, Vec<_>) =
        words.split_whitespace().partition(|word| is_option(word, shell));
    let operands = (!operands.is_empty()).then(|| Pattern::command(&operands.join(" "), shell));
    let operands = operands.transpose().map_err(|(_, why)| why)?;
    let given = given.into_iter().map(read_given).collect::<Result<_, _>>()?;
    program.rows.push(Row { operands, given, rules });
    Ok(())
}

/// Whether a word of a row names an option.
fn is_option(word: &str, shell: Shell) -> bool {
    let slashed = shell.is_of_windows() && word.starts_with('/');
    slashed || word.starts_with('-') && word.len() > 1
}

fn read_options(program: &mut Program, text: &'static str) {
    for word in text.split_whitespace() {
        if word == "..." {
            program.any_option = true;
            continue;
        }
        let takes = match word.as_bytes().last() {
            Some(b'=') => Takes::Value,
            Some(b'.') => Takes::Looks,
            Some(b'!') => Takes::Unknown,
            _ => Takes::Nothing,
        };
        program.options.insert(word.trim_end_matches(['=', '.', '!']).to_owned(), takes);
    }
}

fn read_given(word: &'static str) -> Result<Given, String> {
    let (names, value) = word.split_once('=').map_or((word, None), |(names, value)| (names, Some(value)));
    let value = value.map(|value| Pattern::command(value, Shell::Cmd)).transpose();
    Ok(Given { names: names.split('|').collect(), value: value.map_err(|(_, why)| why)? })
}

fn read_rule(text: &'static str) -> Result<Rule, String> {
    if text == "looks" {
        return Ok(Rule::Looks);
    }
    if let Some(why) = text.strip_prefix("unknown") {
        return Ok(Rule::Unknown(why.trim()));
    }
    let mut words = text.split_whitespace();
    let (Some(verb), Some(kind)) = (words.next(), words.next()) else {
        return Err(format!("`{text}` does not say what is done to what"));
    };
    Ok(Rule::Does { verb, kind, names: words.map(read_name).collect::<Result<_, _>>()? })
}

/// `<2>`, `<2..>`, `<last>`, with `~` before it for a regular expression; `-Option`; a literal.
fn read_name(word: &'static str) -> Result<NameRule, String> {
    let (word, found) = word.strip_prefix('~').map_or((word, false), |word| (word, true));
    let Some(inner) = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) else {
        let option = word.starts_with(['-', '/']);
        return Ok(if option { NameRule::Option(word) } else { NameRule::Literal(word) });
    };
    if inner == "last" {
        return Ok(NameRule::Last);
    }
    let number = inner.trim_end_matches("..");
    let place = number.parse().map_err(|_| format!("`{word}` is no place"))?;
    match inner.ends_with("..") {
        true => Ok(NameRule::From { first: place, found }),
        false => Ok(NameRule::At { place, found }),
    }
}
