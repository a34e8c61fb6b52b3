//! Sweeps of small worlds: what is injected where, what is found, that each schedule is the same each time, and what a sweep came by.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use rutter::backend::SystemClock;
use rutter::finding::has_errors;
use rutter::rehearse::Rehearsal;
use rutter::rehearse::faults::{
    Conclusion, Depth, Extent, Harm, Kind, Line, Loss, Safeguards, ScenarioSweep, Schedule, Series,
    Sometimes, Sweep, SweepReport, Told, Verdict,
};
use rutter::report::{self, Look};
use rutter::resolve::Loader;
use rutter::run::StopSignal;

const THREADS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// A runbook and its world, held in memory.
struct Pair {
    files: BTreeMap<PathBuf, String>,
}

impl Loader for Pair {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        let text = self.files.get(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(text.clone().into_bytes())
    }
}

fn pair(runbook: &str, world: &str) -> Pair {
    let runbook = format!("runbook \"small\"\ntarget a = ssh \"a\"\ntarget b = ssh \"b\"\n{runbook}\n");
    let world = format!("world \"small\"\nrehearses \"small.runbook\"\n{world}\n");
    let files = BTreeMap::from([("small.runbook".into(), runbook), ("small.world".into(), world)]);
    Pair { files }
}

/// Sweeps the one scenario of a world, until a number of schedules have ended.
fn report_until(
    runbook: &str,
    world: &str,
    extent: Extent,
    threads: NonZeroUsize,
    most: usize,
) -> SweepReport {
    let stop = StopSignal::new();
    if most == 0 {
        stop.stop("enough");
    }
    let watch = |ended: usize, _: usize| {
        if ended >= most {
            stop.stop("enough");
        }
    };
    let series = Series {
        worlds: vec!["small.world".into()],
        loader: &pair(runbook, world),
        filter: None,
        threads,
        clock: &SystemClock::new(),
        watch: &watch,
        stop: stop.clone(),
    };
    Sweep { series, extent }.run()
}

/// The same of the one scenario alone.
fn swept_until(
    runbook: &str,
    world: &str,
    extent: Extent,
    threads: NonZeroUsize,
    most: usize,
) -> ScenarioSweep {
    let report = report_until(runbook, world, extent, threads, most);
    let world = report.worlds.into_iter().next().unwrap();
    assert!(!has_errors(&world.findings), "{:#?}", world.findings);
    let sweep = world.scenarios.into_iter().next().unwrap();
    assert!(sweep.without.is_ok(), "{:#?}", sweep.without);
    sweep
}

fn swept(runbook: &str, world: &str, extent: Extent) -> ScenarioSweep {
    swept_until(runbook, world, extent, THREADS, usize::MAX)
}

fn singles(runbook: &str, world: &str) -> ScenarioSweep {
    swept(runbook, world, Extent::default())
}

fn alone(runbook: &str, world: &str, schedule: &Schedule) -> ScenarioSweep {
    swept(runbook, world, Extent { only: Some(schedule.clone()), ..Extent::default() })
}

fn schedules(sweep: &ScenarioSweep) -> Vec<String> {
    sweep.schedules.iter().map(|(_, verdict)| verdict.schedule.to_string()).collect()
}

/// What it says of each harm, whatever it was.
fn harms(sweep: &ScenarioSweep) -> BTreeSet<String> {
    let harms = sweep.harmful().flat_map(|(_, verdict)| &verdict.harms);
    harms.map(ToString::to_string).collect()
}

const RELEASE: &str = r#"
stage "Move" {
  approve "Go?", within 1h
  once on a, within 1m $ migrate --to 7
  wait until "it is there", within 2m, every 10s {
    check on a, within 5s $ is-moved
  }
  undo {
    run on a, within 1m $ migrate --to 6
  }
}
guard "not by night" on a {
  forbid $ migrate ...
  when {
    let night = check on b, within 5s $ is-it-night
    assert night.text == "true"
  }
  because "nobody is there"
}
invariant "b lives", every 10s, tolerating 2 failures {
  check on b, within 5s $ is-alive
}
"#;

const RELEASE_WORLD: &str = r#"
state schema = 6
state moved = false
on "a" $ migrate --to <n> {
  set schema = n | int
  after 25s {
    set moved = schema == 7
  }
}
on "a" $ is-moved {
  if not moved {
    reply exit 1
  }
}
on "b" $ is-it-night {
  reply "false"
}
on "b" $ is-alive {
  reply "yes"
}
always "the schema is known" {
  assert schema in [6, 7]
}
scenario "it goes well" {
  expect succeeded
}
"#;

