//! From minijinja's own tree to ours: the one file that knows its unstable machinery.
//!
//! In: an expression's text, translated and parsed here. Out: a [`Node`] whose spans are those of
//! the runbook. Spans of minijinja start at the operator for fields, items, filters and tests, and
//! a token too early for comparisons: they are widened, or set right, from the parts.

use minijinja::machinery::{Span as JinjaSpan, ast, parse_expr};

use super::translate::{DURATION_CALL, Mistake, TEXT_CALL, Translated, translate};
use super::tree::{Arg, BinaryOp, CompareOp, Node, NodeKind};
use crate::source::{Span, Spanned};
use crate::value::{Value, duration_value, parse_duration};

/// A range of bytes in the translated text.
type Range = std::ops::Range<usize>;

/// Reads an expression that begins at `place` in the runbook.
pub(super) fn parse(source: &str, place: Span) -> Result<Node, Mistake> {
    let translated = translate(source)?;
    if source.trim().is_empty() {
        return Err(Mistake::new(0, source.len(), "an expression is missing", ""));
    }
    let parsed = parse_expr(&translated.text).map_err(|error| mistake(&error, &translated))?;
    let reader = Reader { text: &translated.text, translated: &translated, place };
    reader.node(&parsed).map(|(node, _)| node)
}

/// What minijinja says is wrong, in plain words and at the byte of the source.
fn mistake(error: &minijinja::Error, translated: &Translated<'_>) -> Mistake {
    let range = error.range().unwrap_or(0..translated.text.len());
    let detail = error.detail().unwrap_or("it can't be read");
    let (start, end) = (translated.map.start(range.start), translated.map.end(range.end));
    let (title, label) = match detail.split_once(", expected ") {
        _ if detail.contains("recursion limit") => {
            ("the expression is nested too deep".to_owned(), String::new())
        }
        Some(("unexpected end of input", wanted)) => {
            ("the expression ends too early".to_owned(), format!("{} is missing after this", plain(wanted)))
        }
        Some((found, wanted)) => (plain(found), format!("{} is wanted here", plain(wanted))),
        None if detail.contains("unexpected input after") => {
            ("the expression should end before this".to_owned(), "an operator is missing".to_owned())
        }
        None => (plain(detail), String::new()),
    };
    Mistake::new(start, end.max(start), title, label)
}

/// minijinja's names of tokens as a user would call them.
fn plain(words: &str) -> String {
    let words = words.replace("identifier", "a name").replace("end of input", "the end");
    if words == "expression" { "a value".to_owned() } else { words }
}

struct Reader<'t> {
    text: &'t str,
    translated: &'t Translated<'t>,
    place: Span,
}

type Read = Result<(Node, Range), Mistake>;

