//! Values in commands: what a shell makes of them is held against real shells, and against
//! readers of PowerShell that know nothing of the one under test.

mod lexers;
mod powershell;
mod powershell_tokenizer;
mod sh;

use proptest::prelude::*;
use rutter::shell::{Piece, Place, places, quote};
use rutter::value::Shell;

/// Values that are hard to quote: a JSON string a line. `#` begins a heading.
fn hard_values() -> Vec<String> {
    let lines = include_str!("shell/hard_values.jsonl").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Any text without NUL, most of it of characters that mean something to a shell.
fn value() -> impl Strategy<Value = String> {
    let special = "'\"\\$`!*?[]{}()<>|&;#~=%^@+,-./ \t\n\rabx01\u{e9}\u{20ac}\u{2018}\u{2019}\u{201c}\u{201d}\u{2013}\u{1f600}";
    let special = prop::sample::select(special.chars().collect::<Vec<_>>());
    let any = any::<char>().prop_filter("NUL can't be passed", |c| *c != '\0');
    let hard = prop::sample::select(hard_values());
    let text = prop::collection::vec(prop_oneof![8 => special, 1 => any], 0..24);
    let text = text.prop_map(|chars| chars.into_iter().collect::<String>());
    prop_oneof![6 => text.clone(), 1 => (hard, text).prop_map(|(hard, text)| hard + &text)]
}

/// A template with `@` for each hole.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    pieces_of(template, '@')
}

fn pieces_of(template: &str, hole: char) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    for (at, literal) in template.split(hole).enumerate() {
        if at > 0 {
            pieces.push(Piece::Hole);
        }
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

fn placed(pieces: &[Piece<'_>], shell: Shell) -> Vec<Place> {
    places(pieces, shell).unwrap_or_else(|refused| panic!("{pieces:?}: {refused}"))
}

/// The template with each hole filled in turn.
fn filled(pieces: &[Piece<'_>], places: &[Place], values: &[&str], shell: Shell) -> String {
    let (mut text, mut hole) = (String::new(), 0);
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Hole => {
                let value = values[hole % values.len()];
                text += &quote(value, places[hole], shell).unwrap_or_else(|why| panic!("{value:?}: {why}"));
                hole += 1;
            }
        }
    }
    text
}

/// Fills every hole with `value`.
fn fill(template: &str, value: &str, shell: Shell) -> String {
    let pieces = pieces(template);
    filled(&pieces, &placed(&pieces, shell), &[value], shell)
}
