//! Values in commands against the shells that are installed here.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use rutter::shell::{Piece, Place, places, quote, words};
use rutter::value::Shell;

/// Templates with `@` for the value; what each prints must be the value, then NUL.
const CONTEXTS: [&str; 19] = [
    "printf '%s\\0' @",
    "printf '%s\\0' \"@\"",
    "printf '%s\\0' '@'",
    "printf '%s\\0' ''@\"\"",
    "X=@; printf '%s\\0' \"$X\"",
    "X=\"@\"; printf '%s\\0' \"$X\"",
    "X=@ sh -c 'printf \"%s\\0\" \"$X\"'",
    "env X=@ sh -c 'printf \"%s\\0\" \"$X\"'",
    "sh -c 'printf \"%s\\0\" \"$1\"' _ @",
    "for x in @; do printf '%s\\0' \"$x\"; done",
    "case @ in *) printf '%s\\0' @;; esac",
    "case @ in \"@\") printf '%s\\0' '@';; *) printf wrong;; esac",
    "f() { printf '%s\\0' \"$1\"; }; f @",
    "if true; then printf '%s\\0' @; fi",
    "(printf '%s\\0' @)",
    "{ printf '%s\\0' @; }",
    "true && printf '%s\\0' @ | cat",
    "x=$(printf '%sx' @); printf '%s\\0' \"${x%x}\"",
    "x=\"$(printf '%sx' \"@\")\"; printf '%s\\0' \"${x%x}\"",
];

fn shells() -> Vec<(&'static str, Vec<&'static str>, Shell)> {
    let known = [
        ("dash", vec![], Shell::Sh),
        ("bash", vec![], Shell::Bash),
        ("bash", vec!["--posix"], Shell::Sh),
        ("busybox", vec!["sh"], Shell::Sh),
    ];
    known.into_iter().filter(|(program, ..)| Command::new(program).arg("--help").output().is_ok()).collect()
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    for (at, literal) in template.split('@').enumerate() {
        if at > 0 {
            pieces.push(Piece::Hole);
        }
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// Fills every hole with `value`.
fn fill(template: &str, value: &str, shell: Shell) -> String {
    let pieces = pieces(template);
    let places = places(&pieces, shell).unwrap_or_else(|error| panic!("{template}: {error}"));
    let mut places = places.iter();
    let text = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => (*text).to_owned(),
        Piece::Hole => quote(value, *places.next().unwrap(), shell).unwrap(),
    });
    text.collect()
}

/// What a shell prints for a script on its input.
fn run(program: &str, arguments: &[&str], script: &str) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let script = script.to_owned();
    let feed = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap().unwrap();
    output.stdout
}

fn check(values: &[String]) {
    for (program, arguments, shell) in shells() {
        for context in CONTEXTS {
            let script: String = values.iter().map(|value| fill(context, value, shell) + "\n").collect();
            let wanted: Vec<u8> =
                values.iter().flat_map(|value| [value.as_bytes(), b"\0"].concat()).collect();
            let found = run(program, &arguments, &script);
            assert!(
                found == wanted,
                "{program} {arguments:?}: {context}\n{script}\n{}",
                String::from_utf8_lossy(&found)
            );
        }
    }
}

