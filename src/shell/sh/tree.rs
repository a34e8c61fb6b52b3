//! A script as a tree: brush-parser does the work, within bounds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use brush_parser::ast::{
    AndOrList, Command, CommandPrefixOrSuffixItem, CommandSuffix, CompoundList, CompoundListItem, Pipeline,
    Program, SeparatorOperator, SimpleCommand, Word,
};
use brush_parser::{ParseError, Parser, ParserOptions};

use super::lex::lex;
use crate::shell::units::of_text;

/// Longer scripts are not taken apart.
const LONGEST: usize = 64 * 1024;
/// How deep brackets and compound commands may stand in one another. The parser takes twice the
/// time or more for each level of some of them.
const DEEPEST: Depth = Depth { arithmetic: 3, parentheses: 12, braces: 40, cases: 5, compounds: 24 };

/// How many of each are open.
#[derive(Clone, Copy, Default)]
struct Depth {
    arithmetic: usize,
    parentheses: usize,
    braces: usize,
    cases: usize,
    compounds: usize,
}

/// Parses a script, or says why it can't be. Our own lexer reads it first: it refuses what shells
/// read in different ways, and what it takes for words is held against what the parser does.
pub(super) fn parse(script: &str, bash: bool, depth: usize) -> Result<Program, String> {
    if let Some(words) = plain_words(script) {
        return Ok(program_of(words));
    }
    parse_any(script, bash, depth)
}

fn parse_any(script: &str, bash: bool, depth: usize) -> Result<Program, String> {
    check_bounds(script)?;
    lex(&of_text(script), bash, depth).map_err(|trouble| trouble.why)?;
    match parsed(script, bash) {
        Some(Ok(program)) => Ok(program),
        Some(Err(_)) => Err("it is not a script that can be read".to_owned()),
        None => Err("it is more than the parser can read".to_owned()),
    }
}

/// What the parser makes of a script; nothing where it panics.
pub(super) fn parsed(script: &str, bash: bool) -> Option<Result<Program, ParseError>> {
    let options =
        ParserOptions { enable_extended_globbing: false, sh_mode: !bash, ..ParserOptions::default() };
    // The parser unwraps in places that text of an attacker could reach: that must not end rutter.
    catch_unwind(AssertUnwindSafe(|| Parser::new(script.as_bytes(), &options).parse_program())).ok()
}

/// Words that begin something else than a command.
const RESERVED: [&str; 18] = [
    "case",
    "coproc",
    "do",
    "done",
    "elif",
    "else",
    "esac",
    "fi",
    "for",
    "function",
    "if",
    "in",
    "select",
    "then",
    "time",
    "until",
    "while",
    "namespace",
];

/// The words of one command in which no character means anything: most commands are, and need no parser.
fn plain_words(script: &str) -> Option<Vec<&str>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _./:,-=".contains(&byte);
    if script.len() > LONGEST || !script.bytes().all(plain) {
        return None;
    }
    let words: Vec<&str> = script.split(' ').filter(|word| !word.is_empty()).collect();
    let assigns = words.iter().any(|word| word.contains('=') && !word.starts_with('-'));
    let begins = words.first().is_some_and(|first| !first.starts_with('-') && !RESERVED.contains(first));
    (begins && !assigns).then_some(words)
}

fn program_of(words: Vec<&str>) -> Program {
    let mut words = words.into_iter().map(|word| Word { value: word.to_owned(), loc: None });
    let word_or_name = words.next();
    let suffix: Vec<_> = words.map(CommandPrefixOrSuffixItem::Word).collect();
    let suffix = (!suffix.is_empty()).then_some(CommandSuffix(suffix));
    let command = Command::Simple(SimpleCommand { prefix: None, word_or_name, suffix });
    let first = Pipeline { timed: None, bang: false, seq: vec![command] };
    let list = AndOrList { first, additional: Vec::new() };
    Program {
        complete_commands: vec![CompoundList(vec![CompoundListItem(list, SeparatorOperator::Sequence)])],
    }
}

