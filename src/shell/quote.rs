//! Writing a value so that a shell reads exactly that value.

use super::{Place, Quotes, Unquotable, cmd};
use crate::value::Shell;

/// What PowerShell takes for a single quote: the one of ASCII and four of print.
const SINGLE_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'];
/// What PowerShell takes for a double quote.
const DOUBLE_QUOTES: [char; 4] = ['"', '\u{201C}', '\u{201D}', '\u{201E}'];

pub(super) fn is_single_quote(c: char) -> bool {
    SINGLE_QUOTES.contains(&c)
}

pub(super) fn is_double_quote(c: char) -> bool {
    DOUBLE_QUOTES.contains(&c)
}

/// Quotes one value for its place. The program receives exactly `value`.
pub fn quote(value: &str, place: Place, shell: Shell) -> Result<String, Unquotable> {
    if value.contains('\0') {
        return Err(refuse(
            "the value holds a NUL byte, which no command line can carry",
            "pass it with `stdin`",
        ));
    }
    match shell {
        Shell::Sh | Shell::Bash => quote_sh(value, place),
        Shell::PowerShell | Shell::Pwsh => {
            if let Place::Argument { quotes, whole } = place {
                check_argument(value, quotes, whole, shell)?;
            }
            quote_powershell(value, place)
        }
        Shell::Cmd => Err(cmd::refusal()),
    }
}

/// Windows PowerShell 5.1 builds the command line of a program without care: an empty word is lost,
/// and a `"`, or a backslash at the end, moves the ends of the words. And each PowerShell takes a word
/// `--%` that reaches a program for its own, quoted or not.
fn check_argument(value: &str, quotes: Quotes, whole: bool, shell: Shell) -> Result<(), Unquotable> {
    let stops = if whole { value == "--%" } else { matches!(value, "%" | "-%" | "--%") };
    if stops {
        let why = "PowerShell would take a word `--%` of a program for its own";
        return Err(refuse(why, "pass it with `env` or `stdin`"));
    }
    let parted = !whole || quotes == Quotes::Double || value.contains(char::is_whitespace);
    let lost = value.contains('"') || (whole && value.is_empty()) || (parted && value.ends_with('\\'));
    if lost && shell == Shell::PowerShell {
        let why = "Windows PowerShell does not hand this value to a program as it is";
        let help = "pass it with `env` or `stdin`, or give the target `shell pwsh`";
        return Err(refuse(why, help));
    }
    Ok(())
}

fn refuse(why: &str, help: &str) -> Unquotable {
    Unquotable { hole: 0, why: why.to_owned(), help: help.to_owned() }
}

fn quote_sh(value: &str, place: Place) -> Result<String, Unquotable> {
    Ok(match place {
        // `[[ -n == … ]]` is no comparison.
        Place::Bare { alone } if is_plain(value) && (alone || !value.starts_with('-')) => value.to_owned(),
        Place::Bare { .. } | Place::Argument { quotes: Quotes::None, .. } => {
            format!("'{}'", value.replace('\'', r"'\''"))
        }
        Place::Single | Place::Argument { quotes: Quotes::Single, .. } => value.replace('\'', r"'\''"),
        Place::Double | Place::Argument { quotes: Quotes::Double, .. } if is_plain_in_double(value) => {
            value.to_owned()
        }
        Place::Double | Place::Argument { quotes: Quotes::Double, .. } => {
            format!("\"'{}'\"", value.replace('\'', r"'\''"))
        }
        Place::Here => {
            return Err(refuse("a value in a here-document could end it", "pass the text with `stdin`"));
        }
    })
}

/// Whether every shell of the sh family reads the value as itself, wherever a bare hole may stand.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,-".contains(c);
    !value.is_empty() && value.chars().all(plain)
}

/// Whether a value may stand in `"…"` as it is; any other leaves the double quotes for single ones.
///
/// A backslash before a character would not do: where the locale of the host is GBK or Big5, bash takes
/// it for the second half of a character that began before. And bash doubles a byte 1 in the
/// double quotes of an array.
fn is_plain_in_double(value: &str) -> bool {
    value.chars().all(|c| (' '..='~').contains(&c) && !matches!(c, '$' | '`' | '"' | '\\'))
}

fn quote_powershell(value: &str, place: Place) -> Result<String, Unquotable> {
    Ok(match place {
        _ if place.takes_lists() && is_plain_argument(value) => value.to_owned(),
        Place::Bare { .. } | Place::Argument { quotes: Quotes::None, .. } => {
            format!("'{}'", double(value, is_single_quote))
        }
        Place::Single | Place::Argument { quotes: Quotes::Single, .. } => double(value, is_single_quote),
        Place::Double | Place::Argument { quotes: Quotes::Double, .. } => {
            escape(value, '`', |c| matches!(c, '$' | '`') || is_double_quote(c))
        }
        Place::Here => here_string(value)?,
    })
}

/// PowerShell reads numbers, switches, lists and splats out of bare words: only names stay bare.
fn is_plain_argument(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-".contains(c);
    value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.chars().all(plain)
}

/// `@'…'@` takes all literally up to a line that begins with its end.
fn here_string(value: &str) -> Result<String, Unquotable> {
    let inner: Vec<char> = value.chars().collect();
    let closes = inner.windows(2).any(|pair| is_single_quote(pair[0]) && pair[1] == '@');
    if closes || value.starts_with('@') || value.ends_with(is_single_quote) {
        return Err(refuse("the value could end the here-string", "pass the text with `stdin` or `env`"));
    }
    Ok(value.to_owned())
}

fn escape(value: &str, with: char, special: impl Fn(char) -> bool) -> String {
    let mut quoted = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if special(c) {
            quoted.push(with);
        }
        quoted.push(c);
    }
    quoted
}

fn double(value: &str, special: impl Fn(char) -> bool) -> String {
    let mut quoted = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if special(c) {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted
}
