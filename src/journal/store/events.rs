//! Events read back, and the proof that they are those that were written.

use rusqlite::{Transaction, params};

use crate::event::{Event, RunResult};
use crate::ids::RunId;

use super::Store;
use super::bundle;
use super::chain::Hash;
use super::error::{Fail, StoreError};
use super::runs::{result_text, row_of, stored_beginning};
use super::writer::changed_result;

/// A record that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub events: u64,
    /// The hash of the last event: who keeps it elsewhere can tell that the whole record is the same one.
    pub head: String,
}

impl Store {
    /// The events of `run` from number `from` on, each as it was written.
    pub fn events(&self, run: &RunId, from: u64) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        self.db().read(|reading| walk(reading, run, from, |event| events.push(event)))?;
        Ok(events)
    }

    /// Reads all of `run`: its text, each event, the chain over them and its end; and the whole file for
    /// pages that are damaged.
    pub fn verify(&self, run: &RunId) -> Result<Verified, StoreError> {
        self.db().read(|reading| {
            let mut listed = Listed::default();
            let end = walk(reading, run, 0, |event| listed.follow(&event))?;
            listed.check(reading, run)?;
            check_bundles(reading, run)?;
            check_pages(reading)?;
            Ok(Verified { events: end.events, head: end.head.to_string() })
        })
    }
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub events: u64,
    pub head: Hash,
}

/// What the table of runs says of the end.
pub(super) fn end(reading: &Transaction<'_>, run: &RunId) -> Result<End, Fail> {
    let end = "SELECT events, head FROM runs WHERE id = ?1";
    let (events, head) = reading
        .query_row(end, [row_of(reading, run)?], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let head =
        Hash::from_bytes(&head).ok_or_else(|| bundle::broken(run, "the hash of its end is no hash"))?;
    Ok(End { events, head })
}

/// Gives every event from `from` on to `take`; the chain must lead from there to the end.
fn walk(reading: &Transaction<'_>, run: &RunId, from: u64, mut take: impl FnMut(Event)) -> Result<End, Fail> {
    let end = end(reading, run)?;
    let row = row_of(reading, run)?;
    if from > end.events {
        return Ok(end);
    }
    let mut at = End { events: from, head: before(reading, run, from)? };
    let bodies =
        "SELECT sequence, body, hash FROM events WHERE run = ?1 AND sequence >= ?2 ORDER BY sequence";
    let mut bodies = reading.prepare(bodies)?;
    let mut rows = bodies.query(params![row, from])?;
    while let Some(row) = rows.next()? {
        let stored = Stored { sequence: row.get(0)?, body: row.get(1)?, hash: row.get(2)? };
        let (head, event) = stored.checked(&at).map_err(|why| broken(run, at.events, why))?;
        take(event);
        at = End { events: at.events + 1, head };
    }
    match at == end {
        true => Ok(end),
        false => Err(not_the_end(run, &at, &end).into()),
    }
}

struct Stored {
    sequence: i64,
    body: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn checked(&self, at: &End) -> Result<(Hash, Event), String> {
        if u64::try_from(self.sequence) != Ok(at.events) {
            return Err(format!("it is missing; event {} stands in its place", self.sequence));
        }
        let hash = at.head.then(&self.body);
        if hash.bytes() != self.hash {
            return Err("it was changed, or what comes before it".to_owned());
        }
        let event: Event =
            serde_json::from_slice(&self.body).map_err(|error| format!("it is no event ({error})"))?;
        match event.sequence == at.events {
            true => Ok((hash, event)),
            false => Err(format!("it says that it is event {}", event.sequence)),
        }
    }
}

/// The hash that the chain has before event `from`.
fn before(reading: &Transaction<'_>, run: &RunId, from: u64) -> Result<Hash, Fail> {
    let Some(last) = from.checked_sub(1) else { return stored_beginning(reading, run) };
    let hash = "SELECT hash FROM events WHERE run = ?1 AND sequence = ?2";
    let hash = reading.query_row(hash, params![row_of(reading, run)?, last], |row| row.get::<_, Vec<u8>>(0));
    let hash = rusqlite::OptionalExtension::optional(hash)?;
    let hash = hash.and_then(|hash| Hash::from_bytes(&hash));
    hash.ok_or_else(|| broken(run, last, "it is missing".to_owned()).into())
}

fn not_the_end(run: &RunId, at: &End, end: &End) -> StoreError {
    let why = match at.events == end.events {
        true => "the record ends, but its hash is not that of the run".to_owned(),
        false => format!("the record ends, and the run had {} events", end.events),
    };
    broken(run, at.events, why)
}

fn broken(run: &RunId, event: u64, why: String) -> StoreError {
    StoreError::Broken { run: run.to_string(), event: Some(event), why }
}

/// What the table of runs must say after its events.
#[derive(Default)]
struct Listed {
    last: Option<i64>,
    result: Option<RunResult>,
}

impl Listed {
    fn follow(&mut self, event: &Event) {
        self.last = Some(event.wall.as_microsecond());
        if let Some(result) = changed_result(&event.kind) {
            self.result = result;
        }
    }

    fn check(&self, reading: &Transaction<'_>, run: &RunId) -> Result<(), Fail> {
        let listed = "SELECT last, result, started FROM runs WHERE id = ?1";
        let (last, result, started): (i64, Option<String>, i64) =
            reading.query_row(listed, [row_of(reading, run)?], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let right = last == self.last.unwrap_or(started) && result.as_deref() == self.result.map(result_text);
        match right {
            true => Ok(()),
            false => Err(bundle::broken(run, "the list of runs says something else than its events").into()),
        }
    }
}

fn check_bundles(reading: &Transaction<'_>, run: &RunId) -> Result<(), Fail> {
    let mut plans = reading.prepare("SELECT plan FROM bundles WHERE run = ?1")?;
    let plans = plans.query_map([row_of(reading, run)?], |row| row.get::<_, String>(0))?;
    for plan in plans {
        bundle::load(reading, run, &plan?)?;
    }
    Ok(())
}

fn check_pages(reading: &Transaction<'_>) -> Result<(), Fail> {
    let found: String = reading.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(Fail::Damaged(found)),
    }
}
