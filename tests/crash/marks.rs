//! A run over local commands that leave marks on the disk, its runner killed at each commit of its journal.
//!
//! For each point a worker forks a victim, which carries the run out with the real store and the real backends and
//! kills itself there; then it takes up what that one left, and counts the marks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use rutter::backend::{OutputSink, Router, Settings, SystemClock};
use rutter::event::{Actor, Event, EventKind, RunResult};
use rutter::ids::RunId;
use rutter::journal::store::{Acquired, Bundle, Holder, Leases, NewRun, Store, run_lease};
use rutter::journal::{History, Journal, Standing};
use rutter::plan::{Inputs, Plan, plan};
use rutter::resolve::{Loader, Subject, resolve};
use rutter::run::{ApprovalAsk, Decision, ManualAsk, Operator, RunReport, Runner};

use crate::Explored;
use crate::judge;
use crate::points::{Hook, Point, Points, Side};
use crate::process::{self, BEYOND, Ended, Workers};

pub const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/marks.runbook");
/// The marks that a `once` leaves, and those of `run`.
pub const ONCE: [&str; 9] =
    ["draw", "number", "enter-a", "enter-b", "enter-c", "left", "right", "tried", "otherwise"];
pub const RUN: [&str; 5] = ["begin", "leave-a", "leave-b", "leave-c", "always"];
const UNDONE: [&str; 3] = ["undrawn-once", "unvisit-a", "unvisit-b"];
const UNDO: [&str; 1] = ["undraw"];

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        std::fs::read(path)
    }
}

/// What is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Procedure,
    /// All stages of a run that is done are taken back.
    Undo,
}

struct Marks {
    plan: Arc<Plan>,
    task: Task,
    folder: PathBuf,
}

/// Kills at one point after another, until a run comes to its end before the point.
pub fn explore(name: &str, folder: &Path, task: Task, only: Option<Point>) -> Explored {
    let marks = Marks::new(folder, task);
    if task == Task::Undo {
        marks.make_base();
    }
    let mut workers = Workers::new(2);
    let points = (1..).flat_map(|commit| [Side::Before, Side::After].map(|side| Point { commit, side }));
    for point in points.filter(|point| only.is_none_or(|only| *point == only)) {
        workers.make_room();
        if workers.beyond > 0 {
            break;
        }
        let pid = process::in_child(|| marks.worker(name, point));
        workers.began(pid, format!("{name} {point}"));
        if only.is_some() {
            break;
        }
    }
    workers.all_end();
    Explored { points: workers.fine, of: workers.fine }
}

impl Marks {
    fn new(folder: &Path, task: Task) -> Self {
        let resolution = resolve(Path::new(RUNBOOK), &Disk);
        let Some(Subject::Runbook(runbook)) = resolution.subject else {
            panic!("{:#?}", resolution.findings)
        };
        let plan = plan(runbook, resolution.sources, &Inputs::default(), &Disk);
        let plan = plan.unwrap_or_else(|rejected| panic!("{:#?}", rejected.findings));
        Self { plan: Arc::new(plan), task, folder: folder.to_owned() }
    }

    /// A run that is done, from which each point of taking it back begins.
    fn make_base(&self) {
        let pid = process::in_child(|| {
            enter(&self.folder.join("base"));
            self.begin(Task::Procedure, Box::new(|_, _| ()));
            0
        });
        assert_eq!(process::wait(pid), Ended::Exited(0), "the run without a kill");
    }

    fn worker(&self, name: &str, point: Point) -> i32 {
        let place = self.folder.join(format!("{name}-{}", point.to_string().replace(' ', "-")));
        if self.task == Task::Undo {
            copy(&self.folder.join("base"), &place);
        }
        enter(&place);
        let victim = process::in_child(|| {
            let hook: Hook = Box::new(move |at, _| {
                if at == point {
                    process::kill_self();
                }
            });
            self.begin(self.task, hook);
            0
        });
        let hit = match process::wait(victim) {
            Ended::Killed(libc::SIGKILL) => true,
            Ended::Exited(0) => false,
            other => panic!("the victim of {point}: {other:?}"),
        };
        match self.go_on(hit) {
            Ok(()) => {
                std::fs::remove_dir_all(&place).unwrap();
                if hit { 0 } else { BEYOND }
            }
            Err(why) => {
                println!("{name} {point}: {why}\nin {}", place.display());
                1
            }
        }
    }