/// Refuses what would take the parser too long.
pub(super) fn check_bounds(script: &str) -> Result<(), String> {
    if script.len() > LONGEST {
        return Err("the script is too long".to_owned());
    }
    if script.contains(['\0', '\r']) {
        return Err("it holds control characters".to_owned());
    }
    // The parser can't hold such a number.
    let mut digits = script.split(|c: char| !c.is_ascii_digit()).map(str::len);
    if script.contains(['<', '>']) && digits.any(|digits| digits > 9) {
        return Err("a number in it is too long".to_owned());
    }
    if is_too_deep(script) { Err("commands are nested too deep".to_owned()) } else { Ok(()) }
}

/// Whether too many brackets or compound commands are open somewhere; quotes are not heeded.
fn is_too_deep(script: &str) -> bool {
    let ends = [' ', '\t', '\n', ';', '&', '|', '(', ')', '{', '}', '`', '<', '>'];
    let mut open = Depth::default();
    let mut before = ' ';
    for word in script.split_inclusive(ends) {
        open.keyword(word.trim_end_matches(ends));
        let end = word.chars().last().unwrap_or(' ');
        open.bracket(end, word.len() == 1 && before == end);
        before = end;
        if open.exceeds(DEEPEST) {
            return true;
        }
    }
    false
}

impl Depth {
    fn keyword(&mut self, word: &str) {
        match word {
            "case" => self.cases += 1,
            "esac" => self.cases = self.cases.saturating_sub(1),
            "if" | "for" | "while" | "until" | "select" | "coproc" | "function" => self.compounds += 1,
            "fi" | "done" => self.compounds = self.compounds.saturating_sub(1),
            _ => {}
        }
    }

    fn bracket(&mut self, bracket: char, doubled: bool) {
        match bracket {
            '(' => {
                self.parentheses += 1;
                self.arithmetic += usize::from(doubled);
            }
            ')' => {
                self.parentheses = self.parentheses.saturating_sub(1);
                self.arithmetic = self.arithmetic.saturating_sub(usize::from(doubled));
            }
            '{' => self.braces += 1,
            '}' => self.braces = self.braces.saturating_sub(1),
            _ => {}
        }
    }

    fn exceeds(&self, most: Depth) -> bool {
        self.arithmetic > most.arithmetic
            || self.parentheses > most.parentheses
            || self.braces > most.braces
            || self.cases > most.cases
            || self.compounds > most.compounds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All but the places.
    fn shown(program: &Program) -> String {
        let debug = format!("{program:?}");
        let place =
            regex::Regex::new(r"loc: (None|Some\(SourceSpan \{.*?\}, end: SourcePosition \{[^}]*\} \}\))");
        place.map(|place| place.replace_all(&debug, "loc: _").into_owned()).unwrap_or_default()
    }

    proptest! {
        #[test]
        fn plain_words_are_read_as_the_parser_reads_them(
            words in prop::collection::vec("(-{0,2}[a-z0-9A-Z_./:,=]{1,6}|if|do|time|in|export|-|[0-9]|--[a-z]+=[a-z]+)", 1..6),
            gap in " {1,2}",
            bash: bool,
        ) {
            let script = format!("{gap}{}{gap}", words.join(&gap));
            if let Some(words) = plain_words(&script) {
                let parsed = parse_any(&script, bash, 1);
                prop_assert_eq!(parsed.map(|program| shown(&program)), Ok(shown(&program_of(words))));
            }
        }
    }

    #[test]
    fn words_that_mean_more_are_left_to_the_parser() {
        for script in ["", " ", "if a", "A=1 b", "a $b", "a;b", "a\nb", "a *", "~/a", "a #b", "-a", "a b=c"] {
            assert_eq!(plain_words(script), None, "{script}");
        }
        assert_eq!(plain_words("df --output=pcent /var"), Some(vec!["df", "--output=pcent", "/var"]));
    }
}
