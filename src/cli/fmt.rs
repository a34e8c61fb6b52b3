//! `rutter fmt`: the one layout.

mod lines;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use self::lines::Lines;
use super::config::Config;
use super::disk::{self, Disk, unreadable, whole};
use super::failure::{Error, Exit};
use super::rewrite::{rewrite, unified};
use super::screen::Screen;
use crate::finding::{self, Finding};
use crate::parallel::across;
use crate::report;
use crate::resolve::Loader;
use crate::source::{FileId, Sources};
use crate::syntax::{self, Width, ast};

const EXAMPLES: &str = "\
Examples:
  rutter fmt reboot.runbook
  rutter fmt --check runbooks/              changes nothing; exit 2 names what would change
  rutter fmt --diff runbooks/               changes nothing; shows what would, exit 2 if anything
  rutter fmt --range 10-25 reboot.runbook   only what stands on these lines
  rutter fmt - < reboot.runbook             standard input to standard output

A width for all of a project stands in `rutter.toml`, which is found from each file upwards:

  [format]
  line-width = 100";

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

    /// Lay out only the statements and items on these lines of one file, counted from 1.
    #[arg(long, value_name = "FIRST-LAST", value_parser = lines::parse)]
    range: Option<Lines>,

    /// Break longer lines after commas; 40 to 320 columns. Without it they stay as they were written.
    #[arg(long, value_name = "N", value_parser = width)]
    line_width: Option<Width>,
}

/// A file whose layout is, or is not, the one.
#[derive(Debug)]
struct Laid {
    path: PathBuf,
    text: String,
    formatted: String,
}

/// What came of a file.
enum Outcome {
    Laid(Laid),
    /// It has mistakes, and so no layout.
    Mistaken(Vec<Finding>, Sources),
}

impl Fmt {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        if self.paths == [PathBuf::from("-")] {
            return self.pipe(screen);
        }
        let mut exit = Exit::Done;
        for outcome in self.lay_out_all(screen)? {
            match outcome? {
                Outcome::Laid(laid) if laid.text == laid.formatted => {}
                Outcome::Laid(laid) if self.check || self.diff => {
                    screen.print(&self.told(&laid))?;
                    exit = Exit::Invalid;
                }
                Outcome::Laid(laid) => rewrite(&laid.path, &laid.formatted)?,
                Outcome::Mistaken(findings, sources) => exit = mistaken(&findings, &sources, screen),
            }
        }
        Ok(exit)
    }

    /// Lays every file out, over the cores.
    fn lay_out_all(&self, screen: &Screen) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let files = disk::find(&self.paths, &["runbook", "world"])?;
        if self.range.is_some() && files.len() > 1 {
            return Err(Error::input("`--range` is for one file").help("name the file that the lines are of"));
        }
        let configs = Config::of_each(&files, screen)?;
        let files: Vec<_> = files.into_iter().zip(configs).collect();
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(across(threads, &files, |(path, config)| {
            let bytes = Disk.read(path).map_err(|error| unreadable(path, &error))?;
            self.lay_out(path, decode(path, bytes)?, config)
        }))
    }

    fn lay_out(&self, path: &Path, text: String, config: &Config) -> Result<Outcome, Error> {
        let parsed = syntax::parse(FileId(0), &text);
        match parsed.file {
            Some(file) if !finding::has_errors(&parsed.findings) => {
                let formatted = self.layout(path, &file, &text, config)?;
                checked(&file, Laid { path: path.to_path_buf(), text, formatted }).map(Outcome::Laid)
            }
            _ => {
                let mut sources = Sources::default();
                sources.add(path, text);
                Ok(Outcome::Mistaken(parsed.findings, sources))
            }
        }
    }

    fn layout(&self, path: &Path, file: &ast::File, text: &str, config: &Config) -> Result<String, Error> {
        let width = self.line_width.unwrap_or(config.width);
        let Some(lines) = &self.range else { return Ok(syntax::format(file, text, width)) };
        lines::within(lines, path, text)?;
        Ok(syntax::format_lines(file, text, width, lines))
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
        let laid = match self.lay_out(path, decode(path, bytes)?, &Config::of(path, screen)?)? {
            Outcome::Laid(laid) => laid,
            Outcome::Mistaken(findings, sources) => return Ok(mistaken(&findings, &sources, screen)),
        };
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

fn width(text: &str) -> Result<Width, String> {
    let (narrowest, widest) = Width::BOUNDS.into_inner();
    let width = text.parse().ok().and_then(Width::of);
    width.ok_or_else(|| format!("lines can have {narrowest} to {widest} columns"))
}

/// A layout is given out only if it reads as the file does.
fn checked(file: &ast::File, laid: Laid) -> Result<Laid, Error> {
    if laid.text == laid.formatted || syntax::reads_as(file, &laid.formatted) {
        return Ok(laid);
    }
    let path = laid.path.display();
    Err(Error::Bug {
        title: format!(
            "`{path}` in its layout would not say what it says now. This is a mistake in rutter, not in your \
             runbook; the file is as it was"
        ),
        help: "please report it, with the file, or with as little of it as shows the same".to_owned(),
    })
}

fn mistaken(findings: &[Finding], sources: &Sources, screen: &Screen) -> Exit {
    screen.remark(report::findings_as_text(findings, sources, screen.err()).trim_end());
    Exit::Invalid
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::input(format!("`{}` is no UTF-8 text", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said when `formatted` is held to be the layout of a runbook.
    fn said(formatted: &str) -> Option<String> {
        let text = "runbook \"a\"\nlet x = 1 # one\n".to_owned();
        let file = syntax::parse(FileId(0), &text).file.unwrap();
        let laid = Laid { path: "a.runbook".into(), text, formatted: formatted.to_owned() };
        match checked(&file, laid) {
            Ok(_) => None,
            Err(Error::Bug { title, .. }) => Some(title),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_layout_that_says_something_else_is_not_given_out() {
        assert_eq!(said("runbook \"a\"\n\nlet x = 1 # one\n"), None);
        for wrong in
            ["runbook \"a\"\n\nlet x = 1\n", "runbook \"a\"\n\nlet x = 2 # one\n", "runbook \"a\"\n", ""]
        {
            let said = said(wrong).unwrap();
            assert!(said.contains("the file is as it was") && said.contains("mistake in rutter"), "{said}");
        }
    }
}