impl Reader<'_> {
    fn span(&self, range: &Range) -> Span {
        let (start, end) = (self.translated.map.start(range.start), self.translated.map.end(range.end));
        self.place.part(start, end.saturating_sub(start))
    }

    fn made(&self, kind: NodeKind, range: Range) -> Read {
        Ok((Node { kind, span: self.span(&range) }, range))
    }

    fn mistake(&self, range: &Range, title: String, help: &str) -> Mistake {
        let (start, end) = (self.translated.map.start(range.start), self.translated.map.end(range.end));
        Mistake::new(start, end, title, "").help(help)
    }

    /// The range with the round brackets that stand around it and are closed right behind it.
    fn wrapped(&self, range: &Range) -> Range {
        let bytes = self.text.as_bytes();
        let (mut start, mut end) = (range.start, range.end);
        loop {
            let behind = end + bytes[end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            let before = bytes[..start].iter().rposition(|b| !b.is_ascii_whitespace());
            match before {
                Some(at) if bytes[at] == b'(' && bytes.get(behind) == Some(&b')') => {
                    (start, end) = (at, behind + 1)
                }
                _ => return start..end,
            }
        }
    }

    /// Reads a left operand: the node, and its range with the brackets around it.
    fn left(&self, expr: &ast::Expr<'_>) -> Read {
        let (node, range) = self.node(expr)?;
        let range = self.wrapped(&range);
        Ok((node, range))
    }

    fn boxed(&self, expr: &ast::Expr<'_>) -> Result<Box<Node>, Mistake> {
        Ok(Box::new(self.node(expr)?.0))
    }

    fn node(&self, expr: &ast::Expr<'_>) -> Read {
        let own = range_of(expr.span());
        match expr {
            ast::Expr::Var(var) => self.made(NodeKind::Var(var.id.to_owned()), own),
            ast::Expr::Const(constant) => self.constant(&constant.value, own),
            ast::Expr::GetAttr(attr) => self.attr(attr, own),
            ast::Expr::GetItem(item) => {
                let (base, range) = self.left(&item.expr)?;
                let key = self.boxed(&item.subscript_expr)?;
                self.made(NodeKind::Index { base: Box::new(base), key }, range.start..own.end)
            }
            ast::Expr::Slice(slice) => self.slice(slice, own),
            ast::Expr::UnaryOp(unary) => self.unary(unary, own),
            ast::Expr::BinOp(binary) => self.binary(binary, own),
            ast::Expr::Compare(compare) => self.compare(compare, own),
            ast::Expr::IfExpr(choice) => self.choice(choice, own),
            ast::Expr::Filter(filter) => self.filter(filter, own),
            ast::Expr::Test(test) => self.test(test, own, false),
            ast::Expr::Call(call) => self.call(call, own),
            ast::Expr::List(list) => self.list(&list.items, own),
            ast::Expr::Tuple(tuple) => self.list(&tuple.items, own),
            ast::Expr::Map(map) => self.map(map, own),
        }
    }

    fn constant(&self, value: &Value, own: Range) -> Read {
        if f64::try_from(value.clone()).is_ok_and(f64::is_infinite) {
            return Err(self.mistake(
                &own,
                "the number is too large".to_owned(),
                "the largest is about 1.8e308",
            ));
        }
        self.made(NodeKind::Const(value.clone()), own)
    }

    fn list(&self, items: &[ast::Expr<'_>], own: Range) -> Read {
        let items: Result<Vec<_>, _> = items.iter().map(|item| Ok(self.node(item)?.0)).collect();
        self.made(NodeKind::List(items?), own)
    }

    fn map(&self, map: &ast::Map<'_>, own: Range) -> Read {
        let pairs = map.keys.iter().zip(&map.values);
        let pairs: Result<Vec<_>, _> =
            pairs.map(|(key, value)| Ok((self.node(key)?.0, self.node(value)?.0))).collect();
        self.made(NodeKind::Map(pairs?), own)
    }

    fn attr(&self, attr: &ast::GetAttr<'_>, own: Range) -> Read {
        let (base, range) = self.left(&attr.expr)?;
        let name = Spanned::new(attr.name.to_owned(), self.span(&(own.end - attr.name.len()..own.end)));
        self.made(NodeKind::Attr { base: Box::new(base), name }, range.start..own.end)
    }

    fn slice(&self, slice: &ast::Slice<'_>, own: Range) -> Read {
        let (base, range) = self.left(&slice.expr)?;
        let bound = |bound: &Option<ast::Expr<'_>>| bound.as_ref().map(|expr| self.boxed(expr)).transpose();
        let (start, stop, step) = (bound(&slice.start)?, bound(&slice.stop)?, bound(&slice.step)?);
        self.made(NodeKind::Slice { base: Box::new(base), start, stop, step }, range.start..own.end)
    }

    fn unary(&self, unary: &ast::UnaryOp<'_>, own: Range) -> Read {
        match (&unary.op, &unary.expr) {
            (ast::UnaryOpKind::Neg, operand) => {
                let operand = self.boxed(operand)?;
                self.made(NodeKind::Negative(operand), own)
            }
            (ast::UnaryOpKind::Not, ast::Expr::BinOp(inner)) if matches!(inner.op, ast::BinOpKind::In) => {
                self.not_in(inner, own)
            }
            (ast::UnaryOpKind::Not, ast::Expr::Test(test)) => {
                let (_, base) = self.left(&test.expr)?;
                let name = range_of(test.span()).start;
                let negated =
                    self.text.get(base.end..name).is_some_and(|gap| gap.trim_end().ends_with("not"));
                if negated {
                    return self.test(test, range_of(test.span()), true);
                }
                self.negation(&unary.expr, own)
            }
            (ast::UnaryOpKind::Not, operand) => self.negation(operand, own),
        }
    }

    fn negation(&self, operand: &ast::Expr<'_>, own: Range) -> Read {
        let operand = self.boxed(operand)?;
        self.made(NodeKind::Not(operand), own)
    }

    /// `a not in b`, or `not a in b`.
    fn not_in(&self, inner: &ast::Spanned<ast::BinOp<'_>>, own: Range) -> Read {
        let (left, left_range) = self.left(&inner.left)?;
        let right = self.node(&inner.right)?.0;
        let end = range_of(inner.span()).end;
        let is_word =
            self.text.get(left_range.end..end).is_some_and(|gap| gap.trim_start().starts_with("not"));
        let op = if is_word { CompareOp::NotIn } else { CompareOp::In };
        let compared = NodeKind::Compare { first: Box::new(left), rest: vec![(op, right)] };
        let (node, range) = self.made(compared, left_range.start..end)?;
        if is_word { Ok((node, range)) } else { self.made(NodeKind::Not(Box::new(node)), own) }
    }

    fn binary(&self, binary: &ast::BinOp<'_>, own: Range) -> Read {
        let (left, left_range) = self.left(&binary.left)?;
        let right = self.node(&binary.right)?.0;
        let range = left_range.start..own.end;
        let (left, kind) = (Box::new(left), operator(binary.op));
        match kind {
            Operator::Binary(op) => self.made(NodeKind::Binary { op, left, right: Box::new(right) }, range),
            Operator::Compare(op) => {
                self.made(NodeKind::Compare { first: left, rest: vec![(op, right)] }, range)
            }
        }
    }

    fn compare(&self, compare: &ast::Compare<'_>, own: Range) -> Read {
        let (first, range) = self.left(&compare.expr)?;
        let rest: Result<Vec<_>, Mistake> =
            compare.ops.iter().map(|op| Ok((comparison(op.op), self.node(&op.expr)?.0))).collect();
        self.made(NodeKind::Compare { first: Box::new(first), rest: rest? }, range.start..own.end)
    }

    fn choice(&self, choice: &ast::IfExpr<'_>, own: Range) -> Read {
        let (then, range) = self.left(&choice.true_expr)?;
        let condition = self.boxed(&choice.test_expr)?;
        let otherwise = choice.false_expr.as_ref().map(|expr| self.boxed(expr)).transpose()?;
        self.made(NodeKind::IfElse { condition, then: Box::new(then), otherwise }, range.start..own.end)
    }

    fn filter(&self, filter: &ast::Spanned<ast::Filter<'_>>, own: Range) -> Read {
        let Some(base) = &filter.expr else {
            return Err(self.mistake(
                &own,
                "a value is missing before the filter".to_owned(),
                "write `value | filter`",
            ));
        };
        let (base, range) = self.left(base)?;
        let name = self.name_at(filter.name, own.start);
        let args = self.args(&filter.args)?;
        self.made(NodeKind::Filter { base: Box::new(base), name, args }, range.start..own.end)
    }

    fn test(&self, test: &ast::Test<'_>, own: Range, negated: bool) -> Read {
        let (base, range) = self.left(&test.expr)?;
        let name = self.name_at(test.name, own.start);
        let args = self.args(&test.args)?;
        self.made(NodeKind::Test { base: Box::new(base), name, args, negated }, range.start..own.end)
    }

    fn name_at(&self, name: &str, start: usize) -> Spanned<String> {
        Spanned::new(name.to_owned(), self.span(&(start..start + name.len())))
    }

    fn args(&self, args: &[ast::CallArg<'_>]) -> Result<Vec<Arg>, Mistake> {
        let read = |arg: &ast::CallArg<'_>| match arg {
            ast::CallArg::Pos(expr) => Ok(Arg { name: None, value: self.node(expr)?.0 }),
            ast::CallArg::Kwarg(name, expr) => {
                Ok(Arg { name: Some((*name).to_owned()), value: self.node(expr)?.0 })
            }
            ast::CallArg::PosSplat(expr) | ast::CallArg::KwargSplat(expr) => Err(self.mistake(
                &range_of(expr.span()),
                "`*` and `**` don't spread arguments here".to_owned(),
                "write each argument",
            )),
        };
        args.iter().map(read).collect()
    }

    fn call(&self, call: &ast::Call<'_>, own: Range) -> Read {
        match &call.expr {
            ast::Expr::Var(var) if var.id == TEXT_CALL => self.text(call, own),
            ast::Expr::Var(var) if var.id == DURATION_CALL => self.duration(call, own),
            ast::Expr::Var(var) => {
                let name = self.name_at(var.id, range_of(var.span()).start);
                let args = self.args(&call.args)?;
                self.made(NodeKind::Call { name, args }, own)
            }
            ast::Expr::GetAttr(attr) => {
                let (base, range) = self.left(&attr.expr)?;
                let dot = range_of(attr.span());
                let name = self.name_at(attr.name, dot.end - attr.name.len());
                let args = self.args(&call.args)?;
                self.made(NodeKind::Method { base: Box::new(base), name, args }, range.start..own.end)
            }
            called => {
                let (_, range) = self.left(called)?;
                let help = "only functions and methods are called";
                Err(self.mistake(&(range.start..own.end), "this can't be called".to_owned(), help))
            }
        }
    }

    /// A string with holes: the call that `translate` made of it.
    fn text(&self, call: &ast::Call<'_>, own: Range) -> Read {
        let Some(ast::CallArg::Pos(ast::Expr::List(parts))) = call.args.first() else {
            return Err(self.mistake(&own, "the string can't be read".to_owned(), ""));
        };
        let parts: Result<Vec<_>, _> = parts.items.iter().map(|part| Ok(self.node(part)?.0)).collect();
        let mut parts = parts?;
        parts.retain(|part| !matches!(&part.kind, NodeKind::Const(value) if value.as_str() == Some("")));
        match parts.as_slice() {
            [] => self.made(NodeKind::Const(Value::from("")), own),
            [Node { kind: NodeKind::Const(only), .. }] if call_is_literal(call) => {
                self.made(NodeKind::Const(only.clone()), own)
            }
            _ => self.made(NodeKind::Text(parts), own),
        }
    }

    fn duration(&self, call: &ast::Call<'_>, own: Range) -> Read {
        let text = match call.args.first() {
            Some(ast::CallArg::Pos(ast::Expr::Const(text))) => text.value.as_str().and_then(parse_duration),
            _ => None,
        };
        match text {
            Some(duration) => self.made(NodeKind::Const(duration_value(duration)), own),
            None => Err(self.mistake(&own, "the duration can't be read".to_owned(), "")),
        }
    }
}

/// Whether a rewritten string has no hole at all.
fn call_is_literal(call: &ast::Call<'_>) -> bool {
    matches!(call.args.first(), Some(ast::CallArg::Pos(ast::Expr::List(parts))) if parts.items.len() == 1)
}

fn range_of(span: JinjaSpan) -> Range {
    span.start_offset as usize..span.end_offset as usize
}

enum Operator {
    Binary(BinaryOp),
    Compare(CompareOp),
}

fn operator(op: ast::BinOpKind) -> Operator {
    use ast::BinOpKind as Jinja;
    match op {
        Jinja::Eq => Operator::Compare(CompareOp::Eq),
        Jinja::Ne => Operator::Compare(CompareOp::Ne),
        Jinja::Lt => Operator::Compare(CompareOp::Lt),
        Jinja::Lte => Operator::Compare(CompareOp::Le),
        Jinja::Gt => Operator::Compare(CompareOp::Gt),
        Jinja::Gte => Operator::Compare(CompareOp::Ge),
        Jinja::In => Operator::Compare(CompareOp::In),
        Jinja::ScAnd => Operator::Binary(BinaryOp::And),
        Jinja::ScOr => Operator::Binary(BinaryOp::Or),
        Jinja::Add => Operator::Binary(BinaryOp::Add),
        Jinja::Sub => Operator::Binary(BinaryOp::Sub),
        Jinja::Mul => Operator::Binary(BinaryOp::Mul),
        Jinja::Div => Operator::Binary(BinaryOp::Div),
        Jinja::FloorDiv => Operator::Binary(BinaryOp::FloorDiv),
        Jinja::Rem => Operator::Binary(BinaryOp::Rem),
        Jinja::Pow => Operator::Binary(BinaryOp::Pow),
        Jinja::Concat => Operator::Binary(BinaryOp::Concat),
    }
}

fn comparison(op: ast::CompareOpKind) -> CompareOp {
    use ast::CompareOpKind as Jinja;
    match op {
        Jinja::Eq => CompareOp::Eq,
        Jinja::Ne => CompareOp::Ne,
        Jinja::Lt => CompareOp::Lt,
        Jinja::Lte => CompareOp::Le,
        Jinja::Gt => CompareOp::Gt,
        Jinja::Gte => CompareOp::Ge,
        Jinja::In => CompareOp::In,
        Jinja::NotIn => CompareOp::NotIn,
    }
}
