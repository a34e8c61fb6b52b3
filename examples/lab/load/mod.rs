//! The load: requests that are due at a steady rate, whether or not those before have been answered
//! (an open loop), each answer checked, and a report of it all.
//!
//! What is measured is what a client would have seen. The time of an answer counts from when its request
//! was due, so that a stall shows in every request that it held up. A late answer, a broken connection, a
//! wrong status, a wrong word in the body: each is a failure, and no request is sent a second time. One thing
//! is no failure: a kept connection that the server had closed before anything was sent on it
//! is opened anew, as every client does; the time that this takes counts.
//!
//! What is asked is a [`Plan`], as a file of JSON; what came of it are a line of JSON a second, and
//! a [`Report`], as JSON and as text.

mod client;
mod plan;
mod record;
mod report;
mod schedule;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use rutter::backend::SystemClock;
use rutter::clock::Clock;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use client::Client;
pub use plan::{Plan, Target, Witness};
use record::Record;
pub use report::Report;
use schedule::Schedule;

/// `lab part load`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to ask for: a plan, in JSON
    #[arg(long)]
    pub plan: PathBuf,
}

/// Carries out a plan until it is over or SIGTERM or SIGINT comes, and writes its report.
pub async fn run(args: Args) -> io::Result<()> {
    let plan: Plan = serde_json::from_slice(&std::fs::read(&args.plan)?)?;
    let (end, ended) = watch::channel(false);
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        end.send_replace(true);
        std::future::pending().await
    };
    let report = tokio::select! {
        report = carry_out(&plan, ended) => report?,
        () = told => return Ok(()),
    };
    writeln!(io::stdout(), "{report}")
}

/// Carries out a plan until it is over or `ended` holds. The report is also written to its folder.
pub async fn carry_out(plan: &Plan, ended: watch::Receiver<bool>) -> io::Result<Report> {
    std::fs::create_dir_all(&plan.folder)?;
    let lines = File::create(plan.lines())?;
    let clients = plan.targets.iter().map(|target| Client::new(target, plan).map(Rc::new));
    let clients: Vec<Rc<Client>> = clients.collect::<io::Result<_>>()?;
    let record = Rc::new(RefCell::new(Record::new(&plan.targets, SystemClock::new().wall())));
    let local = LocalSet::new();
    local.run_until(drive(plan, &clients, &record, lines, ended)).await?;
    let report = record.borrow().report(plan.rate);
    report.write(plan)?;
    Ok(report)
}

/// Asks at the plan's rate, then waits for what is in flight.
async fn drive(
    plan: &Plan,
    clients: &[Rc<Client>],
    record: &Rc<RefCell<Record>>,
    lines: File,
    mut ended: watch::Receiver<bool>,
) -> io::Result<()> {
    let start = Instant::now();
    let seconds = tokio::task::spawn_local(tell(Rc::clone(record), lines, start));
    tokio::select! {
        () = issue(plan, clients, record, start) => {}
        _ = ended.wait_for(|ended| *ended) => {}
    }
    while record.borrow().in_flight() > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    record.borrow_mut().finish(start.elapsed());
    seconds.abort();
    Ok(())
}

/// Starts each request when it is due.
async fn issue(plan: &Plan, clients: &[Rc<Client>], record: &Rc<RefCell<Record>>, start: Instant) {
    for (after, target) in Schedule::new(plan.rate, clients.len(), plan.seconds) {
        let due = start + after;
        sleep_until(due).await;
        record.borrow_mut().started(due.elapsed());
        let (client, record) = (Rc::clone(&clients[target]), Rc::clone(record));
        let limit = due + plan.timeout();
        tokio::task::spawn_local(async move {
            let outcome = client.ask(limit).await;
            record.borrow_mut().ended(target, start.elapsed(), due.elapsed(), outcome);
        });
    }
}

/// Writes a line a second.
async fn tell(record: Rc<RefCell<Record>>, mut lines: File, start: Instant) -> io::Result<()> {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    seconds.tick().await;
    loop {
        seconds.tick().await;
        let line = record.borrow_mut().second(start.elapsed());
        writeln!(lines, "{line}")?;
    }
}
