//! Where a connection leads: what a target says of it, without its name.

use crate::backend::Lane;
use crate::value::{HostKey, Target};

/// One host as one user, in one lane. Targets that agree in it share a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub address: String,
    pub user: Option<String>,
    pub port: Option<u16>,
    /// `[user@]host[:port]`, several with commas, as `ssh -J` takes it.
    pub jump: Option<String>,
    pub identity: Option<String>,
    pub host_key: HostKey,
    pub lane: Lane,
    /// How many jump hosts led here.
    pub depth: usize,
}

impl Place {
    pub fn of(target: &Target, lane: Lane) -> Self {
        Self {
            address: target.address.clone(),
            user: target.user.clone(),
            port: target.port,
            jump: target.jump.clone(),
            identity: target.login.identity.clone(),
            host_key: target.login.host_key,
            lane,
            depth: 0,
        }
    }
}
