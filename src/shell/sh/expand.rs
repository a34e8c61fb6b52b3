//! What becomes of a word: its quotes removed, known variables put in, the commands in it walked.

use super::here::lex_body;
use super::lex::lex_word;
use super::state::names;
use super::token::{Part, Token, Word};
use super::walk::Walker;
use crate::shell;
use crate::shell::Quotes;
use crate::shell::units::of_text;

/// The words that one word becomes, while it is put together.
#[derive(Default)]
struct Fields {
    done: Vec<shell::Word>,
    text: String,
    begun: bool,
    unknown: bool,
}

impl Fields {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.begun |= !text.is_empty();
    }

    fn quoted(&mut self, text: &str) {
        self.text.push_str(text);
        self.begun = true;
    }

    fn unknown(&mut self, source: &str) {
        self.quoted(source);
        self.unknown = true;
    }

    /// Ends the word here.
    fn end(&mut self) {
        if std::mem::take(&mut self.begun) {
            let known = !std::mem::take(&mut self.unknown);
            self.done.push(shell::Word { text: std::mem::take(&mut self.text), known });
        }
    }

    /// The value of a variable outside quotes is split into words.
    fn split(&mut self, value: &str) {
        self.unknown |= value.contains(['*', '?', '[', '\\']);
        let mut pieces = value.split([' ', '\t', '\n']);
        self.push(pieces.next().unwrap_or_default());
        for piece in pieces {
            let unknown = self.unknown;
            self.end();
            self.unknown = unknown;
            self.push(piece);
        }
    }
}

/// How a word is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// It may become several words.
    Words,
    /// It stays one: a value, or a word of `[[ … ]]`.
    Value,
    Test,
}

impl Walker {
    /// The words that a word becomes.
    pub(super) fn fields(&mut self, raw: &str) -> Vec<shell::Word> {
        self.read(raw, As::Words)
    }

    /// What a word becomes where it stays one word.
    pub(super) fn value(&mut self, raw: &str, read_as: As) -> shell::Word {
        let mut fields = self.read(raw, read_as);
        match (fields.len(), fields.pop()) {
            (1, Some(word)) => word,
            (0, _) => shell::Word::known(""),
            _ => shell::Word::expanded(raw),
        }
    }

    fn read(&mut self, raw: &str, read_as: As) -> Vec<shell::Word> {
        match lex_word(raw, self.bash, self.depth, read_as == As::Test) {
            Ok(word) => self.parts(&word, read_as),
            Err(trouble) => {
                self.opaque(trouble.why);
                vec![shell::Word::expanded(raw)]
            }
        }
    }

    /// The text of a here-document that is expanded.
    pub(super) fn body(&mut self, raw: &str) -> shell::Word {
        match lex_body(&of_text(raw), self.bash, self.depth) {
            Ok(word) => {
                let mut fields = self.parts(&word, As::Value);
                fields.pop().unwrap_or_else(|| shell::Word::known(""))
            }
            Err(trouble) => {
                self.opaque(trouble.why);
                shell::Word::expanded(raw)
            }
        }
    }

    fn parts(&mut self, word: &Word, read_as: As) -> Vec<shell::Word> {
        let mut fields = Fields::default();
        for (at, part) in word.parts.iter().enumerate() {
            match part {
                Part::Bare(text) => {
                    fields.unknown |= is_pattern(text, at == 0) && word.keyword() != Some("[");
                    fields.push(text);
                }
                Part::Quoted(text) => fields.quoted(text),
                Part::Hole { .. } => fields.unknown(""),
                Part::Array(tokens) => {
                    self.array(tokens);
                    fields.unknown("(…)");
                }
                Part::Expansion { source, inside, scripts, .. } => {
                    for script in scripts {
                        self.substitution(script);
                    }
                    self.expansion(&mut fields, source, *inside == Quotes::Double || read_as != As::Words);
                }
            }
        }
        fields.end();
        // `"$@"` is no word where there are no arguments, though quotes stand around it.
        let is_all = |part: &Part| matches!(part, Part::Expansion { source, .. } if matches!(source.as_str(), "$@" | "${@}"));
        if word.parts.iter().any(is_all) {
            fields.done.retain(|word| !(word.known && word.text.is_empty() && self.has_no_arguments()));
        }
        for word in fields.done.iter().filter(|word| word.known) {
            self.hides_code |= word.text.contains("[$(") || word.text.contains("[`");
        }
        fields.done
    }

