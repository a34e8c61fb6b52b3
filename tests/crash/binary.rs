//! The real binary: killed at random moments, resumed by two at once, and stopped past its lease.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rutter::event::Event;
use rutter::ids::RunId;
use rutter::journal::store::Store;

use crate::Explored;
use crate::judge;
use crate::marks::{self, Tally};
use crate::process::{self, Workers};

const RUTTER: &str = env!("CARGO_BIN_EXE_rutter");
const TRIALS: usize = 30;
/// Longer than all of it takes even on a machine that is busy: only a hang is cut off.
const HANG: Duration = Duration::from_secs(120);

/// Long enough for two to meet, with a mark before and after.
const LONG: &str = r#"runbook "Long"

target here = local

stage "Hold" {
  once on here $ echo first >> marks
  run on here $ sleep 2
  run on here $ sleep 9
  once on here $ echo second >> marks
  run on here $ echo third >> marks
}
"#;

/// A home of its own for one trial.
struct Home(PathBuf);

/// A `rutter` under way, and where it writes.
struct Running {
    child: Child,
    said: PathBuf,
}

struct Ended {
    /// None: it was killed.
    code: Option<i32>,
    said: String,
}

/// Kills `rutter run` and then `rutter resume` at random moments.
pub fn random_kills(name: &str, folder: &Path, only: Option<&str>) -> Explored {
    let trials = (1..=TRIALS).filter(|trial| only.is_none_or(|only| trial.to_string() == only));
    in_workers(trials.map(|trial| {
        let home = Home(folder.join(format!("{name}-{trial}")));
        (format!("{name} {trial}"), move || home.killed_at_random(trial))
    }))
}

/// Two resume one run; one is stopped past its lease.
pub fn rivals(name: &str, folder: &Path, only: Option<&str>) -> Explored {
    let home = |part: &str| Home(folder.join(format!("{name}-{part}")));
    let (two, stopped) = (home("two"), home("stopped"));
    type Work = Box<dyn FnOnce() -> Result<(), String>>;
    let both: [(String, Work); 2] = [
        (format!("{name} two"), Box::new(move || two.two_at_once())),
        (format!("{name} stopped"), Box::new(move || stopped.stopped_past_its_lease())),
    ];
    in_workers(both.into_iter().filter(|(name, _)| only.is_none_or(|only| name.ends_with(only))))
}

fn in_workers<W: FnOnce() -> Result<(), String>>(all: impl Iterator<Item = (String, W)>) -> Explored {
    let mut workers = Workers::new(2);
    let mut number = 0;
    for (what, work) in all {
        workers.make_room();
        let pid = process::in_child(|| match work() {
            Ok(()) => 0,
            Err(why) => {
                println!("{what}: {why}");
                1
            }
        });
        workers.began(pid, what);
        number += 1;
    }
    workers.all_end();
    Explored { points: workers.fine, of: number }
}

impl Home {
    fn enter(&self, runbook: &str) {
        marks::enter(&self.0);
        std::fs::write("a.runbook", runbook).unwrap();
    }

    fn leave(&self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }

