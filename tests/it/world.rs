//! Worlds and rehearsals from outside: time, sameness, cut-off requests, and the shipped worlds
//! against runbooks that were made wrong on purpose.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rutter::backend::{Backend, Claim, Command, Credentials, Cut, HttpCall, Operation, Reply, Request};
use rutter::clock::Clock;
use rutter::event::RunResult;
use rutter::ids::{RunId, StepKey};
use rutter::rehearse::{Pace, Played, Rehearsal, Suite};
use rutter::resolve::{Loader, Subject, resolve};
use rutter::run::StopSignal;
use rutter::syntax::ast::ItemKind;
use rutter::value::{BackendKind, Effect, Login, Outcome, Shell, Target};
use rutter::world::{LATENCY, Opening, RunEnd, VirtualClock, World};
use tokio_util::sync::CancellationToken;

/// Files that only a test has, over those of the disk.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, String>);

impl Files {
    fn with(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self::default().and(path, text)
    }

    fn and(mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.0.insert(path.into(), text.into());
        self
    }
}

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        match self.0.iter().find(|(held, _)| path.ends_with(held)) {
            Some((_, text)) => Ok(text.clone().into_bytes()),
            None => std::fs::read(path),
        }
    }
}

fn load(path: &str, files: &Files) -> Rehearsal {
    Rehearsal::load(Path::new(path), files).unwrap_or_else(|why| panic!("{path}: {:#?}", why.findings))
}

fn play(rehearsal: &Rehearsal, scenario: Option<&str>, files: &Files) -> Played {
    let played = rehearsal.play(scenario, Pace::AtOnce, files, Arc::new(|_| ()), StopSignal::new());
    played.unwrap_or_else(|why| panic!("{why:#?}"))
}

const SLOW: &str = r#"
runbook "Three slow hours"

target node = ssh "web1"

stage "Wait" {
  run on node $ start
  pause 3h
  for each name in ["a", "b", "c"], 3 at a time {
    check on node, within 1m $ look {{ name }}
  }
}
"#;

const SLOW_WORLD: &str = r#"
world "A slow one"

rehearses "slow.runbook"

state started = false
state seen = []

on "web1" $ start {
  after 1h {
    set started = true
  }
}

on "web1" $ look <name> {
  set seen = seen + [name]
  reply "{{ started }}", after 10s
}

scenario "three hours" {
  expect succeeded
  expect started
  expect seen == ["a", "b", "c"]
}
"#;

#[test]
fn hours_pass_on_the_worlds_clock() {
    let files = Files::with("slow.runbook", SLOW).and("slow.world", SLOW_WORLD);
    let played = play(&load("slow.world", &files), Some("three hours"), &files);
    assert!(played.passed(), "{played:#?}");
    assert_eq!(played.lasted, Duration::from_secs(3 * 3600 + 10) + LATENCY);
}

#[test]
fn two_rehearsals_of_one_scenario_are_the_same_to_the_byte() {
    let path = "runbooks/worlds/ha-windows-worker-rolling-reboot.world";
    let rehearsal = load(path, &Files::default());
    let events = || {
        let played = play(&rehearsal, Some("the update needs a second reboot"), &Files::default());
        serde_json::to_string(&played.events).unwrap()
    };
    assert!(events() == events(), "the events differ");
}

const AGAIN: &str = r#"
runbook "The same again"

target node = ssh "web1"

stage "Look" {
  for each number in [1, 2, 3] {
    let before = check on node $ look
    assert before.text == "{{ number - 1 }}"
    check on node $ look
    run on node $ more
  }
}
"#;

const AGAIN_WORLD: &str = r#"
world "One that counts"

rehearses "again.runbook"

state count = 0

on "web1" $ look {
  reply "{{ count }}"
}

on "web1" $ more {
  set count = count + 1
}

scenario "thrice" {
  expect succeeded
  expect 6 times on "web1" $ look
}
"#;

#[test]
fn what_is_asked_again_counts_again_and_is_answered_as_the_world_is_by_then() {
    let files = Files::with("again.runbook", AGAIN).and("again.world", AGAIN_WORLD);
    let played = play(&load("again.world", &files), Some("thrice"), &files);
    assert!(played.passed(), "{played:#?}");
}

