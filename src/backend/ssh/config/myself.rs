//! Who runs rutter and where: what `%u`, `%d`, `%l`, `%i`, `~` and `${NAME}` stand for.
//!
//! In: the user database, the host name and the environment. Out: text.
//! Must not know: the config.

#[cfg(unix)]
use std::ffi::{CStr, CString};

/// The local user and machine, as `getpwuid` and `gethostname` name them. Like `ssh`, and unlike a
/// shell, the home directory comes from the user database and not from `HOME`.
#[derive(Clone, Debug)]
pub struct Myself {
    pub user: String,
    pub home: String,
    pub id: u32,
    /// With its domain, if the machine has one in its name.
    pub machine: String,
}

impl Myself {
    pub fn find() -> Self {
        let id = user_id();
        let account = by_id(id).unwrap_or_else(from_environment);
        Myself { user: account.name, home: account.home, id, machine: machine() }
    }

    /// A path whose `~` or `~name` is written out.
    pub fn tilde(&self, path: &str) -> Result<String, String> {
        let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
        let (name, inside) = rest.split_once('/').unwrap_or((rest, ""));
        let home = match name {
            "" => self.home.clone(),
            name => by_name(name).ok_or_else(|| format!("there is no user `{name}` for `{path}`"))?.home,
        };
        Ok(format!("{}/{}", home.trim_end_matches('/'), inside.trim_start_matches('/')))
    }
}

/// A variable of the environment, if it is set to text.
pub fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

struct Account {
    name: String,
    home: String,
}

fn from_environment() -> Account {
    let first = |names: [&str; 2]| names.iter().find_map(|name| variable(name)).unwrap_or_default();
    Account { name: first(["USER", "USERNAME"]), home: first(["HOME", "USERPROFILE"]) }
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "the number of the user is to be had in no other way")]
fn user_id() -> u32 {
    // SAFETY: takes nothing, touches no memory and cannot fail.
    unsafe { libc::getuid() }
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "the name of the machine is to be had in no other way")]
fn machine() -> String {
    let mut name = [0_u8; 256];
    // SAFETY: the buffer is ours, and its last byte is kept out so that the text ends.
    let failed = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } != 0;
    let text = CStr::from_bytes_until_nul(&name).unwrap_or_default();
    if failed { String::new() } else { text.to_string_lossy().into_owned() }
}

#[cfg(unix)]
fn by_id(id: u32) -> Option<Account> {
    account(&|entry, room, found| {
        #[expect(unsafe_code, reason = "the user database is asked as ssh asks it")]
        // SAFETY: all three live across the call, and the length is the buffer's own.
        unsafe {
            libc::getpwuid_r(id, entry, room.as_mut_ptr(), room.len(), found)
        }
    })
}

#[cfg(unix)]
fn by_name(name: &str) -> Option<Account> {
    let name = CString::new(name).ok()?;
    account(&|entry, room, found| {
        #[expect(unsafe_code, reason = "the user database is asked as ssh asks it")]
        // SAFETY: the name and all three live across the call, and the length is the buffer's own.
        unsafe {
            libc::getpwnam_r(name.as_ptr(), entry, room.as_mut_ptr(), room.len(), found)
        }
    })
}

#[cfg(unix)]
type Ask<'a> = &'a dyn Fn(&mut libc::passwd, &mut [libc::c_char], &mut *mut libc::passwd) -> libc::c_int;

/// Asks with a larger buffer until the entry fits.
#[cfg(unix)]
#[expect(unsafe_code, reason = "entries of the user database are C strings")]
fn account(ask: Ask<'_>) -> Option<Account> {
    for size in [1 << 10, 1 << 14, 1 << 18, 1 << 20] {
        let mut room: Vec<libc::c_char> = vec![0; size];
        // SAFETY: a `passwd` is numbers and pointers, for which zero is a value.
        let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        match ask(&mut entry, &mut room, &mut found) {
            libc::ERANGE => {}
            0 if !found.is_null() => {
                // SAFETY: the call filled the entry with C strings that stand in `room`.
                let text =
                    |at: *const libc::c_char| unsafe { CStr::from_ptr(at) }.to_string_lossy().into_owned();
                return Some(Account { name: text(entry.pw_name), home: text(entry.pw_dir) });
            }
            _ => return None,
        }
    }
    None
}

#[cfg(not(unix))]
fn user_id() -> u32 {
    0
}

#[cfg(not(unix))]
fn machine() -> String {
    variable("COMPUTERNAME").unwrap_or_default()
}

#[cfg(not(unix))]
fn by_id(_id: u32) -> Option<Account> {
    None
}

#[cfg(not(unix))]
fn by_name(_name: &str) -> Option<Account> {
    None
}

#[cfg(test)]
mod tests {
    use super::Myself;

    #[test]
    fn tildes() {
        let me = Myself { user: "me".into(), home: "/home/me/".into(), id: 1, machine: "box".into() };
        let table =
            [("~", "/home/me/"), ("~/a", "/home/me/a"), ("~//a", "/home/me/a"), ("a~", "a~"), ("/x", "/x")];
        for (path, wanted) in table {
            assert_eq!(me.tilde(path).unwrap(), wanted, "{path}");
        }
        assert!(me.tilde("~nobody-of-that-name/x").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn the_user_database_answers() {
        let me = Myself::find();
        assert!(!me.user.is_empty() && me.home.starts_with('/') && !me.machine.is_empty(), "{me:?}");
        assert_eq!(me.tilde(&format!("~{}/x", me.user)).unwrap(), me.tilde("~/x").unwrap());
    }
}
