//! Writing a file anew.

use std::path::Path;

use crate::cli::failure::{Error, reason};

/// Written beside the file and moved over it, so that no half of a runbook is ever there.
pub(super) fn over(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::canonicalize(path).and_then(|path| {
        let beside = path.with_extension("rutter-fmt");
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
