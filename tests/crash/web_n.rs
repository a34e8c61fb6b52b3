//! The rolling reboot in its world, its runner killed at each commit of its journal, before and after.
//!
//! One process plays the run. At each point it forks a survivor, which keeps the world as it stands there and drops
//! the runner. The survivor forks a runner that plays the same run with the real store and kills itself at that
//! point; then it takes up what that one left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use indexmap::IndexMap;
use rutter::backend::Reply;
use rutter::clock::Clock;
use rutter::event::{Actor, Event, EventKind, Failure, RunResult};
use rutter::ids::RunId;
use rutter::journal::store::{Acquired, Bundle, Holder, Leases, NewRun, Store, lock_lease, run_lease};
use rutter::journal::{History, Journal, MemoryJournal, Standing};
use rutter::plan::{Plan, plan_with_values};
use rutter::resolve::{Loader, ResolvedWorld, Subject, resolve};
use rutter::run::{RunReport, Runner, Secrets};
use rutter::source::Span;
use rutter::syntax::ast::{Expr, ItemKind, Scenario, ScenarioClauseKind};
use rutter::value::{Outcome, SecretString, Value};
use rutter::world::{VirtualClock, World};

use crate::Explored;
use crate::judge;
use crate::points::{Hook, Point, Points, Side};
use crate::process::{self, Ended, Workers};
use crate::town::{Life, Town};

const WORLD: &str = "runbooks/worlds/ha-windows-worker-rolling-reboot.world";

/// The same procedure with two tenants, and without the long waits, in which nothing happens but the same looks.
const QUICK: &str = r#"
scenario "quick" {
  with {"tenants": [{"name": "demo", "tunnel": "t-demo"}, {"name": "cna", "tunnel": "t-cna"}]}
  given deploy_time = 20s
  given image_pull = 40s
  given edge_drain = 30s
  given boot_time = 45s
  given connectors = {"t-demo": from_source, "t-cna": from_source}
  given stacks = {
    "WEB1": {
      "demo-prod-webappcaddy-stack": whole, "demo": tasks,
      "cna-prod-webappcaddy-stack": whole, "cna": tasks,
    },
    "WEB8": {},
  }
  expect succeeded
}
"#;

/// As it is, with all five tenants and the times of the real thing.
const WHOLE: &str = r#"
scenario "whole" {
  expect succeeded
}
"#;

/// What names all that is true in the world.
const STATE: &str = r#"
scenario "state" {
  with STATE
  expect succeeded
}
"#;

/// The world's file with this scenario, and one that names all of its state.
struct Files(&'static str);

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        let mut bytes = std::fs::read(path)?;
        if path.extension().is_some_and(|end| end == "world") {
            let text = String::from_utf8_lossy(&bytes);
            let names = text.lines().filter_map(|line| line.strip_prefix("state ")?.split(' ').next());
            let state: Vec<_> = names.map(|name| format!("\"{name}\": {name}")).collect();
            bytes.extend_from_slice(self.0.as_bytes());
            bytes.extend(STATE.replace("STATE", &format!("{{{}}}", state.join(", "))).into_bytes());
        }
        Ok(bytes)
    }
}

/// The world and the plan, read once.
pub struct Setting {
    world: Arc<ResolvedWorld>,
    plan: Arc<Plan>,
    folder: PathBuf,
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(futures::future::pending())
    }
}

/// How an uninterrupted run ends.
struct Reference {
    points: usize,
    state: String,
    notes: Vec<String>,
}

impl Reference {
    /// A commit of the run that was killed at `point` and resumed, one for each, all over what is left.
    fn later(&self, point: Point) -> Point {
        let left = self.points.saturating_sub(point.commit) + 8;
        let side = if point.commit.is_multiple_of(2) { Side::Before } else { Side::After };
        Point { commit: 1 + point.commit * 7919 % left, side }
    }
}

/// Which process this is, once a point was reached.
#[derive(Clone, Copy)]
enum Role {
    Survivor(Point, usize),
    Victim(Point),
}

