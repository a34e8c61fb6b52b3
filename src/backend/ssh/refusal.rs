//! Why a host can't be used. In every case nothing was sent to it that could have an effect.

/// Why there is no connection, or no channel on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It was let go before the log-in was over, as a server under pressure does: worth another try soon.
    Dropped(String),
    /// It can't be reached now.
    Unreachable(String),
    /// It does not let us in, or the configuration is at fault: trying again changes nothing.
    Refused(String),
    /// It is not known to be who it should be.
    Untrusted(String),
}

impl Refusal {
    /// The reason, as a message has it.
    pub fn why(&self) -> &str {
        match self {
            Refusal::Dropped(why)
            | Refusal::Unreachable(why)
            | Refusal::Refused(why)
            | Refusal::Untrusted(why) => why,
        }
    }

    /// The same of a host on the way to the one that is meant.
    pub fn through(self, jump: &str) -> Self {
        let told = |why: String| format!("jump host {jump}: {why}");
        match self {
            Refusal::Dropped(why) => Refusal::Dropped(told(why)),
            Refusal::Unreachable(why) => Refusal::Unreachable(told(why)),
            Refusal::Refused(why) => Refusal::Refused(told(why)),
            Refusal::Untrusted(why) => Refusal::Untrusted(told(why)),
        }
    }
}
