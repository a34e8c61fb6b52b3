//! The strict form of an expression: what is handed to minijinja.
//!
//! minijinja lets an undefined value pass into lists, comparisons and arguments. So names, fields,
//! operators and conditions are written as calls of internal filters (`guards`) that refuse what
//! is undefined and what can't be compared, added or tested. Which part of the strict form stems
//! from which part of the runbook is kept, so that an error points at it.

use super::registry::{Given, Param, Use, find};
use super::translate::push_jinja_string;
use super::tree::{Arg, BinaryOp, CompareOp, Node, NodeKind};
use crate::source::Span;
use crate::value::{Value, format_duration, to_duration};

/// Text for minijinja, and the place in the runbook of each of its parts.
#[derive(Debug)]
pub(super) struct Strict {
    pub(super) text: String,
    parts: Vec<(std::ops::Range<usize>, Span)>,
}

impl Strict {
    /// The strict form of `node`.
    pub(super) fn of(node: &Node) -> Self {
        let mut writer = Writer { out: String::new(), parts: Vec::new() };
        writer.node(node, if node.is_path() { Mode::Passing } else { Mode::Strict });
        Self { text: writer.out, parts: writer.parts }
    }

    /// The smallest part of the runbook that wrote all of `range`.
    pub(super) fn place(&self, range: &std::ops::Range<usize>) -> Option<Span> {
        let holding =
            self.parts.iter().filter(|(part, _)| part.start <= range.start && range.end <= part.end);
        holding.min_by_key(|(part, _)| part.len()).map(|(_, span)| *span)
    }
}

/// What becomes of an undefined or unknown value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Both end the evaluation.
    Strict,
    /// Undefined is for `is defined` and `default` to judge.
    Soft,
    /// An unknown value is passed on: it stands alone, as an item, or in a string.
    Passing,
}

impl Mode {
    /// As the internal filters are told it.
    pub(super) fn number(self) -> i64 {
        match self {
            Mode::Strict => 0,
            Mode::Soft => 1,
            Mode::Passing => 2,
        }
    }
}

/// The arguments of a filter or test: those given by the name of a place stand at that place.
pub(super) struct Placed<'n> {
    /// Nothing where none is given for a place.
    pub(super) by_place: Vec<Option<&'n Node>>,
    pub(super) by_name: Vec<(&'n str, &'n Node)>,
}

pub(super) fn placed<'n>(args: &'n [Arg], params: &[Param]) -> Placed<'n> {
    let place = |arg: &Arg| {
        let name = arg.name.as_deref()?;
        params
            .iter()
            .position(|param| param.name == name && matches!(param.given, Given::Needed | Given::Optional))
    };
    let by_place = args.iter().take_while(|arg| arg.name.is_none()).count();
    let last = args.iter().filter_map(place).max().map_or(by_place, |last| by_place.max(last + 1));
    let at = |at: usize| args[..by_place].get(at).or_else(|| args.iter().find(|arg| place(arg) == Some(at)));
    let named = args.iter().filter(|arg| place(arg).is_none());
    Placed {
        by_place: (0..last).map(|number| at(number).map(|arg| &arg.value)).collect(),
        by_name: named.filter_map(|arg| Some((arg.name.as_deref()?, &arg.value))).collect(),
    }
}

struct Writer {
    out: String,
    parts: Vec<(std::ops::Range<usize>, Span)>,
}

impl Writer {
    fn node(&mut self, node: &Node, mode: Mode) {
        let start = self.out.len();
        self.kind(node, mode);
        self.parts.push((start..self.out.len(), node.span));
    }

    fn strict(&mut self, node: &Node) {
        self.node(node, Mode::Strict);
    }

    /// An item of a list or string: an unknown path may stand in it.
    fn item(&mut self, node: &Node) {
        self.node(node, if node.is_path() { Mode::Passing } else { Mode::Strict });
    }

    /// A node that something is called on with a dot or a bracket.
    fn wrapped(&mut self, node: &Node) {
        self.out.push('(');
        self.strict(node);
        self.out.push(')');
    }

