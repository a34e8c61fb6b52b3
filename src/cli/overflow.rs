//! Long outputs, each in a file of its own beside the store of runs, without the secrets in them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::reason;
use crate::backend::{Overflow, Spill, Stream};
use crate::ids::{RunId, StepKey};
use crate::run::{Hider, Secrets};
use crate::value::Whole;

/// How much of the disk the outputs of one run may take.
const MOST: u64 = 16 * 1024 * 1024 * 1024;
/// How much is written at a time.
const CHUNK: usize = 64 * 1024;
/// How much of a step's key its file is called by.
const LONGEST_NAME: usize = 120;

/// Where the outputs of `run` are, whose record is in `store`.
pub fn folder(store: &Path, run: &RunId) -> PathBuf {
    all(store).join(&*run.0)
}

/// The outputs of all runs.
fn all(store: &Path) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(".outputs");
    path.into()
}

/// The folder `STORE.outputs/RUN`, made when there is something to put into it.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    store: PathBuf,
    secrets: Secrets,
    /// How much may still be written.
    room: Arc<AtomicU64>,
}

impl OutputFolder {
    /// The folder of `run`, for what may hold `secrets`.
    pub fn of(store: &Path, run: &RunId, secrets: Secrets) -> Self {
        let room = Arc::new(AtomicU64::new(MOST));
        Self { path: folder(store, run), store: store.to_path_buf(), secrets, room }
    }

    fn create(&self, key: &StepKey, stream: Stream) -> io::Result<(PathBuf, File)> {
        self.ready()?;
        let name = safe(key);
        (1_u32..)
            .map(|number| {
                let number = if number == 1 { String::new() } else { format!(".{number}") };
                self.path.join(format!("{name}{number}.{}", stream.name()))
            })
            .find_map(|path| match new_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
                made => Some(made.map(|file| (path, file))),
            })
            .unwrap_or_else(|| Err(io::ErrorKind::AlreadyExists.into()))
    }

    /// Makes the folder, and the one around it.
    fn ready(&self) -> io::Result<()> {
        self.own(&all(&self.store))?;
        self.own(&self.path)
    }

    /// Makes a folder. One that is there already must be ours and nobody else's: what others can write
    /// to, they can lead elsewhere.
    fn own(&self, path: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
        let (folder, store) = (std::fs::symlink_metadata(path)?, std::fs::metadata(&self.store)?);
        let ours = folder.is_dir() && folder.uid() == store.uid() && folder.mode() & 0o077 == 0;
        if ours { Ok(()) } else { Err(io::Error::other("others may write to the folder")) }
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A step's key as the name of a file: readable, and another for every key.
fn safe(key: &StepKey) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._=-".contains(c) { c } else { '-' };
    let name: String = key.0.chars().map(plain).take(LONGEST_NAME).collect();
    let hash = key.0.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{}-{hash:016x}", name.trim_start_matches(['.', '-']))
}

impl Overflow for OutputFolder {
    fn begin(&self, key: &StepKey, stream: Stream) -> Box<dyn Spill> {
        let (hider, room) = (self.secrets.hider(), Arc::clone(&self.room));
        let (path, file, why) = match self.create(key, stream) {
            Ok((path, file)) => (Some(path), Some(file), None),
            Err(error) => (None, None, Some(format!("{}: {}", self.path.display(), reason(&error)))),
        };
        Box::new(OutputFile { path, file, why, hider, waiting: Vec::new(), room })
    }
}

/// One output on its way into its file.
struct OutputFile {
    path: Option<PathBuf>,
    /// Nothing when no more goes in.
    file: Option<File>,
    why: Option<String>,
    hider: Hider,
    waiting: Vec<u8>,
    room: Arc<AtomicU64>,
}

impl OutputFile {
    /// What can't be written ends the file, and nothing else.
    fn write(&mut self) {
        let Some(file) = &mut self.file else { return };
        let length = self.waiting.len() as u64;
        let room =
            self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(length));
        let written = match room {
            Ok(_) => file.write_all(&self.waiting),
            Err(_) => {
                Err(io::Error::other(format!("the outputs of this run take {} GiB already", MOST >> 30)))
            }
        };
        self.waiting.clear();
        if let Err(error) = written {
            self.why = Some(reason(&error));
            self.file = None;
        }
    }
}

