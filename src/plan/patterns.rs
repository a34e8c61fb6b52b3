//! The patterns of a guard, read for its target, and what they say of a request.

use crate::resolve::{Module, ResolvedRunbook};
use crate::shell::Pattern;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, GuardPattern, RequestPattern};
use crate::template::EvalError;
use crate::value::{Shell, Target};

use super::guard::Sent;
use super::url::{UrlPattern, paths};

/// A pattern of something other than a command.
#[derive(Debug)]
pub(super) enum Matcher {
    Http { method: Pattern, url: UrlPattern },
    File { verb: String, path: Pattern, ignores_case: bool },
    Operation(String),
}

impl Matcher {
    /// Whether what is sent is among what is meant, in any reading of it.
    pub fn could_be(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::Http { method, url }, Sent::Http { method: own, url: sent }) => {
                method.match_string(&own.to_uppercase()).is_some() && url.could_be(sent)
            }
            (Matcher::File { path, ignores_case, .. }, Sent::Put(remote) | Sent::Get(remote)) => {
                let reads = |remote: &String| path.match_string(remote).is_some();
                self.is_for(sent) && paths(remote, *ignores_case).iter().any(reads)
            }
            (Matcher::Operation(name), Sent::Operation(sent)) => name == sent,
            _ => false,
        }
    }

    /// Whether it is so in every reading of it.
    pub fn surely_is(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::Http { method, url }, Sent::Http { method: own, url: sent }) => {
                method.match_string(&own.to_uppercase()).is_some() && url.surely_is(sent)
            }
            (Matcher::File { path, ignores_case, .. }, Sent::Put(remote) | Sent::Get(remote)) => {
                let reads = |remote: &String| path.match_string(remote).is_some();
                self.is_for(sent) && paths(remote, *ignores_case).iter().all(reads)
            }
            (Matcher::Operation(name), Sent::Operation(sent)) => name == sent,
            _ => false,
        }
    }

    fn is_for(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Matcher::File { verb, .. }, Sent::Put(_)) => verb == "put",
            (Matcher::File { verb, .. }, Sent::Get(_)) => verb == "get",
            _ => false,
        }
    }
}

/// The patterns of one verdict, those of commands apart.
#[derive(Default)]
pub(super) struct Patterns {
    pub commands: Vec<Pattern>,
    pub others: Vec<Matcher>,
}

/// The patterns of the verdicts that are wanted.
pub(super) fn patterns(
    runbook: &ResolvedRunbook,
    module: &Module,
    declared: &ast::Guard,
    target: &Target,
    wanted: impl Fn(ast::Verdict) -> bool,
) -> Result<Patterns, EvalError> {
    let mut patterns = Patterns::default();
    for rule in declared.rules.iter().filter(|rule| wanted(rule.verdict)) {
        patterns.read(runbook, module, &rule.pattern, target)?;
    }
    Ok(patterns)
}

pub(super) fn error(span: Span, title: String, label: &str) -> EvalError {
    EvalError { span, title, label: label.to_owned(), help: None }
}

impl Patterns {
    fn read(
        &mut self,
        runbook: &ResolvedRunbook,
        module: &Module,
        pattern: &GuardPattern,
        target: &Target,
    ) -> Result<(), EvalError> {
        let shell = target.shell;
        match pattern {
            GuardPattern::Commands(path) => {
                let unknown = || error(path.span, "there are no such commands".to_owned(), "");
                let set = runbook.commands(module.id, path, shell).ok_or_else(unknown)?;
                self.commands.extend(set.iter().cloned());
            }
            GuardPattern::Request(RequestPattern::Command(text)) => {
                self.commands.push(Pattern::command(&text.value, shell).map_err(unreadable(text.span))?);
            }
            GuardPattern::Request(RequestPattern::Http { method, url }) => {
                let method = string(&method.value.to_uppercase(), method.span)?;
                let url = UrlPattern::read(&url.value, &target.address).map_err(unreadable(url.span))?;
                self.others.push(Matcher::Http { method, url });
            }
            GuardPattern::Request(RequestPattern::File { verb, path }) => {
                self.others.push(file(&verb.value, path, shell)?);
            }
            GuardPattern::Request(RequestPattern::Operation(name)) => {
                self.others.push(Matcher::Operation(name.value.clone()));
            }
        }
        Ok(())
    }
}

fn file(verb: &str, path: &Spanned<String>, shell: Shell) -> Result<Matcher, EvalError> {
    let ignores_case = shell.is_of_windows();
    let typed = if ignores_case { path.value.to_lowercase().replace('\\', "/") } else { path.value.clone() };
    Ok(Matcher::File { verb: verb.to_owned(), path: string(&typed, path.span)?, ignores_case })
}

fn string(text: &str, span: Span) -> Result<Pattern, EvalError> {
    Pattern::string(text).map_err(unreadable(span))
}

fn unreadable(span: Span) -> impl Fn((usize, String)) -> EvalError {
    move |(_, why)| error(span, format!("this pattern can't be read: {why}"), "")
}
