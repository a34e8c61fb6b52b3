//! How a run ends, as the `ended` of a world says it.

/// The end of the run that is played in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunEnd {
    Succeeded,
    Failed,
    Denied,
    Stopped,
    /// All stages that had begun were taken back.
    Undone,
}

impl RunEnd {
    pub const ALL: [Self; 5] = [Self::Succeeded, Self::Failed, Self::Denied, Self::Stopped, Self::Undone];

    /// What `ended` is then.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Stopped => "stopped",
            Self::Undone => "undone",
        }
    }
}
