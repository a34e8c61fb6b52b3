//! The words of a command parted into options and operands, by the table of its program.

use super::table::{NameRule, Program, Row, Takes, programs};
use super::{Name, names};
use crate::shell::Word;
use crate::value::Shell;

/// What was given to a program, or to the subcommand that its words lead to.
pub(super) struct Given<'p> {
    pub section: &'p Program,
    /// The subcommands on the way.
    path: Vec<String>,
    options: Vec<(String, Option<Word>)>,
    operands: Vec<Word>,
}

/// Parts `words`, the program left out. An option that is not in the table is an error.
pub(super) fn take<'p>(root: &'p Program, words: &[Word], shell: Shell) -> Result<Given<'p>, String> {
    let given = Given { section: root, path: Vec::new(), options: Vec::new(), operands: Vec::new() };
    let mut taking = Taking { sections: vec![root], given, looks: false, shell };
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        rest = match is_option(word, shell) {
            true if word == "--" => {
                taking.given.operands.extend(after.iter().cloned());
                &[]
            }
            true => taking.option(word, after)?,
            false => {
                taking.operand(word);
                after
            }
        };
    }
    Ok(taking.done(shell))
}

/// Whether a word is written as an option. What only its value expands is.
fn is_option(word: &Word, shell: Shell) -> bool {
    let slashed = shell.is_of_windows();
    let begins = word.starts_with('-') && word.len() > 1 || slashed && word.starts_with('/');
    let name = word.split(['=', ':']).next().unwrap_or(word);
    begins && (word.known || !name.contains(['$', '`', '*', '(', '{']))
}

struct Taking<'p> {
    /// The program, then each subcommand on the way: an option of any may be given.
    sections: Vec<&'p Program>,
    given: Given<'p>,
    looks: bool,
    shell: Shell,
}

impl<'p> Taking<'p> {
    fn operand(&mut self, word: &Word) {
        let here = self.given.section;
        let open = self.given.operands.is_empty() && word.known;
        let below = open.then(|| here.subcommands.get(self.folded(word).as_str())).flatten();
        let Some(below) = below else { return self.given.operands.push(word.clone()) };
        self.given.section = below;
        self.given.path.push(word.text.clone());
        self.sections.push(below);
    }

    fn folded(&self, text: &str) -> String {
        if self.ignores_case() { text.to_lowercase() } else { text.to_owned() }
    }

    fn ignores_case(&self) -> bool {
        self.shell.is_of_windows()
    }

    /// Takes an option and, where it has one, the word after it as its value.
    fn option<'w>(&mut self, word: &Word, after: &'w [Word]) -> Result<&'w [Word], String> {
        let (name, attached) = self.parted(word);
        if let Some((name, takes)) = self.known(&name) {
            return self.takes(name, takes, attached, after);
        }
        if word.starts_with('-') && !word.starts_with("--") && !self.cluster(word).is_empty() {
            return self.letters(word, after);
        }
        if self.sections.iter().any(|section| section.any_option) {
            self.given.options.push((name, attached));
            return Ok(after);
        }
        if word.starts_with('/') {
            self.given.operands.push(word.clone());
            return Ok(after);
        }
        Err(format!("what `{word}` means there is not known"))
    }

    /// `--name=value`, and on Windows `-Name:value` and `/name:value`.
    fn parted(&self, word: &Word) -> (String, Option<Word>) {
        let marks: &[char] = if self.ignores_case() { &[':', '='] } else { &['='] };
        match word.text.split_once(marks) {
            Some((name, value)) => {
                (name.to_owned(), Some(Word { text: value.to_owned(), known: word.known }))
            }
            None => (word.text.clone(), None),
        }
    }

    /// The option as the table has it: in full, in any case or cut short where programs take that.
    fn known(&self, name: &str) -> Option<(String, Takes)> {
        let all = || self.sections.iter().rev().flat_map(|section| &section.options);
        let same = |known: &str| known == name || self.ignores_case() && known.eq_ignore_ascii_case(name);
        if let Some((known, takes)) = all().find(|(known, _)| same(known)) {
            return Some((known.clone(), *takes));
        }
        let shortened = name.starts_with("--") && name.len() > 3 || self.ignores_case() && name.len() > 1;
        let begins = |known: &str| {
            known.len() > name.len()
                && known.get(..name.len()).is_some_and(|start| {
                    start == name || self.ignores_case() && start.eq_ignore_ascii_case(name)
                })
        };
        let mut fitting: Vec<_> = all().filter(|(known, _)| shortened && begins(known)).collect();
        fitting.dedup_by(|a, b| a.0 == b.0);
        match fitting.as_slice() {
            [(known, takes)] => Some(((*known).clone(), **takes)),
            [] if is_number(name) => {
                all().find(|(known, _)| *known == "-#").map(|_| (name.to_owned(), Takes::Nothing))
            }
            _ => None,
        }
    }

    fn takes<'w>(
        &mut self,
        name: String,
        takes: Takes,
        attached: Option<Word>,
        after: &'w [Word],
    ) -> Result<&'w [Word], String> {
        let apart = takes == Takes::Value && attached.is_none();
        match takes {
            Takes::Unknown => return Err(format!("what it does with `{name}` is not known")),
            Takes::Looks => self.looks = true,
            Takes::Nothing | Takes::Value => {}
        }
        let value = if apart { after.first().cloned() } else { attached };
        self.given.options.push((name, value));
        Ok(if apart { after.get(1..).unwrap_or_default() } else { after })
    }

    /// `-abc` as letters, and how each goes on; nothing when one of them is no option.
    fn cluster(&self, word: &str) -> Vec<(String, Takes, usize)> {
        let mut letters = Vec::new();
        for (at, letter) in word.char_indices().skip(1) {
            let Some((name, takes)) = self.exactly(&format!("-{letter}")) else { return Vec::new() };
            letters.push((name, takes, at + letter.len_utf8()));
            if takes == Takes::Value {
                break;
            }
        }
        letters
    }

    fn exactly(&self, name: &str) -> Option<(String, Takes)> {
        let found = self.sections.iter().rev().find_map(|section| section.options.get(name));
        found.map(|takes| (name.to_owned(), *takes))
    }

    fn letters<'w>(&mut self, word: &Word, after: &'w [Word]) -> Result<&'w [Word], String> {
        let mut rest = after;
        for (name, takes, end) in self.cluster(word) {
            let value = &word.text[end..];
            let attached = takes == Takes::Value && !value.is_empty();
            let attached = attached.then(|| Word { text: value.to_owned(), known: word.known });
            rest = self.takes(name, takes, attached, rest)?;
        }
        Ok(rest)
    }

    fn done(mut self, shell: Shell) -> Given<'p> {
        if self.looks
            && let Some(looking) = programs(shell).find("looking")
        {
            self.given.section = looking;
        }
        self.given
    }
}

