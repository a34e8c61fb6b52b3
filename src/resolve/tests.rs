//! Resolving whole files, from a map instead of a disk.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::*;

struct Files(HashMap<PathBuf, Vec<u8>>);

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        self.0.get(path).cloned().ok_or_else(|| ErrorKind::NotFound.into())
    }
}

fn files(files: &[(&str, &str)]) -> Files {
    Files(files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())).collect())
}

fn resolved(main: &str, others: &[(&str, &str)]) -> Resolution {
    let mut all = vec![("dir/main.runbook", main)];
    all.extend(others);
    resolve(Path::new("dir/main.runbook"), &files(&all))
}

fn codes(resolution: &Resolution) -> Vec<String> {
    resolution.findings.iter().map(|finding| finding.code.to_string()).collect()
}

fn told(resolution: &Resolution) -> String {
    let line = |finding: &Finding| {
        let labels: Vec<_> = finding
            .labels
            .iter()
            .map(|label| format!("{:?} {}", resolution.sources.slice(label.span), label.text))
            .collect();
        format!(
            "{}: {} [{}] {}",
            finding.code,
            finding.title,
            labels.join(" | "),
            finding.help.as_deref().unwrap_or("")
        )
    };
    resolution.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads the repository's own files.
struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        std::fs::read(path)
    }
}

#[test]
fn what_ships_is_clean() {
    for dir in ["runbooks", "runbooks/std", "runbooks/worlds"] {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "runbook" || extension == "world") {
                let resolution = resolve(&path, &Disk);
                assert_eq!(told(&resolution), "", "{}", path.display());
                assert!(resolution.subject.is_some());
            }
        }
    }
}

#[test]
fn a_library_that_two_files_use_is_loaded_once() {
    let main = "runbook \"m\"\nuse \"./a.runbook\" as a\nuse \"../lib/b.runbook\" as b\nstage \"s\" {\n  a.one()\n}\n";
    let a = "library \"a\"\nuse \"../lib/b.runbook\" as b\naction one() {\n  b.two()\n}\n";
    let b = "library \"b\"\naction two() {\n  note \"two\"\n}\n";
    let resolution = resolved(main, &[("dir/a.runbook", a), ("lib/b.runbook", b)]);
    assert_eq!(told(&resolution), "");
    let Some(Subject::Runbook(runbook)) = resolution.subject else { panic!("a runbook") };
    assert_eq!(runbook.modules.len(), 3);
}

#[test]
fn what_an_action_gives_back_and_does_is_known() {
    let main = "library \"m\"\naction look(host: target) {\n  let seen = check on host $ uptime\n  return {\"text\": seen.text, \"exit\": seen.exit}\n}\naction fix(host: target) {\n  look(host)\n  once on host $ reboot\n}\n";
    let resolution = resolved(main, &[]);
    assert_eq!(told(&resolution), "");
    let Some(Subject::Library(library)) = resolution.subject else { panic!("a library") };
    let actions = &library.root().actions;
    assert_eq!(actions["look"].returns.to_string(), "record { text, exit }");
    assert_eq!(actions["look"].effect, Some(Effect::Check));
    assert_eq!(actions["fix"].effect, Some(Effect::Once));
    assert_eq!(actions["fix"].returns, Type::None);
}

#[test]
fn a_chain_of_ten_thousand_actions_does_not_overflow() {
    let mut text = String::from("library \"m\"\n");
    for at in 0..10_000 {
        text.push_str(&format!("action a{at}() {{\n  a{}()\n}}\n", at + 1));
    }
    text.push_str("action a10000() {\n  note \"end\"\n}\n");
    assert_eq!(told(&resolved(&text, &[])), "");
}

#[test]
fn files_that_use_each_other_are_named_in_a_circle() {
    let main = "library \"m\"\nuse \"./a.runbook\" as a\n";
    let a = "library \"a\"\nuse \"./main.runbook\" as m\n";
    let resolution = resolved(main, &[("dir/a.runbook", a)]);
    assert_eq!(codes(&resolution), ["cyclic-use"]);
    assert!(told(&resolution).contains("main.runbook -> a.runbook -> main.runbook"));
}

/// Counts how often each file is read.
struct Counted(Files, Mutex<HashMap<PathBuf, usize>>);

impl Loader for Counted {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        *self.1.lock().unwrap().entry(path.to_path_buf()).or_default() += 1;
        self.0.read(path)
    }
}

#[test]
fn what_stands_on_a_shelf_is_read_once_and_told_in_the_order_of_each_file() {
    let (a, b) = ("library \"a\"\nlet x = nope\n", "library \"b\"\nlet x = nope\n");
    let all = [
        ("dir/one.runbook", "runbook \"one\"\nuse \"./a.runbook\" as a\nuse \"./b.runbook\" as b\n"),
        ("dir/two.runbook", "runbook \"two\"\nuse \"./b.runbook\" as b\nuse \"./a.runbook\" as a\n"),
        ("dir/a.runbook", a),
        ("dir/b.runbook", b),
    ];
    let (loader, shelf) = (Counted(files(&all), Mutex::default()), Shelf::default());
    for entry in ["dir/one.runbook", "dir/two.runbook", "dir/one.runbook"].map(Path::new) {
        let beside = resolve_beside(entry, &loader, &shelf);
        let alone = resolve(entry, &loader.0);
        let places = |resolution: &Resolution| -> Vec<_> {
            let spans = resolution.findings.iter().map(Finding::span);
            spans.map(|span| resolution.sources.get(span.file).path.clone()).collect()
        };
        assert_eq!((told(&beside), places(&beside)), (told(&alone), places(&alone)));
    }
    let counts = loader.1.into_inner().unwrap();
    assert_eq!((counts[Path::new("dir/a.runbook")], counts[Path::new("dir/b.runbook")]), (1, 1));
}

/// Statements of all the usual kinds, `count` times over.
fn generated(count: usize) -> String {
    let mut text = String::from(
        "runbook \"generated\"\nuse std.swarm\nparam names: list of { name: string }\ntarget host = ssh \"h\"\n",
    );
    for at in 0..count / 10 {
        text.push_str(&format!(
            "stage \"s{at}\" {{\n  let a{at} = check on host $ docker service ls --filter name={{{{ names[0].name }}}}\n  assert a{at}.lines | length > {at}\n  for each tenant in names, 3 at a time {{\n    run on host $ docker stack rm {{{{ tenant.name }}}}\n    swarm.wait_ready(host, tenant.name, 5m)\n    note \"{{{{ tenant.name }}}} is done, {at}\"\n  }}\n  wait until \"it is up\", within 5m {{\n    let b = check on host $ docker ps\n    assert b.text != \"\"\n  }}\n}}\n"
        ));
    }
    text
}

#[test]
fn ten_thousand_statements_are_clean() {
    assert_eq!(told(&resolved(&generated(10_000), &[])), "");
}

#[test]
fn a_mistake_at_every_statement_does_not_make_it_slow() {
    let mut text = String::from("runbook \"wrong\"\nstage \"s\" {\n");
    for at in 0..10_000 {
        text.push_str(&format!("  let name{at} = nome{at}\n"));
    }
    text.push_str("}\n");
    assert_eq!(resolved(&text, &[]).findings.len(), 10_000);
}
