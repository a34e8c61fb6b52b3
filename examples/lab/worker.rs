//! The Windows machine of a pair: what its PowerShell answers, and its reboot, in which all that runs on
//! it ends and its cable is dead until it is up again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use std::{fs, io};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::place::{self, Host};
use crate::powershell::{self, Reply};
use crate::settings::{Settings, seconds};
use crate::system::Result;
use crate::{machine, namespaces, parts, ssh};

/// Where the tenants' process listens on each worker.
pub const PORT: u16 = 8000;

/// What Windows knows of itself; in a file, as it outlives a boot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct State {
    /// Such as `10.0.20348`.
    pub version: String,
    pub ubr: u32,
    /// An update is staged, and wants a reboot.
    pub pending: bool,
    /// The staged update is to be taken back at the next boot.
    pub reverting: bool,
    /// How many boots it takes from now on to finalize the update.
    pub reboots_needed: u32,
    pub booted: Timestamp,
    pub boots: u32,
    pub up: bool,
}

impl State {
    /// A machine that has been up for three weeks.
    fn new(settings: &Settings) -> State {
        State {
            version: "10.0.20348".to_owned(),
            ubr: 4052,
            pending: settings.staged,
            reverting: false,
            reboots_needed: settings.reboots_needed,
            booted: Timestamp::now() - SignedDuration::from_hours(21 * 24),
            boots: 1,
            up: true,
        }
    }

    /// `10.0.20348.4052`
    pub fn build(&self) -> String {
        format!("{}.{}", self.version, self.ubr)
    }

    /// What a boot changes.
    fn boot(&mut self, now: Timestamp) {
        (self.booted, self.boots, self.up) = (now, self.boots + 1, true);
        self.reboots_needed = self.reboots_needed.saturating_sub(1);
        if self.reverting {
            (self.pending, self.reverting) = (false, false);
        } else if self.pending && self.reboots_needed == 0 {
            (self.pending, self.ubr) = (false, self.ubr + 1);
        }
    }

    /// What PowerShell answers.
    fn answer(&mut self, command: &str) -> Reply {
        let has = |word: &str| command.to_ascii_lowercase().contains(&word.to_ascii_lowercase());
        let first = command.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        match first.as_str() {
            "test-path" => Reply::text(self.path(command)),
            "dism" | "dism.exe" => self.dism(command),
            _ if has("LastBootUpTime") => {
                Reply::text(self.booted.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string())
            }
            _ if has("Win32_OperatingSystem") && has("UBR") => Reply::text(self.build()),
            "get-winevent" if has("1074") => Reply::text(""),
            "hostname" | "hostname.exe" => Reply::text(std::env::var("COMPUTERNAME").unwrap_or_default()),
            _ => Reply::unknown(command),
        }
    }

    fn path(&self, command: &str) -> &'static str {
        let key = r"hklm:\software\microsoft\windows\currentversion\component based servicing\rebootpending";
        let asked = command["test-path".len()..].trim().trim_matches('\'').to_ascii_lowercase();
        if asked == key && self.pending { "True" } else { "False" }
    }

    /// Takes the staged update back at the next boot, and says that one is needed.
    fn dism(&mut self, command: &str) -> Reply {
        let head = "Deployment Image Servicing and Management tool\nVersion: 10.0.20348.4050\n\n";
        let words: Vec<String> = command.split_whitespace().skip(1).map(str::to_ascii_lowercase).collect();
        if words != ["/online", "/cleanup-image", "/revertpendingactions"] {
            let stdout = format!("{head}Error: 87\n\nThe {} option is unknown.", words.join(" "));
            return Reply { stdout, stderr: String::new(), exit: 87 };
        }
        self.reverting = self.pending;
        let stdout =
            format!("{head}Image Version: {}\n\nThe operation completed successfully.", self.build());
        Reply { stdout, stderr: String::new(), exit: if self.pending { 3010 } else { 0 } }
    }
}

fn folder(host: Host) -> PathBuf {
    host.folder().join("windows")
}

fn file(host: Host) -> PathBuf {
    folder(host).join("state.json")
}

/// What a worker's state is.
pub fn state(host: Host) -> Result<State> {
    load(&file(host))
}

fn load(file: &Path) -> Result<State> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Writes it whole, so that nobody reads half of it. Whoever logs in may do so.
fn save(file: &Path, state: &State) -> Result {
    let part = file.with_extension(format!("new-{}", std::process::id()));
    fs::write(&part, serde_json::to_string_pretty(state)?)?;
    fs::set_permissions(&part, fs::Permissions::from_mode(0o666))?;
    Ok(fs::rename(part, file)?)
}

/// Starts a worker, unless it runs.
pub fn up(host: Host, side: &str) -> Result {
    fs::create_dir_all(folder(host).join("bin"))?;
    fs::set_permissions(folder(host), fs::Permissions::from_mode(0o777))?;
    if !file(host).exists() {
        save(&file(host), &State::new(&Settings::read()?))?;
    }
    program(host)?;
    start(host, side)
}

