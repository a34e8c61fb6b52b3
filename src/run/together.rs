//! `together {…}`: its statements side by side.
//!
//! Each statement goes on to its own end, also when another has failed: what is half done on one
//! side is worse than what is done. Then the whole fails, naming each failure.

use futures::future::join_all;

use crate::source::Span;
use crate::syntax::ast::Block;

use super::block::statement;
use super::context::{Context, Flow};
use super::fault::{Fault, joined_kind};

/// Carries out the statements of a block at the same time.
pub(super) async fn together<'r>(context: &Context<'r>, block: &'r Block, span: Span) -> Result<Flow, Fault> {
    let context = &context.frame();
    let side = |(at, next)| async move { statement(&context.child(format!("side:{at}")), next).await };
    let sides = block.statements.iter().enumerate().map(|side_of| Box::pin(side(side_of)));
    let (mut flow, mut faults) = (Flow::Next, Vec::new());
    for ended in join_all(sides).await {
        match (ended, &flow) {
            (Ok(returned @ Flow::Return(_)), Flow::Next) => flow = returned,
            (Ok(_), _) => {}
            (Err(fault), _) => faults.push(fault),
        }
    }
    match faults.len() {
        0 => Ok(flow),
        1 => Err(faults.remove(0)),
        _ => Err(failed(context, faults, block.statements.len(), span)),
    }
}

fn failed(context: &Context<'_>, faults: Vec<Fault>, sides: usize, span: Span) -> Fault {
    let title = format!("{} of {sides} statements side by side failed", faults.len());
    context.fault(joined_kind(&faults), title, span, "each was carried out to its end").because(faults)
}
