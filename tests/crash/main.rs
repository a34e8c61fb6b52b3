//! Runs whose runner is killed with SIGKILL, at every commit of the journal, before and after.
//!
//! `cargo test --test crash` explores all; `cargo test --test crash -- web-n 117 after` one point of one run.
#![allow(unsafe_code, reason = "fork, kill and waitpid are to be had in no other way")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "tests")]

mod binary;
mod judge;
mod marks;
mod points;
mod process;
mod town;
mod web_n;

use std::path::{Path, PathBuf};
use std::time::Instant;

use marks::Task;
use points::Point;

/// How many points were explored, and how many there are.
#[derive(Clone, Copy, Debug)]
pub struct Explored {
    pub points: usize,
    pub of: usize,
}

/// Of the run with all five tenants each such point is explored; of the others, all.
const STEP: usize = 271;

/// At each such point of the small run the resumed one is killed as well.
const TWICE: usize = 5;

const ALL: [&str; 7] = ["web-n", "web-n-twice", "web-n-whole", "marks", "marks-undo", "binary", "rivals"];

fn main() {
    let folder = Folder::new();
    let given: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match given[..] {
        [] => ALL.iter().for_each(|name| explore(name, &folder.0, &[])),
        [name, ref part @ ..] if ALL.contains(&name) => explore(name, &folder.0, part),
        // A filter for other tests.
        _ => println!("crash: nothing is called {}", given.join(" ")),
    }
}

/// All of what has that name, or one part of it: a point, the number of a trial.
fn explore(name: &str, folder: &Path, part: &[&str]) {
    let began = Instant::now();
    let only = match part {
        [commit, side] => Point::parse(commit, side),
        _ => None,
    };
    let part = part.first().copied();
    let explored = match name {
        "web-n" => web_n::explore(name, folder, 1, only),
        "web-n-twice" => web_n::explore(name, folder, TWICE, only),
        "web-n-whole" => web_n::explore(name, folder, STEP, only),
        "marks" => marks::explore(name, folder, Task::Procedure, only),
        "marks-undo" => marks::explore(name, folder, Task::Undo, only),
        "binary" => binary::random_kills(name, folder, part),
        "rivals" => binary::rivals(name, folder, part),
        _ => unreachable!("{name} is one of them"),
    };
    println!(
        "crash {name}: {} of {} points explored in {:.0} s, none failed",
        explored.points,
        explored.of,
        began.elapsed().as_secs_f64()
    );
}

/// In memory where there is such a place; it goes when all is well.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = place.join(format!("rutter-crash-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}