    /// The run, or the taking back, from its start.
    fn begin(&self, task: Task, hook: Hook) {
        let store = store();
        if task == Task::Procedure {
            self.create(&store);
        }
        let leases = Arc::new(leases(&store).unwrap());
        let fence = leases.fence(&run_lease(&run())).unwrap();
        let events = store.events(&run(), 0).unwrap();
        let journal = Arc::new(store.journal(&run(), leases).unwrap());
        let journal = match events.len() {
            0 => Points::of_new(journal, hook),
            events => Points::of_resumed(journal, events, hook),
        };
        let report = self.carry_out(task, &events, Arc::new(journal), fence);
        assert_eq!(report.result, RunResult::Succeeded, "{report:#?}");
    }

    fn create(&self, store: &Store) {
        let (run, started) = (run(), jiff::Timestamp::UNIX_EPOCH);
        let bundle = Bundle {
            entry: RUNBOOK.to_owned(),
            folder: String::new(),
            files: BTreeMap::new(),
            params: serde_json::Value::Null,
            rutter: "crash".to_owned(),
        };
        let (title, file, plan) = ("marks", RUNBOOK, self.plan.hash.as_str());
        store.create(&NewRun { run: &run, title, file, plan, started, bundle: &bundle }).unwrap();
    }

    fn carry_out(&self, task: Task, events: &[Event], journal: Arc<dyn Journal>, fence: u64) -> RunReport {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let silent: OutputSink = Arc::new(|_, _| ());
            let backend = Arc::new(Router::new(&run(), silent, Settings::default()));
            let runner = Runner::new(run(), Arc::clone(&self.plan), backend, Arc::new(SystemClock::new()))
                .journal(journal)
                .operator(Arc::new(Willing))
                .fence(fence);
            let runner = if events.is_empty() { runner } else { runner.after(events) };
            match task {
                Task::Procedure => runner.execute().await,
                Task::Undo => runner.undo(&[1, 2, 3, 4]).await,
            }
        })
    }

    /// Takes up what the victim left, and looks at it.
    fn go_on(&self, hit: bool) -> Result<(), String> {
        let store = store();
        let before = store.events(&run(), 0).map_err(|error| error.to_string())?;
        let marked = Tally::read();
        let finished = judge::ended(&before);
        if hit && !self.is_done(&before) {
            self.resume(&store)?;
        }
        let after = store.events(&run(), 0).map_err(|error| error.to_string())?;
        store.verify(&run()).map_err(|error| error.to_string())?;
        if after[..before.len()] != before {
            return Err("what was on record is not any more".to_owned());
        }
        judge::said_once(&after)?;
        judge::not_repeated(&finished, intended(&after[before.len()..]))?;
        self.check_marks(&before, &marked, &Tally::settled())
    }

    fn is_done(&self, events: &[Event]) -> bool {
        match self.task {
            Task::Procedure => History::of(events).standing() == Standing::Done,
            Task::Undo => History::of(events).standing() == Standing::TakenBack,
        }
    }

    fn resume(&self, store: &Store) -> Result<(), String> {
        let leases = Arc::new(leases(store)?);
        let fence = leases.fence(&run_lease(&run())).unwrap();
        let events = store.events(&run(), 0).map_err(|error| error.to_string())?;
        let journal = store.journal(&run(), leases).map_err(|error| error.to_string())?;
        let report = self.carry_out(self.task, &events, Arc::new(journal), fence);
        match report.result {
            RunResult::Succeeded => Ok(()),
            RunResult::Failed | RunResult::Denied | RunResult::Stopped => {
                Err(format!("resumed, it did not succeed: {report:#?}"))
            }
        }
    }

    fn check_marks(&self, before: &[Event], marked: &Tally, tally: &Tally) -> Result<(), String> {
        let (mut once, mut run) = (ONCE.to_vec(), RUN.to_vec());
        if self.task == Task::Undo {
            once.extend(UNDONE);
            run.extend(UNDO);
        }
        for name in &once {
            tally.expect(name, 1..=1)?;
        }
        for name in &run {
            let finished = finished_marks(before).contains(name);
            tally.expect(name, 1..=if finished { marked.of(name) } else { 3 })?;
        }
        let known = once.len() + run.len();
        if tally.0.len() != known {
            return Err(format!("there are other marks than the {known}: {tally:?}"));
        }
        number_is_the_same(self.task)
    }
}

