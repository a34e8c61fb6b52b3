//! A run of a text, on made-up programs and virtual time, and its events as lines.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use rutter::backend::{Backend, Cut, Operation, Reply, Request};
use rutter::clock::Clock;
use rutter::event::{Event, EventKind, Failure, RunResult, StepResult, UnitResult};
use rutter::ids::RunId;
use rutter::journal::{Journal, MemoryJournal};
use rutter::plan::{Inputs, Plan, plan};
use rutter::resolve::{Loader, Subject, resolve};
use rutter::run::{
    ApprovalAsk, ChangedStep, Decision, ManualAsk, NoOperator, Operator, RunReport, Runner, StopSignal,
};
use rutter::source::Sources;
use rutter::value::{CommandOutcome, HttpOutcome, Outcome, format_duration, parse_duration};
use rutter::world::VirtualClock;
use tokio_util::sync::CancellationToken;

/// Files by their path.
struct Files(HashMap<&'static str, String>);

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        let found = self.0.iter().find(|(name, _)| path.ends_with(name));
        found.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

/// A `$` takes the rest of its line; here a lone `}` ends it, which saves the tests many lines.
fn with_line_breaks(text: &str) -> String {
    let mut in_command = false;
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| match word {
            "$" => {
                in_command = true;
                word
            }
            "}" if std::mem::take(&mut in_command) => "\n}",
            _ => word,
        });
        let line = words.collect::<Vec<_>>().join(" ");
        in_command = false;
        line + "\n"
    });
    lines.collect()
}

