//! Every error has its page, every page its error; and the examples in the pages are run as a user runs them.
//!
//! A fence such as `yaml params.yaml` is a file of that name; one without a name is `example.runbook` or
//! `example.world`. `sh` says which command shows the error; where there is none, it is `rutter lint`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use rutter::errors::{ErrorPage, GROUPS, all, error};
use rutter::lint;

use super::arrows::{is_test, walk};
use super::docs::fences;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What no example can show, and why.
const UNSHOWN: [(&str, &str); 8] = [
    ("binary-file", "a page is text"),
    ("endless", "five million requests take minutes"),
    ("file-too-large", "no page is that long"),
    ("missing-secret", "secrets are fetched only when a run begins, which sends something"),
    ("no-runtime", "the machine has to be out of resources"),
    ("short-secret", "secrets are fetched only when a run begins, which sends something"),
    ("unreadable-file", "who may read a file is no part of its text"),
    ("use-too-deep", "it takes 33 files"),
];

/// What stands for a code where an error is made of it, and is found by [`SAID`] in another way.
const INDIRECT: [&str; 4] = ["CODE", "mistake::CODE", "self.code", "limit.of.code()"];

/// Where the source says a code.
const SAID: [&str; 4] = [
    r#"(?:Finding::error|Unreadable::new)\(\s*"([^"]+)""#,
    r#"const CODE: &str = "([^"]+)""#,
    r#"code: "([^"]+)"\.into\(\)"#,
    r#"Construct::\w+ => "(\w+(?:-\w+)+)""#,
];

#[test]
fn every_error_has_its_page_and_every_page_its_error() {
    let source = source();
    let said = SAID.iter().flat_map(|pattern| captures(pattern, &source));
    let said: BTreeSet<_> = said.collect();
    let known: BTreeSet<_> = all().map(|page| page.code).collect();
    let lost: Vec<_> = said.difference(&known).collect();
    assert!(lost.is_empty(), "docs/errors/CODE.md and a line in src/errors.rs are missing: {lost:?}");
    let idle: Vec<_> = known.difference(&said).collect();
    assert!(idle.is_empty(), "nobody reports {idle:?}");
}