    fn kind(&mut self, node: &Node, mode: Mode) {
        match &node.kind {
            NodeKind::Var(name) => self.var(name, mode),
            NodeKind::Const(value) => self.constant(value),
            NodeKind::Text(parts) => self.joined(parts.iter()),
            NodeKind::Attr { base, name } => self.attr(base, &name.value, mode),
            NodeKind::Index { base, key } => self.index(base, key, mode),
            NodeKind::Slice { base, start, stop, step } => {
                self.wrapped(base);
                self.out.push('[');
                for (at, bound) in [start, stop, step].into_iter().enumerate() {
                    self.out.push_str(if at == 0 { "" } else { ":" });
                    if let Some(bound) = bound {
                        self.wrapped(bound);
                    }
                }
                self.out.push(']');
            }
            NodeKind::Filter { base, name, args } => self.filter(base, &name.value, args, mode),
            NodeKind::Test { base, name, args, negated } => self.test(base, &name.value, args, *negated),
            NodeKind::Not(operand) => {
                self.out.push_str("(not ");
                self.condition(operand);
                self.out.push(')');
            }
            NodeKind::Negative(operand) => {
                self.strict(operand);
                self.out.push_str("|_negative");
            }
            NodeKind::Binary { op, left, right } => self.binary(*op, left, right),
            NodeKind::Compare { first, rest } => self.compare(first, rest),
            NodeKind::IfElse { condition, then, otherwise } => {
                self.choice(condition, then, otherwise.as_deref())
            }
            NodeKind::List(items) => self.list(items),
            NodeKind::Map(pairs) => self.map(pairs),
            NodeKind::Call { name, args } => {
                self.out.push_str(&name.value);
                self.args(args);
            }
            NodeKind::Method { base, name, args } => {
                self.wrapped(base);
                self.out.push('.');
                self.out.push_str(&name.value);
                self.args(args);
            }
        }
    }

    fn var(&mut self, name: &str, mode: Mode) {
        self.out.push_str(name);
        self.out.push_str("|_name");
        self.mode(mode, Some(name));
    }

    /// The arguments that say what is let pass.
    fn mode(&mut self, mode: Mode, what: Option<&str>) {
        self.out.push('(');
        if let Some(what) = what {
            push_jinja_string(&mut self.out, what);
            self.out.push(',');
        }
        self.out.push_str(&format!("{})", mode.number()));
    }

    fn attr(&mut self, base: &Node, name: &str, mode: Mode) {
        self.node(base, mode);
        self.out.push_str("|_field");
        self.mode(mode, Some(name));
    }

    fn index(&mut self, base: &Node, key: &Node, mode: Mode) {
        self.node(base, mode);
        self.out.push_str("|_item(");
        self.strict(key);
        self.out.push_str(&format!(",{})", mode.number()));
    }

    fn constant(&mut self, value: &Value) {
        if let Some(text) = value.as_str() {
            push_jinja_string(&mut self.out, text);
        } else if let Some(duration) = to_duration(value) {
            self.out.push_str(&format!("\"{}\"|_duration", format_duration(duration)));
        } else if value.is_number() && !value.is_integer() {
            let number = f64::try_from(value.clone()).unwrap_or_default();
            self.out.push_str(&format!("{number:?}"));
        } else {
            self.out.push_str(&value.to_string());
        }
    }