/// A plan of a runbook's text; `files` are beside it.
pub fn planned(text: &str, files: &[(&'static str, &str)]) -> Plan {
    let mut all: HashMap<_, _> = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    all.insert("test.runbook", with_line_breaks(text));
    let files = Files(all);
    let resolution = resolve(Path::new("test.runbook"), &files);
    let Some(Subject::Runbook(runbook)) = resolution.subject else {
        panic!("{:#?}", resolution.findings);
    };
    let plan = plan(runbook, resolution.sources, &Inputs::default(), &files);
    plan.unwrap_or_else(|rejected| panic!("{:#?}", rejected.findings))
}

/// The made-up programs:
///
/// - `say WORDS` prints them; `takes D WORDS` does so after D
/// - `nth WORD` prints how often it was asked, `becomes N WORD` says no before the Nth time, then yes
/// - `exit N`, and `fails N WORD` which exits with 1 N times, then 0
/// - `refuse` is never reached, `refuses N WORD` not for the first N times
/// - `late N WORD` has to be waited for for so long, the first N times, that nothing is sent
/// - `hang` is ended when its time is over; `lose` takes effect, and nobody hears of it
///
/// A `sudo` before any of them changes nothing. Over HTTP the last part of the path is the status, and the path before
/// it the body; `…/to/PATH` is redirected to `/PATH`.
#[derive(Default)]
pub struct Programs {
    /// What was sent, with its key.
    pub sent: Mutex<Vec<(String, String)>>,
    asked: Mutex<HashMap<String, usize>>,
    under_way: AtomicUsize,
    pub most_at_a_time: AtomicUsize,
}

enum Does {
    Answer(Duration, Outcome),
    NotSent,
    Late,
    Hang,
    Lose,
}

impl Programs {
    fn nth(&self, text: &str) -> usize {
        let mut asked = self.asked.lock().unwrap();
        let asked = asked.entry(text.to_owned()).or_default();
        *asked += 1;
        *asked
    }

    fn does(&self, request: &Request) -> Does {
        match &request.operation {
            Operation::Command(command) => self.command(&command.text),
            Operation::Http(call) => {
                if let Some((_, path)) = call.url.split_once("/to/") {
                    let to = format!("https://api.example/{path}");
                    let goes = request.terms.redirects.may_go_to(&call.method, &to);
                    let status = if goes { 200 } else { 302 };
                    let outcome = HttpOutcome { status, body: to.into(), ..HttpOutcome::default() };
                    return Does::Answer(Duration::ZERO, Outcome::Http(outcome));
                }
                if let Some((_, how)) = call.url.split_once("/busy/") {
                    return self.busy(&call.url, how);
                }
                let (path, status) = call.url.rsplit_once('/').unwrap();
                let (status, body) = (status.parse().unwrap_or(200), path.to_owned().into());
                Does::Answer(
                    Duration::ZERO,
                    Outcome::Http(HttpOutcome { status, body, ..HttpOutcome::default() }),
                )
            }
            Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => {
                Does::Answer(Duration::ZERO, Outcome::Done { value: serde_json::Value::Null, seconds: 0.0 })
            }
        }
    }

    /// `TIMES/STATUS/RETRY-AFTER`: so often, and 200 from then on.
    fn busy(&self, url: &str, how: &str) -> Does {
        let [times, status, after] = how.split('/').collect::<Vec<_>>()[..] else { panic!("{url}") };
        let turned_away = self.nth(url) as u64 <= times.parse().unwrap();
        let status = if turned_away { status.parse().unwrap() } else { 200 };
        let headers = turned_away.then(|| ("retry-after".to_owned(), after.to_owned()));
        let headers = headers.into_iter().filter(|(_, after)| !after.is_empty()).collect();
        Does::Answer(Duration::ZERO, Outcome::Http(HttpOutcome { status, headers, ..HttpOutcome::default() }))
    }

    fn command(&self, text: &str) -> Does {
        let nth = self.nth(text);
        let words: Vec<&str> = text.trim_start_matches("sudo ").split(' ').collect();
        let number = |at: usize| words[at].parse::<i64>().unwrap();
        let says = |text: &str| Does::Answer(Duration::ZERO, printed(text, 0));
        match words[0] {
            "say" => says(&words[1..].join(" ")),
            "takes" => Does::Answer(parse_duration(words[1]).unwrap(), printed(&words[2..].join(" "), 0)),
            "nth" => says(&nth.to_string()),
            "becomes" => says(if nth as i64 >= number(1) { "yes" } else { "no" }),
            "exit" => Does::Answer(Duration::ZERO, printed("", number(1))),
            "fails" => Does::Answer(Duration::ZERO, printed("", i64::from(nth as i64 <= number(1)))),
            "refuses" if nth as i64 > number(1) => says("at last"),
            "refuse" | "refuses" => Does::NotSent,
            "late" if nth as i64 > number(1) => says("at last"),
            "late" => Does::Late,
            "hang" => Does::Hang,
            "lose" => Does::Lose,
            other => panic!("no program `{other}`"),
        }
    }
}

fn printed(text: &str, exit: i64) -> Outcome {
    let stdout = if text.is_empty() { String::new() } else { format!("{text}\n") };
    let stderr = if exit == 0 { "" } else { "it went wrong" };
    Outcome::Command(CommandOutcome {
        stdout: stdout.into(),
        stderr: stderr.into(),
        exit,
        ..Default::default()
    })
}

/// The programs on a clock.
struct Place {
    programs: Arc<Programs>,
    clock: Arc<dyn Clock>,
}

impl Backend for Place {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let programs = &self.programs;
            let shown = match &request.operation {
                Operation::Command(command) => command.text.clone(),
                Operation::Http(call) => format!("{} {}", call.method, call.url),
                other => format!("{other:?}"),
            };
            programs.sent.lock().unwrap().push((request.key.to_string(), shown));
            let now = programs.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            programs.most_at_a_time.fetch_max(now, Ordering::SeqCst);
            let reply = self.reply(request, cancel).await;
            programs.under_way.fetch_sub(1, Ordering::SeqCst);
            reply
        })
    }
}

