//! What is taken from ssh_config agrees with `ssh`: a table of configs, and random ones.
//!
//! A case is a file `tests/fixtures/ssh_config/NAME.config`. Its first line names the hosts to ask
//! for, `# web; -l bob -p 22 -J hop db`. `@DIR@` is the folder it stands in. Where `ssh` refuses a
//! config, so must we. `ssh -G` gives the fields; what it leaves unexpanded (keys, a proxy's
//! command) is taken from `ssh -v`, which is never let near a network.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use rutter::backend::ssh::config::{ConfigError, ConfigFiles, Hop, HostConfig, Proxy, SshConfig, Wanted};

/// What both sides are asked: the arguments of `ssh` in front of a host's name.
#[derive(Clone, Debug, Default)]
struct Asked {
    host: String,
    user: Option<String>,
    port: Option<u16>,
    jump: Option<String>,
}

impl Asked {
    fn new(text: &str) -> Asked {
        let mut asked = Asked::default();
        let mut words = text.split_whitespace().map(str::to_owned);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-l" => asked.user = words.next(),
                "-p" => asked.port = words.next().map(|port| port.parse().unwrap()),
                "-J" => asked.jump = words.next(),
                _ => asked.host = word,
            }
        }
        asked
    }

    fn wanted(&self) -> Wanted<'_> {
        let (user, jump) = (self.user.as_deref(), self.jump.as_deref());
        Wanted { host: &self.host, user, port: self.port, jump, identity: None }
    }

    fn ssh(&self, file: &Path, options: &[&str]) -> Output {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(file).args(options);
        for (option, value) in
            [("-l", self.user.clone()), ("-p", self.port.map(|p| p.to_string())), ("-J", self.jump.clone())]
        {
            value.map(|value| ssh.arg(option).arg(value));
        }
        ssh.arg("--").arg(&self.host).output().unwrap()
    }
}

/// The fields of a config as text, in the words of `ssh -G`.
type Fields = BTreeMap<&'static str, String>;

fn ours(file: &Path, asked: &Asked) -> Result<Fields, ConfigError> {
    let config = SshConfig::load(&ConfigFiles::Only(file.to_owned()))?.host(&asked.wanted())?;
    let (jump, command) = proxy(&config.proxy);
    let seconds = |time: Option<std::time::Duration>| time.map_or(0, |time| time.as_secs()).to_string();
    let HostConfig { host_name, user, port, .. } = &config;
    Ok(Fields::from([
        ("hostname", host_name.clone()),
        ("user", user.clone()),
        ("port", port.to_string()),
        ("identityfile", joined(&config.identity_files)),
        ("identitiesonly", if config.identities_only { "yes" } else { "no" }.to_owned()),
        ("certificatefile", joined(&config.certificate_files)),
        ("identityagent", config.identity_agent.map_or(String::new(), |path| path.display().to_string())),
        ("userknownhostsfile", joined(&config.user_known_hosts)),
        ("globalknownhostsfile", joined(&config.global_known_hosts)),
        ("revokedhostkeys", joined(&config.revoked_host_keys)),
        ("hostkeyalias", config.host_key_alias.unwrap_or_default()),
        ("proxyjump", jump),
        ("proxycommand", command),
        ("connecttimeout", seconds(config.connect_timeout)),
        ("serveraliveinterval", seconds(config.alive_interval)),
        ("serveralivecountmax", config.alive_count_max.to_string()),
    ]))
}

fn joined(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("|")
}

fn proxy(proxy: &Proxy) -> (String, String) {
    match proxy {
        Proxy::Direct => (String::new(), String::new()),
        Proxy::Jump(hops) => (hops.iter().map(hop).collect::<Vec<_>>().join(","), String::new()),
        Proxy::Command(command) => (String::new(), command.clone()),
    }
}

fn hop(hop: &Hop) -> String {
    let user = hop.user.as_ref().map_or(String::new(), |user| format!("{user}@"));
    let host = if hop.host.contains(':') { format!("[{}]", hop.host) } else { hop.host.clone() };
    format!("{user}{host}{}", hop.port.map_or(String::new(), |port| format!(":{port}")))
}

