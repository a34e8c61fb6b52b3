//! What filters and tests are given: text where text is wanted, and regular expressions that can be read.
//!
//! How many arguments they take is checked when an expression is read.

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
        if entry.name == "map" && args.is_empty() {
            let finding = Finding::error("wrong-arguments", "`map` is not told what to take", name.span, "");
            self.report(finding.help("name a field, `map(attribute=\"…\")`, or a filter, `map(\"trim\")`"));
        }
        let first = entry.params.first().filter(|param| matches!(param.given, Given::Needed));
        let (Some(param), [arg, ..], [ty, ..]) = (first, args, types) else { return };
        if param.shape == Shape::String && !fits(ty, &Type::String) && ty != &Type::Secret {
            let title = format!("`{}` wants text, not {}", entry.name, a(ty));
            self.report(Finding::error("wrong-type", title, arg.value.span, a(ty)));
        }
        if param.name == "regex" {
            self.is_regex(arg);
        }
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
