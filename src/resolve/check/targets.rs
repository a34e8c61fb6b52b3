//! Targets: their declarations, and the names after `on`.

use super::Checker;
use super::scope::{Found, Kind, TargetFacts};
use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{BackendName, Name, Part, TargetClause, TargetClauseKind, TargetDecl};
use crate::value::{Shell, Type};

const SHELLS: [&str; 5] = ["sh", "bash", "powershell", "pwsh", "cmd"];

/// What a declaration says of its target. An unknown shell is taken for `sh` here.
pub(super) fn facts(target: &TargetDecl) -> TargetFacts {
    let shell = target.clauses.iter().find_map(|clause| match &clause.kind {
        TargetClauseKind::Shell(name) => Shell::from_name(&name.value),
        _ => None,
    });
    TargetFacts { backend: target.backend.value.clone(), shell: shell.unwrap_or(Shell::Sh) }
}

/// The backend as a message has it, with its article.
pub(super) fn described(backend: &BackendName) -> String {
    match backend {
        BackendName::Ssh => "an ssh target".to_owned(),
        BackendName::Local => "a local target".to_owned(),
        BackendName::Http => "an http target".to_owned(),
        BackendName::Plugin(name) => format!("a target of the plugin `{name}`"),
    }
}

impl<'a> Checker<'a> {
    /// The address and clauses of a declaration.
    pub(super) fn target_clauses(&mut self, target: &'a TargetDecl) {
        if let Some(address) = &target.address {
            self.text(address);
        }
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in &target.clauses {
            let word = word(&clause.kind);
            self.clause_fits(clause, word, &target.backend.value);
            match seen.iter().find(|(known, _)| *known == word && word != "header") {
                Some((_, first)) => self.twice(word, clause.span, *first),
                None => seen.push((word, clause.span)),
            }
            self.clause_value(clause);
        }
        self.sudo_fits(target);
        self.has_scheme(target);
        self.credentials_have_a_home(target);
    }

    /// Credentials go to the place that the base names, and nowhere else.
    fn credentials_have_a_home(&mut self, target: &TargetDecl) {
        let is_credential = |clause: &&TargetClause| {
            matches!(clause.kind, TargetClauseKind::Bearer(_) | TargetClauseKind::Basic(..))
        };
        let homeless = target.backend.value == BackendName::Http && target.address.is_none();
        let Some(clause) = target.clauses.iter().find(is_credential).filter(|_| homeless) else { return };
        let title =
            format!("`{}` has credentials, and no base that says what they are for", target.name.value);
        let finding = Finding::error("no-address", title, clause.span, "for which place?");
        self.report(finding.help(
            "write the base that they are for: `http \"https://…\"`; other places want a target of their own",
        ));
    }

    /// The base of an `http` target begins with what only http and https begin with, as far as it is written out.
    fn has_scheme(&mut self, target: &TargetDecl) {
        let address = target.address.as_ref().filter(|_| target.backend.value == BackendName::Http);
        let Some(address) = address else { return };
        let Some(Part::Literal(start)) = address.parts.first() else { return };
        let start = start.value.to_lowercase();
        let begins = |scheme: &&str| {
            start.starts_with(*scheme) || (address.parts.len() > 1 && scheme.starts_with(&start))
        };
        if !["http://", "https://"].iter().any(begins) {
            let title = format!("the address of `{}` is no URL", target.name.value);
            let finding =
                Finding::error("bad-target", title, address.span, "it does not begin with `https://`");
            self.report(finding.help("write the scheme, too: `http \"https://…\"`"));
        }
    }

    /// Windows has no sudo that asks on stdin.
    fn sudo_fits(&mut self, target: &TargetDecl) {
        let sudo = target.clauses.iter().find(|clause| matches!(clause.kind, TargetClauseKind::Sudo(_)));
        let shell = facts(target).shell;
        let (Some(sudo), Shell::PowerShell | Shell::Pwsh | Shell::Cmd) = (sudo, shell) else { return };
        let title = "a target with a Windows shell has no `sudo`".to_owned();
        let finding = Finding::error("wrong-clause", title, sudo.span, "not here");
        self.report(finding.help("take it out, or the `shell` that is not the one of the host"));
    }

    /// A clause that may stand once stands twice.
    pub(super) fn twice(&mut self, word: &str, span: Span, first: Span) {
        let title = format!("`{word}` stands twice");
        let finding = Finding::error("duplicate-clause", title, span, "again").also(first, "the first");
        self.report(finding.help("take one of them out"));
    }

    fn clause_fits(&mut self, clause: &TargetClause, word: &str, backend: &BackendName) {
        let fits = match (&clause.kind, backend) {
            (_, BackendName::Plugin(_)) | (TargetClauseKind::Within(_), _) => true,
            (TargetClauseKind::Shell(_) | TargetClauseKind::Env(_), backend) => *backend != BackendName::Http,
            (
                TargetClauseKind::User(_)
                | TargetClauseKind::Port(_)
                | TargetClauseKind::Jump(_)
                | TargetClauseKind::Identity(_)
                | TargetClauseKind::Passphrase(_)
                | TargetClauseKind::Password(_)
                | TargetClauseKind::Sudo(_)
                | TargetClauseKind::HostKeyUnchecked,
                backend,
            ) => *backend == BackendName::Ssh,
            (
                TargetClauseKind::Bearer(_) | TargetClauseKind::Basic(..) | TargetClauseKind::Header(..),
                backend,
            ) => *backend == BackendName::Http,
        };
        if !fits {
            let title = format!("{} has no `{word}`", described(backend));
            self.report(
                Finding::error("wrong-clause", title, clause.span, "not here").help(clauses_of(backend)),
            );
        }
    }

