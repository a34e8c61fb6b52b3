//! Answers that a world remembers. While nothing of it changes, what is asked again has the same answer: most of what a
//! run asks is a wait or an invariant that looks once more.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use bytes::Bytes;

use super::asked::Asked;
use super::reply::Answer;
use crate::backend::Operation;
use crate::value::Shell;

/// So many answers are remembered at most.
const REMEMBERED: usize = 1_000;

/// All that a world can know of a request.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    kind: Discriminant<Operation>,
    shell: Shell,
    place: String,
    parts: Vec<String>,
    body: Option<Bytes>,
}

/// What was answered, and which counters it counted for.
#[derive(Debug)]
pub(super) struct Remembered {
    pub answer: Answer,
    pub counters: Vec<usize>,
}

/// Every answer since the world changed last.
#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<Question, Remembered>);

impl Question {
    pub(super) fn of(asked: &Asked<'_>) -> Self {
        let (place, shell) = (asked.place().to_owned(), asked.request.target.shell);
        let (parts, body) = parts(&asked.request.operation);
        Self { kind: discriminant(&asked.request.operation), shell, place, parts, body }
    }
}

fn parts(operation: &Operation) -> (Vec<String>, Option<Bytes>) {
    match operation {
        Operation::Command(command) => {
            let stdin = command.stdin.iter().map(|stdin| stdin.reveal().to_owned());
            (std::iter::once(command.text.clone()).chain(stdin).collect(), None)
        }
        Operation::Http(call) => {
            let mut parts = vec![call.method.clone(), call.url.clone()];
            let headers = call.headers.iter();
            parts.extend(headers.flat_map(|(name, value)| [name.clone(), value.reveal().to_owned()]));
            (parts, call.body.clone())
        }
        Operation::Put { local, remote } | Operation::Get { remote, local } => {
            (vec![local.clone(), remote.clone()], None)
        }
        Operation::Plugin { name, args } => (vec![name.clone(), args.to_string()], None),
    }
}

impl Memory {
    pub(super) fn find(&self, question: &Question) -> Option<&Remembered> {
        self.0.get(question)
    }

    pub(super) fn keep(&mut self, question: Question, remembered: Remembered) {
        if self.0.len() >= REMEMBERED {
            self.forget();
        }
        self.0.insert(question, remembered);
    }

    /// The world has changed.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
