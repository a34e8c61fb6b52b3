//! `lab show`: short sessions with real hosts, each of one thing that rutter does. Each prints what was
//! done and what rutter answered, and fails if that isn't as it should be.

use std::fs;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use serde_json::Value;

use crate::place::{self, WEB1_LINUX};
use crate::run::Options;
use crate::scene::{self, Scene};
use crate::session::{self, Session};
use crate::slots::cancel;
use crate::system::{Result, output, wait_until};
use crate::{ground, machine, runner};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// A run is told to stop by SIGTERM, and goes on later
    Sigterm,
    /// Two people approve, each from a terminal of their own
    Approval,
    /// A guard denies a step
    Guard,
    /// A second run wants what a first one holds
    Lease,
    /// A swap of slots that is prepared is cancelled
    Cancel,
    /// All of the flagship's hosts: the first four
    All,
}

const FLAGSHIP: &str = "ha-windows-worker-rolling-reboot";

/// Shows one thing, or all.
pub fn show(what: What) -> Result {
    if what == What::Cancel {
        return cancel::show();
    }
    let scene = scene::find(FLAGSHIP)?;
    let scene = scene.as_ref();
    ground::up(scene)?;
    match what {
        What::Sigterm => sigterm(scene),
        What::Approval => approval(scene),
        What::Guard => guard(scene),
        What::Lease => lease(scene),
        What::Cancel => Ok(()),
        What::All => [sigterm, approval, guard, lease].iter().try_for_each(|show| show(scene)),
    }
}

fn sigterm(scene: &dyn Scene) -> Result {
    println!("== SIGTERM: the step under way is finished, no new one begins, and `resume` goes on");
    forget_shown()?;
    let (mut session, run) = begin(scene, "sigterm")?;
    await_state(scene, &run, "a step is under way", |state| !is_empty(&state["under_way"]))?;
    println!("$ kill -TERM …");
    session.signal("TERM")?;
    expect("rutter's exit code", &session.wait()?, &3)?;
    println!("{}", session.printed());
    expect("what was done on the host", &shown()?, &"first\n".to_owned())?;
    let (code, text) = rutter(scene, &["resume", &run])?;
    expect("rutter's exit code", &code, &0)?;
    holds(&text, "Second")?;
    expect("what was done on the host", &shown()?, &"first\nsecond\n".to_owned())
}

fn approval(scene: &dyn Scene) -> Result {
    println!("== Approvals from other terminals: two people must agree");
    forget_shown()?;
    let (mut session, run) = begin(scene, "approval")?;
    await_state(scene, &run, "a question is open", |state| !is_empty(&state["waiting"]))?;
    expect("ann's first yes", &rutter(scene, &["approve", &run, "--by", "ann"])?.0, &0)?;
    let heard = |state: &Value| !is_empty(&state["waiting"][0]["given"]);
    await_state(scene, &run, "ann's yes has arrived", heard)?;
    expect("ann's second yes", &rutter(scene, &["approve", &run, "--by", "ann"])?.0, &2)?;
    expect("what was done on the host", &shown()?, &String::new())?;
    expect("bob's yes", &rutter(scene, &["approve", &run, "--by", "bob", "--reason", "window"])?.0, &0)?;
    expect("rutter's exit code", &session.wait()?, &0)?;
    println!("{}", session.printed());
    expect("what was done on the host", &shown()?, &"agreed\n".to_owned())?;
    let (_, log) = rutter(scene, &["log", &run])?;
    ["ann", "bob"].iter().try_for_each(|name| holds(&log, name))
}

fn guard(scene: &dyn Scene) -> Result {
    println!("== A guard denies: docker must not be restarted while a reboot is pending");
    // A run before may have rebooted the worker: at the start an update is staged.
    scene.reset(&Options::default())?;
    let (mut session, _) = begin(scene, "guard")?;
    expect("rutter's exit code", &session.wait()?, &4)?;
    let text = session.printed();
    println!("{text}");
    holds(&text, "never restart docker when RebootPending")?;
    holds(&text, "Reboot the OS instead")
}

fn lease(scene: &dyn Scene) -> Result {
    println!("== A lease: the flagship wants WEB1 while another run holds it");
    let (mut session, run) = begin(scene, "lease")?;
    await_state(scene, &run, "a question is open", |state| !is_empty(&state["waiting"]))?;
    rutter(scene, &["locks"])?;
    let (file, params) = (format!("runbooks/{FLAGSHIP}.runbook"), format!("runbooks/{FLAGSHIP}.params.yaml"));
    let (code, text) = rutter(scene, &["run", &file, "--params", &params])?;
    expect("rutter's exit code", &code, &3)?;
    holds(&text, "vm-pair WEB1")?;
    holds(&text, &run)?;
    expect("ann's yes", &rutter(scene, &["approve", &run, "--by", "ann"])?.0, &0)?;
    expect("rutter's exit code", &session.wait()?, &0)?;
    println!("{}", session.printed());
    Ok(())
}

/// Starts a runbook of the shows at a terminal; gives its session, and the name of its run.
fn begin(scene: &dyn Scene, name: &str) -> Result<(Session, String)> {
    let file = format!("examples/lab/shows/{name}.runbook");
    println!("$ rutter run {file}");
    let before = session::latest(scene)?;
    let log = format!("show-{name}");
    let _ = fs::remove_file(place::log(&log));
    let session = Session::start(scene, &log, &["run", &file])?;
    let mut run = None;
    wait_until("a run", Duration::from_secs(20), || {
        run = session::latest(scene)?.filter(|run| Some(run) != before.as_ref());
        Ok(run.is_some())
    })?;
    Ok((session, run.unwrap_or_default()))
}

/// Carries `rutter` out from another terminal, prints what it says, and gives it with its exit code.
pub fn rutter(scene: &dyn Scene, words: &[&str]) -> Result<(i32, String)> {
    println!("$ rutter {}", words.join(" "));
    let output = runner::rutter(scene).args(words).output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    println!("{text}");
    Ok((output.status.code().unwrap_or(-1), text))
}

fn await_state(scene: &dyn Scene, run: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Result {
    wait_until(what, Duration::from_secs(30), || Ok(is_so(&session::show(scene, run)?)))
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

fn forget_shown() -> Result {
    output(on_web1().args(["rm", "-f", SHOWN])).map(drop)
}

fn shown() -> Result<String> {
    output(on_web1().args(["sh", "-c", &format!("cat {SHOWN} 2>/dev/null || true")]))
}

/// Where the shows' runbooks leave their marks on the host.
const SHOWN: &str = "/home/ops/shown";

fn on_web1() -> Command {
    machine::enter(WEB1_LINUX)
}

pub fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Result {
    println!("-- {what}: {is:?}");
    if is == should_be { Ok(()) } else { Err(format!("{what} should be {should_be:?}").into()) }
}

fn holds(text: &str, part: &str) -> Result {
    if text.contains(part) { Ok(()) } else { Err(format!("it should say `{part}`").into()) }
}
