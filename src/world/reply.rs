//! What a handler answers, made from a `reply`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;
use minijinja::value::ValueKind;

use super::asked::Asked;
use super::state::{evaluate, no_value};
use crate::backend::Operation;
use crate::finding::Finding;
use crate::resolve::ResolvedWorld;
use crate::source::Span;
use crate::syntax::ast::{self, ReplyKind};
use crate::template::{self, Scope};
use crate::value::{CommandOutcome, HttpOutcome, Outcome, Value, to_duration};

/// How long an answer takes that says nothing of it.
pub const LATENCY: Duration = Duration::from_millis(200);

/// The exit codes that there are: on Windows they have 32 bits.
const EXITS: std::ops::RangeInclusive<i64> = -0x8000_0000..=0xFFFF_FFFF;

/// What the other side does with a request.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub what: What,
    pub latency: Duration,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// It answers; `seconds` is filled in when it is known.
    Outcome(Outcome),
    /// Nothing reaches it.
    Unreachable,
    /// It does what is asked, and the answer gets lost.
    Lost,
}

/// A `reply` in a handler's body, with the names around it.
pub(super) struct Replying<'a> {
    pub world: &'a ResolvedWorld,
    pub scope: &'a Arc<Scope>,
    pub asked: &'a Asked<'a>,
    pub span: Span,
}

impl Answer {
    /// The answer of a handler that ends without a `reply`.
    pub(super) fn empty(asked: &Asked<'_>) -> Self {
        let outcome = match &asked.request.operation {
            Operation::Command(_) => Outcome::Command(CommandOutcome::default()),
            Operation::Http(_) => http(200, IndexMap::new(), Bytes::new()),
            Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => done(),
        };
        Self { what: What::Outcome(outcome), latency: LATENCY }
    }
}

