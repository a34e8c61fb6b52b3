//! Patterns of commands and of addresses.
//!
//! A pattern is typed like what it matches, quoting and all; what is special in it (`a|b`,
//! `<name>`, `...`) is special only outside quotes.

use std::collections::BTreeMap;

use super::units::{BARE_MARKS, MOST_MARKS, QUOTED_MARKS, Unit};
use super::{Word, powershell, sh};
use crate::value::Shell;

/// What the `<name>`s of a pattern caught.
pub type Captures = BTreeMap<String, String>;

/// A command or URL pattern: `a|b` alternatives, `<name>` captures, `...` any words or any rest of a word.
#[derive(Clone, Debug)]
pub struct Pattern {
    words: Vec<WordPattern>,
    ignores_case: bool,
}

#[derive(Clone, Debug)]
enum WordPattern {
    /// Any words, none too.
    AnyWords,
    /// One word, in one of these ways.
    OneOf(Vec<Vec<Piece>>),
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    /// At least one character.
    Capture(String),
    /// Any characters, none too.
    Rest,
}

/// What is special in a pattern, and how it was typed.
#[derive(Clone, Debug)]
enum Special {
    Or,
    Capture(String),
    Dots,
}

impl Special {
    fn typed(&self) -> String {
        match self {
            Special::Or => "|".to_owned(),
            Special::Capture(name) => format!("<{name}>"),
            Special::Dots => "...".to_owned(),
        }
    }
}

impl Pattern {
    /// Reads a pattern of words, as in `systemctl restart|stop docker|docker.service`.
    ///
    /// The error says what is wrong with it and at which byte.
    pub fn command(text: &str, shell: Shell) -> Result<Self, (usize, String)> {
        if text.trim().is_empty() {
            return Err((0, "the pattern is empty".to_owned()));
        }
        let (units, specials) = mark_specials(text, Blanks::PartWords)?;
        let words = match shell {
            Shell::Sh | Shell::Bash => sh::words(&units, shell == Shell::Bash).map_err(|trouble| trouble.why),
            Shell::PowerShell | Shell::Pwsh => powershell::words(&units).map_err(|trouble| trouble.why),
            Shell::Cmd => Ok(super::cmd::words(&marked_text(&units))),
        };
        let words = words.map_err(|why| (0, why))?;
        let words = words.iter().map(|word| word_pattern(word, &specials)).collect::<Result<_, _>>();
        let ignores_case = matches!(shell, Shell::PowerShell | Shell::Pwsh | Shell::Cmd);
        Ok(Self { words: words.map_err(|why| (0, why))?, ignores_case })
    }

    /// Reads a pattern of one string, as in `.../restart?<query>`.
    pub fn string(text: &str) -> Result<Self, (usize, String)> {
        let (units, specials) = mark_specials(text, Blanks::AreText)?;
        let pieces = word_pieces(&marked_text(&units), &specials).map_err(|why| (0, why))?;
        Ok(Self { words: vec![WordPattern::OneOf(pieces)], ignores_case: false })
    }

    /// Matches words, all of them.
    #[must_use]
    pub fn match_words(&self, words: &[impl AsRef<str>]) -> Option<Captures> {
        let mut captures = Captures::new();
        self.match_from(words, &mut captures).then_some(captures)
    }

    /// Matches a string, all of it.
    #[must_use]
    pub fn match_string(&self, text: &str) -> Option<Captures> {
        self.match_words(&[text])
    }

    /// As with file globs: on a mismatch, the last `...` takes one word more. No other way back is
    /// needed, so the time is bounded by the words of both.
    fn match_from(&self, words: &[impl AsRef<str>], captures: &mut Captures) -> bool {
        let (mut at, mut word) = (0, 0);
        let mut back: Option<(usize, usize, Captures)> = None;
        while word < words.len() {
            match self.words.get(at) {
                Some(WordPattern::AnyWords) => {
                    back = Some((at, word, captures.clone()));
                    at += 1;
                    continue;
                }
                Some(WordPattern::OneOf(ways)) if self.match_word(ways, words[word].as_ref(), captures) => {
                    (at, word) = (at + 1, word + 1);
                    continue;
                }
                Some(WordPattern::OneOf(_)) | None => {}
            }
            let Some((dots, taken, before)) = back.take() else { return false };
            *captures = before.clone();
            (at, word) = (dots + 1, taken + 1);
            back = Some((dots, taken + 1, before));
        }
        self.words[at..].iter().all(|word| matches!(word, WordPattern::AnyWords))
    }

