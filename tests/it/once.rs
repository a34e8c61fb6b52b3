//! A reboot by PowerShell, a restart by Azure, a swap of slots and the start of a pipeline: none of them can be claimed
//! on the other side, and none may happen twice, wherever the runner dies or the link is lost.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, Either, pending, select};
use indexmap::IndexMap;
use rutter::backend::{Backend, Command, Credentials, Cut, Operation, Reply, Request};
use rutter::clock::Clock;
use rutter::event::{Actor, Event, EventKind, RunResult};
use rutter::ids::{RunId, StepKey};
use rutter::journal::{History, Journal, MemoryJournal};
use rutter::plan::{Plan, plan_with_values};
use rutter::resolve::{Loader, Subject, resolve};
use rutter::run::{RunReport, Runner};
use rutter::source::Span;
use rutter::value::{BackendKind, Effect, Login, Outcome, Shell, Target, Value};
use rutter::world::{VirtualClock, World};
use tokio_util::sync::CancellationToken;

struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        std::fs::read(path)
    }
}

/// What happens to the first `once` that is sent to a target of this name at this method or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The runner dies before it reaches the other side.
    DiesBefore,
    /// The runner dies after it took effect, and before the answer.
    DiesAfter,
    /// The link is lost before it reaches the other side, and nobody knows.
    LostBefore,
    /// The link is lost with the answer.
    LostAfter,
}

const FATES: [Fate; 4] = [Fate::DiesBefore, Fate::DiesAfter, Fate::LostBefore, Fate::LostAfter];

/// The world, and a way to it on which one request meets its fate.
struct Way {
    world: Arc<World>,
    fate: Mutex<Option<(&'static str, Fate)>>,
    /// Every `once` that reached the other side.
    arrived: Mutex<Vec<String>>,
    died: CancellationToken,
}

impl Way {
    /// The same world, on which nothing more goes wrong.
    fn afresh(&self) -> Arc<Self> {
        let (world, arrived) = (Arc::clone(&self.world), self.arrived.lock().unwrap().clone());
        let (fate, died) = (Mutex::default(), CancellationToken::new());
        Arc::new(Self { world, fate, arrived: Mutex::new(arrived), died })
    }

    fn met(&self, request: &Request) -> Option<Fate> {
        let mut fate = self.fate.lock().unwrap();
        let shown = format!("{:?}", request.operation);
        let met = (*fate).filter(|(word, _)| request.effect == Effect::Once && shown.contains(word));
        if met.is_some() {
            *fate = None;
        }
        met.map(|(_, fate)| fate)
    }

    async fn reach(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        if request.effect == Effect::Once {
            self.arrived.lock().unwrap().push(request.key.to_string());
        }
        self.world.perform(request, cancel).await
    }

    async fn die<T>(&self) -> T {
        self.died.cancel();
        pending().await
    }
}

impl Backend for Way {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let lost =
                || Reply::Unknown { why: Cut::ConnectionLost, detail: "the link went down".to_owned() };
            match self.met(request) {
                None => self.reach(request, cancel).await,
                Some(Fate::DiesBefore) => self.die().await,
                Some(Fate::DiesAfter) => {
                    drop(self.reach(request, cancel).await);
                    self.die().await
                }
                Some(Fate::LostBefore) => lost(),
                Some(Fate::LostAfter) => {
                    drop(self.reach(request, cancel).await);
                    lost()
                }
            }
        })
    }
}

/// A run, as often as it takes, in one world.
struct Story {
    plan: Arc<Plan>,
    clock: Arc<dyn Clock>,
    way: Arc<Way>,
    events: Vec<Event>,
}

