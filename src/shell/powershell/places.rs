//! Where each hole of a PowerShell command stands, or why no value may stand there.

use super::commands::is_command_name;
use super::lex::{Kind, Part, Quoted, Token, lex};
use crate::shell::units::{Trouble, Unit};
use crate::shell::{Place, Unquotable};

/// Commands that run, or compile, what stands in their words.
const EVALUATING: [&str; 22] = [
    "invoke-expression",
    "iex",
    "powershell",
    "powershell.exe",
    "pwsh",
    "pwsh.exe",
    "cmd",
    "cmd.exe",
    "start-process",
    "saps",
    "start",
    "invoke-command",
    "icm",
    "start-job",
    "sajb",
    "add-type",
    "set-alias",
    "new-alias",
    "sal",
    "nal",
    "wsl",
    "ssh",
];
/// Words after which a name must stand.
const NAMING: [&str; 9] =
    ["function", "filter", "class", "enum", "using", "param", "configuration", "workflow", "data"];
const HELP_JOINED: &str = "put the whole word in double quotes: `\"… {{ x }} …\"`";

/// Finds the place of each hole, in order.
pub(in crate::shell) fn places(units: &[Unit], holes: usize) -> Result<Vec<Place>, Unquotable> {
    let tokens = lex(units)?;
    let mut places = vec![None; holes];
    for (at, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Hole(hole) => places[*hole as usize] = Some(bare(&tokens, at, *hole)?),
            Kind::Text(parts) => quoted(&tokens, at, parts, &mut places)?,
            Kind::Word(_) | Kind::Operator(_) | Kind::Newline => {}
        }
    }
    if let Some(hole) = places.iter().position(Option::is_none) {
        let help = "put the value into `env` or `stdin`";
        return Err(Trouble::hole(hole as u32, "where it stands, no value can be quoted", help).into());
    }
    Ok(places.into_iter().flatten().collect())
}

fn quoted(tokens: &[Token], at: usize, parts: &[Part], places: &mut [Option<Place>]) -> Result<(), Trouble> {
    for part in parts {
        let Part::Hole { hole, inside } = part else { continue };
        check_statement(tokens, at, *hole)?;
        places[*hole as usize] = Some(match inside {
            Quoted::Single => Place::Single,
            Quoted::Double => Place::Double,
            Quoted::Here => Place::Here,
        });
    }
    Ok(())
}

fn bare(tokens: &[Token], at: usize, hole: u32) -> Result<Place, Trouble> {
    check_joined(tokens, at, hole)?;
    check_statement(tokens, at, hole)?;
    Ok(Place::Bare { alone: is_argument(tokens, at) })
}

/// A quoted string joined to other text is not one word in PowerShell.
fn check_joined(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    let joined = |why: &str| Trouble::hole(hole, why, HELP_JOINED);
    let parts = |kind: &Kind, operators: &[&str]| match kind {
        Kind::Newline => true,
        Kind::Operator(operator) => operators.contains(operator),
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => false,
    };
    let before = at.checked_sub(1).map(|at| &tokens[at]);
    if before.is_some_and(|token| !tokens[at].spaced && !parts(&token.kind, &["(", "@(", ",", ";", "{", "|"]))
    {
        return Err(joined("it is joined to the text before it, which is no single word in PowerShell"));
    }
    let after = tokens.get(at + 1);
    if after.is_some_and(|token| !token.spaced && !parts(&token.kind, &[")", ",", ";", "}", "|"])) {
        return Err(joined("it is joined to the text after it, which is no single word in PowerShell"));
    }
    Ok(())
}

/// Where the statement around `at` begins.
fn statement_start(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for before in (0..at).rev() {
        match &tokens[before].kind {
            Kind::Operator(")" | "}") => depth += 1,
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") if depth == 0 => return before + 1,
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") => depth -= 1,
            Kind::Operator(";" | "|" | "||" | "&&" | "&") | Kind::Newline if depth == 0 => return before + 1,
            Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => {}
        }
    }
    0
}

/// Refuses what would be a program, a name, or code.
fn check_statement(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    let start = statement_start(tokens, at);
    let opener = start.checked_sub(1).map(|before| &tokens[before].kind);
    let is_value = matches!(opener, Some(Kind::Operator("(" | "@(" | "@{")));
    if sub_expression_around(tokens, at) {
        let why = "it stands in a `$(…)`";
        return Err(Trouble::hole(hole, why, "set a variable before, and use that"));
    }
    let is_bare_text =
        matches!(&tokens[at].kind, Kind::Text(_)) && !matches!(opener, Some(Kind::Operator("&")));
    if start == at && !is_value && !is_bare_text {
        let help = "write the program itself; to choose between programs, use `if` in the runbook";
        return Err(Trouble::hole(hole, "it stands where PowerShell expects a program", help));
    }
    let Kind::Word(first) = &tokens[start].kind else { return Ok(()) };
    let first = first.to_lowercase();
    if first == "." && at == start + 1 {
        return Err(Trouble::hole(hole, "it names a script to run", "write the script's name"));
    }
    if NAMING.contains(&first.as_str()) {
        return Err(Trouble::hole(hole, "it stands where a name must be fixed", "write the name itself"));
    }
    if EVALUATING.contains(&first.rsplit(['\\', '/']).next().unwrap_or(&first)) {
        let why = format!("`{first}` may run its words as a command");
        return Err(Trouble::hole(hole, why, "write the command itself, or give the value through `env`"));
    }
    match started_shell(&tokens[start..at]) {
        Some(program) => {
            let why = format!("`{program}` may run its words as a command");
            Err(Trouble::hole(hole, why, "write the command itself, or give the value through `env`"))
        }
        None => Ok(()),
    }
}

/// A shell among the words before a hole: `docker exec web powershell -c "…"` starts one too.
fn started_shell(tokens: &[Token]) -> Option<&str> {
    const SHELLS: [&str; 8] = ["powershell", "pwsh", "cmd", "sh", "bash", "dash", "wsl", "ssh"];
    tokens.iter().find_map(|token| match &token.kind {
        Kind::Word(word) => {
            let name = word.to_lowercase();
            let name = name.rsplit(['\\', '/']).next().unwrap_or(&name).trim_end_matches(".exe").to_owned();
            SHELLS.contains(&name.as_str()).then_some(word.as_str())
        }
        Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => None,
    })
}

fn sub_expression_around(tokens: &[Token], at: usize) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for token in &tokens[..at] {
        match &token.kind {
            Kind::Operator(operator @ ("(" | "{" | "$(" | "@(" | "@{")) => open.push(operator),
            Kind::Operator(")" | "}") => {
                open.pop();
            }
            Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => {}
        }
    }
    open.contains(&"$(")
}

/// Whether the hole is a word of its own of a command: only there are bare words strings.
fn is_argument(tokens: &[Token], at: usize) -> bool {
    let start = statement_start(tokens, at);
    let Kind::Word(first) = &tokens[start].kind else { return false };
    let plain = |kind: &Kind| match kind {
        Kind::Word(word) => word != "=",
        Kind::Text(_) | Kind::Hole(_) => true,
        Kind::Operator(_) | Kind::Newline => false,
    };
    let spaced_after = tokens.get(at + 1).is_none_or(|token| {
        token.spaced || matches!(token.kind, Kind::Newline | Kind::Operator(";" | "|" | ")" | "}"))
    });
    let comma_after = matches!(tokens.get(at + 1).map(|token| &token.kind), Some(Kind::Operator(",")));
    is_command_name(first)
        && tokens[at].spaced
        && spaced_after
        && !comma_after
        && tokens[start..at].iter().all(|token| plain(&token.kind))
}
