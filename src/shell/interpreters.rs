//! Programs of other languages that are given code in a word: no quoting of a shell's is right there.

/// Programs and the options that are followed by code. An option of one letter may end a cluster.
const INTERPRETERS: [(&str, &[&str]); 12] = [
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("py", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("node", &["-e", "-p", "--eval", "--print"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("Rscript", &["-e"]),
    ("sed", &["-e", "--expression"]),
    ("powershell", &["-c", "-Command", "-command"]),
    ("pwsh", &["-c", "-Command", "-command"]),
];

/// Whether `program` takes the word after `option` for code.
pub(super) fn takes_code(program: &str, option: &str) -> bool {
    let Some((_, options)) = INTERPRETERS.iter().find(|(name, _)| *name == program) else { return false };
    let cluster = option.starts_with('-') && !option.starts_with("--");
    let ends = |code: &str| cluster && code.len() == 2 && option.ends_with(&code[1..]);
    options.iter().any(|code| *code == option || ends(code))
}

/// For a program whose first word that is no option is code: its options that take a value.
pub(super) fn options_before_code(program: &str) -> Option<&'static str> {
    match program {
        "awk" | "gawk" | "mawk" | "nawk" => Some("Fv"),
        "sed" => Some("l"),
        _ => None,
    }
}

/// Whether a program without further words runs what it reads from its input.
pub(super) fn reads_code(program: &str) -> bool {
    const READERS: [&str; 14] = [
        "sh",
        "bash",
        "dash",
        "ash",
        "ksh",
        "zsh",
        "mksh",
        "python",
        "python3",
        "perl",
        "ruby",
        "node",
        "pwsh",
        "powershell",
    ];
    READERS.contains(&program)
}

/// Whether a word after a shell leaves it to read its script from its input.
pub(super) fn reads_input(option: &str) -> bool {
    let letters = option.strip_prefix(['-', '+']).unwrap_or("?");
    matches!(option, "--" | "--norc" | "--noprofile" | "--posix" | "--login")
        || letters.chars().all(|letter| "sexulih".contains(letter))
}

/// Builtins that a function of the same name may or may not replace.
pub(super) fn is_special_builtin(name: &str) -> bool {
    const SPECIAL: [&str; 20] = [
        "break",
        ":",
        ".",
        "continue",
        "eval",
        "exec",
        "exit",
        "export",
        "readonly",
        "return",
        "set",
        "shift",
        "source",
        "times",
        "trap",
        "unset",
        "command",
        "builtin",
        "alias",
        "command_not_found_handle",
    ];
    SPECIAL.contains(&name)
}
