//! Files to and from hosts: whole or not at all.
//!
//! A file goes under a temporary name first, is held against its size and checksum, and only then
//! takes its place, in one step. What a broken link leaves behind is gone on with the next time.

mod checksum;
mod remote;

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use serde_json::json;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use self::remote::{Remote, is_refusal, plainly};
use super::Ssh;
use super::command::quoted;
use super::connect::{Connection, said};
use super::session::{Ready, open};
use crate::backend::{Cut, Reply, Request};
use crate::value::Outcome;

/// Which way a file goes.
#[derive(Clone, Copy)]
pub(super) enum Transfer<'t> {
    Put { local: &'t str, remote: &'t str },
    Get { remote: &'t str, local: &'t str },
}

/// What was carried over.
struct Carried {
    bytes: u64,
    sha256: String,
    /// How much of it was there from an earlier time.
    resumed: u64,
}

/// Why it was not, as far as it matters to what comes next.
enum Broken {
    /// The link went; the file that was there before is untouched.
    Link(String),
    /// It would end alike again.
    Refused(String),
    /// Nobody knows whether the new file has taken its place.
    Unknown(String),
}

/// Carries a file over.
pub(super) async fn carry(
    ssh: &Ssh,
    request: &Request,
    transfer: Transfer<'_>,
    cancel: &CancellationToken,
) -> Reply {
    let began = Instant::now();
    let work = timeout_at(began + request.within, work(ssh, request, transfer, began));
    let done = tokio::select! {
        done = work => done,
        () = cancel.cancelled() => return Reply::Ended { why: Cut::Cancelled },
    };
    let seconds = began.elapsed().as_secs_f64();
    match done {
        Err(_) => Reply::Ended { why: Cut::TimedOut },
        Ok(Err(reply)) => *reply,
        Ok(Ok(Err(Broken::Link(why)))) => Reply::NotSent { why },
        Ok(Ok(Err(Broken::Refused(why)))) => Reply::Refused { why },
        Ok(Ok(Err(Broken::Unknown(detail)))) => Reply::Unknown { why: Cut::ConnectionLost, detail },
        Ok(Ok(Ok(Carried { bytes, sha256, resumed }))) => Reply::Answered(Outcome::Done {
            value: json!({ "bytes": bytes, "sha256": sha256, "resumed": resumed }),
            seconds,
        }),
    }
}

async fn work(
    ssh: &Ssh,
    request: &Request,
    transfer: Transfer<'_>,
    began: Instant,
) -> Result<Result<Carried, Broken>, Box<Reply>> {
    let connection = ssh.pool.for_request(&ssh.connector, request).await;
    let connection = connection.map_err(|refusal| Box::new(refusal.into_reply()))?;
    let (channel, _turn) = match open(&connection).await {
        Ready::Channel(channel, turn) => (channel, turn),
        Ready::Refused(refusal) => return Err(Box::new(refusal.into_reply())),
        Ready::Stale => return Err(Box::new(Reply::NotSent { why: connection.lost() })),
    };
    let remote = Remote::open(channel).await;
    let remote = remote.map_err(|why| Box::new(Reply::NotSent { why }))?;
    if request.is_late(began.elapsed()) {
        return Err(Box::new(Reply::Late));
    }
    let carrier = Carrier { connection: &connection, remote };
    let work: BoxFuture<'_, _> = match transfer {
        Transfer::Put { local, remote } => Box::pin(carrier.put(Path::new(local), remote)),
        Transfer::Get { remote, local } => Box::pin(carrier.get(remote, Path::new(local))),
    };
    Ok(work.await)
}

struct Carrier<'c> {
    connection: &'c Connection,
    remote: Remote,
}

