//! Targets: addresses and clauses filled in, and refused where they could be taken for something else.
//!
//! What comes out of params ends up in argument lists and URLs. A host that begins with `-` or
//! holds a space is an attack or a slip, never a host.

use std::sync::Arc;

use crate::resolve::Module;
use crate::source::Span;
use crate::syntax::ast::{BackendName, Expr, TargetClause, TargetClauseKind, TargetDecl, Text};
use crate::template::{EvalError, Scope, render, show};
use crate::value::{Auth, BackendKind, HostKey, Login, Shell, Target, to_secret};

use super::address::{host, jump, url, user};
use super::evaluate;

/// Fills in a target's address and clauses, for a `target` of a file as of a block.
pub fn bind_target(declared: &TargetDecl, module: &Module, scope: &Arc<Scope>) -> Result<Target, EvalError> {
    let binding = Binding { module, scope };
    let mut target = bare(declared, binding.address(declared)?);
    for clause in &declared.clauses {
        binding.apply(clause, &mut target)?;
    }
    Ok(target)
}

/// A target of which some things are only known later: its address as it is shown, and its shell.
pub(super) fn partly(declared: &TargetDecl, address: String) -> Target {
    let mut target = bare(declared, address);
    for clause in &declared.clauses {
        if let TargetClauseKind::Shell(name) = &clause.kind {
            target.shell = Shell::from_name(&name.value).unwrap_or(target.shell);
        }
    }
    target
}

fn bare(declared: &TargetDecl, address: String) -> Target {
    Target {
        name: declared.name.value.clone(),
        backend: backend(&declared.backend.value),
        address,
        shell: Shell::Sh,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: Vec::new(),
        env: Vec::new(),
        within: None,
    }
}

fn backend(name: &BackendName) -> BackendKind {
    match name {
        BackendName::Ssh => BackendKind::Ssh,
        BackendName::Local => BackendKind::Local,
        BackendName::Http => BackendKind::Http,
        BackendName::Plugin(name) => BackendKind::Plugin(name.clone()),
    }
}

struct Binding<'b> {
    module: &'b Module,
    scope: &'b Arc<Scope>,
}

