//! A channel for one command or one file, in turn with the others on its connection.

use russh::client::Msg;
use russh::{Channel, ChannelOpenFailure};

use super::connect::{Connection, plainly};
use super::refusal::Refusal;
use super::sessions::Turn;

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
        match connection.handle.channel_open_session().await {
            Ok(channel) => return Ready::Channel(channel, turn),
            Err(russh::Error::ChannelOpenFailure(why)) => {
                if !turn.refused() {
                    return Ready::Refused(no_session(why));
                }
            }
            Err(_) if connection.is_closed() => return Ready::Stale,
            Err(error) => return Ready::Refused(Refusal::Unreachable(plainly(&error))),
        }
    }
}

fn no_session(why: ChannelOpenFailure) -> Refusal {
    Refusal::Refused(format!("the host takes no session ({why:?})"))
}
