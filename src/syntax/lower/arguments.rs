//! Calls: cutting arguments at their commas.

use crate::source::{Span, Spanned};
use crate::syntax::ast::{Argument, Call};
use crate::syntax::cut;
use crate::syntax::grammar::Node;

use super::Lowering;

/// Jinja's own functions: `let x = range(3)` is an expression, not a call of an action.
const FUNCTIONS: [&str; 2] = ["range", "dict"];

impl Lowering<'_> {
    /// `action(args)`, a node of its own.
    pub(super) fn call(&mut self, node: &Node<'_>) -> Call {
        let (start, text) = (node.as_span().start(), node.as_str());
        let open = text.find('(').unwrap_or(text.len());
        self.call_at(start, text, open)
    }

    /// The call that an expression is as a whole, if it is one.
    pub(super) fn call_in(&mut self, node: &Node<'_>) -> Option<Call> {
        let (start, text) = (node.as_span().start(), node.as_str().trim_end());
        let open = whole_call(text)?;
        (!FUNCTIONS.contains(&&text[..open])).then(|| self.call_at(start, text, open))
    }

    fn call_at(&mut self, start: usize, text: &str, open: usize) -> Call {
        let path = self.path_at(text[..open].trim_end(), start);
        let span = Span::new(self.file, start, start + text.len());
        let args = self.arguments(start + open + 1, text.get(open + 1..text.len() - 1).unwrap_or(""));
        Call { path, args, span }
    }

    /// What stands between the parentheses of a call.
    pub(super) fn arguments(&mut self, start: usize, text: &str) -> Vec<Argument> {
        let mut args = Vec::new();
        let pieces = cut_at_commas(text);
        let last = pieces.len() - 1;
        for (number, piece) in pieces.into_iter().enumerate() {
            let source = &text[piece.clone()];
            let code = &source[first_code(source)..];
            if !code.trim().is_empty() {
                args.push(self.argument(start + piece.end - code.len(), code));
            } else if number < last {
                let at = Span::new(self.file, start + piece.end, start + piece.end + 1);
                self.error(
                    "an argument is missing before this comma",
                    at,
                    "",
                    "take the comma out, or write the argument",
                );
            }
        }
        args
    }

    fn argument(&mut self, start: usize, text: &str) -> Argument {
        let Some(equals) = named(text) else {
            return Argument { name: None, value: self.expr_at(start, text) };
        };
        let name = text[..equals].trim_end();
        let span = Span::new(self.file, start, start + name.len());
        let value = self.expr_at(start + equals + 1, &text[equals + 1..]);
        Argument { name: Some(Spanned::new(name.to_owned(), span)), value }
    }
}

/// Where the `(` of a call stands, when the whole text is that call.
fn whole_call(text: &str) -> Option<usize> {
    let open = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))?;
    let path = &text[..open];
    let words = path.split('.').all(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    if !words || !text[open..].starts_with('(') || !text.ends_with(')') {
        return None;
    }
    let closes = cut::find(&text[open..], |depth, byte| depth == 0 && byte == b')')?;
    (open + closes + 1 == text.len()).then_some(open)
}

/// Where the `=` of `name=value` stands.
fn named(text: &str) -> Option<usize> {
    let name = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let rest = text[name..].trim_start();
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let equals = rest.starts_with('=') && !rest.starts_with("==");
    (starts && equals).then(|| text.len() - rest.len())
}

fn cut_at_commas(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    while let Some(comma) = cut::find(&text[from..], |depth, byte| depth == 0 && byte == b',') {
        pieces.push(from..from + comma);
        from += comma + 1;
    }
    pieces.push(from..text.len());
    pieces
}

/// Where the first byte stands that is neither blank nor in a comment.
fn first_code(text: &str) -> usize {
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if !text[at..].starts_with('#') {
            return at;
        }
        at += text[at..].find('\n').unwrap_or(text.len() - at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_whole_or_none() {
        assert_eq!(whole_call("services(manager, stack)"), Some(8));
        assert_eq!(whole_call("f(a) | length"), None);
        assert_eq!(whole_call("f(a)(b)"), None);
        assert_eq!(whole_call("f(\")\")"), Some(1));
        assert_eq!(whole_call("(a)"), None);
    }

    #[test]
    fn commas_in_brackets_and_strings_do_not_cut() {
        let text = "a, {\"b\": [1, 2]}, 'c, d' # e, f\n, g";
        assert_eq!(cut_at_commas(text).len(), 4);
    }

    #[test]
    fn names_are_told_from_comparisons() {
        assert_eq!(named("limit = 3"), Some(6));
        assert_eq!(named("a == b"), None);
        assert_eq!(named("1 = 2"), None);
    }
}
