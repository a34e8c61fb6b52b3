//! Calls: that the action exists, and that what is handed over is what it asks for.

use super::super::types::{a, fits, loses_secret};
use super::super::{ActionParam, load::list};
use super::effects::Via;
use super::scope::{Found, Kind, Symbol};
use super::{ActionFacts, Checker};
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{Argument, Call, Name};
use crate::value::Type;

impl<'a> Checker<'a> {
    /// Checks a call; gives the type of its result when the action is known.
    pub(super) fn call(&mut self, call: &'a Call) -> Option<Type> {
        let types: Vec<Type> = call.args.iter().map(|arg| self.expr(&arg.value)).collect();
        let (module, name) = self.member(&call.path)?;
        let Some(facts) = self.facts[module].actions.get(name.value.as_str()) else {
            let finding = self.unknown_action(module, name, call);
            self.report(finding);
            return None;
        };
        let returns = facts.returns.clone();
        let action = facts.declared;
        let findings = Matching { facts, call }.check(&types);
        self.findings.extend(findings);
        let written: Vec<_> = call.path.names.iter().map(|name| name.value.as_str()).collect();
        let via = Via { module, action: &action.name.value, written: written.join(".") };
        self.call_deeds(via, call.path.span);
        Some(returns)
    }

    fn unknown_action(&mut self, module: usize, name: &Name, call: &Call) -> Finding {
        if module == self.module
            && let Found::Symbol(symbol) = self.scopes.find(&name.value)
        {
            return not_an_action(name, symbol);
        }
        let title = match call.path.names.len() {
            1 => format!("there is no action `{}` here", name.value),
            _ => format!("`{}` has no action `{}`", self.facts[module].name, name.value),
        };
        let finding = Finding::error("unknown-action", title, name.span, "not a known action");
        let guess = self.may_guess();
        let known = || self.facts[module].actions.keys().copied();
        if known().next().is_none() {
            return finding.help("declare it with `action NAME(…) {…}`");
        }
        let near = if guess { nearest(&name.value, known()) } else { None };
        match near {
            Some(near) => finding.meant(near),
            None => finding
                .help(format!("its actions are {}", list(known().take(10).map(|name| format!("`{name}`"))))),
        }
    }
}

fn not_an_action(name: &Name, symbol: &Symbol) -> Finding {
    let what = symbol.kind.described();
    let title = format!("`{}` is {what}, not an action", name.value);
    let finding = Finding::error("not-an-action", title, name.span, what).also(symbol.span, "declared here");
    match symbol.kind {
        Kind::Library(_) => finding.help(format!("name one of its actions: `{}.NAME(…)`", name.value)),
        _ => finding,
    }
}

/// A call held against the action's declaration.
struct Matching<'f, 'a> {
    facts: &'f ActionFacts<'a>,
    call: &'f Call,
}

impl Matching<'_, '_> {
    fn check(&self, types: &[Type]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut given: Vec<Option<Span>> = vec![None; self.facts.params.len()];
        for (at, (arg, ty)) in self.call.args.iter().zip(types).enumerate() {
            let param = match self.param_of(at, arg) {
                Ok(param) => param,
                Err(finding) => {
                    findings.push(finding);
                    continue;
                }
            };
            if let Some(first) = given[param].replace(arg.value.span) {
                findings.push(self.given_twice(param, arg, first));
            }
            findings.extend(self.type_of(param, arg, ty));
        }
        findings.extend(self.missing(&given));
        findings
    }

    /// Which parameter an argument is for.
    fn param_of(&self, at: usize, arg: &Argument) -> Result<usize, Finding> {
        let params = &self.facts.params;
        let Some(name) = &arg.name else {
            return if at < params.len() { Ok(at) } else { Err(self.too_many(arg)) };
        };
        params.iter().position(|param| param.name == name.value).ok_or_else(|| {
            let title = format!("`{}` takes no `{}`", self.facts.declared.name.value, name.value);
            let finding = Finding::error("unknown-argument", title, name.span, "not one of its parameters");
            let near = nearest(&name.value, params.iter().map(|param| param.name.as_str()));
            match near {
                Some(near) => finding.meant(near),
                None => finding.help(self.takes()),
            }
        })
    }

