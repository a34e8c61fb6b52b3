//! The people that a run asks: for approvals, and for what is done by hand.

use std::time::Duration;

use futures::future::BoxFuture;

use crate::event::Actor;
use crate::ids::{RunId, StepKey};

/// Answers for the people who watch a run: the terminal, a scenario, or nobody.
///
/// Asked one question at a time. Dropping the future takes the question back.
pub trait Operator: Send + Sync {
    /// Asks for one person's yes.
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision>;

    /// Asks a person to do something, and to say when it is done.
    fn manual<'a>(&'a self, ask: &'a ManualAsk) -> BoxFuture<'a, Decision>;
}

/// A question of `approve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalAsk {
    pub run: RunId,
    pub key: StepKey,
    /// What is to be approved.
    pub text: String,
    /// The hash of the plan that the yes is given to.
    pub plan: String,
    /// How many different people must say yes.
    pub needed: u32,
    /// Who said so already.
    pub given: Vec<Actor>,
    /// Who said so a second time just now, which does not count: somebody else must.
    pub again: Option<Actor>,
    pub within: Option<Duration>,
}

/// A question of `manual`, also as an item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualAsk {
    pub run: RunId,
    pub key: StepKey,
    /// What is to be done.
    pub text: String,
    /// The hash of the plan that it is done for.
    pub plan: String,
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Yes {
        by: Actor,
        reason: Option<String>,
    },
    No {
        by: Actor,
        reason: Option<String>,
    },
    /// Nobody is there to ask: the run stops and can be resumed.
    Nobody,
}

/// Where nobody can be asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOperator;

impl Operator for NoOperator {
    fn approve<'a>(&'a self, _ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { Decision::Nobody })
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { Decision::Nobody })
    }
}
