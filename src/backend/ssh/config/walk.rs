//! One reading of the config for one host: which statements apply.
//!
//! In: files, and the host with what is known of it so far. Out: the settings, first ones first.
//! Must not know: what the settings are used for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::criterion::{Criterion, Subject};
use super::file::{File, Files, Trust};
use super::myself::{Myself, variable};
use super::settings::{Place, Settings};
use super::statement::{HostPattern, Statement};
use super::tokens::{Connection, Filled, Tokens, percent, percent_and_dollar};
use super::{ConfigError, ConfigFiles};
use crate::backend::ssh::pattern::{Listed, host_listed, listed, matches};

/// As readconf.c has it.
const DEEPEST: usize = 16;
/// How many files one host may lead through: files that include each other many times over.
const MOST_FILES: usize = 4_096;
const SYSTEM: &str = "/etc/ssh";

/// Whose file it is: it says where relative paths begin and whether `~` may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    User,
    System,
}

#[derive(Debug)]
pub struct Walk<'a> {
    pub files: &'a Files,
    pub me: &'a Myself,
    /// As asked for.
    pub original: &'a str,
    /// What `Host` patterns are held against: in the second reading the settled name.
    pub name: String,
    pub settings: Settings,
    pub last_reading: bool,
    /// A `Match final` was seen.
    pub wants_last: bool,
    pub seen: usize,
}

/// How tokens are filled into a text.
type FillIn = fn(&str, &Tokens<'_>) -> Result<String, String>;

/// Where a statement stands while files are walked.
#[derive(Clone, Copy)]
struct Level<'f> {
    file: &'f File,
    owner: Owner,
    depth: usize,
    /// The file is included where nothing applies, so nothing in it does.
    never: bool,
}

