//! What a crash leaves on the disk: what was synced, and of the rest what luck would have.
//!
//! The disk does what SQLite takes for granted and no more: a write that was not synced may be there, not
//! there, or garbled in any of its sectors, whatever became of those before and after it; bytes beside it are
//! as they were. A name that was made or deleted since the folder was synced may be as it was at any time since.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::luck::Luck;
use super::recorder::{FileId, Op};

const SECTOR: usize = 512;
/// With no more changes than these at stake, all that may become of them is tried.
const ALL_OF: usize = 3;

/// The files as they are called, each with its bytes.
pub type Image = BTreeMap<String, Vec<u8>>;

/// The disk while the script goes on.
#[derive(Debug)]
pub struct Platter {
    /// What a sync that fails makes of changes.
    failed: Hold,
    /// What is safe of each file.
    safe: BTreeMap<FileId, Vec<u8>>,
    /// What was changed since, in order.
    changes: Vec<Change>,
    /// What each name has stood for: first what is safe, last what the program sees.
    names: BTreeMap<String, Vec<Option<FileId>>>,
}

#[derive(Debug)]
struct Change {
    file: FileId,
    what: What,
    hold: Hold,
}

#[derive(Clone, Debug)]
enum What {
    Wrote { at: usize, bytes: Arc<[u8]> },
    Cut(usize),
}

/// How sure a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// The next sync makes it safe.
    Loose,
    /// Its sync failed: none does.
    Lost,
    /// Safe, and kept here for what was lost before it.
    Safe,
}

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Dropped,
    /// Some of its sectors are as they were, new, noise or empty; at least one is noise.
    Garbled(u64),
    /// Room was made for it, and nothing was written there.
    Empty,
    /// Only so many of its bytes are there.
    Front(usize),
    /// All but so many are.
    Back(usize),
}

/// What became of everything that was not safe.
#[derive(Clone, Debug)]
pub struct Crash {
    pub fates: Vec<Fate>,
    /// Which of its meanings each name has; those not named have their last.
    pub names: BTreeMap<String, usize>,
}

impl Platter {
    /// What it could not sync it does not try again, as Linux does it: the next sync has nothing to do.
    pub fn that_forgets() -> Self {
        Self::with(Hold::Lost)
    }

    /// What it could not sync it brings to the disk with the next sync.
    pub fn that_tries_again() -> Self {
        Self::with(Hold::Loose)
    }

    fn with(failed: Hold) -> Self {
        Self { failed, safe: BTreeMap::new(), changes: Vec::new(), names: BTreeMap::new() }
    }

    /// Follows one operation.
    pub fn take(&mut self, op: &Op) {
        match op {
            Op::Found { name, file, bytes } => {
                self.safe.insert(*file, bytes.clone());
                self.names.insert(name.clone(), vec![Some(*file)]);
            }
            Op::Made { name, file } => {
                self.safe.insert(*file, Vec::new());
                self.names.entry(name.clone()).or_insert_with(|| vec![None]).push(Some(*file));
            }
            Op::Deleted { name } => self.names.entry(name.clone()).or_insert_with(|| vec![None]).push(None),
            Op::Wrote { file, at, bytes } => {
                self.change(*file, What::Wrote { at: *at, bytes: bytes.as_slice().into() });
            }
            Op::Cut { file, to } => self.change(*file, What::Cut(*to)),
            Op::Synced(file) => self.sync(*file),
            Op::SyncFailed(file) => self.fail(*file),
            Op::FolderSynced => self.sync_folder(),
            Op::Begun(_) | Op::Safe(_) | Op::Stopped => {}
        }
    }

    fn change(&mut self, file: FileId, what: What) {
        // What no name leads to any more is of no account.
        if self.safe.contains_key(&file) {
            self.changes.push(Change { file, what, hold: Hold::Loose });
        }
    }

    fn sync(&mut self, file: FileId) {
        for change in self.changes.iter_mut().filter(|change| change.file == file) {
            if change.hold == Hold::Loose {
                change.hold = Hold::Safe;
            }
        }
        self.settle(file);
    }

