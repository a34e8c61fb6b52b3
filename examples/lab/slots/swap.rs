//! The web app as the platform runs it: which pool serves which slot on which settings, and what a swap does
//! to them, phase by phase. What is done to processes is done by the instances, what to routes by the front end.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::front::Routes;
use super::worker::{Standing, Start};
use super::{CONTROL, FRONT, INSTANCES, Pool, state_file};
use crate::cloud::arm::Refusal;
use crate::cloud::guid;
use crate::hop::{Upstream, say};

pub type Settings = HashMap<String, String>;

/// The setting that stays with its slot.
pub const STICKY: &str = "WEBSITE_LOCAL_CACHE_OPTION";
/// What Azure itself takes for a swap, beside what it waits for.
const EXCHANGE: Duration = Duration::from_secs(6);
/// How long what was asked before routes changed may still be under way.
const IN_FLIGHT: Duration = Duration::from_secs(2);
/// What a process takes until its caches are filled.
const FILLED: Duration = Duration::from_secs(6);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    Production,
    Staging,
}

/// How far a swap is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    Idle,
    /// Staging runs on production's settings.
    Prepared,
    /// The operation of this name goes on.
    Swapping(String),
}

#[derive(Clone, Debug)]
pub struct State {
    pub phase: Phase,
    pub routes: Routes,
    /// When the last swap ended.
    pub last: Option<String>,
    /// Swaps that were asked for while one went on: they come after it.
    queued: usize,
    swaps: usize,
    warm: bool,
    versions: HashMap<Pool, String>,
    /// The settings that move with the code; none where they were lost.
    moving: HashMap<Pool, Settings>,
}

