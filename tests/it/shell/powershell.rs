//! Values in PowerShell, against a tokenizer that was written from the published rules.
//!
//! No PowerShell was there to run them on: `tests/it/shell/hard_values.jsonl` is data, so that a person
//! with one can.

use proptest::prelude::*;
use rutter::shell::{Place, Quotes, quote};
use rutter::value::Shell;

use super::powershell_tokenizer::{How, Token, tokens};
use super::{filled, hard_values, pieces_of, placed, value};

/// Templates with `¤` for the value, and which token it is: it is that text, quoted, or a bare word
/// that can be nothing else.
const CONTEXTS: &[(&str, usize)] = &[
    ("Get-Item ¤", 1),
    ("Get-Item ¤ -Force", 1),
    ("Get-Item -Path ¤ | Select-Object Name", 2),
    ("Get-Item -Path:'¤'", 2),
    ("Get-Item '¤'", 1),
    ("Get-Item \"¤\"", 1),
    ("Get-Item \u{2018}¤\u{2019}", 1),
    ("Get-Item \u{201c}¤\u{201e}", 1),
    ("Get-Item a, ¤", 3),
    ("Get-Item ¤, a", 1),
    ("$x = ¤", 2),
    ("$x = '¤'; Get-Item $x", 2),
    ("$x = \"¤\"\nGet-Item $x", 2),
    ("$env:X = ¤", 2),
    ("Get-Item (Join-Path ¤ x)", 3),
    ("Get-Item @(¤, '¤')", 4),
    ("if ($x -eq ¤) { Get-Item y }", 4),
    ("if ($true) { Get-Item \"¤\" }", 6),
    ("foreach ($x in @(¤)) { Get-Item $x }", 5),
    ("$x = @{ a = ¤; b = 1 }", 5),
    ("Get-Item x > ¤", 3),
    ("function f { Get-Item '¤' }", 4),
    ("Get-Item x # a comment\nGet-Item ¤", 4),
    ("Get-Item `\n  ¤", 1),
    ("Invoke-Command -ScriptBlock { Get-Item ¤ }", 4),
    ("Get-Item x | Where-Object Name -eq ¤", 6),
    ("Write-Output a'¤'", 1),
    ("Write-Output \"a ¤\"", 1),
    ("Write-Output 'a''¤'", 1),
    ("Write-Output \"`$¤`\"\"", 1),
    ("docker ps ¤", 2),
    ("docker ps \"--filter=¤\"", 2),
    ("& 'C:\\x y\\z.exe' '¤'", 2),
];

/// What the text of the token is beside the value.
fn expected(template: &str, value: &str) -> String {
    match template {
        "Write-Output a'¤'" => format!("a{value}"),
        "Write-Output \"a ¤\"" => format!("a {value}"),
        "Write-Output 'a''¤'" => format!("a'{value}"),
        "Write-Output \"`$¤`\"\"" => format!("${value}\""),
        "docker ps \"--filter=¤\"" => format!("--filter={value}"),
        _ => value.to_owned(),
    }
}

/// A bare word that is a string in every PowerShell: it begins with a letter of ASCII, and holds
/// nothing that means anything in the middle of a word.
fn is_harmless(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-".contains(c);
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(plain)
}

fn check(template: &str, at: usize, value: &str, shell: Shell) {
    let pieces = pieces_of(template, '¤');
    let places = placed(&pieces, shell);
    if places.iter().any(|place| quote(value, *place, shell).is_err()) {
        assert!(
            !survives(value, shell) && places.iter().any(|place| matches!(place, Place::Argument { .. })),
            "{template}: {value:?}"
        );
        return;
    }
    let command = filled(&pieces, &places, &[value], shell);
    let plain = tokens(&filled(&pieces, &places, &["x"], shell)).unwrap();
    let found = tokens(&command).unwrap_or_else(|why| panic!("{why}: {command}"));
    let Some(Token::Text { value: text, how }) = found.get(at) else { panic!("{command}: {found:?}") };
    assert_eq!(*text, expected(template, value), "{command}");
    assert!(*how == How::Quoted || is_harmless(text), "{command}");
    // Nothing else in the line is another for this value.
    let rest = |tokens: &[Token]| {
        tokens
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != at)
            .map(|(_, token)| shape(token, value))
            .collect::<Vec<_>>()
    };
    assert_eq!(rest(&found), rest(&plain), "{command}");
}

