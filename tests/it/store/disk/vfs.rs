//! SQLite's way to the disk, led past a [`Recorder`] in the folders that are watched.
//!
//! The table of functions is that of the machine's own disk but for opening and deleting; a file outside
//! the watched folders never meets it again once it is open. What is mapped (`-shm`) goes past: it is never
//! asked to outlive a crash.
#![allow(unsafe_code, reason = "SQLite knows a disk as a table of C functions")]
#![allow(non_snake_case, reason = "they are called as SQLite calls them")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use super::recorder::{Call, Handle, Recorder};

/// The folders that are watched.
static WATCHED: Mutex<Vec<(PathBuf, Weak<Recorder>)>> = Mutex::new(Vec::new());

/// Leads all that SQLite does in `folder` past a recorder, as long as that lives.
pub fn watched(folder: &Path) -> Arc<Recorder> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    let recorder = Arc::new(Recorder::of(folder));
    let mut all = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(_, recorder)| recorder.strong_count() > 0);
    all.push((folder.to_owned(), Arc::downgrade(&recorder)));
    recorder
}

fn recorder_of(path: &Path) -> Option<Arc<Recorder>> {
    let all = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().rev().find(|(folder, _)| path.parent() == Some(folder)).and_then(|(_, found)| found.upgrade())
}

/// Puts itself before the machine's own disk.
fn register() {
    // SAFETY: the table that is found is never freed; the changed copy of it is leaked.
    let done = unsafe {
        ffi::sqlite3_initialize();
        let real = ffi::sqlite3_vfs_find(std::ptr::null());
        let mut own = *real;
        own.zName = c"watched".as_ptr();
        own.pAppData = real.cast();
        own.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
        own.xOpen = Some(open);
        own.xDelete = Some(delete);
        ffi::sqlite3_vfs_register(Box::leak(Box::new(own)), 1)
    };
    assert_eq!(done, ffi::SQLITE_OK);
}

/// A watched file as SQLite holds it: the machine's own stands right behind it.
#[repr(C)]
struct File {
    methods: *const sqlite3_io_methods,
    handle: *mut Handle,
}

unsafe fn real_vfs(own: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: `register` has put it there.
    unsafe { (*own).pAppData.cast() }
}

unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: SQLite has made room for both, since `szOsFile` says so.
    unsafe { file.cast::<File>().add(1).cast() }
}

unsafe fn handle<'a>(file: *mut sqlite3_file) -> &'a mut Handle {
    // SAFETY: `open` has put it there, and SQLite uses a file from one thread at a time.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite ends its names with a zero.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    own: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: all is passed on as it came; what is behind `file` is ours.
    unsafe {
        let vfs = real_vfs(own);
        let xOpen = (*vfs).xOpen.unwrap();
        let path = path_of(name);
        let Some((path, recorder)) = path.and_then(|path| Some((path, recorder_of(path)?))) else {
            return xOpen(vfs, name, file, flags, out);
        };
        (*file.cast::<File>()).methods = std::ptr::null();
        let opening = match recorder.opening(path, flags) {
            Ok(opening) => opening,
            Err(code) => return code,
        };
        let code = xOpen(vfs, name, real(file), flags, out);
        if code == ffi::SQLITE_OK {
            let handle = recorder.opened(opening);
            *file.cast::<File>() =
                File { methods: &raw const METHODS, handle: Box::into_raw(Box::new(handle)) };
        }
        code
    }
}

unsafe extern "C" fn delete(own: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: all is passed on as it came.
    unsafe {
        let vfs = real_vfs(own);
        let watched = path_of(name).and_then(|path| Some((path, recorder_of(path)?)));
        if let Some(code) = watched.as_ref().and_then(|(_, recorder)| recorder.refuses(Call::Delete)) {
            return code.of(Call::Delete);
        }
        let code = (*vfs).xDelete.unwrap()(vfs, name, sync_folder);
        if let (ffi::SQLITE_OK, Some((path, recorder))) = (code, watched) {
            recorder.deleted(path, sync_folder != 0);
        }
        code
    }
}

