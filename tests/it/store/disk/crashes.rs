//! The machine crashes at any call to the disk.

use super::judge::{Judge, Look, laid};
use super::luck::Luck;
use super::platter::{Crash, Image, Platter};
use super::recorder::Op;
use super::script::{go_on, play};
use super::vfs::watched;
use crate::store::support::folder;

/// So many mixes are drawn at each point, besides those that are tried always.
const DRAWN: usize = 4;
/// At each so manieth call the machine crashes, and while the store goes on from there once more.
const TWICE: usize = 40;
const SEED: u64 = 20_261_123;

/// The script without a fault: all calls, and what the store held after each step.
pub fn recorded() -> (Vec<Op>, Vec<Look>) {
    let folder = folder();
    let recorder = watched(folder.path());
    let mut looks = vec![Look::default()];
    let mut look = |store: &_| looks.push(Look::at(store).unwrap());
    play(&recorder, &folder.path().join("runs.db"), &mut look).unwrap();
    (recorder.log(), looks)
}

/// What was asked of the store when it crashed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub safe: usize,
    pub begun: usize,
}

impl Asked {
    pub fn take(&mut self, op: &Op) {
        match op {
            Op::Begun(step) => self.begun = *step,
            Op::Safe(step) => self.safe = *step,
            _ => {}
        }
    }
}

#[test]
fn after_a_crash_at_any_call_all_that_was_safe_is_there_and_nothing_else() {
    let (log, looks) = recorded();
    let mut judge = Judge::new(&looks, Look::eq);
    let mut luck = Luck::of(SEED);
    let (mut platter, mut asked) = (Platter::that_forgets(), Asked::default());
    let (mut points, mut tried, mut ways, mut all) = (0, 0, 0.0, 0);
    for (at, op) in log.iter().enumerate() {
        platter.take(op);
        asked.take(op);
        if !op.is_a_point() {
            continue;
        }
        let crashes = platter.crashes(DRAWN, &mut luck);
        points += 1;
        tried += crashes.len();
        ways += platter.ways();
        all += usize::from(platter.is_exhausted());
        for crash in crashes {
            let objection = judge.objects(&platter.image(&crash), asked.safe, asked.begun);
            assert_eq!(objection, None, "{}", told(at, op, &crash));
        }
    }
    println!(
        "store, crashes: {} calls, {points} points to crash at, {tried} images of about {ways:.1e} ({} different, opened; at {all} points all)",
        log.len(),
        judge.opened()
    );
    assert!(points > 200 && judge.opened() > 1000, "{points} points, {} images", judge.opened());
}

/// How many of the steps that were safe are gone if all that `log` does not sync is.
fn lost(log: impl Iterator<Item = Op>, looks: &[Look]) -> usize {
    let mut judge = Judge::new(looks, Look::eq);
    let (mut platter, mut asked) = (Platter::that_forgets(), Asked::default());
    let is_lost = |op: Op| {
        platter.take(&op);
        asked.take(&op);
        let poorest = platter.image(&platter.poorest());
        matches!(op, Op::Safe(_)) && judge.objects(&poorest, asked.safe, asked.begun).is_some()
    };
    log.map(is_lost).filter(|lost| *lost).count()
}

#[test]
fn a_disk_that_lies_about_its_syncs_is_found_out() {
    let (log, looks) = recorded();
    let all = || log.iter().cloned();
    assert_eq!(lost(all(), &looks), 0);
    let files = lost(all().filter(|op| !matches!(op, Op::Synced(_))), &looks);
    let folders = lost(all().filter(|op| !matches!(op, Op::FolderSynced)), &looks);
    println!(
        "store, lies: without syncs of files {files} steps are lost, without those of the folder {folders}"
    );
    assert!(files > 20 && folders > 20, "{files}, {folders}");
}

/// The store goes on with `image`, and the machine crashes at any call. Gives how many images that were.
fn crashes_again(image: &Image, found: Look, luck: &mut Luck) -> usize {
    let folder = folder();
    let path = laid(image, folder.path());
    let recorder = watched(folder.path());
    let mut looks = vec![found];
    go_on(&recorder, &path, &mut |store| looks.push(Look::at(store).unwrap())).unwrap();
    let mut judge = Judge::new(&looks, Look::eq);
    let (mut platter, mut asked) = (Platter::that_forgets(), Asked::default());
    let mut tried = 0;
    for (at, op) in recorder.log().iter().enumerate() {
        platter.take(op);
        asked.take(op);
        let crashes = if op.is_a_point() { platter.drawn(DRAWN, luck) } else { Vec::new() };
        for crash in crashes {
            tried += 1;
            let objection = judge.objects(&platter.image(&crash), asked.safe, asked.begun);
            assert_eq!(objection, None, "{}", told(at, op, &crash));
        }
    }
    tried
}

#[test]
fn a_second_crash_while_the_store_goes_on_after_the_first_loses_nothing_either() {
    let (log, looks) = recorded();
    let mut judge = Judge::new(&looks, Look::eq);
    let (mut platter, mut luck) = (Platter::that_forgets(), Luck::of(SEED));
    let (mut firsts, mut seconds) = (0, 0);
    for (at, op) in log.iter().enumerate() {
        platter.take(op);
        if at % TWICE == 0 {
            let crash = platter.drawn(1, &mut luck).pop().unwrap();
            let image = platter.image(&crash);
            let found = judge.look(&image);
            seconds += crashes_again(&image, found, &mut luck);
            firsts += 1;
        }
    }
    println!("store, second crashes: {seconds} images after {firsts} first crashes of {}", log.len());
    assert!(firsts > 5 && seconds > 500, "{firsts}, {seconds}");
}

fn told(at: usize, op: &Op, crash: &Crash) -> String {
    let op = match op {
        Op::Wrote { file, at, bytes } => format!("wrote {} bytes at {at} of file {file}", bytes.len()),
        other => format!("{other:?}"),
    };
    format!("crash after call {at} ({op}), seed {SEED}: {crash:?}")
}