#[test]
fn a_sweep_is_the_same_however_often_and_on_however_many_cores() {
    let sweep = |threads| {
        let sweep = swept_until(RELEASE, RELEASE_WORLD, Extent::default(), threads, usize::MAX);
        assert!(sweep.schedules.len() > 60, "only {} schedules", sweep.schedules.len());
        format!("{sweep:#?}")
    };
    assert!(sweep(NonZeroUsize::MIN) == sweep(THREADS), "two sweeps of one world differ");
}

#[test]
fn a_small_release_survives_every_fault_and_the_sweep_comes_by_all_that_it_should() {
    let sweep = singles(RELEASE, RELEASE_WORLD);
    assert_eq!(harms(&sweep), BTreeSet::new());
    assert!(sweep.explored(&Extent::default()).is_whole());
    let reached = sweep.sometimes();
    let missed: Vec<_> = Sometimes::ALL.iter().filter(|(what, _)| !reached.contains(what)).collect();
    assert!(missed.is_empty(), "no schedule came by: {missed:?}");
}

#[test]
fn every_kind_of_fault_strikes_somewhere() {
    let sweep = singles(RELEASE, RELEASE_WORLD);
    let struck: BTreeSet<_> = sweep.schedules.iter().map(|(_, verdict)| verdict.schedule.0[0].kind).collect();
    assert_eq!(struck, BTreeSet::from(Kind::ALL));
}

/// What came of it, but for how long it took.
fn fates(sweep: &ScenarioSweep) -> Vec<String> {
    let fate = |verdict: &Verdict| {
        let Verdict { schedule, end, failure, lives, settled, harms, sometimes, exercised, lasted, .. } =
            verdict;
        format!(
            "{schedule}: {end:?} {failure:?} {lives} {settled:?} {harms:?} {sometimes:?} {exercised:?} {lasted:?}"
        )
    };
    sweep.schedules.iter().map(|(_, verdict)| fate(verdict)).collect()
}

/// Lanes that change what the others look at, looks that take a while, and stages to leap over and to join behind. What is foreseen wrongly
/// shows in when it ends.
const MOVES: &str = r#"
invariant "all live", every 7s, tolerating 3 failures {
  check on b, within 5s $ is-alive one
  check on b, within 5s $ is-alive two
  check on b, within 5s $ is-alive three
}
stage "Begin" {
  for each tenant in ["x", "y"], 2 at a time {
    run on a, within 1m $ start {{ tenant }}
    wait until "{{ tenant }} is up", within 5m, every 5s, stable 2 times {
      check on a, within 5s $ is-up {{ tenant }}
    }
    run on a, within 1m $ greet {{ tenant }}
  }
  note "All are up."
}
# What comes, comes while the others look.
stage "Meet" {
  run on a, within 1m $ enter
  together {
    wait until "y is there", within 5m, every 5s {
      check on b, within 5s $ is-alive one
      check on a, within 5s $ is-there
    }
    come()
  }
  run on a, within 1m $ knock
  wait until "the door is open", within 5m, every 5s {
    check on b, within 5s $ is-alive one
    check on a, within 5s $ is-open
  }
}
action come() {
  wait until "y is ready", within 5m, every 3s {
    check on a, within 5s $ is-ready
  }
  run on a, within 1m $ come
}
# Looks change nothing at first, and then each is counted.
stage "Count" {
  run on a, within 1m $ begin-to-count
  wait until "it has counted", within 5m, every 5s {
    check on a, within 5s $ count
  }
}
stage "Move" {
  once on a, within 1m $ migrate --to 7
  wait until "it is there", within 2m, every 10s {
    check on a, within 5s $ is-moved
    check on b, within 5s $ is-alive one
  }
  undo {
    run on a, within 1m $ migrate --to 6
  }
}
stage "End" {
  for each tenant in ["x", "y"], 2 at a time {
    run on a, within 1m $ stop {{ tenant }}
    wait until "{{ tenant }} is down", within 5m, every 5s {
      let up = check on a, within 5s $ ups
      assert tenant not in up.lines
    }
  }
}
"#;

