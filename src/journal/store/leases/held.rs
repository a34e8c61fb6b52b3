//! Leases in the hands of this process: a thread of their own says that it lives.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Transaction, params};

use super::look_up;
use crate::journal::store::Holder;
use crate::journal::store::db::{Db, Sync};
use crate::journal::store::error::{Fail, StoreError};

/// Leases that this process holds until this is dropped, or until they are taken from it.
pub struct Leases {
    /// Each with its fence.
    held: Arc<[(String, u64)]>,
    end: Arc<End>,
    thread: Option<JoinHandle<()>>,
}

/// Whether the thread is to end, and the bell that wakes it then.
#[derive(Default)]
struct End {
    now: Mutex<bool>,
    bell: Condvar,
}

impl Leases {
    /// Holds what was just taken. A run that is busy is not taken for dead: a thread gives the signs of
    /// life.
    pub(super) fn beating(held: Vec<(String, u64)>, db: Db, beat: Duration) -> Result<Leases, StoreError> {
        let (held, end): (Arc<[_]>, Arc<End>) = (held.into(), Arc::default());
        let (store, names, bell) = (db.path().display().to_string(), Arc::clone(&held), Arc::clone(&end));
        let thread = std::thread::Builder::new().name("leases".to_owned());
        let thread = thread.spawn(move || live(db, &names, &bell, beat));
        let thread = thread.map_err(|error| {
            let why = format!("no thread can be started for its leases ({error})");
            StoreError::Unwritable { store, why }
        })?;
        Ok(Leases { held, end, thread: Some(thread) })
    }

    /// The fence of the lease `name`; none if that is not among them.
    #[must_use]
    pub fn fence(&self, name: &str) -> Option<u64> {
        self.held.iter().find(|(held, _)| held == name).map(|(_, fence)| *fence)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.held.iter().map(|(name, _)| name.as_str())
    }

    /// Fails if one of them is somebody else's by now.
    pub(in crate::journal::store) fn check(&self, reading: &Transaction<'_>) -> Result<(), Fail> {
        let mut held = reading.prepare_cached(
            "SELECT count(*) FROM leases WHERE name = ?1 AND fence = ?2 AND holder IS NOT NULL",
        )?;
        for (name, fence) in &*self.held {
            if held.query_row(params![name, fence], |row| row.get::<_, i64>(0))? == 0 {
                return Err(lost(name, look_up(reading, name)?.and_then(|entry| entry.holder)).into());
            }
        }
        Ok(())
    }
}

fn lost(name: &str, holder: Option<Holder>) -> StoreError {
    let by = match holder {
        Some(holder) => format!("{holder} has it now"),
        None => "it was unlocked, or another has had it since".to_owned(),
    };
    StoreError::Lost { why: format!("`{name}` is lost: {by}; nothing was written") }
}

impl Drop for Leases {
    /// Gives them back.
    fn drop(&mut self) {
        *self.end.lock() = true;
        self.end.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases").field("held", &self.held).finish_non_exhaustive()
    }
}

impl End {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the end came before the next beat is due.
    fn comes_within(&self, beat: Duration) -> bool {
        let waited = self.bell.wait_timeout_while(self.lock(), beat, |end| !*end);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What can't be written now is tried again with the next beat: whether a lease is lost, each
/// transaction of the run asks anew.
fn live(mut db: Db, held: &[(String, u64)], end: &End, beat: Duration) {
    while !end.comes_within(beat) {
        let _tried_again = each(&mut db, held, "beat = beat + 1");
    }
    let _expires_then = each(&mut db, held, "holder = NULL");
}

fn each(db: &mut Db, held: &[(String, u64)], change: &str) -> Result<(), StoreError> {
    let change = format!("UPDATE leases SET {change} WHERE name = ?1 AND fence = ?2 AND holder IS NOT NULL");
    db.write(Sync::Process, |writing| {
        for (name, fence) in held {
            writing.execute(&change, params![name, fence])?;
        }
        Ok(())
    })
}
