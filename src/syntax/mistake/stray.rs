//! What stands on a line after a statement should have ended, or in place of a part of it.

use crate::finding::Finding;
use crate::source::Span;
use crate::syntax::cut;

use super::{Advice, CODE, Usage, excerpt, first_word};

/// Text that should not stand where it does.
#[derive(Clone, Copy)]
pub(crate) struct Stray<'s> {
    pub text: &'s str,
    pub span: Span,
}

/// Looks for one habit in stray text.
type Habit = fn(&str, &Usage, Option<&str>) -> Option<Advice>;

/// What to say of stray text; `missing` is the part of the construct in whose place it stands.
pub(crate) fn stray(stray: &Stray<'_>, usage: &Usage, missing: Option<&str>) -> Finding {
    const HABITS: [Habit; 11] = [
        open_bracket,
        operators,
        assignment,
        separator,
        shell_test,
        shell_value,
        secret,
        quotes,
        comma,
        hyphen,
        command,
    ];
    let habit = HABITS.iter().find_map(|habit| habit(stray.text, usage, missing));
    match habit.or_else(|| unquoted(stray.text, usage, missing)) {
        Some(advice) => advice.finding(stray.span),
        None => plain(stray, usage, missing),
    }
}

fn plain(stray: &Stray<'_>, usage: &Usage, missing: Option<&str>) -> Finding {
    let word = if usage.word.starts_with("a ") { usage.word.to_owned() } else { format!("`{}`", usage.word) };
    let (title, label) = match missing {
        Some(what) => (format!("{word} needs {what}"), format!("here stands `{}`", excerpt(stray.text))),
        None => (format!("`{}` can't stand here", excerpt(stray.text)), format!("{word} ends before this")),
    };
    Finding::error(CODE, title, stray.span, label).help(format!("write `{}`", usage.form))
}

fn open_bracket(text: &str, _usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let open = cut::unclosed(text).filter(|_| !text.contains('$'))?;
    let closer = match text.as_bytes()[open] {
        b'(' => ')',
        b'[' => ']',
        _ => '}',
    };
    let title = format!("`{}` is never closed", &text[open..=open]);
    Some(Advice::new(open..open + 1, title, format!("close it with `{closer}`")))
}

fn operators(text: &str, _usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let (shell, word, what) = [("&&", "and", "both"), ("||", "or", "either")]
        .into_iter()
        .find(|(shell, ..)| text.starts_with(shell))?;
    let statement = text[2..].trim_start();
    let help =
        if super::unknown::is_statement(first_word(statement)) || statement.contains('(') && shell == "&&" {
            "statements stand on lines of their own, and the next runs only if this one did well".to_owned()
        } else {
            format!("write `{word}` where {what} should hold")
        };
    Some(Advice::new(0..2, format!("`{shell}` is the shell's, and not an operator here"), help))
}

fn assignment(text: &str, usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let compares = matches!(usage.word, "assert" | "if" | "else if" | "return" | "diagnose" | "expect");
    (compares && text.starts_with('=') && !text.starts_with("=="))
        .then(|| Advice::new(0..1, "`=` names a value, and does not compare", "write `==`"))
}

fn separator(text: &str, _usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    if text == "then" || text == "do" || text == "; then" || text == "; do" || text == ":" {
        let title = format!("`{text}` is not needed: a block stands in braces");
        return Some(Advice::new(0..text.len(), title, "write `{` there, and `}` after the last statement"));
    }
    let end = text.starts_with(';');
    end.then(|| Advice::new(0..1, "`;` does not end a statement", "put each statement on a line of its own"))
}

fn shell_test(text: &str, usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let conditional = matches!(usage.word, "if" | "else if");
    let test =
        text.starts_with('[') || text.starts_with("! ") || text.starts_with("test ") || text.starts_with('!');
    (conditional && test).then(|| {
        let help = "ask the world first and name the answer: `let found = check on TARGET, accept exit 0 or 1 $ test -f FILE`, then `if found.exit == 0 {`";
        Advice::new(0..text.len(), "a condition is an expression, and not a shell test", help)
    })
}