    fn has_no_arguments(&self) -> bool {
        self.state.arguments.as_ref().is_some_and(Vec::is_empty)
    }

    fn array(&mut self, tokens: &[Token]) {
        for token in tokens {
            if let Token::Word(word) = token {
                self.parts(word, As::Words);
            }
        }
    }

    fn expansion(&mut self, fields: &mut Fields, source: &str, quoted: bool) {
        if source.starts_with("$((") || source.starts_with("((") {
            self.arithmetic(source);
            return fields.unknown(source);
        }
        let Some(name) = plain_name(source) else {
            self.changes_in(source);
            return fields.unknown(source);
        };
        match (name, self.state.arguments.clone()) {
            ("@", Some(arguments)) => all(fields, &arguments, quoted),
            (name, arguments) => match self.value_of(name, arguments.as_deref()) {
                Some(value) if quoted => fields.quoted(&value),
                Some(value) => fields.split(&value),
                None => fields.unknown(source),
            },
        }
    }

    fn value_of(&self, name: &str, arguments: Option<&[String]>) -> Option<String> {
        match name.parse::<usize>() {
            Ok(0) => None,
            Ok(number) => arguments.map(|them| them.get(number - 1).cloned().unwrap_or_default()),
            Err(_) if name == "#" => arguments.map(|them| them.len().to_string()),
            Err(_) => self.state.value(name).map(str::to_owned),
        }
    }

    /// `${x:=y}`, `${x[…]}` and the like: what they name may change, or be computed.
    fn changes_in(&mut self, source: &str) {
        if let Some(inside) = source.strip_prefix("${") {
            if source.contains('=') {
                self.state.forget(inside);
            }
            self.computes |= source.contains(['[', ':']);
        }
    }

    /// Arithmetic sets variables, and runs what stands in subscripts that variables hold.
    pub(super) fn arithmetic(&mut self, text: &str) {
        for name in names(text) {
            self.computes = true;
            self.state.assign(name, None);
        }
    }
}

/// `"$@"`, or `$@`.
fn all(fields: &mut Fields, arguments: &[String], quoted: bool) {
    for (at, argument) in arguments.iter().enumerate() {
        if at > 0 {
            fields.end();
        }
        if quoted { fields.quoted(argument) } else { fields.split(argument) }
    }
}

/// The name in `$name` or `${name}`.
fn plain_name(source: &str) -> Option<&str> {
    let name = source.strip_prefix('$')?;
    let braced = name.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    let number = |name: &str| name.chars().all(|c| c.is_ascii_digit());
    let plain = |name: &str| {
        let start = name.chars().next();
        let named = start.is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        named || matches!(name, "@" | "#") || (!name.is_empty() && name.len() < 4 && number(name))
    };
    match braced {
        Some(name) => plain(name).then_some(name),
        None => (plain(name) && !(number(name) && name.len() > 1)).then_some(name),
    }
}

/// Whether unquoted text is a pattern of file names, a brace expansion or a home directory.
fn is_pattern(text: &str, first: bool) -> bool {
    let home = |(at, _): (usize, &str)| (at == 0 && first) || text[..at].ends_with([':', '=']);
    text.contains(['*', '?', '['])
        || text.match_indices('{').any(|(at, _)| expands(&text[at + 1..]))
        || text.match_indices('~').any(home)
}

/// Whether what follows a `{` may be several words: `{}` and `{x}` are not.
fn expands(rest: &str) -> bool {
    let inside = rest.split_once('}').map(|(inside, _)| inside);
    inside.is_none_or(|inside| inside.contains(['{', ',']) || inside.contains(".."))
}