impl Place {
    async fn reply(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        let (length, reply) = match self.programs.does(request) {
            Does::Answer(length, outcome) => (length, Reply::Answered(outcome)),
            Does::NotSent => return Reply::NotSent { why: "connection refused".to_owned() },
            Does::Late => return Reply::Late,
            Does::Hang => (Duration::MAX, Reply::Ended { why: Cut::TimedOut }),
            Does::Lose => {
                let detail = "the connection was reset".to_owned();
                return Reply::Unknown { why: Cut::ConnectionLost, detail };
            }
        };
        let in_time = length <= request.within;
        tokio::select! {
            () = self.clock.sleep(length.min(request.within)) => {
                if in_time { reply } else { Reply::Ended { why: Cut::TimedOut } }
            }
            () = cancel.cancelled() => {
                Reply::Unknown { why: Cut::Cancelled, detail: "it was cut off".to_owned() }
            }
        }
    }
}

/// People who say what they are told to, each question as it comes; nobody is there after that.
#[derive(Default)]
pub struct Script(pub Mutex<Vec<Decision>>);

impl Script {
    fn next(&self) -> Decision {
        let mut decisions = self.0.lock().unwrap();
        if decisions.is_empty() { Decision::Nobody } else { decisions.remove(0) }
    }
}

impl Operator for Script {
    fn approve<'a>(&'a self, _ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { self.next() })
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(async { self.next() })
    }
}

/// What a run is given besides its text.
pub struct Setting {
    pub files: Vec<(&'static str, &'static str)>,
    pub operator: Arc<dyn Operator>,
    pub journal: Arc<dyn Journal>,
    /// When it is told to stop.
    pub stops: Vec<Duration>,
    pub undo: Option<Vec<usize>>,
    /// They remember what was asked of them before.
    pub programs: Arc<Programs>,
    /// What is on record of the run.
    pub after: Vec<Event>,
    pub overrides: Vec<(&'static str, &'static str)>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            files: vec![],
            operator: Arc::new(NoOperator),
            journal: Arc::new(MemoryJournal::default()),
            stops: vec![],
            undo: None,
            programs: Arc::default(),
            after: vec![],
            overrides: vec![],
        }
    }
}

/// What became of a run.
pub struct Told {
    pub report: RunReport,
    pub events: Vec<Event>,
    pub sent: Vec<(String, String)>,
    pub most_at_a_time: usize,
    pub plan: Arc<Plan>,
    pub lasted: Duration,
}

/// Carries out a runbook's text with nothing but a virtual clock and the programs.
pub fn run(text: &str) -> Told {
    run_in(text, Setting::default())
}

pub fn run_in(text: &str, setting: Setting) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(carry_out(text, setting))
}

/// What the text makes of what is on record.
pub fn survey(text: &str, before: &[Event]) -> Vec<ChangedStep> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let plan = Arc::new(planned(text, &[]));
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        let programs = Arc::new(Programs::default());
        let place = Place { programs: Arc::clone(&programs), clock: Arc::clone(&clock) };
        let runner = Runner::new(RunId("r1".into()), plan, Arc::new(place), clock);
        let changes = runner.after(before).survey().await;
        assert!(programs.sent.lock().unwrap().is_empty(), "nothing is sent");
        changes
    })
}

async fn carry_out(text: &str, setting: Setting) -> Told {
    let plan = Arc::new(planned(text, &setting.files));
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
    let programs = setting.programs;
    let before = programs.sent.lock().unwrap().len();
    let place = Place { programs: Arc::clone(&programs), clock: Arc::clone(&clock) };
    let events = Arc::new(Mutex::new(Vec::new()));
    let (kept, stop) = (Arc::clone(&events), StopSignal::new());
    let mut runner = Runner::new(RunId("r1".into()), Arc::clone(&plan), Arc::new(place), Arc::clone(&clock))
        .operator(setting.operator)
        .journal(setting.journal)
        .events(Arc::new(move |event: &Event| kept.lock().unwrap().push(event.clone())))
        .stop(stop.clone());
    for (guard, reason) in setting.overrides {
        runner = runner.override_guard(guard, reason);
    }
    if !setting.after.is_empty() {
        runner = runner.after(&setting.after);
    }
    let (at_once, later): (Vec<Duration>, Vec<_>) = setting.stops.iter().partition(|at| at.is_zero());
    at_once.iter().for_each(|_| stop.stop("Ctrl-C"));
    let stopping = async {
        for at in later {
            clock.sleep(at.saturating_sub(clock.now())).await;
            stop.stop("Ctrl-C");
        }
        futures::future::pending::<()>().await;
    };
    // As a spawned task would have it.
    let running: BoxFuture<'_, RunReport> = match &setting.undo {
        Some(stages) => Box::pin(runner.undo(stages)),
        None => Box::pin(runner.execute()),
    };
    let report = tokio::select! { report = running => report, () = stopping => unreachable!() };
    let events = events.lock().unwrap().clone();
    Told {
        report,
        events,
        sent: programs.sent.lock().unwrap()[before..].to_vec(),
        most_at_a_time: programs.most_at_a_time.load(Ordering::SeqCst),
        plan,
        lasted: clock.now(),
    }
}

