//! What a script has set so far, as far as that is known without running it.

use std::collections::{HashMap, HashSet};

/// Variables that change what a command does, or which program is found.
const TELLING: [&str; 30] = [
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELL",
    "PROMPT_COMMAND",
    "PS4",
    "SHELLOPTS",
    "BASHOPTS",
    "BASH_ALIASES",
    "BASH_CMDS",
    "FPATH",
    "CDPATH",
    "GLOBIGNORE",
    "EXECIGNORE",
    "POSIXLY_CORRECT",
    "PAGER",
    "EDITOR",
    "VISUAL",
    "LESSOPEN",
    "LESSCLOSE",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "PERL5LIB",
    "RUBYOPT",
    "NODE_OPTIONS",
    "RSYNC_RSH",
    "TAR_OPTIONS",
    "CONTAINER_HOST",
];
const TELLING_STARTS: [&str; 7] = ["LD_", "BASH_FUNC", "DOCKER_", "SYSTEMCTL_", "SYSTEMD_", "DBUS_", "GIT_"];
/// Variables that the shell itself sets: what is assigned to them need not stay.
const OF_THE_SHELL: [&str; 24] = [
    "_",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "PWD",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "REPLY",
    "UID",
    "EUID",
    "PPID",
    "GROUPS",
    "DIRSTACK",
    "PIPESTATUS",
    "FUNCNAME",
    "HISTCMD",
    "SHLVL",
    "MAPFILE",
    "COPROC",
    "HOSTNAME",
];

/// Whether a variable changes what commands do.
pub(in crate::shell) fn tells(name: &str) -> bool {
    TELLING.contains(&name) || TELLING_STARTS.iter().any(|start| name.starts_with(start))
}

/// What is known at one place of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    variables: HashMap<String, String>,
    /// `$1`, `$2` and so on.
    pub(super) arguments: Option<Vec<String>>,
    /// Functions that are surely defined.
    functions: HashSet<String>,
}

impl State {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(super) fn assign(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) if !OF_THE_SHELL.contains(&name) && !name.starts_with("BASH") => {
                self.variables.insert(name.to_owned(), value);
            }
            Some(_) | None => {
                self.variables.remove(name);
            }
        }
    }

    /// Forgets all that running `text` once, often, or not at all may change.
    pub(super) fn forget(&mut self, text: &str) {
        self.variables.retain(|name, _| !writes(text, name));
        self.functions.retain(|name| !defines(text, name));
        if writes(text, "set") || writes(text, "shift") {
            self.arguments = None;
        }
    }

    pub(super) fn forget_all(&mut self) {
        self.variables.clear();
        self.arguments = None;
    }

    pub(super) fn define(&mut self, function: &str) {
        self.functions.insert(function.to_owned());
    }

    pub(super) fn surely_defines(&self, function: &str) -> bool {
        self.functions.contains(function)
    }
}

/// Whether a script names a variable other than by `$name` and `${name}`.
pub(super) fn writes(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let joined = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let whole = !before.ends_with(joined) && !after.starts_with(joined);
        whole && !before.ends_with('$') && !(before.ends_with("${") && after.starts_with('}'))
    })
}

fn defines(text: &str, name: &str) -> bool {
    let follows = |(at, _): (usize, &str)| text[at + name.len()..].trim_start().starts_with('(');
    text.contains("function") || text.contains("unset") || text.match_indices(name).any(follows)
}

/// The names in a text.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|name| !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()))
}
