//! A file copied here: under a temporary name first, so that nobody sees half of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::process::plainly;
use crate::backend::{Cut, Reply};
use crate::value::Outcome;

/// Copies a file; what was cut short leaves the old one in its place.
pub(super) async fn copy(from: &str, to: &str, within: Duration, cancel: &CancellationToken) -> Reply {
    let began = Instant::now();
    let copied = tokio::select! {
        copied = copy_whole(Path::new(from), Path::new(to)) => copied,
        () = sleep(within) => return Reply::Ended { why: Cut::TimedOut },
        () = cancel.cancelled() => return Reply::Ended { why: Cut::Cancelled },
    };
    let seconds = began.elapsed().as_secs_f64();
    match copied {
        Ok(bytes) => Reply::Answered(Outcome::Done { value: serde_json::json!({ "bytes": bytes }), seconds }),
        Err(why) => Reply::NotSent { why },
    }
}

async fn copy_whole(from: &Path, to: &Path) -> Result<u64, String> {
    let to = if to.is_dir() { to.join(from.file_name().unwrap_or_default()) } else { to.to_path_buf() };
    let unread = |error| format!("`{}` can't be read: {}", from.display(), plainly(&error));
    let unwritten = |error| format!("`{}` can't be written: {}", to.display(), plainly(&error));
    let mut source = tokio::fs::File::open(from).await.map_err(unread)?;
    let details = source.metadata().await.map_err(unread)?;
    if !details.is_file() {
        return Err(format!("`{}` is not a file", from.display()));
    }
    let part = Part::beside(&to);
    let mut target = tokio::fs::File::create_new(&part.path).await.map_err(unwritten)?;
    let bytes = tokio::io::copy(&mut source, &mut target).await.map_err(unwritten)?;
    target.set_permissions(details.permissions()).await.map_err(unwritten)?;
    target.sync_all().await.map_err(unwritten)?;
    tokio::fs::rename(&part.path, &to).await.map_err(unwritten)?;
    Ok(bytes)
}

/// The file while it is not whole; removed when it stays so.
struct Part {
    path: PathBuf,
}

impl Part {
    fn beside(whole: &Path) -> Self {
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { path: whole.with_file_name(format!(".{name}.{}-{count}.part", std::process::id())) }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _renamed_already = std::fs::remove_file(&self.path);
    }
}