unsafe extern "C" fn xClose(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and uses it no more.
    unsafe {
        drop(Box::from_raw((*file.cast::<File>()).handle));
        let real = real(file);
        (*(*real).pMethods).xClose.unwrap()(real)
    }
}

unsafe extern "C" fn xWrite(
    file: *mut sqlite3_file,
    data: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives as many bytes as it says; no more of them is passed on.
    unsafe {
        let (handle, real) = (handle(file), real(file));
        let bytes = slice::from_raw_parts(data.cast::<u8>(), usize::try_from(length).unwrap_or(0));
        let refusal = handle.recorder.refuses(Call::Write);
        let length = refusal.map_or(length, |refusal| refusal.still_writes(length));
        let done = match length {
            0 => ffi::SQLITE_OK,
            _ => (*(*real).pMethods).xWrite.unwrap()(real, data, length, at),
        };
        if done == ffi::SQLITE_OK {
            handle.wrote(at, &bytes[..usize::try_from(length).unwrap_or(0)]);
        }
        refusal.map_or(done, |refusal| refusal.of(Call::Write))
    }
}

unsafe extern "C" fn xTruncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: all is passed on as it came.
    unsafe {
        let (handle, real) = (handle(file), real(file));
        if let Some(refusal) = handle.recorder.refuses(Call::Truncate) {
            return refusal.of(Call::Truncate);
        }
        let done = (*(*real).pMethods).xTruncate.unwrap()(real, size);
        if done == ffi::SQLITE_OK {
            handle.cut(size);
        }
        done
    }
}

unsafe extern "C" fn xSync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: all is passed on as it came.
    unsafe {
        let (handle, real) = (handle(file), real(file));
        if let Some(refusal) = handle.refuses_sync() {
            return refusal.of(Call::Sync);
        }
        let done = (*(*real).pMethods).xSync.unwrap()(real, flags);
        if done == ffi::SQLITE_OK {
            handle.synced();
        }
        done
    }
}

/// Functions that pass all on to the machine's own file.
macro_rules! passed_on {
    ($($name:ident($($given:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($given: $type),*) $(-> $result)? {
            // SAFETY: all is passed on as it came.
            unsafe {
                let real = real(file);
                (*(*real).pMethods).$name.unwrap()(real, $($given),*)
            }
        }
    )*};
}

passed_on! {
    xRead(to: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int;
    xFileSize(size: *mut sqlite3_int64) -> c_int;
    xLock(level: c_int) -> c_int;
    xUnlock(level: c_int) -> c_int;
    xCheckReservedLock(held: *mut c_int) -> c_int;
    xFileControl(what: c_int, with: *mut c_void) -> c_int;
    xSectorSize() -> c_int;
    xDeviceCharacteristics() -> c_int;
    xShmMap(region: c_int, size: c_int, extend: c_int, at: *mut *mut c_void) -> c_int;
    xShmLock(from: c_int, count: c_int, flags: c_int) -> c_int;
    xShmBarrier();
    xShmUnmap(delete: c_int) -> c_int;
    xFetch(at: sqlite3_int64, length: c_int, to: *mut *mut c_void) -> c_int;
    xUnfetch(at: sqlite3_int64, from: *mut c_void) -> c_int;
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(xClose),
    xRead: Some(xRead),
    xWrite: Some(xWrite),
    xTruncate: Some(xTruncate),
    xSync: Some(xSync),
    xFileSize: Some(xFileSize),
    xLock: Some(xLock),
    xUnlock: Some(xUnlock),
    xCheckReservedLock: Some(xCheckReservedLock),
    xFileControl: Some(xFileControl),
    xSectorSize: Some(xSectorSize),
    xDeviceCharacteristics: Some(xDeviceCharacteristics),
    xShmMap: Some(xShmMap),
    xShmLock: Some(xShmLock),
    xShmBarrier: Some(xShmBarrier),
    xShmUnmap: Some(xShmUnmap),
    xFetch: Some(xFetch),
    xUnfetch: Some(xUnfetch),
};
