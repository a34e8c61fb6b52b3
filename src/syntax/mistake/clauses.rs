//! Clauses that are unknown, unfinished or in the wrong place.

use crate::finding::{Finding, nearest};
use crate::source::Span;

use super::{CODE, Usage, excerpt, first_word};

/// Every clause and how it is written.
const FORMS: [(&str, &str); 30] = [
    ("within", "within 5m"),
    ("every", "every 10s"),
    ("stable", "stable 3 times"),
    ("at a time", "3 at a time"),
    ("tolerating", "tolerating 2 failures` or `tolerating 10%"),
    ("retry", "retry 3 times"),
    ("accept exit", "accept exit 0 or 3010"),
    ("accept status", "accept status 200 or 202"),
    ("stdin", "stdin EXPRESSION"),
    ("env", "env {\"NAME\": value}"),
    ("json", "json EXPRESSION"),
    ("form", "form EXPRESSION"),
    ("body", "body EXPRESSION"),
    ("header", "header \"NAME\" \"VALUE\""),
    ("done when", "done when { … }"),
    ("by", "by 2"),
    ("during", "during \"stage\""),
    ("cause", "cause \"why\""),
    ("fix", "fix \"what to do\""),
    ("shell", "shell powershell"),
    ("user", "user \"NAME\""),
    ("port", "port 22"),
    ("jump", "jump \"HOST\""),
    ("identity", "identity \"~/.ssh/KEY\""),
    ("passphrase", "passphrase SECRET"),
    ("password", "password SECRET"),
    ("sudo", "sudo SECRET"),
    ("bearer", "bearer SECRET"),
    ("basic", "basic \"USER\" SECRET"),
    ("a message", "\"text\""),
];

/// What to write for the clause `word`.
pub(crate) fn clause_form(word: &str) -> String {
    if word == "host key" {
        return "take it out: host keys are checked, unless a target says `host key unchecked`".to_owned();
    }
    match FORMS.iter().find(|(name, _)| *name == word) {
        Some((_, form)) => format!("write `{form}`"),
        None => format!("write a value after `{word}`"),
    }
}

/// A clause that this statement does not take.
pub(crate) fn misplaced(word: &str, span: Span, usage: &Usage) -> Finding {
    let said = if word == "a message" { word.to_owned() } else { format!("`{word}`") };
    let owner = owner(usage);
    let title = format!("{said} can't stand in {owner}");
    let help = match word {
        "sudo" => "write `$ sudo COMMAND`; the password it asks for is named at the target: `sudo SECRET`"
            .to_owned(),
        _ => takes(usage),
    };
    Finding::error(CODE, title, span, "").help(help)
}

/// Text after a comma that is no clause.
pub(crate) fn clause(text: &str, span: Span, usage: &Usage) -> Finding {
    let word = first_word(text);
    let word = if word.len() > 40 { "" } else { word };
    if let Some(form) = habit(word, text) {
        let title = format!("`{}` is no clause", excerpt(text));
        return Finding::error(CODE, title, span, "").help(format!("write `{form}`"));
    }
    let first = |form: &'static str| form.split(' ').next().unwrap_or(form);
    let known = usage.clauses.iter().filter(|clause| !clause.starts_with("a "));
    let near = nearest(word, known.map(|clause| first(clause))).filter(|_| !word.is_empty());
    let title = format!("`{}` is no clause of {}", excerpt(text), owner(usage));
    let help = match near {
        Some(near) if near == word => form_of(near, usage),
        Some(near) => format!("did you mean `{near}`? {}", form_of(near, usage)),
        None => takes(usage),
    };
    Finding::error(CODE, title, span, "").help(help)
}

fn form_of(first: &str, usage: &Usage) -> String {
    let whole = usage.clauses.iter().find(|clause| clause.split(' ').next() == Some(first));
    clause_form(whole.unwrap_or(&first))
}

fn owner(usage: &Usage) -> String {
    match usage.word {
        word if word.starts_with("a ") => word.to_owned(),
        word => format!("`{word}`"),
    }
}

fn takes(usage: &Usage) -> String {
    let names: Vec<String> = usage.clauses.iter().map(|name| quoted(name)).collect();
    match names.as_slice() {
        [] => format!("{} takes no clauses", owner(usage)),
        [one] => format!("{} takes {one}", owner(usage)),
        [most @ .., last] => format!("{} takes {} and {last}", owner(usage), most.join(", ")),
    }
}

fn quoted(name: &str) -> String {
    if name.starts_with("a ") { name.to_owned() } else { format!("`{name}`") }
}

/// What other tools call our clauses.
fn habit(word: &str, text: &str) -> Option<&'static str> {
    Some(match word {
        "timeout" | "limit" | "max" | "deadline" => "within 5m",
        "interval" | "delay" | "poll" => "every 10s",
        "retries" | "times" | "attempts" => "retry 3 times",
        "parallel" | "serial" | "forks" | "concurrency" | "batch" => "3 at a time",
        "ignore_errors" | "max_failures" => "tolerating 2 failures",
        "expect" | "exit" if text.contains(|c: char| c.is_ascii_digit()) => "accept exit 0 or 1",
        "become" => "$ sudo COMMAND",
        "cwd" | "chdir" | "dir" => "$ cd DIRECTORY && COMMAND",
        "data" | "payload" => "json EXPRESSION",
        _ => return None,
    })
}