impl Replying<'_> {
    pub(super) fn answer(&self, reply: &ast::Reply) -> Result<Answer, Finding> {
        let latency = reply.latency.as_ref().map(|expr| duration(self.world, expr, self.scope));
        let what = match &reply.kind {
            ReplyKind::Unreachable => What::Unreachable,
            ReplyKind::Lost => What::Lost,
            ReplyKind::Command { stdout, exit, stderr } => {
                self.command(stdout.as_ref(), exit.as_ref(), stderr.as_ref())?
            }
            ReplyKind::Http { status, json, body, headers } => {
                let body = self.body(json.as_ref(), body.as_ref())?;
                self.http(status, body, headers, json.is_some())?
            }
        };
        Ok(Answer { what, latency: latency.transpose()?.unwrap_or(LATENCY) })
    }

    fn command(
        &self,
        stdout: Option<&ast::Expr>,
        exit: Option<&ast::Expr>,
        stderr: Option<&ast::Expr>,
    ) -> Result<What, Finding> {
        if let Operation::Command(_) = &self.asked.request.operation {
            return self.printed(stdout, exit, stderr);
        }
        if exit.is_some() || stderr.is_some() {
            return Err(
                self.misfit("only a command has an exit code", "`reply status 500` or `reply unreachable`")
            );
        }
        Ok(What::Outcome(self.said(stdout)?))
    }

    fn printed(
        &self,
        stdout: Option<&ast::Expr>,
        exit: Option<&ast::Expr>,
        stderr: Option<&ast::Expr>,
    ) -> Result<What, Finding> {
        let exit = exit.map_or(Ok(0), |expr| self.whole(expr, "an exit code", EXITS))?;
        let (stdout, stderr) = (self.output(stdout)?, self.output(stderr)?);
        let outcome = CommandOutcome { stdout, stderr, exit, ..CommandOutcome::default() };
        Ok(What::Outcome(Outcome::Command(outcome)))
    }

    /// A plain `reply "…"` to what is no command.
    fn said(&self, text: Option<&ast::Expr>) -> Result<Outcome, Finding> {
        Ok(match (&self.asked.request.operation, text) {
            (Operation::Http(_), Some(expr)) => http(200, IndexMap::new(), Bytes::from(self.text(expr)?)),
            (Operation::Plugin { .. }, Some(expr)) => Outcome::Done { value: self.json(expr)?, seconds: 0.0 },
            (Operation::Http(_), None) => http(200, IndexMap::new(), Bytes::new()),
            (
                Operation::Command(_)
                | Operation::Put { .. }
                | Operation::Get { .. }
                | Operation::Plugin { .. },
                _,
            ) => done(),
        })
    }

    fn http(
        &self,
        status: &ast::Expr,
        body: Bytes,
        headers: &[(ast::Text, ast::Text)],
        is_json: bool,
    ) -> Result<What, Finding> {
        if !matches!(self.asked.request.operation, Operation::Http(_)) {
            return Err(self.misfit("only an HTTP request is answered with a status", "`reply exit 1`"));
        }
        let status = self.whole(status, "a status", 100..=599)?;
        let mut named = IndexMap::new();
        if is_json {
            named.insert("content-type".to_owned(), "application/json".to_owned());
        }
        for (name, value) in headers {
            named.insert(self.rendered(name)?.to_lowercase(), self.rendered(value)?);
        }
        Ok(What::Outcome(http(u16::try_from(status).unwrap_or(599), named, body)))
    }

    fn body(&self, json: Option<&ast::Expr>, body: Option<&ast::Expr>) -> Result<Bytes, Finding> {
        match (json, body) {
            (Some(expr), _) => self.json(expr).map(|json| Bytes::from(json.to_string())),
            (None, Some(expr)) => self.text(expr).map(Bytes::from),
            (None, None) => Ok(Bytes::new()),
        }
    }

    /// What a program prints: its lines are ended, as programs end them.
    fn output(&self, expr: Option<&ast::Expr>) -> Result<Bytes, Finding> {
        let mut text = expr.map_or(Ok(String::new()), |expr| self.text(expr))?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(Bytes::from(text))
    }

    fn text(&self, expr: &ast::Expr) -> Result<String, Finding> {
        let value = evaluate(self.world, expr, self.scope)?;
        match value.kind() {
            ValueKind::String => Ok(value.to_string()),
            ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
            _ => Err(Finding::error(
                "broken-world",
                "a reply has to be text",
                expr.span,
                format!("this is a {}", value.kind()),
            )
            .help("join a list with `| join(\"\\n\")`, and write a map as `| json`")),
        }
    }

    fn json(&self, expr: &ast::Expr) -> Result<serde_json::Value, Finding> {
        let value = evaluate(self.world, expr, self.scope)?;
        serde_json::to_value(&value).map_err(|error| {
            Finding::error("broken-world", "this can't be written as JSON", expr.span, error.to_string())
        })
    }

    fn whole(
        &self,
        expr: &ast::Expr,
        what: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, Finding> {
        let value = evaluate(self.world, expr, self.scope)?;
        let number = value.as_i64().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let label = format!("this is {}", template::show(&value, 60));
            let title = format!("{what} has to be a whole number from {} to {}", range.start(), range.end());
            Finding::error("broken-world", title, expr.span, label)
        })
    }

    fn rendered(&self, text: &ast::Text) -> Result<String, Finding> {
        template::render(text, self.world, self.scope).map_err(no_value)
    }

    fn misfit(&self, title: &str, instead: &str) -> Finding {
        let label = format!("this answers {}", self.asked.told());
        Finding::error("broken-world", title, self.span, label).help(format!("write {instead}"))
    }
}

/// The duration that an expression gives.
pub(super) fn duration(
    world: &ResolvedWorld,
    expr: &ast::Expr,
    scope: &Arc<Scope>,
) -> Result<Duration, Finding> {
    let value = evaluate(world, expr, scope)?;
    to_duration(&value).ok_or_else(|| not_a_duration(&value, expr.span))
}

fn not_a_duration(value: &Value, span: Span) -> Finding {
    let label = format!("this is {}", template::show(value, 60));
    Finding::error("broken-world", "a time has to be a duration", span, label)
        .help("write it with its unit: `8m`, `90s`")
}

fn http(status: u16, headers: IndexMap<String, String>, body: Bytes) -> Outcome {
    Outcome::Http(HttpOutcome { status, headers, body, seconds: 0.0 })
}

fn done() -> Outcome {
    Outcome::Done { value: serde_json::Value::Null, seconds: 0.0 }
}
