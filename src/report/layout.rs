//! Rows of a terminal: a mark, a text, and a time at the right edge.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::harmless::harmless_line;
use super::look::{Frames, Look};

pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const WARN: Style = AnsiColor::Yellow.on_default();
pub const DIM: Style = Style::new().dimmed();

/// One line to be.
#[derive(Clone, Debug)]
pub struct Row {
    style: Style,
    mark: &'static str,
    text: String,
    right: String,
    depth: usize,
}

impl Row {
    /// `mark` is painted in `style`, the text only where all of it is dim or cries out. Whatever it
    /// says, it is one line and moves nothing.
    pub fn new(style: Style, mark: &'static str, text: String) -> Self {
        Self { style, mark, text: harmless_line(&text), right: String::new(), depth: 0 }
    }

    /// With `text` at the right edge.
    pub fn right(mut self, text: String) -> Self {
        self.right = text;
        self
    }

    /// Two columns further in.
    pub fn deeper(mut self) -> Self {
        self.depth += 1;
        self
    }

    /// The line, or as many as its text needs.
    pub fn lines(&self, width: usize, look: Look) -> Vec<String> {
        let indent = self.depth * 2 + console::measure_text_width(self.mark) + 1;
        let room = width.saturating_sub(indent).max(20);
        if !self.right.is_empty() || console::measure_text_width(&self.text) <= room {
            return vec![self.line(width, look)];
        }
        let parts = textwrap::wrap(&self.text, room);
        let marks = std::iter::once(self.mark).chain(std::iter::repeat(" "));
        let rows =
            parts.iter().zip(marks).map(|(part, mark)| Row { text: part.to_string(), mark, ..self.clone() });
        rows.map(|row| row.line(usize::MAX, look)).collect()
    }

    /// The line, cut so that its right side has a place.
    pub fn line(&self, width: usize, look: Look) -> String {
        let mark = marks(look).plain(self.mark);
        let indent = self.depth * 2;
        let taken = indent + console::measure_text_width(mark) + 1;
        let right = console::measure_text_width(&self.right);
        let room = width.saturating_sub(taken + if right > 0 { right + 2 } else { 0 });
        let text = console::truncate_str(&self.text, room, "…");
        let gap = if right > 0 { room.saturating_sub(console::measure_text_width(&text)) + 2 } else { 0 };
        let dim = self.style == DIM;
        let text = if dim { look.paint(DIM, &text) } else { text.into_owned() };
        let right = look.paint(DIM, &self.right);
        let right = if self.right.is_empty() { String::new() } else { right };
        format!("{:indent$}{} {text}{:gap$}{right}", "", look.paint(self.style, mark), "")
    }
}

/// `line`, never wider than `width`, whatever stands in it.
pub fn fit(line: &str, width: usize) -> String {
    console::truncate_str(line, width, "…").into_owned()
}

/// The marks of a look.
pub struct Marks(Frames);

/// The marks that `look` allows.
pub fn marks(look: Look) -> Marks {
    Marks(look.frames)
}

impl Marks {
    /// One turn of the spinner takes a second on the run's clock.
    pub fn spinner(&self, now: Duration) -> &'static str {
        const UNICODE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const ASCII: [&str; 4] = ["-", "\\", "|", "/"];
        let tenths = (now.as_millis() / 100) as usize;
        match self.0 {
            Frames::Unicode => UNICODE[tenths % UNICODE.len()],
            Frames::Ascii => ASCII[tenths % ASCII.len()],
        }
    }

    /// `mark` where it can be drawn, else the nearest in ASCII.
    pub fn plain(&self, mark: &'static str) -> &'static str {
        match (self.0, mark) {
            (Frames::Unicode, mark) => mark,
            (Frames::Ascii, "✓") => "+",
            (Frames::Ascii, "✗") => "x",
            (Frames::Ascii, "•" | "·") => "*",
            (Frames::Ascii, "→") => ">",
            (Frames::Ascii, "■") => "#",
            (Frames::Ascii, mark) => mark,
        }
    }
}
