//! `lab run`: brings a scene to its start, begins the load, carries the runbook out, answers what it
//! asks, ends the load, and tells what came of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::scene::{Measure, Scene};
use crate::session::{Session, latest, rutter};
use crate::system::Result;
use crate::{ground, people, place, session};

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Kill the runner (SIGKILL) at so many random moments, and resume the run each time
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub kill: usize,
    /// The seed of the random moments; else a new one, which is told
    #[arg(long)]
    pub seed: Option<u64>,
    /// Take the safeguards out of a copy of the runbook: then requests must fail
    #[arg(long)]
    pub without_safeguards: bool,
    /// Let the step on this host fail, where the scene knows how: the run must fail, and no request
    #[arg(long, value_name = "HOST")]
    pub failing: Option<String>,
    /// Requests a second, over all tenants
    #[arg(long, default_value_t = 300)]
    pub rate: u32,
    /// What goes wrong on the way, in a scene that has such turns
    #[arg(long, value_name = "NAME")]
    pub turn: Option<String>,
    /// How many tenants, of those in the shipped params
    #[arg(long, value_name = "N")]
    pub tenants: Option<usize>,
    #[command(flatten)]
    pub settings: crate::settings::Options,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            kill: 0,
            seed: None,
            without_safeguards: false,
            failing: None,
            rate: 300,
            turn: None,
            tenants: None,
            settings: Default::default(),
        }
    }
}

/// How a run ended.
struct Ended {
    code: i32,
    kills: usize,
}

/// Carries the scene's runbook out under load. Succeeds only if the run ended as it should and, with its
/// safeguards, no request failed.
pub fn run(scene: &dyn Scene, options: &Options) -> Result<ExitCode> {
    println!("lab: bringing the scene of {} to its start", scene.runbook());
    session::end_all();
    ground::up(scene)?;
    scene.reset(options)?;
    let runbook = runbook(scene, options)?;
    scene.begin_load(options)?;
    sleep(Duration::from_secs(3));
    let ended = carry_out(scene, options, &runbook);
    // What the last step did is to show in the load, too.
    sleep(Duration::from_secs(5));
    let measure = scene.end_load()?;
    judge(scene, options, &ended?, measure)
}

/// The shipped runbook; or a copy of it, without its safeguards.
fn runbook(scene: &dyn Scene, options: &Options) -> Result<PathBuf> {
    let name = format!("{}.runbook", scene.runbook());
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(&name);
    if !options.without_safeguards {
        return Ok(shipped);
    }
    let copy = place::path("without-safeguards").join(&name);
    fs::create_dir_all(place::path("without-safeguards"))?;
    println!("lab: taken out of the runbook:\n{}", scene.safeguards().trim_end());
    fs::write(&copy, patched(&fs::read_to_string(shipped)?, scene.safeguards())?)?;
    Ok(copy)
}

