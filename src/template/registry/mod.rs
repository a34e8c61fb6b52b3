//! Every filter, test, function and method that an expression may use.
//!
//! A family of them is one file and one line in [`FAMILIES`]. An [`Entry`] says what it takes and
//! gives, for the checker; its doc and examples are the page in `docs/expressions.md`, and the
//! examples run as tests.

use std::collections::HashMap;
use std::sync::LazyLock;

use minijinja::Environment;

use crate::value::Type;

mod compare;
mod encode;
mod lines;
mod lists;
mod methods;
mod numbers;
mod patterns;
mod records;
mod text;
mod time;
mod versions;

pub(super) use methods::call_method;
pub(crate) use patterns::compile;
pub(super) use versions::{is_version, parse_version};

/// The families, in the order of the documentation.
pub const FAMILIES: &[Family] = &[
    lines::FAMILY,
    text::FAMILY,
    patterns::FAMILY,
    lists::FAMILY,
    records::FAMILY,
    numbers::FAMILY,
    time::FAMILY,
    versions::FAMILY,
    encode::FAMILY,
    compare::FAMILY,
    methods::FAMILY,
];

/// Filters and tests that belong together.
#[derive(Debug)]
pub struct Family {
    pub title: &'static str,
    pub entries: &'static [Entry],
}

/// Where a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// `value | name(…)`
    Filter,
    /// `value is name(…)`, and by name in `select`, `reject`, `selectattr`, `rejectattr`
    Test,
    /// `name(…)`
    Function,
    /// `value.name(…)`
    Method,
}

impl Use {
    /// What it is called in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Use::Filter => "filter",
            Use::Test => "test",
            Use::Function => "function",
            Use::Method => "method",
        }
    }
}

/// The kind of a value that goes in or comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Any,
    String,
    Int,
    Number,
    Bool,
    Duration,
    List,
    Strings,
    Map,
    Maps,
    /// As what went in.
    Same,
    /// An item of the list that went in.
    Item,
    /// A string, or a list of them.
    Lines,
}

impl Shape {
    /// The type of it, when `input` goes in.
    #[must_use]
    pub fn of(self, input: &Type) -> Type {
        let list = |of| Type::List(Box::new(of));
        match self {
            Shape::Any | Shape::Lines => Type::Any,
            Shape::String => Type::String,
            Shape::Int => Type::Int,
            Shape::Number => Type::Number,
            Shape::Bool => Type::Bool,
            Shape::Duration => Type::Duration,
            Shape::List => list(Type::Any),
            Shape::Strings => list(Type::String),
            Shape::Map => Type::Map(Box::new(Type::Any)),
            Shape::Maps => list(Type::Map(Box::new(Type::Any))),
            Shape::Same => input.clone(),
            Shape::Item => match input {
                Type::List(of) => (**of).clone(),
                Type::String => Type::String,
                _ => Type::Any,
            },
        }
    }

    /// As the documentation calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Shape::Any => "any",
            Shape::String => "string",
            Shape::Int => "int",
            Shape::Number => "number",
            Shape::Bool => "bool",
            Shape::Duration => "duration",
            Shape::List => "list",
            Shape::Strings => "list of string",
            Shape::Map => "map",
            Shape::Maps => "list of map",
            Shape::Same => "as it came",
            Shape::Item => "an item",
            Shape::Lines => "string or list of string",
        }
    }
}

/// How an argument is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Needed,
    /// By place or by name.
    Optional,
    /// By name only.
    Named,
    /// Any number of them.
    Many,
}

/// An argument.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub shape: Shape,
    pub given: Given,
}

const fn needed(name: &'static str, shape: Shape) -> Param {
    Param { name, shape, given: Given::Needed }
}

const fn optional(name: &'static str, shape: Shape) -> Param {
    Param { name, shape, given: Given::Optional }
}

const fn named(name: &'static str, shape: Shape) -> Param {
    Param { name, shape, given: Given::Named }
}

const fn many(name: &'static str, shape: Shape) -> Param {
    Param { name, shape, given: Given::Many }
}

/// Puts an entry into the environment.
type Install = fn(&mut Environment<'static>, &'static str);

/// A filter, test, function or method.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub used: Use,
    pub input: Shape,
    pub params: &'static [Param],
    pub gives: Shape,
    pub doc: &'static str,
    /// An expression and what it is, as `show` writes it.
    pub example: (&'static str, &'static str),
    /// It gives nothing for an empty list, which is an error unless `default` or `is defined` follows.
    pub may_be_undefined: bool,
    install: Option<Install>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).field("used", &self.used).finish_non_exhaustive()
    }
}

impl Entry {
    const fn new(used: Use, name: &'static str, input: Shape, gives: Shape, doc: &'static str) -> Self {
        let (params, example, install) = (&[] as &[Param], ("", ""), None);
        Self { name, used, input, params, gives, doc, example, may_be_undefined: false, install }
    }

    const fn filter(name: &'static str, input: Shape, gives: Shape, doc: &'static str) -> Self {
        Self::new(Use::Filter, name, input, gives, doc)
    }

    const fn test(name: &'static str, input: Shape, doc: &'static str) -> Self {
        Self::new(Use::Test, name, input, Shape::Bool, doc)
    }

    const fn function(name: &'static str, gives: Shape, doc: &'static str) -> Self {
        Self::new(Use::Function, name, Shape::Any, gives, doc)
    }

    const fn method(name: &'static str, input: Shape, gives: Shape, doc: &'static str) -> Self {
        Self::new(Use::Method, name, input, gives, doc)
    }

    const fn params(mut self, params: &'static [Param]) -> Self {
        self.params = params;
        self
    }

    const fn example(mut self, expression: &'static str, result: &'static str) -> Self {
        self.example = (expression, result);
        self
    }

    const fn may_be_undefined(mut self) -> Self {
        self.may_be_undefined = true;
        self
    }

    const fn by(mut self, install: Install) -> Self {
        self.install = Some(install);
        self
    }

    /// The entry's arguments as they are written: `(names, separators)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let param = |param: &Param| match param.given {
            Given::Needed => param.name.to_owned(),
            Given::Optional => format!("[{}]", param.name),
            Given::Named => format!("[{}=…]", param.name),
            Given::Many => format!("{}…", param.name),
        };
        let params: Vec<_> = self.params.iter().map(param).collect();
        if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) }
    }
}

static BY_NAME: LazyLock<HashMap<(Use, &'static str), &'static Entry>> =
    LazyLock::new(|| entries().map(|entry| ((entry.used, entry.name), entry)).collect());

/// All entries, in the order of the documentation.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().flat_map(|family| family.entries)
}

/// The entry of a name.
#[must_use]
pub fn find(used: Use, name: &str) -> Option<&'static Entry> {
    // The key's lifetime is that of the table; a shorter one is fine for asking.
    let table: &HashMap<(Use, &str), &'static Entry> = &BY_NAME;
    table.get(&(used, name)).copied()
}

/// The names of one use.
pub fn names(used: Use) -> impl Iterator<Item = &'static str> {
    entries().filter(move |entry| entry.used == used).map(|entry| entry.name)
}

/// Puts all entries into the environment.
pub(super) fn install(env: &mut Environment<'static>) {
    for entry in entries() {
        if let Some(install) = entry.install {
            install(env, entry.name);
        }
    }
}
