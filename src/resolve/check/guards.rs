//! Guards: what they watch, by which patterns, and the question they ask.

use super::commands::SHELLS;
use super::effects::Construct;
use super::scope::{Found, Kind, Symbol, TargetFacts};
use super::targets::described;
use super::{Checker, Part};
use crate::finding::{Finding, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::ast::*;
use crate::value::Shell;

impl<'a> Checker<'a> {
    pub(super) fn guard(&mut self, guard: &'a Guard) {
        self.part = Part::Procedure;
        self.text(&guard.title);
        let targets: Vec<(&'a Name, Option<TargetFacts>)> =
            guard.targets.iter().map(|name| (name, self.target(name))).collect();
        for rule in &guard.rules {
            self.rule(rule, &targets);
        }
        self.maybe_text(guard.because.as_ref());
        if let Some(when) = &guard.when {
            let span = when.span.part(0, 1);
            self.limited(Construct::Guard, span, |checker| checker.block(when));
        }
    }

    fn rule(&mut self, rule: &'a GuardRule, targets: &[(&'a Name, Option<TargetFacts>)]) {
        let pattern = match &rule.pattern {
            GuardPattern::Commands(path) => return self.rule_by_set(path, targets),
            GuardPattern::Request(pattern) => pattern,
        };
        for (name, facts) in targets {
            if let Some(facts) = facts {
                self.rule_fits(rule, pattern, name, facts);
            }
        }
        match pattern {
            RequestPattern::Command(text) => {
                let shells = targets.iter().filter_map(|(_, facts)| facts.as_ref().map(|facts| facts.shell));
                let shells: Vec<Shell> = shells.collect();
                let wrong =
                    shells.iter().find(|shell| crate::shell::Pattern::command(&text.value, **shell).is_err());
                if let Some(shell) = wrong {
                    self.pattern(text, *shell);
                }
            }
            RequestPattern::Http { url, .. } => self.string_pattern(url),
            RequestPattern::File { path, .. } => self.string_pattern(path),
            RequestPattern::Operation(_) => {}
        }
    }

    fn rule_fits(&mut self, rule: &GuardRule, pattern: &RequestPattern, name: &Name, facts: &TargetFacts) {
        let (what, fits) = match (pattern, &facts.backend) {
            (RequestPattern::Command(_), backend) => ("commands", shells(backend)),
            (RequestPattern::Http { .. }, backend) => ("HTTP requests", *backend == BackendName::Http),
            (RequestPattern::File { .. }, backend) => ("files", shells(backend)),
            (RequestPattern::Operation(_), backend) => {
                ("operations of a plugin", matches!(backend, BackendName::Plugin(_)))
            }
        };
        if !fits {
            let title = format!("`{}` takes no {what}, so this guards nothing", name.value);
            let finding = Finding::error("wrong-target", title, rule.span, format!("{what} only"));
            let help = format!("take the rule out, or guard a target that takes {what}");
            self.report(finding.also(name.span, described(&facts.backend)).help(help));
        }
    }

    /// `forbid LIBRARY.NAME`: the set must be readable for the shells of all targets.
    fn rule_by_set(&mut self, path: &'a Path, targets: &[(&'a Name, Option<TargetFacts>)]) {
        let Some((module, name)) = self.member(path) else { return };
        let Some(set) = self.facts[module].commands.get(&name.value) else {
            let finding = self.unknown_set(module, name, path);
            return self.report(finding);
        };
        let facts = targets.iter().filter_map(|(name, facts)| Some((name, facts.as_ref()?)));
        let wrong =
            facts.clone().find(|(_, facts)| shells(&facts.backend) && set.patterns(facts.shell).is_none());
        let finding = match (wrong, facts.clone().find(|(_, facts)| !shells(&facts.backend))) {
            (Some((target, _)), _) => {
                let title =
                    format!("the shell of `{}` can't read all patterns of `{}`", target.value, name.value);
                Finding::error("bad-pattern", title, path.span, "written for another shell")
                    .help("make a set of its own for each shell")
            }
            (None, Some((target, facts))) => {
                let title = format!("`{}` takes no commands, so this guards nothing", target.value);
                Finding::error("wrong-target", title, path.span, "commands only")
                    .also(target.span, described(&facts.backend))
                    .help("take the rule out, or guard a target that takes commands")
            }
            (None, None) => return,
        };
        self.report(finding);
    }

    fn unknown_set(&mut self, module: usize, name: &Name, path: &Path) -> Finding {
        if let Found::Symbol(symbol) = self.scopes.find(&name.value)
            && path.names.len() == 1
            && !matches!(symbol.kind, Kind::Commands)
        {
            return not_commands(name, symbol);
        }
        let title = format!("there is no set of commands `{}` here", name.value);
        let finding = Finding::error("unknown-commands", title, path.span, "not a known set");
        let known = self.facts[module].commands.keys();
        match nearest(&name.value, known.map(String::as_str)) {
            Some(near) => finding.meant_at(name.span, near),
            None => finding.help("declare it: `commands NAME { $ PATTERN }`, or write a pattern after `$`"),
        }
    }

    /// What a handler or `expect` of a world waits for; any shell may have sent it.
    pub(super) fn awaited(&mut self, place: &'a Spanned<String>, request: &'a RequestPattern) {
        self.string_pattern(place);
        match request {
            RequestPattern::Command(text) => {
                let readable =
                    SHELLS.iter().any(|shell| crate::shell::Pattern::command(&text.value, *shell).is_ok());
                if !readable {
                    self.pattern(text, Shell::Sh);
                }
            }
            RequestPattern::Http { url, .. } => self.string_pattern(url),
            RequestPattern::File { path, .. } => self.string_pattern(path),
            RequestPattern::Operation(_) => {}
        }
    }
}

/// Whether targets of this backend have a shell.
fn shells(backend: &BackendName) -> bool {
    matches!(backend, BackendName::Ssh | BackendName::Local)
}

/// The `<name>`s of a pattern and where they stand.
pub(super) fn captures(pattern: &Spanned<String>) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let mut rest = pattern.value.as_str();
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 && rest[end..].starts_with('>') {
            let at = pattern.value.len() - rest.len();
            found.push((&rest[..end], pattern.span.part(at, end)));
        }
    }
    found
}

fn not_commands(name: &Name, symbol: &Symbol) -> Finding {
    let what = symbol.kind.described();
    let title = format!("`{}` is {what}, not a set of commands", name.value);
    Finding::error("not-commands", title, name.span, what)
        .also(symbol.span, "declared here")
        .help("name a set that `commands NAME {…}` declares, or write the pattern here: `$ COMMAND`")
}