/// The same by `ssh`; nothing where it refuses.
fn theirs(file: &Path, asked: &Asked) -> Option<Fields> {
    let said = asked.ssh(file, &["-G"]);
    let all = String::from_utf8(said.stdout).unwrap();
    let lines: Vec<(&str, &str)> = all.lines().filter_map(|line| line.split_once(' ')).collect();
    if !said.status.success() {
        return None;
    }
    let one = |key| lines.iter().find(|line| line.0 == key).map_or("", |line| line.1);
    let fill = |text: &str| {
        let words =
            [("%h", one("hostname")), ("%n", asked.host.as_str()), ("%p", one("port")), ("%r", one("user"))];
        words.iter().fold(text.to_owned(), |text, (token, word)| text.replace(token, word))
    };
    let log = verbose(file, asked, one("proxycommand"));
    let seconds = |text: &str| if text == "none" { "0".to_owned() } else { text.to_owned() };
    let plain = |key| (key, one(key).to_owned());
    let mut fields = Fields::from([
        plain("hostname"),
        plain("user"),
        plain("port"),
        plain("identitiesonly"),
        plain("hostkeyalias"),
        plain("serveralivecountmax"),
        ("proxyjump", fill(one("proxyjump")).replace("ssh://", "")),
        ("connecttimeout", seconds(one("connecttimeout"))),
        ("serveraliveinterval", seconds(one("serveraliveinterval"))),
        ("identityagent", agent(one("identityagent"))),
        ("identityfile", identities(&log)),
        ("certificatefile", after(&log, "certificate file ").join("|")),
    ]);
    let command = after_whole(&log, "Executing proxy command: exec ");
    fields.insert("proxycommand", if one("proxycommand").is_empty() { String::new() } else { command });
    for key in ["userknownhostsfile", "globalknownhostsfile", "revokedhostkeys"] {
        let text = if one(key) == "none" { "" } else { one(key) };
        fields.insert(key, tilde(text).replace(' ', "|"));
    }
    Some(fields)
}

/// What `ssh -v` says of keys and commands, with a connection that ends at once.
fn verbose(file: &Path, asked: &Asked, command: &str) -> String {
    let without = Asked { jump: None, ..asked.clone() };
    let options: &[&str] = match command {
        "" => &["-v", "-o", "BatchMode=yes", "-o", "ProxyCommand=true"],
        _ => &["-v", "-o", "BatchMode=yes"],
    };
    String::from_utf8(without.ssh(file, options).stderr).unwrap()
}

fn after<'a>(log: &'a str, what: &str) -> Vec<&'a str> {
    let found = log.lines().filter_map(|line| line.split_once(what)).map(|(_, rest)| rest.trim_end());
    found.map(|rest| rest.split_once(" type ").map_or(rest, |(path, _)| path)).collect()
}

fn after_whole(log: &str, what: &str) -> String {
    log.lines()
        .find_map(|line| line.split_once(what))
        .map_or(String::new(), |(_, rest)| rest.trim_end().to_owned())
}

/// Without the certificates that `ssh` looks for beside each key, and without kinds of keys that only
/// some of its versions have.
fn identities(log: &str) -> String {
    let rare = ["/.ssh/id_xmss", "/.ssh/id_dsa", "/.ssh/id_mldsa44_ed25519"];
    let all = after(log, "identity file ");
    let beside = |path: &&str| path.strip_suffix("-cert").is_some_and(|key| all.contains(&key));
    let kept = all.iter().filter(|path| !beside(path) && !rare.iter().any(|name| path.ends_with(name)));
    kept.copied().collect::<Vec<_>>().join("|")
}

fn agent(said: &str) -> String {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match said {
        "" | "SSH_AUTH_SOCK" => variable("SSH_AUTH_SOCK"),
        "none" => String::new(),
        path => path.strip_prefix('$').map_or_else(|| path.to_owned(), variable),
    }
}

