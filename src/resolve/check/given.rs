//! What filters and tests are given: how much, text where text is wanted, and regular expressions that can be read.

use super::super::types::{a, fits};
use super::Checker;
use crate::finding::Finding;
use crate::source::Spanned;
use crate::template::registry::{Entry, Given, Shape, compile};
use crate::template::tree::{Arg, NodeKind};
use crate::value::Type;

impl Checker<'_> {
    /// The arguments of a filter or test, whose types are known.
    pub(super) fn given(&mut self, entry: &Entry, name: &Spanned<String>, args: &[Arg], types: &[Type]) {
        self.are_enough(entry, name, args);
        self.are_not_more(entry, args);
        let first = entry.params.first().filter(|param| matches!(param.given, Given::Needed));
        let (Some(param), [arg, ..], [ty, ..]) = (first, args, types) else { return };
        if arg.name.is_some() {
            return;
        }
        if param.shape == Shape::String && !fits(ty, &Type::String) && ty != &Type::Secret {
            let title = format!("`{}` wants text, not {}", entry.name, a(ty));
            self.report(Finding::error("wrong-type", title, arg.value.span, a(ty)));
        }
        if param.name == "regex" {
            self.is_regex(arg);
        }
    }

    fn are_enough(&mut self, entry: &Entry, name: &Spanned<String>, args: &[Arg]) {
        let positional = positional(args);
        let is_given = |param: &str| args.iter().any(|arg| arg.name.as_deref() == Some(param));
        let needed =
            entry.params.iter().enumerate().filter(|(_, param)| matches!(param.given, Given::Needed));
        let mut missing = needed.filter(|(at, param)| *at >= positional && !is_given(param.name));
        let what = match missing.next() {
            Some((_, param)) => param.name,
            None if entry.name == "map" && args.is_empty() => "attribute",
            None => return,
        };
        let title = format!("`{}` wants to be given more", entry.name);
        let finding = Finding::error("wrong-arguments", title, name.span, format!("its `{what}` is missing"));
        self.report(finding.help(usage(entry)));
    }

    fn are_not_more(&mut self, entry: &Entry, args: &[Arg]) {
        let takes = |given: &Given| matches!(given, Given::Needed | Given::Optional);
        let most = entry.params.iter().filter(|param| takes(&param.given)).count();
        let any = entry.params.iter().any(|param| matches!(param.given, Given::Many));
        let Some(more) = args.iter().filter(|arg| arg.name.is_none()).nth(most).filter(|_| !any) else {
            return;
        };
        let title = format!("`{}` takes fewer arguments", entry.name);
        self.report(
            Finding::error("wrong-arguments", title, more.value.span, "one too many").help(usage(entry)),
        );
    }

    fn is_regex(&mut self, arg: &Arg) {
        let NodeKind::Const(value) = &arg.value.kind else { return };
        if let Some(Err(error)) = value.as_str().map(compile) {
            let title = "this is not a regular expression";
            let finding = Finding::error("bad-regex", title, arg.value.span, error.to_string());
            self.report(finding.help("write a literal `(`, `[`, `.` or `*` with a backslash before it"));
        }
    }
}

fn positional(args: &[Arg]) -> usize {
    args.iter().filter(|arg| arg.name.is_none()).count()
}

fn usage(entry: &Entry) -> String {
    let params: Vec<_> = entry.params.iter().map(|param| param.name).collect();
    match params.as_slice() {
        [] => "it takes none".to_owned(),
        _ => format!("it takes {}", params.join(", ")),
    }
}
