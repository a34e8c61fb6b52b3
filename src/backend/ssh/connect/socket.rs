//! A TCP connection tuned for short exchanges.
//!
//! sshd leaves Nagle's algorithm on for sessions without a terminal: its answer to a channel-open
//! waits for the acknowledgement of what it sent just before, which the kernel here would delay by
//! 40 ms. So an acknowledgement is asked for before each read. What is read is buffered: a packet is
//! taken in several small parts.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// How long the other side may leave what was sent unacknowledged.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
/// How much is read at once.
const READ: usize = 8 * 1024;

/// A connection that acknowledges at once.
pub(super) struct Socket {
    stream: TcpStream,
    /// What comes next is acknowledged at once.
    armed: bool,
}

impl Socket {
    /// Takes over an open connection.
    pub fn buffered(stream: TcpStream) -> io::Result<BufReader<Self>> {
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        Ok(BufReader::with_capacity(READ, Self { stream, armed: false }))
    }

    /// The kernel forgets the option by itself, so it is set again after each read. Where it can't
    /// be set, reads are only slower.
    fn acknowledge_at_once(&mut self) {
        #[cfg(target_os = "linux")]
        let _slower = SockRef::from(&self.stream).set_tcp_quickack(true);
        self.armed = true;
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.armed {
            self.acknowledge_at_once();
        }
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.armed = read.is_pending();
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
