//! A call: the body of an action, in its library's scope, with its params and nothing else.

use futures::future::BoxFuture;

use crate::ids::ModuleId;
use crate::resolve;
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind};
use crate::value::Value;

use super::block::statements;
use super::context::{Context, Flow};
use super::fault::Fault;

/// How deep calls and loops may stand inside each other while a run goes on.
const DEEPEST: usize = 200;

/// Carries out an action, and gives what it returns; none, if it returns nothing.
pub(super) fn call<'r>(context: &Context<'r>, call: &'r ast::Call) -> BoxFuture<'r, Result<Value, Fault>> {
    let entered = enter(context, call);
    Box::pin(async move {
        let (context, body) = entered?;
        let done = statements(&context, body).await;
        // That something in an action is not as it should be is no answer to who called it.
        match done.map_err(Fault::unanswered)? {
            Flow::Return(value) => Ok(value),
            Flow::Next => Ok(Value::from(())),
        }
    })
}

fn enter<'r>(context: &Context<'r>, call: &'r ast::Call) -> Result<(Context<'r>, &'r ast::Block), Fault> {
    let name = name(&call.path);
    if context.trail.depth() >= DEEPEST {
        return Err(context.failed(format!("calls are nested too deep at `{name}`"), call.span, ""));
    }
    let (module, declared) = find(context, call.path.span, &name, &call.path)?;
    let scope = context.engine.plan.scopes[module.0 as usize].child();
    let inner = Context {
        module: context.engine.runbook().module(module),
        scope,
        ..context.child(&name).inside(format!("in {name}"), Some(call.span))
    };
    bind(context, &inner, declared, call)?;
    Ok((inner, &declared.body))
}

fn name(path: &ast::Path) -> String {
    path.names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".")
}

fn find<'r>(
    context: &Context<'r>,
    span: Span,
    name: &str,
    path: &ast::Path,
) -> Result<(ModuleId, &'r ast::Action), Fault> {
    let runbook = context.engine.runbook();
    let found = runbook.action(context.module.id, path);
    let declared = found.and_then(|(module, action)| {
        let module = runbook.module(module);
        Some((module.id, declaration(module, action)?))
    });
    declared.ok_or_else(|| context.failed(format!("there is no action `{name}`"), span, ""))
}

fn declaration<'r>(module: &'r resolve::Module, action: &resolve::Action) -> Option<&'r ast::Action> {
    match &module.file.items.get(action.item)?.kind {
        ItemKind::Action(declared) => Some(declared),
        _ => None,
    }
}

/// Arguments are evaluated where the call stands, defaults where the action stands.
fn bind(
    outer: &Context<'_>,
    inner: &Context<'_>,
    declared: &ast::Action,
    call: &ast::Call,
) -> Result<(), Fault> {
    for (at, param) in declared.params.iter().enumerate() {
        let value = match (argument(call, at, &param.name.value), &param.default) {
            (Some(given), _) => outer.eval(given)?,
            (None, Some(default)) => inner.eval(default)?,
            (None, None) => {
                let title = format!("`{}` is not given", param.name.value);
                return Err(outer.failed(title, call.span, "the action needs it"));
            }
        };
        inner.scope.set(&param.name.value, value);
    }
    Ok(())
}

fn argument<'c>(call: &'c ast::Call, at: usize, name: &str) -> Option<&'c ast::Expr> {
    let named = call.args.iter().find(|arg| arg.name.as_ref().is_some_and(|given| given.value == name));
    let placed = || call.args.get(at).filter(|arg| arg.name.is_none());
    named.or_else(placed).map(|arg| &arg.value)
}
