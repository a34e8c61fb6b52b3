//! The connections of a run: one for each place, opened when first needed and again when lost.
//!
//! Those that nobody uses stay open for the next command, up to a number; beyond it, the one that
//! was left alone for longest is closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connect::{Connection, Connector};
use super::place::Place;
use super::refusal::Refusal;
use crate::backend::Credentials;

/// How many connections are kept open.
const KEPT: usize = 256;

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Connection>>>>;

/// What is open.
#[derive(Default)]
pub(super) struct Pool {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    /// Each with when it was last asked for.
    places: HashMap<Place, (u64, Slot)>,
    asked: u64,
}

impl Pool {
    /// The place's connection. Who comes while it is being opened waits for it.
    pub async fn connection(
        &self,
        connector: &Connector,
        place: &Place,
        credentials: &Credentials,
    ) -> Result<Arc<Connection>, Refusal> {
        let slot = self.slots().of(place);
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
    fn of(&mut self, place: &Place) -> Slot {
        self.asked += 1;
        let (asked, slot) = self.places.entry(place.clone()).or_default();
        *asked = self.asked;
        Arc::clone(slot)
    }

    fn trim(&mut self) {
        while self.places.len() > KEPT {
            let idle = self.places.iter().filter(|(_, (_, slot))| is_idle(slot));
            let oldest = idle.min_by_key(|(_, (asked, _))| *asked).map(|(place, _)| place.clone());
            let Some(place) = oldest else { return };
            self.places.remove(&place);
        }
    }
}

/// Nobody holds the place, nor the connection.
fn is_idle(slot: &Slot) -> bool {
    let unused = |connection: &Option<Arc<Connection>>| {
        connection.as_ref().is_none_or(|connection| Arc::strong_count(connection) == 1)
    };
    Arc::strong_count(slot) == 1 && slot.try_lock().is_ok_and(|connection| unused(&connection))
}