#[test]
fn a_world_is_stopped_like_any_run() {
    let files = Files::with("slow.runbook", SLOW).and("slow.world", SLOW_WORLD);
    let stop = StopSignal::new();
    stop.stop("enough");
    let rehearsal = load("slow.world", &files);
    let played = rehearsal.play(None, Pace::AtOnce, &files, Arc::new(|_| ()), stop).unwrap();
    assert_eq!(played.report.result, RunResult::Stopped);
    assert_eq!(played.error, None);
}

const MODEL: &str = r#"
world "Answers of every kind"

rehearses "empty.runbook"

state log = []

on "<host>" $ slow {
  set log = log + ["slow"]
  reply "late", after 10s
}

on "<host>" $ lost {
  set log = log + ["lost"]
  reply lost
}

on "<host>" $ away {
  reply unreachable
}

on "<host>" $ fails {
  reply "some", exit 3, stderr "why"
}

on "<host>" $ later <name> {
  after 1m {
    set log = log + [name]
  }
}

on "<host>" $ tell {
  reply log | join(" ")
}

on "<host>" $ end {
  reply "under way" if ended is none else ended
}

always "what was taken back left nothing" {
  if ended == "undone" {
    assert log == []
  }
}

on "https://a.example" GET "/x/<y>" {
  reply status 404, json {"y": y}, header "X-A" "b"
}
"#;

const EMPTY: &str = "runbook \"Empty\"\n\nstage \"Nothing\" {\n  note \"nothing\"\n}\n";

/// A world to be asked directly, and its clock.
fn asked<T>(work: impl AsyncFnOnce(&World, Arc<dyn Clock>) -> T) -> T {
    let files = Files::with("model.world", MODEL).and("empty.runbook", EMPTY);
    let resolution = resolve(Path::new("model.world"), &files);
    let Some(Subject::World(world)) = resolution.subject else { panic!("{:#?}", resolution.findings) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let world = World::new(Arc::new(world), None, Arc::clone(&clock)).unwrap();
        work(&world, clock).await
    })
}

fn request(backend: BackendKind, address: &str, operation: Operation) -> Request {
    let target = Target {
        name: "target".to_owned(),
        backend,
        address: address.to_owned(),
        shell: Shell::Sh,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: Vec::new(),
        env: Vec::new(),
        within: None,
    };
    let within = Duration::from_secs(5);
    Request {
        key: StepKey::root(),
        effect: Effect::Run,
        target: Arc::new(target),
        credentials: Credentials::default(),
        operation,
        within,
        claim: None,
        terms: Default::default(),
    }
}

fn command(text: &str) -> Request {
    let command = Command { text: text.to_owned(), ..Command::default() };
    request(BackendKind::Ssh, "web1", Operation::Command(command))
}

fn http(url: &str) -> Request {
    let call = HttpCall { method: "GET".to_owned(), url: url.to_owned(), ..HttpCall::default() };
    request(BackendKind::Http, "https://a.example", Operation::Http(call))
}

async fn perform(world: &World, request: &Request) -> Reply {
    world.perform(request, &CancellationToken::new()).await
}

async fn said(world: &World, text: &str) -> String {
    match perform(world, &command(text)).await {
        Reply::Answered(Outcome::Command(outcome)) => String::from_utf8(outcome.stdout.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

const OPENING: &str = r#"
world "Played twice"

rehearses "empty.runbook"

state log = {"a": []}

on "<host>" $ note <name> {
  set log.a = log.a + [name]
  after 1m {
    set log.a = log.a + [name ~ " again"]
  }
}

on "<host>" $ tell {
  reply log.a | join(", ")
}

scenario "later" {
  given log.a = ["given"]
  at 2m {
    set log.a = log.a + ["later"]
  }
  expect succeeded
}
"#;

#[test]
fn worlds_of_one_opening_go_their_own_ways() {
    let files = Files::with("opening.world", OPENING).and("empty.runbook", EMPTY);
    let resolution = resolve(Path::new("opening.world"), &files);
    let Some(Subject::World(world)) = resolution.subject else { panic!("{:#?}", resolution.findings) };
    let world = Arc::new(world);
    let scenario = world.file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Scenario(scenario) => Some(scenario),
        _ => None,
    });
    let opening = Opening::new(Arc::clone(&world), scenario).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let (one, other) = (opening.world(Arc::clone(&clock)), opening.world(Arc::clone(&clock)));
        perform(&one, &command("note x")).await;
        assert_eq!(said(&one, "tell").await, "given, x\n");
        assert_eq!(said(&other, "tell").await, "given\n");
        clock.sleep(Duration::from_secs(180)).await;
        assert_eq!(said(&one, "tell").await, "given, x, x again, later\n");
        assert_eq!(said(&other, "tell").await, "given, later\n");
        // What happened in them did not happen in what they were made from.
        let third = opening.world(clock);
        assert_eq!(said(&third, "tell").await, "given, later\n");
    });
}

