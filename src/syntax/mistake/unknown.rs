//! Statements that are none.

use crate::finding::{Finding, nearest};
use crate::source::Span;

use super::{Advice, excerpt, first_word};

/// Where a statement stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    AtTop,
    InBlock,
    InWorldBlock,
    InGuard,
    InCommands,
    InChecklist,
    InScenario,
}

const ITEMS: [&str; 20] = [
    "runbook",
    "library",
    "world",
    "about",
    "use",
    "param",
    "secret",
    "let",
    "target",
    "lock",
    "guard",
    "invariant",
    "action",
    "commands",
    "stage",
    "checklist",
    "rehearses",
    "state",
    "always",
    "scenario",
];
const STATEMENTS: [&str; 24] = [
    "let",
    "check",
    "run",
    "once",
    "assert",
    "wait",
    "retry",
    "pause",
    "for",
    "together",
    "if",
    "attempt",
    "approve",
    "manual",
    "diagnose",
    "note",
    "fail",
    "return",
    "undo",
    "set",
    "after",
    "reply",
    "target",
    "on failure",
];

/// No word of the language is nearly as long.
const LONGEST_WORD: usize = 40;

/// Whether a word begins a statement.
pub(crate) fn is_statement(word: &str) -> bool {
    STATEMENTS.contains(&word)
}

/// What to say of text that no statement begins with.
pub(crate) fn unknown(text: &str, span: Span, stands: Stands) -> Finding {
    const HABITS: [fn(&str, Stands) -> Option<Advice>; 11] = [
        yaml_list,
        yaml_key,
        hcl_block,
        shell_words,
        shell_command,
        loose_clause,
        wait,
        unclosed,
        pairs,
        misplaced,
        typo,
    ];
    let advice = HABITS.iter().find_map(|habit| habit(text, stands));
    advice.unwrap_or_else(|| plain(text, stands)).finding(span)
}

fn first_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

fn plain(text: &str, stands: Stands) -> Advice {
    if text.starts_with('{') {
        let help = "put the `{` at the end of its statement's line";
        return Advice::new(0..1, "this block belongs to no statement", help);
    }
    let at = 0..excerpt_len(text);
    let title = format!("`{}` is no statement", excerpt(&text[..at.end]));
    Advice::new(at, title, what_stands(stands))
}

fn excerpt_len(text: &str) -> usize {
    let line = &text[..first_line(text)];
    line.trim_end().trim_end_matches('{').trim_end().len().max(text.chars().next().map_or(0, char::len_utf8))
}

fn what_stands(stands: Stands) -> &'static str {
    match stands {
        Stands::AtTop => "at the top of a file stand items such as `param`, `target`, `action` and `stage`",
        Stands::InBlock => {
            "a block holds statements such as `check on …`, `run on …`, `let`, `assert`, `wait until`, and calls of actions: `NAME(…)`"
        }
        Stands::InWorldBlock => {
            "a world's block holds `set`, `after`, `reply`, `if`, `for each`, `let` and `assert`"
        }
        Stands::InGuard => "a guard holds `forbid`, `allow`, `when`, `because` and `may be overridden`",
        Stands::InCommands => "a set of commands holds patterns: `$ COMMAND`",
        Stands::InChecklist => "a checklist holds `item \"title\" { … }` and `item \"title\" manual`",
        Stands::InScenario => "a scenario holds `given`, `with`, `at`, `answer` and `expect`",
    }
}

fn yaml_list(text: &str, stands: Stands) -> Option<Advice> {
    let entry = text.strip_prefix("- ")?;
    let line = 0..first_line(text);
    let key = first_word(entry);
    let help = match key {
        "name" => match stands {
            Stands::AtTop => "a step's title is a stage's: `stage \"title\" { … }`",
            _ => {
                "a statement needs no name; a line for the report is `note \"text\"`, a titled part is a stage"
            }
        },
        "hosts" => "say where things happen with `target NAME = ssh \"ADDRESS\"`, then `run on NAME $ …`",
        _ => what_stands(stands),
    };
    Some(Advice::new(line, "this is YAML's: a runbook has no lists of steps", help))
}

