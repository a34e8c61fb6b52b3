//! How text may look where it goes: a terminal has colours, drawn frames and a width of its own.

/// What a rendering may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    pub frames: Frames,
    pub colours: Colours,
}

/// What frames and marks are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    Unicode,
    Ascii,
}

/// Whether escape codes may stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Ansi,
    None,
}

impl Look {
    /// For pipes, files and tests: the same everywhere.
    pub const PLAIN: Self = Self { width: 100, frames: Frames::Ascii, colours: Colours::None };

    /// `text` in a style, where colours are allowed.
    #[must_use]
    pub fn paint(self, style: anstyle::Style, text: impl std::fmt::Display) -> String {
        match self.colours {
            Colours::Ansi => format!("{style}{text}{style:#}"),
            Colours::None => text.to_string(),
        }
    }
}