/// Explores each `step`th point, or one.
pub fn explore(which: &str, folder: &Path, step: usize, only: Option<Point>) -> Explored {
    let scenario = if which == "web-n-whole" { WHOLE } else { QUICK };
    let setting = Arc::new(Setting::read(scenario, folder));
    let reference = setting.uninterrupted();
    let total = 2 * reference.points;
    let chosen = move |point: Point| match only {
        Some(only) => point == only,
        None => (2 * point.commit + usize::from(point.side == Side::After)).is_multiple_of(step),
    };
    let workers = Arc::new(Mutex::new(Workers::new(2)));
    setting.fork_at_points(which, &reference, &workers, Box::new(chosen));
    let mut workers = workers.lock().unwrap();
    workers.all_end();
    Explored { points: workers.fine, of: total }
}

impl Setting {
    fn read(scenario: &'static str, folder: &Path) -> Self {
        let files = Files(scenario);
        let resolution = resolve(Path::new(WORLD), &files);
        let Some(Subject::World(world)) = resolution.subject else { panic!("{:#?}", resolution.findings) };
        let (world, sources) = (Arc::new(world), Arc::new(resolution.sources));
        let params = params(&world);
        let plan = plan_with_values(&world.runbook, &sources, &params, &files);
        let plan = Arc::new(plan.unwrap_or_else(|findings| panic!("{findings:#?}")));
        Self { world, plan, folder: folder.to_owned() }
    }

    fn town(&self) -> Arc<Town> {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let world = World::new(Arc::clone(&self.world), Some(scenario(&self.world)), Arc::clone(&clock));
        Town::new(world.unwrap(), clock)
    }

    fn runner(&self, life: &Arc<Life>, journal: Arc<dyn Journal>) -> Runner {
        let town = &life.town;
        let backend = Arc::clone(life) as Arc<dyn rutter::backend::Backend>;
        Runner::new(run(), Arc::clone(&self.plan), backend, Arc::clone(&town.clock))
            .journal(journal)
            .operator(Arc::clone(life) as Arc<dyn rutter::run::Operator>)
            .secrets(secrets())
            .by(mia())
    }

    fn uninterrupted(&self) -> Reference {
        alone(async {
            let (town, commits) = (self.town(), Arc::new(Mutex::new(0)));
            let (life, counted) = (Life::new(&town, 0), Arc::clone(&commits));
            let count: Hook = Box::new(move |point, _| *counted.lock().unwrap() = point.commit);
            let journal = Arc::new(Points::of_new(Arc::new(MemoryJournal::default()), count));
            let report = self.runner(&life, journal).execute().await;
            assert_eq!(report.result, RunResult::Succeeded, "{report:#?}");
            let points = *commits.lock().unwrap();
            Reference { points, state: self.end_state(&town).unwrap(), notes: judge::notes(&report.notes) }
        })
    }

    /// All that is true in the world once everything has happened that was set in motion.
    fn end_state(&self, town: &Town) -> Result<String, String> {
        town.world.settle();
        if let Some(error) = town.world.error() {
            return Err(format!("the world is wrong: {error:?}"));
        }
        if let Some(broken) = town.world.broken().first() {
            return Err(format!("an `always` was broken: {broken:#?}"));
        }
        let state = differing(scenarios(&self.world).last().unwrap()).next().unwrap();
        Ok(format!("{:#?}", town.world.evaluate(state).unwrap()))
    }

    fn fork_at_points(
        self: &Arc<Self>,
        name: &str,
        reference: &Reference,
        workers: &Arc<Mutex<Workers>>,
        chosen: Box<dyn Fn(Point) -> bool + Send + Sync>,
    ) {
        let role = alone(async {
            let town = self.town();
            let (life, role) = (Life::new(&town, 0), Arc::new(Mutex::new(None)));
            let memory = Arc::new(MemoryJournal::default());
            let hook = forking(name, &life, &role, workers, chosen);
            let journal = Arc::new(Points::of_new(Arc::clone(&memory) as Arc<dyn Journal>, hook));
            until_dead(&life, self.runner(&life, journal)).await;
            let became = *role.lock().unwrap();
            if let Some(Role::Survivor(point, committed)) = became {
                let before = memory.events()[..committed].to_vec();
                let again = (name == "web-n-twice").then(|| reference.later(point));
                let survivor = Survivor { setting: self, town: &town, reference, point, again };
                process::leave(match survivor.go_on(before).await {
                    Ok(()) => 0,
                    Err(why) => {
                        println!("{name} {point}: {why}");
                        1
                    }
                });
            }
            became
        });
        if let Some(Role::Victim(point)) = role {
            self.be_killed(point);
        }
    }

