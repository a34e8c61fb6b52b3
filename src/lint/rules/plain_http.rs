//! Credentials go over the network unencrypted.
//!
//! Over `http://` everyone on the way reads the token along with the request, and can use it until
//! it is revoked. That the network is an inner one helps little: most break-ins go on from there.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! secret token = env "TOKEN"
//!
//! target api = http "http://api.example.org", bearer token
//!
//! stage "Look" {
//!   check on api GET "/health"
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! secret token = env "TOKEN"
//!
//! target api = http "https://api.example.org", bearer token
//!
//! stage "Look" {
//!   check on api GET "/health"
//! }
//! ```
//!
//! ## Fix
//! `rutter lint --fix --unsafe-fixes` writes `https://`, unless a port is named.

use crate::finding::{Edit, Finding, Fix};
use crate::lint::inside::Inside;
use crate::lint::sent::filled;
use crate::lint::subject::File;
use crate::source::Span;
use crate::syntax::ast::{TargetClauseKind, TargetDecl};

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let targets = Inside::file(file).targets.into_iter();
    let open = targets.filter_map(|target| {
        let address = open_address(target)?;
        Some(finding(address, credentials(target)?).fix(fix(file, address)))
    });
    open.collect()
}

fn open_address(target: &TargetDecl) -> Option<Span> {
    let address = target.address.as_ref()?;
    is_open(&filled(address, |_| "{".to_owned())).then_some(address.span)
}

/// Encrypted, unless a port is named: what listens there speaks plain HTTP.
fn fix(file: &File<'_>, address: Span) -> Option<Fix> {
    let text = file.text(address);
    let at = text.find("http://")?;
    let host = text[at + "http://".len()..].split(['/', '?', '#']).next()?;
    let edit = Edit::replace(address.part(at, "http".len()), "https");
    (!host.contains(':')).then(|| Fix::risky("write `https://`", edit))
}

/// Whether the address is one of plain HTTP whose host plainly is another machine's.
fn is_open(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let private = host.starts_with("127.") || host.ends_with(".localhost") || !host.contains('.');
    !private && !host.contains('{')
}

fn credentials(target: &TargetDecl) -> Option<Span> {
    target.clauses.iter().find_map(|clause| {
        let goes = match &clause.kind {
            TargetClauseKind::Bearer(_) | TargetClauseKind::Basic(..) => true,
            TargetClauseKind::Header(name, _) => {
                let name = name.as_literal().unwrap_or_default().to_lowercase();
                matches!(name.as_str(), "authorization" | "cookie" | "x-api-key" | "x-auth-token")
            }
            _ => false,
        };
        goes.then_some(clause.span)
    })
}

fn finding(address: Span, credentials: Span) -> Finding {
    let title = "credentials go over the network unencrypted";
    let finding = Finding::warning("plain-http", title, address, "`http://` hides nothing");
    finding.also(credentials, "and this goes along with every request").help("write `https://`")
}
