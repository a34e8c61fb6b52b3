//! The way to a host: straight, through other hosts, or by a program.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::super::refusal::Refusal;
use super::failure::said;
use super::socket::Socket;

/// Opens a TCP connection to the first of the host's addresses that answers.
pub(super) async fn straight(host: &str, port: u16) -> Result<BufReader<Socket>, Refusal> {
    let unreachable = |why: String| Refusal::Unreachable(why);
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses = addresses.map_err(|_| unreachable(format!("the name `{host}` can't be resolved")))?;
    let mut why = format!("the name `{host}` has no address");
    for address in addresses {
        match TcpStream::connect(address).await.and_then(Socket::buffered) {
            Ok(socket) => return Ok(socket),
            Err(error) => why = format!("{address}: {}", said(&error)),
        }
    }
    Err(unreachable(why))
}

/// Starts ProxyCommand, whose stdin and stdout are the connection. It ends with the connection.
pub(super) fn command(text: &str) -> Result<Program, Refusal> {
    #[expect(clippy::disallowed_methods, reason = "ssh_config names this program")]
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &format!("exec {text}")]);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let started = tokio::process::Command::from(shell).kill_on_drop(true).spawn();
    let failed =
        |why: String| Refusal::Unreachable(format!("`{text}` (ProxyCommand) can't be started: {why}"));
    let mut child = started.map_err(|error| failed(said(&error)))?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Ok(Program { input, output, _child: child }),
        _ => Err(failed("it has no pipes".to_owned())),
    }
}

/// A program that carries a connection.
pub(super) struct Program {
    input: ChildStdin,
    output: ChildStdout,
    _child: Child,
}

impl AsyncRead for Program {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(context, buffer)
    }
}

impl AsyncWrite for Program {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(context)
    }
}
