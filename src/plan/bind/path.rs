//! The way from a param to a value inside it, as messages write it: `tenants[2].name`.

use std::fmt;

#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'p> {
    Name(&'p str),
    Field(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Name(name) => f.write_str(name),
            Path::Field(outer, name) if is_word(name) => write!(f, "{outer}.{name}"),
            Path::Field(outer, name) => write!(f, "{outer}[\"{}\"]", name.escape_debug()),
            Path::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
