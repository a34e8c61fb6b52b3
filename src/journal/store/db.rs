//! The file: made for its owner alone, opened, brought to the newest format, and its transactions.
//!
//! In: a path. Out: transactions, and errors in plain words. Must not know: what the tables mean.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Fail, StoreError};

/// `rutt`: whose file it is.
const APPLICATION: u32 = 0x7275_7474;

/// What brings a store from each format to the next; only ever added to.
const MIGRATIONS: [&str; 1] = [include_str!("schema/1.sql")];

/// How sure what a transaction wrote must be when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sync {
    /// It outlives the process.
    Process,
    /// It outlives the machine's crash.
    Machine,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Db {
    path: PathBuf,
    connection: Connection,
    sync: Sync,
    /// The first sync that failed for any connection made from the same one. What was written before it
    /// may never reach the disk, and the next sync does not tell: nothing more is said to be there.
    unsynced: Arc<OnceLock<StoreError>>,
}

impl Db {
    /// Opens the store at `path`, and makes it if it is not there.
    pub fn open(path: &Path, patience: Duration) -> Result<Db, StoreError> {
        let path = absolute(path)?;
        let _alone = opening();
        make(&path).map_err(|error| unwritable(&path, &error))?;
        Db::connect(&path, patience)
    }

    /// Opens the store at `path` if there is one.
    pub fn existing(path: &Path, patience: Duration) -> Result<Option<Db>, StoreError> {
        let path = absolute(path)?;
        let _alone = opening();
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
            Ok(_) => Db::connect(&path, patience).map(Some),
        }
    }

    /// One more connection to the same store.
    pub fn another(&self, patience: Duration) -> Result<Db, StoreError> {
        let _alone = opening();
        let another = Db::connect(&self.path, patience)?;
        Ok(Db { unsynced: Arc::clone(&self.unsynced), ..another })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(path: &Path, patience: Duration) -> Result<Db, StoreError> {
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            let why = "it is no file".to_owned();
            return Err(StoreError::NotAStore { store: path.display().to_string(), why });
        }
        prepared(path, patience).map_err(|fail| fail.of(path))
    }

    /// Reads what stands there at one moment.
    pub fn read<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fail>,
    ) -> Result<T, StoreError> {
        let read = self.connection.transaction().map_err(Fail::Sql).and_then(|reading| work(&reading));
        read.map_err(|fail| fail.of(&self.path))
    }

    /// Writes all that `work` does, or nothing of it.
    pub fn write<T>(
        &mut self,
        sync: Sync,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fail>,
    ) -> Result<T, StoreError> {
        match self.unsynced.get() {
            Some(error) if sync == Sync::Machine => Err(error.clone()),
            Some(_) | None => self.committed(sync, work).map_err(|fail| self.told(fail)),
        }
    }

    fn told(&self, fail: Fail) -> StoreError {
        let is_sync = fail.is_of_a_sync();
        let error = fail.of(&self.path);
        if is_sync {
            self.unsynced.get_or_init(|| error.clone());
        }
        error
    }

    fn committed<T>(
        &mut self,
        sync: Sync,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fail>,
    ) -> Result<T, Fail> {
        if self.sync != sync {
            synchronous(&self.connection, sync)?;
            self.sync = sync;
        }
        let writing = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&writing)?;
        writing.commit()?;
        Ok(done)
    }
}

/// SQLite's locks belong to the process: to close a file of its own drops those of another
/// connection. So none is opened while a store is being made.
fn opening() -> impl Drop {
    static OPENING: Mutex<()> = Mutex::new(());
    OPENING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An absolute path is never taken for a URI or for `:memory:`.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| unreadable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unwritable { store: path.display().to_string(), why: plain(error) }
}

fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unreadable { store: path.display().to_string(), why: plain(error) }
}

/// Without `(os error 13)`.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Makes the folder and an empty file that only their owner may use, if they are not there.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        File::open(folder.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(file) => {
            // SQLite gives the same mode to the files beside it, whatever the umask.
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.sync_all()?;
            File::open(folder)?.sync_all()
        }
    }
}

fn prepared(path: &Path, patience: Duration) -> Result<Db, Fail> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    // Where a plain sync does not reach the disk; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", "ON")?;
    connection.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    synchronous(&connection, Sync::Machine)?;
    let format = format(&connection, path, &MIGRATIONS)?;
    retrying(patience, || write_ahead(&connection, path))?;
    if format < MIGRATIONS.len() {
        migrate(&mut connection, path, &MIGRATIONS)?;
    }
    Ok(Db { path: path.to_owned(), connection, sync: Sync::Machine, unsynced: Arc::default() })
}

