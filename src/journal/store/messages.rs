//! What others ask of whoever carries a run out.

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::event::Actor;
use crate::ids::RunId;

use super::Store;
use super::db::Sync;
use super::error::StoreError;
use super::runs::{moment, row_of};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
pub enum Message {
    /// To begin no new step; with `cancel` also to cancel those under way.
    Stop { cancel: bool },
    /// What a person says to the question that the step `gate` asks, in a run of the plan with that hash.
    Approve { gate: String, plan: String, yes: bool, reason: Option<String> },
}

/// What was asked, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub message: Message,
    pub by: Actor,
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    message: Message,
    by: Actor,
}

impl Store {
    /// Leaves a message for whoever carries `run` out, now or later.
    pub fn post(&self, run: &RunId, message: &Message, by: &Actor) -> Result<(), StoreError> {
        let body = serde_json::json!(Body { message: message.clone(), by: by.clone() }).to_string();
        let at = self.settings.time.wall().as_microsecond();
        self.db().write(Sync::Machine, |writing| {
            let row = row_of(writing, run)?;
            let insert = "INSERT INTO messages (run, posted, body, done) VALUES (?1, ?2, ?3, 0)";
            Ok(writing.execute(insert, params![row, at, body]).map(drop)?)
        })
    }

    /// The messages for `run` after number `after` that nobody has dealt with, each with its number.
    pub fn messages(&self, run: &RunId, after: u64) -> Result<Vec<(u64, Posted)>, StoreError> {
        self.db().read(|reading| {
            let waiting = "SELECT id, posted, body FROM messages
                           WHERE run = ?1 AND id > ?2 AND done = 0 ORDER BY id";
            let mut waiting = reading.prepare_cached(waiting)?;
            let waiting = waiting.query_map(params![row_of(reading, run)?, after], posted)?;
            Ok(waiting.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Says that the messages for `run` up to number `last` are dealt with: what they asked for is on
    /// record.
    pub fn dealt_with(&self, run: &RunId, last: u64) -> Result<(), StoreError> {
        self.db().write(Sync::Machine, |writing| {
            let done = "UPDATE messages SET done = 1 WHERE run = ?1 AND id <= ?2";
            Ok(writing.execute(done, params![row_of(writing, run)?, last]).map(drop)?)
        })
    }
}

fn posted(row: &Row<'_>) -> rusqlite::Result<(u64, Posted)> {
    let body: String = row.get(2)?;
    let body: Body = serde_json::from_str(&body).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
    })?;
    Ok((row.get(0)?, Posted { message: body.message, by: body.by, at: moment(row.get(1)?) }))
}
