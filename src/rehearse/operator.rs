//! The people of a rehearsal: they say yes, unless the scenario says otherwise.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::event::Actor;
use crate::run::{ApprovalAsk, Decision, ManualAsk, Operator};

/// How long a person of a rehearsal takes to answer.
pub(super) const THINKING: Duration = Duration::from_secs(30);

/// `answer STRING yes | no`
#[derive(Debug)]
pub(super) struct ScriptedAnswer {
    pub text: String,
    pub yes: bool,
    asked: AtomicBool,
}

/// Answers by the scenario's `answer`s; what none of them is about gets a yes.
pub(super) struct ScriptedOperator {
    answers: Vec<ScriptedAnswer>,
    clock: Arc<dyn Clock>,
    questions: RwLock<Vec<String>>,
}

impl ScriptedAnswer {
    pub(super) fn new(text: String, yes: bool) -> Self {
        Self { text, yes, asked: AtomicBool::new(false) }
    }
}

impl ScriptedOperator {
    pub(super) fn new(answers: Vec<ScriptedAnswer>, clock: Arc<dyn Clock>) -> Self {
        Self { answers, clock, questions: RwLock::default() }
    }

    /// For each `answer`, whether it was asked for.
    pub(super) fn asked(&self) -> Vec<bool> {
        self.answers.iter().map(|answer| answer.asked.load(Ordering::Relaxed)).collect()
    }

    /// Every question that was asked.
    pub(super) fn questions(&self) -> Vec<String> {
        self.questions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn decide(&self, question: &str, by: String) -> Decision {
        self.clock.sleep(THINKING).await;
        self.questions.write().unwrap_or_else(PoisonError::into_inner).push(question.to_owned());
        let answer = self.answers.iter().find(|answer| question.contains(&answer.text));
        if let Some(answer) = answer {
            answer.asked.store(true, Ordering::Relaxed);
        }
        let by = Actor { name: by, from: "the rehearsal".to_owned() };
        match answer {
            Some(answer) if !answer.yes => Decision::No { by, reason: None },
            _ => Decision::Yes { by, reason: None },
        }
    }
}

impl Operator for ScriptedOperator {
    fn approve<'a>(&'a self, ask: &'a ApprovalAsk) -> BoxFuture<'a, Decision> {
        // Each yes comes from somebody else.
        let by = match ask.given.len() {
            0 => "rehearsal".to_owned(),
            others => format!("rehearsal {}", others + 1),
        };
        Box::pin(self.decide(&ask.text, by))
    }

    fn manual<'a>(&'a self, ask: &'a ManualAsk) -> BoxFuture<'a, Decision> {
        Box::pin(self.decide(&ask.text, "rehearsal".to_owned()))
    }
}
