//! SHA-256 of a file, here and there.

use std::path::Path;

use ring::digest::{Context, SHA256};
use russh::ChannelMsg;
use tokio::io::AsyncReadExt;

use super::super::command::text_for;
use super::super::connect::{Connection, said};
use super::remote::Remote;

/// The checksum of a file here, in hexadecimal.
pub(super) async fn here(path: &Path) -> Result<String, String> {
    let told = |error| said(&error);
    let mut file = tokio::fs::File::open(path).await.map_err(told)?;
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut buffer).await.map_err(told)? {
            0 => return Ok(hex(context.finish().as_ref())),
            count => context.update(&buffer[..count]),
        }
    }
}

/// The checksum of a file there: by the host's own tools, or else by reading it back.
pub(super) async fn there(connection: &Connection, remote: &Remote, path: &str) -> Result<String, String> {
    match by_tool(connection, path).await {
        Some(sum) => Ok(sum),
        None => {
            let mut sink = Sink(Context::new(&SHA256));
            remote.read(path, 0, &mut sink).await?;
            Ok(hex(sink.0.finish().as_ref()))
        }
    }
}

async fn by_tool(connection: &Connection, path: &str) -> Option<String> {
    let _turn = connection.sessions.turn_now()?;
    // A path that begins with a dash stays a path.
    let path = if path.starts_with('/') { path.to_owned() } else { format!("./{path}") };
    let text = text_for(
        &format!("p={}; sha256sum \"$p\" || shasum -a 256 \"$p\"", super::quoted(&path).ok()?),
        connection,
    );
    let mut channel = connection.handle.channel_open_session().await.ok()?;
    channel.exec(true, text?).await.ok()?;
    let mut said = Vec::new();
    while let Some(message) = channel.wait().await {
        if let ChannelMsg::Data { data } = message
            && said.len() < 64 * 1024
        {
            said.extend_from_slice(&data);
        }
    }
    let text = String::from_utf8_lossy(&said);
    // A name with a backslash or a newline in it is escaped, and its line begins with a backslash.
    let sum = text.trim_start_matches('\\').get(..64)?;
    let whole = sum.chars().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| sum.to_ascii_lowercase())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes bytes into a checksum.
struct Sink(Context);

impl tokio::io::AsyncWrite for Sink {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        data: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.0.update(data);
        std::task::Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}