fn synchronous(connection: &Connection, sync: Sync) -> rusqlite::Result<()> {
    let mode = match sync {
        Sync::Process => "NORMAL",
        Sync::Machine => "FULL",
    };
    connection.pragma_update(None, "synchronous", mode)
}

/// The format of the store, of those that `steps` lead to; 0 if there is nothing in the file yet.
fn format(connection: &Connection, path: &Path, steps: &[&str]) -> Result<usize, Fail> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, format) = (pragma("application_id")?.cast_unsigned(), pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let store = path.display().to_string();
    if application == 0 && tables == 0 && format == 0 {
        return Ok(0);
    }
    if application != APPLICATION {
        let why = "it is another program's database".to_owned();
        return Err(StoreError::NotAStore { store, why }.into());
    }
    match usize::try_from(format) {
        Ok(format) if format > steps.len() => {
            Err(StoreError::Newer { store, format, known: steps.len() }.into())
        }
        Ok(format) => Ok(format),
        Err(_) => Err(StoreError::Damaged { store, why: "its format is below zero".to_owned() }.into()),
    }
}

/// Readers and one writer at a time do not wait for each other then.
fn write_ahead(connection: &Connection, path: &Path) -> Result<(), Fail> {
    let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    if connection.pragma_query_value(None, "journal_mode", mode)? == "wal" {
        return Ok(());
    }
    // Before the first table, or it says nothing.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    match connection.pragma_update_and_check(None, "journal_mode", "WAL", mode)?.as_str() {
        "wal" => Ok(()),
        _ => Err(StoreError::Unwritable {
            store: path.display().to_string(),
            why: "its disk can't be shared between processes (a network disk?)".to_owned(),
        }
        .into()),
    }
}

/// SQLite does not wait of itself when two change the mode of a new file at once.
fn retrying(patience: Duration, mut work: impl FnMut() -> Result<(), Fail>) -> Result<(), Fail> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut left = patience;
    loop {
        match work() {
            Err(Fail::Sql(error)) if is_busy(&error) && left > PAUSE => left -= PAUSE,
            done => return done,
        }
        std::thread::sleep(PAUSE);
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// All steps to the newest format in one transaction; another process may have been first.
fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), Fail> {
    let migrating = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &steps[format(&migrating, path, steps)?..] {
        migrating.execute_batch(step)?;
    }
    migrating.pragma_update(None, "application_id", APPLICATION)?;
    migrating.pragma_update(None, "user_version", steps.len())?;
    Ok(migrating.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step after the last that there is.
    const NEXT: &str = "ALTER TABLE audit ADD COLUMN ticket TEXT;";

    fn store() -> (tempfile::TempDir, PathBuf, Db) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let db = Db::open(&path, Duration::from_secs(1)).unwrap();
        (folder, path, db)
    }

    fn has_ticket(db: &Db) -> bool {
        db.connection.prepare("SELECT ticket FROM audit").is_ok()
    }

    #[test]
    fn a_store_goes_to_the_next_format_once_and_never_back() {
        let (_folder, path, mut db) = store();
        let steps = [&MIGRATIONS[..], &[NEXT]].concat();
        for _ in 0..2 {
            migrate(&mut db.connection, &path, &steps).map_err(|fail| fail.of(&path)).unwrap();
            assert!(has_ticket(&db));
            assert_eq!(format(&db.connection, &path, &steps).unwrap(), steps.len());
        }
        let error = Db::open(&path, Duration::ZERO).unwrap_err();
        let known = MIGRATIONS.len();
        assert!(
            matches!(error, StoreError::Newer { format, known: k, .. } if format == known + 1 && k == known)
        );
    }

    #[test]
    fn a_step_that_fails_leaves_the_format_as_it_was() {
        let (_folder, path, mut db) = store();
        let steps = [&MIGRATIONS[..], &[NEXT, "ALTER TABLE nobody ADD COLUMN x"]].concat();
        migrate(&mut db.connection, &path, &steps).unwrap_err();
        assert!(!has_ticket(&db));
        assert_eq!(format(&db.connection, &path, &MIGRATIONS).unwrap(), MIGRATIONS.len());
    }

    #[test]
    fn a_copy_in_another_mode_is_brought_back_to_writing_ahead() {
        let (_folder, path, db) = store();
        db.connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
        drop(db);
        let db = Db::open(&path, Duration::from_secs(1)).unwrap();
        let mode: String = db.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}
