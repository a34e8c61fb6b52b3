//! What a program can do about a finding: edits of the file that it is in.
//!
//! In: the text of a file, and the fixes of its findings. Out: the text with them. Must not know: what the text means, the disk.

use crate::source::Span;

/// How sure it is that a fix is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// What the runbook does stays the same.
    Safe,
    /// What it does may change, or what was meant is guessed.
    Unsafe,
}

impl Sureness {
    /// As programs read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Sureness::Safe => "safe",
            Sureness::Unsafe => "unsafe",
        }
    }
}

/// What stands in a place from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Edits of one file that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, and what of the runbook may change by it.
    pub title: String,
    pub sureness: Sureness,
    /// Not empty, and none touches another.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that changes nothing of what a runbook does.
    pub fn safe(title: impl Into<String>, edit: Edit) -> Self {
        Self { title: title.into(), sureness: Sureness::Safe, edits: vec![edit] }
    }

    /// A fix by which it may do something else.
    pub fn risky(title: impl Into<String>, edit: Edit) -> Self {
        Self { title: title.into(), sureness: Sureness::Unsafe, edits: vec![edit] }
    }

    /// The same fix with one more edit.
    #[must_use]
    pub fn and(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }

    /// Whether an edit of this one is where the other one edits, or right beside it.
    fn touches(&self, other: &Fix) -> bool {
        self.edits.iter().any(|edit| other.edits.iter().any(|one| edit.touches(one)))
    }
}

impl Edit {
    /// Writes `text` over what stands there.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Takes out what stands there.
    #[must_use]
    pub fn delete(span: Span) -> Self {
        Self::replace(span, "")
    }

    /// Puts `text` in before what begins there.
    pub fn insert(before: Span, text: impl Into<String>) -> Self {
        Self::replace(before.part(0, 0), text)
    }

    fn touches(&self, other: &Edit) -> bool {
        self.span.touches(other.span)
    }
}

/// The fixes that do not touch each other: of two that do, the first.
#[must_use]
pub fn apart<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<&'f Fix> {
    let mut taken: Vec<&Fix> = Vec::new();
    for fix in fixes {
        if !taken.iter().any(|earlier| earlier.touches(fix)) {
            taken.push(fix);
        }
    }
    taken
}

/// The text of a file with fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    pub text: String,
    /// Where the edits stand in it.
    pub places: Vec<Span>,
}

/// The text of a file with fixes that do not touch each other.
#[must_use]
pub fn fixed(text: &str, fixes: &[&Fix]) -> Fixed {
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut fixed, mut from) = (Fixed::default(), 0);
    for edit in edits {
        let at = edit.span.range();
        fixed.text.push_str(text.get(from..at.start).unwrap_or_default());
        fixed.places.push(Span::new(edit.span.file, fixed.text.len(), fixed.text.len() + edit.text.len()));
        fixed.text.push_str(&edit.text);
        from = at.end;
    }
    fixed.text.push_str(text.get(from..).unwrap_or_default());
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit::replace(Span::new(FileId(0), start, end), text)
    }

    #[test]
    fn edits_are_made_in_the_order_of_their_places() {
        let (last, first) = (Fix::safe("b", edit(8, 11, "TWO")), Fix::safe("a", edit(0, 3, "")));
        let places = vec![Span::new(FileId(0), 0, 0), Span::new(FileId(0), 5, 8)];
        assert_eq!(fixed("one and two", &[&last, &first]), Fixed { text: " and TWO".to_owned(), places });
    }

    #[test]
    fn of_two_fixes_that_touch_each_other_the_first_is_made() {
        let fixes = [
            Fix::safe("a", edit(4, 7, "or")),
            Fix::safe("b", edit(0, 1, "O")).and(edit(7, 7, "!")),
            Fix::safe("c", edit(0, 3, "none")),
        ];
        let taken = apart(&fixes);
        assert_eq!(taken, [&fixes[0], &fixes[2]]);
        assert_eq!(fixed("one and two", &taken).text, "none or two");
    }
}