fn yaml_key(text: &str, stands: Stands) -> Option<Advice> {
    let key = first_word(text);
    let value = text[key.len()..].strip_prefix(':')?;
    if key.is_empty() {
        return None;
    }
    let value = value[..first_line(value)].trim();
    let line = 0..first_line(text);
    let help = match key {
        "when" => format!("write `if {} {{ … }}` around the statements", or(value, "CONDITION")),
        "hosts" | "host" => {
            format!("write `target NAME = ssh \"{}\"`, then `run on NAME $ …`", or(value, "ADDRESS"))
        }
        "tasks" | "steps" | "jobs" => "write `stage \"title\" { … }`".to_owned(),
        "vars" | "variables" | "inputs" => {
            "write `param NAME: TYPE = DEFAULT` or `let NAME = VALUE`".to_owned()
        }
        "name" => format!(
            "write `runbook \"{0}\"` or `stage \"{0}\" {{ … }}`",
            or(value.trim_matches(['"', '\'']), "title")
        ),
        "with_items" | "loop" => "write `for each NAME in LIST { … }`".to_owned(),
        "shell" | "command" | "run" | "script" | "raw" => {
            format!("write `run on TARGET $ {}`", or(value.trim_matches(['"', '\'']), "COMMAND"))
        }
        "register" => format!("name what a request gives: `let {} = check on TARGET $ …`", or(value, "NAME")),
        "retries" | "delay" | "until" => "write `wait until \"what\", within 5m, every 10s { … }`".to_owned(),
        "become" => "write `$ sudo COMMAND`".to_owned(),
        _ if stands == Stands::AtTop => {
            format!("write `let {key} = …`, or `param {key}: TYPE = …` for an input")
        }
        _ => format!("write `let {key} = …`"),
    };
    Some(Advice::new(line, format!("`{key}:` is YAML's"), help))
}

fn or<'a>(value: &'a str, instead: &'a str) -> &'a str {
    if value.is_empty() { instead } else { value }
}

fn hcl_block(text: &str, _stands: Stands) -> Option<Advice> {
    let word = first_word(text);
    let help = match word {
        "resource" | "data" | "module" | "provider" => {
            "a runbook says what is done, in order: `stage \"title\" { run on TARGET $ … }`"
        }
        "variable" => "write `param NAME: TYPE = DEFAULT`",
        "locals" => "write `let NAME = VALUE`, one a line",
        "output" => "write `note \"text\"` for the report",
        _ => return None,
    };
    let blocked = text[word.len()..].trim_start().starts_with(['"', '{']);
    blocked.then(|| Advice::new(0..excerpt_len(text), format!("`{word}` is Terraform's"), help))
}

fn shell_words(text: &str, _stands: Stands) -> Option<Advice> {
    let word = first_word(text);
    let help = match word {
        "fi" | "done" | "esac" | "end" | "endif" | "endfor" => "a block ends with `}`",
        "then" | "do" | "begin" => "a block begins with `{`, on the line of its statement",
        "while" | "until" => "write `wait until \"what\", within 5m { … }` to poll, or `retry 3 times { … }`",
        "foreach" => "write `for each NAME in LIST { … }`",
        "case" | "switch" | "match" => "write `if … { … } else if … { … }`",
        "elif" | "elsif" | "elseif" | "else" => "write it right after the `}` of its `if`",
        "catch" | "otherwise" | "rescue" | "except" => "write it right after the `}` of its `attempt`",
        "finally" | "ensure" => "write `always { … }` after the `}` of `otherwise`",
        "echo" | "print" | "printf" | "log" => {
            "write `note \"text\"` for a line in the report, or `run on TARGET $ …` for a command"
        }
        "sleep" => "write `pause 30s`",
        "exit" | "throw" | "raise" | "die" | "abort" => "write `fail \"reason\"`",
        "function" | "def" | "fn" | "func" | "task" | "procedure" => "write `action NAME(param: type) { … }`",
        "import" | "include" | "source" | "require" => "write `use \"./file.runbook\" as NAME`",
        "export" | "var" | "const" | "local" | "set_fact" => "write `let NAME = VALUE`",
        "parallel" => "write `together { … }`, or `for each … , 3 at a time { … }`",
        "step" => "write `stage \"title\" { … }` at the top of the file",
        _ => return None,
    };
    let called = text[word.len()..].starts_with(['(', '.']) && !matches!(word, "if" | "while");
    (!called).then(|| Advice::new(0..word.len(), format!("`{word}` is not a word of this language"), help))
}

fn shell_command(text: &str, stands: Stands) -> Option<Advice> {
    let in_block = matches!(stands, Stands::InBlock | Stands::AtTop);
    if text.starts_with('$') && in_block {
        let help = "say what it does and where: `check on TARGET $ …`, `run on …` or `once on …`";
        return Some(Advice::new(0..1, "a command needs its effect and its target", help));
    }
    if text.starts_with(';') {
        return Some(Advice::new(0..1, "`;` does not end a statement", "a newline does; take it out"));
    }
    if text.starts_with("&&") || text.starts_with("||") {
        let help = "statements stand on lines of their own; the next runs only if the one before did well";
        return Some(Advice::new(0..2, format!("`{}` does not join statements", &text[..2]), help));
    }
    if let Some(comment) = ["//", "/*", "--"].iter().find(|mark| text.starts_with(**mark)) {
        return Some(Advice::new(0..2, format!("`{comment}` does not begin a comment"), "write `#`"));
    }
    const PROGRAMS: [&str; 18] = [
        "sudo",
        "docker",
        "kubectl",
        "systemctl",
        "curl",
        "ssh",
        "cd",
        "ls",
        "cat",
        "grep",
        "rm",
        "cp",
        "mv",
        "apt",
        "git",
        "helm",
        "az",
        "aws",
    ];
    let word = first_word(text);
    let known = PROGRAMS.contains(&word) && text[word.len()..].starts_with(' ') && in_block;
    known.then(|| {
        let line = excerpt_len(text);
        let help =
            format!("write `run on TARGET $ {}`, or `check on …` if it only looks", excerpt(&text[..line]));
        Advice::new(0..line, "a command needs its effect, its target and a `$`", help)
    })
}