/// What was drawn is what is used later, also when another process read it from the record.
pub fn number_is_the_same(task: Task) -> Result<(), String> {
    let marks = std::fs::read_to_string("marks").unwrap();
    let used = marks.lines().find_map(|line| line.strip_prefix("number=")).unwrap_or_default();
    match (task, std::fs::read_to_string("number")) {
        (Task::Procedure, Ok(drawn)) if drawn == used => Ok(()),
        (Task::Undo, Err(_)) => Ok(()),
        (_, drawn) => Err(format!("{used} was used, and {drawn:?} was drawn")),
    }
}

/// The marks of each `run` whose good end is on record.
fn finished_marks(events: &[Event]) -> Vec<&str> {
    let ended = judge::ended(events);
    let marks = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepIntended { key, request, .. } if ended.contains(key) => {
            request.strip_prefix("$ echo ")?.split(' ').next()
        }
        _ => None,
    });
    marks.collect()
}

pub fn intended(events: &[Event]) -> impl Iterator<Item = &rutter::ids::StepKey> {
    events.iter().filter_map(|event| match &event.kind {
        EventKind::StepIntended { key, .. } => Some(key),
        _ => None,
    })
}

/// How often each mark stands there.
#[derive(Debug, PartialEq, Eq)]
pub struct Tally(BTreeMap<String, usize>);

impl Tally {
    pub fn read() -> Self {
        let mut tally = BTreeMap::new();
        for line in std::fs::read_to_string("marks").unwrap_or_default().lines() {
            let name = line.split('=').next().unwrap_or_default();
            *tally.entry(name.to_owned()).or_default() += 1;
        }
        Self(tally)
    }

    /// What was orphaned by the kill may still be at it; a claim's supervisor would be, too.
    pub fn settled() -> Self {
        let (mut last, since) = (Self::read(), Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(30));
            let now = Self::read();
            if now == last || since.elapsed() > Duration::from_secs(5) {
                return now;
            }
            last = now;
        }
    }

    pub fn of(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub fn expect(&self, name: &str, times: std::ops::RangeInclusive<usize>) -> Result<(), String> {
        match times.contains(&self.of(name)) {
            true => Ok(()),
            false => Err(format!("{name} is marked {} times, not {times:?}: {self:?}", self.of(name))),
        }
    }
}

/// Says yes to all.
struct Willing;

impl Operator for Willing {
    fn approve<'a>(&'a self, _ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { yes() })
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { yes() })
    }
}

fn yes() -> Decision {
    Decision::Yes { by: Actor { name: "mia".to_owned(), from: "here".to_owned() }, reason: None }
}

fn run() -> RunId {
    RunId("marks".into())
}

fn store() -> Store {
    Store::open(Path::new("store/runs.db")).unwrap()
}

fn leases(store: &Store) -> Result<Leases, String> {
    match store.acquire(&[run_lease(&run())], &Holder::here("mia", &run())) {
        Ok(Acquired::Leases(leases)) => Ok(leases),
        Ok(Acquired::Held(lease)) => Err(format!("a dead holder's lease is not free: {lease:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// This process is at home there, with its claims and its store.
pub fn enter(place: &Path) {
    std::fs::create_dir_all(place).unwrap();
    std::env::set_current_dir(place).unwrap();
    // SAFETY: this process has one thread.
    unsafe { std::env::set_var("XDG_STATE_HOME", place.join("state")) };
}

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success(), "{} can't be copied", from.display());
}