fn is_number(name: &str) -> bool {
    name.strip_prefix(['-', '+']).is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}

impl<'p> Given<'p> {
    /// Operands only, for rows that are looked up by hand.
    pub(super) fn operands_only(section: &'p Program, words: &[Word]) -> Self {
        Self { section, path: Vec::new(), options: Vec::new(), operands: words.to_vec() }
    }

    /// The program and its subcommands, for messages.
    pub(super) fn heading(&self, program: &str) -> String {
        let operand = self.operands.first().map(|word| word.text.as_str());
        let words = std::iter::once(program).chain(self.path.iter().map(String::as_str)).chain(operand);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether a row is about what was given. What only the host knows fits no word of a row.
    pub(super) fn fits(&self, row: &Row, shell: Shell) -> bool {
        let told: Vec<&str> = self
            .operands
            .iter()
            .map(|word| if word.is_settled() { word.text.as_str() } else { names::UNKNOWN })
            .collect();
        let operands = match &row.operands {
            Some(pattern) => pattern.match_words(&told).is_some(),
            None => self.operands.is_empty(),
        };
        operands && row.given.iter().all(|wanted| self.has(wanted, shell))
    }

    fn has(&self, wanted: &super::table::Given, shell: Shell) -> bool {
        let fold = shell.is_of_windows();
        self.options.iter().any(|(name, value)| {
            let named =
                wanted.names.iter().any(|wanted| wanted == name || fold && wanted.eq_ignore_ascii_case(name));
            let fits = match (&wanted.value, value) {
                (None, _) => true,
                (Some(pattern), Some(value)) => value.is_settled() && pattern.match_string(value).is_some(),
                (Some(_), None) => false,
            };
            named && fits
        })
    }

    /// The names that a rule takes from what was given.
    pub(super) fn names(&self, rule: &NameRule, shell: Shell) -> Vec<Name> {
        let words = match rule {
            NameRule::Literal(name) => return vec![Name::Called((*name).to_owned())],
            NameRule::From { first, .. } => {
                self.operands.get(first - 1..).unwrap_or_default().iter().collect()
            }
            NameRule::At { place, .. } => self.operands.get(place - 1).into_iter().collect(),
            NameRule::Last => self.operands.last().into_iter().collect(),
            NameRule::Option(wanted) => self.values(wanted, shell),
        };
        let found = matches!(rule, NameRule::From { found: true, .. } | NameRule::At { found: true, .. });
        words.into_iter().flat_map(|word: &Word| names::of(word, found, shell)).collect()
    }

    fn values(&self, wanted: &str, shell: Shell) -> Vec<&Word> {
        let fold = shell.is_of_windows();
        let named = |name: &str| name == wanted || fold && name.eq_ignore_ascii_case(wanted);
        let given = self.options.iter().filter(|(name, _)| named(name));
        given.filter_map(|(_, value)| value.as_ref()).collect()
    }
}