/// A clause on a line of its own.
fn loose_clause(text: &str, _stands: Stands) -> Option<Advice> {
    const CLAUSES: [&str; 12] = [
        "within",
        "every",
        "stable",
        "accept",
        "tolerating",
        "stdin",
        "json",
        "header",
        "cause",
        "fix",
        "body",
        "done",
    ];
    let word = first_word(text);
    let clause = CLAUSES.contains(&word) && !text[word.len()..].trim_start().starts_with(['(', '=', '.']);
    clause.then(|| {
        let help = "put it on the line of its statement, or end the line before it with a comma";
        Advice::new(
            0..excerpt_len(text),
            format!("`{word}` is a clause, and belongs to the statement before it"),
            help,
        )
    })
}

fn wait(text: &str, _stands: Stands) -> Option<Advice> {
    let rest = text.strip_prefix("wait")?;
    let word = first_word(rest.trim_start());
    (rest.starts_with(' ') && word != "until").then(|| {
        let help =
            "write `pause 30s` to wait for a time, and `wait until \"what\", within 5m { … }` for a state";
        Advice::new(0..4, "`wait` needs `until`", help)
    })
}

fn unclosed(text: &str, _stands: Stands) -> Option<Advice> {
    let line = &text[..first_line(text)];
    let open = line.find('(')?;
    let name = line[..open].bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let closed = line.matches(')').count() >= line.matches('(').count();
    (name && open > 0 && !closed)
        .then(|| Advice::new(open..open + 1, "`(` is never closed", "close it with `)`"))
}

/// `key = value` without `let`.
fn pairs(text: &str, stands: Stands) -> Option<Advice> {
    let line = &text[..first_line(text)];
    let name = first_word(line);
    let rest = line[name.len()..].trim_start();
    let assigns = rest.starts_with('=') && !rest.starts_with("==") && !name.is_empty();
    assigns.then(|| {
        let word = if stands == Stands::InWorldBlock { "set" } else { "let" };
        let help = format!("write `{word} {}`", line.trim_end());
        Advice::new(0..name.len(), format!("`{name}` is named without `{word}`"), help)
    })
}

/// A statement at the top of a file, or an item in a block.
fn misplaced(text: &str, stands: Stands) -> Option<Advice> {
    let word = first_word(text);
    if stands == Stands::AtTop && STATEMENTS.contains(&word) {
        let help = "put it into `stage \"title\" { … }` or `action NAME() { … }`";
        return Some(Advice::new(0..word.len(), format!("`{word}` can't stand at the top of a file"), help));
    }
    if stands == Stands::AtTop && word == "on" {
        let help = "`on failure { … }` follows the `}` of a stage, `wait until` or `for each`";
        return Some(Advice::new(0..2, "`on` stands after nothing it could belong to", help));
    }
    if stands == Stands::AtTop && word == "item" {
        return Some(Advice::new(
            0..4,
            "`item` stands in a checklist",
            "write `checklist \"title\" { item … }`",
        ));
    }
    let item = ITEMS.contains(&word) && !matches!(word, "let" | "target");
    (stands != Stands::AtTop && item).then(|| {
        let title = format!("`{word}` can't stand in a block");
        Advice::new(0..word.len(), title, "it stands at the top of a file: is a `}` missing above?")
    })
}

fn typo(text: &str, stands: Stands) -> Option<Advice> {
    let word = first_word(text);
    if word.len() > LONGEST_WORD {
        return None;
    }
    let known: &[&str] = match stands {
        Stands::AtTop => &ITEMS,
        Stands::InBlock | Stands::InWorldBlock => &STATEMENTS,
        Stands::InGuard => &["forbid", "allow", "when", "because"],
        Stands::InCommands => &[],
        Stands::InChecklist => &["item"],
        Stands::InScenario => &["given", "with", "at", "answer", "expect"],
    };
    let near = nearest(word, known.iter().copied()).filter(|_| word.len() > 1)?;
    let title = format!("`{word}` is not a word of this language");
    Some(Advice::meant(0..word.len(), title, near))
}