    /// The same run with the real store, up to the point.
    fn be_killed(&self, at: Point) -> ! {
        alone(async {
            let store = Store::open(&self.store(at)).unwrap();
            let bundle = Bundle {
                entry: WORLD.to_owned(),
                folder: String::new(),
                files: BTreeMap::new(),
                params: serde_json::Value::Null,
                rutter: "crash".to_owned(),
            };
            let (run, started) = (run(), jiff::Timestamp::UNIX_EPOCH);
            let (title, file, plan) = ("WEB-N", WORLD, self.plan.hash.as_str());
            store.create(&NewRun { run: &run, title, file, plan, started, bundle: &bundle }).unwrap();
            let leases = Arc::new(self.leases(&store).unwrap());
            let journal = Arc::new(store.journal(&run, leases).unwrap());
            let hook: Hook = Box::new(move |point, _| {
                if point == at {
                    process::kill_self();
                }
            });
            let life = Life::new(&self.town(), 0);
            self.runner(&life, Arc::new(Points::of_new(journal, hook))).execute().await;
        });
        process::leave(3)
    }

    fn store(&self, at: Point) -> PathBuf {
        self.folder.join(at.to_string().replace(' ', "-")).join("runs.db")
    }

    fn leases(&self, store: &Store) -> Result<Leases, String> {
        let run = run();
        let locks = self.plan.locks.iter().map(|lock| lock_lease(lock));
        let names: Vec<_> = std::iter::once(run_lease(&run)).chain(locks).collect();
        match store.acquire(&names, &Holder::here("mia", &run)).map_err(|error| error.to_string())? {
            Acquired::Leases(leases) => Ok(leases),
            Acquired::Held(lease) => Err(format!("a dead holder's lease is not free: {lease:?}")),
        }
    }
}

/// At a chosen point: the process forks, and the child becomes a survivor or its victim.
fn forking(
    name: &str,
    life: &Arc<Life>,
    role: &Arc<Mutex<Option<Role>>>,
    workers: &Arc<Mutex<Workers>>,
    chosen: Box<dyn Fn(Point) -> bool + Send + Sync>,
) -> Hook {
    let (name, life, role, workers) =
        (name.to_owned(), Arc::clone(life), Arc::clone(role), Arc::clone(workers));
    Box::new(move |point, committed| {
        if life.is_over() || !chosen(point) {
            return;
        }
        let mut workers = workers.lock().unwrap();
        workers.make_room();
        match process::fork() {
            Some(pid) => workers.began(pid, format!("{name} {point}")),
            None => {
                life.dead.store(true, Ordering::SeqCst);
                let victim = process::fork();
                *role.lock().unwrap() = Some(match victim {
                    None => Role::Victim(point),
                    Some(pid) => {
                        assert_eq!(process::wait(pid), Ended::Killed(libc::SIGKILL), "the victim of {point}");
                        Role::Survivor(point, committed)
                    }
                });
            }
        }
    })
}

