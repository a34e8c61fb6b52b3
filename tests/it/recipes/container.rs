//! The Containerfile, line by line; nothing here can build it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

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

/// The files that the source takes into the program, beyond `src`.
#[test]
fn what_the_source_includes_is_copied() {
    let copied: BTreeSet<_> = copied().into_iter().collect();
    let embedded = std::fs::read_to_string(format!("{ROOT}/src/resolve/embedded.rs")).unwrap();
    let included =
        embedded.split("include_str!(\"../../").skip(1).map(|rest| rest.split('/').next().unwrap());
    let included: BTreeSet<_> = included.chain(["grammar"]).collect();
    assert!(included.len() > 1 && included.iter().all(|folder| copied.contains(*folder)), "{included:?}");
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
