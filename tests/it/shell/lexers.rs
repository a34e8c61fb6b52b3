//! What the lexers read of any text.

use std::process::{Command, Stdio};

use proptest::prelude::*;
use rutter::shell::{Piece, Place, places, words};
use rutter::value::Shell;

use super::{fill, pieces, value};

/// How many commands there are with a value put in; nothing when one of them is opaque.
fn read(template: &str, value: &str, shell: Shell) -> Option<usize> {
    let commands = rutter::shell::simple_commands(&fill(template, value, shell), shell);
    let known = commands.iter().all(|command| matches!(command, rutter::shell::SimpleCommand::Words(_)));
    known.then_some(commands.len())
}

proptest! {
    /// What a shell reads is what [`words`] reads.
    #[test]
    fn a_quoted_value_is_one_word(value in value()) {
        for shell in [Shell::Sh, Shell::Bash, Shell::PowerShell] {
            for context in ["Use-X @ y", "Use-X \"@\" y", "Use-X '@' y"] {
                let text = fill(context, &value, shell);
                prop_assert_eq!(words(&text, shell), ["Use-X", &value, "y"], "{}", text);
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

    /// Wherever a hole is accepted, no value adds or changes a word around it. What is too strange to
    /// be taken apart is opaque, and so denied by guards: then only the shells are asked.
    #[test]
    fn a_value_changes_nothing_around_it(
        template in "cmd [a-z '\"$(){}|&;=-]{0,12}@[a-z '\"$(){}|&;=-]{0,12}",
        value in value(),
    ) {
        for (program, arguments, shell) in [("dash", ["-n"], Shell::Sh), ("bash", ["-n"], Shell::Bash)] {
            let Ok(found) = places(&pieces(&template), shell) else { continue };
            if let (Some(plain), Some(filled)) = (read(&template, "x", shell), read(&template, &value, shell)) {
                prop_assert_eq!(plain, filled, "{}", &template);
            }
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
