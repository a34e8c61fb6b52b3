//! A POST with a body is a `run`, which may be sent more than once.
//!
//! `run` says that a request may be repeated: after a lost answer, in a `retry` and on resume it is
//! sent again. A POST with a body usually makes something: a ticket, an order, a run of a pipeline.
//! Sent twice, it makes two, and at night nobody sees the second. PUT and DELETE may be repeated
//! ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2)), as may a POST with an
//! `Idempotency-Key`. A PATCH is looked at where it is a list of operations (JSON Patch).
//!
//! ## Bad
//! ```runbook
//! runbook "Open a ticket"
//!
//! target desk = http "https://desk.example.net"
//!
//! stage "Tell the owners" {
//!   run on desk POST "/tickets", json {"title": "Maintenance has begun"}
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Open a ticket"
//!
//! param reference: string
//! target desk = http "https://desk.example.net"
//!
//! stage "Tell the owners" {
//!   run on desk PUT "/tickets/{{ reference }}", json {"title": "Maintenance has begun"}
//! }
//! ```

use crate::finding::Finding;
use crate::lint::inside::Inside;
use crate::lint::sent::filled;
use crate::lint::subject::File;
use crate::syntax::ast::{Clause, ClauseKind, Name, Operation, Request, Text};
use crate::value::Effect;

/// The last names of addresses that answer a question, or let somebody in, by POST.
const ASKING: [&str; 12] = [
    "auth",
    "authenticate",
    "graphql",
    "login",
    "lookup",
    "oauth",
    "preview",
    "query",
    "search",
    "sign_in",
    "token",
    "validate",
];

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let requests = Inside::file(file).requests.into_iter();
    let runs = requests.filter(|request| request.effect.value == Effect::Run);
    runs.filter_map(|request| Some(finding(request, adding(request)?))).collect()
}

/// The method of a request that adds something each time it is sent.
fn adding(request: &Request) -> Option<&Name> {
    let Operation::Http { method, url } = &request.operation else { return None };
    let clauses = &request.clauses;
    let adds = match method.value.as_str() {
        "POST" => clauses.iter().any(has_body) && !asks(url),
        "PATCH" => clauses.iter().any(is_json_patch),
        _ => false,
    };
    (adds && !clauses.iter().any(has_key)).then_some(method)
}

fn has_body(clause: &Clause) -> bool {
    matches!(clause.kind, ClauseKind::Json(_) | ClauseKind::Form(_) | ClauseKind::Body(_))
}

/// Whether the server knows a request again by its key.
fn has_key(clause: &Clause) -> bool {
    header(clause).is_some_and(|(name, _)| name.to_lowercase().contains("idempotency"))
}

fn is_json_patch(clause: &Clause) -> bool {
    header(clause).is_some_and(|(name, value)| {
        let value = value.as_literal().unwrap_or_default();
        name.eq_ignore_ascii_case("content-type") && value.contains("json-patch")
    })
}

fn header(clause: &Clause) -> Option<(String, &Text)> {
    match &clause.kind {
        ClauseKind::Header(name, value) => Some((name.as_literal()?, value)),
        _ => None,
    }
}

/// Whether the address says that the body is a question.
fn asks(url: &Text) -> bool {
    let address = filled(url, |_| "value".to_owned());
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    ASKING.contains(&last.trim_start_matches('_').to_lowercase().as_str())
}

fn finding(request: &Request, method: &Name) -> Finding {
    let title = format!("this {} may be sent more than once", method.value);
    let label = "what it makes is made again";
    Finding::warning("repeatable-post", title, method.span, label)
        .also(request.effect.span, "sent again after a lost answer, in a `retry`, on resume")
        .help("make it `once` with `done when`, or send an `Idempotency-Key` where the API knows one")
}