fn shell_value(text: &str, usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let rest = text.strip_prefix('$')?;
    if rest.starts_with('(') || rest.starts_with('`') {
        let help = "name what a command gives: `let x = check on TARGET $ COMMAND`, then use `x.text`";
        return Some(Advice::new(0..1, "a command can't stand inside an expression", help));
    }
    if rest.starts_with('{') || rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        let name = first_word(rest.trim_start_matches('{'));
        let help =
            format!("write `{name}` in an expression, and `{{{{ {name} }}}}` in a string or a command");
        return Some(Advice::new(0..text.len(), "values are named without a `$`", help));
    }
    let help = "say what it does and where: `check on TARGET $ …`, `run on …` or `once on …`";
    let title = format!("a command can't stand in `{}`", usage.word);
    Some(Advice::new(0..1, title, help))
}

fn secret(text: &str, usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    (usage.word == "secret" && text.starts_with(['"', '\''])).then(|| {
        let help = "say where it is found when the runbook is run: `env \"VAR\"`, `file \"path\"` or `command \"…\"`";
        Advice::new(0..text.len(), "a secret is not written into the file", help)
    })
}

fn quotes(text: &str, _usage: &Usage, missing: Option<&str>) -> Option<Advice> {
    let wants_text = missing.is_some_and(|what| what.contains("quotes"));
    (wants_text && text.starts_with('\'')).then(|| {
        let end = text[1..].find('\'').map_or(text.len(), |end| end + 2);
        let help = format!("write \"{}\"", text[1..end].trim_end_matches('\''));
        Advice::new(0..end, "a string stands in double quotes", help)
            .label("single quotes are for strings inside an expression")
    })
}

fn comma(text: &str, usage: &Usage, missing: Option<&str>) -> Option<Advice> {
    if text == "," {
        let help = format!("write what should follow, or take the comma out: `{}`", usage.form);
        return Some(Advice::new(0..1, "nothing follows this comma", help));
    }
    let word = first_word(text);
    let clause = usage.clauses.iter().any(|clause| clause.split(' ').next() == Some(word));
    let fits = |what: &str| what.contains(word) || what.starts_with("what is done") || what.contains("block");
    (missing.is_none_or(fits) && clause && !word.is_empty()).then(|| {
        Advice::new(
            0..word.len(),
            format!("a comma is missing before `{word}`"),
            format!("write `, {}`", excerpt(text)),
        )
    })
}

fn hyphen(text: &str, usage: &Usage, _missing: Option<&str>) -> Option<Advice> {
    let named = matches!(usage.word, "let" | "param" | "target" | "secret" | "action" | "commands" | "state");
    let name = text.strip_prefix('-')?;
    (named && name.starts_with(|c: char| c.is_ascii_alphanumeric()))
        .then(|| Advice::new(0..1, "a name can't hold a `-`", "names are made of letters, digits and `_`"))
}

fn command(text: &str, _usage: &Usage, missing: Option<&str>) -> Option<Advice> {
    let wants = missing.is_some_and(|what| what.starts_with("what is done"));
    let url = first_word(text).bytes().all(|byte| byte.is_ascii_uppercase()) && text.contains("://");
    if wants && url {
        let method = first_word(text);
        let help = format!("write `{method} \"{}\"`", text[method.len()..].trim());
        let url = text.len() - text[method.len()..].trim_start().len();
        return Some(Advice::new(url..text.len(), "a URL stands in quotes", help));
    }
    wants.then(|| {
        Advice::new(
            0..text.len(),
            "a request needs what is done there",
            "put a `$` before a command: `$ ls`; write `GET \"URL\"` for HTTP",
        )
        .label("this is neither a command nor an HTTP request")
    })
}

/// Words where a string in quotes should stand.
fn unquoted(text: &str, usage: &Usage, missing: Option<&str>) -> Option<Advice> {
    let what = missing.filter(|what| what.contains("quotes"))?;
    let words = text.split(',').next().unwrap_or(text).trim_end();
    text.starts_with(char::is_alphanumeric).then(|| {
        let title = format!("`{}` needs {what}", usage.word);
        let word = if usage.word == "target" { "ssh" } else { usage.word };
        let help = format!("write `{word} \"{words}\"`; a value goes in as `{{{{ … }}}}`");
        Advice::new(0..words.len(), title, help).label("this is not in quotes")
    })
}