impl Spill for OutputFile {
    fn push(&mut self, bytes: &[u8]) {
        if self.file.is_none() {
            return;
        }
        self.hider.push(bytes, &mut self.waiting);
        if self.waiting.len() >= CHUNK {
            self.write();
        }
    }

    fn finish(mut self: Box<Self>) -> Whole {
        let path = self.path.take().map(|path| path.display().to_string());
        self.hider.finish(&mut self.waiting);
        self.write();
        Whole { path, why: self.why.take() }
    }
}

/// A command that was cut short leaves what it printed until then, but for what may be half a secret.
impl Drop for OutputFile {
    fn drop(&mut self) {
        self.write();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::value::SecretString;

    fn folder(place: &tempfile::TempDir) -> OutputFolder {
        let store = place.path().join("runs.db");
        std::fs::write(&store, "").unwrap();
        let secrets = [("token", SecretString::new("correct horse"))].into_iter().collect();
        OutputFolder::of(&store, &RunId("bako-rife".into()), secrets)
    }

    fn key(text: &str) -> StepKey {
        StepKey(text.into())
    }

    #[test]
    fn files_are_their_owners_and_hold_no_secret() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        let mut spill = folder.begin(&key("stage:1/for:host=a/../b"), Stream::Stdout);
        [&b"one correct"[..], b" ho", b"rse\xff"].into_iter().for_each(|part| spill.push(part));
        let whole = spill.finish();
        assert_eq!(whole.why, None);
        let path = PathBuf::from(whole.path.unwrap());
        assert_eq!(path.parent().unwrap(), place.path().join("runs.db.outputs/bako-rife"));
        assert_eq!(std::fs::read(&path).unwrap(), [b"one ", "•••".as_bytes(), b"\xff"].concat());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn every_stream_of_every_step_has_a_file_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        let steps = ["", "a/b", "a-b", "a/b", &"x".repeat(5000)];
        let mut paths: Vec<_> = steps
            .iter()
            .flat_map(|step| [Stream::Stdout, Stream::Stderr].map(|stream| (key(step), stream)))
            .map(|(key, stream)| folder.begin(&key, stream).finish().path.unwrap())
            .collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 10);
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        std::fs::create_dir_all(&folder.path).unwrap();
        std::fs::set_permissions(folder.path.parent().unwrap(), std::fs::Permissions::from_mode(0o700))
            .unwrap();
        std::fs::set_permissions(&folder.path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let whole = folder.begin(&key("a"), Stream::Stdout).finish();
        assert!(whole.path.is_none() && whole.why.unwrap().ends_with("others may write to the folder"));
        std::fs::remove_dir(&folder.path).unwrap();
        std::os::unix::fs::symlink(place.path(), &folder.path).unwrap();
        assert!(folder.begin(&key("a"), Stream::Stdout).finish().path.is_none());
    }

    #[test]
    fn what_is_cut_short_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        let mut spill = folder.begin(&key("a"), Stream::Stderr);
        spill.push(b"until here correct ho");
        drop(spill);
        let file = std::fs::read_dir(&folder.path).unwrap().next().unwrap().unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), b"until here ");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_a_full_disk_the_file_ends_and_says_why() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        let full = PathBuf::from("/dev/full");
        let file = OpenOptions::new().write(true).open(&full).unwrap();
        let (hider, room) = (folder.secrets.hider(), Arc::clone(&folder.room));
        let mut spill: Box<dyn Spill> = Box::new(OutputFile {
            path: Some(full),
            file: Some(file),
            why: None,
            hider,
            waiting: vec![],
            room,
        });
        (0..3).for_each(|_| spill.push(&vec![b'x'; CHUNK]));
        let whole = spill.finish();
        assert_eq!(whole.path.as_deref(), Some("/dev/full"));
        assert_eq!(whole.why.as_deref(), Some("no space left on device"));
    }

    #[test]
    fn the_outputs_of_a_run_are_bounded() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(&place);
        folder.room.store(3 * CHUNK as u64, Ordering::Relaxed);
        let mut spill = folder.begin(&key("a"), Stream::Stderr);
        (0..5).for_each(|_| spill.push(&vec![b'x'; CHUNK]));
        let whole = spill.finish();
        assert!(whole.why.unwrap().contains("GiB already"));
        assert_eq!(std::fs::metadata(whole.path.unwrap()).unwrap().len(), 3 * CHUNK as u64);
    }
}
