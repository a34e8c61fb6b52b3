//! The people of a sweep: those of the scenario, but where a fault makes them say no, or wait.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::kind::Kind;
use super::town::Town;
use crate::event::Actor;
use crate::ids::StepKey;
use crate::run::{ApprovalAsk, Decision, ManualAsk, Operator};

/// How late an answer comes to a question that may wait as long as it takes.
const LATE: Duration = Duration::from_secs(8 * 60 * 60);
/// How much time is left where the answer comes at the last moment, and how much too late it is where it comes too late.
const MARGIN: Duration = Duration::from_secs(1);

/// Asks the people of the scenario.
pub(super) struct People {
    pub town: Arc<Town>,
    pub scripted: Arc<dyn Operator>,
}

impl People {
    /// What a fault makes of a question; nothing when none strikes.
    async fn struck(&self, key: &StepKey, within: Option<Duration>) -> Option<Decision> {
        match self.town.ask(key)? {
            Kind::Declined => {
                let by = Actor { name: "somebody".to_owned(), from: "the rehearsal".to_owned() };
                Some(Decision::No { by, reason: None })
            }
            Kind::Expired => {
                self.town.clock.sleep(within.unwrap_or(LATE) + MARGIN).await;
                None
            }
            _ => {
                let patience = within.map_or(LATE, |within| within.saturating_sub(MARGIN));
                self.town.clock.sleep(patience.saturating_sub(super::super::operator::THINKING)).await;
                None
            }
        }
    }
}

impl Operator for People {
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async {
            match self.struck(&ask.key, ask.within).await {
                Some(decision) => decision,
                None => self.scripted.approve(ask).await,
            }
        })
    }

    fn manual<'a>(&'a self, ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async {
            match self.struck(&ask.key, None).await {
                Some(decision) => decision,
                None => self.scripted.manual(ask).await,
            }
        })
    }
}
