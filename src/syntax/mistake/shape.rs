//! Mistakes in the shape of a file: parts and braces that are missing, statements in the wrong kind of file.

use crate::finding::Finding;
use crate::source::Span;
use crate::syntax::ast::FileKind;
use crate::syntax::grammar::Rule;
use crate::syntax::scan::DEEPEST;

use super::{CODE, Usage, usage};

/// `what` is missing from a construct, and nothing stands in its place.
pub(crate) fn missing(usage: &Usage, keyword: Span, what: &str) -> Finding {
    let title = format!("`{}` needs {what}", usage.word);
    let title = if usage.word.contains(' ') && usage.word.starts_with('a') && !usage.word.starts_with("at") {
        format!("{} needs {what}", usage.word)
    } else {
        title
    };
    Finding::error(CODE, title, keyword, "in the statement that begins here")
        .help(format!("write `{}`", usage.form))
}

/// `if [ -f file ]`
pub(crate) fn shell_test(span: Span) -> Finding {
    let title = "a condition is an expression, and not a shell test";
    Finding::error(CODE, title, span, "the shell's test").help(
        "ask first and name the answer: `let found = check on TARGET, accept exit 0 or 1 $ test -f FILE`, then `if found.exit == 0 {`",
    )
}

/// `let my-name = …`
pub(crate) fn hyphen(span: Span) -> Finding {
    Finding::error(CODE, "a name can't hold a `-`", span, "")
        .help("names are made of letters, digits and `_`")
}

/// A handler whose block begins inside its line.
pub(crate) fn handler_brace(span: Span) -> Finding {
    Finding::error(CODE, "this `{` is part of the pattern", span, "the block's `{` ends its line")
        .help("put what stands in the block on lines of its own")
}

/// `for x in y`, as most languages have it.
pub(crate) fn for_without_each(keyword: Span) -> Finding {
    Finding::error(CODE, "a loop begins with `for each`", keyword, "`each` is missing")
        .help("write `for each NAME in LIST {`")
}

/// A block that reaches the end of the file, or the next item at `end`.
pub(crate) fn open_block(text: &str, opening: Span, end: usize) -> Finding {
    let mut finding = Finding::error(CODE, "this block is never closed", opening, "it begins here");
    if let Some(brace) = left_most(text, opening.range().start, end) {
        let span = Span::new(opening.file, brace, brace + 1);
        finding = finding.also(span, "this closes a block inside it, which may lack a `}` of its own");
    }
    let next = text[end..].trim_start();
    let help = "close it with a `}` on a line of its own";
    if next.is_empty() {
        return finding.help(help);
    }
    let at = text.len() - next.len();
    let word = super::first_word(next).len().max(1);
    let next = Span::new(opening.file, at, at + word);
    finding
        .also(next, "this can only stand at the top of a file, so the block should end before it")
        .help(help)
}

/// A `}` that stands as far left as the line on which the block opens, and so was meant for it.
fn left_most(text: &str, opening: usize, end: usize) -> Option<usize> {
    let start = text[..opening].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
    let lines = text.get(opening..end)?.split_inclusive('\n');
    let mut at = opening;
    for line in lines {
        let brace = line.len() - line.trim_start_matches([' ', '\t']).len();
        if at > opening && brace == indent && line[brace..].starts_with('}') {
            return Some(at + brace);
        }
        at += line.len();
    }
    None
}

/// A file that does not begin by saying what it is.
pub(crate) fn no_head(at: Span, empty: bool) -> Finding {
    let label = if empty { "the file is empty" } else { "the first statement is another one" };
    Finding::error(CODE, "the file does not say what it is", at, label)
        .help("begin with `runbook \"Title\"`, `library \"Title\"` or `world \"Title\"`")
}

/// Brackets or blocks nested too deep.
pub(crate) fn too_deep(at: Span) -> Finding {
    Finding::error(CODE, format!("nested deeper than {DEEPEST} levels"), at, "this goes too deep")
        .help("move the inner part into an action or a `let`")
}

/// Text that the parser gave up on.
pub(crate) fn too_much(at: Span) -> Finding {
    Finding::error(CODE, "the file is too much to read", at, "").help("split it into libraries")
}

/// A construct that this kind of file does not have.
pub(crate) fn wrong_file(rule: Rule, kind: FileKind, keyword: Span) -> Option<Finding> {
    let allowed: &[FileKind] = homes(rule);
    if allowed.is_empty() || allowed.contains(&kind) {
        return None;
    }
    let word = usage(rule).word;
    let said = if word.starts_with("a ") { word.to_owned() } else { format!("`{word}`") };
    let (here, help) = match (kind, rule) {
        (FileKind::World, Rule::request | Rule::call) => {
            ("a world", "a world answers requests and makes none: write `on \"ADDRESS\" $ COMMAND {` and a `reply`".to_owned())
        }
        (FileKind::World, _) => ("a world", format!("{said} belongs in a runbook or one of its actions")),
        (FileKind::Library, _) if allowed == [FileKind::World] => ("a library", format!("{said} belongs in a world")),
        (FileKind::Library, _) => {
            ("a library", "a library holds actions, sets of commands and constants; what differs comes in as an action's param".to_owned())
        }
        (FileKind::Runbook, _) => ("a runbook", format!("{said} belongs in a world, which a runbook is rehearsed in")),
    };
    let title = format!("{said} can't stand in {here}");
    Some(Finding::error(CODE, title, keyword, format!("this file is {here}")).help(help))
}

/// The kinds of file that a construct may stand in; none for what every file may hold.
fn homes(rule: Rule) -> &'static [FileKind] {
    match rule {
        Rule::rehearses | Rule::state | Rule::handler | Rule::always | Rule::scenario => &[FileKind::World],
        Rule::set | Rule::after | Rule::reply => &[FileKind::World],
        Rule::param
        | Rule::secret
        | Rule::lock
        | Rule::guard
        | Rule::invariant
        | Rule::stage
        | Rule::checklist => &[FileKind::Runbook],
        Rule::use_
        | Rule::action
        | Rule::commands
        | Rule::target
        | Rule::request
        | Rule::call
        | Rule::wait => &[FileKind::Runbook, FileKind::Library],
        Rule::retry | Rule::pause | Rule::together | Rule::attempt | Rule::approve | Rule::manual => {
            &[FileKind::Runbook, FileKind::Library]
        }
        Rule::diagnose | Rule::return_ | Rule::undo => &[FileKind::Runbook, FileKind::Library],
        _ => &[],
    }
}
