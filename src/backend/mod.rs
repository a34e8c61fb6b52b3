//! Every contact with the outside goes through one trait.
//!
//! In: a [`Request`] with everything filled in. Out: a [`Reply`] that says honestly what is
//! known: answered, nothing was sent, or the outcome is unknown.
//! Must not know: the syntax tree, the journal, who asks or why.

mod capture;
mod claim;
mod clock;
mod http;
mod local;
mod marks;
mod output;
mod router;
pub mod ssh;

pub use clock::SystemClock;
pub use http::{Http, origin};
pub use local::Local;
pub use output::{OutputSink, Outputs, Overflow, Spill, Stream};
pub use router::{Router, Settings};
pub use ssh::{ConfigFiles, HostKeySeen, HostReport, Reached, Ssh};

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::ids::{RunId, StepKey};
use crate::value::{Effect, Outcome, SecretString, Target};

/// One thing to do on one target, rendered.
#[derive(Clone, Debug)]
pub struct Request {
    /// Also sent as Idempotency-Key over HTTP.
    pub key: StepKey,
    pub effect: Effect,
    pub target: Arc<Target>,
    pub credentials: Credentials,
    pub operation: Operation,
    /// After this long the request is over, in one way or another.
    pub within: Duration,
    /// What the other side is to know it by, so that it is carried out there at most once.
    pub claim: Option<Claim>,
    pub terms: Terms,
}

impl Request {
    /// Whether it must not be sent any more, so long after it was handed over.
    #[must_use]
    pub fn is_late(&self, waited: Duration) -> bool {
        self.terms.fresh_for.is_some_and(|fresh| waited > fresh)
    }
}

/// How a request is carried, beside what it is.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub lane: Lane,
    /// Nothing is sent later than so long after it was handed over: what was asked before does not hold any more then.
    pub fresh_for: Option<Duration>,
    pub redirects: Redirects,
    /// The statuses that are taken as they are: a redirection among them is not followed.
    pub answers: Vec<u16>,
}

/// Whose connections a request uses. Those of one lane never wait for those of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lane {
    #[default]
    Steps,
    /// What watches over the steps.
    Watch,
}

/// Says of an HTTP request, by method and URL, whether it may be sent on to where it is redirected.
#[derive(Clone, Default)]
pub struct Redirects(Option<Arc<MayFollow>>);

type MayFollow = dyn Fn(&str, &str) -> bool + Send + Sync;

impl Redirects {
    /// Asks before each.
    pub fn asking(may: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(may)))
    }

    /// Whether it may be sent on there.
    #[must_use]
    pub fn may_go_to(&self, method: &str, url: &str) -> bool {
        self.0.as_ref().is_none_or(|may| may(method, url))
    }
}

impl std::fmt::Debug for Redirects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redirects").finish_non_exhaustive()
    }
}

/// The name of a `once` on its target, the same each time that it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// With what tells it from a run of the same name in another store.
    pub run: RunId,
    pub step: StepKey,
    /// One more after each time that a person said it did not happen.
    pub attempt: u32,
    /// The number of the lease on the run: a target refuses all but the greatest that it has seen.
    pub fence: u64,
}

/// The secrets that the target's [`Login`](crate::value::Login) names, as far as it names any.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub passphrase: Option<SecretString>,
    pub password: Option<SecretString>,
    pub sudo: Option<SecretString>,
}

#[derive(Clone, Debug)]
pub enum Operation {
    Command(Command),
    Http(HttpCall),
    Put { local: String, remote: String },
    Get { remote: String, local: String },
    Plugin { name: String, args: serde_json::Value },
}

/// A command line for the target's shell, values already quoted.
#[derive(Clone, Debug, Default)]
pub struct Command {
    pub text: String,
    /// A `$ """` script: run in the shell's strict mode.
    pub script: bool,
    pub stdin: Option<Sensitive>,
    pub env: Vec<(String, Sensitive)>,
}

/// An HTTP request; `url` is absolute.
#[derive(Clone, Debug, Default)]
pub struct HttpCall {
    pub method: String,
    pub url: String,
    /// `authorization` among them, when the target says how.
    pub headers: Vec<(String, Sensitive)>,
    pub body: Option<Bytes>,
}

/// Text that may be shown, or a secret.
#[derive(Clone, Debug)]
pub enum Sensitive {
    Plain(String),
    Secret(SecretString),
}

impl Sensitive {
    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match self {
            Sensitive::Plain(text) => text,
            Sensitive::Secret(text) => text.reveal(),
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It was done, and this is what it gave, whatever the exit code or status.
    Answered(Outcome),
    /// Nothing reached the other side: refused, unresolved, not started. It may be sent again.
    NotSent { why: String },
    /// Nothing was sent, and sending it again would end alike: not let in, or it can't be sent.
    Refused { why: String },
    /// Nothing was sent: the other side is not proven to be who it should be.
    Untrusted { why: String },
    /// Nothing was sent: a newer runner has this run.
    Fenced { why: String },
    /// Nothing was sent: what had to be waited for took longer than `fresh_for`. It is there now.
    Late,
    /// It was sent and was ended by us, and its end was seen.
    Ended { why: Cut },
    /// It was sent and nobody knows what became of it.
    Unknown { why: Cut, detail: String },
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    TimedOut,
    ConnectionLost,
    Cancelled,
}

/// Carries requests to one kind of place.
///
/// `perform` returns within `request.within` and a short grace for ending what it began. When
/// `cancel` is cancelled it ends the request and returns. It never panics for what the other
/// side does. Dropping the future ends the request too, as well as can be.
pub trait Backend: Send + Sync {
    fn perform<'a>(&'a self, request: &'a Request, cancel: &'a CancellationToken) -> BoxFuture<'a, Reply>;
}
