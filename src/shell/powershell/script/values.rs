//! What a value of a script is, as far as the text alone tells.

use super::tree::{Block, Expr};
use crate::shell::Word;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    Text(String),
    Number(String),
    List(Vec<String>),
    /// Keys in lower case.
    Hash(Vec<(String, Val)>),
    Block(std::rc::Rc<Block>),
    /// Services or processes that a command fetched.
    Objects(Objects),
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objects {
    pub(super) kind: Kind,
    /// The parameters that would choose the same ones, or more.
    pub(super) chosen: Vec<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Service,
    Process,
}

impl Objects {
    pub(super) fn all(kind: Kind) -> Self {
        Self { kind, chosen: vec![Word::known("-Name"), Word::known("*")] }
    }

    /// Some that only the host knows.
    pub(super) fn some(kind: Kind) -> Self {
        Self { kind, chosen: vec![Word::known("-Name"), Word::expanded("$_")] }
    }

    pub(super) fn is_all(&self) -> bool {
        *self == Self::all(self.kind)
    }
}

impl Val {
    /// As the text of a string.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Val::Text(text) => Some(text.clone()),
            Val::Number(text)
                if text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0')) =>
            {
                Some(text.clone())
            }
            _ => None,
        }
    }

    /// As the items that flow out of it.
    pub(super) fn items(&self) -> Option<Vec<String>> {
        match self {
            Val::List(items) => Some(items.clone()),
            Val::Text(text) | Val::Number(text) => Some(vec![text.clone()]),
            Val::Hash(_) | Val::Block(_) | Val::Objects(_) | Val::Unknown => None,
        }
    }
}

/// Operators from the tightest to the loosest; all others come after these.
const LEVELS: [&[&str]; 5] = [&[","], &[".."], &["-f"], &["*", "/", "%"], &["+", "-"]];

/// The value of operands with operators between them.
pub(super) fn operation(mut values: Vec<Val>, operators: &[String]) -> Val {
    let mut operators: Vec<&str> = operators.iter().map(String::as_str).collect();
    if operators.iter().any(|operator| matches!(*operator, "?" | ":" | "??")) {
        return Val::Unknown;
    }
    for level in LEVELS {
        reduce(&mut values, &mut operators, |operator| level.contains(&operator));
    }
    reduce(&mut values, &mut operators, |operator| !matches!(operator, "-and" | "-or" | "-xor"));
    if operators.is_empty() { values.pop().unwrap_or(Val::Unknown) } else { Val::Unknown }
}

fn reduce(values: &mut Vec<Val>, operators: &mut Vec<&str>, takes: impl Fn(&str) -> bool) {
    let (old_values, old_operators) = (std::mem::take(values), std::mem::take(operators));
    let mut rest = old_values.into_iter();
    values.extend(rest.next());
    let mut in_list = false;
    for (operator, right) in old_operators.into_iter().zip(rest) {
        if !takes(operator) {
            in_list = false;
            operators.push(operator);
            values.push(right);
            continue;
        }
        let left = values.pop().unwrap_or(Val::Unknown);
        values.push(match operator {
            "," => listed(left, right, in_list),
            _ => binary(operator, left, right),
        });
        in_list = operator == ",";
    }
}

fn listed(left: Val, right: Val, in_list: bool) -> Val {
    let Some(right) = right.text() else { return Val::Unknown };
    match left {
        Val::List(mut items) if in_list => {
            items.push(right);
            Val::List(items)
        }
        left => left.text().map_or(Val::Unknown, |left| Val::List(vec![left, right])),
    }
}

fn binary(operator: &str, left: Val, right: Val) -> Val {
    match (operator, left, right) {
        ("+", Val::Text(left), right) => match right.text() {
            Some(right) => Val::Text(left + &right),
            None => Val::Unknown,
        },
        ("+", Val::List(mut left), right) => match right.items() {
            Some(right) => {
                left.extend(right);
                Val::List(left)
            }
            None => Val::Unknown,
        },
        ("-f", Val::Text(format), right) => {
            right.items().and_then(|items| formatted(&format, &items)).map_or(Val::Unknown, Val::Text)
        }
        ("-join", Val::List(items), Val::Text(between)) => Val::Text(items.join(&between)),
        ("-replace" | "-ireplace", Val::Text(text), right) => replaced(&text, &right),
        _ => Val::Unknown,
    }
}

