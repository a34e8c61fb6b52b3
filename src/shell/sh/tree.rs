//! A script as a tree: brush-parser does the work, within bounds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use super::lex::lex;
use crate::shell::units::of_text;

/// Longer scripts are not taken apart.
const LONGEST: usize = 64 * 1024;
/// How deep brackets and compound commands may stand in one another.
const DEEPEST: usize = 64;

/// Parses a script, or says why it can't be. Our own lexer reads it first: it refuses what shells
/// read in different ways, and what it takes for words is held against what the parser does.
pub(super) fn parse(script: &str, bash: bool, depth: usize) -> Result<Program, String> {
    check_bounds(script)?;
    lex(&of_text(script), bash, depth).map_err(|trouble| trouble.why)?;
    let options =
        ParserOptions { enable_extended_globbing: false, sh_mode: !bash, ..ParserOptions::default() };
    // The parser unwraps in places that text of an attacker could reach: that must not end rutter.
    let parsed = catch_unwind(AssertUnwindSafe(|| Parser::new(script.as_bytes(), &options).parse_program()));
    match parsed {
        Ok(Ok(program)) => Ok(program),
        Ok(Err(_)) => Err("it is not a script that can be read".to_owned()),
        Err(_) => Err("it is more than the parser can read".to_owned()),
    }
}

fn check_bounds(script: &str) -> Result<(), String> {
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
    if deepest(script) > DEEPEST { Err("commands are nested too deep".to_owned()) } else { Ok(()) }
}

/// How deep brackets and compound commands stand in one another at most; quotes are not heeded.
fn deepest(script: &str) -> usize {
    let (mut deepest, mut brackets, mut compounds) = (0_usize, 0_usize, 0_usize);
    for word in script.split_inclusive([' ', '\t', '\n', ';', '&', '|', '(', ')', '{', '}']) {
        match word.trim_end_matches([' ', '\t', '\n', ';', '&', '|', '(', ')', '{', '}']) {
            "if" | "for" | "while" | "until" | "case" | "select" | "!" | "time" | "coproc" | "function" => {
                compounds += 1;
            }
            "fi" | "done" | "esac" => compounds = compounds.saturating_sub(1),
            _ => {}
        }
        match word.chars().last() {
            Some('(' | '{') => brackets += 1,
            Some(')' | '}') => brackets = brackets.saturating_sub(1),
            Some('\n' | ';') if brackets == 0 && compounds < 8 => {}
            Some(_) | None => {}
        }
        deepest = deepest.max(brackets + compounds);
    }
    deepest
}