#[test]
fn an_answer_that_comes_too_late_has_taken_effect() {
    asked(async |world, clock| {
        let reply = perform(world, &command("slow")).await;
        assert!(matches!(reply, Reply::Unknown { why: Cut::TimedOut, .. }), "{reply:?}");
        assert_eq!(clock.now(), Duration::from_secs(5));
        assert_eq!(said(world, "tell").await, "slow\n");
        let mut local = command("slow");
        Arc::make_mut(&mut local.target).backend = BackendKind::Local;
        let reply = perform(world, &local).await;
        // No handler says `local` but the one for any host.
        assert!(matches!(reply, Reply::Ended { why: Cut::TimedOut }), "{reply:?}");
    });
}

#[test]
fn what_is_lost_is_unknown_and_what_is_unreachable_was_not_sent() {
    asked(async |world, _| {
        let reply = perform(world, &command("lost")).await;
        assert!(matches!(reply, Reply::Unknown { why: Cut::ConnectionLost, .. }), "{reply:?}");
        let reply = perform(world, &command("away")).await;
        assert!(matches!(&reply, Reply::NotSent { why } if why == "web1 can't be reached"), "{reply:?}");
        assert_eq!(said(world, "tell").await, "lost\n");
    });
}

#[test]
fn what_is_claimed_takes_effect_once_however_often_it_is_asked_for() {
    asked(async |world, clock| {
        let claimed = |attempt, fence| {
            let claim = Claim { run: RunId("r1".into()), step: StepKey::root(), attempt, fence };
            Request { effect: Effect::Once, claim: Some(claim), ..command("lost") }
        };
        let lost = perform(world, &claimed(0, 2)).await;
        assert!(matches!(lost, Reply::Unknown { why: Cut::ConnectionLost, .. }), "{lost:?}");
        let found = perform(world, &claimed(0, 3)).await;
        assert!(matches!(found, Reply::Answered(Outcome::Command(_))), "{found:?}");
        let slow = Request { operation: command("slow").operation, ..claimed(1, 3) };
        assert!(matches!(perform(world, &slow).await, Reply::Unknown { why: Cut::TimedOut, .. }));
        let began = clock.now();
        let Reply::Answered(Outcome::Command(late)) =
            perform(world, &Request { within: Duration::from_secs(60), ..slow }).await
        else {
            panic!("no answer")
        };
        assert_eq!((&*late.stdout, clock.now() - began), (&b"late\n"[..], Duration::from_secs(5)));
        let old = perform(world, &claimed(2, 2)).await;
        assert!(matches!(old, Reply::Fenced { .. }), "{old:?}");
        assert_eq!(said(world, "tell").await, "lost slow\n");
    });
}

#[test]
fn exit_codes_status_and_headers_are_answers() {
    asked(async |world, _| {
        let Reply::Answered(Outcome::Command(outcome)) = perform(world, &command("fails")).await else {
            panic!("no answer")
        };
        assert_eq!((outcome.exit, &*outcome.stdout, &*outcome.stderr), (3, &b"some\n"[..], &b"why\n"[..]));
        assert_eq!(outcome.seconds, LATENCY.as_secs_f64());
        let Reply::Answered(Outcome::Http(outcome)) = perform(world, &http("https://a.example/x/1")).await
        else {
            panic!("no answer")
        };
        assert_eq!((outcome.status, &*outcome.body), (404, &b"{\"y\":\"1\"}"[..]));
        assert_eq!(outcome.headers["x-a"], "b");
        assert_eq!(outcome.headers["content-type"], "application/json");
    });
}

