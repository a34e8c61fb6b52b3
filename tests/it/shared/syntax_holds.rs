//! What holds of every text: shared by the bounded tests here and by `fuzz/`.

use rutter::source::FileId;
use rutter::syntax::ast::File;
use rutter::syntax::{Width, format, format_lines, parse, reads_as};

/// Reads any text without a panic. What it reads without a mistake, it writes in one layout that reads as
/// the same tree and stays as it is when written again.
pub fn syntax_holds(text: &str) {
    let parsed = parse(FileId(0), text);
    for finding in &parsed.findings {
        for label in &finding.labels {
            assert!(text.get(label.span.range()).is_some(), "a label is off the text: {finding:?}");
        }
    }
    let (Some(file), true) = (&parsed.file, parsed.findings.is_empty()) else { return };
    for width in [Width::default(), Width::of(40).unwrap(), Width::of(90).unwrap()] {
        layout_holds(file, text, width);
    }
    parts_hold(file, text, Width::of(60).unwrap());
}

fn layout_holds(file: &File, text: &str, width: Width) {
    let written = format(file, text, width);
    let again = parse(FileId(0), &written);
    assert!(again.findings.is_empty(), "the layout has mistakes: {:?}\n{written}", again.findings);
    let again = again.file.expect("a tree without mistakes");
    assert_eq!(
        shape(&format!("{file:?}")),
        shape(&format!("{again:?}")),
        "the layout is another tree:\n{written}"
    );
    assert!(reads_as(file, &written), "the layout is taken for another tree:\n{written}");
    let twice = format(&again, &written, width);
    assert_eq!(written, twice, "the layout changes when written again");
}

/// Some lines in their layout, the others as they are, read as the same tree; all lines are all of the layout.
fn parts_hold(file: &File, text: &str, width: Width) {
    let count = text.lines().count();
    for lines in [1..=1, count / 3 + 1..=count / 2 + 1, count / 2 + 1..=count / 2 + 1, count..=count] {
        let part = format_lines(file, text, width, &lines);
        assert!(
            reads_as(file, &part),
            "with lines {lines:?} laid out it is another tree:\n{text}\n->\n{part}"
        );
    }
    let whole = format_lines(file, text, width, &(1..=count));
    assert_eq!(whole.replace("\r\n", "\n"), format(file, text, width), "all lines are all of it");
}

/// A tree without places, empty lines and indentation.
fn shape(tree: &str) -> String {
    let mut out = String::with_capacity(tree.len());
    let mut rest = tree;
    while let Some(at) =
        ["Span {", "ExprId(", "after_blank: ", "detached: "].iter().filter_map(|key| rest.find(key)).min()
    {
        out.push_str(&rest[..at]);
        let end = rest[at..].find([',', ')', '}']).unwrap_or(rest.len() - at);
        let end = if rest[at..].starts_with("Span {") { rest[at..].find('}').unwrap_or(end) } else { end };
        rest = &rest[at + end..];
    }
    out.push_str(rest);
    unindented(&out)
}

fn unindented(tree: &str) -> String {
    let mut lines = tree.replace("\\r\\n", "\\n").replace("\\t", " ");
    while lines.contains("\\n ") || lines.contains(" \\n") || lines.contains("\\n\\n") {
        lines = lines.replace("\\n ", "\\n").replace(" \\n", "\\n").replace("\\n\\n", "\\n");
    }
    lines
}