impl Carrier<'_> {
    async fn put(&self, local: &Path, remote: &str) -> Result<Carried, Broken> {
        let file = LocalFile::read(local).await.map_err(Broken::Refused)?;
        let remote = self.inside_folder(remote, local).await?;
        let part = part_beside(&remote, &file.sha256[..16]);
        let resumed = self.begun(&part, file.bytes).await.map_err(|why| self.broken(&remote, why))?;
        let paths = (part.as_str(), remote.as_str());
        self.fill(&file, local, paths, resumed).await?;
        self.verify(&file, paths).await?;
        self.take_place(paths).await?;
        Ok(Carried { bytes: file.bytes, sha256: file.sha256, resumed })
    }

    /// Sends what is missing, and gives it its mode.
    async fn fill(
        &self,
        file: &LocalFile,
        local: &Path,
        (part, remote): (&str, &str),
        resumed: u64,
    ) -> Result<(), Broken> {
        let sent = self.send(file, local, (part, remote), resumed).await;
        if matches!(sent, Err(Broken::Refused(_))) {
            // It may be what filled the disk.
            self.remote.remove(part).await;
        }
        sent?;
        self.remote.set_mode(part, file.mode).await.map_err(|why| self.broken(remote, why))
    }

    async fn verify(&self, file: &LocalFile, (part, remote): (&str, &str)) -> Result<(), Broken> {
        let sum = checksum::there(self.connection, &self.remote, part).await;
        if sum.map_err(|why| self.broken(remote, why))? == file.sha256 {
            return Ok(());
        }
        // What was there from before was something else: all of it is sent next time.
        self.remote.remove(part).await;
        Err(Broken::Link(format!("`{remote}` did not arrive as it was sent")))
    }

    async fn take_place(&self, (part, remote): (&str, &str)) -> Result<(), Broken> {
        match self.remote.replace(part, remote).await {
            Ok(()) => Ok(()),
            Err(error) if is_refusal(&error) => {
                self.remote.remove(part).await;
                Err(Broken::Refused(format!("`{remote}` can't be replaced: {}", plainly(&error))))
            }
            Err(error) => Err(Broken::Unknown(plainly(&error))),
        }
    }

    /// A folder is where the file goes into, under its own name.
    async fn inside_folder(&self, remote: &str, local: &Path) -> Result<String, Broken> {
        let remote = remote.strip_prefix("~/").unwrap_or(remote);
        let about = self.remote.stat(remote).await.map_err(|error| self.broken(remote, plainly(&error)))?;
        let name = local.file_name().unwrap_or_default().to_string_lossy();
        match about.is_some_and(|about| about.is_dir()) || remote.ends_with('/') {
            true => Ok(format!("{}/{name}", remote.trim_end_matches('/'))),
            false => Ok(remote.to_owned()),
        }
    }

    /// How much is there of a transfer that broke off.
    async fn begun(&self, part: &str, whole: u64) -> Result<u64, String> {
        let about = self.remote.stat(part).await.map_err(|error| plainly(&error))?;
        let begun = about.and_then(|about| about.size).unwrap_or(0);
        Ok(if begun <= whole { begun } else { 0 })
    }

    async fn send(
        &self,
        file: &LocalFile,
        local: &Path,
        (part, remote): (&str, &str),
        from: u64,
    ) -> Result<(), Broken> {
        let unread =
            |error: std::io::Error| Broken::Refused(format!("`{}`: {}", local.display(), said(&error)));
        let mut source = tokio::fs::File::open(local).await.map_err(unread)?;
        source.seek(std::io::SeekFrom::Start(from)).await.map_err(unread)?;
        if from < file.bytes || file.bytes == 0 {
            self.remote.write(part, from, &mut source).await.map_err(|why| self.broken(remote, why))?;
        }
        let about = self.remote.stat(part).await.map_err(|error| self.broken(remote, plainly(&error)))?;
        match about.and_then(|about| about.size) == Some(file.bytes) {
            true => Ok(()),
            false => {
                self.remote.remove(part).await;
                Err(Broken::Link(format!("`{}` changed while it was sent", local.display())))
            }
        }
    }

    async fn get(&self, remote: &str, local: &Path) -> Result<Carried, Broken> {
        let remote = remote.strip_prefix("~/").unwrap_or(remote);
        let about = self.remote.stat(remote).await.map_err(|error| self.broken(remote, plainly(&error)))?;
        let about = about.filter(|about| !about.is_dir());
        let about = about.ok_or_else(|| Broken::Refused(format!("`{remote}`: there is no such file")))?;
        let (bytes, mode) = (about.size.unwrap_or(0), about.permissions.unwrap_or(0o600) & 0o777);
        let name = remote.rsplit('/').next().unwrap_or(remote);
        let local = if local.is_dir() { local.join(name) } else { local.to_owned() };
        let mark = format!("{bytes}-{}", about.mtime.unwrap_or(0));
        let part = PathBuf::from(part_beside(&local.to_string_lossy(), &mark));
        let resumed = self.receive(remote, &part, bytes).await?;
        self.accept(remote, &part, &local, mode).await.map(|sha256| Carried { bytes, sha256, resumed })
    }

    async fn receive(&self, remote: &str, part: &Path, bytes: u64) -> Result<u64, Broken> {
        let unwritten =
            |error: std::io::Error| Broken::Refused(format!("`{}`: {}", part.display(), said(&error)));
        let mut options = tokio::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut sink = options.open(part).await.map_err(unwritten)?;
        let mut begun = sink.metadata().await.map_err(unwritten)?.len();
        if begun > bytes {
            sink.set_len(0).await.map_err(unwritten)?;
            begun = 0;
        }
        self.remote.read(remote, begun, &mut sink).await.map_err(|why| self.broken(remote, why))?;
        sink.flush().await.map_err(unwritten)?;
        sink.sync_all().await.map_err(unwritten)?;
        Ok(begun)
    }

    /// Holds what came against what is there, and puts it in its place.
    async fn accept(&self, remote: &str, part: &Path, local: &Path, mode: u32) -> Result<String, Broken> {
        let sum = checksum::here(part).await.map_err(Broken::Refused)?;
        let there = checksum::there(self.connection, &self.remote, remote).await;
        if there.map_err(|why| self.broken(remote, why))? != sum {
            let _gone_already = tokio::fs::remove_file(part).await;
            return Err(Broken::Link(format!("`{remote}` did not arrive as it is there")));
        }
        let unwritten =
            |error: std::io::Error| Broken::Refused(format!("`{}`: {}", local.display(), said(&error)));
        set_mode(part, mode).await.map_err(unwritten)?;
        tokio::fs::rename(part, local).await.map_err(unwritten)?;
        Ok(sum)
    }

    /// A link that is gone is another matter than a host that says no.
    fn broken(&self, path: &str, why: String) -> Broken {
        match self.connection.is_closed() {
            true => Broken::Link(format!("the connection was lost: {}", self.connection.lost())),
            false => Broken::Refused(format!("`{path}`: {why}")),
        }
    }
}

/// A file that is to be sent.
struct LocalFile {
    bytes: u64,
    mode: u32,
    sha256: String,
}

impl LocalFile {
    async fn read(path: &Path) -> Result<Self, String> {
        let unread = |why: String| format!("`{}` can't be read: {why}", path.display());
        let about = tokio::fs::metadata(path).await.map_err(|error| unread(said(&error)))?;
        if !about.is_file() {
            return Err(format!("`{}` is not a file", path.display()));
        }
        let sha256 = checksum::here(path).await.map_err(unread)?;
        Ok(Self { bytes: about.len(), mode: mode(&about), sha256 })
    }
}

/// Where a file stands while it is not whole: beside its place, so that one step takes it there.
fn part_beside(path: &str, mark: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let slash = if path.contains('/') { "/" } else { "" };
    format!("{folder}{slash}.{name}.rutter-{mark}.part")
}

#[cfg(unix)]
fn mode(about: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777
}

#[cfg(not(unix))]
fn mode(_about: &std::fs::Metadata) -> u32 {
    0o644
}

#[cfg(unix)]
async fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    tokio::fs::set_permissions(path, permissions).await
}

#[cfg(not(unix))]
async fn set_mode(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}
