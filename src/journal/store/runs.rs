//! Runs: begun, listed, found by the start of their name.

use jiff::Timestamp;
use rusqlite::{ErrorCode, OptionalExtension, Row, Transaction, params};

use crate::event::RunResult;
use crate::ids::RunId;

use super::Store;
use super::bundle::{self, Bundle};
use super::chain::Hash;
use super::db::Sync;
use super::error::{Fail, StoreError};

/// A run that is to begin.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    pub run: &'a RunId,
    pub title: &'a str,
    /// The runbook, as it was named.
    pub file: &'a str,
    /// The hash of its plan.
    pub plan: &'a str,
    pub started: Timestamp,
    pub bundle: &'a Bundle,
}

/// A run, as far as it is known without reading its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    pub run: RunId,
    pub title: String,
    pub file: String,
    /// The hash of the plan that it began with.
    pub plan: String,
    pub started: Timestamp,
    /// Of its last event; before the first, when it started.
    pub last: Timestamp,
    pub events: u64,
    /// How it ended, if it did and was not taken up again.
    pub result: Option<RunResult>,
}

/// What a name, or the start of one, stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    One(RunRecord),
    None,
    Several(Vec<RunId>),
}

impl Store {
    /// Makes a run without events. It outlives the machine's crash when this returns.
    pub fn create(&self, new: &NewRun<'_>) -> Result<(), StoreError> {
        self.db().write(Sync::Machine, |writing| {
            insert(writing, new)?;
            bundle::save(writing, writing.last_insert_rowid(), new.plan, new.bundle)
        })
    }

    /// All runs, the latest first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.db().read(|reading| records(reading, "ORDER BY started DESC, id DESC", []))
    }

    /// The run of that name, or the one whose name begins so.
    pub fn find(&self, name: &str) -> Result<Found, StoreError> {
        self.db().read(|reading| {
            if let Some(run) = records(reading, "WHERE name = ?1", [name])?.pop() {
                return Ok(Found::One(run));
            }
            let alike = "WHERE substr(name, 1, length(?1)) = ?1 ORDER BY started DESC, id DESC";
            let mut alike = records(reading, alike, [name])?;
            Ok(match alike.len() {
                0 => Found::None,
                1 => Found::One(alike.remove(0)),
                _ => Found::Several(alike.into_iter().map(|run| run.run).collect()),
            })
        })
    }
}

fn insert(writing: &Transaction<'_>, new: &NewRun<'_>) -> Result<(), Fail> {
    let started = new.started.as_microsecond();
    let head = beginning(new.run, [new.title, new.file, new.plan], started, new.bundle.digest().bytes());
    let inserted = writing.execute(
        "INSERT INTO runs (name, title, file, plan, started, events, head, flushed, last)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0, ?5)",
        params![&*new.run.0, new.title, new.file, new.plan, started, head.bytes()],
    );
    match inserted {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(StoreError::Taken { run: new.run.to_string() }.into())
        }
        done => Ok(done.map(drop)?),
    }
}

/// What the chain over a run's events begins with: all that was known before the first.
fn beginning(run: &RunId, about: [&str; 3], started: i64, bundle: &[u8]) -> Hash {
    let [title, file, plan] = about.map(str::as_bytes);
    Hash::of(&[b"rutter run 1", run.0.as_bytes(), title, file, plan, &started.to_be_bytes(), bundle])
}

/// The same from what the store holds.
pub(super) fn stored_beginning(reading: &Transaction<'_>, run: &RunId) -> Result<Hash, Fail> {
    let about = "SELECT title, file, runs.plan, started, digest FROM runs
                 LEFT JOIN bundles ON bundles.run = runs.id AND bundles.plan = runs.plan WHERE name = ?1";
    let beginning = reading.query_row(about, [&*run.0], |row| {
        let [title, file, plan]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
        let (started, digest): (i64, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?);
        Ok(digest.map(|digest| beginning(run, [&title, &file, &plan], started, &digest)))
    })?;
    beginning.ok_or_else(|| bundle::broken(run, "the text it was started with is missing").into())
}

/// The number of `run` in the tables.
pub(super) fn row_of(reading: &Transaction<'_>, run: &RunId) -> Result<i64, Fail> {
    let row = reading.query_row("SELECT id FROM runs WHERE name = ?1", [&*run.0], |row| row.get(0));
    row.optional()?.ok_or_else(|| StoreError::NoRun { run: run.to_string() }.into())
}

fn records(
    reading: &Transaction<'_>,
    which: &str,
    given: impl rusqlite::Params,
) -> Result<Vec<RunRecord>, Fail> {
    let columns = "SELECT name, title, file, plan, started, last, events, result FROM runs";
    let mut runs = reading.prepare(&format!("{columns} {which}"))?;
    let runs = runs.query_map(given, record)?;
    Ok(runs.collect::<rusqlite::Result<_>>()?)
}

fn record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    Ok(RunRecord {
        run: RunId(row.get::<_, String>(0)?.into()),
        title: row.get(1)?,
        file: row.get(2)?,
        plan: row.get(3)?,
        started: moment(row.get(4)?),
        last: moment(row.get(5)?),
        events: row.get(6)?,
        result: row.get::<_, Option<String>>(7)?.as_deref().and_then(result),
    })
}

/// What is no moment was damaged; it is for people only, and `verify` finds it.
pub(super) fn moment(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// As events have it: `succeeded`.
pub(super) fn result_text(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "succeeded",
        RunResult::Failed => "failed",
        RunResult::Denied => "denied",
        RunResult::Stopped => "stopped",
    }
}

fn result(text: &str) -> Option<RunResult> {
    use RunResult::{Denied, Failed, Stopped, Succeeded};
    [Succeeded, Failed, Denied, Stopped].into_iter().find(|result| result_text(*result) == text)
}
