//! Strings and commands: escapes, indentation, and the holes `{{ expression }}`.

use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Part, Quotes, Text};
use crate::syntax::grammar::Node;
use crate::syntax::mistake::CODE;

use super::Lowering;

/// What may follow a backslash.
const ESCAPES: [char; 4] = ['"', '\\', 'n', 't'];

impl Lowering<'_> {
    /// A string as written: `"…"`, `"""…"""` or `r"…"`.
    pub(super) fn text(&mut self, node: &Node<'_>) -> Text {
        let (start, source) = (node.as_span().start(), node.as_str());
        let span = Span::new(self.file, start, start + source.len());
        let (quotes, open, close) = match source.as_bytes() {
            [b'r', ..] => (Quotes::Raw, 2, "\""),
            [b'"', b'"', b'"', ..] => (Quotes::Block, 3, "\"\"\""),
            _ => (Quotes::Plain, 1, "\""),
        };
        let inner = self.unclose(&source[open..], close, span);
        let parts = match quotes {
            Quotes::Raw => self.literal(start + open, inner.to_owned(), inner.len()),
            Quotes::Block => {
                self.check_escapes(start + open, inner);
                self.block_parts(start + open, inner, unescape)
            }
            Quotes::Plain | Quotes::Command | Quotes::Script => {
                self.check_escapes(start + open, inner);
                self.parts_of(start + open, inner, unescape)
            }
        };
        Text { quotes, parts, span }
    }

    /// A command: all after the `$`, or a `$ """` script.
    pub(super) fn command(&mut self, node: &Node<'_>) -> Text {
        let source = node.as_str();
        let words = source[1..].trim();
        let start = node.as_span().start() + source.find(words).unwrap_or(source.len());
        let span = Span::new(self.file, start, start + words.len());
        if words.is_empty() {
            let dollar = Span::new(self.file, start - source.len(), start);
            self.error(
                "a command is missing after `$`",
                dollar,
                "",
                "write the command on the same line, or `$ \"\"\"` for a script",
            );
        }
        if words.ends_with(" \\") {
            let slash = Span::new(self.file, start + words.len() - 1, start + words.len());
            self.error(
                "a command is one line",
                slash,
                "a `\\` does not join the next line to it",
                "write it on one line, or as a script: `$ \"\"\"` … `\"\"\"`",
            );
        }
        Text { quotes: Quotes::Command, parts: self.parts_of(start, words, plain), span }
    }

    /// A `$ """` script; its span is that of the quotes.
    pub(super) fn script(&mut self, node: &Node<'_>) -> Text {
        let source = node.as_str().trim_end();
        let open = source.find('"').unwrap_or(0);
        let start = node.as_span().start() + open;
        let span = Span::new(self.file, start, start + source.len() - open);
        let inner = self.unclose(&source[open + 3..], "\"\"\"", span);
        Text { quotes: Quotes::Script, parts: self.block_parts(start + 3, inner, plain), span }
    }

    /// The words of a pattern, in which nothing is filled in: all after `$`, or what a string holds.
    pub(super) fn pattern_text(&mut self, node: &Node<'_>) -> Spanned<String> {
        let text = match node.as_str().starts_with('$') {
            true => self.literal_command(node),
            false => self.text(node),
        };
        let holes: Vec<Span> = text.holes().map(|hole| hole.span).collect();
        for hole in holes {
            self.error(
                "a pattern has nothing to fill in",
                hole,
                "patterns are read before any value is known",
                "catch the word with `<name>`, or let `...` stand for any words",
            );
        }
        let value = text.as_literal().unwrap_or_default();
        Spanned::new(value, text.span)
    }

    fn literal_command(&mut self, node: &Node<'_>) -> Text {
        self.command(node)
    }

    /// The inside of a string without its closing quotes, which are reported if they are missing.
    fn unclose<'s>(&mut self, inner: &'s str, close: &str, span: Span) -> &'s str {
        if let Some(inner) = inner.strip_suffix(close)
            && !(close.len() == 1 && ends_in_escape(inner))
        {
            return inner;
        }
        let help = match close.len() {
            1 => "close it with `\"` on the same line; `\"\"\"` holds text of several lines",
            _ => "close it with `\"\"\"`",
        };
        // What an open `"""` takes in may have been the end of a block.
        self.swallowed |= close.len() > 1;
        let opening = span.part(0, span.range().len().min(close.len()));
        self.error("this string is never closed", opening, "it begins here", help);
        inner
    }

    /// Reports a backslash that stands before a character it means nothing with; holes are not looked into.
    fn check_escapes(&mut self, start: usize, text: &str) {
        let mut at = 0;
        while let Some(found) = text[at..].find(['\\', '{']).map(|found| at + found) {
            let rest = &text[found..];
            let hole = rest.strip_prefix("{{").map(hole_end);
            if hole == Some(None) {
                return;
            }
            let next = rest[1..].chars().next();
            if let (true, Some(next)) = (rest.starts_with('\\'), next.filter(|next| !ESCAPES.contains(next)))
            {
                let span = Span::new(self.file, start + found, start + found + 1 + next.len_utf8());
                let help =
                    "there are `\\\"`, `\\\\`, `\\n` and `\\t`; `r\"…\"` takes everything as it stands";
                self.error(format!("`\\{next}` is no escape"), span, "", help);
            }
            let escape = if rest.starts_with('\\') { 1 + next.map_or(0, char::len_utf8) } else { 1 };
            at = found + hole.flatten().map_or(escape, |end| end + 4);
        }
    }

    fn literal(&mut self, start: usize, value: String, len: usize) -> Vec<Part> {
        if value.is_empty() {
            return Vec::new();
        }
        vec![Part::Literal(Spanned::new(value, Span::new(self.file, start, start + len)))]
    }

    /// Cuts text into literals and holes; `read` turns a literal's source into its characters.
    fn parts_of(&mut self, start: usize, text: &str, read: impl Fn(&str) -> String) -> Vec<Part> {
        let (mut parts, mut from, mut search) = (Vec::new(), 0, 0);
        while let Some(open) = text[search..].find("{{").map(|at| at + search) {
            if text[open + 2..].trim_start().starts_with('.') {
                search = text[open..].find("}}").map_or(text.len(), |end| open + end + 2);
                continue;
            }
            let Some(end) = hole_end(&text[open + 2..]).map(|end| open + 2 + end) else {
                self.open_hole(start + open);
                break;
            };
            parts.extend(self.literal(start + from, read(&text[from..open]), open - from));
            parts.push(self.hole(start + open + 2, &text[open + 2..end]));
            (from, search) = (end + 2, end + 2);
        }
        parts.extend(self.literal(start + from, read(&text[from..]), text.len() - from));
        parts
    }

    /// A hole, or its text as it stands when it can't be an expression.
    fn hole(&mut self, start: usize, text: &str) -> Part {
        let outside = Span::new(self.file, start - 2, start + text.len() + 2);
        let Some(finding) = mistaken_hole(text, outside) else {
            return Part::Hole(self.expr_at(start, text));
        };
        self.report(finding);
        Part::Literal(Spanned::new(text.to_owned(), outside))
    }

    fn open_hole(&mut self, at: usize) {
        let span = Span::new(self.file, at, at + 2);
        self.error(
            "`{{` is never closed",
            span,
            "an expression begins here",
            "close it with `}}`; if the braces are meant as they are, write {{ '{{' }}, or use r\"…\"",
        );
    }

    /// `"""` text: the first newline, the common indentation and the last line's blanks are not part of it.
    fn block_parts(&mut self, start: usize, text: &str, read: impl Fn(&str) -> String) -> Vec<Part> {
        let indent = common_indent(text);
        let first = text.len() - text.trim_start_matches([' ', '\t', '\r']).len();
        let skip = if text[first..].starts_with('\n') { first + 1 } else { 0 };
        let line = text.rfind('\n').filter(|at| *at >= skip && text[*at..].trim().is_empty());
        let end = line.map_or(text.len(), |at| at - usize::from(text[..at].ends_with('\r')));
        let body = &text[skip..end.max(skip)];
        let mut parts = self.parts_of(start + skip, body, |literal| read(&dedent(literal, indent)));
        if skip > 0 {
            strip_first(&mut parts, indent, start + skip);
        }
        parts
    }
}

