//! What can be said against an expression before anything is evaluated: unknown filters, tests,
//! functions and methods, and wrong numbers of arguments.

use super::registry::{Entry, Given, Use, find, names};
use super::tree::{Arg, Node, NodeKind};
use crate::finding::{Finding, nearest};
use crate::source::{Span, Spanned};

/// The first mistake in an expression, if there is one.
pub(super) fn first_mistake(tree: &Node) -> Option<Finding> {
    let mut first = None;
    tree.walk(&mut |node| {
        if first.is_none() {
            first = mistake(node);
        }
    });
    first
}

fn mistake(node: &Node) -> Option<Finding> {
    match &node.kind {
        NodeKind::Filter { name, args, .. } => {
            used(Use::Filter, name, args).or_else(|| named_test(name, args))
        }
        NodeKind::Test { name, args, .. } => used(Use::Test, name, args),
        NodeKind::Call { name, args } => used(Use::Function, name, args),
        NodeKind::Method { name, args, .. } => used(Use::Method, name, args),
        _ => None,
    }
}

fn used(how: Use, name: &Spanned<String>, args: &[Arg]) -> Option<Finding> {
    match find(how, &name.value) {
        Some(entry) => arguments(entry, name.span, args),
        None => Some(unknown(how, &name.value, name.span)),
    }
}

fn unknown(how: Use, name: &str, span: Span) -> Finding {
    let word = how.word();
    let finding = Finding::error("unknown-name", format!("there is no {word} `{name}`"), span, "");
    if let Some(near) = nearest(name, names(how)) {
        return finding.meant(near);
    }
    let other = [Use::Filter, Use::Test, Use::Method, Use::Function]
        .into_iter()
        .find(|other| find(*other, name).is_some());
    match (how, other) {
        (_, Some(Use::Filter)) => finding.help(format!("`{name}` is a filter: write `value | {name}`")),
        (_, Some(Use::Test)) => finding.help(format!("`{name}` is a test: write `value is {name}`")),
        (_, Some(Use::Method)) => finding.help(format!("`{name}` is a method: write `value.{name}(…)`")),
        (Use::Function, _) => {
            finding.help("an action is called in a statement of its own: `let x = action(…)`")
        }
        _ => finding,
    }
}

fn arguments(entry: &Entry, span: Span, args: &[Arg]) -> Option<Finding> {
    let (title, span) = surplus(entry, args).or_else(|| Some((missing(entry, args)?, span)))?;
    let title = format!("the {} `{}` {title}", entry.used.word(), entry.name);
    let form = format!("it is written `{}{}`", entry.name, entry.signature());
    Some(Finding::error("wrong-arguments", title, span, "").help(form))
}

/// An argument that the entry has no use for.
fn surplus(entry: &Entry, args: &[Arg]) -> Option<(String, Span)> {
    if entry.params.iter().any(|param| param.given == Given::Many) {
        return None;
    }
    let by_place = |given: Given| matches!(given, Given::Needed | Given::Optional);
    let places = entry.params.iter().filter(|param| by_place(param.given)).count();
    args.iter().enumerate().find_map(|(at, arg)| match &arg.name {
        Some(name) if !entry.params.iter().any(|param| param.name == name) => {
            Some((format!("has no argument `{name}`"), arg.value.span))
        }
        None if at >= places && places == 0 => Some(("takes no argument".to_owned(), arg.value.span)),
        None if at >= places => {
            Some((format!("takes at most {places} argument{}", plural(places)), arg.value.span))
        }
        _ => None,
    })
}

/// An argument that the entry can't do without.
fn missing(entry: &Entry, args: &[Arg]) -> Option<String> {
    let given = |at: usize, name: &str| {
        let named = args.iter().any(|arg| arg.name.as_deref() == Some(name));
        named || args.get(at).is_some_and(|arg| arg.name.is_none())
    };
    let mut needed = entry.params.iter().enumerate().filter(|(_, param)| param.given == Given::Needed);
    let (_, param) = needed.find(|(at, param)| !given(*at, param.name))?;
    Some(format!("needs the argument `{}`", param.name))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `select("odd")` names a test, `map("lower")` a filter.
fn named_test(filter: &Spanned<String>, args: &[Arg]) -> Option<Finding> {
    let (how, at) = match filter.value.as_str() {
        "select" | "reject" => (Use::Test, 0),
        "selectattr" | "rejectattr" => (Use::Test, 1),
        "map" => (Use::Filter, 0),
        _ => return None,
    };
    let arg = args.get(at).filter(|arg| arg.name.is_none())?;
    let NodeKind::Const(name) = &arg.value.kind else { return None };
    let name = name.as_str()?;
    find(how, name).is_none().then(|| unknown(how, name, arg.value.span))
}
