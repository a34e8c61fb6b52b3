//! Whether a text reads as a tree does, so that a layout is never written that says something else.
//!
//! In: a tree, and a text that should read alike. Out: yes or no. Must not know: the layout.
//!
//! Both trees are compared as `Debug` shows them: so a node or field that is new is compared from its first day.

use super::ast::File;
use crate::finding;

/// What the layout may change: how it begins in a tree that is shown, and what ends it.
const PLACES: [(&str, &[char]); 4] =
    [("Span {", &['}']), ("ExprId(", &[')']), ("after_blank: ", &[',', ' ']), ("detached: ", &[',', ' '])];

/// What a tree shows before an expression's text, its number taken away.
const EXPRESSION: &str = "Expr { id: ), text: ";

/// Whether `text` has no mistakes and reads as `file`: the same statements, values and comments, in their order. Places, empty lines, line
/// ends and the indentation of an expression's lines do not count.
pub(super) fn reads_as(file: &File, text: &str) -> bool {
    let parsed = super::parse(file.id, text);
    let other = parsed.file.filter(|_| !finding::has_errors(&parsed.findings));
    other.is_some_and(|other| shape(file) == shape(&other))
}

fn shape(file: &File) -> String {
    let tree = format!("{file:?}");
    let mut shape = String::with_capacity(tree.len() / 2);
    let mut rest = tree.as_str();
    while let Some(at) = rest.find(['"', 'S', 'E', 'a', 'd']) {
        shape.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[take(rest, &mut shape)..];
    }
    shape.push_str(rest);
    shape
}

/// Takes a string, a place or one letter over to the shape; gives how long it was.
fn take(rest: &str, shape: &mut String) -> usize {
    if rest.starts_with('"') {
        return take_string(rest, shape);
    }
    if let Some((start, ends)) = PLACES.iter().find(|(start, _)| rest.starts_with(start)) {
        return rest[start.len()..].find(*ends).map_or(rest.len(), |at| start.len() + at);
    }
    shape.push_str(&rest[..1]);
    1
}

fn take_string(rest: &str, shape: &mut String) -> usize {
    let moves = shape.ends_with(EXPRESSION);
    let len = string_len(rest.as_bytes());
    let mut begins_line = false;
    for piece in pieces(&rest[..len]) {
        match piece {
            "\\r" => continue,
            " " | "\\t" | "\\n" if begins_line => continue,
            "\\n" if moves => shape.truncate(shape.trim_end_matches(' ').len()),
            _ => {}
        }
        begins_line = moves && piece == "\\n";
        shape.push_str(piece);
    }
    len
}

/// The length of a string that is shown, quotes included.
fn string_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while bytes.get(at).is_some_and(|byte| *byte != b'"') {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// The characters of a string that is shown, each escape as one.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.chars();
        if chars.next()? == '\\' {
            chars.next();
        }
        let (piece, after) = rest.split_at(rest.len() - chars.as_str().len());
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    const WRITTEN: &str = r##"runbook   "Clean up"
# why
param hosts: list of string
stage "Clean" {
  let a = f(1,
      "x  y",
    2)   # two
  note "one {{ a }}"
  run on m, within 5s $ rm  x
}
"##;

    fn reads(other: &str) -> bool {
        let parsed = crate::syntax::parse(FileId(0), WRITTEN);
        assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
        reads_as(&parsed.file.unwrap(), other)
    }

    #[test]
    fn blanks_between_words_and_line_ends_do_not_count() {
        assert!(reads(WRITTEN));
        assert!(reads(&WRITTEN.replace('\n', "\r\n")));
        assert!(reads(&WRITTEN.replace("runbook   ", "runbook ").replace("stage", "\n\nstage")));
        assert!(reads(&WRITTEN.replace("      \"x", "\"x").replace("    2)", "\t2)")));
        assert!(reads(&WRITTEN.replace(", within", ",\n within")));
    }

    #[test]
    fn a_lost_comment_a_changed_value_and_swapped_statements_are_seen() {
        for (from, to) in [
            ("# why\n", ""),
            ("# why", "# Why"),
            ("   # two", ""),
            ("\"Clean up\"", "\"Clean  up\""),
            ("string", "int"),
            ("5s", "6s"),
            ("x  y", "x y"),
            ("one {{ a }}", "one {{ b }}"),
            ("one {{ a }}", "one  {{ a }}"),
            ("f(1,", "f(2,"),
            ("rm  x", "rm x"),
            ("  note \"one {{ a }}\"\n", ""),
            ("stage", "stadge"),
        ] {
            assert!(WRITTEN.contains(from), "{from}");
            assert!(!reads(&WRITTEN.replacen(from, to, 1)), "`{from}` became `{to}`");
        }
        let (note, run) = ("  note \"one {{ a }}\"\n", "  run on m, within 5s $ rm  x\n");
        assert!(!reads(&WRITTEN.replace(&format!("{note}{run}"), &format!("{run}{note}"))));
    }
}
