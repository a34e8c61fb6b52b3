//! Wrappers of Linux that take their words in ways of their own.

use super::{Inside, SHELLS, SimpleCommand, WRAPPERS, after_options, base_name, joined};
use crate::shell::{Word, interpreters};
use crate::value::Shell;

/// Words that may lead from a container to its host.
const WAYS_OUT: [&str; 10] = [
    "nsenter",
    "chroot",
    "systemctl",
    "dockerd",
    "containerd",
    "sysrq",
    "docker.sock",
    "docker.service",
    "reboot",
    "systemd",
];

/// Where the command is that a wrapper with rules of its own runs.
pub(super) fn inside(name: &str, words: &[Word]) -> Option<Inside> {
    Some(match name {
        "su" | "runuser" => inside_su(words),
        "watch" => inside_watch(words),
        "eval" => joined(words, 1),
        "script" => inside_script(words),
        "flock" => inside_flock(words),
        "parallel" | "sem" => Inside::Opaque(format!("which commands `{name}` runs is not known")),
        "." | "source" => Inside::Opaque(format!("what `{name}` brings in is not known")),
        "trap" if words.len() > 1 => Inside::Opaque("what `trap` runs is not known".to_owned()),
        "alias" if words[1..].iter().any(|word| !word.known || word.contains('=')) => {
            Inside::Opaque("an alias changes what a command is".to_owned())
        }
        _ => return interpreters::may_run(name, words).map(Inside::Opaque),
    })
}

/// The options of a program, as [`WRAPPERS`] has them, and where its operands begin.
fn operands(line: &'static str, words: &[Word]) -> Result<usize, Inside> {
    super::read(line).map_or(Err(Inside::Nothing), |(_, wrapper)| after_options(&wrapper, words))
}

fn value_of<'w>(words: &'w [Word], names: &[&str]) -> Option<(usize, &'w Word)> {
    let at = words.iter().position(|word| names.contains(&&**word))?;
    words.get(at + 1).map(|value| (at + 1, value))
}

fn inside_su(words: &[Word]) -> Inside {
    const OPTIONS: &str = "su - -c= -l -m -p -f -P -T -s= -g= -G= -w= -u= --command= --login --preserve-environment \
                           --shell= --group= --supp-group= --user= --fast --pty --session-command! --help. --version.";
    let sets_shell = |name: &Word| !SHELLS.contains(&base_name(name, Shell::Sh).as_str());
    if words.iter().any(|word| word.starts_with("--shell=") || word.starts_with("--command="))
        || value_of(words, &["-s", "--shell"]).is_some_and(|(_, shell)| sets_shell(shell))
    {
        return Inside::Opaque(format!("which shell `{}` starts, or what it runs, is not known", words[0]));
    }
    match operands(OPTIONS, words) {
        Err(inside) => inside,
        Ok(at) if value_of(words, &["-u", "--user"]).is_some() && at < words.len() => Inside::Command(at),
        Ok(_) => match value_of(words, &["-c", "--command", "-lc"]) {
            Some((at, _)) => Inside::Code { from: at, to: at + 1 },
            None => Inside::Opaque(format!("`{}` opens a shell", words[0])),
        },
    }
}

fn inside_watch(words: &[Word]) -> Inside {
    const OPTIONS: &str = "watch -n= -d -t -b -e -g -c -p -w -C -x -q= --interval= --differences* --no-title --beep \
                           --errexit --chgexit --color --precise --exec --help. --version.";
    let exec = |word: &Word| {
        &**word == "--exec" || word.starts_with('-') && !word.starts_with("--") && word.contains('x')
    };
    match operands(OPTIONS, words) {
        Err(inside) => inside,
        Ok(at) if words[1..at].iter().any(exec) => Inside::Command(at),
        Ok(at) => joined(words, at),
    }
}

/// `script -qc CODE /dev/null`.
fn inside_script(words: &[Word]) -> Inside {
    let code = |word: &Word| word.starts_with('-') && word.ends_with('c') && !word.starts_with("--");
    let Some(at) = words.iter().position(|word| code(word) || &**word == "--command") else {
        return Inside::Opaque("`script` opens a shell".to_owned());
    };
    let harmless = |word: &Word| matches!(&**word, "-q" | "-e" | "-f" | "-a" | "/dev/null");
    let others = words[1..at].iter().chain(words.get(at + 2..).unwrap_or_default());
    match words.get(at + 1) {
        Some(_) if others.into_iter().all(harmless) => Inside::Code { from: at + 1, to: at + 2 },
        _ => Inside::Opaque("what `script` writes is not known".to_owned()),
    }
}

