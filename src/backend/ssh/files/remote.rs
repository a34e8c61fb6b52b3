//! A host's files over SFTP (draft-ietf-secsh-filexfer-02, with OpenSSH's extensions).

use futures::stream::{FuturesOrdered, StreamExt};
use russh::Channel;
use russh::client::Msg;
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::client::rawsession::SftpResult;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What one request carries; every server takes as much.
const PIECE: usize = 32 * 1024;
/// How many requests are under way at once.
const AHEAD: usize = 32;
/// How long one request may take, in seconds; the whole has a limit of its own.
const PATIENCE: u64 = 60;

/// The files of one host.
pub(super) struct Remote {
    session: RawSftpSession,
    replaces: bool,
    syncs: bool,
}

impl Remote {
    /// Starts the sftp subsystem on a channel of its own.
    pub async fn open(channel: Channel<Msg>) -> Result<Self, String> {
        let told = |error: russh::Error| super::super::connect::plainly(&error);
        channel.request_subsystem(true, "sftp").await.map_err(told)?;
        let session = RawSftpSession::new(channel.into_stream());
        session.set_timeout(PATIENCE);
        let version = session.init().await.map_err(|_| "the host offers no SFTP".to_owned())?;
        let has = |name: &str| version.extensions.contains_key(name);
        let (replaces, syncs) = (has("posix-rename@openssh.com"), has("fsync@openssh.com"));
        Ok(Self { session, replaces, syncs })
    }

    /// What is known of a file; nothing when there is none.
    pub async fn stat(&self, path: &str) -> SftpResult<Option<FileAttributes>> {
        match self.session.stat(path).await {
            Ok(found) => Ok(Some(found.attrs)),
            Err(Error::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes all of `source` from `offset` on, and what was there before it stays.
    pub async fn write(
        &self,
        path: &str,
        mut offset: u64,
        source: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), String> {
        let private = FileAttributes { permissions: Some(0o600), ..FileAttributes::empty() };
        let flags = match offset {
            0 => OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE,
            _ => OpenFlags::WRITE,
        };
        let handle = self.session.open(path, flags, private).await.map_err(|error| plainly(&error))?.handle;
        let mut under_way = FuturesOrdered::new();
        loop {
            let piece = piece(source).await?;
            let length = piece.len();
            if length == 0 {
                break;
            }
            under_way.push_back(self.session.write(handle.clone(), offset, piece));
            offset += length as u64;
            if under_way.len() >= AHEAD
                && let Some(written) = under_way.next().await
            {
                written.map_err(|error| plainly(&error))?;
            }
        }
        while let Some(written) = under_way.next().await {
            written.map_err(|error| plainly(&error))?;
        }
        self.settle(handle).await
    }

    async fn settle(&self, handle: String) -> Result<(), String> {
        if self.syncs {
            self.session.fsync(handle.clone()).await.map_err(|error| plainly(&error))?;
        }
        self.session.close(handle).await.map(drop).map_err(|error| plainly(&error))
    }

    /// Reads from `offset` to the end.
    pub async fn read(
        &self,
        path: &str,
        mut offset: u64,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), String> {
        let told = |error: Error| plainly(&error);
        let handle =
            self.session.open(path, OpenFlags::READ, FileAttributes::empty()).await.map_err(told)?.handle;
        let (mut under_way, mut asked) = (FuturesOrdered::new(), offset);
        loop {
            while under_way.len() < AHEAD {
                under_way.push_back(self.session.read(handle.clone(), asked, PIECE as u32));
                asked += PIECE as u64;
            }
            let data = match under_way.next().await {
                Some(Ok(data)) => data.data,
                Some(Err(Error::Status(status))) if status.status_code == StatusCode::Eof => break,
                Some(Err(error)) => return Err(plainly(&error)),
                None => break,
            };
            offset += data.len() as u64;
            sink.write_all(&data).await.map_err(|error| super::super::connect::said(&error))?;
            if data.len() < PIECE {
                // A short piece: what was asked for after it would leave a gap.
                under_way = FuturesOrdered::new();
                asked = offset;
            }
        }
        drop(under_way);
        self.session.close(handle).await.map(drop).map_err(told)
    }

    pub async fn set_mode(&self, path: &str, mode: u32) -> Result<(), String> {
        let attributes = FileAttributes { permissions: Some(mode), ..FileAttributes::empty() };
        self.session.setstat(path, attributes).await.map(drop).map_err(|error| plainly(&error))
    }

    pub async fn remove(&self, path: &str) {
        let _gone_already = self.session.remove(path).await;
    }

    /// Puts `from` in the place of `to` in one step.
    pub async fn replace(&self, from: &str, to: &str) -> SftpResult<()> {
        if !self.replaces {
            return self.session.rename(from, to).await.map(drop);
        }
        let mut paths = Vec::new();
        for path in [from, to] {
            paths.extend(u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes());
            paths.extend(path.bytes());
        }
        match self.session.extended("posix-rename@openssh.com", paths).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(Error::Status(status)),
            _ => Err(Error::UnexpectedPacket),
        }
    }
}

/// The next piece of a local file; empty at its end.
async fn piece(source: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, String> {
    let mut piece = Vec::with_capacity(PIECE);
    let read = source.take(PIECE as u64).read_to_end(&mut piece).await;
    read.map_err(|error| super::super::connect::said(&error))?;
    Ok(piece)
}

/// What the host says, in plain words.
pub(super) fn plainly(error: &Error) -> String {
    match error {
        Error::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => "there is no such file or folder".to_owned(),
            StatusCode::PermissionDenied => "permission denied".to_owned(),
            StatusCode::Failure => "the host refused it, and does not say why (is the disk full?)".to_owned(),
            _ => status.error_message.to_lowercase(),
        },
        Error::Timeout => "the host did not answer any more".to_owned(),
        Error::IO(why) | Error::UnexpectedBehavior(why) | Error::Limited(why) => {
            format!("the transfer broke off: {why}")
        }
        Error::UnexpectedPacket => "the host answered something else".to_owned(),
    }
}

/// Whether the host itself said no, so that trying again would end alike.
pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Status(_))
}
