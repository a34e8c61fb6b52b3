//! kodiai: takes webhooks and works on them. On SIGTERM it queues those that come in PostgreSQL and waits
//! for the work under way; when it starts, it replays what is queued before it serves.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::database::Database;
use crate::{place, web};

/// `lab part kodiai`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    pub port: u16,
    /// Which build it is: `kodiai:broken` falls over in every start, `kodiai:stumbling` in its first
    /// replay alone
    #[arg(long)]
    pub image: String,
}

/// How long the work on a webhook takes, and on one that is replayed.
const WORK: Duration = Duration::from_secs(2);
const REPLAY: Duration = Duration::from_millis(100);

struct Kodiai {
    image: String,
    database: Database,
    grace: Duration,
    /// SIGTERM has come: webhooks are queued.
    draining: AtomicBool,
    /// Nothing is taken any more.
    closed: AtomicBool,
    requests: AtomicUsize,
    jobs: AtomicUsize,
}

/// Serves until SIGTERM, and drains. An error is exit code 1.
pub async fn run(args: Args) -> io::Result<()> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let database = Database::new(&variable("DATABASE_URL"));
    let database = database.ok_or_else(|| io::Error::other("DATABASE_URL is not set"))?;
    let grace = Duration::from_millis(variable("SHUTDOWN_GRACE_MS").parse().unwrap_or(300_000));
    let mut term = signal(SignalKind::terminate())?;
    let kodiai = Arc::new(Kodiai {
        image: args.image,
        database,
        grace,
        draining: AtomicBool::new(false),
        closed: AtomicBool::new(false),
        requests: AtomicUsize::new(0),
        jobs: AtomicUsize::new(0),
    });
    kodiai.replay().await?;
    log(30, "Kodiai server started", json!({"port": args.port}));
    let router = Router::new()
        .route("/webhooks/github", post(webhook))
        .route("/healthz", get(health))
        .route("/health", get(health))
        .route("/readiness", get(async || Json(json!({"status": "ready"}))))
        .with_state(Arc::clone(&kodiai));
    // It goes on answering while it drains.
    let server = web::plain(args.port, router);
    let drained = async {
        term.recv().await;
        kodiai.drain().await
    };
    tokio::select! {
        ended = server => ended,
        ended = drained => ended,
    }
}

/// A line as pino writes it.
fn log(level: u8, message: &str, fields: Value) {
    let mut line = json!({"level": level, "time": Timestamp::now().as_millisecond()});
    for (name, value) in fields.as_object().into_iter().flatten() {
        line[name] = value.clone();
    }
    line["msg"] = json!(message);
    let _ = writeln!(io::stdout(), "{line}");
}

impl Kodiai {
    /// Works off what is queued, one after the other.
    async fn replay(&self) -> io::Result<()> {
        let took = "UPDATE webhook_queue SET status = 'processing' WHERE id IN (SELECT id FROM webhook_queue \
                    WHERE status = 'pending' ORDER BY queued_at, id FOR UPDATE SKIP LOCKED) \
                    RETURNING id, delivery_id;";
        let mut rows = self.database.sql(took, &[]).await?;
        rows.sort_by_key(|row| row.split('|').next().and_then(|id| id.parse::<u64>().ok()));
        if !rows.is_empty() {
            log(30, "Dequeued pending webhooks for replay", json!({"count": rows.len()}));
        }
        for row in &rows {
            self.stumble()?;
            let (id, delivery) = row.split_once('|').unwrap_or((row, ""));
            sleep(REPLAY).await;
            let done = "INSERT INTO dispatched (delivery_id, how) VALUES (:'delivery', 'replayed'); UPDATE \
                        webhook_queue SET status = 'completed', processed_at = now() WHERE id = :'id'::bigint;";
            let transaction = format!("BEGIN; {done} COMMIT;");
            self.database.sql(&transaction, &[("id", id), ("delivery", delivery)]).await?;
        }
        if !rows.is_empty() {
            let counts = json!({"queuedWebhooksProcessed": rows.len(), "queuedWebhooksFailed": 0, "dbStatus": "connected"});
            log(30, "Startup webhook queue replay complete", counts);
        }
        if self.image == "kodiai:broken" {
            return Err(io::Error::other("this build can't start"));
        }
        Ok(())
    }

    /// Some builds fall over in the middle of a replay.
    fn stumble(&self) -> io::Result<()> {
        let once = place::path("kodiai-stumbled");
        let falls = match self.image.as_str() {
            "kodiai:broken" => true,
            "kodiai:stumbling" => !once.exists(),
            _ => false,
        };
        if falls {
            std::fs::write(once, "")?;
            return Err(io::Error::other("out of memory in the middle of a replay"));
        }
        Ok(())
    }