/// Plays a run until it ends, or until its life does.
async fn until_dead(life: &Life, runner: Runner) -> Option<RunReport> {
    let mut running = Box::pin(runner.execute());
    std::future::poll_fn(|task| match running.as_mut().poll(task) {
        _ if life.is_over() => Poll::Ready(None),
        Poll::Ready(report) => Poll::Ready(Some(report)),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Whoever takes the run up after its runner was killed.
struct Survivor<'s> {
    setting: &'s Setting,
    town: &'s Arc<Town>,
    reference: &'s Reference,
    point: Point,
    /// The commit of the resumed run at which that is killed, too.
    again: Option<Point>,
}

impl Survivor<'_> {
    async fn go_on(&self, before: Vec<Event>) -> Result<(), String> {
        let path = self.setting.store(self.point);
        let before = match self.again {
            Some(at) => self.killed_again(at, before).await?,
            None => before,
        };
        let store = Store::open(&path).map_err(|error| error.to_string())?;
        let events = self.events(&store)?;
        if events != before {
            return Err(format!("{} events are on record, {} were due", events.len(), before.len()));
        }
        let report = match History::of(&events) {
            history if history.standing() == Standing::Done => as_ended(history),
            _ => self.resume_until_done(&store).await?,
        };
        self.check(&store, &before, &report)?;
        drop(store);
        std::fs::remove_dir_all(path.parent().unwrap()).map_err(|error| error.to_string())
    }

    /// A second victim takes the run up, and is killed as well; here it is played up to the same point.
    async fn killed_again(&self, at: Point, before: Vec<Event>) -> Result<Vec<Event>, String> {
        let Some(victim) = process::fork() else {
            let store = Store::open(&self.setting.store(self.point)).unwrap();
            let kill: Hook = Box::new(move |point, _| {
                if point == at {
                    process::kill_self();
                }
            });
            let resumed = self.resume_with(&store, 1, |journal, events| match events {
                0 => Arc::new(Points::of_new(journal, kill)),
                events => Arc::new(Points::of_resumed(journal, events, kill)),
            });
            resumed.await.unwrap();
            process::leave(0);
        };
        let killed = process::wait(victim) == Ended::Killed(libc::SIGKILL);
        let (life, memory) = (Life::new(self.town, 1), Arc::new(MemoryJournal::default()));
        let (dead, committed) = (Arc::clone(&life), Arc::new(Mutex::new(None)));
        let end = Arc::clone(&committed);
        let hook: Hook = Box::new(move |point, committed| {
            if point == at && !dead.is_over() {
                dead.dead.store(true, Ordering::SeqCst);
                *end.lock().unwrap() = Some(committed);
            }
        });
        let shadow = Arc::clone(&memory) as Arc<dyn Journal>;
        let runner = match before.len() {
            0 => self.setting.runner(&life, Arc::new(Points::of_new(shadow, hook))),
            events => {
                self.setting.runner(&life, Arc::new(Points::of_resumed(shadow, events, hook))).after(&before)
            }
        };
        let ended = until_dead(&life, runner).await;
        let committed = *committed.lock().unwrap();
        if killed != committed.is_some() || killed != ended.is_none() {
            return Err(format!("killed again at {at}: {killed}, here {committed:?}"));
        }
        let events: Vec<_> = before.into_iter().chain(memory.events()).collect();
        Ok(events[..committed.unwrap_or(events.len())].to_vec())
    }

    fn events(&self, store: &Store) -> Result<Vec<Event>, String> {
        store.events(&run(), 0).map_err(|error| error.to_string())
    }

    async fn resume_until_done(&self, store: &Store) -> Result<RunReport, String> {
        let mut last = None;
        for life in 2..60 {
            let report = self.resume(store, life).await?;
            if report.result == RunResult::Succeeded {
                return Ok(report);
            }
            let settled = self.settle(store).await?;
            if report.result != RunResult::Stopped || settled == 0 {
                return Err(format!("resumed, it did not succeed: {}", told(&report)));
            }
            last = Some(report);
        }
        Err(format!("it was resumed again and again: {}", last.as_ref().map(told).unwrap_or_default()))
    }

    async fn resume(&self, store: &Store, life: usize) -> Result<RunReport, String> {
        self.resume_with(store, life, |journal, _| journal).await
    }

    /// What `within` makes of the store's journal, and of how many events it has, is written to.
    async fn resume_with(
        &self,
        store: &Store,
        life: usize,
        within: impl FnOnce(Arc<dyn Journal>, usize) -> Arc<dyn Journal>,
    ) -> Result<RunReport, String> {
        let leases = Arc::new(self.setting.leases(store)?);
        let fence = leases.fence(&run_lease(&run())).unwrap();
        let events = self.events(store)?;
        let journal = store.journal(&run(), Arc::clone(&leases)).map_err(|error| error.to_string())?;
        let journal = within(Arc::new(journal), events.len());
        let runner = self.setting.runner(&Life::new(self.town, life), journal).fence(fence);
        let runner = if events.is_empty() { runner } else { runner.after(&events) };
        Ok(runner.execute().await)
    }

    /// Says of each step in doubt what is true in the world, as `rutter settle` would.
    async fn settle(&self, store: &Store) -> Result<usize, String> {
        let leases = Arc::new(self.setting.leases(store)?);
        let history = History::of(&self.events(store)?);
        let journal = store.journal(&run(), leases).map_err(|error| error.to_string())?;
        let doubts = history.in_doubt();
        for (number, doubt) in doubts.iter().enumerate() {
            let sending = match history.attempt(&doubt.key) {
                0 => doubt.key.clone(),
                attempt => doubt.key.child(format_args!("again:{attempt}")),
            };
            let truth = self.town.truth(&sending).await;
            let kind = EventKind::StepSettled {
                key: doubt.key.clone(),
                happened: truth.is_some(),
                gave: truth.as_ref().and_then(text_of),
                by: mia(),
                reason: None,
            };
            let (at, wall) = (history.lasted, self.town.clock.wall());
            let event = Event { sequence: history.next + number as u64, at, wall, kind };
            journal.append(&event).map_err(|error| error.to_string())?;
        }
        journal.flush().map_err(|error| error.to_string())?;
        Ok(doubts.len())
    }

    fn check(&self, store: &Store, before: &[Event], report: &RunReport) -> Result<(), String> {
        store.verify(&run()).map_err(|error| error.to_string())?;
        let (sent, events) = (self.town.sent(), self.events(store)?);
        judge::at_most_once(sent.iter().map(|sent| (&sent.key, sent.effect)))?;
        let later = sent.iter().filter(|sent| sent.life > 1).map(|sent| &sent.key);
        judge::not_repeated(&judge::ended(before), later)?;
        judge::said_once(&events)?;
        same("the notes", &self.reference.notes, &judge::notes(&report.notes))?;
        same("the world", &self.reference.state, &self.setting.end_state(self.town)?)
    }
}

/// The report of a run that had come to its end when it was killed.
fn as_ended(history: History) -> RunReport {
    RunReport { result: RunResult::Succeeded, failure: None, notes: history.notes }
}

/// Why it did not succeed, a line for each failure.
fn told(report: &RunReport) -> String {
    fn lines(failure: &Failure, text: &mut String) {
        text.push_str(&format!("\n  {:?}: {} ({})", failure.kind, failure.title, failure.label));
        failure.causes.iter().for_each(|cause| lines(cause, text));
    }
    let mut text = format!("{:?}", report.result);
    report.failure.iter().for_each(|failure| lines(failure, &mut text));
    text
}

/// What was printed or answered.
fn text_of(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Answered(Outcome::Command(outcome)) => {
            Some(String::from_utf8_lossy(&outcome.stdout).into_owned())
        }
        Reply::Answered(Outcome::Http(outcome)) => Some(String::from_utf8_lossy(&outcome.body).into_owned()),
        _ => None,
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, got: &T) -> Result<(), String> {
    match wanted == got {
        true => Ok(()),
        false => Err(format!("{what}: uninterrupted {wanted:#?}\nhere {got:#?}")),
    }
}

fn alone<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(work)
}

