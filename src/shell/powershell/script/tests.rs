#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::simple_commands;
use crate::shell::SimpleCommand;

/// The commands in a script, one a line; `$` before a word that only the host knows, `?` for opaque.
fn told(text: &str, newer: bool) -> Vec<String> {
    let commands = simple_commands(text, newer).into_iter();
    let tell = |command| match command {
        SimpleCommand::Words(words) => {
            let words = words.iter().map(|word| if word.known { word.text.clone() } else { "$".to_owned() });
            words.collect::<Vec<_>>().join(" ")
        }
        SimpleCommand::Opaque(_) => "?".to_owned(),
    };
    commands.map(tell).collect()
}

#[track_caller]
fn holds(rows: &[(&str, &str)]) {
    for (text, wanted) in rows {
        assert_eq!(told(text, false).join("; "), *wanted, "{text}");
    }
}

#[test]
fn commands_are_found_at_every_depth() {
    holds(&[
        ("a; b\nc | d", "a; b; c; d"),
        ("a && b || c", "a; b; c"),
        ("if (a) { b } elseif (c) { d } else { e }", "a; c; b; d; e"),
        ("try { a } catch [X] { b } finally { c }", "a; b; c"),
        ("switch (a) { 'x' { b } default { c } }", "a; b; c"),
        ("for ($i = a; b; c) { d }", "a; b; c; d"),
        ("do { a } while (b)", "b; a"),
        ("function f { a }; f", "a"),
        ("x (a (b))", "b; a $; x $"),
        ("x \"$(a)$(b)\"", "a; b; x $"),
        ("x @{ k = a; l = { b } }", "a; b; x $"),
        ("$x = $y = a", "a"),
        ("$x.y[(a)].z((b))", "a; b; ?"),
        ("return a", "a"),
        ("a > (b)", "a; b; > $"),
        ("a 2>&1 > x.txt", "a; > x.txt"),
        ("a 2>$null", "a"),
    ]);
}

#[test]
fn words_are_what_the_command_gets() {
    holds(&[
        ("net 'a b' \"c\" d'e'f", "net a b c def"),
        ("net “a” ‘b’", "net a b"),
        ("Get-Item –Path x", "Get-Item -Path x"),
        ("Get-Item -Path:x -Force:$false -Recurse:$true", "Get-Item -Path x -Recurse"),
        ("Get-Item -Path a, b -Force", "Get-Item -Path a -Path b -Force"),
        ("net a,b", "net a,b"),
        ("n`et st`op", "net stop"),
        ("net # x\nnet <# y #> z", "net; net z"),
        ("net `\n a", "net a"),
        ("net 'a'b", "net $"),
        ("net a(b)", "b; net a $"),
        ("net --% a \"b\" %c%", "net a b $"),
        ("net $env:SystemRoot\\x $y\\z", "net C:\\Windows\\x $"),
        ("& 'net' a", "net a"),
        ("7z x", "7z x"),
        ("\\\\h\\c$\\net.exe stop", "\\\\h\\c$\\net.exe stop"),
        ("x @'\na'b\n'@ y", "x a'b y"),
        ("x 'a\rb'", "x a\rb"),
    ]);
}

#[test]
fn literal_values_are_folded_and_others_are_not() {
    holds(&[
        ("$x = 'a'; net $x", "net a"),
        ("$x = 'a' + 'b'; net \"$x-$x\"", "net ab-ab"),
        ("$x = 'a'; if ($y) { $x = 'b' }; net $x", "net $"),
        ("$x = 'a'; & { $script:x = 'b' }; net $x", "net $"),
        ("$x = 'a'; foreach ($i in 1..2) { net $x; $x = 'b' }", "net $"),
        ("function f { $x = 'b' }; $x = 'a'; f; net $x", "net $"),
        ("$x = 'a'; $x++; net $x", "net $"),
        ("$x, $y = 'a', 'b'; net $x", "net $"),
        ("net (@('a') + 'b')", "net a,b"),
        ("net $(@('a'))", "net a"),
        ("net ('{1}{0}' -f 'b', 'a') ('a', 'b' -join '-')", "net ab a-b"),
        ("net ('xax' -replace 'X', 'y') ('a.b' -replace '.', 'y')", "net yay $"),
        ("net $x[0] ('a', 'b')[1]", "net $ b"),
        ("foreach ($x in 'a', 'b') { net $x }", "net a; net b"),
        ("'a', 'b' | % { net $_ }", "net a; net b"),
        ("$h = @{ a = 'b' }; net $h.a; $h.a = 'c'; net $h.a", "net b; net $"),
        ("net ([string]::Join('', 'a', 'b')) ([char]97)", "net ab a"),
    ]);
}