impl Told {
    /// What was sent, in order.
    pub fn commands(&self) -> Vec<&str> {
        self.sent.iter().map(|(_, shown)| shown.as_str()).collect()
    }

    pub fn succeeded(&self) -> &Self {
        assert_eq!(self.report.result, RunResult::Succeeded, "{}", self.failure());
        self
    }

    /// The failure as a tree of lines.
    pub fn failure(&self) -> String {
        let mut text = String::new();
        if let Some(failure) = &self.report.failure {
            write_failure(&mut text, failure, &self.plan.sources, 0);
        }
        text
    }

    /// Every event as a line: when, where, what.
    pub fn log(&self) -> String {
        let lines = self.events.iter().filter_map(|event| {
            let line = line(&event.kind)?;
            Some(format!("{:>6} {line}\n", format_duration(rounded(event.at))))
        });
        lines.collect()
    }
}

/// tokio's timers are right to the millisecond.
fn rounded(at: Duration) -> Duration {
    Duration::from_millis((at.as_millis() as u64 + 50) / 100 * 100)
}

fn write_failure(text: &mut String, failure: &Failure, sources: &Sources, depth: usize) {
    let mut put = |line: String| text.push_str(&format!("{}{line}\n", "  ".repeat(depth)));
    put(format!("{:?}: {}", failure.kind, failure.title));
    let place = sources.line_column(failure.span);
    let code = sources.slice(failure.span).lines().next().unwrap_or("");
    put(format!("  at {}:{} `{code}` {}", place.line, place.column, failure.label));
    for (name, value) in &failure.values {
        put(format!("  {name} = {value}"));
    }
    let frames: Vec<_> = failure.trail.iter().map(|frame| frame.text.as_str()).collect();
    if !frames.is_empty() {
        put(format!("  in {}", frames.join(" > ")));
    }
    if let Some(help) = &failure.help {
        put(format!("  help: {}", help.replace('\n', " / ")));
    }
    for cause in &failure.causes {
        write_failure(text, cause, sources, depth + 1);
    }
}

fn unit(result: &UnitResult) -> String {
    match result {
        UnitResult::Ok => "ok".to_owned(),
        UnitResult::Failed { failure } => format!("{:?}: {}", failure.kind, failure.title),
        UnitResult::Skipped => "skipped".to_owned(),
    }
}