    fn too_many(&self, arg: &Argument) -> Finding {
        let name = &self.facts.declared.name.value;
        let title = format!("`{name}` takes {} and gets {}", self.count(), self.call.args.len());
        Finding::error("wrong-arguments", title, arg.value.span, "one too many").help(self.takes())
    }

    fn count(&self) -> String {
        match self.facts.params.len() {
            1 => "1 argument".to_owned(),
            count => format!("{count} arguments"),
        }
    }

    /// How the action is called.
    fn takes(&self) -> String {
        let shown = |param: &ActionParam| match param.has_default {
            true => format!("{}: {} = …", param.name, param.ty),
            false => format!("{}: {}", param.name, param.ty),
        };
        let params: Vec<_> = self.facts.params.iter().map(shown).collect();
        format!("it is declared as `{}({})`", self.facts.declared.name.value, params.join(", "))
    }

    fn given_twice(&self, param: usize, arg: &Argument, first: Span) -> Finding {
        let title = format!("`{}` is given twice", self.facts.params[param].name);
        let finding =
            Finding::error("wrong-arguments", title, arg.value.span, "again").also(first, "the first");
        finding.help("take one of them out")
    }

    fn type_of(&self, param: usize, arg: &Argument, ty: &Type) -> Option<Finding> {
        let wanted = &self.facts.params[param];
        if fits(ty, &wanted.ty) {
            return loses_secret(ty, &wanted.ty).then(|| self.unnamed_secret(param, arg, ty));
        }
        let title =
            format!("`{}` of `{}` should be {}", wanted.name, self.facts.declared.name.value, a(&wanted.ty));
        let declared = &self.facts.declared.params[param];
        let finding = Finding::error("wrong-type", title, arg.value.span, a(ty));
        let finding = finding.also(declared.name.span.to(declared.ty.span), "declared here");
        Some(match (ty, &wanted.ty) {
            (Type::Int, Type::Duration) => finding.help("say the unit: `90s`, `15m`, `1h30m`"),
            (Type::String, Type::Target) => finding.help("hand over a target by its name, without quotes"),
            (Type::CommandOutcome | Type::HttpOutcome, Type::String) => finding.help("its text is `.text`"),
            _ => finding,
        })
    }

    /// What an action does with a secret is checked where it is declared as one.
    fn unnamed_secret(&self, param: usize, arg: &Argument, ty: &Type) -> Finding {
        let (wanted, declared) = (&self.facts.params[param], &self.facts.declared.params[param]);
        let title =
            format!("`{}` of `{}` is not declared as a secret", wanted.name, self.facts.declared.name.value);
        let finding = Finding::error("secret-shown", title, arg.value.span, a(ty));
        let finding = finding.also(declared.name.span.to(declared.ty.span), "declared here");
        finding.help(match ty {
            Type::Secret => format!("declare it as one: `{}: secret`", wanted.name),
            _ => format!("say the type of `{}`, with `secret` in it where one stands", wanted.name),
        })
    }

    fn missing(&self, given: &[Option<Span>]) -> Option<Finding> {
        let missing = self.facts.params.iter().zip(given);
        let missing = missing.filter(|(param, given)| given.is_none() && !param.has_default);
        let names: Vec<_> = missing.map(|(param, _)| format!("`{}`", param.name)).collect();
        if names.is_empty() {
            return None;
        }
        let count = names.len();
        let names = list(names.into_iter());
        let title = format!("`{}` needs {names}", self.facts.declared.name.value);
        let label = if count == 1 { "one argument is missing" } else { "arguments are missing" };
        Some(Finding::error("wrong-arguments", title, self.call.span, label).help(self.takes()))
    }
}