/// `flock FILE COMMAND`, or `flock FILE -c CODE`.
fn inside_flock(words: &[Word]) -> Inside {
    let found =
        WRAPPERS.get("flock").map_or(Inside::Nothing, |wrapper| super::inside_wrapper(wrapper, words));
    match found {
        Inside::Command(at) if matches!(&*words[at], "-c" | "--command") && at + 2 == words.len() => {
            Inside::Code { from: at + 1, to: at + 2 }
        }
        other => other,
    }
}

pub(super) fn inside_ssh(words: &[Word]) -> Inside {
    const WITH_VALUE: &str = "BbcDEeLlmOopQRSWwiJ";
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        let last = word.chars().last().unwrap_or('-');
        let takes = word.len() == 2 && WITH_VALUE.contains(last);
        let value = if takes { words.get(at + 1) } else { Some(word) };
        let runs = |value: &Word| !value.known || value.to_lowercase().contains("command");
        if value.is_some_and(runs) || word.starts_with("-F") || word.starts_with("-I") {
            return Inside::Opaque("an option of `ssh` may run a command".to_owned());
        }
        at += 1 + usize::from(takes);
    }
    match joined(words, at + 1) {
        Inside::Nothing => Inside::Opaque("`ssh` opens a shell".to_owned()),
        _ if !words[at].known => Inside::Opaque("which words `ssh` sends is only known there".to_owned()),
        code => code,
    }
}

/// The commands of a wrapper that runs more than one, or one that is not simply the rest of its words.
pub(super) fn several(words: &[Word], shell: Shell) -> Option<Vec<SimpleCommand>> {
    if !matches!(shell, Shell::Sh | Shell::Bash) {
        return None;
    }
    match base_name(words.first()?, shell).as_str() {
        "find" => found(words),
        name => in_container(name, words),
    }
}

/// The commands of `find -exec`; a word with `{}` in it is one that only the host knows.
fn found(words: &[Word]) -> Option<Vec<SimpleCommand>> {
    const RUNS: [&str; 4] = ["-exec", "-execdir", "-ok", "-okdir"];
    let takes = |before: &Word| before.known && before.starts_with('-') || &**before == "find";
    let unclear = words.windows(2).find(|pair| !pair[1].known && !takes(&pair[0]));
    if let Some(pair) = unclear {
        return Some(vec![SimpleCommand::Opaque(format!("what `{}` is to `find`, is not known", pair[1]))]);
    }
    let mut commands = Vec::new();
    for (at, _) in words.iter().enumerate().filter(|(_, word)| RUNS.contains(&&***word)) {
        let rest = words[at + 1..].iter().take_while(|word| !matches!(&***word, ";" | "+"));
        let inner: Vec<Word> = rest.map(|word| replaced(word, "{}")).collect();
        commands.push(command(inner));
    }
    (!commands.is_empty()).then_some(commands)
}

fn replaced(word: &Word, mark: &str) -> Word {
    Word { text: word.text.clone(), known: word.known && !word.contains(mark) }
}

/// A command whose program must be known.
fn command(words: Vec<Word>) -> SimpleCommand {
    match words.first() {
        Some(program) if program.known => SimpleCommand::Words(words),
        Some(program) => {
            SimpleCommand::Opaque(format!("which program `{program}` is, is only known on the host"))
        }
        None => SimpleCommand::Opaque("no command follows".to_owned()),
    }
}