fn run() -> RunId {
    RunId("web-n".into())
}

fn mia() -> Actor {
    Actor { name: "mia".to_owned(), from: "here".to_owned() }
}

fn secrets() -> Secrets {
    let names = ["azure_token", "devops_token", "cloudflare_token"];
    names.iter().map(|name| ((*name).to_owned(), SecretString::new(format!("rehearsed-{name}")))).collect()
}

fn scenarios(world: &ResolvedWorld) -> Vec<&Scenario> {
    let scenarios = world.file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Scenario(scenario) => Some(scenario),
        _ => None,
    });
    scenarios.collect()
}

/// The one that was added to be played.
fn scenario(world: &ResolvedWorld) -> &Scenario {
    let all = scenarios(world);
    all[all.len() - 2]
}

fn differing(scenario: &Scenario) -> impl Iterator<Item = &Expr> {
    scenario.clauses.iter().filter_map(|clause| match &clause.kind {
        ScenarioClauseKind::With(expr) => Some(expr),
        _ => None,
    })
}

/// `rehearses … with`, and over it the scenario's `with`.
fn params(world: &Arc<ResolvedWorld>) -> IndexMap<String, (Value, Span)> {
    let rehearsed = world.file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Rehearses(rehearses) => rehearses.params.as_ref(),
        _ => None,
    });
    let differing = differing(scenario(world));
    let model = World::new(Arc::clone(world), None, Arc::new(Still)).unwrap();
    let values = |expr: &Expr| {
        let value = model.evaluate(expr).unwrap();
        let names: Vec<_> = value.try_iter().unwrap().collect();
        names
            .into_iter()
            .map(move |name| (name.to_string(), (value.get_item(&name).unwrap(), Span::default())))
    };
    rehearsed.into_iter().chain(differing).flat_map(values).collect()
}
