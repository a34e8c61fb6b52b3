//! The Containerfile, line by line; nothing here can build it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use rutter::resolve::normal;

use super::{ROOT, recipe};

fn lines(word: &str) -> Vec<String> {
    let recipe = recipe("Containerfile");
    recipe.lines().filter_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned()).collect()
}

/// What the first stage takes from the source.
fn copied() -> Vec<String> {
    let from_source = lines("COPY ").into_iter().filter(|line| !line.starts_with("--from"));
    from_source
        .flat_map(|line| {
            let mut words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            words.pop();
            words
        })
        .collect()
}

#[test]
fn what_is_copied_is_there_and_is_all_that_cargo_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    for path in copied() {
        let from = format!("{ROOT}/{path}");
        let copied = Command::new("cp").args(["-r", &from]).arg(folder.path()).status().unwrap();
        assert!(copied.success(), "{path}");
    }
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
}

/// The files that the source takes into the program.
#[test]
fn what_the_source_includes_is_copied() {
    let copied = copied();
    let is_copied = |path: &PathBuf| copied.iter().any(|copied| path.starts_with(copied));
    let included: BTreeSet<_> = sources().iter().flat_map(|path| included(path)).collect();
    assert!(included.contains(Path::new("runbooks/std/docker.runbook")), "{included:?}");
    let lost: Vec<_> = included.iter().filter(|path| !is_copied(path)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// All that is compiled into the program, from the top of the source.
fn sources() -> Vec<PathBuf> {
    let all = glob::glob(&format!("{ROOT}/src/**/*.rs")).unwrap().map(Result::unwrap);
    all.filter(|path| !path.ends_with("tests.rs") && !path.iter().any(|part| part == "tests")).collect()
}

/// What a file includes; of several in a folder, that folder.
fn included(source: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(source).unwrap();
    let found = Regex::new(r#"include_(?:str|bytes)!\((?:concat!\()?"(\.\./[^"]*)""#).unwrap();
    let folder = source.parent().unwrap().strip_prefix(ROOT).unwrap();
    found.captures_iter(&text).map(|path| normal(&folder.join(&path[1]))).collect()
}

#[test]
fn it_is_built_as_locked_and_started_by_nobody_special() {
    let build = lines("RUN ").into_iter().find(|line| line.starts_with("cargo build")).unwrap();
    assert_eq!(build, "cargo build --release --locked --bin rutter");
    let last = lines("COPY --from=build ");
    assert_eq!(last, ["/src/target/release/rutter /usr/local/bin/rutter"]);
    assert_eq!(lines("ENTRYPOINT "), ["[\"rutter\"]"]);
    let user = lines("USER ").pop().unwrap();
    assert!(user != "root" && lines("RUN ").iter().any(|line| line.ends_with(&format!(" {user}"))));
    assert!(Path::new(ROOT).join("Cargo.lock").exists());
}

#[test]
fn it_is_built_with_a_rust_that_is_new_enough() {
    let manifest = std::fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap();
    let version = manifest.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(lines("FROM ")[0].starts_with(&format!("docker.io/library/rust:{version}-")));
}
