//! What others ask of a run that this process carries out: they leave it in the store, and it is looked
//! for every second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::kept::now;
use crate::event::{Event, EventKind};
use crate::ids::{RunId, StepKey};
use crate::journal::store::{Message, Posted, Store};
use crate::run::{Decision, StopSignal};

/// How often it is looked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The messages for one run.
pub struct Mailbox {
    store: Arc<Store>,
    run: RunId,
    stop: StopSignal,
    state: Mutex<State>,
    /// Something has come.
    news: Notify,
}

#[derive(Default)]
struct State {
    /// The number of the last message that was read.
    last: u64,
    answers: Vec<Answer>,
}

/// What a person said to a question, that was not taken yet.
struct Answer {
    gate: String,
    plan: String,
    yes: bool,
    reason: Option<String>,
    posted: Posted,
}

/// A question, as far as an answer must fit it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    pub key: &'q StepKey,
    /// The hash of the plan that the answer must be given to.
    pub plan: &'q str,
    /// A yes that is older does not count.
    pub within: Option<Duration>,
    /// Who has answered already.
    pub given: &'q [crate::event::Actor],
}

impl Mailbox {
    /// The messages for `run`. What was asked of those who carried it out `before` is over: to stop,
    /// and a no that they took.
    pub fn open(store: &Arc<Store>, run: &RunId, stop: &StopSignal, before: &[Event]) -> Arc<Self> {
        let mailbox = Self {
            store: Arc::clone(store),
            run: run.clone(),
            stop: stop.clone(),
            state: Mutex::default(),
            news: Notify::new(),
        };
        let ended = before.iter().rev().find(|event| matches!(event.kind, EventKind::RunFinished { .. }));
        mailbox.read_those_from_before(ended.map(|event| event.wall));
        let mailbox = Arc::new(mailbox);
        mailbox.watch();
        mailbox
    }

    fn read_those_from_before(&self, ended: Option<Timestamp>) {
        let mut state = self.state();
        for (number, posted) in self.store.messages(&self.run, 0).unwrap_or_default() {
            state.last = number;
            if let Some(answer) = Answer::of(posted) {
                let taken = !answer.yes && ended.is_some_and(|ended| answer.posted.at <= ended);
                state.answers.extend((!taken).then_some(answer));
            }
        }
    }

    /// Looks for messages until nobody needs them any more.
    fn watch(self: &Arc<Self>) {
        let mailbox: Weak<Self> = Arc::downgrade(self);
        std::thread::spawn(move || {
            while let Some(mailbox) = mailbox.upgrade() {
                mailbox.look();
                drop(mailbox);
                std::thread::sleep(LOOK_AGAIN);
            }
        });
    }

    /// Takes in what has come. A store that can't be read now is read later; the record finds it out
    /// first.
    fn look(&self) {
        let mut state = self.state();
        for (number, posted) in self.store.messages(&self.run, state.last).unwrap_or_default() {
            state.last = number;
            if let Message::Stop { cancel } = posted.message {
                self.stop(&posted, cancel);
            } else {
                state.answers.extend(Answer::of(posted));
            }
        }
        drop(state);
        self.news.notify_waiters();
    }

    fn stop(&self, posted: &Posted, cancel: bool) {
        let why = format!("{} ({})", posted.by.name, posted.by.from);
        if cancel && !self.stop.is_stopped() {
            self.stop.stop(&why);
        }
        if cancel || !self.stop.is_stopped() {
            self.stop.stop(&why);
        }
    }

    /// What somebody has said to it by now.
    pub fn answer(&self, question: Question<'_>) -> Option<Decision> {
        self.look();
        self.answer_at_hand(question)
    }

    /// Waits until somebody says something to it.
    pub async fn answered(&self, question: Question<'_>) -> Decision {
        loop {
            let news = self.news.notified();
            if let Some(decision) = self.answer_at_hand(question) {
                return decision;
            }
            news.await;
        }
    }

    fn answer_at_hand(&self, question: Question<'_>) -> Option<Decision> {
        let mut state = self.state();
        // A no is final, however many say yes.
        let fitting =
            |yes| state.answers.iter().position(|answer| answer.yes == yes && answer.fits(question));
        let at = fitting(false).or_else(|| fitting(true))?;
        Some(state.answers.remove(at).decision())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn of(posted: Posted) -> Option<Self> {
        match posted.message.clone() {
            Message::Stop { .. } => None,
            Message::Approve { gate, plan, yes, reason } => Some(Self { gate, plan, yes, reason, posted }),
        }
    }

    fn fits(&self, question: Question<'_>) -> bool {
        let again = question.given.iter().any(|given| given.name == self.posted.by.name);
        self.gate == *question.key.0
            && self.plan == question.plan
            && !(again && self.yes)
            && !self.is_too_old(question)
    }

    fn is_too_old(&self, question: Question<'_>) -> bool {
        let limit = question.within.and_then(|within| SignedDuration::try_from(within).ok());
        self.yes && limit.is_some_and(|limit| now().duration_since(self.posted.at) > limit)
    }

    fn decision(self) -> Decision {
        let (by, reason) = (self.posted.by, self.reason);
        match self.yes {
            true => Decision::Yes { by, reason },
            false => Decision::No { by, reason },
        }
    }
}
