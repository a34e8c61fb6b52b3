//! Who carries a run out, and who has which lock.
//!
//! A lease is a row with a fence that only ever grows and a counter that its holder moves while it
//! lives. Whether a holder is gone, an observer judges by its own clock: it has looked and looked, and
//! the counter stood still. Nothing that a holder writes is taken once its fence is an old one.

mod held;
mod sight;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use std::time::Duration;

use crate::event::Actor;
use crate::ids::RunId;

use super::audit::{self, Action};
use super::db::Sync;
use super::error::{Fail, StoreError};
use super::runs::moment;
use super::{Holder, Store};

pub use held::Leases;
pub(super) use sight::Seen;

/// The lease of whoever carries `run` out.
#[must_use]
pub fn run_lease(run: &RunId) -> String {
    format!("run:{run}")
}

/// The lease behind `lock "text"`.
#[must_use]
pub fn lock_lease(text: &str) -> String {
    format!("lock:{text}")
}

/// A lease that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub fence: u64,
    pub holder: Holder,
    pub taken: Timestamp,
    /// How long this process has looked and seen no sign of life.
    pub quiet: Duration,
}

/// What became of an attempt to take leases.
#[derive(Debug)]
pub enum Acquired {
    /// All of them.
    Leases(Leases),
    /// None, since somebody holds this one. Who asks again every second or so gets it once its holder
    /// gives no sign of life.
    Held(Lease),
}

impl Store {
    /// Takes all the leases or none. Those of a holder that is gone are free.
    pub fn acquire(&self, names: &[String], holder: &Holder) -> Result<Acquired, StoreError> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        let taken = self.db().write(Sync::Machine, |writing| self.take_all(writing, &names, holder))?;
        match taken {
            Taken::Held(lease) => Ok(Acquired::Held(*lease)),
            Taken::All(fences) => {
                let held = names.into_iter().zip(fences).collect();
                Ok(Acquired::Leases(Leases::beating(held, self.another()?, self.settings.beat)?))
            }
        }
    }

    /// The leases that are held, by name.
    pub fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.db().read(|reading| {
            let mut rows = reading.prepare(&format!("{COLUMNS} WHERE holder IS NOT NULL ORDER BY name"))?;
            let rows: Vec<Entry> = rows.query_map([], entry)?.collect::<rusqlite::Result<_>>()?;
            Ok(rows.into_iter().filter_map(|entry| self.lease(entry)).collect())
        })
    }

    /// Takes a lease from its holder, who can write nothing more under it; that is on record. None if
    /// nobody holds it.
    pub fn unlock(&self, name: &str, by: &Actor, reason: &str) -> Result<Option<Lease>, StoreError> {
        let at = self.settings.time.wall();
        self.db().write(Sync::Machine, |writing| {
            let held = look_up(writing, name)?.and_then(|entry| self.lease(entry));
            let Some(lease) = held else { return Ok(None) };
            writing.execute("UPDATE leases SET fence = fence + 1, holder = NULL WHERE name = ?1", [name])?;
            audit::note(writing, at, Action::Unlocked, name, by, Some(reason), Some(&lease.holder))?;
            Ok(Some(lease))
        })
    }

    /// Looks at every name even if the first is held: the others' signs of life count as seen, too.
    fn take_all(&self, writing: &Transaction<'_>, names: &[String], holder: &Holder) -> Result<Taken, Fail> {
        let mut entries = Vec::new();
        for name in names {
            entries.extend(look_up(writing, name)?);
        }
        let held: Vec<Lease> = entries.into_iter().filter_map(|entry| self.lease(entry)).collect();
        let (gone, there): (Vec<_>, Vec<_>) = held.into_iter().partition(|lease| self.is_gone(lease));
        if let Some(lease) = there.into_iter().next() {
            return Ok(Taken::Held(Box::new(lease)));
        }
        let at = self.settings.time.wall();
        for lease in &gone {
            let by = Actor { name: holder.user.clone(), from: holder.host.clone() };
            audit::note(writing, at, Action::TakenOver, &lease.name, &by, None, Some(&lease.holder))?;
        }
        names.iter().map(|name| take(writing, name, holder, at)).collect::<Result<_, Fail>>().map(Taken::All)
    }

    fn is_gone(&self, lease: &Lease) -> bool {
        lease.quiet >= self.settings.expiry || lease.holder.is_proven_dead()
    }

    /// The lease of a row, if somebody holds it, with how long it was seen without a sign of life.
    fn lease(&self, entry: Entry) -> Option<Lease> {
        let Entry { name, fence, beat, taken, holder } = entry;
        let holder = holder?;
        let quiet = self.look(&name, fence, beat);
        Some(Lease { name, fence, holder, taken, quiet })
    }
}

enum Taken {
    All(Vec<u64>),
    Held(Box<Lease>),
}

const COLUMNS: &str = "SELECT name, fence, beat, taken, holder FROM leases";

struct Entry {
    name: String,
    fence: u64,
    beat: u64,
    taken: Timestamp,
    holder: Option<Holder>,
}

fn look_up(reading: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Entry>> {
    reading.query_row(&format!("{COLUMNS} WHERE name = ?1"), [name], entry).optional()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let holder = row.get::<_, Option<String>>(4)?;
    let holder = holder.map(|text| serde_json::from_str(&text)).transpose();
    let holder = holder.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error))
    })?;
    let taken = moment(row.get(3)?);
    Ok(Entry { name: row.get(0)?, fence: row.get(1)?, beat: row.get(2)?, taken, holder })
}

pub(super) fn lease_is_held(reading: &Transaction<'_>, name: &str) -> Result<bool, Fail> {
    Ok(look_up(reading, name)?.is_some_and(|entry| entry.holder.is_some()))
}

/// Gives its new fence.
fn take(writing: &Transaction<'_>, name: &str, holder: &Holder, at: Timestamp) -> Result<u64, Fail> {
    let fence = writing.query_row(
        "INSERT INTO leases (name, fence, beat, taken, holder) VALUES (?1, 1, 0, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET fence = fence + 1, beat = 0, taken = excluded.taken,
            holder = excluded.holder
         RETURNING fence",
        params![name, at.as_microsecond(), audit::text_of(holder)],
        |row| row.get(0),
    )?;
    Ok(fence)
}
