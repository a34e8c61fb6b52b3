//! All runs in one file: their events, the text they go by, who carries them out, what is asked of them.
//!
//! In: events, bundles, holders of leases, messages. Out: the same, whole or with the word that they
//! are not. The file is SQLite's, and nothing of that shows outside. Must not know: what events mean
//! to a run.

mod audit;
mod bundle;
mod chain;
mod db;
mod error;
mod events;
mod holder;
mod leases;
mod messages;
mod prune;
mod runs;
mod settings;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use db::Db;

pub use audit::{Action, Audited};
pub use bundle::Bundle;
pub use error::StoreError;
pub use events::Verified;
pub use holder::{Holder, host};
pub use leases::{Acquired, Lease, Leases, lock_lease, run_lease};
pub use messages::{Message, Posted};
pub use prune::Prunable;
pub use runs::{Found, NewRun, RunRecord};
pub use settings::{MachineTime, Settings, Time};
pub use writer::RunJournal;

/// The store of runs.
pub struct Store {
    settings: Settings,
    db: Mutex<Db>,
    /// When this process saw which sign of life of a lease's holder first.
    seen: Mutex<HashMap<String, leases::Seen>>,
}

impl Store {
    /// Opens the store at `path`; makes it, for its owner alone, if it is not there.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_with(path, Settings::default())
    }

    /// The same with a clock and limits of one's own.
    pub fn open_with(path: &Path, settings: Settings) -> Result<Store, StoreError> {
        Ok(Store::on(Db::open(path, settings.patience)?, settings))
    }

    /// Opens the store at `path` if there is one, for those who only look.
    pub fn existing(path: &Path) -> Result<Option<Store>, StoreError> {
        let settings = Settings::default();
        Ok(Db::existing(path, settings.patience)?.map(|db| Store::on(db, settings)))
    }

    fn on(db: Db, settings: Settings) -> Store {
        Store { settings, db: Mutex::new(db), seen: Mutex::default() }
    }

    fn db(&self) -> MutexGuard<'_, Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection of its own, for one who must not wait for others of this process.
    fn another(&self) -> Result<Db, StoreError> {
        self.db().another(self.settings.patience)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.db().path()).finish_non_exhaustive()
    }
}