impl Binding<'_> {
    fn address(&self, declared: &TargetDecl) -> Result<String, EvalError> {
        let Some(text) = &declared.address else { return Ok(String::new()) };
        let address = self.render(text)?;
        match &declared.backend.value {
            BackendName::Ssh => checked(address, "host name", text.span, host),
            BackendName::Http => {
                let address = checked(address, "base URL", text.span, url)?;
                Ok(address.trim_end_matches('/').to_owned())
            }
            BackendName::Local | BackendName::Plugin(_) => Ok(address),
        }
    }

    fn apply(&self, clause: &TargetClause, target: &mut Target) -> Result<(), EvalError> {
        match &clause.kind {
            TargetClauseKind::Shell(name) => target.shell = shell(&name.value, name.span)?,
            TargetClauseKind::User(expr) => target.user = Some(self.checked(expr, "user name", user)?),
            TargetClauseKind::Port(expr) => target.port = Some(self.port(expr)?),
            TargetClauseKind::Jump(expr) => target.jump = Some(self.checked(expr, "jump host", jump)?),
            TargetClauseKind::Identity(expr) => target.login.identity = Some(self.identity(expr)?),
            TargetClauseKind::Passphrase(expr) => target.login.passphrase = Some(self.secret(expr)?),
            TargetClauseKind::Password(expr) => target.login.password = Some(self.secret(expr)?),
            TargetClauseKind::Sudo(expr) => target.login.sudo = Some(self.secret(expr)?),
            TargetClauseKind::HostKeyUnchecked => target.login.host_key = HostKey::Unchecked,
            TargetClauseKind::Bearer(expr) => {
                target.auth = Some(Auth::Bearer { secret: self.secret(expr)? });
            }
            TargetClauseKind::Basic(user, expr) => {
                let user = self.render(user)?;
                target.auth = Some(Auth::Basic { user, secret: self.secret(expr)? });
            }
            TargetClauseKind::Header(name, value) => target.headers.push(self.header(name, value)?),
            TargetClauseKind::Within(expr) => {
                target.within = Some(evaluate::duration(expr, self.module, self.scope)?);
            }
            TargetClauseKind::Env(expr) => target.env.extend(self.env(expr)?),
        }
        Ok(())
    }

    fn render(&self, text: &Text) -> Result<String, EvalError> {
        render(text, self.module, self.scope)
    }

    fn checked(
        &self,
        expr: &Expr,
        what: &str,
        check: fn(&str) -> Result<(), String>,
    ) -> Result<String, EvalError> {
        let text = evaluate::text(expr, self.module, self.scope)?;
        checked(text, what, expr.span, check)
    }

    fn port(&self, expr: &Expr) -> Result<u16, EvalError> {
        let port = evaluate::whole(expr, self.module, self.scope)?;
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        port.ok_or_else(|| EvalError {
            span: expr.span,
            title: "this is no port".to_owned(),
            label: "ports go from 1 to 65535".to_owned(),
            help: None,
        })
    }

    /// `~/…` is left for whoever logs in; any other path stands beside the file that names it.
    fn identity(&self, expr: &Expr) -> Result<String, EvalError> {
        let path = self.checked(expr, "file of a key", file)?;
        if path.starts_with("~/") {
            return Ok(path);
        }
        Ok(self.module.path.with_file_name("").join(path).to_string_lossy().into_owned())
    }

    fn secret(&self, expr: &Expr) -> Result<String, EvalError> {
        let value = evaluate::value(expr, self.module, self.scope)?;
        let secret = to_secret(&value).map(|secret| secret.name.clone());
        let help = "declare it: `secret NAME = env \"VAR\"`";
        secret.ok_or_else(|| evaluate::wrong(expr, "a secret", &value, help))
    }

    fn header(&self, name: &Text, value: &Text) -> Result<(String, String), EvalError> {
        let header = checked(self.render(name)?, "header name", name.span, header_name)?;
        let value = checked(self.render(value)?, "header value", value.span, header_value)?;
        Ok((header, value))
    }

    fn env(&self, expr: &Expr) -> Result<Vec<(String, String)>, EvalError> {
        let map = evaluate::value(expr, self.module, self.scope)?;
        let help = "write `env {\"NAME\": \"value\"}`";
        let keys = map.try_iter().ok().filter(|_| map.kind() == minijinja::value::ValueKind::Map);
        let keys = keys.ok_or_else(|| evaluate::wrong(expr, "a map of names and texts", &map, help))?;
        keys.map(|key| {
            let value = map.get_item(&key).unwrap_or_default();
            let text = value.as_str().map(str::to_owned);
            let text = text.ok_or_else(|| evaluate::wrong(expr, "a map of names and texts", &value, help))?;
            Ok((key.to_string(), text))
        })
        .collect()
    }
}

fn shell(name: &str, span: Span) -> Result<Shell, EvalError> {
    Shell::from_name(name).ok_or_else(|| EvalError {
        span,
        title: format!("there is no shell `{name}`"),
        label: String::new(),
        help: Some("shells are sh, bash, powershell, pwsh and cmd".to_owned()),
    })
}

fn file(path: &str) -> Result<(), String> {
    match path.is_empty() || path.ends_with('/') || path.chars().any(char::is_control) {
        true => Err("name a file, such as `~/.ssh/id_ed25519`".to_owned()),
        false => Ok(()),
    }
}

fn header_name(name: &str) -> Result<(), String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match name.is_empty() || !name.chars().all(token) {
        true => Err("letters, digits and dashes make a header name".to_owned()),
        false => Ok(()),
    }
}

fn header_value(value: &str) -> Result<(), String> {
    match value.chars().any(char::is_control) {
        true => Err("it holds a control character".to_owned()),
        false => Ok(()),
    }
}

fn checked(
    text: String,
    what: &str,
    span: Span,
    check: fn(&str) -> Result<(), String>,
) -> Result<String, EvalError> {
    match check(&text) {
        Ok(()) => Ok(text),
        Err(why) => Err(EvalError {
            span,
            title: format!("{} is no {what}", show(&text.into(), evaluate::SHOWN)),
            label: why,
            help: None,
        }),
    }
}
