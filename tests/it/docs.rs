//! The examples in the documentation are read as they stand there.
//!
//! Fences: `runbook` and `world` hold whole files; `rutter-item`, `rutter-statement`, `world-item` and
//! `world-body` hold parts, which are put into a file here.

use std::path::PathBuf;

use rutter::source::FileId;
use rutter::syntax::parse;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn pages() -> Vec<PathBuf> {
    let mut pages = pages_in("docs");
    pages.push(format!("{ROOT}/README.md").into());
    pages.sort();
    pages
}

fn pages_in(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(format!("{ROOT}/{folder}")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// Fences as their language, their first line's number and their text.
pub(super) fn fences(page: &str) -> Vec<(&str, usize, String)> {
    let mut fences = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let inside: Vec<_> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        let start = inside.first().map_or(0, |(number, _)| number + 1);
        let text: String = inside.iter().map(|(_, line)| format!("{line}\n")).collect();
        fences.push((language, start, text));
    }
    fences
}

/// The file that a fence's text stands in; none for fences of other languages.
fn file_of(language: &str, text: &str) -> Option<String> {
    Some(match language {
        "runbook" | "world" => text.to_owned(),
        "rutter-item" => format!("runbook \"doc\"\n{text}"),
        "rutter-statement" => format!("runbook \"doc\"\nstage \"doc\" {{\n{text}}}\n"),
        "world-item" => format!("world \"doc\"\n{text}"),
        "world-body" => format!("world \"doc\"\non \"doc\" $ doc {{\n{text}}}\n"),
        _ => return None,
    })
}

#[test]
fn examples_parse() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for (language, line, text) in fences(&page) {
            let Some(file) = file_of(language, &text) else { continue };
            seen += 1;
            for finding in parse(FileId(0), &file).findings {
                let shown = file.get(finding.span().range()).unwrap_or("");
                wrong.push(format!("{}:{line}: {} at `{shown}`", path.display(), finding.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "only {seen} examples were found");
}

/// Every word that begins an item or statement, and every clause, is in the reference.
#[test]
fn the_reference_is_whole() {
    const WORDS: [&str; 62] = [
        "runbook \"",
        "library \"",
        "world \"",
        "about ",
        "use std.",
        "param ",
        "secret ",
        "let ",
        "target ",
        "lock ",
        "guard ",
        "forbid ",
        "allow ",
        "when {",
        "because ",
        "may be overridden",
        "invariant ",
        "action ",
        "commands ",
        "stage ",
        "undo {",
        "checklist ",
        "item ",
        "check on",
        "run on",
        "once on",
        "assert ",
        "wait until",
        "retry ",
        "pause ",
        "for each",
        "together {",
        "if ",
        "attempt {",
        "otherwise {",
        "always {",
        "approve ",
        "manual ",
        "diagnose ",
        "note ",
        "fail ",
        "return ",
        "on failure {",
        "within ",
        "every ",
        "stable ",
        "at a time",
        "tolerating ",
        "accept exit",
        "accept status",
        "stdin ",
        "done when {",
        "rehearses ",
        "state ",
        "scenario ",
        "given ",
        "answer ",
        "expect never",
        "set ",
        "after ",
        "reply ",
        "load ",
    ];
    let page = std::fs::read_to_string(format!("{ROOT}/docs/language.md")).unwrap();
    let examples: String = fences(&page).into_iter().map(|(_, _, text)| text).collect();
    let lost: Vec<_> =
        WORDS.iter().filter(|word| !examples.contains(*word) && !page.contains(*word)).collect();
    assert!(lost.is_empty(), "not in the reference: {lost:?}");
}

#[test]
fn links_lead_to_files_that_are_there() {
    let link = regex::Regex::new(r"\]\(([^)#:]+)(#[^)]*)?\)").unwrap();
    let mut dead = Vec::new();
    for page in [pages(), pages_in("docs/errors"), pages_in("docs/lint")].concat() {
        let text = std::fs::read_to_string(&page).unwrap();
        for found in link.captures_iter(&text) {
            if !page.with_file_name(&found[1]).exists() {
                dead.push(format!("{}: {}", page.display(), &found[1]));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}