pub struct Site {
    state: Mutex<State>,
    standings: Mutex<HashMap<(&'static str, Pool), Standing>>,
    front: Upstream,
    workers: Vec<(&'static str, Upstream)>,
}

impl Site {
    /// Version `old` serves the customers, and `new` was deployed to staging.
    pub fn new(old: &str, new: &str) -> Arc<Site> {
        let limit = Duration::from_secs(5);
        let upstream = |address| Upstream::new(format!("{address}:{CONTROL}"), limit);
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let moving = Settings::from([
            setting("WEBSITE_PROACTIVE_AUTOHEAL_ENABLED", "false"),
            setting("ORDERS_QUEUE", "orders"),
        ]);
        let state = State {
            phase: Phase::Idle,
            routes: Routes { production: Pool::A, staging: Pool::B },
            last: None,
            queued: 0,
            swaps: 0,
            warm: false,
            versions: HashMap::from([(Pool::A, old.to_owned()), (Pool::B, new.to_owned())]),
            moving: Pool::ALL.map(|pool| (pool, moving.clone())).into(),
        };
        Arc::new(Site {
            state: Mutex::new(state),
            standings: Mutex::default(),
            front: upstream(FRONT.address),
            workers: INSTANCES.map(|instance| (instance.name, upstream(instance.host.address))).into(),
        })
    }

    /// Starts both slots afresh, and follows what the instances do from then on.
    pub async fn start(self: Arc<Self>) {
        self.note(|_| ());
        let routes = self.state().routes;
        self.route(routes).await;
        self.restart(routes.production, Slot::Production).await;
        self.restart(routes.staging, Slot::Staging).await;
        tokio::spawn(Arc::clone(&self).follow());
        self.copied(routes.production).await;
        sleep(FILLED).await;
        self.note(|state| state.warm = true);
    }

    /// As it is now.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The application settings of a slot.
    pub fn settings(&self, slot: Slot) -> Settings {
        let state = self.state();
        let prepared = slot == Slot::Staging && state.phase != Phase::Idle;
        state.settings(state.pool(slot), if prepared { Slot::Production } else { slot })
    }

    /// How a slot's process on an instance stands.
    pub fn standing(&self, instance: &str, slot: Slot) -> Standing {
        let pool = self.state().pool(slot);
        let standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        let found = standings.iter().find(|((name, of), _)| *name == instance && *of == pool);
        found.map(|(_, standing)| standing.clone()).unwrap_or_default()
    }

    /// applySlotConfig: staging is restarted on production's settings.
    pub fn prepare(self: &Arc<Self>) -> Result<(), Refusal> {
        self.change(|state| match &state.phase {
            Phase::Idle => {
                state.phase = Phase::Prepared;
                Ok(())
            }
            busy => Err(conflict(busy)),
        })?;
        let site = Arc::clone(self);
        tokio::spawn(async move { site.restart(site.state().routes.staging, Slot::Production).await });
        Ok(())
    }

    /// resetSlotConfig on staging: it is restarted on its own settings.
    pub fn cancel(self: &Arc<Self>) -> Result<(), Refusal> {
        self.change(|state| match &state.phase {
            Phase::Swapping(_) => Err(conflict(&state.phase)),
            Phase::Idle | Phase::Prepared => {
                state.phase = Phase::Idle;
                Ok(())
            }
        })?;
        let site = Arc::clone(self);
        tokio::spawn(async move { site.restart(site.state().routes.staging, Slot::Staging).await });
        Ok(())
    }

    /// resetSlotConfig on production: it loses the settings that had moved in with its code.
    pub fn cancel_from_production(self: &Arc<Self>) {
        self.note(|state| {
            state.phase = Phase::Idle;
            state.moving.insert(state.routes.production, Settings::new());
        });
        let site = Arc::clone(self);
        tokio::spawn(async move { site.restart(site.state().routes.production, Slot::Production).await });
    }

    /// Restarts a slot.
    pub fn restart_slot(self: &Arc<Self>, slot: Slot) {
        let site = Arc::clone(self);
        tokio::spawn(async move {
            let state = site.state();
            let prepared = slot == Slot::Staging && state.phase != Phase::Idle;
            site.restart(state.pool(slot), if prepared { Slot::Production } else { slot }).await;
        });
    }

    /// slotsswap: what is prepared is exchanged; what is pressed beside that is a swap of its own.
    pub fn swap(self: &Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        let before = self.note(|state| {
            let before = state.phase.clone();
            match before {
                Phase::Swapping(_) => state.queued += 1,
                Phase::Idle | Phase::Prepared => state.phase = Phase::Swapping(guid()),
            }
            before
        });
        let site = Arc::clone(self);
        async move {
            match before {
                Phase::Swapping(_) => site.idle().await,
                Phase::Prepared => site.exchange().await,
                Phase::Idle => site.swap_unprepared().await,
            }
        }
    }

    /// Waits until every instance runs from its copy, then exchanges the routes.
    async fn exchange(&self) {
        let routes = self.state().routes;
        self.copied(routes.staging).await;
        sleep(EXCHANGE).await;
        self.route(routes.swapped()).await;
        self.ended(routes.swapped());
        sleep(IN_FLIGHT).await;
        self.restart(routes.production, Slot::Staging).await;
        let queued = self.note(|state| std::mem::take(&mut state.queued));
        if queued > 0 {
            self.swap_unprepared().await;
        } else {
            self.note(|state| state.phase = Phase::Idle);
        }
    }

    /// A swap without a preview in between: both slots are restarted, and production serves what comes up.
    async fn swap_unprepared(&self) {
        let routes = self.state().routes;
        self.route(routes.swapped()).await;
        self.restart(routes.staging, Slot::Production).await;
        self.restart(routes.production, Slot::Staging).await;
        self.ended(routes.swapped());
        self.note(|state| state.phase = Phase::Idle);
    }

    fn ended(&self, routes: Routes) {
        self.note(|state| {
            state.routes = routes;
            state.swaps += 1;
            state.last = Some(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        });
    }

    async fn idle(&self) {
        while self.state().phase != Phase::Idle {
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until a pool runs from its local copy on every instance.
    async fn copied(&self, pool: Pool) {
        let is_copied = |standing: &Standing| {
            standing.environment.get("WEBSITE_LOCALCACHE_READY").is_some_and(|ready| ready == "TRUE")
        };
        loop {
            {
                let standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
                let of_pool =
                    standings.iter().filter(|((_, of), standing)| *of == pool && is_copied(standing));
                if of_pool.count() == self.workers.len() {
                    return;
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Asks the instances, again and again, how their pools stand.
    async fn follow(self: Arc<Self>) {
        loop {
            for (name, worker) in &self.workers {
                for pool in Pool::ALL {
                    let asked = request("GET", pool.path(), &Value::Null);
                    let Ok(answer) = worker.send(asked).await else { continue };
                    let standing = crate::hop::read(answer).await.unwrap_or_default();
                    self.standings
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert((*name, pool), serde_json::from_value(standing).unwrap_or_default());
                }
            }
            sleep(Duration::from_millis(300)).await;
        }
    }

    /// Restarts a pool on all instances at once, on the settings of a slot.
    async fn restart(&self, pool: Pool, slot: Slot) {
        let state = self.state();
        say(format_args!("pool {pool:?} is restarted on the settings of {slot:?}"));
        let start = Start { version: state.versions[&pool].clone(), settings: state.settings(pool, slot) };
        let start = json!(start);
        // Until the instances have done it, nothing that was known of the pool holds.
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, of), _| *of != pool);
        join_all(self.workers.iter().map(|(_, worker)| tell(worker, "POST", pool.path(), &start))).await;
    }

    async fn route(&self, routes: Routes) {
        tell(&self.front, "PUT", "/routes".to_owned(), &json!(routes)).await;
    }

    fn note<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.change(|state| Ok::<_, Refusal>(change(state)))
            .unwrap_or_else(|_| unreachable!("it never refuses"))
    }

    /// Changes the state, and writes down what it has come to.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut state)?;
        let _ = fs::write(state_file(), state.written().to_string());
        Ok(changed)
    }
}

impl State {
    pub fn pool(&self, slot: Slot) -> Pool {
        match slot {
            Slot::Production => self.routes.production,
            Slot::Staging => self.routes.staging,
        }
    }

    /// What a pool runs on in a slot.
    fn settings(&self, pool: Pool, slot: Slot) -> Settings {
        let own = match slot {
            Slot::Production => "Always",
            Slot::Staging => "Never",
        };
        let mut settings = self.moving[&pool].clone();
        settings.insert(STICKY.to_owned(), own.to_owned());
        settings
    }

    fn written(&self) -> Value {
        json!({
            "phase": match self.phase {
                Phase::Idle => "idle",
                Phase::Prepared => "prepared",
                Phase::Swapping(_) => "swapping",
            },
            "production": self.versions[&self.routes.production],
            "staging": self.versions[&self.routes.staging],
            "settings": self.moving[&self.routes.production].len() + 1,
            "swaps": self.swaps,
            "warm": self.warm,
        })
    }
}

impl Routes {
    fn swapped(self) -> Routes {
        Routes { production: self.staging, staging: self.production }
    }
}

/// Azure's own words for what stands in the way.
fn conflict(phase: &Phase) -> Refusal {
    let message = match phase {
        Phase::Swapping(id) => format!(
            "Cannot modify this site because another operation is in progress. Details: Id: {id}, \
             OperationName: SwapSiteSlots"
        ),
        Phase::Idle | Phase::Prepared => {
            "The slot cannot be changed because its configuration settings have been prepared for swap."
                .to_owned()
        }
    };
    Refusal::new(409, "Conflict", message)
}

fn request(method: &str, path: String, body: &Value) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::from(body.to_string())));
    *request.method_mut() = method.parse().unwrap_or_default();
    *request.uri_mut() = format!("http://control{path}").parse().unwrap_or_default();
    request
}

/// Tells one of the parts what to do, until it has heard it.
async fn tell(part: &Upstream, method: &str, path: String, body: &Value) {
    loop {
        match part.send(request(method, path.clone(), body)).await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => say(format_args!("{method} {path}: {}", answer.status())),
            Err(failed) => say(format_args!("{method} {path}: {failed:?}")),
        }
        sleep(Duration::from_millis(500)).await;
    }
}
