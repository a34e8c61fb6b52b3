//! What is known of a host once it was asked: for `rutter hosts` and `rutter plan --live`.

/// Whether a target can be reached, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostReport {
    /// `user@host:port` as it is connected to, when the configuration could be read.
    pub who: Option<String>,
    /// The hosts on the way, in order.
    pub via: Vec<String>,
    /// What was found, or why it can't be reached.
    pub reached: Result<Reached, String>,
}

/// A host that let us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What opened the door: `ssh-ed25519 SHA256:… (~/.ssh/id_ed25519)`, `password`.
    pub by: String,
    pub host_key: HostKeySeen,
}

/// The key by which the host proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeySeen {
    /// `ssh-ed25519 SHA256:…`
    pub key: String,
    /// `FILE:LINE` of known_hosts; nothing when the target says `host key unchecked`.
    pub record: Option<String>,
}