const MOVES_WORLD: &str = r#"
state ups = []
state starts = 0
state shaken = false
state ready = false
state there = false
state open = false
state counts = false
state counted = 0
state schema = 6
on "a" $ start <tenant> {
  set starts = starts + 1
  after 20s if tenant == "x" else 70s {
    set ups = ups + [tenant]
  }
}
on "a" $ is-up <tenant> {
  if tenant not in ups {
    reply exit 1
  }
}
on "a" $ greet <tenant> {
  reply "hello"
}
on "a" $ enter {
  after 14s {
    set ready = true
  }
}
on "a" $ knock {
  after 10300ms {
    set open = true
  }
}
on "a" $ is-ready {
  if not ready {
    reply exit 1, after 100ms
  }
  reply "yes", after 100ms
}
on "a" $ come {
  set there = true
}
on "a" $ is-there {
  if not there {
    reply exit 1
  }
}
on "a" $ is-open {
  if not open {
    reply exit 1
  }
}
on "a" $ begin-to-count {
  after 17s {
    set counts = true
  }
}
on "a" $ count {
  if counts {
    set counted = counted + 1
  }
  if counted < 6 {
    reply exit 1
  }
}
on "a" $ ups {
  reply ups | join("\n")
}
on "a" $ stop <tenant> {
  if schema != 7 {
    reply exit 1
  }
  set shaken = true
  after 300ms {
    set shaken = false
  }
  # Where both were started twice, one takes longer to go.
  after 12s if tenant == "x" else 17s if starts < 4 else 40s {
    set ups = ups | reject("eq", tenant) | list
  }
}
on "a" $ migrate --to <n> {
  after 25s {
    set schema = n | int
  }
}
on "a" $ is-moved {
  if schema != 7 {
    reply exit 1
  }
}
on "b" $ is-alive <which> {
  if which == "three" and shaken {
    reply exit 1
  }
  reply "{{ which }}"
}
always "the schema is known" {
  assert schema in [6, 7]
}
scenario "it goes well, and shakes once" {
  at 61s {
    set shaken = true
    after 11s {
      set shaken = false
    }
  }
  expect succeeded
}
"#;

#[test]
fn what_is_played_once_for_many_comes_out_as_it_does_alone() {
    for (runbook, world) in [(RELEASE, RELEASE_WORLD), (TWO_COPIES, COPIES_WORLD), (MOVES, MOVES_WORLD)] {
        let sweep = singles(runbook, world);
        let alone =
            sweep.schedules.iter().flat_map(|(_, verdict)| fates(&alone(runbook, world, &verdict.schedule)));
        assert_eq!(fates(&sweep), alone.collect::<Vec<_>>());
    }
    assert!(singles(RELEASE, RELEASE_WORLD).shared > 10);
}

const ANNOUNCE: &str = r#"
stage "Tell" {
  once on a, within 1m $ announce
}
"#;

const ANNOUNCE_WORLD: &str = r#"
state told = 0
on "a" $ announce {
  set told = told + 1
}
always "nobody is told twice" {
  assert told < 2
}
scenario "they are told" {
  expect succeeded
}
"#;

#[test]
fn at_a_once_strikes_what_can_befall_a_once_and_nothing_else() {
    let sweep = singles(ANNOUNCE, ANNOUNCE_WORLD);
    let kinds: Vec<_> = schedules(&sweep);
    let expected = [
        "refused",
        "unreachable",
        "lost",
        "lost-after",
        "hung",
        "no-answer",
        "late",
        "failed",
        "garbage",
        "lease-lost",
        "killed-before-intent",
        "killed-before-sending",
        "killed-before-answer",
        "killed-before-record",
        "killed-in-resume",
        "stopped",
        "stopped-twice",
    ];
    assert_eq!(kinds, expected.map(|kind| format!("{kind}@stage:1/0")));
    assert_eq!((sweep.total, sweep.standing), (17, 17));
    assert_eq!(harms(&sweep), BTreeSet::new());
}

