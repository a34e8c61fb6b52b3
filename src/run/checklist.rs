//! `checklist`: all items are tried and shown, then it fails if one did.

use crate::event::{Actor, EventKind, FailureKind, UnitResult};
use crate::syntax::ast::{Checklist, ChecklistItem, ItemCheck};

use super::block::block;
use super::context::Context;
use super::fault::{Fault, joined_kind, unit_result};
use super::manual::{Answer, ask, done_by, is_done};

/// Goes through a checklist; only a stop ends it early.
pub(super) async fn checklist<'r>(context: &Context<'r>, list: &'r Checklist) -> Result<(), Fault> {
    let title = context.text(&list.title)?;
    let key = context.key.clone();
    context.emit(EventKind::ChecklistStarted { key: key.clone(), title: title.clone() });
    let context = context.inside(format!("checklist \"{title}\""), Some(list.title.span));
    let result = items(&context, list).await;
    context.emit(EventKind::ChecklistFinished { key, result: unit_result(&result) });
    result
}

async fn items<'r>(context: &Context<'r>, list: &'r Checklist) -> Result<(), Fault> {
    let mut faults = Vec::new();
    for (at, item) in list.items.iter().enumerate() {
        match check(&context.child(format!("item:{}", at + 1)), item).await {
            Err(fault) if fault.kind() == FailureKind::Cancelled => return Err(fault),
            Err(fault) => faults.push(fault),
            Ok(()) => {}
        }
    }
    match faults.len() {
        0 => Ok(()),
        failed => {
            let title = format!("{failed} of {} items failed", list.items.len());
            let kind = joined_kind(&faults);
            Err(context.fault(kind, title, list.title.span, "").because(faults))
        }
    }
}

async fn check<'r>(context: &Context<'r>, item: &'r ChecklistItem) -> Result<(), Fault> {
    let title = context.text(&item.title)?;
    let context = context.inside(format!("item \"{title}\""), Some(item.span));
    let (context, evidence) = context.gathering();
    let (result, by) = match &item.check {
        ItemCheck::Body(body) => (block(&context, body).await.map(drop), None),
        ItemCheck::Manual => match by_hand(&context, &title, item).await {
            Ok(by) => (Ok(()), by),
            Err(fault) => (Err(fault), None),
        },
    };
    let shown = match &result {
        Err(fault) if fault.kind() == FailureKind::Cancelled => UnitResult::Skipped,
        result => unit_result(result),
    };
    let (key, values) = (context.key.clone(), evidence.values());
    context.emit(EventKind::ItemChecked { key, title, result: shown, values, by });
    result
}

/// Gives who did it.
async fn by_hand(context: &Context<'_>, title: &str, item: &ChecklistItem) -> Result<Option<Actor>, Fault> {
    if is_done(context) {
        return Ok(done_by(context));
    }
    match ask(context, title.to_owned(), item.span).await? {
        Answer::Done { by } => Ok(Some(by)),
        Answer::Refused { by } => Err(context.failed(format!("{by} says no"), item.span, "")),
    }
}
