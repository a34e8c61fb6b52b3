//! Runs whose runner is killed with SIGKILL, at every commit of the journal, before and after.
//!
//! `cargo test --test crash` explores all; `cargo test --test crash -- web-n 117 after` one point of one run.
#![allow(unsafe_code, reason = "fork, kill and waitpid are to be had in no other way")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "tests")]

mod judge;
mod points;
mod process;
mod town;
mod web_n;

use std::path::{Path, PathBuf};
use std::time::Instant;

use points::Point;

fn main() {
    let folder = Folder::new();
    let given: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match given[..] {
        [] => {
            told("web-n", || web_n::explore("web-n", &folder.0, 1, None));
        }
        [name @ ("web-n" | "web-n-whole"), commit, side] => {
            let point = Point::parse(commit, side).expect("a point is a number, then `before` or `after`");
            told(name, || web_n::explore(name, &folder.0, 1, Some(point)));
        }
        [name @ ("web-n" | "web-n-whole"), step] => {
            told(name, || web_n::explore(name, &folder.0, step.parse().unwrap(), None));
        }
        [name @ ("web-n" | "web-n-whole")] => told(name, || web_n::explore(name, &folder.0, 1, None)),
        // A filter for other tests.
        _ => println!("crash: nothing is called {}", given.join(" ")),
    }
}

fn told(name: &str, explore: impl FnOnce() -> web_n::Explored) {
    let began = Instant::now();
    let explored = explore();
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
