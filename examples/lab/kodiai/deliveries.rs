//! The webhooks of GitHub: one every now and then, and sent again until it is answered with 2xx.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::hop::{Question, Upstream};
use crate::place::CLOUD;

/// `lab part deliveries`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// How many a second
    #[arg(long)]
    pub rate: u32,
    /// Seconds that the review takes which the first one asks for; 0 for none
    #[arg(long)]
    pub review: f64,
    /// Where the names of those that were taken are written in the end
    #[arg(long)]
    pub report: PathBuf,
}

/// How many are sent at a time; others wait their turn.
const AT_A_TIME: usize = 4;

/// How long one that was not taken waits.
const AGAIN: Duration = Duration::from_secs(4);

/// The port at which the ingress is reached without TLS.
pub const PORT: u16 = 8080;

/// Sends until SIGTERM, then waits for those that are not yet taken.
pub async fn run(args: Args) -> io::Result<()> {
    LocalSet::new().run_until(send(args)).await
}

async fn send(args: Args) -> io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let taken = Rc::new(RefCell::new(Vec::new()));
    let turns = Rc::new(Semaphore::new(AT_A_TIME));
    let upstream = Rc::new(Upstream::new(format!("{}:{PORT}", CLOUD.address), Duration::from_secs(30)));
    let mut ticks = interval(Duration::from_secs(1) / args.rate.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut sent = 0_usize;
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = ticks.tick() => {}
        }
        let (upstream, taken, turns) = (Rc::clone(&upstream), Rc::clone(&taken), Rc::clone(&turns));
        let (name, review) = (format!("d{sent}"), if sent == 0 { args.review } else { 0.0 });
        sent += 1;
        tokio::task::spawn_local(async move {
            let again = deliver(&upstream, &turns, &name, review).await;
            taken.borrow_mut().push(format!("{name} {again}\n"));
        });
    }
    let until = Instant::now() + Duration::from_secs(8);
    while taken.borrow().len() < sent && Instant::now() < until {
        sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(&args.report, format!("sent {sent}\n{}", taken.borrow().concat()))
}

/// How often it had to be sent again.
async fn deliver(upstream: &Upstream, turns: &Semaphore, name: &str, review: f64) -> usize {
    let mut again = 0;
    loop {
        let request = Request::post("http://ca-kodiai/webhooks/github").header("x-github-delivery", name);
        let request = request.header("x-review-seconds", review.to_string());
        if let Ok(request) = request.body(Full::new(Bytes::new()))
            && taken(upstream, turns, request).await
        {
            return again;
        }
        again += 1;
        sleep(AGAIN).await;
    }
}

async fn taken(upstream: &Upstream, turns: &Semaphore, request: Question) -> bool {
    let _turn = turns.acquire().await;
    upstream.send(request).await.is_ok_and(|answer| answer.status().is_success())
}
