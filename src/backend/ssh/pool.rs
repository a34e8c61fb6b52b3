//! The connections of a run: one for each place, opened when first needed and again when lost.
//!
//! A connection stays open as long as there is a target that leads to it, so that the next command
//! finds it. A target of a loop's pass ends with the pass; a few connections without a target are
//! kept for passes to come, and of those the one that was left alone for longest is closed first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::connect::{Connection, Connector};
use super::place::Place;
use super::refusal::Refusal;
use crate::backend::{Credentials, Request};
use crate::value::Target;

/// How many connections without a target are kept.
const KEPT: usize = 16;

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Connection>>>>;

/// What is open.
#[derive(Default)]
pub(super) struct Pool {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    places: HashMap<Place, Kept>,
    asked: u64,
}

/// A place, and who has a use for it.
#[derive(Default)]
struct Kept {
    slot: Slot,
    targets: Vec<Weak<Target>>,
    /// When it was last asked for.
    asked: u64,
}

impl Pool {
    /// The connection that a request goes by. Who comes while it is being opened waits for it.
    pub async fn for_request(
        &self,
        connector: &Connector,
        request: &Request,
    ) -> Result<Arc<Connection>, Refusal> {
        let place = Place::of(&request.target, request.terms.lane);
        self.slots().of(&place).used_by(&request.target);
        self.connection(connector, &place, &request.credentials).await
    }

    /// The connection to a place, for as long as somebody holds it.
    pub async fn connection(
        &self,
        connector: &Connector,
        place: &Place,
        credentials: &Credentials,
    ) -> Result<Arc<Connection>, Refusal> {
        let slot = Arc::clone(&self.slots().of(place).slot);
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(Arc::clone(connection));
        }
        *slot = None;
        let opened = Arc::new(connector.open(self, place, credentials).await?);
        *slot = Some(Arc::clone(&opened));
        drop(slot);
        self.slots().trim();
        Ok(opened)
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn of(&mut self, place: &Place) -> &mut Kept {
        self.asked += 1;
        let kept = self.places.entry(place.clone()).or_default();
        kept.asked = self.asked;
        kept
    }

    fn trim(&mut self) {
        let loose = self.places.iter().filter(|(_, kept)| kept.is_loose());
        let mut loose: Vec<_> = loose.map(|(place, kept)| (kept.asked, place.clone())).collect();
        loose.sort_unstable_by_key(|(asked, _)| *asked);
        let over = loose.len().saturating_sub(KEPT);
        for (_, place) in loose.drain(..over) {
            self.places.remove(&place);
        }
    }
}

impl Kept {
    fn used_by(&mut self, target: &Arc<Target>) {
        self.targets.retain(|known| known.strong_count() > 0);
        let known = self.targets.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(target)));
        if !known {
            self.targets.push(Arc::downgrade(target));
        }
    }

    /// No target leads here any more, and nobody holds the place nor its connection.
    fn is_loose(&self) -> bool {
        let unused = |connection: &Option<Arc<Connection>>| {
            connection.as_ref().is_none_or(|connection| Arc::strong_count(connection) == 1)
        };
        self.targets.iter().all(|target| target.strong_count() == 0)
            && Arc::strong_count(&self.slot) == 1
            && self.slot.try_lock().is_ok_and(|connection| unused(&connection))
    }
}