impl Walk<'_> {
    /// Reads all files that are to be read, once.
    pub fn read(&mut self, which: &ConfigFiles) -> Result<(), ConfigError> {
        match which {
            ConfigFiles::None => Ok(()),
            ConfigFiles::Only(path) => {
                let file = self.only(path)?;
                self.top(&file, Owner::User)
            }
            ConfigFiles::Standard => {
                let [user, system] = standard_files(self.me);
                if let Some(file) = self.files.open(&user, Trust::MustBeOurs, self.me.id)? {
                    self.top(&file, Owner::User)?;
                }
                let file = self.files.open(&system, Trust::Given, self.me.id)?;
                file.map_or(Ok(()), |file| self.top(&file, Owner::System))
            }
        }
    }

    /// Reads the files that stand at the top, for nothing but their mistakes.
    pub fn open_all(&self, which: &ConfigFiles) -> Result<(), ConfigError> {
        match which {
            ConfigFiles::None => Ok(()),
            ConfigFiles::Only(path) => self.only(path).map(drop),
            ConfigFiles::Standard => {
                let [user, system] = standard_files(self.me);
                self.files.open(&user, Trust::MustBeOurs, self.me.id)?;
                self.files.open(&system, Trust::Given, self.me.id).map(drop)
            }
        }
    }

    /// A file that must be there.
    fn only(&self, path: &Path) -> Result<Arc<File>, ConfigError> {
        let missing = || ConfigError { file: path.to_owned(), line: 0, why: "it can't be opened".to_owned() };
        self.files.open(path, Trust::Given, self.me.id)?.ok_or_else(missing)
    }

    fn top(&mut self, file: &File, owner: Owner) -> Result<(), ConfigError> {
        self.file(Level { file, owner, depth: 0, never: false })
    }

    fn file(&mut self, level: Level<'_>) -> Result<(), ConfigError> {
        let mut active = !level.never;
        for line in &level.file.lines {
            let at = Place { file: Some(Arc::clone(&level.file.path)), line: line.number };
            match &line.statement {
                Statement::Host(patterns) => active = !level.never && self.is_host(patterns),
                // What a command says is not asked where it can't matter.
                Statement::Match(criteria) => {
                    let all = self.all_hold(criteria, level.never, &at)?;
                    active = all && !level.never;
                }
                Statement::Include(patterns) => {
                    let inside = Level { depth: level.depth + 1, never: !active, ..level };
                    patterns.iter().try_for_each(|pattern| self.include(pattern, inside, &at))?;
                }
                Statement::Set(setting) if active => self.settings.take(setting, &at)?,
                Statement::Unknown(keyword) if !self.is_ignored(keyword) => {
                    return Err(at.error(format!("`{keyword}` is not a keyword of ssh_config")));
                }
                Statement::Set(_) | Statement::Unknown(_) | Statement::PassedOver => {}
            }
        }
        Ok(())
    }

    fn is_ignored(&self, keyword: &str) -> bool {
        let list = self.settings.ignore_unknown.as_deref();
        list.is_some_and(|list| host_listed(keyword, list) == Listed::Yes)
    }

    fn is_host(&self, patterns: &[HostPattern]) -> bool {
        let matching = |wanted: &HostPattern| matches(&self.name, &wanted.pattern);
        let refused = patterns.iter().any(|wanted| wanted.negated && matching(wanted));
        !refused && patterns.iter().any(|wanted| !wanted.negated && matching(wanted))
    }

    fn include(&mut self, pattern: &str, inside: Level<'_>, at: &Place) -> Result<(), ConfigError> {
        let failed = |why| at.error(why);
        if inside.depth > DEEPEST {
            return Err(at.error("files include each other more than 16 levels deep".to_owned()));
        }
        let expanded = self.expanded(pattern, percent_and_dollar).map_err(failed)?;
        let anchored = self.anchored(&expanded, inside.owner).map_err(failed)?;
        let paths = self.files.matching(&anchored).map_err(failed)?;
        for path in paths.iter() {
            self.seen += 1;
            if self.seen > MOST_FILES {
                return Err(at.error(format!("more than {MOST_FILES} files are included for one host")));
            }
            let file = self.files.open(path, Trust::MustBeOurs, self.me.id)?;
            let file = file.ok_or_else(|| at.error(format!("`{}` can't be opened", path.display())))?;
            self.file(Level { file: &file, ..inside })?;
        }
        Ok(())
    }

    /// A path from the root: relative ones begin in `~/.ssh`, or in `/etc/ssh` for the system's file.
    fn anchored(&self, path: &str, owner: Owner) -> Result<String, String> {
        match (owner, path.starts_with('~')) {
            (Owner::System, true) => {
                Err(format!("`{path}`: a file of the system cannot include one of a home"))
            }
            (Owner::User, true) => self.me.tilde(path),
            _ if path.starts_with('/') => Ok(path.to_owned()),
            (Owner::System, false) => Ok(format!("{SYSTEM}/{path}")),
            (Owner::User, false) => self.me.tilde(&format!("~/.ssh/{path}")),
        }
    }

    fn all_hold(&mut self, criteria: &[Criterion], never: bool, at: &Place) -> Result<bool, ConfigError> {
        let mut all = true;
        for criterion in criteria {
            if matches!(criterion.subject, Subject::Final) && !criterion.negated && !self.last_reading {
                self.wants_last = true;
            }
            let skipped = matches!(criterion.subject, Subject::Exec(_)) && (never || !all);
            if !skipped && self.holds(&criterion.subject, at)? == criterion.negated {
                all = false;
            }
        }
        Ok(all)
    }

    fn holds(&self, subject: &Subject, at: &Place) -> Result<bool, ConfigError> {
        let user = self.settings.user.as_ref().map_or(&self.me.user, |user| &user.value);
        let in_list = |text: &str, list: &str| listed(text, list) == Listed::Yes;
        let or_empty =
            |text: &str, list: &str| if text.is_empty() { list.is_empty() } else { in_list(text, list) };
        Ok(match subject {
            Subject::All => true,
            Subject::Host(list) => {
                host_listed(&self.host_so_far().map_err(|why| at.error(why))?, list) == Listed::Yes
            }
            Subject::OriginalHost(list) => host_listed(self.original, list) == Listed::Yes,
            Subject::User(list) => in_list(user, list),
            Subject::LocalUser(list) => in_list(&self.me.user, list),
            Subject::Exec(command) => self.ends_well(command).map_err(|why| at.error(why))?,
            Subject::Final | Subject::Canonical => self.last_reading,
            Subject::Tagged(list) => or_empty(self.settings.tag.as_deref().unwrap_or_default(), list),
            Subject::Command(list) => list.is_empty(),
            Subject::SessionType(list) => in_list("exec", list),
            Subject::Version(list) => in_list(concat!("rutter_", env!("CARGO_PKG_VERSION")), list),
        })
    }

    /// The name to connect to, as far as the statements before this one give it.
    fn host_so_far(&self) -> Result<String, String> {
        match &self.settings.host_name {
            Some(name) if self.last_reading => Ok(name.value.clone()),
            Some(name) => percent(&name.value, &[('h', &self.name)]),
            None => Ok(self.name.clone()),
        }
    }

    fn expanded(&self, text: &str, fill: FillIn) -> Result<String, String> {
        let host = self.host_so_far()?;
        let alias = self.settings.host_key_alias.as_ref().map_or(&host, |alias| &alias.value);
        let connection = Connection {
            me: self.me,
            original: self.original,
            host: &host,
            port: self.settings.port.unwrap_or(22),
            user: self.settings.user.as_ref().map_or(&self.me.user, |user| &user.value),
            alias,
            jump: self.settings.last_hop(),
        };
        fill(text, &Filled::new(&connection).tokens(&connection))
    }

    /// Whether a command of the user's shell ends with 0. It gets and shows nothing.
    fn ends_well(&self, command: &str) -> Result<bool, String> {
        let command = self.expanded(command, percent)?;
        let shell = variable("SHELL").unwrap_or_else(|| "/bin/sh".to_owned());
        #[expect(clippy::disallowed_methods, reason = "`Match exec` asks a command, as it does for ssh")]
        let mut process = Command::new(&shell);
        process.arg("-c").arg(&command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = process.status().map_err(|error| format!("`{shell}` does not start: {error}"))?;
        status.code().map(|code| code == 0).ok_or_else(|| format!("`{command}` was ended by a signal"))
    }
}

/// `~/.ssh/config` and `/etc/ssh/ssh_config`.
fn standard_files(me: &Myself) -> [PathBuf; 2] {
    let user = PathBuf::from(&me.home).join(".ssh/config");
    [user, PathBuf::from(SYSTEM).join("ssh_config")]
}
