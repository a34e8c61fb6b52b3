//! Findings that are left for later: the file that they are kept in.
//!
//! In: what was found, and the path of that file. Out: the file, or what is not in it. Paths in it are those from its folder, so that it fits from
//! wherever files are named. Must not know: how findings are shown.

use std::path::{Component, Path, PathBuf};

use super::super::disk::unreadable;
use super::super::failure::{Error, reason};
use super::super::screen::Screen;
use super::Checked;
use crate::lint::Baseline;
use crate::report::plural;
use crate::resolve::{Loader, normal};

/// Writes what the rules found, and says how much that is.
pub(super) fn write(path: &Path, checked: &[Checked], screen: &Screen) -> Result<(), Error> {
    let mut baseline = Baseline::default();
    let from_there = |file: &Path| relative(file, path);
    for one in checked {
        baseline.add(&one.findings, &one.sources, &from_there);
    }
    let text = format!("{:#}\n", baseline.to_json());
    std::fs::write(path, text)
        .map_err(|error| Error::input(format!("can't write `{}`: {}", path.display(), reason(&error))))?;
    let left = plural(baseline.len(), "finding", "findings");
    screen.print(&format!("{left} left for later in `{}`\n", path.display()))
}

/// Leaves out what is in the file.
pub(super) fn leave_out(
    path: &Path,
    checked: &mut [Checked],
    loader: &dyn Loader,
    screen: &Screen,
) -> Result<(), Error> {
    let mut baseline = read(path, loader)?;
    let from_there = |file: &Path| relative(file, path);
    for Checked { findings, sources, .. } in checked {
        *findings = baseline.take(std::mem::take(findings), sources, &from_there);
    }
    if !baseline.is_empty() {
        let gone = plural(baseline.len(), "finding", "findings");
        let path = path.display();
        screen.remark(&format!(
            "{gone} of `{path}` can't be found any more: write it anew, so that nothing new passes for one"
        ));
    }
    Ok(())
}

fn read(path: &Path, loader: &dyn Loader) -> Result<Baseline, Error> {
    let bytes = loader.read(path).map_err(|error| unreadable(path, &error))?;
    Baseline::read(&String::from_utf8_lossy(&bytes)).map_err(|why| {
        let error = Error::input(format!("`{}` is no baseline: {why}", path.display()));
        error.help("`rutter lint … --write-baseline FILE` writes one")
    })
}

/// The path of a file from the folder of another, with `/`.
fn relative(file: &Path, other: &Path) -> String {
    let (file, other) = (whole(file), whole(other));
    let folder = other.parent().unwrap_or(Path::new(""));
    let shared = file.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(file.components().skip(shared)).collect();
    path.to_string_lossy().replace('\\', "/")
}

fn whole(path: &Path) -> PathBuf {
    normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_from_the_folder_of_the_baseline() {
        let from = |file: &str, other: &str| relative(Path::new(file), Path::new(other));
        assert_eq!(from("/a/b/one.runbook", "/a/lint.json"), "b/one.runbook");
        assert_eq!(from("/a/b/one.runbook", "/a/c/d/lint.json"), "../../b/one.runbook");
        assert_eq!(from("b/../one.runbook", "./lint.json"), "one.runbook");
    }
}