#[rustfmt::skip]
const HARD: &[&str] = &[
        "",
        " ",
        "  a  b ",
        "\t",
        "\n",
        "a\nb\n",
        "'",
        "''",
        "'\\''",
        "\"",
        "\\",
        "\\\\",
        "a\\",
        "\\n",
        "$",
        "$x",
        "${x}",
        "$(id)",
        "`id`",
        "$((1+1))",
        "!",
        "!!",
        "*",
        "?",
        "[a-z]",
        "{a,b}",
        "~",
        "~root",
        "#",
        "# x",
        "a#b",
        "-n",
        "--",
        "-rf /",
        "=x",
        "a=b",
        ";",
        "&",
        "|",
        "<",
        ">",
        "(",
        ")",
        "&&",
        "EOF",
        "in",
        "do",
        "done",
        "esac",
        "fi",
        "}",
        "{",
        "'; touch /tmp/x; '",
        "\"; touch /tmp/x; \"",
        "$'x'",
        "%s",
        "%",
        "\u{2018}x\u{2019}",
        "\u{201c}x\u{201d}",
        "é",
        "e\u{301}",
        "\u{a0}",
        "\u{85}",
        "\u{feff}",
        "\u{202e}x",
        "😀",
        "\u{1}",
        "\u{7f}",
        "\r",
        "a\r\nb",
        "{{ x }}",
        "007",
        "1e3",
        "a,b",
        "@x",
        "+x",
        "a:b",
        "\\\n",
        "$\\\n",
        "'\n",
        "\"\n'",
];

#[test]
fn hard_values_arrive_as_they_are() {
    check(&HARD.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
    check(&["x".repeat(8_192), "'".repeat(8_192)]);
}

fn value() -> impl Strategy<Value = String> {
    let special = prop::sample::select(
        "'\"\\$`!*?[]{}()<>|&;#~=%^@+,-./ \t\n\rabx01éÿ\u{2019}😀".chars().collect::<Vec<_>>(),
    );
    let any = any::<char>().prop_filter("NUL can't be passed", |c| *c != '\0');
    prop::collection::vec(prop_oneof![8 => special, 1 => any], 0..24)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn any_value_arrives_as_it_is(values in prop::collection::vec(value(), 30)) {
        check(&values);
    }
}

proptest! {
    /// What a shell reads is what [`words`] reads.
    #[test]
    fn a_quoted_value_is_one_word(value in value()) {
        for shell in [Shell::Sh, Shell::Bash, Shell::PowerShell] {
            for context in ["run x @ y", "run x \"@\" y", "run x '@' y"] {
                let text = fill(context, &value, shell);
                prop_assert_eq!(words(&text, shell), ["run", "x", &value, "y"], "{}", text);
            }
        }
    }

    /// No text makes the lexers panic, and a hole is placed or refused.
    #[test]
    fn any_template_is_placed_or_refused(template in "[a-z@ '\"\\\\$`(){}\\[\\]<>|&;#~=\n-]{0,40}") {
        for shell in [Shell::Sh, Shell::Bash, Shell::PowerShell, Shell::Cmd] {
            let pieces = pieces(&template);
            let holes = pieces.iter().filter(|piece| matches!(piece, Piece::Hole)).count();
            if let Ok(places) = places(&pieces, shell) {
                prop_assert_eq!(places.len(), holes);
            }
            let _ = rutter::shell::commands(&template, shell);
            let _ = rutter::shell::Pattern::command(&template, shell);
        }
    }

    /// Wherever a hole is accepted, no value adds or changes a word around it.
    #[test]
    fn a_value_changes_nothing_around_it(
        template in "cmd [a-z '\"$(){}|&;=-]{0,12}@[a-z '\"$(){}|&;=-]{0,12}",
        value in value(),
    ) {
        for (program, arguments, shell) in [("dash", ["-n"], Shell::Sh), ("bash", ["-n"], Shell::Bash)] {
            let Ok(found) = places(&pieces(&template), shell) else { continue };
            let same = |value: &str| {
                let text = fill(&template, value, shell);
                rutter::shell::simple_commands(&text, shell).len()
            };
            prop_assert_eq!(same("x"), same(&value), "{}", &template);
            // The shell itself finds both well-formed, or neither.
            if found != [Place::Here] {
                let parses = |value: &str| {
                    let text = fill(&template, value, shell);
                    let run = Command::new(program).args(arguments).arg("-c").arg(&text).stderr(Stdio::null()).status();
                    run.is_ok_and(|status| status.success())
                };
                prop_assert_eq!(parses("x"), parses(&value), "{}", fill(&template, &value, shell));
            }
        }
    }
}
