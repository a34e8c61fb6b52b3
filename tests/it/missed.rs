//! What would be missed of each shipped runbook.
//!
//! `tests/fixtures/missed/NAME.txt` is what `rutter test runbooks/worlds/NAME.world --safeguards` says, in a release build. Here every line of
//! it is carried out, and each safeguard of the runbook must stand there.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Mutex;

use rutter::rehearse::faults::{NotTakenOut, Without};

use crate::faults::Disk;

const FOLDER: &str = "tests/fixtures/missed";

/// What no world can expose, and why.
const COVERED: [(&str, &str); 6] = [
    (
        "guard \"never restart docker when RebootPending\" on worker",
        "the runbook does nothing that it forbids: tests/fixtures/safeguards has who does",
    ),
    (
        "guard \"never from production's side\" on arm",
        "the runbook asks nothing from there: tests/fixtures/safeguards has who does",
    ),
    ("assert pending", "without it that guard denies always, and nothing is asked of it"),
    (
        "ha-windows-worker-rolling-reboot.runbook:252 look: cloudflare.wait_connections(edge, tenant.tunnel, 8)",
        "the undo of the stage before, which comes next, waits for the same",
    ),
    (
        "graceful-restart-deploy.runbook:346 done when",
        "while the builder holds the claim of the command, it tells the same: this is for when it does not any more",
    ),
    (
        "graceful-restart-deploy.runbook:348 assert now.latest != old.latest",
        "it is all that this `done when` asks",
    ),
];

/// One line that shows that a safeguard is gone.
struct Shown {
    safeguard: String,
    /// What it says is broken, or missed.
    said: String,
    line: String,
}

impl Shown {
    /// `guard@7` of it.
    fn spot(&self) -> &str {
        let (_, rest) = self.line.split_once(" --without ").unwrap();
        rest.split(' ').next().unwrap()
    }

    /// With the safeguard in its place.
    fn sound(&self) -> String {
        self.line.replacen(&format!(" --without {}", self.spot()), "", 1)
    }

    /// Fails where the two say the same, or not what they should.
    fn is_true(&self) -> Result<(), String> {
        let (code, text) = played(&self.line);
        let is_harm = self.said.contains("is broken:") || self.said.contains("is not met:");
        if code != Some(i32::from(is_harm)) {
            return Err(format!("{}\nends with {code:?}:\n{text}", self.line));
        }
        if !is_harm {
            let (code, sound) = played(&self.sound());
            if code != Some(0) || sound == text {
                return Err(format!("{}\nsays the same with it, or fails:\n{sound}", self.line));
            }
        }
        Ok(())
    }
}

fn played(line: &str) -> (Option<i32>, String) {
    let shell = line.replacen("rutter", env!("CARGO_BIN_EXE_rutter"), 1);
    let output = Command::new("sh").args(["-c", &shell]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The lines that show something, and the safeguards that nothing misses.
fn read(table: &str) -> (Vec<Shown>, Vec<String>) {
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    let mut shown = Vec::new();
    for window in lines.windows(3).filter(|window| window[2].starts_with("rutter test ")) {
        let [safeguard, said, line] = [0, 1, 2].map(|at| window[at].to_owned());
        shown.push(Shown { safeguard, said, line });
    }
    let unexposed =
        lines.windows(2).filter(|window| window[1].contains("without which the procedure still passes"));
    (shown, unexposed.map(|window| window[0].to_owned()).collect())
}

/// The safeguards of a world's runbook, as the message says that names them all.
fn safeguards(world: &str) -> BTreeSet<String> {
    let none = "guard@999999".parse().unwrap();
    match Without::of(world.as_ref(), none, &Disk) {
        Err(NotTakenOut::NotThere { there, .. }) => there.split(", ").map(str::to_owned).collect(),
        other => panic!("{world}: {other:?}"),
    }
}

fn all_true(shown: &[Shown]) -> Vec<String> {
    let (next, wrong) = (Mutex::new(shown.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(|| {
                while let Some(one) = { next.lock().unwrap().next() } {
                    if let Err(why) = one.is_true() {
                        wrong.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
#[ignore = "takes minutes; a step of .ci/run"]
fn each_safeguard_of_the_shipped_runbooks_is_missed() {
    let mut names: Vec<_> =
        fs::read_dir("runbooks/worlds").unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() > 4, "{names:?}");
    for world in names {
        let name = world.file_stem().unwrap().to_str().unwrap();
        let table = fs::read_to_string(format!("{FOLDER}/{name}.txt")).unwrap();
        let (shown, unexposed) = read(&table);
        for one in &shown {
            println!("{}\n    {}\n    {}", one.safeguard, one.said, one.line);
        }
        for safeguard in &unexposed {
            let covered = COVERED.iter().find(|(covered, _)| safeguard.ends_with(covered));
            let (_, why) = covered.unwrap_or_else(|| panic!("nothing misses {safeguard}"));
            println!("{safeguard}\n    {why}");
        }
        let spots: BTreeSet<_> = shown.iter().map(|one| one.spot().to_owned()).collect();
        let there = safeguards(world.to_str().unwrap());
        let missing: Vec<_> = there.difference(&spots).collect();
        assert_eq!(missing.len(), unexposed.len(), "{name}: not in the table: {missing:?}");
        assert!(spots.is_subset(&there), "{name}: not in the runbook: {:?}", spots.difference(&there));
        let wrong = all_true(&shown);
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n\n"));
        println!("{name}: {} safeguards, {} shown by a line\n", there.len(), shown.len());
    }
}