fn line(kind: &EventKind) -> Option<String> {
    use EventKind as E;
    Some(match kind {
        E::RunStarted { .. } => return None,
        E::RunFinished { result, .. } => format!("run {result:?}"),
        E::RunResumed { by, .. } => format!("resumed by {by}"),
        E::TextAccepted { by, changes, .. } => format!("{by} accepted {}", changes.join("; ")),
        E::UndoBegan { by, stages } => format!("{by} undoes {stages:?}"),
        E::StepSettled { key, happened, by, .. } => format!("{key} settled by {by}: {happened}"),
        E::StopRequested { why } => format!("stop requested: {why}"),
        E::StageStarted { key, number, title } => format!("{key} stage {number} {title}"),
        E::StageFinished { key, result } => format!("{key} stage {}", unit(result)),
        E::UndoStarted { key, stage, .. } => format!("{key} undo of {stage}"),
        E::UndoFinished { key, result } => format!("{key} undo {}", unit(result)),
        E::ExplainStarted { key, .. } => format!("{key} explain"),
        E::StepIntended { key, effect, target, request, .. } => {
            format!("{key} {} on {target} {request}", effect.word())
        }
        E::StepFinished { key, result: StepResult::Ok { summary, .. } } => format!("{key} {summary}"),
        E::StepFinished { key, result: StepResult::Failed { failure, .. } } => {
            format!("{key} {:?}: {}", failure.kind, failure.title)
        }
        E::StepTurnedAway { key, status, wait } => {
            format!("{key} turned away with {status}, again in {}", format_duration(*wait))
        }
        E::StepOutput { .. } => return None,
        E::WaitStarted { key, title, within, every } => {
            format!("{key} wait {title}, {} every {}", format_duration(*within), format_duration(*every))
        }
        E::WaitPolled { key, tries, passed, needed, reason } => {
            format!("{key} polled {tries}: {passed}/{needed} {}", reason.as_deref().unwrap_or("passed"))
        }
        E::WaitFinished { key, result } => format!("{key} wait {}", unit(result)),
        E::RetryFailed { key, tries, of, reason } => format!("{key} try {tries} of {of}: {reason}"),
        E::PauseStarted { key, length, .. } => format!("{key} pause {}", format_duration(*length)),
        E::PauseFinished { key } => format!("{key} pause over"),
        E::LoopStarted { key, name, items, at_a_time } => {
            format!("{key} loop {name} over {} by {at_a_time}", items.join(" "))
        }
        E::PassStarted { key, .. } => format!("{key} pass"),
        E::PassFinished { key, result, .. } => format!("{key} pass {}", unit(result)),
        E::LoopFinished { key, result } => format!("{key} loop {}", unit(result)),
        E::AttemptFailed { key, reason, .. } => format!("{key} attempt failed: {reason}"),
        E::CleanedUp { .. } => return None,
        E::ApprovalAsked { key, text, needed, .. } => format!("{key} approve by {needed}? {text}"),
        E::ApprovalGiven { key, by, .. } => format!("{key} approved by {by}"),
        E::ApprovalRefused { key, by, .. } => format!("{key} refused by {by}"),
        E::ManualAsked { key, text } => format!("{key} manual? {text}"),
        E::ManualDone { key, by } => format!("{key} done by {by}"),
        E::NoteWritten { key, text } => format!("{key} note {text}"),
        E::Diagnosed { key, untold: Some(why), condition, .. } => format!("{key} untold {condition}: {why}"),
        E::Diagnosed { key, applies, cause, fix, .. } => format!("{key} diagnosed {applies}: {cause} {fix}"),
        E::ChecklistStarted { key, title } => format!("{key} checklist {title}"),
        E::ItemChecked { key, title, result, .. } => format!("{key} item {title} {}", unit(result)),
        E::ChecklistFinished { key, result } => format!("{key} checklist {}", unit(result)),
        E::GuardOverridden { guard, by, reason } => format!("guard {guard} overridden by {by}: {reason}"),
        E::GuardAsked { key, guard, .. } => format!("{key} guard? {guard}"),
        E::GuardAnswered { key, denied, reason, .. } => {
            format!("{key} guard {}: {reason}", if *denied { "denied" } else { "passed" })
        }
        E::InvariantFailed { title, failures, tolerated, reason } => {
            let tolerated = tolerated.map_or("all".to_owned(), |tolerated| tolerated.to_string());
            format!("invariant {title} failed {failures}, tolerated {tolerated}: {reason}")
        }
        E::InvariantRecovered { title } => format!("invariant {title} recovered"),
        E::InvariantBroken { title, reason, failures, since, .. } => {
            let since = format_duration(rounded(*since));
            format!("invariant {title} broken, {failures} in a row since {since}: {reason}")
        }
        E::InvariantSlow { title, took, every } => {
            let (took, every) = (format_duration(rounded(*took)), format_duration(*every));
            format!("invariant {title} took {took}, more than {every}")
        }
    })
}
