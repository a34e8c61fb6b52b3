//! Old runs removed, with all that was kept of them.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::event::Actor;
use crate::ids::RunId;

use super::audit::{self, Action};
use super::db::Sync;
use super::error::{Fail, StoreError};
use super::leases::{lease_is_held, run_lease};
use super::{RunRecord, Store};

/// Which runs may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prunable {
    /// Those that can't go on: succeeded, failed or denied.
    Ended,
    /// Those, too, that stopped or broke off and could be resumed.
    Every,
}

impl Store {
    /// Removes the runs whose last event is older than that; never one that is carried out. That they
    /// were removed is on record.
    pub fn prune(
        &self,
        older_than: Timestamp,
        which: Prunable,
        by: &Actor,
    ) -> Result<Vec<RunId>, StoreError> {
        let mut pruned = Vec::new();
        for run in self.runs()? {
            // One at a time, so that other processes get in between.
            let removed = self.db().write(Sync::Machine, |writing| {
                let may = is_old(&run, older_than, which) && is_unchanged(writing, &run)?;
                if may {
                    remove(writing, &run.run)?;
                    let at = self.settings.time.wall();
                    audit::note(writing, at, Action::Pruned, &run.run.0, by, None, None)?;
                }
                Ok(may)
            })?;
            pruned.extend(removed.then_some(run.run));
        }
        self.give_room_back()?;
        Ok(pruned)
    }

    /// A little at a time: nobody else can write meanwhile.
    fn give_room_back(&self) -> Result<(), StoreError> {
        const PAGES: i64 = 256;
        let mut db = self.db();
        loop {
            let left = db.write(Sync::Process, |writing| {
                let mut vacuum = writing.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
                let mut pages = vacuum.query([])?;
                while pages.next()?.is_some() {}
                Ok(writing.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))?)
            })?;
            if left == 0 {
                return Ok(());
            }
        }
    }
}

fn is_old(run: &RunRecord, older_than: Timestamp, which: Prunable) -> bool {
    use crate::event::RunResult::{Denied, Failed, Stopped, Succeeded};
    let ended = match run.result {
        Some(Succeeded | Failed | Denied) => true,
        Some(Stopped) | None => false,
    };
    run.last < older_than && (ended || which == Prunable::Every)
}

/// Nobody has it, and it is as it was when it was listed.
fn is_unchanged(writing: &Transaction<'_>, run: &RunRecord) -> Result<bool, Fail> {
    let same = params![&*run.run.0, run.events, run.started.as_microsecond()];
    let query = "SELECT count(*) FROM runs WHERE name = ?1 AND events = ?2 AND started = ?3";
    let there: i64 = writing.query_row(query, same, |row| row.get(0))?;
    Ok(there == 1 && !lease_is_held(writing, &run_lease(&run.run))?)
}

fn remove(writing: &Transaction<'_>, run: &RunId) -> Result<(), Fail> {
    let row = super::runs::row_of(writing, run)?;
    for table in ["events", "files", "bundles", "messages"] {
        writing.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [row])?;
    }
    Ok(writing.execute("DELETE FROM runs WHERE id = ?1", [row]).map(drop)?)
}
