//! A channel for one command or one file, in turn with the others on its connection.

use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelOpenFailure, Error};
use tokio::time::sleep;

use super::connect::{Connection, plainly};
use super::refusal::Refusal;
use super::sessions::Turn;

/// The pauses, in milliseconds, before a session that was refused is asked for again: sshd gives a place
/// free a moment after its channel was closed, and refuses what comes in that moment.
const PAUSES: [u64; 5] = [5, 20, 75, 200, 500];
/// Refused so often, while others hold sessions, their number is the limit.
const SURE: usize = 2;

/// What became of a connection that was to carry something.
pub(super) enum Ready<'c> {
    Channel(Channel<Msg>, Turn<'c>),
    /// The connection was gone when it was needed.
    Stale,
    Refused(Refusal),
}

/// A channel, as soon as the server takes one more.
pub(super) async fn open(connection: &Connection) -> Ready<'_> {
    loop {
        let turn = connection.sessions.turn().await;
        match insist(connection, &turn).await {
            Ok(channel) => return Ready::Channel(channel, turn),
            Err(Error::ChannelOpenFailure(why)) => {
                if !turn.refused() {
                    return Ready::Refused(no_session(why));
                }
            }
            Err(_) if connection.is_closed() => return Ready::Stale,
            Err(error) => return Ready::Refused(Refusal::Unreachable(plainly(&error))),
        }
    }
}

async fn insist(connection: &Connection, turn: &Turn<'_>) -> Result<Channel<Msg>, Error> {
    for (refused, pause) in PAUSES.into_iter().enumerate() {
        match connection.handle.channel_open_session().await {
            Err(Error::ChannelOpenFailure(_)) if refused < SURE || turn.is_only() => {
                sleep(Duration::from_millis(pause)).await;
            }
            done => return done,
        }
    }
    connection.handle.channel_open_session().await
}

fn no_session(why: ChannelOpenFailure) -> Refusal {
    Refusal::Refused(format!("the host takes no session ({why:?})"))
}
