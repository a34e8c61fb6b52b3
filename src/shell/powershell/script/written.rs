//! Commands as words: which one a name means, and what its arguments become.

use super::assigned::sets_variable;
use super::chars::is_dash;
use super::tree::{Argument, Called, Command, Expr};
use super::values::{Val, spelled};
use super::walk::{Walker, is_sensitive};
use crate::shell::Word;
use crate::shell::known::rows;
use crate::shell::powershell::inside::full_name;

/// Files that some other program reads as its script.
const SCRIPTS: [&str; 12] =
    [".ps1", ".bat", ".cmd", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".msc", ".psm1", ".hta"];
/// Parameters that have no value, whatever follows them.
const TRUE_OR_FALSE: [&str; 2] = ["True", "False"];

impl Walker {
    /// What a command runs, and what it puts out; `flow` is what a pipe brings it.
    pub(super) fn command(&mut self, command: &Command, flow: Option<&Val>) -> Val {
        if let (Expr::Block(block), true) = (&command.name, command.called != Called::Plainly) {
            self.parts(command);
            self.branches(&[], std::slice::from_ref(&**block));
            return Val::Unknown;
        }
        match self.value(&command.name) {
            Val::Text(name) if !name.is_empty() => self.named(&name, command, flow),
            Val::Number(name) => self.named(&name, command, flow),
            Val::Block(_) => {
                self.parts(command);
                Val::Unknown
            }
            _ => {
                self.parts(command);
                self.opaque("which program it runs is only known on the host");
                Val::Unknown
            }
        }
    }

    /// What the arguments themselves run.
    pub(super) fn parts(&mut self, command: &Command) -> Vec<(Option<String>, Val)> {
        let mut found = Vec::new();
        for argument in &command.arguments {
            match argument {
                Argument::Parameter { name, value } => {
                    let value = value.as_ref().map_or(Val::Unknown, |value| self.value(value));
                    found.push((Some(name.to_lowercase()), value));
                }
                Argument::Value(value) => found.push((None, self.value(value))),
                Argument::Splat(_) | Argument::Verbatim(_) => found.push((None, Val::Unknown)),
            }
        }
        found
    }

    fn named(&mut self, name: &str, command: &Command, flow: Option<&Val>) -> Val {
        let name: String = name.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
        let lower = name.to_lowercase();
        if self.names.functions.contains(&lower) {
            self.parts(command);
            return Val::Unknown;
        }
        let name = self.names.aliases.get(&lower).cloned().unwrap_or(name);
        let lower = name.to_lowercase();
        if SCRIPTS.iter().any(|end| lower.trim_end_matches(['.', ' ']).ends_with(end)) {
            self.parts(command);
            self.opaque(format!("what the script `{name}` does is not known"));
            return Val::Unknown;
        }
        let meant = meant(&lower);
        if let Some(value) = self.carried(&meant, command, flow) {
            return value;
        }
        self.plainly(&name, &meant, command, flow)
    }

    /// A command that is no more than its words.
    fn plainly(&mut self, name: &str, meant: &str, command: &Command, flow: Option<&Val>) -> Val {
        let mut words = vec![Word::known(name)];
        words.extend(self.arguments_of(meant, command));
        let produced = super::producers::produced(meant, &words, flow);
        words.extend(super::producers::brought(meant, flow));
        self.words(words);
        produced
    }

    /// The arguments as words: lists parted, `-Name:value` parted, what is not known marked.
    pub(super) fn arguments_of(&mut self, meant: &str, command: &Command) -> Vec<Word> {
        let cmdlet = is_cmdlet(meant);
        let mut words: Vec<Word> = Vec::new();
        let mut parameter: Option<String> = None;
        for argument in &command.arguments {
            match argument {
                Argument::Parameter { name, value } => {
                    self.check_parameter(name, cmdlet);
                    words.push(Word::known(name));
                    parameter = Some(name.clone());
                    if let Some(value) = value {
                        self.attached(&mut words, name, value, cmdlet);
                        parameter = None;
                    }
                }
                Argument::Value(value) => {
                    let found = self.value(value);
                    add(&mut words, parameter.take(), value, found, meant);
                }
                Argument::Splat(name) => self.splat(&mut words, name, meant),
                Argument::Verbatim(rest) => words.extend(rest.split_whitespace().map(verbatim)),
            }
        }
        words
    }

    /// A variable that a parameter of any command sets.
    fn check_parameter(&mut self, name: &str, cmdlet: bool) {
        if cmdlet && sets_variable(name) {
            self.names.variables.clear();
            self.opaque(format!("which variable `{name}` sets can't be followed"));
        }
    }

