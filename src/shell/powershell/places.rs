//! Where each hole of a PowerShell command stands, or why no value may stand there.

use super::commands::{is_command_name, text};
use super::inside::full_name;
use super::lex::{Kind, Part, Quoted, Token, lex};
use crate::shell::cmd::is_batch;
use crate::shell::interpreters;
use crate::shell::known::rows;
use crate::shell::units::{Trouble, Unit};
use crate::shell::{Place, Quotes, Unquotable};

/// Commands that run, or compile, what stands in their words.
const EVALUATING: [&str; 22] = [
    "invoke-expression",
    "iex",
    "powershell",
    "pwsh",
    "cmd",
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
    "foreach-object",
    "%",
    "mshta",
];
/// Of these, the ones that take a block of code, which is read but once.
const TAKES_BLOCKS: [&str; 8] =
    ["powershell", "pwsh", "invoke-command", "icm", "start-job", "sajb", "foreach-object", "%"];
/// Commands that run what a pipe brings them.
const READS_CODE: [&str; 14] = [
    "invoke-expression",
    "iex",
    "powershell",
    "pwsh",
    "cmd",
    "sh",
    "bash",
    "dash",
    "wsl",
    "ssh",
    "python",
    "python3",
    "node",
    "perl",
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
    let whole =
        parts.iter().filter(|part| !matches!(part, Part::Literal(text) if text.is_empty())).count() == 1;
    for part in parts {
        let Part::Hole { hole, inside } = part else { continue };
        check_text_joined(tokens, at, *hole)?;
        check_code(tokens, at, *hole)?;
        let to_program = is_program(tokens, statement_start(tokens, at));
        places[*hole as usize] = Some(match inside {
            Quoted::Single if to_program => Place::Argument { quotes: Quotes::Single, whole },
            Quoted::Single => Place::Single,
            Quoted::Double if to_program => Place::Argument { quotes: Quotes::Double, whole },
            Quoted::Double => Place::Double,
            Quoted::Here => Place::Here,
        });
    }
    Ok(())
}

fn bare(tokens: &[Token], at: usize, hole: u32) -> Result<Place, Trouble> {
    check_joined(tokens, at, hole)?;
    check_code(tokens, at, hole)?;
    let alone = is_argument(tokens, at);
    Ok(match is_program(tokens, statement_start(tokens, at)) {
        true => Place::Argument { quotes: Quotes::None, whole: alone },
        false => Place::Bare { alone },
    })
}

/// Whether the statement starts a program, as far as its name tells.
fn is_program(tokens: &[Token], start: usize) -> bool {
    let start = after_assignment(tokens, start);
    match tokens.get(start).map(|token| &token.kind) {
        Some(Kind::Word(word)) => is_command_name(word) && !is_own_command(word),
        Some(Kind::Text(_)) => start > 0 && matches!(tokens[start - 1].kind, Kind::Operator("&")),
        Some(Kind::Hole(_) | Kind::Operator(_) | Kind::Newline) | None => false,
    }
}

/// `Verb-Noun` with a verb of PowerShell, or an alias of such a command.
fn is_own_command(word: &str) -> bool {
    let name = full_name(word);
    let verb = name.split_once('-').map(|(verb, _)| verb);
    let verbs = rows(include_str!("verbs.txt")).flat_map(str::split_whitespace);
    verb.is_some_and(|verb| verbs.into_iter().any(|known| known.eq_ignore_ascii_case(verb)))
}

