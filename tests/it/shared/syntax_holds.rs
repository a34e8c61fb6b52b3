//! What holds of every text: shared by the bounded tests here and by `fuzz/`.

use rutter::source::FileId;
use rutter::syntax::{format, parse};

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
    let written = format(file, text);
    let again = parse(FileId(0), &written);
    assert!(again.findings.is_empty(), "the layout has mistakes: {:?}\n{written}", again.findings);
    let again = again.file.expect("a tree without mistakes");
    assert_eq!(
        shape(&format!("{file:?}")),
        shape(&format!("{again:?}")),
        "the layout is another tree:\n{written}"
    );
    let twice = format(&again, &written);
    assert_eq!(written, twice, "the layout changes when written again");
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
