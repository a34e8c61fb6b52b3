//! What the words of a command say by options.
//!
//! In: the words of a simple command. Out: whether an option stands among them. Where a word is
//! only known later, what it may hold counts as said: a rule that misses an option must be sure.

use crate::shell::Word;

/// Whether `-LETTER` stands there, also in a cluster such as `-xLETTER`. After a letter of
/// `valued` the rest of a cluster is its value.
pub(super) fn has_short(words: &[Word], letter: char, valued: &str) -> bool {
    let mut clusters = words.iter().skip(1).filter_map(|word| word.strip_prefix('-'));
    clusters.any(|cluster| {
        let end = cluster.find(|c| valued.contains(c)).map_or(cluster.len(), |at| at + 1);
        !cluster.starts_with('-') && cluster[..end].contains(letter)
    })
}

/// Whether one of these words stands there, also with a value: `--name=value`.
pub(super) fn has_long(words: &[Word], names: &[&str]) -> bool {
    let plain = |word: &Word| word.split_once('=').map_or(word.text.clone(), |(name, _)| name.to_owned());
    words.iter().skip(1).any(|word| names.contains(&plain(word).as_str()))
}

/// Whether a word says this, whatever the case of its letters, as PowerShell and cmd take it.
pub(super) fn has_any_case(words: &[Word], name: &str) -> bool {
    words.iter().skip(1).any(|word| word.eq_ignore_ascii_case(name))
}

/// Whether an option may hide in a word that only the host or a value makes. A value that stands
/// last is what the command is about.
pub(super) fn may_hide(words: &[Word]) -> bool {
    let alone = |word: &Word| !word.is_settled() && !word.chars().any(|c| c.is_ascii_alphanumeric());
    let [_, middle @ .., last] = words else { return false };
    middle.iter().any(|word| !word.known || alone(word)) || !last.known
}

/// The words that are neither options nor their values; nothing where that is not sure.
pub(super) fn operands<'w>(words: &'w [Word], valued: &str) -> Option<Vec<&'w Word>> {
    let mut operands = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        if !word.known {
            return None;
        }
        match word.strip_prefix('-').and_then(|cluster| cluster.find(|c| valued.contains(c))) {
            Some(at) if at + 2 == word.len() => drop(rest.next()),
            Some(_) => {}
            None if word.starts_with('-') => {}
            None => operands.push(word),
        }
    }
    Some(operands)
}

/// Whether the program is one of these.
pub(super) fn is_program(words: &[Word], names: &[&str]) -> bool {
    words.first().is_some_and(|program| names.contains(&&**program))
}

/// Whether the first words are these.
pub(super) fn begins(words: &[Word], with: &[&str]) -> bool {
    words.len() >= with.len() && words.iter().zip(with).all(|(word, with)| &**word == *with)
}
