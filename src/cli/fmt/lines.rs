//! `--range FIRST-LAST`.

use std::ops::RangeInclusive;
use std::path::Path;

use crate::cli::failure::Error;
use crate::report::plural;

/// Lines of a file, counted from 1, the last one included.
pub(super) type Lines = RangeInclusive<usize>;

/// Reads what was typed.
pub(super) fn parse(text: &str) -> Result<Lines, String> {
    let read = |number: &str| number.trim().parse::<usize>().ok();
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (read(first), read(last)) {
        (Some(0), Some(_)) => Err("lines are counted from 1".to_owned()),
        (Some(first), Some(last)) if first > last => Err(format!("line {first} comes after line {last}")),
        (Some(first), Some(last)) => Ok(first..=last),
        _ => Err("lines are written as `10-25`".to_owned()),
    }
}

/// Refuses lines that a file does not have.
pub(super) fn within(lines: &Lines, path: &Path, text: &str) -> Result<(), Error> {
    let has = text.lines().count();
    if *lines.end() <= has {
        return Ok(());
    }
    let (path, has) = (path.display(), plural(has, "line", "lines"));
    Err(Error::input(format!("`--range` asks for line {}, and `{path}` has {has}", lines.end())))
}