#[test]
fn a_request_can_be_called_off() {
    asked(async |world, clock| {
        let (cancel, request) = (CancellationToken::new(), command("slow"));
        let called_off = async {
            clock.sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        };
        let (reply, ()) = futures::future::join(world.perform(&request, &cancel), called_off).await;
        assert!(matches!(reply, Reply::Unknown { why: Cut::Cancelled, .. }), "{reply:?}");
        let reply = world.perform(&request, &cancel).await;
        assert!(matches!(reply, Reply::NotSent { .. }), "{reply:?}");
        assert_eq!((clock.now(), said(world, "tell").await), (Duration::from_secs(1), "slow\n".to_owned()));
    });
}

#[test]
fn what_is_put_off_to_one_moment_happens_in_order_and_before_what_is_asked_then() {
    asked(async |world, clock| {
        let within = [command("later a"), command("later b"), command("later c")];
        futures::future::join_all(within.iter().map(|request| perform(world, request))).await;
        assert_eq!(said(world, "tell").await, "");
        clock.sleep(Duration::from_secs(60) - clock.now()).await;
        assert_eq!(said(world, "tell").await, "a b c\n");
    });
}

#[test]
fn a_world_knows_how_the_run_ended_and_that_it_goes_on() {
    asked(async |world, clock| {
        said(world, "later a").await;
        world.ended(RunEnd::Undone);
        assert_eq!(world.broken(), []);
        assert_eq!(said(world, "end").await, "undone\n");
        world.resumed();
        assert_eq!(said(world, "end").await, "under way\n");
        clock.sleep(Duration::from_secs(60)).await;
        // What was due by now happens first, while the run goes on.
        world.ended(RunEnd::Failed);
        world.ended(RunEnd::Undone);
        let broken = world.broken();
        let told: Vec<_> = broken.iter().map(|broken| (broken.cause.text.as_str(), broken.at)).collect();
        assert_eq!(told, [("the end of the run: undone", clock.now())]);
        world.resumed();
        world.settle();
        assert_eq!(world.broken().len(), 1);
    });
}

#[test]
fn every_end_of_a_run_has_its_word() {
    for (result, word) in [
        (RunResult::Succeeded, "succeeded"),
        (RunResult::Failed, "failed"),
        (RunResult::Denied, "denied"),
        (RunResult::Stopped, "stopped"),
    ] {
        assert_eq!(RunEnd::from(result).word(), word);
    }
}

#[test]
fn a_request_that_nothing_answers_breaks_the_world_and_not_the_clock() {
    asked(async |world, clock| {
        let reply = perform(world, &command("fail")).await;
        assert!(matches!(reply, Reply::Ended { .. }), "{reply:?}");
        assert!(world.wrong().is_cancelled());
        let error = world.error().unwrap();
        assert_eq!(error.finding.title, "this world has no answer to `$ fail` on web1");
        assert_eq!(error.finding.help.as_deref(), Some("add a handler: `on \"web1\" $ fail { reply … }`"));
        assert!(clock.now() <= Duration::from_secs(5));
    });
}

const FLAGSHIP: &str = "runbooks/worlds/ha-windows-worker-rolling-reboot.world";
const RUNBOOK: &str = "runbooks/ha-windows-worker-rolling-reboot.runbook";

/// The flagship's runbook, made wrong by `mutate`, in its world.
fn mutated(mutate: impl Fn(&str) -> String) -> Played {
    let right = std::fs::read_to_string(RUNBOOK).unwrap();
    let wrong = mutate(&right);
    assert_ne!(right, wrong, "nothing was changed");
    let files = Files::with("ha-windows-worker-rolling-reboot.runbook", wrong);
    play(&load(FLAGSHIP, &files), Some("the update finalizes at the first reboot"), &files)
}

/// A stage from its keyword to its closing brace.
fn stage<'t>(text: &'t str, title: &str) -> &'t str {
    let start = text.find(&format!("stage \"{title}\"")).unwrap();
    let end = start + text[start..].find("\n}\n").unwrap() + 3;
    &text[start..end]
}

fn without(text: &str, part: &str) -> String {
    assert!(text.contains(part), "there is no {part}");
    text.replace(part, "")
}

fn broke(played: &Played) -> Vec<&str> {
    assert_eq!(played.error, None);
    assert!(!played.passed());
    played.broken.iter().map(|broken| broken.title.as_str()).collect()
}

#[test]
fn the_flagship_passes_every_scenario() {
    let suite = Suite {
        worlds: vec![PathBuf::from(FLAGSHIP)],
        loader: &Files::default(),
        filter: None,
        threads: std::thread::available_parallelism().unwrap(),
        clock: &rutter::backend::SystemClock::new(),
        watch: &|_, _| (),
        stop: StopSignal::new(),
    };
    let report = suite.test();
    assert!(report.cases().count() >= 8);
    let failed: Vec<_> = report.cases().filter(|case| !case.passed()).collect();
    assert!(report.passed(), "{failed:#?}");
}

