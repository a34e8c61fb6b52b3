//! Bugs that are planted in the engine: a sweep of a small world finds each, and finds nothing without it.
//!
//! `cargo test --features seeded-bugs --test seeded`

#![allow(clippy::print_stdout, reason = "tests")]

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rutter::backend::SystemClock;
use rutter::rehearse::faults::{Extent, Harm, Schedule, Series, Sweep, Verdict};
use rutter::resolve::Loader;
use rutter::run::StopSignal;
use rutter::run::seeded::{Bug, plant};

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        std::fs::read(path)
    }
}

/// Sweeps the one scenario of a world, or plays one schedule of it, with a bug or none.
fn swept(world: &str, bug: Option<Bug>, only: Option<Schedule>) -> Vec<Verdict> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/seeded"));
    let worlds: Vec<PathBuf> = vec![folder.join(world)];
    let _planted = plant(bug);
    let series = Series {
        worlds,
        loader: &Disk,
        filter: None,
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        clock: &SystemClock::new(),
        watch: &|_, _| (),
        stop: StopSignal::new(),
    };
    let report = Sweep { series, extent: Extent { only, ..Extent::default() } }.run();
    let [scenario] = report.scenarios().collect::<Vec<_>>()[..] else { panic!("{world} has one scenario") };
    scenario.without.as_ref().unwrap_or_else(|findings| panic!("{world}: {findings:#?}"));
    scenario.schedules.iter().map(|(_, verdict)| verdict.clone()).collect()
}

fn harms(verdicts: &[Verdict]) -> Vec<String> {
    let harmful = verdicts.iter().filter(|verdict| !verdict.harms.is_empty());
    harmful.map(|verdict| format!("{}: {:?}", verdict.schedule, verdict.harms)).collect()
}

/// Whether a harm is of a kind.
type IsKind = fn(&Harm) -> bool;

/// Without the bug nothing is found; with it, each of these harms is, and again when its schedule is played alone.
fn finds(bug: Bug, world: &str, kinds: &[IsKind]) {
    let sound = swept(world, None, None);
    assert!(sound.len() > 50, "only {} schedules of {world}", sound.len());
    assert_eq!(harms(&sound), Vec::<String>::new());
    let bugged = swept(world, Some(bug), None);
    for (number, is_kind) in kinds.iter().enumerate() {
        let found = bugged.iter().find(|verdict| verdict.harms.iter().any(is_kind));
        let found = found.unwrap_or_else(|| panic!("no harm {number} of {bug:?}: {:#?}", harms(&bugged)));
        let times = bugged.iter().filter(|verdict| verdict.harms.iter().any(is_kind)).count();
        println!("{bug:?}, harm {number}: {times} of {} schedules, first {}", bugged.len(), found.schedule);
        let alone = swept(world, Some(bug), Some(found.schedule.clone()));
        assert_eq!(harms(&alone), harms(std::slice::from_ref(found)));
    }
}

fn paid_twice(harm: &Harm) -> bool {
    is_always(harm, "nothing is paid twice")
}

fn is_always(harm: &Harm, title: &str) -> bool {
    matches!(harm, Harm::Always(broken) if broken.title == title)
}

#[test]
fn an_intent_that_is_recorded_late() {
    let unrecorded: IsKind = |harm| matches!(harm, Harm::Unrecorded { .. });
    let twice: IsKind = |harm| matches!(harm, Harm::Twice { .. });
    finds(Bug::LateIntent, "order.world", &[unrecorded, twice, paid_twice]);
}

#[test]
fn a_lost_lease_that_is_not_heeded() {
    let leaseless: IsKind = |harm| matches!(harm, Harm::SentAfter { what, .. } if what.contains("lease"));
    finds(Bug::UncheckedLease, "order.world", &[leaseless]);
}

#[test]
fn a_once_that_is_sent_again() {
    let twice: IsKind = |harm| matches!(harm, Harm::Twice { .. });
    finds(Bug::RetryOnce, "order.world", &[twice, paid_twice]);
}

#[test]
fn a_step_that_had_ended_and_is_sent_again() {
    finds(Bug::ForgottenEnd, "order.world", &[|harm| matches!(harm, Harm::Repeated { .. }), paid_twice]);
}

#[test]
fn a_stop_that_says_nothing() {
    finds(Bug::SilentStop, "order.world", &[|harm| *harm == Harm::Nameless]);
}

#[test]
fn secrets_that_are_not_hidden() {
    let recorded: IsKind = |harm| matches!(harm, Harm::Secret { place } if place.contains("of the record"));
    let printed: IsKind = |harm| matches!(harm, Harm::Secret { place } if place.contains("printed"));
    finds(Bug::OpenSecrets, "login.world", &[recorded, printed]);
}

#[test]
fn invariants_that_are_not_asked_in_undo() {
    finds(Bug::UnwatchedUndo, "swap.world", &[|harm| is_always(harm, "somebody serves")]);
}