    fn killed_at_random(&self, trial: usize) -> Result<(), String> {
        self.enter(&without_manual(&std::fs::read_to_string(marks::RUNBOOK).unwrap()));
        let mut chance = Chance((trial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut finished = Vec::new();
        for life in 0..6 {
            let before = record()?;
            finished.push((before.len(), judge::ended(&before)));
            let mut running = go_on(life)?;
            if life < 3 {
                // The whole takes a second or two; late kills and none at all are part of it.
                std::thread::sleep(Duration::from_millis(chance.below(900)));
                running.child.kill().unwrap();
            }
            let ended = running.ended()?;
            match ended.code {
                Some(0) => break,
                None => {}
                Some(_) => return Err(format!("it ended with {:?}:\n{}", ended.code, ended.said)),
            }
        }
        self.check(&finished)
    }

    fn check(
        &self,
        finished: &[(usize, std::collections::BTreeSet<rutter::ids::StepKey>)],
    ) -> Result<(), String> {
        let events = record()?;
        judge::said_once(&events)?;
        for (from, ended) in finished {
            judge::not_repeated(ended, marks::intended(&events[*from..]))?;
        }
        let tally = Tally::settled();
        for once in marks::ONCE {
            tally.expect(once, 1..=1)?;
        }
        for run in marks::RUN {
            tally.expect(run, 1..=4)?;
        }
        marks::number_is_the_same(marks::Task::Procedure)?;
        self.leave();
        Ok(())
    }

    /// A run whose runner was killed while it held on.
    fn left_behind(&self) -> Result<(), String> {
        let mut first = rutter("run", &["a.runbook"], "run");
        until("the first mark", || Tally::read().of("first") == 1)?;
        first.child.kill().unwrap();
        first.ended()?;
        Ok(())
    }

    fn two_at_once(&self) -> Result<(), String> {
        self.enter(LONG);
        self.left_behind()?;
        let name = the_run()?.ok_or("no run is on record")?;
        let both = ["one", "other"].map(|said| rutter("resume", &[&name], said));
        let [one, other] = both.map(Running::ended);
        let (one, other) = (one?, other?);
        let (winner, loser) = if one.code == Some(0) { (one, other) } else { (other, one) };
        if (winner.code, loser.code) != (Some(0), Some(3)) {
            return Err(format!(
                "one must win:\n{:?} {}\n{:?} {}",
                winner.code, winner.said, loser.code, loser.said
            ));
        }
        says(&loser, "carried out by")?;
        self.check_long()
    }

    fn stopped_past_its_lease(&self) -> Result<(), String> {
        self.enter(LONG);
        let first = rutter("run", &["a.runbook"], "run");
        until("the first mark", || Tally::read().of("first") == 1)?;
        let pid = i32::try_from(first.child.id()).unwrap();
        process::send(pid, libc::SIGSTOP);
        let name = the_run()?.ok_or("no run is on record")?;
        let second = rutter("resume", &[&name], "resume").ended()?;
        if second.code != Some(0) {
            process::send(pid, libc::SIGKILL);
            return Err(format!("it was not taken over: {:?}\n{}", second.code, second.said));
        }
        let events = record()?;
        process::send(pid, libc::SIGCONT);
        let late = first.ended()?;
        if late.code != Some(3) {
            return Err(format!("whoever lost its lease must say so: {:?}\n{}", late.code, late.said));
        }
        says(&late, "is lost")?;
        if record()? != events {
            return Err("its late write was taken".to_owned());
        }
        self.check_long()
    }

    fn check_long(&self) -> Result<(), String> {
        let events = record()?;
        judge::said_once(&events)?;
        let tally = Tally::settled();
        tally.expect("first", 1..=1)?;
        tally.expect("second", 1..=1)?;
        tally.expect("third", 1..=1)?;
        self.leave();
        Ok(())
    }
}

fn says(ended: &Ended, words: &str) -> Result<(), String> {
    match ended.said.contains(words) {
        true => Ok(()),
        false => Err(format!("`{words}` is not said:\n{}", ended.said)),
    }
}

/// Begins the run, or goes on with it.
fn go_on(life: usize) -> Result<Running, String> {
    let said = format!("said-{life}");
    let yes = ["--approve", "Go on with it?"];
    Ok(match the_run()? {
        Some(name) => rutter("resume", &[&name, yes[0], yes[1]], &said),
        None => rutter("run", &["a.runbook", yes[0], yes[1]], &said),
    })
}

fn rutter(command: &str, args: &[&str], said: &str) -> Running {
    let said = PathBuf::from(format!("{said}.txt"));
    let file = File::create(&said).unwrap();
    let mut rutter = Command::new(RUTTER);
    rutter.arg(command).args(args).args(["--store", "runs.db"]).stdin(Stdio::null());
    rutter.env("XDG_STATE_HOME", std::fs::canonicalize(".").unwrap().join("state"));
    rutter.stdout(file.try_clone().unwrap()).stderr(file);
    Running { child: rutter.spawn().unwrap(), said }
}

impl Running {
    fn ended(mut self) -> Result<Ended, String> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let said = std::fs::read_to_string(&self.said).unwrap();
                return Ok(Ended { code: status.code(), said });
            }
            if since.elapsed() > HANG {
                self.child.kill().unwrap();
                return Err(format!("it hangs:\n{}", std::fs::read_to_string(&self.said).unwrap()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), String> {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > HANG {
            return Err(format!("{what} never came"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The only run of the store, if it was begun.
fn the_run() -> Result<Option<String>, String> {
    let Some(store) = opened()? else { return Ok(None) };
    let runs = store.runs().map_err(|error| error.to_string())?;
    Ok(runs.first().map(|run| run.run.to_string()))
}

/// Its record, whole; nothing when there is none.
fn record() -> Result<Vec<Event>, String> {
    let (Some(store), Some(name)) = (opened()?, the_run()?) else { return Ok(Vec::new()) };
    let run = RunId(name.into());
    let events = store.verify(&run).and_then(|_| store.events(&run, 0));
    events.map_err(|error| error.to_string())
}

fn opened() -> Result<Option<Store>, String> {
    Store::existing(Path::new("runs.db")).map_err(|error| error.to_string())
}

/// Nobody sits at a terminal.
fn without_manual(text: &str) -> String {
    text.replace("  manual \"Look at the marks.\" {\n    check on here $ grep -q number= marks\n  }\n", "")
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
