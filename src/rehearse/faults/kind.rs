//! What can go wrong at a point of a run.

use std::fmt;
use std::time::Duration;

/// How long a host can't be reached, once it can't: longer than a request is tried again, shorter than most waits.
pub(super) const OUTAGE: Duration = Duration::from_secs(2 * 60);
/// How long after its limit a request takes effect that nobody waits for any more.
pub(super) const LATE_BY: Duration = Duration::from_secs(5);

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Refused,
    Unreachable,
    Lost,
    LostAfter,
    Hung,
    NoAnswer,
    Late,
    Failed,
    Garbage,
    Flipped,
    LeaseLost,
    KilledBeforeIntent,
    KilledBeforeSending,
    KilledBeforeAnswer,
    KilledBeforeRecord,
    KilledInResume,
    Stopped,
    StoppedTwice,
    Declined,
    Expired,
    AnsweredLate,
}

impl Kind {
    /// Every kind, in the order in which they are tried and shown.
    pub const ALL: [Kind; 21] = [
        Kind::Refused,
        Kind::Unreachable,
        Kind::Lost,
        Kind::LostAfter,
        Kind::Hung,
        Kind::NoAnswer,
        Kind::Late,
        Kind::Failed,
        Kind::Garbage,
        Kind::Flipped,
        Kind::LeaseLost,
        Kind::KilledBeforeIntent,
        Kind::KilledBeforeSending,
        Kind::KilledBeforeAnswer,
        Kind::KilledBeforeRecord,
        Kind::KilledInResume,
        Kind::Stopped,
        Kind::StoppedTwice,
        Kind::Declined,
        Kind::Expired,
        Kind::AnsweredLate,
    ];

    /// Its name, as it is typed and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Refused => "refused",
            Kind::Unreachable => "unreachable",
            Kind::Lost => "lost",
            Kind::LostAfter => "lost-after",
            Kind::Hung => "hung",
            Kind::NoAnswer => "no-answer",
            Kind::Late => "late",
            Kind::Failed => "failed",
            Kind::Garbage => "garbage",
            Kind::Flipped => "flipped",
            Kind::LeaseLost => "lease-lost",
            Kind::KilledBeforeIntent => "killed-before-intent",
            Kind::KilledBeforeSending => "killed-before-sending",
            Kind::KilledBeforeAnswer => "killed-before-answer",
            Kind::KilledBeforeRecord => "killed-before-record",
            Kind::KilledInResume => "killed-in-resume",
            Kind::Stopped => "stopped",
            Kind::StoppedTwice => "stopped-twice",
            Kind::Declined => "declined",
            Kind::Expired => "expired",
            Kind::AnsweredLate => "answered-late",
        }
    }

    /// What happens there, as a line of a story says it.
    #[must_use]
    pub fn tells(self) -> &'static str {
        match self {
            Kind::Refused => "it is not let in: nothing is sent",
            Kind::Unreachable => "nothing reaches that place for 2m",
            Kind::Lost => "the connection is lost before it arrives",
            Kind::LostAfter => "it takes effect, and the connection is lost before the answer",
            Kind::Hung => "it arrives, does nothing and never answers",
            Kind::NoAnswer => "it takes effect, and no answer comes within its limit",
            Kind::Late => "it takes effect 5s after its limit, when nobody waits any more",
            Kind::Failed => "it fails without effect: exit 1, or status 500",
            Kind::Garbage => "it takes effect, and the answer is garbage",
            Kind::Flipped => "what its guard asks has changed since it was asked",
            Kind::LeaseLost => "somebody else took the lease on the run",
            Kind::KilledBeforeIntent => "the runner dies before the intent is on record",
            Kind::KilledBeforeSending => "the runner dies before it is sent",
            Kind::KilledBeforeAnswer => "it takes effect, and the runner dies before the answer",
            Kind::KilledBeforeRecord => "it is answered, and the runner dies before that is on record",
            Kind::KilledInResume => {
                "the runner dies before the answer; so does the next one, at what it sends first"
            }
            Kind::Stopped => "Ctrl-C: nothing new is begun",
            Kind::StoppedTwice => "Ctrl-C twice: what is under way is cancelled",
            Kind::Declined => "the person says no",
            Kind::Expired => "nobody answers in time",
            Kind::AnsweredLate => "the answer comes at the last moment",
        }
    }

    /// The kind that is typed so.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it strikes the runner where the intent of a request is put on record.
    pub(super) fn is_at_intent(self) -> bool {
        matches!(self, Kind::KilledBeforeIntent | Kind::LeaseLost)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
