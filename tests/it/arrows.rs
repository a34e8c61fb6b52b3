//! The architecture's arrows: a room uses only the rooms above it, tokio and printing stay in theirs.

use std::path::{Path, PathBuf};

/// From the top down. The first row's rooms know each other.
const ROOMS: [&str; 21] = [
    "source", "finding", "errors", "value", "ids", "clock", "parallel", "syntax", "shell", "template",
    "resolve", "lint", "plan", "event", "journal", "backend", "world", "run", "rehearse", "report", "cli",
];
const FIRST_ROW: usize = 7;

/// Beyond the order: `(room, what it may not know although it stands above)`.
const STRANGERS: [(&str, &[&str]); 6] = [
    ("shell", &["syntax"]),
    ("plan", &["lint"]),
    ("journal", &["syntax", "resolve", "plan"]),
    ("backend", &["syntax", "journal", "resolve", "plan"]),
    ("run", &["world", "lint"]),
    ("report", &["run", "world", "backend", "journal"]),
];

const TOKIO: [&str; 5] = ["backend", "world", "run", "rehearse", "cli"];
const PRINTING: [&str; 1] = ["cli"];
const PRINTS: [&str; 6] = ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "dbg!("];

#[test]
fn rooms_use_only_the_rooms_above_them() {
    let wrong: Vec<_> = lines().iter().flat_map(wrong_arrows).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tokio_stays_in_its_rooms() {
    let uses = |line: &Line| line.text.contains("tokio::") || line.text.contains("use tokio;");
    let wrong = outside(&TOKIO, uses);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn printing_stays_in_its_rooms() {
    let prints = |line: &Line| PRINTS.iter().any(|word| line.text.contains(word));
    let wrong = outside(&PRINTING, prints);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    for line in lines() {
        assert!(ROOMS.contains(&line.room.as_str()), "{}: `{}` is not on the map", line.place, line.room);
    }
}

struct Line {
    room: String,
    place: String,
    text: String,
}

fn outside(rooms: &[&str], uses: impl Fn(&Line) -> bool) -> Vec<String> {
    let lines = lines();
    let wrong = lines.iter().filter(|line| !rooms.contains(&line.room.as_str()) && uses(line));
    wrong.map(|line| format!("{}: {}", line.place, line.text.trim())).collect()
}

fn wrong_arrows(line: &Line) -> Vec<String> {
    let used = line.text.split("crate::").skip(1).flat_map(first_names);
    let wrong = used.filter(|name| !may_use(&line.room, name));
    wrong.map(|name| format!("{}: `{}` may not know `{name}`", line.place, line.room)).collect()
}

/// `source::Span` names source; `{source, value::Value}` names both.
fn first_names(rest: &str) -> Vec<String> {
    let list = rest.strip_prefix('{').map(|list| list.split('}').next().unwrap_or_default());
    let names = list.map_or(vec![rest], |list| list.split(',').collect());
    let word = |name: &str| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    names.into_iter().map(word).filter(|name: &String| ROOMS.contains(&name.as_str())).collect()
}

fn may_use(room: &str, used: &str) -> bool {
    let place = |name| ROOMS.iter().position(|known| *known == name);
    let (Some(here), Some(there)) = (place(room), place(used)) else { return true };
    let stranger = STRANGERS.iter().any(|(who, whom)| *who == room && whom.contains(&used));
    (there <= here || here < FIRST_ROW && there < FIRST_ROW) && !stranger
}

/// All lines of code under `src`, tests and comments left out; main.rs and lib.rs tie rooms together.
fn lines() -> Vec<Line> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let mut files = Vec::new();
    walk(root, &mut files);
    files.iter().flat_map(|file| lines_of(root, file)).collect()
}

pub(super) fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

fn lines_of(root: &Path, file: &Path) -> Vec<Line> {
    let inner = file.strip_prefix(root).unwrap();
    let room = inner.components().next().unwrap().as_os_str().to_string_lossy();
    let room = room.trim_end_matches(".rs").to_owned();
    if ["main", "lib"].contains(&room.as_str())
        || inner.components().any(|part| is_test(part.as_os_str().to_str()))
    {
        return Vec::new();
    }
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code = code.lines().enumerate().filter(|(_, text)| !text.trim_start().starts_with("//"));
    code.map(|(at, text)| line(&room, inner, at, text)).collect()
}

pub(super) fn is_test(part: Option<&str>) -> bool {
    part.is_some_and(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

fn line(room: &str, file: &Path, at: usize, text: &str) -> Line {
    let place = format!("src/{}:{}", file.display(), at + 1);
    Line { room: room.to_owned(), place, text: text.to_owned() }
}