    /// Changes that are safe, and that nothing lost comes before, need not be kept apart.
    fn settle(&mut self, file: FileId) {
        let Some(bytes) = self.safe.get_mut(&file) else { return };
        let mut lost = false;
        self.changes.retain(|change| {
            lost |= change.file == file && change.hold != Hold::Safe;
            let settled = change.file == file && !lost;
            if settled {
                change.what.apply(Fate::Kept, bytes);
            }
            !settled
        });
    }

    fn fail(&mut self, file: FileId) {
        for change in self.changes.iter_mut().filter(|change| change.file == file) {
            if change.hold == Hold::Loose {
                change.hold = self.failed;
            }
        }
    }

    /// Files that no name can lead to any more are gone.
    fn sync_folder(&mut self) {
        self.names.values_mut().for_each(|meanings| drop(meanings.drain(..meanings.len() - 1)));
        let names = &self.names;
        let is_named = |file: FileId| names.values().any(|meanings| meanings.contains(&Some(file)));
        self.changes.retain(|change| is_named(change.file));
        self.safe.retain(|file, _| is_named(*file));
    }

    fn loose(&self) -> impl DoubleEndedIterator<Item = &Change> {
        self.changes.iter().filter(|change| change.hold != Hold::Safe)
    }

    fn open_names(&self) -> impl Iterator<Item = (&String, usize)> {
        self.names.iter().map(|(name, meanings)| (name, meanings.len())).filter(|(_, meanings)| *meanings > 1)
    }

    /// How many changes and names are at stake.
    pub fn at_stake(&self) -> usize {
        self.loose().count() + self.open_names().count()
    }

    /// In how many ways a crash may leave it, each change kept, dropped or garbled.
    pub fn ways(&self) -> f64 {
        let changes = 3_f64.powi(i32::try_from(self.loose().count()).unwrap_or(i32::MAX));
        self.open_names().fold(changes, |ways, (_, meanings)| ways * meanings as f64)
    }

    /// Whether all of them are tried.
    pub fn is_exhausted(&self) -> bool {
        self.loose().count() <= ALL_OF && self.open_names().count() <= 1
    }

    /// What is tried of them: all where little is at stake; otherwise what `bounded` says. So many more are drawn.
    pub fn crashes(&self, drawn: usize, luck: &mut Luck) -> Vec<Crash> {
        let mut crashes = match self.loose().count() {
            loose @ 0..=ALL_OF => all(loose, luck),
            loose => self.bounded(loose, luck),
        };
        crashes.extend(self.torn());
        let mut crashes: Vec<_> = crashes.into_iter().flat_map(|fates| self.named(&fates)).collect();
        if self.at_stake() > 0 {
            crashes.extend((0..drawn).map(|_| self.draw(luck)));
        }
        crashes
    }

    /// All kept, nothing kept, and so many mixes.
    pub fn drawn(&self, drawn: usize, luck: &mut Luck) -> Vec<Crash> {
        let best = Crash { fates: vec![Fate::Kept; self.loose().count()], names: BTreeMap::new() };
        let drawn = (0..drawn).map(|_| self.draw(luck));
        [best, self.poorest()].into_iter().chain(drawn).collect()
    }

    /// Only what is safe is there.
    pub fn poorest(&self) -> Crash {
        let fates = vec![Fate::Dropped; self.loose().count()];
        Crash { fates, names: self.open_names().map(|(name, _)| (name.clone(), 0)).collect() }
    }

    /// All kept, all dropped, and of each change: it alone dropped, garbled, kept.
    fn bounded(&self, loose: usize, luck: &mut Luck) -> Vec<Vec<Fate>> {
        let but = |all: Fate, at: usize, one: Fate| {
            let mut fates = vec![all; loose];
            fates[at] = one;
            fates
        };
        let mut crashes = vec![vec![Fate::Kept; loose], vec![Fate::Dropped; loose]];
        for at in 0..loose {
            crashes.push(but(Fate::Kept, at, Fate::Dropped));
            crashes.push(but(Fate::Kept, at, Fate::Garbled(luck.next())));
            crashes.push(but(Fate::Dropped, at, Fate::Kept));
        }
        crashes
    }