/// The home that `ssh` takes: it stands before its usual known_hosts.
fn tilde(text: &str) -> String {
    let said = Command::new("ssh").args(["-F", "none", "-G", "x"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let (_, rest) = said.split_once("\nuserknownhostsfile ").unwrap();
    let (home, _) = rest.split_once("/.ssh/known_hosts").unwrap();
    text.replace('~', home)
}

/// The fixtures, in a folder where `ssh` reads them: nobody else may write there.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ssh_config");
    for part in ["", "parts"] {
        let to = folder.path().join(part);
        fs::create_dir_all(&to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(from.join(part)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                let text = fs::read_to_string(entry.path()).unwrap();
                write(
                    &to.join(entry.file_name()),
                    &text.replace("@DIR@", &folder.path().display().to_string()),
                );
            }
        }
    }
    folder
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

/// The hosts that the first line of a case names.
fn asked(text: &str) -> Vec<Asked> {
    let first = text.lines().next().unwrap().trim_end();
    first.strip_prefix("# ").expect("a first line `# HOST; HOST`").split(';').map(Asked::new).collect()
}

#[test]
fn what_is_taken_from_a_config_is_what_ssh_takes() {
    let folder = folder();
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "config"));
    files.sort();
    assert!(files.len() >= 30, "only {} cases", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        for asked in asked(&fs::read_to_string(file).unwrap()) {
            wrong.extend(difference(file, &asked));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the two part, in words.
fn difference(file: &Path, asked: &Asked) -> Option<String> {
    let name = file.file_name().unwrap().to_string_lossy();
    match (ours(file, asked), theirs(file, asked)) {
        (Err(_), None) => None,
        (Ok(_), None) => Some(format!("{name}: {asked:?}: ssh refuses it")),
        (Err(error), Some(_)) => Some(format!("{name}: {asked:?}: ssh takes it, but {error}")),
        (Ok(ours), Some(theirs)) => {
            let parted = ours.iter().filter(|(key, value)| theirs.get(*key) != Some(value));
            let lines: Vec<String> =
                parted.map(|(key, value)| format!("{key}: {value:?}, ssh {:?}", theirs.get(key))).collect();
            (!lines.is_empty()).then(|| format!("{name}: {asked:?}: {}", lines.join("; ")))
        }
    }
}

/// A mistake is told with its file and line.
#[test]
fn mistakes_have_a_place() {
    let folder = folder();
    let table = [
        ("unknown.config", "unknown.config:2: `colour` is not a keyword of ssh_config"),
        ("port-bad.config", "port-bad.config:3: `port`: `65536` is not a port"),
        ("match-mistake.config", "match-mistake.config:2: `match`: `colour` is not a criterion of Match"),
        ("include-mistake.config", "parts/mistake.inc:1: `port`: `none` is not a port"),
        (
            "include-itself.config",
            "include-itself.config:2: files include each other more than 16 levels deep",
        ),
        ("proxy-itself.config", "proxy-itself.config:3: `a` is to be reached through itself"),
        ("no-such-file", "no-such-file: it can't be opened"),
    ];
    for (name, wanted) in table {
        let said = ours(&folder.path().join(name), &Asked::new("a")).unwrap_err().to_string();
        assert_eq!(said, format!("{}/{wanted}", folder.path().display()));
    }
}

/// What the `ssh` of this machine may be too old for.
#[test]
fn newer_keywords() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let text = "Host a\n Tag red\n User %n-%u\nMatch tagged re?\n Port 7\nMatch tagged \"\"\n Port 8\n\
                Match sessiontype exec command \"\"\n ConnectTimeout 5\nHost c\n RefuseConnection \"not from here\"\n";
    write(&file, text);
    let red = ours(&file, &Asked::new("a")).unwrap();
    let local = ours(&file, &Asked::new("b")).unwrap();
    assert_eq!(
        (&*red["port"], &*red["user"], &*red["connecttimeout"]),
        ("7", &*format!("a-{}", local["user"]), "5")
    );
    assert_eq!(local["port"], "8");
    let refused = ours(&file, &Asked::new("c")).unwrap_err().to_string();
    assert!(refused.ends_with("config:11: the config refuses this host: not from here"), "{refused}");
}

/// A name could be read as an option, or as a command by a shell.
#[test]
fn hostile_names_are_refused() {
    let config = SshConfig::load(&ConfigFiles::None).unwrap();
    for host in ["-oProxyCommand=touch x", "", "a;b", "$(a)", "a b", "a\nb"] {
        let wanted = Wanted { host, ..Wanted::default() };
        assert!(config.host(&wanted).is_err(), "{host}");
    }
    for user in ["-Fx", "a;b", "a`b`"] {
        assert!(config.host(&Wanted { host: "a", user: Some(user), ..Wanted::default() }).is_err(), "{user}");
    }
    for jump in ["-oX", "a,-b", "$(a)", "a:99999"] {
        assert!(config.host(&Wanted { host: "a", jump: Some(jump), ..Wanted::default() }).is_err(), "{jump}");
    }
}

/// `Match exec` puts names into commands of a shell: none runs before the names are found to be sound.
#[test]
fn hostile_names_reach_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let (file, mark) = (folder.path().join("config"), folder.path().join("mark"));
    write(&file, &format!("Match exec \"touch {}; true %n %r %j\"\n  Port 7\n", mark.display()));
    for asked in ["a;b", "-l a;b a", "-l $(x) a", "-J $(x) a", "-J u;x@y a"] {
        assert!(ours(&file, &Asked::new(asked)).is_err() && !mark.exists(), "{asked}");
    }
    assert_eq!(ours(&file, &Asked::new("a")).unwrap()["port"], "7");
    assert!(mark.exists());
}

#[test]
fn the_key_of_a_target_is_the_only_one() {
    let folder = folder();
    let config = SshConfig::load(&ConfigFiles::Only(folder.path().join("identity-files.config"))).unwrap();
    let found = config.host(&Wanted { host: "b", identity: Some("~/k"), ..Wanted::default() }).unwrap();
    assert_eq!(found.identity_files, [PathBuf::from(tilde("~/k"))]);
    assert!(found.identities_only);
}

/// A file that others may write to could hold commands of theirs.
#[test]
fn included_files_must_be_ours() {
    let folder = folder();
    let part = folder.path().join("parts/one.conf");
    fs::set_permissions(&part, fs::Permissions::from_mode(0o666)).unwrap();
    let file = folder.path().join("include.config");
    let said = ours(&file, &Asked::new("a")).unwrap_err();
    assert_eq!(
        said.to_string(),
        format!("{}: others may write to it, or own it, so ssh and rutter don't read it", part.display())
    );
    assert!(theirs(&file, &Asked::new("a")).is_none());
}

/// Many files that include each other are an end, not an hour.
#[test]
fn a_flood_of_includes_ends() {
    let folder = tempfile::tempdir().unwrap();
    let at = |number: usize| folder.path().join(format!("{number:02}"));
    for number in 0..16 {
        write(&at(number), &format!("Include {}\n", at(number + 1).display()).repeat(4));
    }
    write(&at(16), "Port 9\n");
    let said = ours(&at(0), &Asked::new("a")).unwrap_err().to_string();
    assert!(said.contains("more than 4096 files are included for one host"), "{said}");
}

/// Lines as people write them, for a config of a few.
fn line() -> impl Strategy<Value = String> {
    let lines = [
        "Host a*",
        "Host * !b",
        "Host a b.x",
        "Host !a",
        "Match all",
        "Match host a,b*",
        "Match host \"*.x,!b.x\"",
        "Match !host a",
        "Match originalhost b",
        "Match user u?",
        "Match !user u1 host *",
        "Match final",
        "Match final host *.x",
        "Match !final",
        "Match exec true",
        "Match !exec true",
        "Match exec false user u1",
        "HostName %h.x",
        "HostName c",
        "HostName=b",
        "User u1",
        "User \"u2\"",
        "Port 2200",
        "Port = 2300",
        "IdentityFile /k/%r@%h:%p",
        "IdentityFile ~/k/%n",
        "IdentityFile none",
        "IdentitiesOnly yes",
        "IdentitiesOnly false",
        "CertificateFile /c/%h",
        "IdentityAgent none",
        "IdentityAgent /a/%h",
        "UserKnownHostsFile /u/%k /v",
        "UserKnownHostsFile none",
        "GlobalKnownHostsFile /g ~/g",
        "HostKeyAlias Key",
        "ProxyJump j1,u@j2:24",
        "ProxyJump none",
        "ProxyJump a",
        "ProxyCommand true %h %p",
        "ProxyCommand none",
        "ConnectTimeout 1m",
        "ConnectTimeout none",
        "ServerAliveInterval 30",
        "ServerAliveCountMax 5",
        "IgnoreUnknown x*,y",
        "Xyz 1",
        "y z",
        "Compression no",
        "# a remark",
        "",
        "User",
        "Port 0",
        "Match",
        "User a b",
        "IdentityFile \"open",
    ];
    // Mistakes stand at the end, and are rare: most configs should get through.
    let weights = lines
        .iter()
        .enumerate()
        .map(|(at, line)| (if at < lines.len() - 5 { 12 } else { 1 }, Just((*line).to_owned()).boxed()));
    proptest::strategy::Union::new_weighted(weights.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_configs_mean_what_they_mean_to_ssh(lines in prop::collection::vec(line(), 0..14), host in "a|b|b\\.x|c") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        write(&file, &lines.join("\n"));
        let parted = difference(&file, &Asked::new(&host));
        prop_assert!(parted.is_none(), "{}\n{}", parted.unwrap(), lines.join("\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), words in "(?s)((Host|Match|Include|User|Port|ProxyJump|IdentityFile|HostName|ConnectTimeout|IdentityAgent)[ =\"'%${}~,:@#!*\\\\a-w0-9é\\[\\]]{0,12}\n){0,8}") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        for text in [bytes, words.into_bytes()] {
            fs::write(&file, text).unwrap();
            let _either = SshConfig::load(&ConfigFiles::Only(file.clone())).and_then(|config| config.host(&Asked::new("a").wanted()));
        }
    }
}