#[test]
fn every_code_is_said_in_a_way_that_this_test_knows() {
    let source = source();
    let indirect = captures(r#"Finding::error\(\s*([^\s"][^,]*),"#, &source);
    let strange: BTreeSet<_> = indirect.into_iter().filter(|how| !INDIRECT.contains(how)).collect();
    assert!(strange.is_empty(), "where do these codes stand? {strange:?}");
}

#[test]
fn each_bad_example_shows_its_error_and_each_good_one_is_clean() {
    let wrong: Vec<_> = shown().flat_map(|page| [bad(page), good(page)]).flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_what_no_example_can_show_has_none() {
    for page in all() {
        let unshown = UNSHOWN.iter().any(|(code, _)| *code == page.code);
        assert_eq!(page.text.contains("\n## Bad\n"), !unshown, "{}", page.code);
        assert_eq!(page.text.contains("\n## Good\n"), !unshown, "{}", page.code);
    }
}

#[test]
fn every_page_says_what_is_wrong_in_one_line() {
    for page in all() {
        assert!(
            page.text.starts_with(&format!("# {}\n\n{}\n\n", page.code, page.summary())),
            "{}",
            page.code
        );
        assert!(page.summary().ends_with('.') && page.summary().len() < 90, "{}", page.code);
    }
}

#[test]
fn a_code_means_one_thing_and_stands_in_order() {
    for (group, pages) in GROUPS {
        assert!(pages.is_sorted_by_key(|page| page.code), "{group}");
    }
    for page in all() {
        assert!(lint::rule(page.code).is_none(), "`{}` is a lint rule, too", page.code);
        assert!(error(page.code).is_some_and(|(_, found)| std::ptr::eq(found, page)), "{} twice", page.code);
    }
}

#[test]
fn the_folder_has_no_other_page() {
    let entries = std::fs::read_dir(format!("{ROOT}/docs/errors")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange: Vec<_> =
        names.filter(|name| name != "README.md" && error(name.trim_end_matches(".md")).is_none()).collect();
    assert!(strange.is_empty(), "not in src/errors.rs: {strange:?}");
}

#[test]
fn explain_lists_every_rule_and_every_error() {
    let (done, said) = carried_out("rutter explain", Path::new(ROOT));
    let codes = lint::RULES.iter().map(|rule| rule.code).chain(all().map(|page| page.code));
    let lost: Vec<_> = codes.filter(|code| !said.contains(&format!("\n  {code} "))).collect();
    assert!(done && lost.is_empty(), "{lost:?} are missing in\n{said}");
}

#[test]
fn the_list_in_docs_is_that_of_the_errors() {
    let at = format!("{ROOT}/docs/errors/README.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&at, list()).unwrap();
    }
    let text = std::fs::read_to_string(&at).unwrap_or_default();
    assert_eq!(text, list(), "`BLESS=1 cargo test --test it error_pages` writes {at}");
}

fn list() -> String {
    let row = |page: &ErrorPage| format!("| [`{0}`]({0}.md) | {1} |\n", page.code, page.summary());
    let group = |(word, pages): &(&str, &[ErrorPage])| {
        format!(
            "\n## {word}\n\n| error | means |\n| --- | --- |\n{}",
            pages.iter().map(row).collect::<String>()
        )
    };
    let groups: String = GROUPS.iter().map(group).collect();
    format!(
        "# Errors\n\nWhat keeps a runbook from being planned and run. What is allowed and yet worth a second look: \
         [lint rules](../lint/README.md).\n{groups}"
    )
}

/// All code of rutter but that of the lint rules, whose pages are their own.
fn source() -> String {
    let mut files = Vec::new();
    walk(Path::new(&format!("{ROOT}/src")), &mut files);
    let counts = |path: &Path| {
        !path.components().any(|part| is_test(part.as_os_str().to_str())) && !path.ends_with("src/errors.rs")
    };
    let texts = files.iter().filter(|path| counts(path)).map(|path| std::fs::read_to_string(path).unwrap());
    texts.map(|text| text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned()).collect()
}

fn captures<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

fn shown() -> impl Iterator<Item = &'static ErrorPage> {
    all().filter(|page| UNSHOWN.iter().all(|(code, _)| *code != page.code))
}

fn bad(page: &ErrorPage) -> Option<String> {
    let (_, said) = run(page, "Bad", None);
    let pattern = Regex::new(r"\b(?:error|warning)\[([a-z-]+)\]").unwrap();
    let codes: BTreeSet<_> = pattern.captures_iter(&said).map(|found| found[1].to_owned()).collect();
    (codes != BTreeSet::from([page.code.to_owned()])).then(|| format!("--- {}, Bad\n{said}", page.code))
}

/// The good example passes by the command of the page, and lint finds nothing in any file of it.
fn good(page: &ErrorPage) -> Option<String> {
    let ends = [run(page, "Good", None), run(page, "Good", Some("rutter lint ."))];
    let wrong = ends.iter().find(|(done, said)| !done || said.contains("warning["))?;
    Some(format!("--- {}, Good\n{}", page.code, wrong.1))
}

/// Runs an example in a folder of its own: whether it succeeded, and what it said.
fn run(page: &ErrorPage, title: &str, command: Option<&str>) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut shows = "rutter lint".to_owned();
    for (language, _, text) in fences(section(page, title)) {
        match language.split_once(' ').map_or(language, |(_, name)| name) {
            "sh" => shows = text,
            "runbook" => shows += &write(folder.path(), "example.runbook", &text),
            "world" => shows += &write(folder.path(), "example.world", &text),
            name => drop(write(folder.path(), name, &text)),
        }
    }
    carried_out(command.unwrap_or(&shows), folder.path())
}

/// What stands below a title, up to the next one.
fn section<'p>(page: &'p ErrorPage, title: &str) -> &'p str {
    let (_, below) = page.text.split_once(&format!("\n## {title}\n")).unwrap_or_default();
    below.split("\n## ").next().unwrap_or_default()
}

/// Writes a file of an example; its name as one more argument of a command.
fn write(folder: &Path, name: &str, text: &str) -> String {
    let at = folder.join(name);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::write(at, text).unwrap();
    format!(" {name}")
}

fn carried_out(command: &str, folder: &Path) -> (bool, String) {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("rutter"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(words)
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder)
        .env_remove("RUTTER_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), format!("$ {command}\n{}", String::from_utf8_lossy(&said)))
}