    /// The last write torn at each sector and in its middle, from either side, or left empty.
    fn torn(&self) -> Vec<Vec<Fate>> {
        let before = self.loose().count().saturating_sub(1);
        let Some(What::Wrote { bytes, .. }) = self.loose().next_back().map(|change| &change.what) else {
            return Vec::new();
        };
        let sectors = (SECTOR..bytes.len()).step_by(SECTOR);
        let cuts = sectors.chain([bytes.len() / 2]).flat_map(|at| [Fate::Front(at), Fate::Back(at)]);
        let torn = |fate| [vec![Fate::Kept; before], vec![fate]].concat();
        cuts.chain([Fate::Empty]).map(torn).collect()
    }

    /// The same with every meaning that each name may have.
    fn named(&self, fates: &[Fate]) -> Vec<Crash> {
        let plain = Crash { fates: fates.to_vec(), names: BTreeMap::new() };
        let mut crashes = vec![plain.clone()];
        for (name, meanings) in self.open_names() {
            for meaning in 0..meanings - 1 {
                let names = BTreeMap::from([(name.clone(), meaning)]);
                crashes.push(Crash { names, ..plain.clone() });
            }
        }
        crashes
    }

    fn draw(&self, luck: &mut Luck) -> Crash {
        let fates = self.loose().map(|_| luck.fate()).collect();
        let names = self.open_names().map(|(name, meanings)| (name.clone(), luck.below(meanings))).collect();
        Crash { fates, names }
    }

    /// What is found after that crash.
    pub fn image(&self, crash: &Crash) -> Image {
        let mut files = self.safe.clone();
        let mut fates = crash.fates.iter();
        for change in &self.changes {
            let fate = match change.hold {
                Hold::Safe => Fate::Kept,
                Hold::Loose | Hold::Lost => *fates.next().unwrap_or(&Fate::Kept),
            };
            if let Some(bytes) = files.get_mut(&change.file) {
                change.what.apply(fate, bytes);
            }
        }
        let meaning = |(name, meanings): (&String, &Vec<Option<FileId>>)| {
            let at = crash.names.get(name).copied().unwrap_or(meanings.len() - 1);
            Some((name.clone(), files.get(&meanings[at]?)?.clone()))
        };
        self.names.iter().filter_map(meaning).collect()
    }
}

/// Every way for so many changes to be kept, dropped or garbled.
fn all(loose: usize, luck: &mut Luck) -> Vec<Vec<Fate>> {
    (0..loose).fold(vec![Vec::new()], |ways, _| {
        let longer = |way: &Vec<Fate>, fate| [way.as_slice(), &[fate]].concat();
        let fates = [Fate::Kept, Fate::Dropped, Fate::Garbled(luck.next())];
        ways.iter().flat_map(|way| fates.map(|fate| longer(way, fate))).collect()
    })
}

impl What {
    fn apply(&self, fate: Fate, file: &mut Vec<u8>) {
        match self {
            What::Cut(to) if fate != Fate::Dropped => file.truncate(*to),
            What::Cut(_) => {}
            What::Wrote { at, bytes } => write(fate, *at, bytes, file),
        }
    }
}

fn write(fate: Fate, at: usize, bytes: &[u8], file: &mut Vec<u8>) {
    match fate {
        Fate::Dropped => {}
        Fate::Kept => put(file, at, bytes),
        Fate::Empty => put(file, at, &vec![0; bytes.len()]),
        Fate::Front(length) => put(file, at, &bytes[..length]),
        Fate::Back(length) => put(file, at + length, &bytes[length..]),
        Fate::Garbled(seed) => garble(file, at, bytes, Luck::of(seed)),
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn garble(file: &mut Vec<u8>, at: usize, bytes: &[u8], mut luck: Luck) {
    let noisy = luck.below(bytes.len().div_ceil(SECTOR));
    for (number, sector) in bytes.chunks(SECTOR).enumerate() {
        let at = at + number * SECTOR;
        match luck.below(4) {
            _ if number == noisy => put(file, at, &luck.noise(sector.len())),
            0 => {}
            1 => put(file, at, sector),
            2 => put(file, at, &luck.noise(sector.len())),
            _ => put(file, at, &vec![0; sector.len()]),
        }
    }
}