/// Makes of a worker's state what the settings say, as it was before any run.
pub fn reset(host: Host, settings: &Settings) -> Result {
    save(&file(host), &State::new(settings))
}

/// `powershell`, as whoever logs in finds it.
fn program(host: Host) -> Result {
    let path = folder(host).join("bin/powershell");
    let (lab, state) = (place::path("bin/lab"), file(host));
    let text = format!(
        "#!/bin/sh\nCOMPUTERNAME={} exec {} part powershell --state {} -- \"$@\"\n",
        host.name,
        lab.display(),
        state.display()
    );
    fs::write(&path, text)?;
    Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?)
}

fn start(host: Host, side: &str) -> Result {
    machine::boot(host)?;
    namespaces::link(host, true)?;
    let listen = format!("0.0.0.0:{PORT}");
    let name = format!("origin-{}", host.name);
    parts::own(&name, host, &["part", "origin", "--side", side, "--listen", &listen])?;
    parts::await_port(&name, PORT, Duration::from_secs(20))?;
    ssh::serve(host, Some(&folder(host).join("bin")))
}

/// Reboots a worker as Azure does; comes back when it is up again.
pub fn reboot(host: Host, side: &str) -> Result {
    let settings = Settings::read()?;
    let mut state = state(host)?;
    state.up = false;
    save(&file(host), &state)?;
    namespaces::link(host, false)?;
    machine::halt(host)?;
    for part in ["origin", "sshd"] {
        parts::end(&format!("{part}-{}", host.name))?;
    }
    sleep(seconds(settings.boot));
    state.boot(Timestamp::now());
    save(&file(host), &state)?;
    start(host, side)
}

/// `lab part powershell`: one command on a worker
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The worker's state
    #[arg(long)]
    pub state: PathBuf,
    /// As powershell.exe takes them
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// Answers a command from the worker's state, and exits as it does.
pub fn powershell(args: &Args) -> io::Result<()> {
    let mut now = load(&args.state).map_err(io::Error::other)?;
    let before = now.clone();
    let code = powershell::run(&args.arguments, |command| now.answer(command))?;
    if now != before {
        save(&args.state, &now).map_err(io::Error::other)?;
    }
    std::process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PENDING: &str = r"Test-Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending'";
    const REVERT: &str = "DISM /Online /Cleanup-Image /RevertPendingActions";
    const BUILD: &str = r#""$((Get-CimInstance Win32_OperatingSystem).Version).$((Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion').UBR)""#;
    const BOOTED: &str =
        "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')";

    fn staged(reboots_needed: u32) -> State {
        State::new(&Settings { reboots_needed, ..Settings::default() })
    }

    fn answers(state: &mut State) -> [String; 2] {
        [PENDING, BUILD].map(|command| state.answer(command).stdout)
    }

    #[test]
    fn an_update_is_finalized_at_the_boot_that_is_said() {
        let mut state = staged(2);
        assert_eq!(answers(&mut state), ["True", "10.0.20348.4052"]);
        state.boot(Timestamp::now());
        assert_eq!(answers(&mut state), ["True", "10.0.20348.4052"]);
        state.boot(Timestamp::now());
        assert_eq!(answers(&mut state), ["False", "10.0.20348.4053"]);
        state.boot(Timestamp::now());
        assert_eq!(answers(&mut state), ["False", "10.0.20348.4053"]);
    }

    #[test]
    fn without_an_update_a_boot_changes_nothing_but_its_time() {
        let mut state = State::new(&Settings { staged: false, ..Settings::default() });
        let before = state.answer(BOOTED);
        state.boot(Timestamp::now());
        assert_eq!(answers(&mut state), ["False", "10.0.20348.4052"]);
        assert_ne!(state.answer(BOOTED), before);
    }

    #[test]
    fn a_staged_update_is_taken_back_at_the_next_boot() {
        let mut state = staged(99);
        state.boot(Timestamp::now());
        assert_eq!(state.answer(REVERT).exit, 3010);
        assert_eq!(answers(&mut state)[0], "True", "until it has booted");
        state.boot(Timestamp::now());
        assert_eq!(answers(&mut state), ["False", "10.0.20348.4052"]);
        assert_eq!(state.answer(REVERT).exit, 0);
    }

    #[test]
    fn the_boot_time_is_written_as_dotnet_writes_it() {
        let mut state = staged(1);
        state.booted = "2026-01-02T08:00:00.5Z".parse().unwrap();
        assert_eq!(state.answer(BOOTED).stdout, "2026-01-02T08:00:00.5000000Z");
    }

    #[test]
    fn what_is_not_known_fails() {
        let mut state = staged(1);
        assert_eq!(state.answer("Restart-Service docker").exit, 1);
        assert_eq!(state.answer("DISM /Online /Get-Packages").exit, 87);
        assert_eq!(state.answer("Test-Path 'HKLM:\\Nothing'"), Reply::text("False"));
        assert_eq!(state, staged(1).at(state.booted));
    }

    impl State {
        fn at(self, booted: Timestamp) -> State {
            State { booted, ..self }
        }
    }
}