/// A string that holds a value must be a word of its own, or the end of one that begins as a name.
fn check_text_joined(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    let before = at.checked_sub(1).map(|before| (&tokens[before], at.checked_sub(2).map(|at| &tokens[at])));
    let begun = match before {
        Some((Token { kind: Kind::Word(word), spaced }, _)) if !tokens[at].spaced => {
            let first =
                *spaced || at == 1 || matches!(tokens[at - 2].kind, Kind::Newline | Kind::Operator(_));
            word.contains(['$', '[']) || !first
        }
        Some((Token { kind: Kind::Text(_) | Kind::Hole(_) | Kind::Operator(")" | "}"), .. }, _)) => {
            !tokens[at].spaced
        }
        Some(_) | None => false,
    };
    let goes_on = tokens.get(at + 1).is_some_and(|after| {
        !after.spaced
            && match &after.kind {
                Kind::Word(word) => !word.starts_with(['.', '[', ':']),
                Kind::Text(_) | Kind::Hole(_) => true,
                Kind::Operator(operator) => operator.contains('('),
                Kind::Newline => false,
            }
    });
    if begun || goes_on {
        let why = "its string is joined to other text, which is no single word in PowerShell";
        return Err(Trouble::hole(hole, why, HELP_JOINED));
    }
    Ok(())
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
fn check_code(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    if sub_expression_around(tokens, at) {
        let why = "it stands in a `$(…)`";
        return Err(Trouble::hole(hole, why, "set a variable before, and use that"));
    }
    check_first(tokens, at, hole)?;
    check_piped(tokens, at, hole)?;
    let (mut inner, mut in_block) = (at, false);
    loop {
        check_statement(tokens, inner, hole, in_block)?;
        let Some(open) = bracket_around(tokens, inner) else { return Ok(()) };
        in_block |= matches!(tokens[open].kind, Kind::Operator("{"));
        check_method(tokens, open, hole)?;
        inner = open;
    }
}

/// The bracket that is open at a token.
fn bracket_around(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for before in (0..at).rev() {
        match &tokens[before].kind {
            Kind::Operator(")" | "}") => depth += 1,
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") if depth == 0 => return Some(before),
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") => depth -= 1,
            Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => {}
        }
    }
    None
}

/// Refuses a value where a program, or the name of a script, is expected.
fn check_first(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    let start = statement_start(tokens, at);
    let opener = start.checked_sub(1).map(|before| &tokens[before].kind);
    let is_value = matches!(opener, Some(Kind::Operator("(" | "@(" | "@{")));
    let is_bare_text =
        matches!(&tokens[at].kind, Kind::Text(_)) && !matches!(opener, Some(Kind::Operator("&")));
    if start == at && !is_value && !is_bare_text {
        let help = "write the program itself; to choose between programs, use `if` in the runbook";
        return Err(Trouble::hole(hole, "it stands where PowerShell expects a program", help));
    }
    match &tokens[start].kind {
        Kind::Word(first) if first == "." && at == start + 1 => {
            Err(Trouble::hole(hole, "it names a script to run", "write the script's name"))
        }
        Kind::Word(first) if NAMING.contains(&first.to_lowercase().as_str()) => {
            Err(Trouble::hole(hole, "it stands where a name must be fixed", "write the name itself"))
        }
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => Ok(()),
    }
}

/// Where the command of a statement begins: behind `$x =` and `return`.
fn after_assignment(tokens: &[Token], start: usize) -> usize {
    const BEFORE: [&str; 4] = ["return", "throw", "exit", "in"];
    let same = tokens[start..].iter().take_while(|token| {
        !matches!(&token.kind, Kind::Newline | Kind::Operator(";" | "|" | "||" | "&&" | "&" | "{" | "("))
    });
    let last = same.enumerate().filter_map(|(at, token)| match &token.kind {
        Kind::Word(word) if word.ends_with('=') && word.len() < 4 => Some(at + 1),
        Kind::Word(word) if at == 0 && BEFORE.contains(&word.to_lowercase().as_str()) => Some(1),
        Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => None,
    });
    start + last.last().unwrap_or(0)
}

/// Refuses a value among the words of a command that runs them.
fn check_statement(tokens: &[Token], at: usize, hole: u32, in_block: bool) -> Result<(), Trouble> {
    let start = statement_start(tokens, at);
    let command = after_assignment(tokens, start).min(at);
    let called = command > 0 && matches!(tokens[command - 1].kind, Kind::Operator("&"));
    let program = match tokens.get(command).map(|token| &token.kind) {
        Some(Kind::Word(word)) => word.clone(),
        Some(kind @ Kind::Text(_)) if called => text(kind),
        Some(Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline) | None => String::new(),
    };
    if is_batch(&program) {
        let why = format!("`{program}` is read by cmd, and no value can be quoted safely for cmd");
        return Err(Trouble::hole(hole, why, "give the value through `env` or `stdin`"));
    }
    let name = base_name(&program);
    let runs = EVALUATING.contains(&name.as_str()) && !(in_block && TAKES_BLOCKS.contains(&name.as_str()));
    let started = if runs { Some(program.as_str()) } else { started_shell(&tokens[start..at], in_block) };
    match started {
        Some(program) => {
            let why = format!("`{program}` may run its words as a command");
            Err(Trouble::hole(hole, why, "write the command itself, or give the value through `env`"))
        }
        None => check_interpreter(&tokens[start..=at.min(tokens.len() - 1)], hole),
    }
}

fn base_name(program: &str) -> String {
    let name = program.to_lowercase();
    let name = name.rsplit(['\\', '/']).next().unwrap_or(&name);
    name.trim_end_matches(".exe").to_owned()
}

/// Refuses the code that an interpreter of another language is given.
fn check_interpreter(tokens: &[Token], hole: u32) -> Result<(), Trouble> {
    let [.., Token { kind: Kind::Word(option), .. }, _] = tokens else { return Ok(()) };
    let takes = |token: &Token| match &token.kind {
        Kind::Word(word) => interpreters::takes_code(&base_name(word), option).then(|| word.clone()),
        Kind::Text(_) | Kind::Hole(_) | Kind::Operator(_) | Kind::Newline => None,
    };
    match tokens.iter().find_map(takes) {
        Some(program) => {
            let why = format!("it stands in code that `{program}` runs");
            Err(Trouble::hole(hole, why, "give it through `env` or `stdin`"))
        }
        None => Ok(()),
    }
}

/// Refuses a value for a method that runs what it is given, as in `[scriptblock]::Create("…")`.
fn check_method(tokens: &[Token], open: usize, hole: u32) -> Result<(), Trouble> {
    const RUNNING: [&str; 8] = [
        "scriptblock]::create",
        ".invokescript",
        ".newscriptblock",
        ".expandstring",
        ".addscript",
        ".addcommand",
        "process]::start",
        "::parseinput",
    ];
    let Some(Kind::Word(word)) = open.checked_sub(1).map(|before| &tokens[before].kind) else {
        return Ok(());
    };
    let name = word.to_lowercase();
    if tokens[open].spaced || !RUNNING.iter().any(|method| name.ends_with(method)) {
        return Ok(());
    }
    let why = format!("`{word}(…)` may run what it is given");
    Err(Trouble::hole(hole, why, "write the command itself, or give the value through `env`"))
}

/// Refuses a value that goes through a pipe to what runs its input.
fn check_piped(tokens: &[Token], at: usize, hole: u32) -> Result<(), Trouble> {
    let mut depth = open_brackets(&tokens[..at]);
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match &token.kind {
            Kind::Operator("(" | "{" | "$(" | "@(" | "@{") => depth += 1,
            Kind::Operator(")" | "}") => depth = depth.saturating_sub(1),
            Kind::Newline | Kind::Operator(";") if depth == 0 => return Ok(()),
            Kind::Operator("|") => {
                let next = tokens[index + 1..]
                    .iter()
                    .find(|token| !matches!(token.kind, Kind::Newline | Kind::Operator("&")));
                let Some(Kind::Word(program)) = next.map(|token| &token.kind) else { continue };
                if is_batch(program) || READS_CODE.contains(&base_name(program).as_str()) {
                    let why = format!("what it stands in is piped into `{program}`, which runs it");
                    return Err(Trouble::hole(
                        hole,
                        why,
                        "write the command itself, or give the value through `env`",
                    ));
                }
            }
            Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => {}
        }
    }
    Ok(())
}

fn open_brackets(tokens: &[Token]) -> usize {
    tokens.iter().fold(0_usize, |depth, token| match &token.kind {
        Kind::Operator("(" | "{" | "$(" | "@(" | "@{") => depth + 1,
        Kind::Operator(")" | "}") => depth.saturating_sub(1),
        Kind::Operator(_) | Kind::Newline | Kind::Word(_) | Kind::Text(_) | Kind::Hole(_) => depth,
    })
}

/// A shell among the words before a hole: `docker exec web powershell -c "…"` starts one too.
fn started_shell(tokens: &[Token], in_block: bool) -> Option<&str> {
    const SHELLS: [&str; 10] =
        ["powershell", "pwsh", "cmd", "sh", "bash", "dash", "wsl", "ssh", "iex", "invoke-expression"];
    tokens.iter().find_map(|token| match &token.kind {
        Kind::Word(word) => {
            let name = base_name(word);
            let shell =
                SHELLS.contains(&name.as_str()) && !(in_block && TAKES_BLOCKS.contains(&name.as_str()));
            shell.then_some(word.as_str())
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