/// The text with a diff applied. Every part of the diff must fit at one place, and only there.
fn patched(text: &str, diff: &str) -> Result<String> {
    let mut text = text.to_owned();
    for hunk in diff.split("\n@@").skip(1) {
        let lines: Vec<&str> = hunk.lines().skip(1).filter(|line| !line.is_empty()).collect();
        let side = |other: char| -> String {
            let kept = lines.iter().filter(|line| !line.starts_with(other));
            kept.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (old, new) = (side('+'), side('-'));
        if text.matches(&old).count() != 1 {
            return Err(format!("this does not fit the runbook:\n{old}").into());
        }
        text = text.replace(&old, &new);
    }
    Ok(text)
}

/// Carries the runbook out to its end, whoever is killed on the way.
fn carry_out(scene: &dyn Scene, options: &Options, runbook: &Path) -> Result<Ended> {
    let mut moments = moments(scene, options);
    let begun = Instant::now();
    let mut words = vec!["run".to_owned(), runbook.display().to_string()];
    for params in params(scene, options)? {
        words.extend(["--params".to_owned(), params.display().to_string()]);
    }
    let before = latest(scene)?;
    let mut kills = 0;
    let mut shown = 0;
    let log = format!("rutter-{}", scene.runbook());
    let _ = fs::remove_file(place::log(&log));
    loop {
        let mut session = Session::start(scene, &log, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        let kill_at = moments.first().map(|moment| begun + *moment);
        let (code, killed) = attend(scene, &mut session, before.as_deref(), kill_at, &mut shown)?;
        let run = latest(scene)?.filter(|run| Some(run.as_str()) != before.as_deref());
        let run = run.ok_or_else(|| format!("no run came of it:\n{}", session.printed()))?;
        if killed {
            moments.remove(0);
            kills += 1;
            println!("lab: killed the runner after {} s (SIGKILL {kills})", begun.elapsed().as_secs());
        } else if code != 3 || !people::settle(scene, &run)? {
            remember(scene, options, code, begun.elapsed());
            println!("lab: rutter ended with {code} after {} s", begun.elapsed().as_secs());
            rutter(scene, &["verify", &run])?;
            return Ok(Ended { code, kills });
        }
        words = vec!["resume".to_owned(), run];
        println!("lab: rutter {}", words.join(" "));
    }
}

/// Stays with a session until it ends, and shows what it prints and answers what it asks; ends it with
/// SIGKILL when its moment comes.
fn attend(
    scene: &dyn Scene,
    session: &mut Session,
    before: Option<&str>,
    kill_at: Option<Instant>,
    shown: &mut usize,
) -> Result<(i32, bool)> {
    let mut looked = Instant::now();
    loop {
        let code = session.ended()?;
        print_new(session, shown);
        if let Some(code) = code {
            return Ok((code, false));
        }
        let until = kill_at.map(|moment| moment.saturating_duration_since(Instant::now()));
        if until == Some(Duration::ZERO) && session.signal("KILL").is_ok() {
            let code = session.wait()?;
            return Ok((code, true));
        }
        if looked.elapsed() > Duration::from_secs(2) {
            if let Some(run) = latest(scene)?.filter(|run| Some(run.as_str()) != before) {
                people::answer(scene, &run)?;
            }
            looked = Instant::now();
        }
        sleep(until.unwrap_or(Duration::MAX).min(Duration::from_millis(500)));
    }
}

fn print_new(session: &Session, shown: &mut usize) {
    let printed = session.printed();
    print!("{}", printed.get(*shown..).unwrap_or_default());
    *shown = printed.len();
}

/// The shipped params, then those of the scene.
fn params(scene: &dyn Scene, options: &Options) -> Result<Vec<PathBuf>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let shipped = shipped.join(format!("{}.params.yaml", scene.runbook()));
    Ok([vec![shipped], scene.params(options)?].concat())
}

/// When to kill the runner, counted from the beginning: random moments in the time that the last run took.
fn moments(scene: &dyn Scene, options: &Options) -> Vec<Duration> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |now| now.as_secs());
    let seed = options.seed.unwrap_or(now);
    let length = fs::read_to_string(length_file(scene)).ok().and_then(|text| text.trim().parse::<u64>().ok());
    let length = length.unwrap_or(120) * 9 / 10;
    let mut state = seed;
    let mut moments: Vec<Duration> = (0..options.kill)
        .map(|_| Duration::from_millis(3000 + random(&mut state) % (length.max(10) * 1000)))
        .collect();
    moments.sort();
    if !moments.is_empty() {
        let list: Vec<String> =
            moments.iter().map(|moment| format!("{:.1} s", moment.as_secs_f64())).collect();
        println!("lab: will kill the runner after {} (--seed {seed}, of {length} s)", list.join(", "));
    }
    moments
}

/// The next of a series of numbers that look like chance (SplitMix64).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Keeps how long a run took that nothing disturbed.
fn remember(scene: &dyn Scene, options: &Options, code: i32, took: Duration) {
    if code == 0 && options.kill == 0 && !options.without_safeguards {
        let _ = fs::write(length_file(scene), took.as_secs().to_string());
    }
}

fn length_file(scene: &dyn Scene) -> PathBuf {
    place::path(&format!("seconds-{}", scene.runbook()))
}

/// What a run comes to: the exit code of the lab, after its report.
fn judge(scene: &dyn Scene, options: &Options, ended: &Ended, measure: Option<Measure>) -> Result<ExitCode> {
    let mut wrong = vec![];
    if let Some(measure) = &measure {
        println!("{}", measure.report.trim_end());
        let failed = measure.failures > 0;
        if measure.requests == 0 {
            wrong.push("no request was sent".to_owned());
        }
        if failed && !options.without_safeguards {
            wrong.push(format!("{} of {} requests failed", measure.failures, measure.requests));
        }
        if !failed && options.without_safeguards {
            wrong.push("no request failed, though the safeguards were taken out".to_owned());
        }
    }
    if !options.without_safeguards {
        let wanted = i32::from(options.failing.is_some()).max(scene.ends_with(options));
        if ended.code != wanted {
            wrong.push(format!("rutter ended with {}, not {wanted}", ended.code));
        } else if let Err(error) = scene.verify(options) {
            wrong.push(error.to_string());
        }
        if ended.kills != options.kill {
            wrong.push(format!("the runner was killed {} times, not {}", ended.kills, options.kill));
        }
    }
    for line in &wrong {
        println!("lab: not as it should be: {line}");
    }
    if wrong.is_empty() {
        println!("lab: as it should be");
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