    /// The value of `-Name:value`.
    fn attached(&mut self, words: &mut Vec<Word>, name: &str, value: &Expr, cmdlet: bool) {
        let found = self.value(value);
        let text = found.text();
        if cmdlet {
            match text.as_deref() {
                Some("False") if matches!(value, Expr::Variable(_)) => {
                    words.pop();
                }
                Some(text) if matches!(value, Expr::Variable(_)) && TRUE_OR_FALSE.contains(&text) => {}
                _ => add(words, Some(name.to_owned()), value, found, "-"),
            }
            return;
        }
        let spelled = text.as_ref().map_or_else(|| spelled(value), Clone::clone);
        words.pop();
        words.push(Word { text: format!("{name}:{spelled}"), known: text.is_some() });
    }

    fn splat(&mut self, words: &mut Vec<Word>, name: &str, meant: &str) {
        match self.variable(name) {
            Val::Hash(pairs) => {
                for (key, value) in pairs {
                    let parameter = format!("-{key}");
                    self.check_parameter(&parameter, true);
                    match value.text().as_deref() {
                        Some("False") => {}
                        Some("True") => words.push(Word::known(parameter)),
                        _ => {
                            words.push(Word::known(&parameter));
                            let unknown = Expr::Variable(name.to_owned());
                            add(words, Some(parameter), &unknown, value, meant);
                        }
                    }
                }
            }
            Val::List(items) => words.extend(items.into_iter().map(Word::known)),
            _ => self.opaque(format!("what `@{name}` brings is not known")),
        }
    }
}

/// The command that a name means: paths and endings taken off, aliases resolved.
pub(super) fn meant(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let plain = base.strip_suffix(".exe").unwrap_or(base);
    if base == name { full_name(name).to_lowercase() } else { plain.to_owned() }
}

/// Whether a name is that of a command of PowerShell.
pub(super) fn is_cmdlet(meant: &str) -> bool {
    let verb = meant.split_once('-').map(|(verb, _)| verb);
    let verbs = rows(include_str!("../verbs.txt")).flat_map(str::split_whitespace);
    verb.is_some_and(|verb| verbs.into_iter().any(|known| known.eq_ignore_ascii_case(verb)))
}

/// Whether the tables, or this reader, know a command of this name, so that another one hides it.
pub(super) fn is_well_known(name: &str) -> bool {
    let tables = rows(include_str!("../../known/windows.txt"));
    let programs = tables.filter(|row| !row.starts_with(' ')).filter_map(|row| row.split_whitespace().next());
    let known = programs.flat_map(|names| names.split('|')).any(|known| match known.strip_suffix("...") {
        Some("") => false,
        Some(start) => is_built_in(name) && name.starts_with(start),
        None => known.eq_ignore_ascii_case(name),
    });
    known || full_name(name) != name || super::carriers::is_carrier(name) || is_sensitive(name)
}

/// Commands of PowerShell's own whose output is followed.
fn is_built_in(name: &str) -> bool {
    const FOLLOWED: [&str; 8] = [
        "get-service",
        "get-process",
        "get-content",
        "get-variable",
        "get-command",
        "write-output",
        "select-object",
        "sort-object",
    ];
    FOLLOWED.contains(&name)
}

/// A word after `--%`.
fn verbatim(word: &str) -> Word {
    let text = word.replace('"', "");
    if text.contains('%') { Word::expanded(format!("${text}")) } else { Word::known(text) }
}

/// The words of one value, for a parameter or for none.
fn add(words: &mut Vec<Word>, parameter: Option<String>, of: &Expr, value: Val, meant: &str) {
    let cmdlet = meant == "-" || is_cmdlet(meant);
    let fetched = super::producers::takes_fetched(meant);
    match value {
        Val::Objects(objects) if fetched => {
            if parameter.is_some() {
                words.pop();
            }
            words.extend(objects.chosen);
        }
        Val::List(items) if cmdlet => {
            for (at, item) in items.into_iter().enumerate() {
                if let (true, Some(parameter)) = (at > 0, &parameter) {
                    words.push(Word::known(parameter));
                }
                words.push(argument(item, cmdlet));
            }
        }
        // A program of its own gets `a,b` as one word.
        Val::List(items) => words.push(Word::known(items.join(","))),
        Val::Text(text) | Val::Number(text) => words.push(argument(text, cmdlet)),
        Val::Hash(_) | Val::Block(_) | Val::Objects(_) | Val::Unknown => {
            words.push(Word::expanded(spelled(of)));
        }
    }
}

/// A value that looks like a parameter is none.
fn argument(text: String, cmdlet: bool) -> Word {
    let like_parameter =
        cmdlet && text.starts_with('-') && !text[1..].starts_with(|c: char| c.is_ascii_digit());
    if like_parameter { Word::expanded(format!("$({text})")) } else { Word::known(text) }
}