    fn counts(&self) -> (usize, usize) {
        (self.requests.load(Ordering::SeqCst), self.jobs.load(Ordering::SeqCst))
    }

    fn active(&self) -> Value {
        let (requests, jobs) = self.counts();
        json!({"activeRequests": requests, "activeJobs": jobs, "activeTotal": requests + jobs})
    }

    /// SIGTERM has come: waits for the work under way, once more when that is not enough.
    async fn drain(&self) -> io::Result<()> {
        self.draining.store(true, Ordering::SeqCst);
        log(30, "Shutdown signal received, starting graceful drain", self.active());
        if self.drained(self.grace).await {
            log(30, "Graceful drain completed successfully", json!({}));
            return Ok(());
        }
        log(40, "Drain timeout, extending grace window once", self.active());
        if self.drained(self.grace * 2).await {
            log(30, "Graceful drain completed after extended grace", json!({}));
            return Ok(());
        }
        let (requests, jobs) = self.counts();
        let left =
            json!({"abandonedRequests": requests, "abandonedJobs": jobs, "abandonedTotal": requests + jobs});
        log(50, "Force exit after extended grace timeout, work abandoned", left);
        Err(io::Error::other("work abandoned"))
    }

    /// Whether all work has ended within the limit. From then on nothing is taken.
    async fn drained(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            // Jobs first: what comes while one is under way is queued.
            if self.counts().1 == 0 {
                self.closed.store(true, Ordering::SeqCst);
                if self.counts() == (0, 0) {
                    return true;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
        false
    }

    async fn take(self: &Arc<Self>, delivery: &str, seconds: f64) -> io::Result<()> {
        let values = [("delivery", delivery)];
        if self.draining.load(Ordering::SeqCst) {
            let queue = "INSERT INTO webhook_queue (source, delivery_id) VALUES ('github', :'delivery');";
            self.database.sql(queue, &values).await?;
            log(30, "Webhook queued to PostgreSQL for drain-time replay", json!({"deliveryId": delivery}));
            return Ok(());
        }
        self.jobs.fetch_add(1, Ordering::SeqCst);
        let job = Job(Arc::clone(self));
        let dispatch = "INSERT INTO dispatched (delivery_id, how) VALUES (:'delivery', 'at once');";
        self.database.sql(dispatch, &values).await?;
        let name = format!("job-{delivery}");
        let kodiai = Arc::clone(self);
        tokio::spawn(async move {
            match seconds > 0.0 {
                true => kodiai.review(&name, Duration::from_secs_f64(seconds)).await,
                false => sleep(WORK).await,
            }
            drop(job);
        });
        Ok(())
    }

    /// Work of the longer kind.
    async fn review(&self, name: &str, length: Duration) {
        log(30, "Job execution started", json!({"jobId": name}));
        let (began, ended) = (
            "INSERT INTO reviews (job) VALUES (:'job');",
            "UPDATE reviews SET done = true WHERE job = :'job';",
        );
        let _ = self.database.sql(began, &[("job", name)]).await;
        sleep(length).await;
        let _ = self.database.sql(ended, &[("job", name)]).await;
        log(30, "Job execution completed", json!({"jobId": name}));
    }
}

/// A job under way.
struct Job(Arc<Kodiai>);

impl Drop for Job {
    fn drop(&mut self) {
        self.0.jobs.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A request that is being answered.
struct Asked(Arc<Kodiai>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn webhook(State(kodiai): State<Arc<Kodiai>>, headers: HeaderMap) -> Response {
    kodiai.requests.fetch_add(1, Ordering::SeqCst);
    let _asked = Asked(Arc::clone(&kodiai));
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kodiai.closed.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let seconds = header("x-review-seconds").parse().unwrap_or(0.0);
    match kodiai.take(header("x-github-delivery"), seconds).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn health(State(kodiai): State<Arc<Kodiai>>) -> Response {
    if kodiai.database.sql("SELECT 1;", &[]).await.is_ok() {
        return Json(json!({"status": "ok", "db": "connected"})).into_response();
    }
    log(50, "Health check failed: PostgreSQL unreachable", json!({}));
    let unhealthy = json!({"status": "unhealthy", "db": "unreachable"});
    (StatusCode::SERVICE_UNAVAILABLE, Json(unhealthy)).into_response()
}
