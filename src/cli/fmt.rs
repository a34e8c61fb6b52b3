//! `rutter fmt`: the one layout.

use std::path::{Path, PathBuf};

use super::disk::{self, Disk, unreadable, whole};
use super::failure::{Error, Exit};
use super::rewrite::{rewrite, unified};
use super::screen::Screen;
use crate::finding;
use crate::report;
use crate::resolve::Loader;
use crate::source::Sources;
use crate::syntax;

const EXAMPLES: &str = "\
Examples:
  rutter fmt reboot.runbook
  rutter fmt --check runbooks/              changes nothing; exit 2 names what would change
  rutter fmt --diff runbooks/               changes nothing; shows what would, exit 2 if anything
  rutter fmt - < reboot.runbook             standard input to standard output";

/// Lay out runbooks and worlds in the one way, keeping every comment.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Fmt {
    /// Files, folders that are searched for *.runbook and *.world, or `-`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Change nothing; name the files that are laid out otherwise.
    #[arg(long)]
    check: bool,

    /// Change nothing; show what would change.
    #[arg(long, conflicts_with = "check")]
    diff: bool,
}

/// A file whose layout is, or is not, the one.
struct Laid {
    path: PathBuf,
    text: String,
    formatted: String,
}

impl Fmt {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        if self.paths == [PathBuf::from("-")] {
            return self.pipe(screen);
        }
        let mut exit = Exit::Done;
        for path in disk::find(&self.paths, &["runbook", "world"])? {
            let text = decode(&path, Disk.read(&path).map_err(|error| unreadable(&path, &error))?)?;
            match lay_out(&path, text, screen)? {
                Some(laid) if laid.text == laid.formatted => {}
                Some(laid) if self.check || self.diff => {
                    screen.print(&self.told(&laid))?;
                    exit = Exit::Invalid;
                }
                Some(laid) => rewrite(&laid.path, &laid.formatted)?,
                None => exit = Exit::Invalid,
            }
        }
        Ok(exit)
    }

    /// What is to be said of a file that is laid out otherwise.
    fn told(&self, laid: &Laid) -> String {
        match self.diff {
            true => unified(&laid.path, &laid.text, &laid.formatted),
            false => format!("{} would be laid out anew\n", laid.path.display()),
        }
    }

    fn pipe(&self, screen: &Screen) -> Result<Exit, Error> {
        let path = Path::new("<stdin>");
        let bytes = whole(std::io::stdin()).map_err(|error| unreadable(path, &error))?;
        let Some(laid) = lay_out(path, decode(path, bytes)?, screen)? else { return Ok(Exit::Invalid) };
        if self.check || self.diff {
            let is_laid_out = laid.text == laid.formatted;
            if self.diff && !is_laid_out {
                screen.print(&self.told(&laid))?;
            }
            return Ok(if is_laid_out { Exit::Done } else { Exit::Invalid });
        }
        screen.print_file(&laid.formatted)?;
        Ok(Exit::Done)
    }
}

/// The text in its layout; `None` when it has mistakes, which are shown.
fn lay_out(path: &Path, text: String, screen: &Screen) -> Result<Option<Laid>, Error> {
    let mut sources = Sources::default();
    let id = sources.add(path, text.as_str());
    let parsed = syntax::parse(id, &text);
    match parsed.file {
        Some(file) if !finding::has_errors(&parsed.findings) => {
            let formatted = syntax::format(&file, &text);
            Ok(Some(Laid { path: path.to_path_buf(), text, formatted }))
        }
        _ => {
            screen.remark(report::findings_as_text(&parsed.findings, &sources, screen.err()).trim_end());
            Ok(None)
        }
    }
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::input(format!("`{}` is no UTF-8 text", path.display())))
}