#[test]
fn without_the_cutover_a_tenant_goes_dark() {
    let played = mutated(|text| without(text, stage(text, "Cut traffic over to the spare")));
    assert!(broke(&played).contains(&"no connector leads to a stack that is gone"), "{:#?}", played.broken);
}

fn swapped(text: &str, first: &str, second: &str) -> String {
    let (first, second) = (stage(text, first), stage(text, second));
    text.replace(first, "@first").replace(second, first).replace("@first", second)
}

#[test]
fn with_the_reboot_before_the_cutover_a_connector_leads_nowhere() {
    let played = mutated(|text| swapped(text, "Cut traffic over to the spare", "Reboot the source worker"));
    assert!(broke(&played).contains(&"no connector leads to a stack that is gone"), "{:#?}", played.broken);
}

/// The runbook looks again before it cuts over, so that this slip harms nobody.
#[test]
fn with_the_cutover_before_the_stacks_it_stops_before_harm() {
    let played =
        mutated(|text| swapped(text, "Stand up the stacks on the spare", "Cut traffic over to the spare"));
    assert_eq!((played.report.result, broke(&played)), (RunResult::Failed, Vec::new()));
}

#[test]
fn without_that_look_and_without_the_stacks_a_tenant_goes_dark() {
    let played = mutated(|text| {
        let hasty = without(text, cutovers_look(text));
        swapped(&hasty, "Stand up the stacks on the spare", "Cut traffic over to the spare")
    });
    assert!(broke(&played).contains(&"every tenant has a serving connector"), "{:#?}", played.broken);
}

/// The first loop of the cutover.
fn cutovers_look(text: &str) -> &str {
    let cutover = stage(text, "Cut traffic over to the spare");
    let start = cutover.find("  for each tenant in tenants {\n    swarm.assert_ready").unwrap();
    let end = start + cutover[start..].find("\n  }\n").unwrap() + 5;
    &cutover[start..end]
}

#[test]
fn without_waiting_for_the_spare_a_tenant_goes_dark() {
    let played = mutated(|text| {
        let waits = stage(text, "Stand up the stacks on the spare").lines();
        let waits =
            waits.filter(|line| line.trim().starts_with("swarm.wait_") || line.contains("wait_connections"));
        let hasty = waits.fold(without(text, cutovers_look(text)), |text, wait| text.replacen(wait, "", 1));
        hasty.replacen("    cloudflare.wait_connections(edge, tenant.tunnel, 4)\n", "", 1)
    });
    assert!(broke(&played).contains(&"every tenant has a serving connector"), "{:#?}", played.broken);
}

#[test]
fn without_waiting_for_the_edge_a_connector_leads_nowhere() {
    let played = mutated(|text| {
        let cutover = stage(text, "Cut traffic over to the spare");
        let hasty = without(cutover, "    cloudflare.wait_connections(edge, tenant.tunnel, 4)\n");
        text.replace(cutover, &hasty)
    });
    assert!(broke(&played).contains(&"no connector leads to a stack that is gone"), "{:#?}", played.broken);
}

/// The examples of the guide to worlds parse: whole files, items, and bodies of handlers.
#[test]
fn the_guides_examples_parse() {
    let guide = std::fs::read_to_string("docs/worlds.md").unwrap();
    let mut parsed = 0;
    for (kind, text) in fences(&guide) {
        let file = match kind {
            "world" => text.to_owned(),
            "world-item" => format!("world \"w\"\n\n{text}"),
            "world-body" => format!("world \"w\"\n\non \"x\" $ y {{\n{text}}}\n"),
            _ => continue,
        };
        let mut sources = rutter::source::Sources::default();
        let id = sources.add("docs/worlds.md", file.as_str());
        let findings = rutter::syntax::parse(id, &file).findings;
        assert!(findings.is_empty(), "{text}\n{findings:#?}");
        parsed += 1;
    }
    assert_eq!(parsed, 6);
}

fn fences(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split("```").collect();
    parts.iter().skip(1).step_by(2).filter_map(|fence| fence.split_once('\n')).collect()
}
