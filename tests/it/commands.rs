//! Commands that end Docker's daemon, in every spelling, and harmless ones that look alike.
//!
//! `tests/fixtures/commands/FAMILY.txt` holds them: `deny COMMAND` or `pass COMMAND`, further lines
//! of a command after blanks and `| `. Each is sent to a guarded target by the real engine.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use rutter::backend::{Backend, Reply, Request};
use rutter::clock::Clock;
use rutter::event::RunResult;
use rutter::ids::RunId;
use rutter::plan::{Inputs, plan};
use rutter::resolve::{Loader, Subject, resolve};
use rutter::run::Runner;
use rutter::value::{CommandOutcome, Outcome};
use rutter::world::VirtualClock;
use tokio_util::sync::CancellationToken;

/// A command of the corpus.
#[derive(Debug)]
pub struct Entry {
    pub text: String,
    pub dangerous: bool,
}

/// The corpus of a family of shells.
pub fn corpus(family: &str) -> Vec<Entry> {
    let path = Path::new("tests/fixtures/commands").join(format!("{family}.txt"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if let Some(more) = line.strip_prefix(' ').and_then(|line| line.trim_start().strip_prefix('|')) {
            let last = entries.last_mut().unwrap();
            last.text += &format!("\n{}", more.strip_prefix(' ').unwrap_or(more));
            continue;
        }
        let (word, text) = line.split_once(' ').unwrap_or((line, ""));
        assert!(matches!(word, "deny" | "pass"), "`{line}` begins with neither `deny` nor `pass`");
        entries.push(Entry { text: text.to_owned(), dangerous: word == "deny" });
    }
    entries
}

struct Files(HashMap<&'static str, String>);

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        let found = self.0.iter().find(|(name, _)| path.ends_with(name));
        found.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

/// A host that does whatever it is told.
#[derive(Default)]
struct Willing {
    sent: AtomicUsize,
}

impl Backend for Willing {
    fn perform<'a>(&'a self, _: &'a Request, _: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Reply::Answered(Outcome::Command(CommandOutcome::default())) })
    }
}

/// Whether a guard on the restarts of Docker keeps a command from being sent.
pub fn is_denied(command: &str, shell: &str) -> bool {
    let text = format!(
        "runbook \"T\"\nuse std.docker\ntarget worker = ssh \"w\", shell {shell}\n\
         guard \"never restart docker\" on worker {{ forbid docker.restarts }}\n\
         stage \"S\" {{\n  run on worker $ {}\n}}\n",
        typed(command)
    );
    let files = Files(HashMap::from([("t.runbook", text)]));
    let resolution = resolve(Path::new("t.runbook"), &files);
    let Some(Subject::Runbook(runbook)) = resolution.subject else { panic!("{:#?}", resolution.findings) };
    let plan = plan(runbook, resolution.sources, &Inputs::default(), &files);
    let plan = Arc::new(plan.unwrap_or_else(|rejected| panic!("{command}: {:#?}", rejected.findings)));
    let host = Arc::new(Willing::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at_once());
        Runner::new(RunId("r1".into()), plan, Arc::clone(&host) as Arc<dyn Backend>, clock).execute().await
    });
    let denied = report.result == RunResult::Denied;
    assert_eq!(denied, host.sent.load(Ordering::SeqCst) == 0, "{command}: {report:?}");
    denied
}

/// The command as a runbook has it: one line, or a script.
fn typed(command: &str) -> String {
    match command.contains('\n') {
        true => format!("\"\"\"\n{command}\n\"\"\""),
        false => command.to_owned(),
    }
}

/// Holds the corpus of a family of shells against the guard and prints both rates.
fn hold(family: &str, shell: &str) {
    let (mut missed, mut annoyed, mut dangerous, mut harmless) = (Vec::new(), Vec::new(), 0, 0);
    for entry in corpus(family) {
        let denied = is_denied(&entry.text, shell);
        *(if entry.dangerous { &mut dangerous } else { &mut harmless }) += 1;
        match (entry.dangerous, denied) {
            (true, false) => missed.push(entry.text),
            (false, true) => annoyed.push(entry.text),
            (true, true) | (false, false) => {}
        }
    }
    let (caught, passed) = (dangerous - missed.len(), harmless - annoyed.len());
    println!(
        "{shell}: {caught} of {dangerous} dangerous commands denied, {passed} of {harmless} harmless ones passed"
    );
    assert!(
        missed.is_empty() && annoyed.is_empty(),
        "{shell}: not denied:\n  {}\ndenied though harmless:\n  {}",
        missed.join("\n  "),
        annoyed.join("\n  ")
    );
}

#[test]
fn of_sh() {
    hold("sh", "bash");
}

#[test]
fn of_powershell() {
    hold("powershell", "powershell");
}

#[test]
fn of_cmd() {
    hold("cmd", "cmd");
}
