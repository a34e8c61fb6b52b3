//! What each file of a runbook knows by name: params, `let`s, targets, secrets.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::finding::Finding;
use crate::resolve::{Loader, Module, ResolvedRunbook};
use crate::syntax::ast::{Item, ItemKind, Let, LetValue};
use crate::template::{Scope, render};
use crate::value::{Secret, Target, Value, secret_value, target_value, to_target};

use super::evaluate;
use super::loads::Loads;
use super::target::bind_target;

/// Every file's scope, and what was loaded on the way.
#[derive(Debug)]
pub(super) struct Bound {
    pub scopes: Vec<Arc<Scope>>,
    pub targets: IndexMap<String, Arc<Target>>,
    pub locks: Vec<String>,
    pub loads: Loads,
}

/// Fills the scopes in: of the runbook with its params, of its libraries with what they declare.
pub(super) fn bind(
    runbook: &ResolvedRunbook,
    params: &IndexMap<String, Value>,
    loader: &dyn Loader,
) -> Result<Bound, Vec<Finding>> {
    let mut filling = Filling { loader, loads: Loads::default(), findings: Vec::new() };
    let scopes: Vec<_> = runbook.modules.iter().map(|module| filling.scope(module, params)).collect();
    if filling.findings.is_empty() {
        let Filling { loads, findings, .. } = &mut filling;
        loads.load_blocks(runbook, &scopes, loader, findings);
    }
    let locks = filling.locks(runbook, &scopes);
    if !filling.findings.is_empty() {
        return Err(filling.findings);
    }
    let targets = targets(runbook.root(), &scopes[0]);
    Ok(Bound { scopes, targets, locks, loads: filling.loads })
}

struct Filling<'f> {
    loader: &'f dyn Loader,
    loads: Loads,
    findings: Vec<Finding>,
}

impl Filling<'_> {
    fn scope(&mut self, module: &Module, params: &IndexMap<String, Value>) -> Arc<Scope> {
        let scope = Scope::root();
        if module.id.0 == 0 {
            params.iter().for_each(|(name, value)| scope.set(name, value.clone()));
        }
        for item in &module.file.items {
            if let ItemKind::Secret(secret) = &item.kind {
                let name = &secret.name.value;
                scope.set(name, secret_value(Secret { name: name.clone() }));
            }
        }
        self.lets_and_targets(module, &scope);
        scope
    }

    /// In the order they stand. After the first that has no value the rest could only fail because of it.
    fn lets_and_targets(&mut self, module: &Module, scope: &Arc<Scope>) {
        for item in &module.file.items {
            let bound = if let ItemKind::Let(constant) = &item.kind {
                self.constant(constant, module, scope)
            } else if let ItemKind::Target(declared) = &item.kind {
                bind_target(declared, module, scope)
                    .map(|target| Some((&declared.name.value, target_value(Arc::new(target)))))
                    .map_err(|error| Finding { code: "bad-target".into(), ..evaluate::finding(error) })
            } else {
                continue;
            };
            match bound {
                Ok(Some((name, value))) => scope.set(name, value),
                Ok(None) => {}
                Err(finding) => return self.findings.push(finding),
            }
        }
    }

    fn constant<'l>(
        &mut self,
        constant: &'l Let,
        module: &Module,
        scope: &Arc<Scope>,
    ) -> Result<Option<(&'l String, Value)>, Finding> {
        let value = match &constant.value {
            LetValue::Expr(expr) => evaluate::value(expr, module, scope).map_err(evaluate::finding)?,
            LetValue::Load(text) => self.loads.load(text, module, scope, self.loader)?,
            // Resolving refuses contacts with the world here.
            LetValue::Request(_) | LetValue::Call(_) | LetValue::Each(_) => return Ok(None),
        };
        Ok(Some((&constant.name.value, value)))
    }

    fn locks(&mut self, runbook: &ResolvedRunbook, scopes: &[Arc<Scope>]) -> Vec<String> {
        let mut locks = Vec::new();
        for (module, scope) in runbook.modules.iter().zip(scopes) {
            for item in &module.file.items {
                let ItemKind::Lock(text) = &item.kind else { continue };
                match render(text, module, scope) {
                    Ok(lock) => locks.push(lock),
                    Err(error) if self.findings.is_empty() => self.findings.push(evaluate::finding(error)),
                    Err(_) => {}
                }
            }
        }
        locks.sort();
        locks.dedup();
        locks
    }
}

fn targets(module: &Module, scope: &Arc<Scope>) -> IndexMap<String, Arc<Target>> {
    let target = |item: &Item| {
        let ItemKind::Target(declared) = &item.kind else { return None };
        let value = scope.get(&declared.name.value)?;
        Some((declared.name.value.clone(), Arc::clone(to_target(&value)?)))
    };
    module.file.items.iter().filter_map(target).collect()
}
