//! What a command reads on stdin, and when: the log-in to sudo and the command's own input never mix.

use bytes::Bytes;
use russh::ChannelWriteHalf;
use russh::client::Msg;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::marks::Mark;
use super::posix::Sudo;
use crate::backend::Sensitive;
use crate::value::SecretString;

/// What is to be sent, and what was.
pub(super) struct Input {
    own: Option<Sensitive>,
    password: Option<SecretString>,
    queue: UnboundedSender<Piece>,
}

enum Piece {
    Text(Bytes),
    End,
}

/// Sends what is queued, as fast as the host takes it.
pub(super) struct Feed(UnboundedReceiver<Piece>);

impl Input {
    /// `first` goes ahead of everything.
    pub fn new(
        first: Vec<u8>,
        own: Option<Sensitive>,
        (sudo, password): (Sudo, Option<SecretString>),
    ) -> (Self, Feed) {
        let (queue, queued) = unbounded_channel();
        let mut input = Self { own, password, queue };
        input.send(first);
        if sudo == Sudo::Plain {
            input.send_own();
        }
        (input, Feed(queued))
    }

    pub fn heed(&mut self, mark: &Mark) {
        match mark {
            Mark::Begun { .. } => {}
            Mark::PasswordWanted => match &self.password {
                Some(password) => self.send(format!("{}\n", password.reveal()).into_bytes()),
                None => self.end(),
            },
            Mark::Ready => self.send_own(),
        }
    }

    fn send_own(&mut self) {
        if let Some(own) = self.own.take() {
            self.send(own.reveal().to_owned().into_bytes());
        }
        self.end();
    }

    fn send(&self, text: Vec<u8>) {
        if !text.is_empty() {
            let _nobody_reads = self.queue.send(Piece::Text(text.into()));
        }
    }

    fn end(&self) {
        let _nobody_reads = self.queue.send(Piece::End);
    }
}

impl Feed {
    /// A command need not read all of it.
    pub async fn run(mut self, write: &ChannelWriteHalf<Msg>) {
        while let Some(Piece::Text(text)) = self.0.recv().await {
            if write.data_bytes(text).await.is_err() {
                return;
            }
        }
        let _closed = write.eof().await;
    }
}