#[test]
fn a_look_loses_nothing_but_its_answer() {
    let look = "stage \"Look\" {\n  check on a $ look\n}";
    let world = "on \"a\" $ look {\n  reply \"ok\"\n}\nscenario \"s\" {\n  expect succeeded\n}";
    let sweep = singles(look, world);
    let kinds: BTreeSet<_> = sweep.schedules.iter().map(|(_, verdict)| verdict.schedule.0[0].kind).collect();
    // A death after the look leaves what a death before it does.
    let expected = [
        Kind::Refused,
        Kind::Unreachable,
        Kind::Lost,
        Kind::Hung,
        Kind::Failed,
        Kind::Garbage,
        Kind::KilledBeforeSending,
        Kind::Stopped,
        Kind::StoppedTwice,
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
    assert_eq!((sweep.total, sweep.standing), (10, 9));
}

/// Each finding is there again when its schedule is played alone, with a story that is the same each time.
#[test]
fn a_finding_is_reproduced_by_its_line() {
    let sweep = singles(TWO_COPIES_ONE_NEEDED, COPIES_WORLD);
    let (_, found) = sweep.harmful().next().unwrap();
    let line: Schedule = found.schedule.to_string().parse().unwrap();
    let [once, again] = [(); 2].map(|()| alone(TWO_COPIES_ONE_NEEDED, COPIES_WORLD, &line));
    assert_eq!(once.schedules[0].1.harms, found.harms);
    assert_eq!(once.story.as_ref(), found.story.as_deref());
    assert!(once.story.as_ref().is_some_and(|story| story.lines.len() > 2), "{:#?}", once.story);
    assert_eq!(format!("{once:?}"), format!("{again:?}"));
}

const TWO_COPIES_ONE_NEEDED: &str = r#"
stage "Copy" {
  run on a $ copy
  attempt {
    run on b $ copy
  } otherwise {
    note "b has none"
  }
  run on a $ clear
}
"#;

const TWO_COPIES: &str = r#"
stage "Copy" {
  attempt {
    run on a $ copy
  } otherwise {
    note "a has none"
  }
  attempt {
    run on b $ copy
  } otherwise {
    note "b has none"
  }
}
"#;

const COPIES_WORLD: &str = r#"
state copies = {"a": 0, "b": 0}
on "<host>" $ copy {
  set copies[host] = 1
}
on "a" $ clear {
  set copies.a = 0
}
always "a run that succeeds leaves a copy" {
  if ended == "succeeded" {
    assert copies.a + copies.b > 0, "there is none"
  }
}
scenario "both are made" {
  expect succeeded
}
"#;

#[test]
fn a_pair_finds_what_no_single_fault_does() {
    assert_eq!(harms(&singles(TWO_COPIES, COPIES_WORLD)), BTreeSet::new());
    let extent = Extent { pairs: Some(2), ..Extent::default() };
    let sweep = swept(TWO_COPIES, COPIES_WORLD, extent.clone());
    let found = BTreeSet::from(["`a run that succeeds leaves a copy` is broken: there is none".to_owned()]);
    assert_eq!(harms(&sweep), found);
    assert!(sweep.harmful().all(|(_, verdict)| verdict.schedule.0.len() == 2));
    let explored = sweep.explored(&extent);
    assert!(explored.is_whole() && explored.pairs.is_some_and(|pairs| pairs.played > 100), "{explored:?}");
    let (_, pair) = sweep.harmful().next().unwrap();
    assert_eq!(alone(TWO_COPIES, COPIES_WORLD, &pair.schedule).schedules[0].1.harms, pair.harms);
}

#[test]
fn one_seed_draws_the_same_schedules_and_another_draws_others() {
    let drawn = |seed| {
        let extent = Extent { samples: Some((seed, 30)), ..Extent::default() };
        let sweep = swept(TWO_COPIES, COPIES_WORLD, extent);
        assert_eq!(sweep.drawn, 30);
        schedules(&sweep).split_off(sweep.standing)
    };
    let first = drawn(7);
    assert!(first.iter().any(|line| line.contains(" + ")), "{first:?}");
    assert_eq!(first, drawn(7));
    assert_ne!(first, drawn(8));
}

#[test]
fn what_a_stop_left_out_is_counted() {
    let sweep = swept_until(RELEASE, RELEASE_WORLD, Extent::default(), NonZeroUsize::MIN, 5);
    let explored = sweep.explored(&Extent::default());
    let played = sweep.schedules.len();
    assert!(5 <= played && played < sweep.standing, "{played} of {}", sweep.standing);
    assert_eq!(explored.singles.played, played);
    assert_eq!(
        (explored.singles.left_out(), sweep.left_out),
        (sweep.standing - played, sweep.standing - played)
    );
    assert!(!explored.is_whole());
}

#[test]
fn a_sweep_that_was_stopped_has_not_passed() {
    for pairs in [None, Some(1)] {
        let extent = Extent { pairs, ..Extent::default() };
        let report = report_until(ANNOUNCE, ANNOUNCE_WORLD, extent.clone(), NonZeroUsize::MIN, 3);
        assert_eq!((report.passed(), report.conclusion()), (false, Conclusion::Stopped));
        let (world, look) = (&report.worlds[0], Look::PLAIN);
        let text = report::sweep_as_text(&world.scenarios[0], world, &extent, look);
        assert!(text.starts_with("STOP ") && text.contains("LEFT OUT, the sweep was stopped"), "{text}");
        let all = report::sweeps_as_text(&report, None, look);
        assert!(all.starts_with("0 passed, 0 failed, 1 stopped: "), "{all}");
        let page = report::sweeps_as_html(&report, None);
        assert!(page.contains(r#"<span class="stop">STOP</span>"#), "{page}");
        let junit = report::sweeps_as_junit(&report);
        assert!(junit.contains(r#"<error message="the sweep was stopped, and "#), "{junit}");
        let json = report::sweeps_as_json(&report, None);
        assert_eq!((&json["passed"], &json["failed"], &json["stopped"]), (&0.into(), &0.into(), &1.into()));
    }
}

#[test]
fn a_scenario_that_had_not_begun_when_the_sweep_was_stopped_is_told() {
    let report = report_until(ANNOUNCE, ANNOUNCE_WORLD, Extent::default(), NonZeroUsize::MIN, 0);
    let world = &report.worlds[0];
    assert_eq!((world.scenarios.len(), &*world.not_begun), (0, &["they are told".to_owned()][..]));
    assert_eq!((report.passed(), report.conclusion()), (false, Conclusion::Stopped));
    let text = report::world_sweep_as_text(world, Look::PLAIN);
    assert_eq!(text, "STOP small.world: 1 scenario NOT BEGUN\n");
    let all = report::sweeps_as_text(&report, None, Look::PLAIN);
    assert_eq!(all, "0 passed, 0 failed, 1 stopped: 0 schedules, 0 did harm\n");
    let page = report::sweeps_as_html(&report, None);
    assert!(page.contains(r#"<span class="stop">STOP</span> they are told"#), "{page}");
    let junit = report::sweeps_as_junit(&report);
    assert!(junit.contains(r#"<error message="the sweep was stopped before this began"/>"#), "{junit}");
    let json = report::sweeps_as_json(&report, None);
    assert_eq!((&json["stopped"], &json["worlds"][0]["not_begun"][0]), (&1.into(), &"they are told".into()));
}

#[test]
fn harm_that_was_found_counts_though_the_sweep_was_stopped() {
    let sweep =
        swept_until(TWO_COPIES_ONE_NEEDED, COPIES_WORLD, Extent::default(), NonZeroUsize::MIN, usize::MAX);
    let first = sweep.schedules.iter().position(|(_, verdict)| !verdict.harms.is_empty()).unwrap();
    assert!(first + 1 < sweep.schedules.len());
    let report =
        report_until(TWO_COPIES_ONE_NEEDED, COPIES_WORLD, Extent::default(), NonZeroUsize::MIN, first + 1);
    assert_eq!(report.conclusion(), Conclusion::Failed);
}

#[test]
fn safeguards_that_were_not_tried_have_not_passed() {
    let stop = StopSignal::new();
    stop.stop("enough");
    let series = Series {
        worlds: vec!["small.world".into()],
        loader: &pair(RELEASE, RELEASE_WORLD),
        filter: None,
        threads: THREADS,
        clock: &SystemClock::new(),
        watch: &|_, _| (),
        stop,
    };
    let report = Safeguards { series, depth: Depth::Faults }.run();
    let world = &report.worlds[0];
    assert!(!world.safeguards.is_empty() && world.safeguards.iter().all(|(_, loss)| *loss == Loss::Untried));
    assert_eq!((report.passed(), world.conclusion()), (false, Conclusion::Stopped));
    let text = report::safeguards_as_text(world, Look::PLAIN);
    assert!(text.starts_with("STOP small.world"), "{text}");
}

#[test]
fn a_once_that_is_asked_again_and_had_happened_says_so() {
    let schedule = "killed-before-record@stage:1/0".parse().unwrap();
    let sweep = alone(ANNOUNCE, ANNOUNCE_WORLD, &schedule);
    let answers = |line: &Line| match &line.told {
        Told::Sent { answer, .. } => Some(answer.clone()),
        _ => None,
    };
    let story = sweep.story.unwrap();
    let answers: Vec<_> = story.lines.iter().filter_map(answers).collect();
    assert_eq!(answers, ["exit 0", "asked again, it had happened: exit 0"]);
}

#[test]
fn a_fault_that_never_strikes_is_an_error() {
    let nowhere: Schedule = "lost@stage:9/9".parse().unwrap();
    let sweep = alone(ANNOUNCE, ANNOUNCE_WORLD, &nowhere);
    assert_eq!(sweep.schedules[0].1.harms, [Harm::Unreached(nowhere.0[0].clone())]);
    assert!(!sweep.passed());
}

#[test]
fn the_command_says_that_a_fault_never_struck() {
    let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
    rutter.current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = rutter
        .args(["test", "examples/worlds/pool-restart.world", "--scenario", "both are restarted"])
        .args(["--fault", "lost@stage:9/9"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("never struck"), "{text}");
}

/// The harms of the one schedule that these faults make.
fn harms_of(runbook: &str, world: &str, line: &str) -> Vec<Harm> {
    let mut sweep = alone(runbook, world, &line.parse().unwrap());
    let (_, Verdict { harms, .. }) = sweep.schedules.remove(0);
    harms
}

#[test]
fn a_command_for_which_the_world_is_not_made_is_a_finding() {
    let runbook = r#"
stage "s" {
  run on a $ go
  undo {
    run on a $ go-back
  }
}
stage "t" {
  run on a $ end
}
"#;
    let world = r#"
on "a" $ go {
  reply ""
}
on "a" $ end {
  reply ""
}
scenario "s" {
  expect succeeded
}
"#;
    // A `refused` alone is over when the run is resumed; one in each runner makes it be taken back.
    let harms = harms_of(runbook, world, "failed@stage:2/0 + failed@stage:2/0#2");
    assert!(
        matches!(&harms[..], [Harm::World(error)] if error.finding.title.contains("go-back")),
        "{harms:#?}"
    );
}

#[test]
fn a_run_that_fails_otherwise_each_time_has_no_end() {
    let runbook = r#"
stage "s" {
  attempt {
    run on a $ go
  } otherwise {
    let n = check on a $ count
    fail "it is {{ n.text }}"
  }
}
"#;
    let world = r#"
state n = 0
state broken = false
on "a" $ go {
  if n > 0 {
    reply exit 1
  }
}
on "a" $ count {
  set n = n + 1
  reply "{{ n }}"
}
scenario "s" {
  expect succeeded
}
"#;
    let harms = harms_of(runbook, world, "failed@stage:1/0/attempt/0");
    assert!(harms.contains(&Harm::Endless), "{harms:#?}");
}

pub struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        std::fs::read(path)
    }
}

/// What a mark stands for is no idle word: this schedule of a shipped runbook comes by it.
const MARKS: [(Sometimes, &str, &str, &str); 6] = [
    (
        Sometimes::ResumedInDoubt,
        "graceful-restart-deploy",
        "webhooks of the drain are replayed",
        "killed-before-answer@stage:3/5",
    ),
    (
        Sometimes::LeaseLost,
        "iis-webdeploy-rolling",
        "both servers get the new version",
        "lease-lost@stage:2/0/for:build=MyApp.Db.Sql.Deploy (Pkg)/0/for:place=Release/2/if:0/1/iis.deploy_once/0",
    ),
    (
        Sometimes::GuardFlipped,
        "webapp-swap-with-preview",
        "staging gets warm and is swapped in",
        "flipped@stage:5/2/azure_web_app.complete_swap/2",
    ),
    (
        Sometimes::InterruptedTwice,
        "role-instance-os-upgrade",
        "a reboot of every instance, one update domain after the other",
        "stopped-twice@stage:3/0/if:0/3/for:domain=0/3/for:one=Web_IN_0/2/drain/0",
    ),
    (
        Sometimes::ApprovalExpired,
        "webapp-swap-with-preview",
        "staging gets warm and is swapped in",
        "expired@stage:5/0",
    ),
    (
        Sometimes::ResumedInDoubt,
        "ha-windows-worker-rolling-reboot",
        "the update finalizes at the first reboot",
        "killed-before-answer@stage:4/4/windows.reboot_and_wait/1/azure_vm.restart/0",
    ),
];

#[test]
fn schedules_of_the_shipped_runbooks_come_by_all_that_they_should() {
    let reached = |(mark, world, scenario, line): &(Sometimes, &str, &str, &str)| {
        let series = Series {
            worlds: vec![format!("runbooks/worlds/{world}.world").into()],
            loader: &Disk,
            filter: Some((*scenario).to_owned()),
            threads: THREADS,
            clock: &SystemClock::new(),
            watch: &|_, _| (),
            stop: StopSignal::new(),
        };
        let extent = Extent { only: line.parse().ok(), ..Extent::default() };
        let report = Sweep { series, extent }.run();
        assert!(report.passed() && report.played() == 1, "{world}, {line}: {report:#?}");
        let came_by: BTreeSet<_> = report.scenarios().flat_map(ScenarioSweep::sometimes).collect();
        assert!(came_by.contains(mark), "{world}, {line}: not {mark:?}, but {came_by:?}");
        *mark
    };
    let reached: BTreeSet<_> = MARKS.iter().map(reached).collect();
    let missed: Vec<_> = Sometimes::ALL.iter().filter(|(what, _)| !reached.contains(what)).collect();
    assert!(missed.is_empty(), "no schedule of a shipped runbook comes by: {missed:?}");
}

/// A bounded sweep of what rutter ships: of each world the first scenario. `tests/sweep.sh` plays every single fault of all.
#[test]
#[ignore = "takes minutes; a step of .ci/run"]
fn the_shipped_runbooks_survive_faults_that_are_drawn() {
    const DRAWN: (u64, usize) = (1, 6);
    let folder = std::fs::read_dir("runbooks/worlds").unwrap().map(|entry| entry.unwrap().path());
    let mut worlds: Vec<_> =
        folder.filter(|path| path.extension().is_some_and(|end| end == "world")).collect();
    worlds.sort();
    assert!(worlds.len() > 4, "{worlds:?}");
    for path in worlds {
        let titles = Rehearsal::load(&path, &Disk).map(|rehearsal| rehearsal.scenarios()).unwrap();
        let series = Series {
            worlds: vec![path.clone()],
            loader: &Disk,
            filter: titles.first().cloned(),
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            clock: &SystemClock::new(),
            watch: &|_, _| (),
            stop: StopSignal::new(),
        };
        let extent = Extent { samples: Some(DRAWN), drawn_only: true, ..Extent::default() };
        let report = Sweep { series, extent }.run();
        let sweeps: Vec<_> = report.scenarios().collect();
        let singles: usize = sweeps.iter().map(|sweep| sweep.standing).sum();
        println!(
            "{}: {} schedules drawn of {singles} single faults and what can follow them; {} of {} scenarios",
            path.display(),
            report.played(),
            sweeps.len(),
            titles.len()
        );
        assert_eq!(report.played(), DRAWN.1 * sweeps.len(), "schedules were left out");
        for sweep in sweeps {
            assert!(sweep.passed(), "{}, {}: {:#?}", path.display(), sweep.scenario, harms(sweep));
        }
    }
}

/// Each line of the report on safeguards shows something else than the same line with the safeguard in its place, which passes.
#[test]
fn what_misses_a_safeguard_is_reproduced_by_its_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/faults");
    let report = std::fs::read_to_string(format!("{folder}/safeguards.out")).unwrap();
    let printed = |line: &str| {
        let shell = format!("{} {line}", env!("CARGO_BIN_EXE_rutter"));
        let output = Command::new("sh").args(["-c", &shell]).current_dir(folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let mut shown = 0;
    for (said, line) in report.lines().zip(report.lines().skip(1)) {
        let Some(line) = line.trim().strip_prefix("rutter ") else { continue };
        let (before, rest) = line.split_once(" --without ").unwrap();
        let fault = rest.split_once(' ').map_or("", |(_, fault)| fault);
        let (code, text) = printed(line);
        let (sound, with) = printed(&format!("{before} {fault}"));
        let is_harm = said.contains("is broken:") || said.contains("is not met:");
        assert_eq!((code, sound), (Some(i32::from(is_harm)), Some(0)), "{line}\n{text}\n{with}");
        assert_ne!(text, with, "{line}");
        shown += 1;
    }
    assert_eq!(shown, 8);
}