    fn joined<'n>(&mut self, parts: impl Iterator<Item = &'n Node>) {
        self.out.push('[');
        for part in parts {
            self.item(part);
            self.out.push(',');
        }
        self.out.push_str("]|_text");
    }

    fn filter(&mut self, base: &Node, name: &str, args: &[Arg], mode: Mode) {
        self.node(base, if name == "default" { Mode::Soft } else { Mode::Strict });
        self.out.push('|');
        self.out.push_str(name);
        let entry = find(Use::Filter, name);
        self.placed(args, entry.map_or(&[], |entry| entry.params));
        if mode != Mode::Soft && entry.is_some_and(|entry| entry.may_be_undefined) {
            self.out.push_str("|_found(\"");
            self.out.push_str(name);
            self.out.push_str("\")");
        }
    }

    /// Arguments of a filter or test.
    fn placed(&mut self, args: &[Arg], params: &[Param]) {
        let placed = placed(args, params);
        self.out.push('(');
        for arg in placed.by_place {
            match arg {
                Some(node) => self.strict(node),
                None => self.out.push_str("none"),
            }
            self.out.push(',');
        }
        for (name, node) in placed.by_name {
            self.named(Some(name), node);
        }
        self.out.push(')');
    }

    fn named(&mut self, name: Option<&str>, node: &Node) {
        if let Some(name) = name {
            self.out.push_str(name);
            self.out.push('=');
        }
        self.strict(node);
        self.out.push(',');
    }

    fn test(&mut self, base: &Node, name: &str, args: &[Arg], negated: bool) {
        let soft = matches!(name, "defined" | "undefined");
        self.out.push('(');
        self.node(base, if soft { Mode::Soft } else { Mode::Strict });
        self.out.push_str(if negated { " is not " } else { " is " });
        self.out.push_str(name);
        self.placed(args, find(Use::Test, name).map_or(&[], |entry| entry.params));
        self.out.push(')');
    }

    fn args(&mut self, args: &[Arg]) {
        self.out.push('(');
        for arg in args {
            self.named(arg.name.as_deref(), &arg.value);
        }
        self.out.push(')');
    }

    /// What is asked whether it is true.
    fn condition(&mut self, node: &Node) {
        self.strict(node);
        self.out.push_str("|_condition");
    }

    fn binary(&mut self, op: BinaryOp, left: &Node, right: &Node) {
        match op {
            BinaryOp::And | BinaryOp::Or => self.junction(op, left, right),
            BinaryOp::Concat => self.joined(concatenated(left, right).into_iter()),
            _ => {
                self.strict(left);
                self.out.push_str("|_calculate(\"");
                self.out.push_str(op.symbol());
                self.out.push_str("\",");
                self.strict(right);
                self.out.push(')');
            }
        }
    }

    fn junction(&mut self, op: BinaryOp, left: &Node, right: &Node) {
        self.out.push('(');
        match &left.kind {
            // A chain of the same operator needs no brackets, so that it does not nest.
            NodeKind::Binary { op: inner, left, right } if *inner == op => self.chained(op, left, right),
            _ => self.condition(left),
        }
        self.out.push_str(if op == BinaryOp::And { " and " } else { " or " });
        self.condition(right);
        self.out.push(')');
    }

    fn chained(&mut self, op: BinaryOp, left: &Node, right: &Node) {
        match &left.kind {
            NodeKind::Binary { op: inner, left, right } if *inner == op => self.chained(op, left, right),
            _ => self.condition(left),
        }
        self.out.push_str(if op == BinaryOp::And { " and " } else { " or " });
        self.condition(right);
    }

    fn compare(&mut self, first: &Node, rest: &[(CompareOp, Node)]) {
        let mut left = first;
        self.out.push('(');
        for (at, (op, right)) in rest.iter().enumerate() {
            self.out.push_str(if at == 0 { "" } else { " and " });
            self.strict(left);
            self.out.push_str("|_compare(\"");
            self.out.push_str(op.symbol());
            self.out.push_str("\",");
            self.strict(right);
            self.out.push(')');
            left = right;
        }
        self.out.push(')');
    }

    fn choice(&mut self, condition: &Node, then: &Node, otherwise: Option<&Node>) {
        self.out.push('(');
        self.strict(then);
        self.out.push_str(" if ");
        self.condition(condition);
        self.out.push_str(" else ");
        match otherwise {
            Some(node) => self.strict(node),
            None => self.out.push_str("0|_no_else"),
        }
        self.out.push(')');
    }

    fn list(&mut self, items: &[Node]) {
        self.out.push('[');
        for item in items {
            self.item(item);
            self.out.push(',');
        }
        self.out.push(']');
    }

    fn map(&mut self, pairs: &[(Node, Node)]) {
        self.out.push('{');
        for (key, value) in pairs {
            self.strict(key);
            self.out.push_str("|_key:");
            self.item(value);
            self.out.push(',');
        }
        self.out.push('}');
    }
}

/// The operands of `a ~ b ~ c`, so that a long chain makes one text and not many.
pub(super) fn concatenated<'n>(left: &'n Node, right: &'n Node) -> Vec<&'n Node> {
    let (mut parts, mut left) = (vec![right], left);
    while let NodeKind::Binary { op: BinaryOp::Concat, left: inner, right } = &left.kind {
        parts.push(right);
        left = inner;
    }
    parts.push(left);
    parts.reverse();
    parts
}
