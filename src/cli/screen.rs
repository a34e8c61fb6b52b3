//! The two streams that a command writes to, and how text may look on each.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use super::failure::Error;
use super::veil;
use crate::report::{Colours, Frames, Look, harmless, harmless_painted};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// In a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

/// Standard output for results, standard error for complaints.
#[derive(Debug)]
pub struct Screen {
    out: Look,
    err: Look,
    live: bool,
}

const NARROWEST: usize = 40;
const WIDEST: usize = 120;

impl Screen {
    /// Looks at the streams and the environment.
    pub fn new(colour: Colour) -> Self {
        let terminal = io::stdout().is_terminal();
        let live = terminal && !is_dumb();
        Self { out: look(colour, terminal), err: look(colour, io::stderr().is_terminal()), live }
    }

    /// Whether lines on standard output can be drawn over.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Takes away what stands on it; false where that can't be done.
    pub fn clear(&self) -> bool {
        self.live && console::Term::stdout().clear_screen().is_ok()
    }

    /// How text may look on standard output.
    pub fn out(&self) -> Look {
        self.out
    }

    /// How text may look on standard error.
    pub fn err(&self) -> Look {
        self.err
    }

    /// Writes a result. Whoever read the output may have seen enough of it; the exit code still says
    /// how it ended.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        self.tell(text).map(drop)
    }

    /// Writes a part of a result; false when nobody reads it any more.
    pub fn tell(&self, text: &str) -> Result<bool, Error> {
        self.write(veiled(text, self.out).as_bytes())
    }

    /// Writes what is a file's text: byte by byte, but in a terminal.
    pub fn print_file(&self, text: &str) -> Result<(), Error> {
        let text = if io::stdout().is_terminal() { veiled(text, self.out) } else { text.into() };
        self.write(text.as_bytes()).map(drop)
    }

    fn write(&self, bytes: &[u8]) -> Result<bool, Error> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            written => written.map(|()| true).map_err(Error::Output),
        }
    }

    /// Writes a result for programs; it may stand in a terminal all the same.
    pub fn print_json(&self, document: &serde_json::Value) -> Result<(), Error> {
        let mut document = document.clone();
        veil::over_json(&mut document);
        self.write(crate::report::harmless_json(&format!("{document:#}\n")).as_bytes()).map(drop)
    }

    /// Writes beside the result. A closed stream is no reason to stop.
    pub fn remark(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", veiled(text, self.err));
    }

    /// Says how far long work is, on one line that is written over; an empty text takes it away.
    pub fn progress(&self, text: &str) {
        if io::stderr().is_terminal() && !is_dumb() {
            let text = veil::over(text);
            let text = console::truncate_str(&text, self.err.width.saturating_sub(4), "…").into_owned();
            let _ = write!(io::stderr().lock(), "\r\x1b[K{}", crate::report::harmless_line(&text));
        }
    }

    /// Says what went wrong.
    pub fn complain(&self, text: &str) {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        self.remark(&format!("{} {text}", self.err.paint(red, "error:")));
    }
}

/// What can be shown of `text`: no secrets, and no codes but those for colours, if there are any.
fn veiled(text: &str, look: Look) -> Cow<'_, str> {
    let text = match veil::over(text) {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => return Cow::Owned(harmless_as(look, &text).into_owned()),
    };
    harmless_as(look, text)
}

fn harmless_as(look: Look, text: &str) -> Cow<'_, str> {
    match look.colours {
        Colours::Ansi => harmless_painted(text),
        Colours::None => harmless(text),
    }
}

fn look(colour: Colour, terminal: bool) -> Look {
    let width = if terminal { terminal_width() } else { Look::PLAIN.width };
    let colours = if coloured(colour, terminal) { Colours::Ansi } else { Colours::None };
    let frames = if terminal && speaks_unicode() { Frames::Unicode } else { Frames::Ascii };
    Look { width, frames, colours }
}

fn coloured(colour: Colour, terminal: bool) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && !set("NO_COLOR") && !is_dumb(),
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb")
}

fn terminal_width() -> usize {
    let (_, columns) = console::Term::stdout().size_checked().unwrap_or((24, 80));
    usize::from(columns).clamp(NARROWEST, WIDEST)
}

/// Whether the locale's characters are UTF-8; where nothing is said, they are.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    locale.is_none_or(|name| name.to_ascii_lowercase().replace('-', "").contains("utf8"))
}
