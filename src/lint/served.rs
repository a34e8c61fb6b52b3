//! What docker and its like take away, bring up again, and leave to come up by itself.
//!
//! In: the words of a simple command. Out: what it does to something that serves. Must not know: what is sent before or after it.

use crate::shell::Word;

/// Something that serves: a sort of things, and its name among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    sort: &'static str,
    name: String,
}

impl Served {
    /// What to do instead of removing it first.
    pub fn instead(&self) -> &'static str {
        match self.sort {
            "service" => "`docker service update` replaces one replica after the other",
            _ => "leave the removal out: what has changed is replaced in place",
        }
    }
}

/// What a command takes away.
pub(super) fn removed(words: &[Word]) -> Vec<Served> {
    match plain(words).as_slice() {
        ["docker", "stack", "rm" | "remove" | "down", names @ ..] => all("stack", names),
        ["docker", "service", "rm" | "remove", names @ ..] => all("service", names),
        ["docker", "compose", "-p" | "--project-name", name, "down", ..] => all("project", &[name]),
        ["docker", "compose", "-f" | "--file", file, "down", ..] => all("file", &[file]),
        _ => Vec::new(),
    }
}

/// What a command brings up.
pub(super) fn brought(words: &[Word]) -> Option<Served> {
    match plain(words).as_slice() {
        ["docker", "stack", "deploy" | "up", .., name] => one("stack", name),
        ["docker", "service", "create", options @ ..] => one("service", name_option(options)?),
        ["docker", "compose", "-p" | "--project-name", name, "up", ..] => one("project", name),
        ["docker", "compose", "-f" | "--file", file, "up", ..] => one("file", file),
        _ => None,
    }
}

/// Whether a command ends before what it starts is up.
pub(super) fn is_left_to_come_up(words: &[Word]) -> bool {
    match plain(words).as_slice() {
        ["docker", "stack", "deploy" | "up", options @ ..] => !options.iter().any(|word| waits(word)),
        ["docker", "service", "create" | "update" | "scale", options @ ..] => {
            options.iter().any(|word| matches!(*word, "-d" | "--detach" | "--detach=true"))
        }
        ["docker", "compose", rest @ ..] if rest.contains(&"up") => {
            rest.iter().any(|word| matches!(*word, "-d" | "--detach")) && !rest.contains(&"--wait")
        }
        ["kubectl", rest @ ..] => is_rollout(rest),
        ["helm", "upgrade" | "install", options @ ..] => !options.iter().any(|word| waits(word)),
        _ => false,
    }
}

fn is_rollout(words: &[&str]) -> bool {
    words.windows(2).any(|pair| matches!(pair, ["rollout", "restart" | "undo"] | ["set", "image"]))
}

fn waits(option: &str) -> bool {
    let dry = option.starts_with("--dry-run");
    dry || option.starts_with("--wait")
        || matches!(option, "--atomic" | "--rollback-on-failure" | "--detach=false" | "-d=false")
}

/// The words, `sudo` left out.
fn plain(words: &[Word]) -> Vec<&str> {
    let words = words.iter().map(|word| &**word);
    words.skip_while(|word| matches!(*word, "sudo" | "-n" | "-E")).collect()
}

fn name_option<'w>(options: &[&'w str]) -> Option<&'w str> {
    let joined = options.iter().find_map(|option| option.strip_prefix("--name="));
    joined.or_else(|| options.windows(2).find(|pair| pair[0] == "--name").map(|pair| pair[1]))
}

fn one(sort: &'static str, name: &str) -> Option<Served> {
    Some(Served { sort, name: name.to_owned() })
}

fn all(sort: &'static str, names: &[&str]) -> Vec<Served> {
    names.iter().filter(|name| !name.starts_with('-')).filter_map(|name| one(sort, name)).collect()
}
