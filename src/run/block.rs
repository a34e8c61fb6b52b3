//! Blocks and statements: what each kind of statement does, or which unit does it.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::event::EventKind;
use crate::plan::bind_target;
use crate::syntax::ast::{self, Block, LetValue, Statement, StatementKind};
use crate::value::{Value, outcome_value, target_value};

use super::context::{Context, Flow};
use super::fault::Fault;
use super::request::Use;
use super::{approve, attempt, call, command, diagnose, each, manual, pause, recall, retry, together, wait};

/// Carries out the statements of a block, one after another, in a frame of its own.
pub(super) fn block<'r>(context: &Context<'r>, block: &'r Block) -> BoxFuture<'r, Result<Flow, Fault>> {
    let context = context.frame();
    Box::pin(async move { statements(&context, block).await })
}

/// Carries out the statements of a block in the frame of `context`.
pub(super) async fn statements<'r>(context: &Context<'r>, block: &'r Block) -> Result<Flow, Fault> {
    for (at, next) in block.statements.iter().enumerate() {
        match statement(&context.child(at), next).await? {
            Flow::Next => {}
            Flow::Return(value) => return Ok(Flow::Return(value)),
        }
    }
    Ok(Flow::Next)
}

/// Carries out one statement; `context` has its key.
pub(super) async fn statement<'r>(context: &Context<'r>, statement: &'r Statement) -> Result<Flow, Fault> {
    match &statement.kind {
        StatementKind::Let(named) => {
            let value = let_value(context, &named.value).await?;
            context.scope.set(&named.name.value, value);
        }
        StatementKind::Target(declared) => target(context, declared)?,
        StatementKind::Request(request) => drop(command::request(context, request, Use::Nothing).await?),
        StatementKind::Call(call) => drop(call::call(context, call).await?),
        StatementKind::Assert(assert) => diagnose::assert(context, assert)?,
        StatementKind::Wait(wait) => return wait::wait(context, wait, statement.keyword).await,
        StatementKind::Retry(retry) => return retry::retry(context, retry, statement.keyword).await,
        StatementKind::Pause(pause) => pause::pause(context, pause, statement.span).await?,
        StatementKind::ForEach(each) => return each::for_each(context, each, statement.keyword).await,
        StatementKind::Together(block) => {
            return together::together(context, block, statement.keyword).await;
        }
        StatementKind::If(choice) => return branch(context, choice).await,
        StatementKind::Attempt(attempt) => return attempt::attempt(context, attempt).await,
        StatementKind::Approve(approve) => approve::approve(context, approve, statement.span).await?,
        StatementKind::Manual(manual) => return manual::manual(context, manual, statement.span).await,
        StatementKind::Diagnose(diagnosis) => diagnose::diagnose(context, diagnosis),
        StatementKind::Note(text) => note(context, text)?,
        StatementKind::Fail(text) => return Err(fail(context, text, statement)),
        StatementKind::Return(expr) => return Ok(Flow::Return(context.eval(expr)?)),
        StatementKind::Set(_) | StatementKind::After(_) | StatementKind::Reply(_) => {
            let title = "this statement belongs in a world";
            return Err(context.failed(title, statement.keyword, "a runbook has no state of its own"));
        }
    }
    Ok(Flow::Next)
}

async fn let_value<'r>(context: &Context<'r>, value: &'r LetValue) -> Result<Value, Fault> {
    match value {
        LetValue::Expr(expr) => context.eval(expr),
        LetValue::Request(request) => {
            let outcome = command::request(context, request, Use::Value).await?;
            recall::check_whole(context, request.span)?;
            Ok(outcome_value(outcome))
        }
        LetValue::Call(call) => call::call(context, call).await,
        LetValue::Each(each) => each::gather(context, &each.value, each.span).await,
        LetValue::Load(file) => {
            let loaded = context.engine.plan.loads.get(&file.span).cloned();
            loaded
                .ok_or_else(|| context.failed("this file was not read when the plan was made", file.span, ""))
        }
    }
}

fn target(context: &Context<'_>, declared: &ast::TargetDecl) -> Result<(), Fault> {
    let bound = bind_target(declared, context.module, &context.scope);
    let bound = bound.map_err(|error| context.eval_fault(error))?;
    context.scope.set(&declared.name.value, target_value(Arc::new(bound)));
    Ok(())
}

async fn branch<'r>(context: &Context<'r>, choice: &'r ast::If) -> Result<Flow, Fault> {
    for (at, (condition, body)) in choice.branches.iter().enumerate() {
        if context.eval(condition)?.is_true() {
            return block(&context.child(format!("if:{at}")), body).await;
        }
    }
    match &choice.otherwise {
        Some(body) => block(&context.child("else"), body).await,
        None => Ok(Flow::Next),
    }
}

fn note(context: &Context<'_>, text: &ast::Text) -> Result<(), Fault> {
    let text = context.text(text)?;
    context.emit(EventKind::NoteWritten { key: context.key.clone(), text });
    Ok(())
}

fn fail(context: &Context<'_>, text: &ast::Text, statement: &Statement) -> Fault {
    match context.text(text) {
        Ok(title) => context.failed(title, statement.span, "the runbook stops here"),
        Err(fault) => fault,
    }
}