/// `docker exec web ls -l` is `docker exec web`, as long as nothing in the rest leads out of the
/// container.
fn in_container(name: &str, words: &[Word]) -> Option<Vec<SimpleCommand>> {
    let mut at = 1;
    if matches!((name, words.get(1).map(|word| &**word)), ("docker" | "podman", Some("container"))) {
        at = 2;
    }
    let subcommand = words.get(at)?;
    let (name, at) = match (name, &**subcommand, words.get(at + 1).map(|word| &**word)) {
        ("docker" | "podman", "compose", Some("exec")) => ("docker-compose", at + 1),
        _ => (name, at),
    };
    let wrapper = WRAPPERS.get(format!("{name}/{}", &*words[at]).as_str())?;
    let end = match after_options(wrapper, &words[at..]) {
        Ok(end) => at + end + wrapper.skips,
        Err(_) => {
            return Some(vec![SimpleCommand::Opaque(format!(
                "what the options of `{name}` give away is not known"
            ))]);
        }
    };
    let (outer, inner) = words.split_at(end.min(words.len()));
    let out = inner.iter().find(|word| !word.known || WAYS_OUT.iter().any(|way| word.contains(way)));
    let gives = volumes(&outer[at + 1..]).find(|source| !is_harmless_volume(source));
    if let Some(word) = out.map(|word| &**word).or(gives) {
        return Some(vec![SimpleCommand::Opaque(format!("`{word}` may lead out of the container"))]);
    }
    // Its options are harmless: what is left is the container, or the image.
    let kept = words[..=at].iter().chain(outer.last().filter(|_| outer.len() > at + 1)).cloned();
    let kept: Vec<Word> = kept.collect();
    (kept != words).then(|| vec![SimpleCommand::Words(kept)])
}

/// The values of `-v`.
fn volumes(options: &[Word]) -> impl Iterator<Item = &str> {
    let named = |word: &Word| matches!(&**word, "-v" | "--volume");
    let apart = options.windows(2).filter(move |pair| named(&pair[0])).map(|pair| &*pair[1]);
    let joined = options.iter().filter_map(|word| word.strip_prefix("--volume=").or(word.strip_prefix("-v")));
    apart.chain(joined.filter(|value| !value.is_empty()))
}

/// A volume by name, or a folder with nothing in it that the host runs by.
fn is_harmless_volume(value: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["/srv/", "/opt/", "/home/", "/data/", "/mnt/", "/tmp/", "/var/www/", "/var/log/", "/var/backups/"];
    let source = value.split(':').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !source.contains("..")
        && (FOLDERS.iter().any(|folder| source.starts_with(folder)) || source.chars().all(plain))
}

/// The command that begins at `skip`, with what its wrapper adds to it.
pub(super) fn carried(words: &[Word], skip: usize, shell: Shell) -> SimpleCommand {
    let mut inner = words[skip..].to_vec();
    if !matches!(shell, Shell::Sh | Shell::Bash) {
        return SimpleCommand::Words(inner);
    }
    if base_name(&words[0], shell) == "xargs" {
        match replacement(&words[1..skip]) {
            Some(mark) => inner = inner.iter().map(|word| replaced(word, &mark)).collect(),
            None => inner.push(Word::expanded("…")),
        }
    }
    command(inner)
}

/// What `xargs -I MARK` puts the words it reads in place of.
fn replacement(options: &[Word]) -> Option<String> {
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if let Some(mark) = option.strip_prefix("-I") {
            return match mark.is_empty() {
                true => options.next().map(|mark| mark.text.clone()),
                false => Some(mark.to_owned()),
            };
        }
        if option.starts_with("-i") || option.starts_with("--replace") {
            return Some("{}".to_owned());
        }
    }
    None
}

/// Why code that stands in words can't be read, if it can't.
pub(super) fn unread(words: &[Word], from: usize, to: usize, shell: Shell) -> Option<String> {
    if !matches!(shell, Shell::Sh | Shell::Bash) {
        return None;
    }
    if let Some(word) = words[from..to].iter().find(|word| !word.known) {
        return Some(format!("`{}` runs `{word}`, which is only known on the host", words[0]));
    }
    let zsh = base_name(&words[0], shell) == "zsh" && words[from..to].iter().any(|word| word.contains("${("));
    zsh.then(|| "flags of zsh can't be followed".to_owned())
}

/// The spellings of a command: a script of init is `service`.
pub(super) fn spellings(words: &[Word], plain: Vec<Word>) -> Vec<Vec<Word>> {
    let scripts = ["/etc/init.d/", "/etc/rc.d/init.d/", "/etc/rc.d/"];
    let name = words.first().and_then(|program| scripts.iter().find_map(|start| program.strip_prefix(start)));
    match name {
        Some(name) if !name.contains('/') => {
            let mut service = vec![Word::known("service"), Word::known(name)];
            service.extend(words[1..].iter().cloned());
            vec![service]
        }
        Some(_) | None => vec![plain],
    }
}