/// A token without the value, where a template holds it twice.
fn shape(token: &Token, value: &str) -> Token {
    match token {
        Token::Text { value: text, .. } if text == value || text == "x" => {
            Token::Text { value: String::new(), how: How::Quoted }
        }
        Token::Text { .. } | Token::Variable(_) | Token::Punctuator(_) | Token::NewLine => token.clone(),
    }
}

/// Whether each PowerShell hands a value to a program, as far as it is documented.
fn survives(value: &str, shell: Shell) -> bool {
    let stops = matches!(value, "--%" | "-%" | "%");
    let windows = !value.is_empty() && !value.contains('"') && !value.ends_with('\\');
    !stops && (shell == Shell::Pwsh || windows)
}

#[test]
fn hard_values_are_one_token_each() {
    for value in hard_values() {
        for (template, at) in CONTEXTS {
            check(template, *at, &value, Shell::PowerShell);
            check(template, *at, &value, Shell::Pwsh);
        }
    }
}

#[test]
fn hard_values_are_lines_of_a_here_string() {
    let pieces = pieces_of("Set-Content f @'\na ¤\n b\n'@", '¤');
    let mut carried = 0;
    for value in hard_values() {
        let Ok(quoted) = quote(&value, Place::Here, Shell::Pwsh) else {
            let closing = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '@'];
            assert!(value.contains(closing), "{value:?}");
            continue;
        };
        carried += 1;
        assert_eq!(quoted, value);
        let command = filled(&pieces, &placed(&pieces, Shell::Pwsh), &[&value], Shell::Pwsh);
        let found = tokens(&command).unwrap_or_else(|why| panic!("{why}: {command}"));
        let wanted = Token::Text { value: format!("a {value}\n b"), how: How::Quoted };
        assert_eq!(found[2..], [wanted], "{command}");
    }
    assert!(carried > 250, "{carried}");
}

#[test]
fn no_value_goes_to_cmd() {
    for quotes in [Quotes::None, Quotes::Single, Quotes::Double] {
        for place in [
            Place::Bare { alone: true },
            Place::Single,
            Place::Double,
            Place::Argument { quotes, whole: true },
        ] {
            for value in ["x", "", "%PATH%", "a b"] {
                assert!(quote(value, place, Shell::Cmd).is_err());
            }
        }
    }
}

/// The tokenizer itself, by examples of the published pages.
#[test]
fn the_tokenizer_reads_what_is_published() {
    let text = |value: &str, how| Token::Text { value: value.to_owned(), how };
    let (bare, quoted) = (How::Bare, How::Quoted);
    for (script, wanted) in [
        ("Write-Output 2+2", vec![text("Write-Output", bare), text("2+2", bare)]),
        ("Write-Output a'$a'", vec![text("Write-Output", bare), text("a$a", quoted)]),
        ("echo 'don''t'", vec![text("echo", bare), text("don't", quoted)]),
        ("echo \"say \"\"x\"\"\"", vec![text("echo", bare), text("say \"x\"", quoted)]),
        ("echo \u{2018}a\u{2019}\u{201b}b'", vec![text("echo", bare), text("a\u{201b}b", quoted)]),
        ("echo \u{201c}a\u{201d}", vec![text("echo", bare), text("a", quoted)]),
        ("echo \"`t`\"\"", vec![text("echo", bare), text("\t\"", quoted)]),
        ("echo 'a'b", vec![text("echo", bare), text("a", quoted), text("b", bare)]),
        ("echo @'\na'\n'@", vec![text("echo", bare), text("a'", quoted)]),
        ("echo a\u{a0}b", vec![text("echo", bare), text("a", bare), text("b", bare)]),
        ("echo x#y # z", vec![text("echo", bare), text("x#y", bare)]),
    ] {
        assert_eq!(tokens(script), Ok(wanted), "{script}");
    }
    for script in [
        "echo \"$x\"",
        "echo \"$(x)\"",
        "echo \u{201c}${x}\u{201d}",
        "icacls --% x",
        "icacls \u{2013}-% x",
        "echo 'x",
        "echo @x",
        "a$x",
    ] {
        assert!(tokens(script).is_err(), "{script}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_value_is_one_token(value in value(), context in prop::sample::select(CONTEXTS), windows: bool) {
        check(context.0, context.1, &value, if windows { Shell::PowerShell } else { Shell::Pwsh });
    }
}
