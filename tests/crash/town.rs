//! A world that outlives the runners which act in it, and remembers what each of them asked for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures::future::{BoxFuture, pending};
use rutter::backend::{Backend, Reply, Request};
use rutter::clock::Clock;
use rutter::event::Actor;
use rutter::ids::StepKey;
use rutter::run::{ApprovalAsk, Decision, ManualAsk, Operator};
use rutter::value::Effect;
use rutter::world::World;
use tokio_util::sync::CancellationToken;

/// How long a person takes to answer.
const THINKING: Duration = Duration::from_secs(30);

/// A request that reached the other side.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which runner sent it, counted from 0.
    pub life: usize,
    pub key: StepKey,
    pub effect: Effect,
}

/// The world, and what was asked of it.
pub struct Town {
    pub world: Arc<World>,
    pub clock: Arc<dyn Clock>,
    sent: Mutex<Vec<Sent>>,
    /// What each `once` gave, also when nobody waited for it.
    gave: Mutex<HashMap<StepKey, Reply>>,
}

impl Town {
    pub fn new(world: World, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { world: Arc::new(world), clock, sent: Mutex::default(), gave: Mutex::default() })
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// What a `once` that reached the other side gave there; it is waited for.
    pub async fn truth(&self, key: &StepKey) -> Option<Reply> {
        if !self.sent().iter().any(|sent| sent.key == *key) {
            return None;
        }
        loop {
            if let Some(reply) = self.gave.lock().unwrap().get(key) {
                return Some(reply.clone());
            }
            self.clock.sleep(Duration::from_millis(1)).await;
        }
    }

    /// A `once` goes on at the other side when whoever asked for it is gone.
    async fn once(self: Arc<Self>, request: Request) -> Reply {
        let nobody = CancellationToken::new();
        let reply = self.world.perform(&request, &nobody).await;
        self.gave.lock().unwrap().insert(request.key.clone(), reply.clone());
        reply
    }
}

/// One runner's way to the town; nothing passes once it is dead.
pub struct Life {
    pub town: Arc<Town>,
    pub number: usize,
    pub dead: Arc<AtomicBool>,
}

impl Life {
    pub fn new(town: &Arc<Town>, number: usize) -> Arc<Self> {
        Arc::new(Self { town: Arc::clone(town), number, dead: Arc::default() })
    }

    pub fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    async fn ask(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        if self.is_over() {
            return pending().await;
        }
        let (life, key, effect) = (self.number, request.key.clone(), request.effect);
        self.town.sent.lock().unwrap().push(Sent { life, key, effect });
        match effect {
            Effect::Check | Effect::Run => self.town.world.perform(request, cancel).await,
            Effect::Once => {
                // It arrives now; only the answer may find nobody.
                let mut once = Box::pin(Arc::clone(&self.town).once(request.clone()));
                match futures::poll!(&mut once) {
                    Poll::Ready(reply) => reply,
                    Poll::Pending => tokio::spawn(once).await.unwrap(),
                }
            }
        }
    }

    async fn decide(&self, given: usize) -> Decision {
        self.town.clock.sleep(THINKING).await;
        if self.is_over() {
            return pending().await;
        }
        let by = Actor { name: format!("person {}", given + 1), from: "here".to_owned() };
        Decision::Yes { by, reason: None }
    }
}

impl Backend for Life {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply> {
        Box::pin(self.ask(request, cancel))
    }
}

impl Operator for Life {
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        Box::pin(self.decide(ask.given.len()))
    }

    fn manual<'a>(&'a self, _ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(self.decide(0))
    }
}