    fn clause_value(&mut self, clause: &'a TargetClause) {
        match &clause.kind {
            TargetClauseKind::Shell(name) => self.shell(name),
            TargetClauseKind::User(expr) | TargetClauseKind::Identity(expr) => {
                self.wants(expr, &Type::String);
            }
            TargetClauseKind::Port(expr) => self.wants(expr, &Type::Int),
            TargetClauseKind::Jump(expr) => self.wants_one_of(expr, &[Type::String, Type::Target]),
            TargetClauseKind::Bearer(expr)
            | TargetClauseKind::Passphrase(expr)
            | TargetClauseKind::Password(expr)
            | TargetClauseKind::Sudo(expr) => self.wants(expr, &Type::Secret),
            TargetClauseKind::HostKeyUnchecked => {}
            TargetClauseKind::Basic(user, secret) => {
                self.text(user);
                self.wants(secret, &Type::Secret);
            }
            TargetClauseKind::Header(name, value) => {
                self.text(name);
                self.text(value);
            }
            TargetClauseKind::Within(expr) => self.wants(expr, &Type::Duration),
            TargetClauseKind::Env(expr) => self.wants(expr, &Type::Map(Box::new(Type::String))),
        }
    }

    fn shell(&mut self, name: &Name) {
        if Shell::from_name(&name.value).is_some() {
            return;
        }
        let finding = Finding::error(
            "unknown-shell",
            format!("there is no shell `{}`", name.value),
            name.span,
            "not a shell",
        );
        self.report(match nearest(&name.value, SHELLS) {
            Some(near) => finding.meant(near),
            None => finding.help(format!("rutter knows {}", SHELLS.join(", "))),
        });
    }

    /// The name after `on`: what is known of the target, if it is known here.
    pub(super) fn target(&mut self, name: &'a Name) -> Option<TargetFacts> {
        let symbol = match self.scopes.find(&name.value) {
            Found::Symbol(symbol) => symbol.clone(),
            Found::Later(_) | Found::Nowhere => {
                let finding = self.unknown_target(name);
                self.report(finding);
                return None;
            }
        };
        if let Kind::Target(facts) = symbol.kind {
            return Some(facts);
        }
        if symbol.kind.is_value() && matches!(symbol.ty, Type::Any | Type::Target) {
            return None;
        }
        let what = match symbol.kind {
            Kind::Library(_) | Kind::Action | Kind::Commands | Kind::Secret => {
                symbol.kind.described().to_owned()
            }
            _ => super::super::types::a(&symbol.ty),
        };
        let title = format!("`{}` is not a target", name.value);
        let finding =
            Finding::error("not-a-target", title, name.span, what).also(symbol.span, "declared here");
        self.report(finding.help("declare one: `target NAME = ssh \"HOST\"`, `= local` or `= http \"URL\"`"));
        None
    }

    fn unknown_target(&mut self, name: &Name) -> Finding {
        let title = format!("there is no target `{}` here", name.value);
        let finding = Finding::error("unknown-target", title, name.span, "not a known target");
        match self.guess(&name.value, |symbol| symbol.ty == Type::Target) {
            Some(near) => finding.meant(near),
            None => finding.help(format!("declare it: `target {} = ssh \"HOST\"`", name.value)),
        }
    }
}

fn word(kind: &TargetClauseKind) -> &'static str {
    match kind {
        TargetClauseKind::Shell(_) => "shell",
        TargetClauseKind::User(_) => "user",
        TargetClauseKind::Port(_) => "port",
        TargetClauseKind::Jump(_) => "jump",
        TargetClauseKind::Identity(_) => "identity",
        TargetClauseKind::Passphrase(_) => "passphrase",
        TargetClauseKind::Password(_) => "password",
        TargetClauseKind::Sudo(_) => "sudo",
        TargetClauseKind::HostKeyUnchecked => "host key",
        TargetClauseKind::Bearer(_) => "bearer",
        TargetClauseKind::Basic(..) => "basic",
        TargetClauseKind::Header(..) => "header",
        TargetClauseKind::Within(_) => "within",
        TargetClauseKind::Env(_) => "env",
    }
}

fn clauses_of(backend: &BackendName) -> &'static str {
    match backend {
        BackendName::Ssh => {
            "it takes `shell`, `user`, `port`, `jump`, `identity`, `passphrase`, `password`, `sudo`, `host key`, `within` and `env`"
        }
        BackendName::Local => "it takes `shell`, `within` and `env`",
        BackendName::Http => "it takes `bearer`, `basic`, `header` and `within`",
        BackendName::Plugin(_) => "it takes every clause",
    }
}