#[test]
fn what_flows_through_pipes_is_followed() {
    holds(&[
        ("gsv a | rsv", "gsv a; rsv"),
        ("gsv a, b | spsv", "gsv a b; spsv -Name a -Name b"),
        ("gsv | ? Name -eq a | spsv", "gsv; spsv -Name a"),
        ("gsv | ? { $_.Status -eq 'x' -and $_.Name -like 'a*' } | spsv", "gsv; spsv -Name a*"),
        ("gsv | ? { $_.Name -eq 'a' -or $z } | spsv", "gsv; spsv -Name *"),
        ("gsv | ? { -not ($_.Name -eq 'a') } | spsv", "gsv; spsv -Name *"),
        ("gsv a | select -First 1 | sort Name | spsv", "gsv a; select -First 1; sort Name; spsv -Name a"),
        ("gsv a | select @{ n = 'Name'; e = { 'b' } } | spsv", "gsv a; select $; spsv -Name $"),
        ("(gsv a).Stop(); (gps b).Kill()", "gsv a; Stop-Service -Name a; gps b; Stop-Process -Name b"),
        ("gsv a | % { $_.Stop() }", "gsv a; Stop-Service -Name a"),
        ("gc x | spsv", "gc x; spsv -Name $"),
        ("spps -Id (gps a).Id", "gps a; spps -Name a"),
        ("@() | % { net $_ }", "net $"),
    ]);
}

#[test]
fn what_can_run_anything_is_opaque() {
    for text in [
        "& $x",
        ". $x",
        "& (gcm x)",
        "iex $x",
        "gc x | iex",
        ".\\x.ps1",
        "x.bat y",
        "(x).Foo()",
        "[Foo]::Bar()",
        "[Foo]::new()",
        "$env:PATH = 'x'",
        "$function:f = { a }",
        "function Get-Service { a }",
        "Set-Alias Get-Service x",
        "if ($y) { Set-Alias q x }",
        "class X { }",
        "x @y",
        "Get-Item x -OutVariable y",
        "% $x",
        "gsv | % Foo",
        "icm -FilePath x.ps1",
        "[ValidateScript({ a })]$x = 1",
        "net a\u{200b}b",
        "net a\rb",
        "net # a\rb",
        "net --% a\rb",
        "(",
        "'",
        "a }",
        "net <x",
        "$PSDefaultParameterValues = @{}",
    ] {
        assert!(told(text, false).contains(&"?".to_owned()), "{text}: {:?}", told(text, false));
    }
}

#[test]
fn a_backtick_may_stand_for_a_character() {
    assert_eq!(told("n`et", false), ["net"]);
    assert_eq!(told("n`et", true), ["n\u{1b}t"]);
    assert_eq!(told("n`u{65}t", true), ["net"]);
    assert_eq!(told("`net", false), ["\net"]);
}

