//! Who overruled what: leases taken from their holders, runs that were pruned.

use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

use crate::event::Actor;

use super::error::StoreError;
use super::runs::moment;
use super::{Holder, Store};

/// What was done beside all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A person took a lease from its holder.
    Unlocked,
    /// A lease was taken whose holder gave no sign of life.
    TakenOver,
    /// A run and its record were removed.
    Pruned,
}

/// Something that was done beside all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    pub at: Timestamp,
    pub action: Action,
    /// The lease or the run.
    pub subject: String,
    pub by: Actor,
    pub reason: Option<String>,
    /// Who held the lease before.
    pub holder: Option<Holder>,
}

impl Store {
    /// All that was overruled, the latest last.
    pub fn audit(&self) -> Result<Vec<Audited>, StoreError> {
        self.db().read(|reading| {
            let columns = "SELECT at, action, subject, by_name, by_from, reason, holder FROM audit";
            let mut rows = reading.prepare(&format!("{columns} ORDER BY id"))?;
            let rows = rows.query_map([], audited)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn audited(row: &Row<'_>) -> rusqlite::Result<Audited> {
    let action = match row.get::<_, String>(1)?.as_str() {
        "unlocked" => Action::Unlocked,
        "taken-over" => Action::TakenOver,
        "pruned" => Action::Pruned,
        _ => return Err(rusqlite::Error::InvalidColumnName("action".to_owned())),
    };
    let holder = row.get::<_, Option<String>>(6)?;
    Ok(Audited {
        at: moment(row.get(0)?),
        action,
        subject: row.get(2)?,
        by: Actor { name: row.get(3)?, from: row.get(4)? },
        reason: row.get(5)?,
        holder: holder.and_then(|holder| serde_json::from_str(&holder).ok()),
    })
}

pub(super) fn note(
    writing: &Transaction<'_>,
    at: Timestamp,
    action: Action,
    subject: &str,
    by: &Actor,
    reason: Option<&str>,
    holder: Option<&Holder>,
) -> rusqlite::Result<()> {
    let action = match action {
        Action::Unlocked => "unlocked",
        Action::TakenOver => "taken-over",
        Action::Pruned => "pruned",
    };
    let insert = "INSERT INTO audit (at, action, subject, by_name, by_from, reason, holder)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let holder = holder.map(text_of);
    let values = params![at.as_microsecond(), action, subject, by.name, by.from, reason, holder];
    writing.execute(insert, values).map(drop)
}

pub(super) fn text_of(holder: &Holder) -> String {
    serde_json::json!(holder).to_string()
}