    fn match_word(&self, ways: &[Vec<Piece>], word: &str, captures: &mut Captures) -> bool {
        ways.iter().any(|pieces| {
            let mut caught = captures.clone();
            let matched = match_pieces(pieces, word, self.ignores_case, &mut caught, &mut 0);
            if matched {
                *captures = caught;
            }
            matched
        })
    }

    /// The commands that the pattern spells out: one for each choice of alternatives. What it
    /// leaves open is a `*` in a word, an unknown word, or left out.
    pub(super) fn examples(&self) -> Vec<Vec<Word>> {
        let mut examples = vec![Vec::new()];
        for word in &self.words {
            let WordPattern::OneOf(ways) = word else { continue };
            let grown = examples.iter().flat_map(|example| {
                ways.iter().map(move |pieces| example.iter().cloned().chain([example_word(pieces)]).collect())
            });
            examples = grown.take(MOST_EXAMPLES).collect();
        }
        examples
    }

    /// How many words at the start of `words` the pattern takes, and how many it has.
    fn nearness(&self, words: &[String]) -> usize {
        let mut score = 0;
        for (pattern, word) in self.words.iter().zip(words) {
            match pattern {
                WordPattern::AnyWords => break,
                WordPattern::OneOf(ways) if self.match_word(ways, word, &mut Captures::new()) => score += 4,
                WordPattern::OneOf(ways) => score += usize::from(is_alike(ways, word)),
            }
        }
        score
    }
}

/// The one of `patterns` that `words` most likely were meant for; none when not even one word fits.
#[must_use]
pub fn nearest_pattern<'p>(
    words: &[String],
    patterns: impl IntoIterator<Item = &'p Pattern>,
) -> Option<usize> {
    let scores = patterns.into_iter().map(|pattern| pattern.nearness(words)).enumerate();
    let best = scores.filter(|(_, score)| *score > 0).max_by_key(|(at, score)| (*score, usize::MAX - at));
    best.map(|(at, _)| at)
}

/// More alternatives than this are not spelled out.
const MOST_EXAMPLES: usize = 512;

fn example_word(pieces: &[Piece]) -> Word {
    if let [Piece::Capture(name)] = pieces {
        return Word::expanded(format!("<{name}>"));
    }
    let text = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Capture(_) | Piece::Rest => "*",
    });
    Word::known(text.collect::<String>())
}

fn is_alike(ways: &[Vec<Piece>], word: &str) -> bool {
    let text = |pieces: &Vec<Piece>| {
        let literal = pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Capture(_) | Piece::Rest => None,
        });
        literal.collect::<String>()
    };
    ways.iter().any(|pieces| strsim::normalized_levenshtein(&text(pieces), word) > 0.6)
}

/// Whether a blank ends a word of the pattern.
#[derive(Clone, Copy, PartialEq)]
enum Blanks {
    PartWords,
    AreText,
}

/// Puts a hole in the place of each special thing, whether quoted or not.
fn mark_specials(text: &str, blanks: Blanks) -> Result<(Vec<Unit>, Vec<Special>), (usize, String)> {
    let (mut units, mut specials, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        if u32::from(c) >= BARE_MARKS {
            return Err((at, "a character of the private planes can't stand in a pattern".to_owned()));
        }
        let Some((special, length)) = special_at(text, at, blanks) else {
            units.push(Unit::Char(c));
            at += c.len_utf8();
            continue;
        };
        if specials.len() as u32 >= MOST_MARKS {
            return Err((at, "the pattern has too many parts".to_owned()));
        }
        units.push(Unit::Hole(specials.len() as u32));
        specials.push(special);
        at += length;
    }
    Ok((units, specials))
}

fn special_at(text: &str, at: usize, blanks: Blanks) -> Option<(Special, usize)> {
    let rest = &text[at..];
    if rest.starts_with("...") {
        return Some((Special::Dots, 3));
    }
    if let Some(inner) = rest.strip_prefix('<') {
        let end = inner.find('>')?;
        let name = &inner[..end];
        let named = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        return (named && begins).then(|| (Special::Capture(name.to_owned()), end + 2));
    }
    if rest.starts_with('|') && blanks == Blanks::PartWords {
        let parts = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || c == '|');
        let between = !parts(text[..at].chars().next_back()) && !parts(rest[1..].chars().next());
        return between.then_some((Special::Or, 1));
    }
    None
}

