//! A file of the user's is written anew, or what would change in it is shown.
//!
//! In: its path and its text. Out: the file, or a difference. Must not know: why it changes.

use std::path::Path;

use super::failure::{Error, reason};

/// Written beside the file and moved over it, so that no half of a runbook is ever there.
pub fn rewrite(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::canonicalize(path).and_then(|path| {
        let beside = path.with_extension("rutter-new");
        let written = move_over(text, &beside, &path);
        if written.is_err() {
            // What is left of the attempt is of no use to anybody.
            let _ = std::fs::remove_file(&beside);
        }
        written
    });
    written
        .map_err(|error| Error::input(format!("`{}` can't be written: {}", path.display(), reason(&error))))
}

fn move_over(text: &str, beside: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::write(beside, text)?;
    std::fs::set_permissions(beside, std::fs::metadata(path)?.permissions())?;
    std::fs::rename(beside, path)
}

/// What would change, as `patch` reads it.
pub fn unified(path: &Path, before: &str, after: &str) -> String {
    let path = path.display();
    let diff = similar::TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}
