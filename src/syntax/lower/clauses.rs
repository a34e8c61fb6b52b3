//! Clauses: each is cut once here, and the statement takes those it knows.

use crate::finding::Finding;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Block, ClauseKind, Expr, Name, TargetClauseKind, Text, Tolerance};
use crate::syntax::grammar::{Node, Parts, Rule};
use crate::syntax::mistake;

use super::form::Form;
use super::{Lowering, parts};

/// The clauses of one statement, in the order they were written.
pub(super) struct Clauses {
    list: Vec<Clause>,
}

struct Clause {
    /// As a message calls it: `within`, `at a time`.
    word: String,
    value: Value,
    span: Span,
}

enum Value {
    Expr(Expr),
    Text(Text),
    Pair(Text, Text),
    Basic(Text, Expr),
    Numbers(Vec<Spanned<i64>>),
    Block(Block),
    Name(Name),
    Percent(Expr),
    /// Words that say it all.
    Said,
}

impl Clauses {
    fn take(&mut self, word: &str) -> Option<Value> {
        let at = self.list.iter().position(|clause| clause.word == word)?;
        Some(self.list.remove(at).value)
    }

    pub fn expr(&mut self, word: &str) -> Option<Expr> {
        match self.take(word)? {
            Value::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    pub fn text(&mut self, word: &str) -> Option<Text> {
        match self.take(word)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn tolerance(&mut self) -> Option<Tolerance> {
        match self.take("tolerating")? {
            Value::Expr(expr) => Some(Tolerance::Failures(expr)),
            Value::Percent(expr) => Some(Tolerance::Percent(expr)),
            _ => None,
        }
    }

    /// Every `header "N" "V"`.
    pub fn headers(&mut self) -> Vec<(Text, Text)> {
        std::iter::from_fn(|| self.take("header"))
            .filter_map(|value| match value {
                Value::Pair(name, value) => Some((name, value)),
                _ => None,
            })
            .collect()
    }

    /// Where the clause `word` stands, if it does.
    pub fn span_of(&self, word: &str) -> Option<Span> {
        self.list.iter().find(|clause| clause.word == word).map(|clause| clause.span)
    }
}

impl<'t> Lowering<'t> {
    /// Takes the clauses that come next, of any kind.
    pub(super) fn clauses(&mut self, form: &mut Form<'t>) -> Clauses {
        let mut clauses = Clauses { list: Vec::new() };
        while let Some(node) = form.parts.take_if(is_clause) {
            self.add_clause(form, &mut clauses, node);
        }
        clauses
    }

    fn add_clause(&mut self, form: &mut Form<'t>, clauses: &mut Clauses, node: Node<'t>) {
        let span = self.span(&node);
        if node.as_rule() == Rule::odd_clause {
            form.broken = true;
            let finding = mistake::clause(node.as_str().trim_end(), span, &form.usage);
            return self.report(finding);
        }
        let (word, value) = self.clause(node);
        let Some(value) = value else {
            form.broken = true;
            if !form.usage.clauses.contains(&word.as_str()) {
                let finding = mistake::misplaced(&word, span, &form.usage);
                return self.report(finding);
            }
            let (title, help) = (format!("`{word}` needs a value"), mistake::clause_form(&word));
            return self.error(title, span, "nothing that fits follows it", &help);
        };
        if let Some(first) = clauses.span_of(&word).filter(|_| word != "header") {
            form.broken = true;
            let twice = Finding::error(mistake::CODE, format!("`{word}` is said twice"), span, "again here");
            self.report(twice.also(first, "first here").help("keep one of them"));
        }
        clauses.list.push(Clause { word, value, span });
    }

    fn clause(&mut self, node: Node<'t>) -> (String, Option<Value>) {
        let (rule, span) = (node.as_rule(), self.span(&node));
        let first_word =
            node.as_str().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("").to_owned();
        let mut parts = parts(node);
        match rule {
            Rule::keyed => {
                parts.next();
                (first_word, parts.take(Rule::expression).map(|node| Value::Expr(self.expr(&node))))
            }
            Rule::texted => {
                parts.next();
                (first_word, parts.take(Rule::string).map(|node| Value::Text(self.text(&node))))
            }
            Rule::message => ("a message".to_owned(), parts.next().map(|node| Value::Text(self.text(&node)))),
            Rule::header => (first_word, self.pair(parts)),
            Rule::basic => {
                let user = parts.next().map(|node| self.text(&node));
                let secret = parts.next().map(|node| self.expr(&node));
                (first_word, user.zip(secret).map(|(user, secret)| Value::Basic(user, secret)))
            }
            Rule::stable | Rule::repeat => {
                let count = parts.take(Rule::expression).map(|node| Value::Expr(self.expr(&node)));
                (first_word, count.filter(|_| parts.marks(Rule::times)))
            }
            Rule::accept => self.accept(parts),
            Rule::done_when => {
                let block = parts.next().map(|node| Value::Block(self.block(node)));
                ("done when".to_owned(), block)
            }
            Rule::host_key => ("host key".to_owned(), parts.marks(Rule::unchecked).then_some(Value::Said)),
            Rule::shell => (first_word, parts.next().map(|node| Value::Name(self.name(&node)))),
            Rule::tolerating => (first_word, self.tolerating(parts)),
            Rule::at_a_time => {
                ("at a time".to_owned(), parts.next().map(|node| Value::Expr(self.expr(&node))))
            }
            other => unreachable!("{other:?} at {span:?} is not a clause"),
        }
    }

    fn pair(&mut self, mut parts: Parts<'t>) -> Option<Value> {
        let name = parts.next().map(|node| self.text(&node))?;
        let value = parts.next().map(|node| self.text(&node))?;
        Some(Value::Pair(name, value))
    }

    fn accept(&mut self, mut parts: Parts<'t>) -> (String, Option<Value>) {
        let what = parts.next().map_or("", |node| node.as_str());
        let numbers = parts.take_all(Rule::int);
        let numbers: Vec<_> = numbers.iter().filter_map(|node| self.number(node)).collect();
        (format!("accept {what}"), Some(Value::Numbers(numbers)))
    }

    fn tolerating(&mut self, mut parts: Parts<'t>) -> Option<Value> {
        if let Some(share) = parts.take(Rule::share) {
            return Some(Value::Percent(self.expr(&share)));
        }
        let count = parts.take(Rule::expression)?;
        let count = self.expr(&count);
        parts.marks(Rule::failures).then_some(Value::Expr(count))
    }

    /// Reports the clauses that nobody took.
    pub(super) fn no_more(&mut self, form: &mut Form<'t>, clauses: Clauses) {
        for clause in clauses.list {
            form.broken = true;
            let finding = mistake::misplaced(&clause.word, clause.span, &form.usage);
            self.report(finding);
        }
    }

    /// The clauses of a request, in their order.
    pub(super) fn request_clauses(&mut self, form: &mut Form<'t>, clauses: Clauses) -> Vec<ast::Clause> {
        let mut kept = Vec::new();
        let mut left = Vec::new();
        for clause in clauses.list {
            let span = clause.span;
            match request_clause(clause) {
                Ok(kind) => kept.push(ast::Clause { kind, span }),
                Err(clause) => left.push(*clause),
            }
        }
        self.no_more(form, Clauses { list: left });
        kept
    }

    /// The clauses of a target, in their order.
    pub(super) fn target_clauses(&mut self, form: &mut Form<'t>, clauses: Clauses) -> Vec<ast::TargetClause> {
        let mut kept = Vec::new();
        let mut left = Vec::new();
        for clause in clauses.list {
            let span = clause.span;
            match target_clause(clause) {
                Ok(kind) => kept.push(ast::TargetClause { kind, span }),
                Err(clause) => left.push(*clause),
            }
        }
        self.no_more(form, Clauses { list: left });
        kept
    }

    /// A second set of clauses, after a request's operation.
    pub(super) fn more_clauses(&mut self, form: &mut Form<'t>, mut clauses: Clauses) -> Clauses {
        while let Some(node) = form.parts.take_if(is_clause) {
            self.add_clause(form, &mut clauses, node);
        }
        clauses
    }
}

/// The kind of a request's clause, or the clause when requests have none such.
fn request_clause(clause: Clause) -> Result<ClauseKind, Box<Clause>> {
    Ok(match (clause.word.as_str(), clause.value) {
        ("within", Value::Expr(expr)) => ClauseKind::Within(expr),
        ("retry", Value::Expr(expr)) => ClauseKind::Retry(expr),
        ("accept exit", Value::Numbers(numbers)) => ClauseKind::AcceptExit(numbers),
        ("accept status", Value::Numbers(numbers)) => ClauseKind::AcceptStatus(numbers),
        ("stdin", Value::Expr(expr)) => ClauseKind::Stdin(expr),
        ("env", Value::Expr(expr)) => ClauseKind::Env(expr),
        ("json", Value::Expr(expr)) => ClauseKind::Json(expr),
        ("form", Value::Expr(expr)) => ClauseKind::Form(expr),
        ("body", Value::Expr(expr)) => ClauseKind::Body(expr),
        ("header", Value::Pair(name, value)) => ClauseKind::Header(name, value),
        ("done when", Value::Block(block)) => ClauseKind::DoneWhen(block),
        (_, value) => return Err(Box::new(Clause { word: clause.word, value, span: clause.span })),
    })
}

/// The kind of a target's clause, or the clause when targets have none such.
fn target_clause(clause: Clause) -> Result<TargetClauseKind, Box<Clause>> {
    Ok(match (clause.word.as_str(), clause.value) {
        ("shell", Value::Name(name)) => TargetClauseKind::Shell(name),
        ("user", Value::Expr(expr)) => TargetClauseKind::User(expr),
        ("port", Value::Expr(expr)) => TargetClauseKind::Port(expr),
        ("jump", Value::Expr(expr)) => TargetClauseKind::Jump(expr),
        ("identity", Value::Expr(expr)) => TargetClauseKind::Identity(expr),
        ("passphrase", Value::Expr(expr)) => TargetClauseKind::Passphrase(expr),
        ("password", Value::Expr(expr)) => TargetClauseKind::Password(expr),
        ("sudo", Value::Expr(expr)) => TargetClauseKind::Sudo(expr),
        ("host key", Value::Said) => TargetClauseKind::HostKeyUnchecked,
        ("bearer", Value::Expr(expr)) => TargetClauseKind::Bearer(expr),
        ("basic", Value::Basic(user, secret)) => TargetClauseKind::Basic(user, secret),
        ("header", Value::Pair(name, value)) => TargetClauseKind::Header(name, value),
        ("within", Value::Expr(expr)) => TargetClauseKind::Within(expr),
        ("env", Value::Expr(expr)) => TargetClauseKind::Env(expr),
        (_, value) => return Err(Box::new(Clause { word: clause.word, value, span: clause.span })),
    })
}

fn is_clause(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::keyed
            | Rule::texted
            | Rule::message
            | Rule::header
            | Rule::basic
            | Rule::stable
            | Rule::repeat
            | Rule::accept
            | Rule::done_when
            | Rule::shell
            | Rule::host_key
            | Rule::tolerating
            | Rule::at_a_time
            | Rule::odd_clause
    )
}
