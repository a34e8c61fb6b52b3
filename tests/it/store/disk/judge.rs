//! Whether what is found after a crash is what the store held after one of its steps, whole, and goes on.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ring::digest::{Context, SHA256};
use rutter::event::Event;
use rutter::journal::store::{Audited, Bundle, Posted, RunRecord, Store, StoreError};
use rutter::journal::{History, Journal};
use tempfile::TempDir;

use super::platter::Image;
use super::script::{ACCEPTED, acquired, create, event, first, note, settings};
use crate::store::support::folder;

/// All that a store holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    runs: Vec<RunLook>,
    /// Each with its fence.
    leases: Vec<(String, u64)>,
    audit: Vec<Audited>,
}

#[derive(Clone, Debug, PartialEq)]
struct RunLook {
    record: RunRecord,
    events: Vec<Event>,
    bundle: Bundle,
    accepted: Option<Bundle>,
    messages: Vec<(u64, Posted)>,
}

impl Look {
    pub fn at(store: &Store) -> Result<Self, StoreError> {
        let runs = store.runs()?.into_iter().map(|record| RunLook::at(store, record));
        let leases = store.leases()?.into_iter().map(|lease| (lease.name, lease.fence));
        Ok(Self { runs: runs.collect::<Result<_, _>>()?, leases: leases.collect(), audit: store.audit()? })
    }

    fn in_short(&self) -> String {
        let run = |run: &RunLook| format!("{} with {} events", run.record.run, run.events.len());
        let runs: Vec<_> = self.runs.iter().map(run).collect();
        format!("{runs:?}, leases {:?}, {} rows of audit", self.leases, self.audit.len())
    }

    /// The same but for who holds what: leases that can't be given back expire.
    pub fn but_for_leases(&self, other: &Look) -> bool {
        self.runs == other.runs && self.audit == other.audit
    }
}

impl RunLook {
    fn at(store: &Store, record: RunRecord) -> Result<Self, StoreError> {
        let run = &record.run;
        let (events, messages) = (store.events(run, 0)?, store.messages(run, 0)?);
        let (bundle, accepted) = (store.bundle(run)?, store.bundle_of(run, ACCEPTED).ok());
        Ok(Self { record, events, bundle, accepted, messages })
    }
}

/// Holds what is found against what the store looked like after each step of the script.
pub struct Judge {
    place: TempDir,
    looks: Vec<Look>,
    alike: fn(&Look, &Look) -> bool,
    /// By the hash of an image: the steps after which the store looked like that.
    seen: HashMap<Vec<u8>, Vec<usize>>,
}

impl Judge {
    pub fn new(looks: &[Look], alike: fn(&Look, &Look) -> bool) -> Self {
        Self { place: folder(), looks: looks.to_vec(), alike, seen: HashMap::new() }
    }

    /// How many different images it has opened.
    pub fn opened(&self) -> usize {
        self.seen.len()
    }

    /// What is wrong with `image`, if no step from `safe` to `begun` left the store like that.
    pub fn objects(&mut self, image: &Image, safe: usize, begun: usize) -> Option<String> {
        let steps = match self.steps(image) {
            Ok(steps) => steps,
            Err(why) => return Some(why),
        };
        let right = steps.iter().any(|step| (safe..=begun).contains(step));
        let wrong =
            || format!("it is as after the steps {steps:?}, and {safe} was safe of {begun} that had begun");
        (!right).then(wrong)
    }

    /// What the store looked like after a step like which this image is.
    pub fn look(&mut self, image: &Image) -> Look {
        let steps = self.steps(image).unwrap();
        self.looks[steps[0]].clone()
    }

    fn steps(&mut self, image: &Image) -> Result<Vec<usize>, String> {
        let digest = digest(image);
        if let Some(steps) = self.seen.get(&digest) {
            return Ok(steps.clone());
        }
        let steps = self.opens(image)?;
        self.seen.insert(digest, steps.clone());
        Ok(steps)
    }

    /// Opens it and proves each run of it; goes on with every third.
    fn opens(&self, image: &Image) -> Result<Vec<usize>, String> {
        let path = laid(image, self.place.path());
        let found = only_looked_at(&path)?;
        let steps: Vec<_> =
            (0..self.looks.len()).filter(|at| (self.alike)(&self.looks[*at], &found)).collect();
        if steps.is_empty() {
            return Err(format!("it is as after no step: {}", found.in_short()));
        }
        if self.seen.len().is_multiple_of(3) {
            let goes_on = goes_on(&laid(image, self.place.path()), &found);
            goes_on.map_err(|why| format!("as after {steps:?}, and nothing goes on from it: {why}"))?;
        }
        Ok(steps)
    }
}

/// Puts the files where nothing else is.
pub fn laid(image: &Image, place: &Path) -> PathBuf {
    for file in fs::read_dir(place).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for (name, bytes) in image {
        fs::write(place.join(name), bytes).unwrap();
    }
    place.join("runs.db")
}

fn digest(image: &Image) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for (name, bytes) in image {
        context.update(name.as_bytes());
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    }
    context.finish().as_ref().to_vec()
}

/// What the store holds, each run of it proven.
fn whole(store: &Store) -> Result<Look, StoreError> {
    let look = Look::at(store)?;
    for run in &look.runs {
        let events = run.events.len() as u64;
        assert_eq!(store.verify(&run.record.run)?.events, events);
        assert_eq!(History::of(&run.events).next, events);
    }
    Ok(look)
}

/// As `rutter verify` does it.
fn only_looked_at(path: &Path) -> Result<Look, String> {
    let store = Store::existing(path).map_err(told)?;
    store.map_or(Ok(Look::default()), |store| whole(&store).map_err(told))
}

/// Takes a run up where its record ends, or begins one.
fn goes_on(path: &Path, found: &Look) -> Result<(), String> {
    let store = Store::open_with(path, settings(Duration::ZERO)).map_err(told)?;
    let (run, mut events) = match found.runs.first() {
        Some(run) => (run.record.run.clone(), run.events.clone()),
        None => (first(), Vec::new()),
    };
    if found.runs.is_empty() {
        create(&store, &run).map_err(told)?;
    }
    let leases = acquired(&store, &run, &[]).map_err(|stop| stop.to_string())?;
    let journal = store.journal(&run, Arc::new(leases)).map_err(told)?;
    let next = event(journal.next(), note("and on it goes"));
    journal.append(&next).and_then(|()| journal.flush()).map_err(|error| error.to_string())?;
    events.push(next);
    store.verify(&run).map_err(told)?;
    match store.events(&run, 0).map_err(told)? == events {
        true => Ok(()),
        false => Err("other events are on record than were written".to_owned()),
    }
}

fn told(error: StoreError) -> String {
    error.to_string()
}