#[test]
fn deep_and_long_scripts_end() {
    for piece in
        ["(", "{", "$(", "@{a=", "\"$(", "if(", "&{", "-not ", "!", ",", "[int]", "function f{", "%{"]
    {
        let _ = simple_commands(&piece.repeat(20_000), false);
    }
    for piece in ["a;", "a|", "$x+", "'a',", ".b", "[0]", "-eq 1 ", "$x=", "a & "] {
        let _ = simple_commands(&format!("$x{}", piece.repeat(20_000)), true);
    }
    let loops = "foreach ($x in 1,2,3,4,5,6,7,8) {".repeat(12) + &"}".repeat(12);
    let _ = simple_commands(&loops, false);
    let rounds = "1,2,3,4,5,6,7,8 | % { ".repeat(12) + "net $_" + &"}".repeat(12);
    let _ = simple_commands(&rounds, false);
}

/// The commands of the corpus, dangerous or not.
fn corpus() -> Vec<&'static str> {
    let text = include_str!("../../../../tests/fixtures/commands/powershell.txt");
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(word, _)| matches!(*word, "deny" | "pass")).map(|(_, text)| text).collect()
}

fn mutated() -> impl Strategy<Value = String> {
    let special = "'\"`$(){}[]@#;|&<>=,.:-%?!\\ \nab1_\u{2018}\u{201c}\u{2013}";
    let special = prop::sample::select(special.chars().collect::<Vec<_>>());
    let base = prop::sample::select(corpus());
    let edits = prop::collection::vec((any::<prop::sample::Index>(), special, 0..3_usize), 0..8);
    (base, edits).prop_map(|(base, edits)| {
        let mut chars: Vec<char> = base.chars().collect();
        for (at, c, kind) in edits {
            let at = at.index(chars.len() + 1);
            match kind {
                0 if at < chars.len() => chars[at] = c,
                1 if at < chars.len() => {
                    chars.remove(at);
                }
                _ => chars.insert(at, c),
            }
        }
        chars.into_iter().collect()
    })
}

/// One of the ways to write a word that mean the same.
fn written(word: &str, way: u8, first: bool) -> String {
    let call = if first { "& " } else { "" };
    match way {
        0 => word.to_owned(),
        1 => format!("{call}'{word}'"),
        2 => format!("{call}\"{word}\""),
        3 => format!("{call}\u{201c}{word}\u{201d}"),
        4 => {
            // What a backtick makes of these letters, or of a hyphen in front, is something else.
            let escapes = |c: char| c.is_ascii_alphabetic() && !"abefnrtuv".contains(c);
            word.chars().flat_map(|c| [Some('`').filter(|_| escapes(c)), Some(c)]).flatten().collect()
        }
        _ => match word.char_indices().nth(2).map(|(at, _)| word.split_at(at)) {
            Some((start, end)) => format!("{start}'{end}'"),
            None => word.to_owned(),
        },
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in mutated(), newer in any::<bool>()) {
        let _ = simple_commands(&text, newer);
    }

    #[test]
    fn no_characters_are_too_strange(text in any::<String>(), newer in any::<bool>()) {
        let _ = simple_commands(&text, newer);
    }

    /// Quoting and escaping a command changes nothing of what is found.
    #[test]
    fn a_command_is_found_however_it_is_quoted(
        (words, ways) in prop::sample::select(vec![
            vec!["Restart-Service", "docker"],
            vec!["net.exe", "stop", "docker"],
            vec!["C:\\Windows\\System32\\sc.exe", "stop", "docker"],
            vec!["taskkill", "/im", "dockerd.exe", "/f"],
        ]).prop_flat_map(|words| {
            let count = words.len();
            (Just(words), prop::collection::vec(0..6_u8, count))
        }),
        within in prop::sample::select(vec!["@", "$x = @", "if ($y) { @ }", "\"$(@)\"", "a; @ | b", "& { @ }", "iex {@}"]),
    ) {
        let parts = words.iter().zip(&ways).enumerate();
        let typed: Vec<String> = parts.map(|(at, (word, way))| written(word, *way, at == 0)).collect();
        let quoted = told(&within.replace('@', &typed.join(" ")), false);
        let plain = told(&within.replace('@', &words.join(" ")), false);
        prop_assert_eq!(quoted, plain);
    }
}
