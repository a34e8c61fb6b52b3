#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::simple_commands;
use crate::shell::SimpleCommand;

/// The commands in a line; `$` for a word that only the host knows, `?` for opaque.
fn told(text: &str) -> Vec<String> {
    let tell = |command| match command {
        SimpleCommand::Words(words) => {
            let words: Vec<super::super::Word> = words;
            let words = words.iter().map(|word| if word.known { word.text.clone() } else { "$".to_owned() });
            words.collect::<Vec<_>>().join(" ")
        }
        SimpleCommand::Opaque(_) => "?".to_owned(),
    };
    simple_commands(text).into_iter().map(tell).collect()
}

#[track_caller]
fn holds(rows: &[(&str, &str)]) {
    for (text, wanted) in rows {
        assert_eq!(told(text).join("; "), *wanted, "{text}");
    }
}

#[test]
fn lines_come_apart() {
    holds(&[
        ("a & b && c || d | e", "a; b; c; d; e"),
        ("(a & (b))\nc", "a; b; c"),
        ("if exist x (a) else if not \"1\"==\"2\" b", "a; b"),
        ("if %x% neq 0 (a) else (b)", "a; b"),
        ("for %i in (a b) do net %i", "net a; net b"),
        ("for %%i in (a) do (net %%i & sc %%i)", "net a; sc a"),
        ("for /f \"tokens=1\" %i in ('a b') do net %i", "a b; net $"),
        ("@n^e\"t\" s^top x 2>nul >>y.txt <z", "net stop x; > nul; > y.txt"),
        ("a \"b & c\" d", "a b & c d"),
        ("echo (hi)", "echo (hi)"),
        ("net %WINDIR%\\x %y%", "net C:\\Windows\\x $"),
        ("cd\\x & dir/b & echo.x", "cd \\x; dir /b; echo .x"),
        ("powershell -c \"a \\\"b c\\\"\"", "powershell -c a \"b c\""),
        ("start \"t\" /b x", "start  /b x"),
    ]);
}

#[test]
fn what_can_run_anything_is_opaque() {
    for text in [
        "%x% y",
        "x.bat",
        "call x.cmd",
        "call :label",
        "call %%x%%",
        "set path=x",
        "set /p x=y",
        "(a",
        "a ^",
        "a | b ^& c",
        "a\u{b}b",
        "a=b",
        "set \"x=a & b\"\n%y%",
        "for x",
        "if a",
    ] {
        assert!(told(text).contains(&"?".to_owned()), "{text}: {:?}", told(text));
    }
}

#[test]
fn deep_and_long_lines_end() {
    for piece in ["(", "if 1==1 ", "for %i in (a b c) do ", "^", "\"", "%", "&", "call ", "a & "] {
        let _ = simple_commands(&piece.repeat(20_000));
    }
}

/// One of the ways to write a word that mean the same.
fn written(word: &str, way: u8) -> String {
    match way {
        0 => word.to_owned(),
        1 => format!("\"{word}\""),
        2 => word.chars().flat_map(|c| ['^', c]).collect(),
        3 => word.to_uppercase(),
        _ => format!("\"{}\"{}", &word[..2], &word[2..]),
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "[a-z%!^\"&|<>()=,;: \n.*?/\\\\'`~@0-9-]{0,60}") {
        let _ = simple_commands(&text);
    }

    #[test]
    fn no_characters_are_too_strange(text in any::<String>()) {
        let _ = simple_commands(&text);
    }

    /// Quotes, carets and case change nothing of what is found.
    #[test]
    fn a_command_is_found_however_it_is_quoted(ways in prop::collection::vec(0..5_u8, 3)) {
        let words = ["net", "stop", "docker"];
        let typed: Vec<String> = words.iter().zip(&ways).map(|(word, way)| written(word, *way)).collect();
        let found: Vec<String> = told(&typed.join(" ")).iter().map(|text| text.to_lowercase()).collect();
        prop_assert_eq!(found, ["net stop docker"]);
    }
}