fn marked_text(units: &[Unit]) -> String {
    let text = units.iter().map(|unit| match unit {
        Unit::Char(c) => *c,
        Unit::Hole(hole) => char::from_u32(BARE_MARKS + hole).unwrap_or(' '),
    });
    text.collect()
}

fn word_pattern(word: &str, specials: &[Special]) -> Result<WordPattern, String> {
    let ways = word_pieces(word, specials)?;
    Ok(match ways.as_slice() {
        [pieces] if pieces.as_slice() == [Piece::Rest] => WordPattern::AnyWords,
        _ => WordPattern::OneOf(ways),
    })
}

/// A word of a pattern as alternatives of pieces.
fn word_pieces(word: &str, specials: &[Special]) -> Result<Vec<Vec<Piece>>, String> {
    let mut ways = vec![Vec::new()];
    for c in word.chars() {
        let code = u32::from(c);
        let special = code.checked_sub(BARE_MARKS).and_then(|mark| specials.get(mark as usize));
        let typed = code.checked_sub(QUOTED_MARKS).and_then(|mark| specials.get(mark as usize));
        match (special, typed) {
            (Some(Special::Or), _) => ways.push(Vec::new()),
            (Some(Special::Capture(name)), _) => push_piece(&mut ways, Piece::Capture(name.clone()))?,
            (Some(Special::Dots), _) => push_piece(&mut ways, Piece::Rest)?,
            (None, Some(typed)) => push_text(&mut ways, &typed.typed()),
            (None, None) => push_text(&mut ways, c.encode_utf8(&mut [0; 4])),
        }
    }
    Ok(ways)
}

fn push_piece(ways: &mut [Vec<Piece>], piece: Piece) -> Result<(), String> {
    let Some(way) = ways.last_mut() else { return Ok(()) };
    if matches!((way.last(), &piece), (Some(Piece::Capture(_)), Piece::Capture(_))) {
        return Err("two captures stand side by side: put text between them".to_owned());
    }
    way.push(piece);
    Ok(())
}

fn push_text(ways: &mut [Vec<Piece>], text: &str) {
    let Some(way) = ways.last_mut() else { return };
    match way.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ => way.push(Piece::Text(text.to_owned())),
    }
}

/// More tries than this, and the word does not match: nobody means such a pattern.
const MOST_TRIES: usize = 10_000;

/// Matches a word; a capture takes as little as it can, `...` too.
fn match_pieces(pieces: &[Piece], word: &str, fold: bool, caught: &mut Captures, tries: &mut usize) -> bool {
    *tries += 1;
    let Some((piece, rest)) = pieces.split_first() else { return word.is_empty() };
    match piece {
        Piece::Text(text) => {
            strip_start(word, text, fold).is_some_and(|after| match_pieces(rest, after, fold, caught, tries))
        }
        Piece::Rest => ends(word, 0)
            .any(|end| *tries < MOST_TRIES && match_pieces(rest, &word[end..], fold, caught, tries)),
        Piece::Capture(name) => ends(word, 1).any(|end| {
            if *tries >= MOST_TRIES || !match_pieces(rest, &word[end..], fold, caught, tries) {
                return false;
            }
            let fits = caught.get(name).is_none_or(|before| same(before, &word[..end], fold));
            if fits {
                caught.insert(name.clone(), word[..end].to_owned());
            }
            fits
        }),
    }
}

/// Where a piece of `word` of at least `least` characters may end.
fn ends(word: &str, least: usize) -> impl Iterator<Item = usize> + '_ {
    word.char_indices().map(|(at, _)| at).chain([word.len()]).skip(least)
}

fn same(a: &str, b: &str, fold: bool) -> bool {
    a == b || (fold && a.to_lowercase() == b.to_lowercase())
}

fn strip_start<'w>(word: &'w str, text: &str, fold: bool) -> Option<&'w str> {
    if !fold {
        return word.strip_prefix(text);
    }
    let mut letters = word.chars();
    for wanted in text.chars() {
        let found = letters.next()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(letters.as_str())
}
