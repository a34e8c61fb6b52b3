//! What a command reads on stdin.

use bytes::Bytes;
use russh::ChannelWriteHalf;
use russh::client::Msg;

use crate::backend::Sensitive;

/// What is to be sent, in order: what the shell reads first, then the command's own, and what says that it is whole.
pub(super) struct Feed([Bytes; 3]);

impl Feed {
    pub fn new(first: Vec<u8>, own: Option<&Sensitive>, end: String) -> Self {
        let own = own.map(|own| own.reveal().to_owned()).unwrap_or_default();
        Self([first.into(), own.into(), end.into()])
    }

    /// Sends it as fast as the host takes it. A command need not read all of it.
    pub async fn run(self, write: &ChannelWriteHalf<Msg>) {
        for piece in self.0 {
            if write.data_bytes(piece).await.is_err() {
                return;
            }
        }
        let _closed = write.eof().await;
    }
}