impl Story {
    fn begin(fate: Option<(&'static str, Fate)>) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/once/four.world");
        let resolution = resolve(&path, &Disk);
        let Some(Subject::World(world)) = resolution.subject else { panic!("{:#?}", resolution.findings) };
        let params = IndexMap::from([("vm".to_owned(), (Value::from("web1"), Span::default()))]);
        let plan = plan_with_values(&world.runbook, &Arc::new(resolution.sources), &params, &Disk).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let world = Arc::new(World::new(Arc::new(world), None, Arc::clone(&clock)).unwrap());
        let (fate, arrived, died) = (Mutex::new(fate), Mutex::default(), CancellationToken::new());
        let way = Arc::new(Way { world, fate, arrived, died });
        Self { plan: Arc::new(plan), clock, way, events: Vec::new() }
    }

    /// Carries it out, or on; nothing when the runner died.
    async fn go_on(&mut self) -> Option<RunReport> {
        let journal = Arc::new(MemoryJournal::default());
        let backend = Arc::clone(&self.way) as Arc<dyn Backend>;
        let runner =
            Runner::new(RunId("four".into()), Arc::clone(&self.plan), backend, Arc::clone(&self.clock));
        let runner = runner.journal(Arc::clone(&journal) as Arc<dyn Journal>);
        let runner = if self.events.is_empty() { runner } else { runner.after(&self.events) };
        let (execute, died) = (Box::pin(runner.execute()), Box::pin(self.way.died.cancelled()));
        let report = match select(execute, died).await {
            Either::Left((report, _)) => Some(report),
            Either::Right(_) => None,
        };
        self.events.extend(journal.events());
        report
    }

    /// What a person says of it who looks at the world.
    fn settle(&mut self, key: &StepKey, happened: bool) {
        let by = Actor { name: "ann".into(), from: "a desk".into() };
        let kind = EventKind::StepSettled { key: key.clone(), happened, gave: None, by, reason: None };
        let sequence = self.events.len() as u64;
        self.events.push(Event { sequence, at: Duration::ZERO, wall: self.clock.wall(), kind });
    }

    /// How often each of the four happened.
    async fn counts(&self) -> String {
        self.clock.sleep(Duration::from_secs(600)).await;
        let target = Target {
            name: "ops".into(),
            backend: BackendKind::Ssh,
            address: "ops".into(),
            shell: Shell::Sh,
            user: None,
            port: None,
            jump: None,
            login: Login::default(),
            auth: None,
            headers: vec![],
            env: vec![],
            within: None,
        };
        let request = Request {
            key: StepKey::root(),
            effect: Effect::Check,
            target: Arc::new(target),
            credentials: Credentials::default(),
            operation: Operation::Command(Command { text: "count".into(), ..Command::default() }),
            within: Duration::from_secs(5),
            claim: None,
            terms: Default::default(),
        };
        match self.way.world.perform(&request, &CancellationToken::new()).await {
            Reply::Answered(Outcome::Command(outcome)) => {
                String::from_utf8_lossy(&outcome.stdout).trim().to_owned()
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What came of a fate: who settled it, and how often the four happened.
async fn told(word: &'static str, fate: Fate) -> (Vec<String>, String, Vec<String>) {
    let (mut story, mut settled) = (Story::begin(Some((word, fate))), Vec::new());
    let mut report = story.go_on().await;
    let died = matches!(fate, Fate::DiesBefore | Fate::DiesAfter);
    assert_eq!(report.is_none(), died, "{word} {fate:?}");
    for _ in 0..4 {
        if report.as_ref().is_some_and(|report| report.result == RunResult::Succeeded) {
            break;
        }
        if report.is_some() {
            let doubts = History::of(&story.events).in_doubt();
            assert_eq!(doubts.len(), 1, "{word} {fate:?}: {report:#?}");
            assert_eq!(report.as_ref().map(|report| report.result), Some(RunResult::Stopped), "exit code 3");
            let happened = matches!(fate, Fate::DiesAfter | Fate::LostAfter);
            settled.push(format!("{} {happened}", doubts[0].key));
            story.settle(&doubts[0].key, happened);
        }
        story.way = story.way.afresh();
        report = story.go_on().await;
    }
    assert_eq!(report.map(|report| report.result), Some(RunResult::Succeeded), "{word} {fate:?}");
    let counts = story.counts().await;
    let arrived = story.way.arrived.lock().unwrap().clone();
    (settled, counts, arrived)
}

fn each(word: &'static str) -> Vec<(Fate, Vec<String>, Vec<String>)> {
    let mut all = Vec::new();
    for fate in FATES {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (settled, counts, arrived) = runtime.block_on(told(word, fate));
        assert_eq!(counts, "1 1 1 1", "{word} {fate:?}: each happens once");
        all.push((fate, settled, arrived));
    }
    all
}

/// That it had not happened can only be known by a person; that it had, `done when` proves.
fn settled_by_proof(word: &'static str, key: &str) {
    for (fate, settled, _) in each(word) {
        let wanted = match fate {
            Fate::DiesBefore | Fate::LostBefore => vec![format!("{key} false")],
            Fate::DiesAfter | Fate::LostAfter => vec![],
        };
        assert_eq!(settled, wanted, "{fate:?}");
    }
}

/// Without `done when` a person says it either way.
fn settled_by_a_person(word: &'static str, key: &str) {
    for (fate, settled, arrived) in each(word) {
        let happened = matches!(fate, Fate::DiesAfter | Fate::LostAfter);
        assert_eq!(settled, [format!("{key} {happened}")], "{fate:?}");
        // Sent again it is another sending, and its Idempotency-Key another.
        let again = arrived.contains(&format!("{key}/again:1"));
        assert_eq!(again, !happened, "{fate:?}: {arrived:?}");
    }
}

#[test]
fn a_reboot_by_powershell() {
    settled_by_proof("Restart-Computer", "stage:1/1");
}

#[test]
fn a_restart_by_azure() {
    settled_by_a_person("/restart?", "stage:2/0");
}

#[test]
fn a_swap_of_slots() {
    settled_by_proof("slotsswap", "stage:3/0");
}

#[test]
fn the_start_of_a_pipeline() {
    settled_by_a_person("/runs?", "stage:4/0");
}

#[test]
fn nothing_happens_to_them() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let counts = runtime.block_on(async {
        let mut story = Story::begin(None);
        assert_eq!(story.go_on().await.map(|report| report.result), Some(RunResult::Succeeded));
        story.counts().await
    });
    assert_eq!(counts, "1 1 1 1");
}