/// `'{0}-{1}' -f 'a','b'`
fn formatted(format: &str, items: &[String]) -> Option<String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
        if doubled {
            text.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
            continue;
        }
        let (number, after) = rest[at..].strip_prefix('{')?.split_once('}')?;
        text.push_str(items.get(number.parse::<usize>().ok()?)?);
        rest = after;
    }
    Some(text + rest)
}

/// `-replace` with a pattern that is plain text.
fn replaced(text: &str, right: &Val) -> Val {
    let (pattern, with) = match right {
        Val::List(items) if items.len() == 2 => (items[0].clone(), items[1].clone()),
        Val::Text(pattern) => (pattern.clone(), String::new()),
        _ => return Val::Unknown,
    };
    let plain =
        |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || " _-:/@~!%&=,;'\"<>".contains(c));
    if pattern.is_empty() || !plain(&pattern) || with.contains('$') || !text.is_ascii() {
        return Val::Unknown;
    }
    let pattern = regex::Regex::new(&format!("(?i){pattern}"));
    pattern.map_or(Val::Unknown, |pattern| Val::Text(pattern.replace_all(text, with.as_str()).into_owned()))
}

/// What a prefix operator makes of a value.
pub(super) fn unary(operator: &str, of: Val) -> Val {
    match (operator, of) {
        ("-join", Val::List(items)) => Val::Text(items.concat()),
        ("-join", Val::Text(text)) => Val::Text(text),
        (",", of) => of.text().map_or(Val::Unknown, |text| Val::List(vec![text])),
        _ => Val::Unknown,
    }
}

/// `[string]'x'`, `[char]82`, `[char[]](82, 101)`
pub(super) fn cast(to: &str, of: Val) -> Val {
    let char_of = |text: &str| text.parse().ok().and_then(char::from_u32).map(String::from);
    match (to, of) {
        ("string", Val::Text(text)) => Val::Text(text),
        ("string[]" | "array" | "object[]", Val::List(items)) => Val::List(items),
        ("char", Val::Number(number)) => char_of(&number).map_or(Val::Unknown, Val::Text),
        ("char[]", Val::List(items)) if items.iter().all(|item| item.len() > 1) => {
            items.iter().map(|item| char_of(item)).collect::<Option<_>>().map_or(Val::Unknown, Val::List)
        }
        _ => Val::Unknown,
    }
}

/// What a method that only computes makes of a text, for the simplest ones.
pub(super) fn computed(text: &str, method: &str, arguments: &[String]) -> Val {
    match (method, arguments) {
        ("tolower" | "tolowerinvariant", []) => Val::Text(text.to_lowercase()),
        ("toupper" | "toupperinvariant", []) => Val::Text(text.to_uppercase()),
        ("trim", []) => Val::Text(text.trim().to_owned()),
        ("tostring", []) => Val::Text(text.to_owned()),
        ("replace", [from, to]) if !from.is_empty() => Val::Text(text.replace(from, to)),
        _ => Val::Unknown,
    }
}

/// An expression as a word whose value only the host knows.
pub(super) fn spelled(of: &Expr) -> String {
    match of {
        Expr::Variable(name) => format!("${name}"),
        Expr::Joined(parts) => parts.iter().map(piece).collect(),
        Expr::Hash(_) => "@{…}".to_owned(),
        Expr::Block(_) => "{…}".to_owned(),
        Expr::Text(text) | Expr::Number(text) => format!("$({text})"),
        Expr::Postfix { of, .. } => format!("{}…", spelled(of)),
        _ => "$(…)".to_owned(),
    }
}

fn piece(of: &Expr) -> String {
    match of {
        Expr::Text(text) => text.clone(),
        Expr::Unknown(_) => "$".to_owned(),
        other => spelled(other),
    }
}
