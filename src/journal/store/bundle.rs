//! The text that a run goes by.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::ids::RunId;

use super::chain::Hash;
use super::db::Sync;
use super::error::{Fail, StoreError};
use super::runs::row_of;
use super::{Leases, Store};

/// A runbook, the libraries it uses, and what its params were bound to.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Which of the files the run began with.
    pub entry: String,
    /// The folder that it began in: paths and local commands are relative to it.
    pub folder: String,
    pub files: BTreeMap<String, Vec<u8>>,
    pub params: serde_json::Value,
    /// The version that made the plan.
    pub rutter: String,
}

impl Bundle {
    pub(super) fn digest(&self) -> Hash {
        let params = self.params.to_string();
        let about = [&self.entry, &self.folder, &params, &self.rutter];
        let mut parts: Vec<_> = about.into_iter().map(|part| part.as_bytes()).collect();
        for (path, bytes) in &self.files {
            parts.extend([path.as_bytes(), bytes]);
        }
        Hash::of(&parts)
    }
}

impl Store {
    /// What `run` was started with.
    pub fn bundle(&self, run: &RunId) -> Result<Bundle, StoreError> {
        self.db().read(|reading| {
            let plan =
                reading.query_row("SELECT plan FROM runs WHERE id = ?1", [row_of(reading, run)?], |row| {
                    row.get::<_, String>(0)
                })?;
            load(reading, run, &plan)
        })
    }

    /// What `run` goes by under the plan with this hash: its first, or one that was accepted.
    pub fn bundle_of(&self, run: &RunId, plan: &str) -> Result<Bundle, StoreError> {
        self.db().read(|reading| load(reading, run, plan))
    }

    /// Keeps another text for `run`, under its plan's hash, before its record says that it goes on with it.
    pub fn accept(
        &self,
        run: &RunId,
        plan: &str,
        bundle: &Bundle,
        leases: &Leases,
    ) -> Result<(), StoreError> {
        self.db().write(Sync::Machine, |writing| {
            leases.check(writing)?;
            let row = row_of(writing, run)?;
            match stored_digest(writing, row, plan)? {
                None => save(writing, row, plan, bundle),
                Some(digest) if digest == bundle.digest().bytes() => Ok(()),
                Some(_) => Err(broken(run, "two texts claim to give the same plan").into()),
            }
        })
    }
}

fn stored_digest(reading: &Transaction<'_>, row: i64, plan: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let digest = "SELECT digest FROM bundles WHERE run = ?1 AND plan = ?2";
    reading.query_row(digest, params![row, plan], |row| row.get(0)).optional()
}

pub(super) fn save(writing: &Transaction<'_>, row: i64, plan: &str, bundle: &Bundle) -> Result<(), Fail> {
    writing.execute(
        "INSERT INTO bundles (run, plan, rutter, entry, folder, params, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row,
            plan,
            bundle.rutter,
            bundle.entry,
            bundle.folder,
            bundle.params.to_string(),
            bundle.digest().bytes()
        ],
    )?;
    for (path, bytes) in &bundle.files {
        let file = "INSERT INTO files (run, plan, path, bytes) VALUES (?1, ?2, ?3, ?4)";
        writing.execute(file, params![row, plan, path, bytes])?;
    }
    Ok(())
}

/// The bundle as it was saved, or the word that it is not.
pub(super) fn load(reading: &Transaction<'_>, run: &RunId, plan: &str) -> Result<Bundle, Fail> {
    let row = row_of(reading, run)?;
    let about = "SELECT rutter, entry, params, digest, folder FROM bundles WHERE run = ?1 AND plan = ?2";
    let about = reading.query_row(about, params![row, plan], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, Vec<u8>>(3)?, row.get(4)?))
    });
    let missing = || broken(run, "the text of one of its plans is missing");
    let (rutter, entry, params, digest, folder) = about.optional()?.ok_or_else(missing)?;
    let Ok(params) = serde_json::from_str(&params) else {
        return Err(broken(run, "its params are no JSON").into());
    };
    let bundle = Bundle { rutter, entry, folder, params, files: files(reading, row, plan)? };
    match bundle.digest().bytes() == digest {
        true => Ok(bundle),
        false => Err(broken(run, "its text was changed in the store").into()),
    }
}

fn files(reading: &Transaction<'_>, row: i64, plan: &str) -> rusqlite::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = reading.prepare("SELECT path, bytes FROM files WHERE run = ?1 AND plan = ?2")?;
    files.query_map(params![row, plan], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(super) fn broken(run: &RunId, why: &str) -> StoreError {
    StoreError::Broken { run: run.to_string(), event: None, why: why.to_owned() }
}