/// The first literal begins a line: its indentation goes as well.
fn strip_first(parts: &mut Vec<Part>, indent: usize, line_start: usize) {
    if let Some(Part::Literal(first)) = parts.first_mut()
        && first.span.start as usize == line_start
    {
        first.value = strip_indent(&first.value, indent).to_owned();
        if first.value.is_empty() {
            parts.remove(0);
        }
    }
}

/// The fewest blanks before the text of any line after the first.
fn common_indent(text: &str) -> usize {
    let lines = text.split('\n').skip(1);
    let indents =
        lines.filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    indents.min().unwrap_or(0)
}

/// Takes the indentation off every line after the first, and carriage returns off the ends.
fn dedent(literal: &str, indent: usize) -> String {
    let mut lines = literal.split('\n');
    let mut text = lines.next().unwrap_or("").to_owned();
    for line in lines {
        trim_return(&mut text);
        text.push('\n');
        text.push_str(strip_indent(line, indent));
    }
    text
}

fn trim_return(text: &mut String) {
    if text.ends_with('\r') {
        text.pop();
    }
}

fn strip_indent(line: &str, indent: usize) -> &str {
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    &line[blanks.min(indent)..]
}

fn plain(text: &str) -> String {
    text.to_owned()
}

/// `\" \\ \n \t`; any other backslash was reported.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(quoted @ ('"' | '\\')) => out.push(quoted),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// What is wrong with the text between `{{` and `}}`, seen without reading it as an expression.
fn mistaken_hole(text: &str, span: Span) -> Option<Finding> {
    let finding = |title, label: &str, help| Some(Finding::error(CODE, title, span, label).help(help));
    if text.trim().is_empty() {
        let help = "put an expression there, or take the braces out";
        return finding("nothing stands between `{{` and `}}`", "", help);
    }
    if go_template(text.trim()) {
        let label = "only `{{.Name}}`, with a dot, is left as it is";
        let help = "write the inner template as a string of its own: {{ '{{…}}' }}";
        return finding("this is a Go template, and would be read as an expression", label, help);
    }
    if text.contains("\\\"") {
        let help = "use single quotes inside `{{ }}`: {{ names | join(', ') }}";
        return finding(
            "an escaped quote stands inside `{{ }}`",
            "the expression would hold a backslash",
            help,
        );
    }
    None
}

/// Where the `}}` of a hole begins: outside quotes and brackets.
fn hole_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut quote) = (0, 0_usize, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (_, b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, b'{' | b'[' | b'(') => depth += 1,
            (None, b'}') if depth == 0 && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            (None, b'}' | b']' | b')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// `{{json .}}`, `{{range .Items}}`, `{{end}}`: what Docker and kubectl take with `--format`.
fn go_template(text: &str) -> bool {
    const ACTIONS: [&str; 12] = [
        "json", "range", "if", "with", "len", "index", "printf", "println", "join", "upper", "lower", "table",
    ];
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or("");
    text == "end" || (ACTIONS.contains(&first) && words.any(|word| word.starts_with('.')))
}
