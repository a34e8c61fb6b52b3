//! Commands that take away all that a path holds.

use super::options::{has_any_case, has_long, has_short, is_program};
use crate::shell::Word;
use crate::value::Shell;

/// Whether it destroys what its paths lead to, all that is in them among it.
pub(super) fn removes_all(words: &[Word], shell: Shell) -> bool {
    match shell {
        Shell::Sh | Shell::Bash => {
            let deep =
                has_short(words, 'r', "") || has_short(words, 'R', "") || has_long(words, &["--recursive"]);
            deep && is_program(words, &["rm", "chmod", "chown", "chgrp"])
        }
        Shell::PowerShell | Shell::Pwsh => {
            let removes = words.first().is_some_and(|program| program.eq_ignore_ascii_case("remove-item"));
            removes && (has_any_case(words, "-Recurse") || has_any_case(words, "-r"))
        }
        Shell::Cmd => {
            let removes = words.first().is_some_and(|program| {
                ["rd", "rmdir", "del", "erase"].contains(&program.to_lowercase().as_str())
            });
            removes && has_any_case(words, "/s")
        }
    }
}

/// The names in a path.
pub(super) fn pieces(path: &str) -> impl Iterator<Item = &str> {
    path.split(['/', '\\']).filter(|name| !name.is_empty())
}
